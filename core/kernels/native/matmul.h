// Matrix products: a register-blocked kernel over packed panels of the right operand.
//
// A panel holds RK_VECTORS vectors of columns, all k of a column block one after the other
// (Goto & van de Geijn 2008, "Anatomy of high-performance matrix multiplication").
#pragma once
#include "formats.h"

namespace RK_NAMESPACE {

constexpr int64_t VECTORS = 2;           // vectors of columns of a tile at most
constexpr int64_t DEPTH = 256;           // products added up before they join the sum
constexpr int64_t ROWS_IN_CACHE = 192;   // rows of the left operand that meet all panels in turn
constexpr int64_t IN_NEAREST_CACHE = 16;  // values of each row that are transposed at a time
template <class F> constexpr int64_t COLUMNS = VECTORS * LANES<typename F::Number>;

enum Start { FROM_ZERO, FROM_SUMS, FROM_BIAS };

template <class F> INLINE constexpr int64_t padded_depth(int64_t depth) {
  return round_up(depth, F::UNIT);
}

// Place of the element (k, column) in a panel that is `width` columns wide.
template <class F> INLINE constexpr int64_t in_panel(int64_t k, int64_t column, int64_t width) {
  return k / F::PAIR * F::PAIR * width + column * F::PAIR + k % F::PAIR;
}

// Place of the element (row, k) in a left operand that is packed in tiles of ROWS rows.
template <class F> INLINE constexpr int64_t in_left(int64_t row, int64_t k) {
  return in_panel<F>(k, row, F::ROWS);
}

// C (R rows, V vectors) = start + A B. A's element (i, k) is a[i * lda + k]; if A is PACKED, it is
// packed in tiles of ROWS rows.
template <class F, int R, int V, bool PACKED>
void tile(int64_t depth, const typename F::Element *a, int64_t lda, const typename F::Element *b,
          typename F::Number *c, int64_t ldc, Start start, const typename F::Number *bias) {
  typedef typename F::Number T;
  constexpr int64_t W = LANES<T>;
  Vector<T> sums[R][V];
#pragma GCC unroll 16
  for (int i = 0; i < R; i++)
#pragma GCC unroll 2
    for (int v = 0; v < V; v++) {
      __builtin_prefetch(c + i * ldc + v * W, 1);
      sums[i][v] = Vector<T>{};
    }
  for (int64_t k = 0; k < depth; k += F::PAIR) {
    Vector<T> columns[V];
#pragma GCC unroll 2
    for (int v = 0; v < V; v++) __builtin_memcpy(&columns[v], b + v * W * F::PAIR, RK_BYTES);
    b += V * W * F::PAIR;
#pragma GCC unroll 16
    for (int i = 0; i < R; i++) {
      const typename F::Element *left = PACKED ? a + k * F::ROWS + i * F::PAIR : a + i * lda + k;
#pragma GCC unroll 2
      for (int v = 0; v < V; v++) sums[i][v] = F::product(sums[i][v], left, columns[v]);
    }
  }
#pragma GCC unroll 16
  for (int i = 0; i < R; i++)
#pragma GCC unroll 2
    for (int v = 0; v < V; v++) {
      T *out = c + i * ldc + v * W;
      // Added last: a short sum has a smaller error than a long one (Higham 1993, section 4).
      if (start == FROM_SUMS) sums[i][v] += load(out);
      if (start == FROM_BIAS) sums[i][v] += load(bias + v * W);
      store(out, sums[i][v]);
    }
}

template <class F>
using Tile = void (*)(int64_t, const typename F::Element *, int64_t, const typename F::Element *,
                      typename F::Number *, int64_t, Start, const typename F::Number *);

// Return the kernel for a tile of some rows, 1 to ROWS, and vectors, 1 to VECTORS.
template <class F, int R = F::ROWS> INLINE Tile<F> tile_of(int64_t rows, int64_t vectors) {
  if constexpr (R > 1)
    if (rows < R) return tile_of<F, R - 1>(rows, vectors);
  return vectors == VECTORS ? tile<F, R, VECTORS, false> : tile<F, R, 1, false>;
}

// One row of C over P whole panels, which lie `panel` elements apart. A tile of one row has too few
// sums to keep the processor busy while it waits for each; every sum is as a tile would add it up.
template <class F, int P>
void row_tile(int64_t depth, const typename F::Element *a, const typename F::Element *b,
              int64_t panel, typename F::Number *c, Start start, const typename F::Number *bias) {
  typedef typename F::Number T;
  constexpr int64_t W = LANES<T>;
  Vector<T> sums[P][VECTORS];
#pragma GCC unroll 4
  for (int p = 0; p < P; p++)
#pragma GCC unroll 2
    for (int v = 0; v < VECTORS; v++) sums[p][v] = Vector<T>{};
  for (int64_t k = 0; k < depth; k += F::PAIR)
#pragma GCC unroll 4
    for (int p = 0; p < P; p++)
#pragma GCC unroll 2
      for (int v = 0; v < VECTORS; v++) {
        Vector<T> columns;
        __builtin_memcpy(&columns, b + p * panel + k * COLUMNS<F> + v * W * F::PAIR, RK_BYTES);
        sums[p][v] = F::product(sums[p][v], a + k, columns);
      }
#pragma GCC unroll 4
  for (int p = 0; p < P; p++)
#pragma GCC unroll 2
    for (int v = 0; v < VECTORS; v++) {
      const int64_t n = p * COLUMNS<F> + v * W;
      if (start == FROM_SUMS) sums[p][v] += load(c + n);
      if (start == FROM_BIAS) sums[p][v] += load(bias + n);
      store(c + n, sums[p][v]);
    }
}

// Multiply one row with panels in groups of P, from column n on; returns the columns that are done.
template <class F, int P>
int64_t multiply_row(int64_t n, int64_t columns, int64_t depth, const typename F::Element *a,
                     const typename F::Element *panels, typename F::Number *c, Start start,
                     const typename F::Number *bias) {
  for (; n + P * COLUMNS<F> <= columns; n += P * COLUMNS<F>)
    for (int64_t k = 0; k < depth; k += DEPTH)
      row_tile<F, P>(smaller(DEPTH, depth - k), a + k, panels + n * depth + k * COLUMNS<F>,
                     depth * COLUMNS<F>, c + n, k ? FROM_SUMS : start, bias + n);
  return n;
}

// C (rows, columns) = start + A (rows, depth) B (depth, columns); `columns` is a multiple of F::PAD.
template <class F>
void multiply(int64_t rows, int64_t columns, int64_t depth, const typename F::Element *a,
              int64_t lda, const typename F::Element *panels, typename F::Number *c, int64_t ldc,
              Start start, const typename F::Number *bias = nullptr) {
  typedef typename F::Number T;
  depth = padded_depth<F>(depth);
  int64_t done = 0;
  if (rows == 1) {
    done = multiply_row<F, 4>(done, columns, depth, a, panels, c, start, bias);
    done = multiply_row<F, 2>(done, columns, depth, a, panels, c, start, bias);
  }
  for (int64_t first = 0; first < rows; first += ROWS_IN_CACHE) {
    const int64_t last = smaller(rows, first + ROWS_IN_CACHE);
    for (int64_t n = done; n < columns; n += COLUMNS<F>) {
      const int64_t vectors = smaller(VECTORS, (columns - n) / LANES<T>);
      const int64_t width = vectors * LANES<T>;
      for (int64_t i = first; i < last; i += F::ROWS) {
        const Tile<F> kernel = tile_of<F>(smaller(F::ROWS, last - i), vectors);
        for (int64_t k = 0; k < depth; k += DEPTH)
          kernel(smaller(DEPTH, depth - k), a + i * lda + k, lda, panels + n * depth + k * width,
                 c + i * ldc + n, ldc, k ? FROM_SUMS : start, bias + n);
      }
    }
  }
}

// sums (ROWS, width) += A B for a packed tile of A and one panel of B.
template <class F>
void multiply_packed(int64_t depth, const typename F::Element *left,
                     const typename F::Element *right, typename F::Number *sums, int64_t width) {
  const auto kernel =
      width == COLUMNS<F> ? tile<F, F::ROWS, VECTORS, true> : tile<F, F::ROWS, 1, true>;
  constexpr int64_t SOME = DEPTH / 2;  // these sums are the longest
  for (int64_t k = 0; k < depth; k += SOME)
    kernel(smaller(SOME, depth - k), left + k * F::ROWS, 0, right + k * width, sums, width,
           FROM_SUMS, nullptr);
}

// The rows of a weight that stand for one block of padded columns or of padded depth.
template <class T> struct Block {
  const T *rows;  // (H, width)
  int64_t count;  // H
  int64_t width;
};

// Pack the columns of one panel, which are rows of weights: B(k, n) = weight[n, k].
template <class F>
void pack_rows(const Block<typename F::Number> *blocks, int64_t padded, int64_t columns,
               int64_t first, typename F::Element *panels) {
  typedef typename F::Number T;
  const int64_t depth = padded_depth<F>(blocks[0].width);
  const int64_t width = smaller(COLUMNS<F>, columns - first);
  typename F::Element *panel = panels + first * depth;
  for (int64_t start = 0; start < depth; start += IN_NEAREST_CACHE)
    for (int64_t n = 0; n < width; n++) {
      const Block<T> &block = blocks[(first + n) / padded];
      const int64_t row = (first + n) % padded, left = block.width - start;
      const T *from = block.rows + row * block.width + start;
      T some[IN_NEAREST_CACHE] = {};
      if (row >= block.count || left < IN_NEAREST_CACHE) {
        if (row < block.count && left > 0) __builtin_memcpy(some, from, left * sizeof(T));
        from = some;
      }
      typename F::Element operands[IN_NEAREST_CACHE];
      convert<F>(from, operands, IN_NEAREST_CACHE);
      for (int64_t k = 0; k < smaller(IN_NEAREST_CACHE, depth - start); k += F::PAIR)
        __builtin_memcpy(panel + in_panel<F>(start + k, n, width), operands + k,
                         F::PAIR * sizeof *operands);
    }
}

// Pack one panel of weights as they stand: B(k, n) = weight[k, n].
template <class F>
void pack_columns(const Block<typename F::Number> *blocks, int64_t count, int64_t padded,
                  int64_t columns, int64_t first, typename F::Element *panels) {
  const int64_t depth = count * padded;
  const int64_t width = smaller(COLUMNS<F>, columns - first);
  typename F::Element *panel = panels + first * depth;
  for (int64_t k = 0; k < depth; k += F::PAIR) {
    typename F::Number rows[F::PAIR][COLUMNS<F>] = {};
    const typename F::Number *pair[F::PAIR];
    for (int64_t i = 0; i < F::PAIR; i++) {
      const Block<typename F::Number> &block = blocks[(k + i) / padded];
      const int64_t row = (k + i) % padded;
      pair[i] = rows[i];
      if (row >= block.count || first >= block.width) continue;
      const typename F::Number *from = block.rows + row * block.width + first;
      if (first + width <= block.width)
        pair[i] = from;
      else
        __builtin_memcpy(rows[i], from, (block.width - first) * sizeof *from);
    }
    interleave<F>(pair, width, panel + k * width);
  }
}

}  // namespace RK_NAMESPACE
