// The mean cross entropy of an output layer, and its gradients, a block of positions at a time.
//
// N positions, D width of what comes in, V vocabulary. The logits of a block stay in the cache; each
// thread takes some of the positions from the first product to the last, and waits for no other.
#pragma once
#include "backward.h"

namespace RK_NAMESPACE {

constexpr int64_t ROWS_OF_BLOCK = 128;

template <class F> struct LossBuffers {
  typedef typename F::Number T;
  typedef typename F::Element E;

  const OutputLoss &of;
  const int64_t width = of.width, vocabulary = of.vocabulary;
  const int64_t padded_width = round_up(width, F::PAD), padded = round_up(vocabulary, F::PAD);
  const int64_t depth = padded_depth<F>(width);
  const int64_t tiles = (vocabulary + F::ROWS - 1) / F::ROWS;
  const int64_t sums_count = tiles * F::ROWS * padded_width;
  E *to_logits, *to_hidden;
  T *bias;
  struct Thread {
    T *logits, *dhidden, *dweight, *dbias;
    E *operands, *left, *right;
    double *loss;
  };
  char *of_threads;
  int64_t thread_bytes = 0, bytes = 0;

  explicit LossBuffers(const OutputLoss &loss) : of(loss) {
    Area area(of.scratch);
    to_logits = area.take<E>(padded * depth);
    to_hidden = area.take<E>(padded * padded_width);
    bias = area.take<T>(padded);
    Thread counted;
    thread_bytes = take_thread(nullptr, counted);
    of_threads = area.take<char>(of.threads * thread_bytes);
    bytes = area.bytes;
  }

  Thread thread(int64_t number) const {
    Thread found;
    take_thread(of_threads + number * thread_bytes, found);
    return found;
  }

 private:
  int64_t take_thread(char *base, Thread &thread) const {
    Area area(base);
    const int64_t rows = padded_depth<F>(ROWS_OF_BLOCK);
    thread.loss = area.take<double>(1);
    thread.logits = area.take<T>(rows * padded);
    thread.dhidden = area.take<T>(rows * padded_width);
    thread.dweight = area.take<T>(sums_count);
    thread.dbias = area.take<T>(padded);
    thread.operands = area.take<E>(F::CONVERTS ? rows * (depth > padded ? depth : padded) : 0);
    thread.left = area.take<E>(rows * tiles * F::ROWS);
    thread.right = area.take<E>(rows * padded_width);
    return area.bytes;
  }
};

// Turn a row of logits into the gradient of the loss by them, times a share; returns the loss in nats.
template <class T>
double softmax_row(T *row, int64_t padded, int64_t target, T share) {
  constexpr int64_t W = LANES<T>;
  Vector<T> most = load(row);
  for (int64_t j = W; j < padded; j += W) {
    const Vector<T> x = load(row + j);
    most = x > most ? x : most;
  }
  T largest = most[0];
  for (int64_t i = 1; i < W; i++) largest = most[i] > largest ? most[i] : largest;
  const T right = row[target] - largest;
  Vector<T> sums{};
  for (int64_t j = 0; j < padded; j += W) {
    const Vector<T> e = vector_exp(load(row + j) - largest);
    sums += e;
    store(row + j, e);
  }
  T sum = 0;
  for (int64_t i = 0; i < W; i++) sum += sums[i];
  const T factor = share / sum;
  for (int64_t j = 0; j < padded; j += W) store(row + j, load(row + j) * factor);
  row[target] -= share;
  return ::log(double(sum)) - double(right);
}

// Bring rows of numbers into operands `depth` wide.
template <class F>
void convert_rows(const typename F::Number *from, int64_t rows, int64_t width, int64_t depth,
                  typename F::Element *to) {
  for (int64_t i = 0; i < rows; i++, from += width, to += depth) {
    for (int64_t j = 0; j < width; j++) to[j] = F::element(from[j]);
    for (int64_t j = width; j < depth; j++) to[j] = 0;
  }
}

// Pack some columns of rows as one panel of a right operand; what lies beyond them is 0.
template <class F>
void pack_panel(const typename F::Number *from, int64_t rows, int64_t stride, int64_t filled,
                int64_t width, typename F::Element *panel) {
  typedef typename F::Number T;
  for (int64_t k = 0; k < padded_depth<F>(rows); k += F::PAIR) {
    T spare[F::PAIR][COLUMNS<F>] = {};
    const T *pair[F::PAIR];
    for (int64_t i = 0; i < F::PAIR; i++) {
      pair[i] = spare[i];
      if (k + i >= rows) continue;
      const T *row = from + (k + i) * stride;
      if (filled >= width)
        pair[i] = row;
      else if (filled > 0)
        __builtin_memcpy(spare[i], row, filled * sizeof(T));
    }
    interleave<F>(pair, width, panel + k * width);
  }
}

// Add a block's part of the gradients of weight and bias to the thread's.
template <class F>
void add_weight_gradients(const LossBuffers<F> &of, const typename LossBuffers<F>::Thread &thread,
                          const typename F::Number *hidden, int64_t rows) {
  typedef typename F::Number T;
  const int64_t depth = padded_depth<F>(rows);
  for (int64_t k = 0; k < depth; k += ROWS_OF_SPREAD) {
    const int64_t some = smaller(ROWS_OF_SPREAD, depth - k);
    const T *from[ROWS_OF_SPREAD];
    for (int64_t r = 0; r < some; r++)
      from[r] = k + r < rows ? thread.logits + (k + r) * of.padded : nullptr;
    spread_rows<F>(from, some, of.vocabulary, k, depth, thread.left);
  }
  for (int64_t j = 0; j < of.padded; j += LANES<T>) {
    Vector<T> sum{};
    for (int64_t i = 0; i < rows; i++) sum += load(thread.logits + i * of.padded + j);
    store(thread.dbias + j, load(thread.dbias + j) + sum);
  }
  for (int64_t first = 0; first < of.padded_width; first += COLUMNS<F>) {
    const int64_t width = smaller(COLUMNS<F>, of.padded_width - first);
    pack_panel<F>(hidden + first, rows, of.width, of.width - first, width, thread.right);
    for (int64_t i = 0; i < of.tiles; i++)
      multiply_packed<F>(depth, thread.left + i * depth * F::ROWS, thread.right,
                         thread.dweight + first * of.tiles * F::ROWS + i * F::ROWS * width, width);
  }
}

template <class F>
void loss_of_block(const LossBuffers<F> &of, const typename LossBuffers<F>::Thread &thread, int64_t first,
                   int64_t rows) {
  typedef typename F::Number T;
  const T *hidden = (const T *)of.of.hidden + first * of.width;
  const typename F::Element *operands = (const typename F::Element *)hidden;
  if constexpr (F::CONVERTS) {
    convert_rows<F>(hidden, rows, of.width, of.depth, thread.operands);
    operands = thread.operands;
  }
  multiply<F>(rows, of.padded, of.width, operands, of.depth, of.to_logits, thread.logits, of.padded,
              FROM_BIAS, of.bias);
  const T share = T(1) / T(of.of.count);
  for (int64_t i = 0; i < rows; i++)
    *thread.loss += softmax_row(thread.logits + i * of.padded, of.padded, of.of.targets[first + i],
                               share);
  operands = (const typename F::Element *)thread.logits;
  if constexpr (F::CONVERTS) {
    convert_rows<F>(thread.logits, rows, of.padded, of.padded, thread.operands);
    operands = thread.operands;
  }
  T *dhidden = (T *)of.of.dhidden + first * of.width;
  const bool whole = of.padded_width == of.width;
  multiply<F>(rows, of.padded_width, of.padded, operands, of.padded, of.to_hidden,
              whole ? dhidden : thread.dhidden, of.padded_width, FROM_ZERO);
  for (int64_t i = 0; !whole && i < rows; i++)
    __builtin_memcpy(dhidden + i * of.width, thread.dhidden + i * of.padded_width,
                     of.width * sizeof(T));
  add_weight_gradients(of, thread, hidden, rows);
}

// Pack the weights for both products; a column beyond the vocabulary never has a share of softmax.
template <class F> void pack_output(const LossBuffers<F> &of) {
  typedef typename F::Number T;
  const Block<T> block[] = {{(const T *)of.of.weight, of.vocabulary, of.width}};
  for (int64_t n = 0; n < of.padded; n += COLUMNS<F>)
    pack_rows<F>(block, of.padded, of.padded, n, of.to_logits);
  for (int64_t n = 0; n < of.padded_width; n += COLUMNS<F>)
    pack_columns<F>(block, 1, of.padded, of.padded_width, n, of.to_hidden);
  for (int64_t j = 0; j < of.padded; j++)
    of.bias[j] = j < of.vocabulary ? ((const T *)of.of.bias)[j] : -__builtin_inf();
}

// Write the sum of all threads' gradients of weight and bias.
template <class F> void gather_gradients(const LossBuffers<F> &of) {
  typedef typename F::Number T;
  T *dweight = (T *)of.of.dweight, *dbias = (T *)of.of.dbias;
  for (int64_t number = 0; number < of.of.threads; number++) {
    const auto thread = of.thread(number);
    for (int64_t v = 0; v < of.vocabulary; v++) {
      dbias[v] = (number ? dbias[v] : 0) + thread.dbias[v];
      for (int64_t first = 0; first < of.width; first += COLUMNS<F>) {
        const int64_t width = smaller(COLUMNS<F>, of.padded_width - first);
        const T *from = thread.dweight + first * of.tiles * F::ROWS + v * width;
        T *to = dweight + v * of.width + first;
        for (int64_t j = 0; j < smaller(width, of.width - first); j++)
          to[j] = (number ? to[j] : 0) + from[j];
      }
    }
  }
}

template <class F> void output_loss(const OutputLoss *loss) {
  const LossBuffers<F> of(*loss);
  pack_output(of);
  parallel(loss->threads, [&](int64_t number) {
    const auto thread = of.thread(number);
    *thread.loss = 0;
    __builtin_memset(thread.dweight, 0, of.sums_count * sizeof *thread.dweight);
    __builtin_memset(thread.dbias, 0, of.padded * sizeof *thread.dbias);
    const int64_t end = (number + 1) * loss->count / loss->threads;
    for (int64_t at = number * loss->count / loss->threads; at < end; at += ROWS_OF_BLOCK)
      loss_of_block(of, thread, at, smaller(ROWS_OF_BLOCK, end - at));
  });
  gather_gradients(of);
  *loss->mean = 0;
  for (int64_t number = 0; number < loss->threads; number++)
    *loss->mean += *of.thread(number).loss / double(loss->count);
}

}  // namespace RK_NAMESPACE
