// Products of bfloat16 by the matrix unit of processors that have one (Intel AMX).
#pragma once
#include "matmul.h"

namespace RK_NAMESPACE {

// Operands lie as pairs in panels; 32 of them along the sum make one step of the unit.
struct Tiles {
  typedef float Number;
  typedef uint16_t Element;
  static constexpr int64_t PAIR = 2, UNIT = 32, ROWS = 16, PAD = 32;
  static constexpr bool CONVERTS = true;
  INLINE Element element(Number x) { return rounded_bits(x) >> 16; }
};

template <>
inline __attribute__((always_inline)) void convert<Tiles>(const float *from, uint16_t *to,
                                                          int64_t count) {
  convert_pairs(from, to, count);
}

template <>
inline __attribute__((always_inline)) void interleave<Tiles>(const float *const *rows,
                                                             int64_t width, uint16_t *to) {
  interleave_pairs(rows, width, to);
}

// A packed left operand has its rows as they are, 32 elements at a time.
template <> inline constexpr int64_t in_left<Tiles>(int64_t row, int64_t k) {
  return k / 32 * 32 * Tiles::ROWS + row * 32 + k % 32;
}

// Say how large the unit's tiles are: sums 0 and 1, left operand 2, right operands 3 and 4.
INLINE void configure(int64_t rows) {
  struct {
    uint8_t palette = 1, start = 0, reserved[14] = {};
    uint16_t bytes[16] = {64, 64, 64, 64, 64};
    uint8_t rows[16] = {};
  } tiles;
  tiles.rows[0] = tiles.rows[1] = tiles.rows[2] = uint8_t(rows);
  tiles.rows[3] = tiles.rows[4] = 16;
  _tile_loadconfig(&tiles);
}

// C (rows, 32) = start + A B; A's rows are `stride` bytes apart, its next 32 columns `step` elements.
INLINE void tile_product(int64_t rows, int64_t depth, const uint16_t *a, int64_t stride,
                         int64_t step, const uint16_t *b, float *c, int64_t ldc, Start start,
                         const float *bias) {
  _tile_zero(0);
  _tile_zero(1);
  for (int64_t k = 0; k < depth; k += 32, a += step, b += 32 * 32) {
    _tile_loadd(2, a, stride);
    _tile_loadd(3, b, 128);
    _tile_loadd(4, b + 32, 128);
    _tile_dpbf16ps(0, 2, 3);
    _tile_dpbf16ps(1, 2, 4);
  }
  alignas(64) float sums[16 * 32];
  _tile_stored(0, sums, 128);
  _tile_stored(1, sums + 16, 128);
  for (int64_t i = 0; i < rows; i++)
    for (int64_t v = 0; v < 32; v += LANES<float>) {
      Vector<float> sum = load(sums + i * 32 + v);
      if (start == FROM_SUMS) sum += load(c + i * ldc + v);
      if (start == FROM_BIAS) sum += load(bias + v);
      store(c + i * ldc + v, sum);
    }
}

template <>
inline void multiply<Tiles>(int64_t rows, int64_t columns, int64_t depth, const uint16_t *a,
                            int64_t lda, const uint16_t *panels, float *c, int64_t ldc, Start start,
                            const float *bias) {
  depth = padded_depth<Tiles>(depth);
  int64_t configured = 0;
  for (int64_t first = 0; first < rows; first += ROWS_IN_CACHE) {
    const int64_t last = smaller(rows, first + ROWS_IN_CACHE);
    for (int64_t n = 0; n < columns; n += 32)
      for (int64_t i = first; i < last; i += 16) {
        const int64_t some = smaller(16, last - i);
        if (some != configured) configure(configured = some);
        tile_product(some, depth, a + i * lda, lda * 2, 32, panels + n * depth, c + i * ldc + n,
                     ldc, start, bias + n);
      }
  }
  _tile_release();
}

template <>
inline void multiply_packed<Tiles>(int64_t depth, const uint16_t *left, const uint16_t *right,
                                   float *sums, int64_t width) {
  configure(16);
  tile_product(16, depth, left, 64, 32 * 16, right, sums, width, FROM_SUMS, nullptr);
  _tile_release();
}

}  // namespace RK_NAMESPACE
