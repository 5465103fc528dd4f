// A layer forward: weights are packed, then each slice of the batch runs through time.
#pragma once
#include "buffers.h"
#include "cells.h"

namespace RK_NAMESPACE {

// Bring what each token adds to the gates into their order, and add the biases.
template <class Cell, class F> void pack_table(const Buffers<Cell, F> &of) {
  typedef typename F::Number T;
  const int64_t H = of.hidden, padded = of.padded;
  const T *given = (const T *)of.layer.weight_ih;
  T *row = of.table;
  for (int64_t v = 0; v < of.layer.vocabulary; v++, given += Cell::INPUTS * H)
    for (int i = 0; i < Cell::INPUTS; i++, row += padded)
      for (int64_t j = 0; j < padded; j++)
        row[j] = j < H ? given[Cell::TORCH_INPUT[i] * H + j] + of.bias[i * padded + j] : 0;
}

// Pack the weights for the forward pass, and add the two biases where the equations only add them.
template <class Cell, class F> void pack_forward(const Layer *layer) {
  typedef typename F::Number T;
  const Buffers<Cell, F> of(*layer, false);
  const int64_t H = of.hidden, padded = of.padded;
  Block<T> from_input[Cell::INPUTS], from_hidden[Cell::HIDDENS];
  for (int i = 0; i < Cell::INPUTS; i++)
    from_input[i] = {(const T *)layer->weight_ih + Cell::TORCH_INPUT[i] * H * of.input, H, of.input};
  for (int i = 0; i < Cell::HIDDENS; i++)
    from_hidden[i] = {(const T *)layer->weight_hh + Cell::TORCH_HIDDEN[i] * H * H, H, H};
  const int64_t columns[] = {Cell::INPUTS * padded, Cell::HIDDENS * padded};
  parallel(layer->threads, [&](int64_t thread) {
    const int64_t step = layer->threads * COLUMNS<F>;
    for (int64_t n = thread * COLUMNS<F>; n < columns[0]; n += step)
      pack_rows<F>(from_input, padded, columns[0], n, of.input_panels);
    for (int64_t n = thread * COLUMNS<F>; n < columns[1]; n += step)
      pack_rows<F>(from_hidden, padded, columns[1], n, of.hidden_panels);
  });
  const T *bias_ih = (const T *)layer->bias_ih, *bias_hh = (const T *)layer->bias_hh;
  for (int i = 0; i < Cell::INPUTS; i++) {
    const int64_t gate = Cell::TORCH_INPUT[i] * H;
    const bool alone = Cell::SPLITS && i < Cell::HIDDEN;  // the GRU's n: its q has b_hn
    for (int64_t j = 0; j < padded; j++)
      of.bias[i * padded + j] = j >= H ? 0 : bias_ih[gate + j] + (alone ? 0 : bias_hh[gate + j]);
  }
  for (int64_t j = 0; j < padded; j++)
    of.new_bias[j] = Cell::SPLITS && j < H ? bias_hh[2 * H + j] : 0;
  if (layer->tokens) pack_table(of);
}

// Bring the inputs of a chunk of steps into one matrix of operands.
template <class Cell, class F>
void stage_inputs(const Slice<Cell, F> &slice, int64_t from, int64_t to) {
  typedef typename F::Number T;
  const Layer &layer = slice.of.layer;
  const int64_t depth = slice.of.input_depth;
  typename F::Element *staged = slice.inputs();
  for (int64_t t = from; t < to; t++)
    for (int64_t b = 0; b < slice.rows; b++, staged += depth) {
      const T *x = (const T *)layer.x + (slice.first + b) * layer.x_batch + t * layer.x_time;
      for (int64_t i = 0; i < layer.input; i++) staged[i] = F::element(x[i]);
      for (int64_t i = layer.input; i < depth; i++) staged[i] = 0;
    }
}

// Let the sums of a step start from what its tokens add to them.
template <class Cell, class F> void start_from_tokens(const Slice<Cell, F> &slice, int64_t t) {
  const Buffers<Cell, F> &of = slice.of;
  const int64_t width = Cell::INPUTS * of.padded;
  typename F::Number *sums = slice.gates(t);
  for (int64_t b = 0; b < slice.rows; b++, sums += of.gate_row)
    __builtin_memcpy(sums, of.table + of.token(slice.first + b, t) * width, width * sizeof *sums);
}

// Multiply the inputs of a chunk of steps with the weights, as what their sums start from.
template <class Cell, class F>
void start_from_inputs(const Slice<Cell, F> &slice, int64_t from, int64_t to) {
  const Buffers<Cell, F> &of = slice.of;
  stage_inputs(slice, from, to);
  multiply<F>((to - from) * slice.rows, Cell::INPUTS * of.padded, of.input, slice.inputs(),
              of.input_depth, of.input_panels, slice.gates(from), of.gate_row, FROM_BIAS, of.bias);
}

// Copy a slice's rows of a state (B, H) to padded ones.
template <class T>
void fill_rows(const void *from, int64_t first, int64_t rows, int64_t width, int64_t padded, T *to) {
  for (int64_t b = 0; b < rows; b++)
    for (int64_t j = 0; j < padded; j++)
      to[b * padded + j] = from && j < width ? ((const T *)from)[(first + b) * width + j] : 0;
}

template <class T>
void take_rows(const T *from, int64_t first, int64_t rows, int64_t width, int64_t padded, void *to) {
  for (int64_t b = 0; to && b < rows; b++)
    __builtin_memcpy((T *)to + (first + b) * width, from + b * padded, width * sizeof(T));
}

// Bring hidden states (rows, padded) into the format of operands, where they are not in it.
template <class F>
const typename F::Element *operands_of(const typename F::Number *states, int64_t count,
                                       typename F::Element *converted) {
  if constexpr (F::CONVERTS) {
    convert<F>(states, converted, count);
    return converted;
  } else {
    return states;
  }
}

// Add the product with the hidden states to the sums of some rows, and apply the equations.
// `row` is the first of them; those of `y` are `y_row` apart.
template <class Cell, class F>
void step_rows(const Buffers<Cell, F> &of, int64_t rows, const typename F::Element *operands,
               Row<typename F::Number> row, int64_t y_row) {
  const int64_t H = of.hidden, padded = of.padded;
  const int64_t added = (Cell::SPLITS ? Cell::HIDDENS - 1 : Cell::HIDDENS) * padded;
  multiply<F>(rows, added, H, operands, padded, of.hidden_panels,
              row.gates + Cell::HIDDEN * padded, of.gate_row, FROM_SUMS);
  if (Cell::SPLITS)
    multiply<F>(rows, padded, H, operands, padded, of.new_panels(), row.gates + 3 * padded,
                of.gate_row, FROM_BIAS, of.new_bias);
  for (int64_t b = 0; b < rows; b++) {
    Cell::forward(row, H, padded);
    row.gates += of.gate_row, row.y += y_row;
    row.h_before += padded, row.h_after += padded;
    if (Cell::REMEMBERS) row.c_before += padded, row.c_after += padded;
  }
}

template <class Cell, class F> void step_forward(const Slice<Cell, F> &slice, int64_t t) {
  typedef typename F::Number T;
  const Buffers<Cell, F> &of = slice.of;
  Row<T> row{};
  row.gates = slice.gates(t);
  row.h_before = slice.state(t), row.h_after = slice.state(t + 1);
  if (Cell::REMEMBERS) row.c_before = slice.memory(t), row.c_after = slice.memory(t + 1);
  row.y = (T *)of.layer.y + (slice.first * of.time + t) * of.hidden;
  typename F::Element *converted = of.converted + (F::CONVERTS ? slice.first * of.padded : 0);
  step_rows(of, slice.rows, operands_of<F>(row.h_before, slice.rows * of.padded, converted), row,
            of.time * of.hidden);
}

template <class Cell, class F> void run_forward(const Layer *layer) {
  typedef typename F::Number T;
  const Buffers<Cell, F> of(*layer, false);
  const int64_t H = of.hidden, padded = of.padded;
  parallel(of.slices, [&](int64_t number) {
    const Slice<Cell, F> slice(of, number);
    fill_rows(layer->h_start, slice.first, slice.rows, H, padded, slice.state(0));
    if (Cell::REMEMBERS)
      fill_rows(layer->c_start, slice.first, slice.rows, H, padded, slice.memory(0));
    for (int64_t from = 0; from < of.time; from += of.chunk) {
      const int64_t to = smaller(of.time, from + of.chunk);
      if (!layer->tokens) start_from_inputs(slice, from, to);
      for (int64_t t = from; t < to; t++) {
        if (layer->tokens) start_from_tokens(slice, t);
        step_forward(slice, t);
      }
    }
    const T *end = slice.state(of.time);
    take_rows(end, slice.first, slice.rows, H, padded, layer->h_end);
    if (Cell::REMEMBERS)
      take_rows((const T *)slice.memory(of.time), slice.first, slice.rows, H, padded, layer->c_end);
  });
}

}  // namespace RK_NAMESPACE
