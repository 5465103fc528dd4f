// A language model that writes: embedding, layers, output and the choice of a token, step by step.
//
// Each thread takes some of the texts through all steps, without waiting for the others. Every row
// is added up in the same order however many there are, so a text is the same alone and among others.
#pragma once
#include "forward.h"

namespace RK_NAMESPACE {

constexpr int64_t LARGEST_TABLE = 4 << 20;  // numbers; a larger one would not stay in the cache
constexpr int64_t TABLE_ROWS = 16;            // rows of the table that are made at once

// Where everything lies in the memory areas of a writer.
template <class Cell, class F> struct Desk {
  typedef typename F::Number T;
  typedef typename F::Element E;

  const Writer &writer;
  const Buffers<Cell, F> lowest;
  const int64_t hidden = lowest.hidden, padded = lowest.padded, gate_row = lowest.gate_row;
  const int64_t from_input = Cell::INPUTS * padded;  // sums that the input gives
  const int64_t vocabulary = writer.vocabulary, embedding = writer.embedding;
  const int64_t embedding_row = round_up(embedding, F::PAD);
  const int64_t logits_row = round_up(vocabulary, F::PAD);
  const int64_t read = writer.projection ? embedding : hidden;  // what the output reads
  // A small vocabulary's embeddings are multiplied with the lowest layer's weights once for all.
  const bool folds = vocabulary * from_input <= LARGEST_TABLE;

  // packed
  E *output_panels, *projection_panels;
  T *output_bias, *table;
  // scratch of a thread
  int64_t thread_bytes, row_bytes;
  int64_t packed_bytes;

  explicit Desk(const Writer &of) : writer(of), lowest(*of.layers, false) {
    Area packed(of.packed);
    output_panels = packed.take<E>(logits_row * padded_depth<F>(read));
    projection_panels =
        packed.take<E>(of.projection ? embedding_row * padded_depth<F>(hidden) : 0);
    output_bias = packed.take<T>(logits_row);
    table = packed.take<T>(folds ? vocabulary * from_input : 0);
    packed_bytes = packed.bytes;
    thread_bytes = Place(*this, nullptr, 0).bytes;
    row_bytes = Place(*this, nullptr, 1).bytes - thread_bytes;
  }

  // What a thread works on: `rows` texts.
  struct Place {
    double *raw, *scores, *weights;
    int64_t *order;
    T *states, *memories, *gates, *logits, *projected;
    E *converted;
    int64_t bytes;

    Place(const Desk &desk, void *base, int64_t rows) {
      const int64_t V = desk.vocabulary, depth = desk.writer.depth;
      const int64_t widest = desk.embedding_row > desk.padded ? desk.embedding_row : desk.padded;
      Area area(base);
      raw = area.take<double>(V), scores = area.take<double>(V), weights = area.take<double>(V);
      order = area.take<int64_t>(V);
      states = area.take<T>(depth * rows * desk.padded);
      memories = area.take<T>(Cell::REMEMBERS ? depth * rows * desk.padded : 0);
      gates = area.take<T>(rows * desk.gate_row);
      logits = area.take<T>(rows * desk.logits_row);
      projected = area.take<T>(desk.writer.projection ? rows * desk.embedding_row : 0);
      converted = area.take<E>(rows * widest);
      bytes = area.bytes;
    }
  };
};

// Bring embeddings of some tokens into a matrix of operands.
template <class Cell, class F>
void stage_embeddings(const Desk<Cell, F> &desk, const int64_t *tokens, int64_t count,
                      typename F::Element *to) {
  typedef typename F::Number T;
  const int64_t E = desk.embedding;
  for (int64_t b = 0; b < count; b++, to += desk.embedding_row) {
    const T *from = (const T *)desk.writer.embeddings + tokens[b] * E;
    for (int64_t i = 0; i < desk.embedding_row; i++) to[i] = F::element(i < E ? from[i] : 0);
  }
}

// Give the lowest layer's sums what comes from embeddings: rows of `sums` are `row` apart.
template <class Cell, class F>
void project_embeddings(const Desk<Cell, F> &desk, const int64_t *tokens, int64_t count,
                        typename F::Element *operands, typename F::Number *sums, int64_t row) {
  stage_embeddings(desk, tokens, count, operands);
  multiply<F>(count, desk.from_input, desk.embedding, operands, desk.embedding_row,
              desk.lowest.input_panels, sums, row, FROM_BIAS, desk.lowest.bias);
}

template <class Cell, class F> void pack_writer(const Writer *writer) {
  typedef typename F::Number T;
  const Desk<Cell, F> desk(*writer);
  const Block<T> output = {(const T *)writer->output, desk.vocabulary, desk.read};
  for (int64_t n = 0; n < desk.logits_row; n += COLUMNS<F>)
    pack_rows<F>(&output, desk.logits_row, desk.logits_row, n, desk.output_panels);
  const Block<T> projection = {(const T *)writer->projection, desk.embedding, desk.hidden};
  for (int64_t n = 0; writer->projection && n < desk.embedding_row; n += COLUMNS<F>)
    pack_rows<F>(&projection, desk.embedding_row, desk.embedding_row, n, desk.projection_panels);
  for (int64_t i = 0; i < desk.logits_row; i++)
    desk.output_bias[i] = i < desk.vocabulary ? ((const T *)writer->output_bias)[i] : 0;
  const typename Desk<Cell, F>::Place place(desk, writer->scratch, TABLE_ROWS);
  for (int64_t first = 0; desk.folds && first < desk.vocabulary; first += TABLE_ROWS) {
    int64_t tokens[TABLE_ROWS];
    for (int64_t i = 0; i < TABLE_ROWS; i++) tokens[i] = first + i;
    project_embeddings(desk, tokens, smaller(TABLE_ROWS, desk.vocabulary - first),
                       place.converted, desk.table + first * desk.from_input, desk.from_input);
  }
}

// Hold what is to be held of a layer's hidden states.
template <class T>
void hold_units(const Writer &writer, int64_t layer, T *states, int64_t rows, int64_t padded) {
  for (int64_t i = 0; i < writer.clamps; i++)
    if (writer.clamped[2 * i] == layer)
      for (int64_t b = 0; b < rows; b++)
        states[b * padded + writer.clamped[2 * i + 1]] = T(writer.held[i]);
}

// Feed one token to each text of a thread; the logits come to lie in its place.
template <class Cell, class F>
void advance(const Desk<Cell, F> &desk, const typename Desk<Cell, F>::Place &place,
             const int64_t *tokens, int64_t rows) {
  typedef typename F::Number T;
  const Writer &writer = desk.writer;
  const int64_t padded = desk.padded;
  if (desk.folds)
    for (int64_t b = 0; b < rows; b++)
      __builtin_memcpy(place.gates + b * desk.gate_row, desk.table + tokens[b] * desk.from_input,
                       desk.from_input * sizeof(T));
  else
    project_embeddings(desk, tokens, rows, place.converted, place.gates, desk.gate_row);
  const T *below = nullptr;
  for (int64_t l = 0; l < writer.depth; l++) {
    const Buffers<Cell, F> of(writer.layers[l], false);
    if (l)
      multiply<F>(rows, desk.from_input, desk.hidden,
                  operands_of<F>(below, rows * padded, place.converted), padded, of.input_panels,
                  place.gates, desk.gate_row, FROM_BIAS, of.bias);
    T *states = place.states + l * rows * padded;
    Row<T> row{};
    row.gates = place.gates;
    row.h_before = row.h_after = row.y = states;
    if (Cell::REMEMBERS) row.c_before = row.c_after = place.memories + l * rows * padded;
    step_rows(of, rows, operands_of<F>(states, rows * padded, place.converted), row, padded);
    hold_units(writer, l, states, rows, padded);
    below = states;
  }
  int64_t width = padded;
  if (writer.projection) {
    multiply<F>(rows, desk.embedding_row, desk.hidden,
                operands_of<F>(below, rows * padded, place.converted), padded,
                desk.projection_panels, place.projected, desk.embedding_row, FROM_ZERO);
    below = place.projected, width = desk.embedding_row;
  }
  multiply<F>(rows, desk.logits_row, desk.read, operands_of<F>(below, rows * width, place.converted),
              width, desk.output_panels, place.logits, desk.logits_row, FROM_BIAS,
              desk.output_bias);
}

// Choose the next token of one text; tells whether there is one.
template <class Cell, class F>
bool choose_next(const Desk<Cell, F> &desk, const typename Desk<Cell, F>::Place &place,
                 int64_t step, int64_t row, int64_t text) {
  const Writer &writer = desk.writer;
  const int64_t V = desk.vocabulary, at = step * writer.batch + text;
  for (int64_t i = 0; i < V; i++) place.raw[i] = place.logits[row * desk.logits_row + i];
  uint8_t *seen = writer.seen ? writer.seen + text * V : nullptr;
  const int64_t token =
      choose_token(writer.sampling, V, seen, writer.uniforms[at], place.raw, place.scores,
                   place.weights, place.order, writer.probabilities + at);
  writer.tokens[at + writer.batch] = token;
  if (seen && token >= 0) seen[token] = 1;
  return token >= 0;
}

template <class Cell, class F> void write_texts(const Writer *writer) {
  typedef typename F::Number T;
  const Desk<Cell, F> desk(*writer);
  const int64_t B = writer->batch, H = desk.hidden, padded = desk.padded;
  parallel(writer->threads, [&](int64_t thread) {
    const int64_t first = thread * B / writer->threads;
    const int64_t rows = (thread + 1) * B / writer->threads - first;
    char *base = (char *)writer->scratch + thread * desk.thread_bytes + first * desk.row_bytes;
    const typename Desk<Cell, F>::Place place(desk, base, rows);
    for (int64_t l = 0; l < writer->depth; l++) {
      fill_rows((const T *)writer->states + l * B * H, first, rows, H, padded,
                place.states + l * rows * padded);
      if (Cell::REMEMBERS)
        fill_rows((const T *)writer->memories + l * B * H, first, rows, H, padded,
                  place.memories + l * rows * padded);
    }
    bool going_on = true;
    for (int64_t step = 0; step < writer->steps && going_on; step++) {
      advance(desk, place, writer->tokens + step * B + first, rows);
      for (int64_t b = 0; b < rows; b++)
        going_on &= choose_next(desk, place, step, b, first + b);
    }
    for (int64_t l = 0; l < writer->depth; l++) {
      take_rows((const T *)place.states + l * rows * padded, first, rows, H, padded,
                (T *)writer->states + l * B * H);
      if (Cell::REMEMBERS)
        take_rows((const T *)place.memories + l * rows * padded, first, rows, H, padded,
                  (T *)writer->memories + l * B * H);
    }
  });
}

}  // namespace RK_NAMESPACE
