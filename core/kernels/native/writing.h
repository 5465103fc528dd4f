// A language model that writes: embedding, layers, output and the choice of a token, step by step.
//
// Several texts are split among threads, which go through all steps without waiting for each other.
// For few texts and large layers each thread takes some of the columns of every product instead, and
// meets the others after each layer. Every sum is added up in the same order however the work is
// split, so a text is the same alone and among others, and by one thread and by two.
#pragma once
#include "desk.h"

namespace RK_NAMESPACE {

constexpr int64_t CHOICE = 1000;  // products that take as long as a token of the vocabulary does

// Columns of a product, or hidden units.
struct Share {
  int64_t first, count;
};

// Return share number `number` of `shares`: whole panels.
template <class F> Share share_of(int64_t columns, int64_t number, int64_t shares) {
  const int64_t panels = (columns + COLUMNS<F> - 1) / COLUMNS<F>;
  const int64_t first = number * panels / shares * COLUMNS<F>;
  return {first, smaller(columns, (number + 1) * panels / shares * COLUMNS<F>) - first};
}

// Some texts that are written together, by one thread or by a team of them.
template <class Cell, class F> class Group {
  typedef typename F::Number T;
  typedef typename F::Element E;

 public:
  Group(const Desk<Cell, F> &desk, void *base, int64_t first, int64_t rows, int64_t shares)
      : desk_(desk), writer_(desk.writer), place_(desk, base, rows), first_(first), rows_(rows),
        shares_(shares) {}

  // Bring the states from where the caller holds them, and what the first step needs.
  void begin() {
    const int64_t B = writer_.batch, H = desk_.hidden, padded = desk_.padded;
    for (int64_t l = 0; l < desk_.depth; l++) {
      fill_rows((const T *)writer_.states + l * B * H, first_, rows_, H, padded, states(l, 0));
      if (Cell::REMEMBERS)
        fill_rows((const T *)writer_.memories + l * B * H, first_, rows_, H, padded, memories(l));
      if constexpr (F::CONVERTS)
        convert<F>(states(l, 0), place_.operands + states_at(l, 0), rows_ * padded);
    }
    if (!desk_.folds) stage_embeddings(desk_, tokens(0), rows_, place_.embedded);
  }

  // Write as a member of a team, or alone.
  void write(Team *team, int64_t member) {
    int64_t members = team ? size_of(*team) : 1;
    const auto meet = [&] {
      if (members > 1) meet_team(*team, member, members);
    };
    const auto share = [&](const auto &act) {
      for (int64_t n = member; n < shares_; n += members) act(n);
    };
    share([&](int64_t n) { cross(lowest_units(n), 0, 0, FROM_ZERO); });
    for (int64_t step = 0; step < writer_.steps; step++) {
      share([&](int64_t n) { enter(n, step); }), meet();
      for (int64_t l = 1; l < desk_.depth; l++) share([&](int64_t n) { climb(n, l, step); }), meet();
      if (writer_.projection) share([&](int64_t n) { project(n, step); }), meet();
      share([&](int64_t n) { score(n, step); }), meet();
      if (!member) {
        choose_all(step);
        if (team) settle_team(*team);
      }
      // What the lowest layer's last states give does not depend on the token chosen.
      if (step + 1 < writer_.steps)
        share([&](int64_t n) { cross(lowest_units(n), 0, step + 1, FROM_ZERO); });
      meet();
      if (stopped_) return;
      if (team) members = size_of(*team);
      if (member >= members) return;
    }
  }

  // Give the states back to the caller.
  void end() {
    const int64_t B = writer_.batch, H = desk_.hidden, padded = desk_.padded, step = writer_.steps;
    for (int64_t l = 0; l < desk_.depth; l++) {
      take_rows((const T *)states(l, step), first_, rows_, H, padded,
                (T *)writer_.states + l * B * H);
      if (Cell::REMEMBERS)
        take_rows((const T *)memories(l), first_, rows_, H, padded,
                  (T *)writer_.memories + l * B * H);
    }
  }

 private:
  const Desk<Cell, F> &desk_;
  const Writer &writer_;
  const typename Desk<Cell, F>::Place place_;
  const int64_t first_, rows_, shares_;
  bool stopped_ = false;

  // Hidden states before a step; those after it are those before the next one.
  int64_t states_at(int64_t layer, int64_t step) const {
    return (step % 2 * desk_.depth + layer) * rows_ * desk_.padded;
  }
  T *states(int64_t layer, int64_t step) const { return place_.states + states_at(layer, step); }
  const E *operands(int64_t layer, int64_t step) const {
    if constexpr (F::CONVERTS)
      return place_.operands + states_at(layer, step);
    else
      return states(layer, step);
  }
  T *memories(int64_t layer) const { return place_.memories + layer * rows_ * desk_.padded; }
  const int64_t *tokens(int64_t step) const { return writer_.tokens + step * writer_.batch + first_; }

  Share units(int64_t number) const { return share_of<F>(desk_.padded, number, shares_); }
  // While the others are at the lowest layer, who has the first share chooses tokens before.
  Share lowest_units(int64_t number) const {
    if (shares_ == 1) return {0, desk_.padded};
    const int64_t panels = desk_.padded / COLUMNS<F>;
    const int64_t work = Cell::HIDDENS * desk_.padded * desk_.hidden;
    const int64_t ahead = CHOICE * desk_.vocabulary * (shares_ - 1);
    const int64_t least = ahead < work ? (work - ahead) * panels / (work * shares_) : 0;
    if (!number) return {0, least * COLUMNS<F>};
    const Share rest = share_of<F>((panels - least) * COLUMNS<F>, number - 1, shares_ - 1);
    return {least * COLUMNS<F> + rest.first, rest.count};
  }
  // The gates of a share are stored together, a row of all its blocks for each text.
  T *gates(const Share &of) const { return place_.gates + rows_ * Cell::BLOCKS * of.first; }

  // Multiply with some blocks of a layer's weights, but only for the units of a share.
  void multiply_units(const Share &of, int64_t blocks, const E *panels, int64_t depth, const E *a,
                      int64_t lda, T *sums, int64_t row, Start start, const T *bias = nullptr) {
    const int64_t padded = desk_.padded;
    if (of.count == padded)
      return multiply<F>(rows_, blocks * padded, depth, a, lda, panels, sums, row, start, bias);
    for (int64_t i = 0; i < blocks; i++) {
      const int64_t at = i * padded + of.first;
      multiply<F>(rows_, of.count, depth, a, lda, panels + at * padded_depth<F>(depth),
                  sums + i * of.count, row, start, bias ? bias + at : nullptr);
    }
  }

  // Give a layer's sums what comes from its states before a step.
  void cross(const Share &share, int64_t layer, int64_t step, Start start) {
    if (!share.count) return;
    const Buffers<Cell, F> of(writer_.layers[layer], false);
    const int64_t H = desk_.hidden, padded = desk_.padded, row = Cell::BLOCKS * share.count;
    multiply_units(share, Cell::SPLITS ? Cell::HIDDENS - 1 : Cell::HIDDENS, of.hidden_panels, H,
                   operands(layer, step), padded, gates(share) + Cell::HIDDEN * share.count, row,
                   start);
    if (Cell::SPLITS)
      multiply_units(share, 1, of.new_panels(), H, operands(layer, step), padded,
                     gates(share) + 3 * share.count, row, FROM_BIAS, of.new_bias);
  }

  // Take the lowest layer's step: its sums have what comes from its states already.
  void enter(int64_t number, int64_t step) {
    const Share share = lowest_units(number);
    if (!share.count) return;
    const int64_t padded = desk_.padded, count = share.count, row = Cell::INPUTS * count;
    T *given = place_.given + rows_ * Cell::INPUTS * share.first;
    if (!desk_.folds)
      multiply_units(share, Cell::INPUTS, desk_.lowest.input_panels, desk_.embedding,
                     place_.embedded, desk_.embedding_row, given, row, FROM_BIAS,
                     desk_.lowest.bias);
    for (int64_t b = 0; b < rows_; b++)
      for (int64_t i = 0; i < Cell::INPUTS; i++) {
        const T *from = desk_.folds ? desk_.table + tokens(step)[b] * desk_.from_input +
                                          i * padded + share.first
                                    : given + b * row + i * count;
        T *sums = gates(share) + (b * Cell::BLOCKS + i) * count;
        for (int64_t j = 0; j < count; j += LANES<T>)
          store(sums + j, i < Cell::HIDDEN ? load(from + j) : load(sums + j) + load(from + j));
      }
    finish(share, 0, step);
  }

  // Take another layer's step.
  void climb(int64_t number, int64_t layer, int64_t step) {
    const Buffers<Cell, F> of(writer_.layers[layer], false);
    const Share share = units(number);
    multiply_units(share, Cell::INPUTS, of.input_panels, desk_.hidden,
                   operands(layer - 1, step + 1), desk_.padded, gates(share),
                   Cell::BLOCKS * share.count, FROM_BIAS, of.bias);
    cross(share, layer, step, FROM_SUMS);
    finish(share, layer, step);
  }

  // Apply the equations to the sums of a share, and hold the units that are to be held.
  void finish(const Share &share, int64_t layer, int64_t step) {
    const int64_t padded = desk_.padded, count = share.count;
    T *after = states(layer, step + 1) + share.first;
    for (int64_t b = 0; b < rows_; b++) {
      Row<T> row{};
      row.gates = gates(share) + b * Cell::BLOCKS * count;
      row.h_before = states(layer, step) + share.first + b * padded;
      row.h_after = row.y = after + b * padded;
      if (Cell::REMEMBERS) row.c_before = row.c_after = memories(layer) + share.first + b * padded;
      Cell::forward(row, count, count);
      for (int64_t i = 0; i < writer_.clamps; i++) {
        const int64_t unit = writer_.clamped[2 * i + 1] - share.first;
        if (writer_.clamped[2 * i] == layer && unit >= 0 && unit < count)
          row.h_after[unit] = T(writer_.held[i]);
      }
      if constexpr (F::CONVERTS)
        convert<F>(row.h_after,
                   place_.operands + states_at(layer, step + 1) + share.first + b * padded, count);
    }
  }

  void project(int64_t number, int64_t step) {
    const Share share = share_of<F>(desk_.embedding_row, number, shares_);
    const int64_t row = desk_.embedding_row;
    multiply<F>(rows_, share.count, desk_.hidden, operands(desk_.depth - 1, step + 1),
                desk_.padded, desk_.projection_panels + share.first * padded_depth<F>(desk_.hidden),
                place_.projected + share.first, row, FROM_ZERO);
    if constexpr (F::CONVERTS)
      for (int64_t b = 0; b < rows_; b++)
        convert<F>(place_.projected + b * row + share.first, place_.narrow + b * row + share.first,
                   share.count);
  }

  void score(int64_t number, int64_t step) {
    const Share share = share_of<F>(desk_.logits_row, number, shares_);
    const E *read = operands(desk_.depth - 1, step + 1);
    if (writer_.projection) {
      if constexpr (F::CONVERTS)
        read = place_.narrow;
      else
        read = place_.projected;
    }
    multiply<F>(rows_, share.count, desk_.read, read,
                writer_.projection ? desk_.embedding_row : desk_.padded,
                desk_.output_panels + share.first * padded_depth<F>(desk_.read),
                place_.logits + share.first, desk_.logits_row, FROM_BIAS,
                desk_.output_bias + share.first);
  }

  // Choose the next token of every text, and stop where one has none.
  void choose_all(int64_t step) {
    for (int64_t b = 0; b < rows_; b++) stopped_ |= !choose_next(step, b);
    if (!desk_.folds && !stopped_ && step + 1 < writer_.steps)
      stage_embeddings(desk_, tokens(step + 1), rows_, place_.embedded);
  }

  // Choose the next token of one text; tells whether there is one.
  bool choose_next(int64_t step, int64_t row) {
    const int64_t V = desk_.vocabulary, text = first_ + row, at = step * writer_.batch + text;
    uint8_t *seen = writer_.seen ? writer_.seen + text * V : nullptr;
    const int64_t token = choose_token(
        writer_.sampling, place_.candidates, seen, writer_.uniforms[at],
        place_.logits + row * desk_.logits_row, writer_.probabilities + at);
    writer_.tokens[at + writer_.batch] = token;
    if (seen && token >= 0) seen[token] = 1;
    return token >= 0;
  }
};

// Return how many threads share the work of each layer: 1 where its units cannot be shared out.
template <class F> int64_t shares_of(const Writer &writer, int64_t padded) {
  return padded % COLUMNS<F> ? 1 : smaller(writer.threads, padded / COLUMNS<F>);
}

template <class Cell, class F> void write_texts(const Writer *writer) {
  const Desk<Cell, F> desk(*writer);
  if (writer->batch < writer->threads) {
    Group<Cell, F> group(desk, writer->scratch, 0, writer->batch,
                         shares_of<F>(*writer, desk.padded));
    group.begin();
    run_team(shares_of<F>(*writer, desk.padded), [](void *it, int64_t member, Team &team) {
      ((Group<Cell, F> *)it)->write(&team, member);
    }, &group);
    return group.end();
  }
  parallel(writer->threads, [&](int64_t thread) {
    const int64_t first = thread * writer->batch / writer->threads;
    const int64_t rows = (thread + 1) * writer->batch / writer->threads - first;
    char *base = (char *)writer->scratch + thread * desk.place_bytes + first * desk.row_bytes;
    Group<Cell, F> group(desk, base, first, rows, 1);
    group.begin();
    group.write(nullptr, 0);
    group.end();
  });
}

}  // namespace RK_NAMESPACE
