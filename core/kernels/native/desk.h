// Where everything lies in the memory areas of a writer, and its weights packed into one of them.
#pragma once
#include "decoding.h"
#include "forward.h"

namespace RK_NAMESPACE {

constexpr int64_t LARGEST_TABLE = 4 << 20;  // numbers; a larger one would not stay in the cache
constexpr int64_t TABLE_ROWS = 16;            // rows of the table that are made at once

template <class Cell, class F> struct Desk {
  typedef typename F::Number T;
  typedef typename F::Element E;

  const Writer &writer;
  const Buffers<Cell, F> lowest;
  const int64_t depth = writer.depth;
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
  // scratch of a place
  int64_t place_bytes, row_bytes;
  int64_t packed_bytes;

  explicit Desk(const Writer &of) : writer(of), lowest(*of.layers, false) {
    Area packed(of.packed);
    output_panels = packed.take<E>(logits_row * padded_depth<F>(read));
    projection_panels =
        packed.take<E>(of.projection ? embedding_row * padded_depth<F>(hidden) : 0);
    output_bias = packed.take<T>(logits_row);
    table = packed.take<T>(folds ? vocabulary * from_input : 0);
    packed_bytes = packed.bytes;
    place_bytes = Place(*this, nullptr, 0).bytes;
    row_bytes = Place(*this, nullptr, 1).bytes - place_bytes;
  }

  // What is worked on at once: `rows` texts.
  struct Place {
    Candidates candidates;
    T *states;    // of every layer before and after a step, in turn
    T *memories;  // of every layer
    T *gates, *given, *logits, *projected;
    E *operands;  // the states as products read them, where that is another format
    E *embedded;  // what is read of the embedding
    E *narrow;    // what was projected, as the output reads it
    int64_t bytes;

    Place(const Desk &desk, void *base, int64_t rows) {
      const int64_t V = desk.vocabulary, states_count = 2 * desk.depth * rows * desk.padded;
      const int64_t row = rows * desk.embedding_row, projects = desk.writer.projection ? row : 0;
      Area area(base);
      const int64_t candidate_count = Candidates::padded(V);
      candidates = {V, area.take<double>(candidate_count), area.take<double>(candidate_count)};
      states = area.take<T>(states_count);
      memories = area.take<T>(Cell::REMEMBERS ? states_count / 2 : 0);
      gates = area.take<T>(rows * desk.gate_row);
      given = area.take<T>(desk.folds ? 0 : rows * desk.from_input);
      logits = area.take<T>(rows * desk.logits_row);
      projected = area.take<T>(projects);
      operands = area.take<E>(F::CONVERTS ? states_count : 0);
      embedded = area.take<E>(row);
      narrow = area.take<E>(F::CONVERTS ? projects : 0);
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
    const int64_t count = smaller(TABLE_ROWS, desk.vocabulary - first);
    stage_embeddings(desk, tokens, count, place.embedded);
    multiply<F>(count, desk.from_input, desk.embedding, place.embedded, desk.embedding_row,
                desk.lowest.input_panels, desk.table + first * desk.from_input, desk.from_input,
                FROM_BIAS, desk.lowest.bias);
  }
}

}  // namespace RK_NAMESPACE
