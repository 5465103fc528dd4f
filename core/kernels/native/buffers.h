// Where everything lies in the three memory areas of a layer.
//
// The batch is cut into slices that are stepped side by side, without waiting for each other. The
// rows of a slice are stored together, ordered by time: a chunk of time steps is one matrix.
#pragma once
#include "kernels.h"
#include "matmul.h"

namespace RK_NAMESPACE {

constexpr int64_t ROWS_OF_CHUNK = 256;  // about; what a chunk reads and writes stays in the cache

// Hands out pieces of an area; without one it only counts the bytes.
class Area {
 public:
  explicit Area(void *base) : base_((char *)base) {}
  template <class T> T *take(int64_t count) {
    char *piece = base_ ? base_ + bytes : nullptr;
    bytes += round_up(count * (int64_t)sizeof(T), 64);
    return (T *)piece;
  }
  int64_t bytes = 0;

 private:
  char *base_;
};

template <class Cell, class F> struct Buffers {
  typedef typename F::Number T;
  typedef typename F::Element E;

  const Layer &layer;
  const int64_t time, batch, input, hidden, slices;
  const int64_t padded = round_up(hidden, F::PAD), padded_input = round_up(input, F::PAD);
  const int64_t gate_row = Cell::BLOCKS * padded;
  const int64_t widest = (batch + slices - 1) / slices;  // rows of a slice at most
  const int64_t chunk = ROWS_OF_CHUNK > widest ? ROWS_OF_CHUNK / widest : 1;  // time steps
  const int64_t chunks = (time + chunk - 1) / chunk;
  const int64_t input_depth = padded_depth<F>(input);
  // Left operands of the weights' gradients, the columns of x and h, in tiles.
  const int64_t input_tiles = (input + F::ROWS - 1) / F::ROWS;
  const int64_t hidden_tiles = (hidden + F::ROWS - 1) / F::ROWS;
  const int64_t left_row = (input_tiles + hidden_tiles) * F::ROWS;

  // saved
  T *states, *memories, *gates;
  // packed
  E *input_panels, *hidden_panels;
  T *bias, *new_bias;
  T *table;  // a token's row is what its steps start from, biases included
  // scratch
  E *inputs, *converted;
  T *dgates, *dh, *dc, *dinputs, *dweights, *dbias;
  E *left, *right;
  T *dtable, *pieces;
  Needs needs;

  Buffers(const Layer &of, bool backward)
      : layer(of), time(of.time), batch(of.batch), input(of.input), hidden(of.hidden),
        slices(of.slices) {
    Area saved(of.saved), packed(of.packed), scratch(of.scratch);
    states = saved.take<T>((of.keeps ? time + 1 : 2) * batch * padded);
    memories = saved.take<T>(Cell::REMEMBERS ? (of.keeps ? time + 1 : 2) * batch * padded : 0);
    gates = saved.take<T>((keeps_gates() ? time : smaller(chunk, time)) * batch * gate_row);
    if (backward) {
      hidden_panels = packed.take<E>(Cell::HIDDENS * padded * padded);
      input_panels = packed.take<E>(Cell::INPUTS * padded * padded_input);
      dgates = scratch.take<T>(time * batch * gate_row);
      converted = scratch.take<E>(F::CONVERTS ? smaller(chunk, time) * batch * gate_row : 0);
      dh = scratch.take<T>(batch * padded);
      dc = scratch.take<T>(Cell::REMEMBERS ? batch * padded : 0);
      dinputs = scratch.take<T>(smaller(chunk, time) * batch * padded_input);
      left = scratch.take<E>((time * batch + slices * chunks * (F::UNIT - 1)) * left_row);
      right = scratch.take<E>(of.threads * padded_depth<F>(widest * chunk) * COLUMNS<F>);
      dweights = scratch.take<T>(left_row * gate_row);
      dbias = scratch.take<T>(gate_row);
      dtable = scratch.take<T>(of.vocabulary * Cell::INPUTS * padded);
      pieces = scratch.take<T>(of.threads * of.vocabulary * COLUMNS<F>);
    } else {
      hidden_panels = packed.take<E>(Cell::HIDDENS * padded * padded_depth<F>(hidden));
      input_panels = packed.take<E>(Cell::INPUTS * padded * input_depth);
      bias = packed.take<T>(Cell::INPUTS * padded);
      new_bias = packed.take<T>(padded);
      table = packed.take<T>(of.vocabulary * Cell::INPUTS * padded);
      inputs = scratch.take<E>(smaller(chunk, time) * batch * input_depth);
      converted = scratch.take<E>(F::CONVERTS ? batch * padded : 0);
    }
    needs = {saved.bytes, packed.bytes, scratch.bytes};
  }

  // The GRU's last block of gates has a product of its own.
  const E *new_panels() const {
    return hidden_panels + (Cell::HIDDENS - 1) * padded * padded_depth<F>(hidden);
  }
  bool keeps_gates() const { return layer.keeps && Cell::KEEPS_GATES; }
  int64_t slice_start(int64_t slice) const { return slice * batch / slices; }
  int64_t token(int64_t text, int64_t step) const {
    return layer.tokens[text * layer.x_batch + step * layer.x_time];
  }
};

// The part of the buffers that one slice works on.
template <class Cell, class F> struct Slice {
  typedef typename F::Number T;
  typedef typename F::Element E;

  const Buffers<Cell, F> &of;
  const int64_t number, first, rows;
  const int64_t kept_steps = of.layer.keeps ? of.time + 1 : 2;
  const int64_t chunk_steps = smaller(of.chunk, of.time);
  const int64_t gate_steps = of.keeps_gates() ? of.time : chunk_steps;

  Slice(const Buffers<Cell, F> &buffers, int64_t slice)
      : of(buffers), number(slice), first(buffers.slice_start(slice)),
        rows(buffers.slice_start(slice + 1) - buffers.slice_start(slice)) {}

  // State after `step` time steps; without what the backward pass needs there are two, in turn.
  int64_t state_at(int64_t step) const {
    return (first * kept_steps + (of.layer.keeps ? step : step % 2) * rows) * of.padded;
  }
  T *state(int64_t step) const { return of.states + state_at(step); }
  T *memory(int64_t step) const { return of.memories + state_at(step); }
  T *gates(int64_t step) const {
    const int64_t kept = of.keeps_gates() ? step : step % of.chunk;
    return of.gates + (first * gate_steps + kept * rows) * of.gate_row;
  }
  T *dgates(int64_t step) const {
    return of.dgates + (first * of.time + step * rows) * of.gate_row;
  }
  E *inputs() const { return of.inputs + first * chunk_steps * of.input_depth; }
  T *dinputs() const { return of.dinputs + first * chunk_steps * of.padded_input; }
  E *left(int64_t step) const {
    const int64_t paddings = (number * of.chunks + step / of.chunk) * (F::UNIT - 1);
    const int64_t before = first * of.time + step * rows + paddings;
    return of.left + before * of.left_row;
  }
};

// Run a body for each number below `count`, one a thread.
template <class Body> void parallel(int64_t count, const Body &body) {
  run_parallel(count, [](void *it, int64_t i) { (*(const Body *)it)(i); }, (void *)&body);
}

}  // namespace RK_NAMESPACE
