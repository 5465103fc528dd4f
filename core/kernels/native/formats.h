// The number formats of products: what an operand is stored as, and what the sums are.
#pragma once
#include "vectors.h"
#ifdef RK_BFLOAT16
#include <immintrin.h>
#endif

namespace RK_NAMESPACE {

// Operands as they are.
template <class T> struct Plain {
  typedef T Number;                     // of tensors and of sums
  typedef T Element;                    // of operands
  static constexpr int64_t PAIR = 1;    // operands side by side in a panel, along the sum
  static constexpr int64_t UNIT = 1;    // sums are padded to a multiple of so many operands
  static constexpr int64_t ROWS = RK_ROWS;         // rows of a tile at most
  static constexpr int64_t PAD = 64 / sizeof(T);   // hidden units are padded to whole cache lines
  static constexpr bool CONVERTS = false;
  INLINE Element element(Number x) { return x; }
  INLINE Vector<T> product(Vector<T> sum, const Element *a, Vector<T> b) { return sum + *a * b; }
};

INLINE uint32_t rounded_bits(float x) {
  uint32_t bits;
  __builtin_memcpy(&bits, &x, sizeof bits);
  if (x != x) return bits | 0x400000;  // NaN stays NaN
  return bits + 0x7fff + ((bits >> 16) & 1);  // to the nearest, ties to even
}

// Operands rounded to bfloat16, kept as float32: for machines that cannot multiply bfloat16.
struct Rounded : Plain<float> {
  static constexpr bool CONVERTS = true;
  INLINE Element element(Number x) {
    uint32_t bits = rounded_bits(x) & 0xffff0000u;
    __builtin_memcpy(&x, &bits, sizeof x);
    return x;
  }
};

#ifdef RK_BFLOAT16
// Pairs of bfloat16, multiplied and added to a float32 by one instruction.
struct Pairs {
  typedef float Number;
  typedef uint16_t Element;
  static constexpr int64_t PAIR = 2, UNIT = 2, ROWS = RK_ROWS, PAD = 16;
  static constexpr bool CONVERTS = true;
  INLINE Element element(Number x) { return rounded_bits(x) >> 16; }
  INLINE Vector<float> product(Vector<float> sum, const Element *a, Vector<float> b) {
    int32_t both;
    __builtin_memcpy(&both, a, sizeof both);
    return (Vector<float>)_mm512_dpbf16_ps((__m512)sum, (__m512bh)_mm512_set1_epi32(both),
                                           (__m512bh)b);
  }
};
#endif

// Convert `count` numbers, a multiple of a cache line.
template <class F>
INLINE void convert(const typename F::Number *from, typename F::Element *to, int64_t count) {
  for (int64_t i = 0; i < count; i++) to[i] = F::element(from[i]);
}

// Write PAIR rows, a multiple of 8 wide, side by side, as they lie in a panel.
template <class F>
INLINE void interleave(const typename F::Number *const *rows, int64_t width,
                       typename F::Element *to) {
  for (int64_t n = 0; n < width; n++)
    for (int64_t i = 0; i < F::PAIR; i++) to[n * F::PAIR + i] = F::element(rows[i][n]);
}

#ifdef RK_BFLOAT16
INLINE void interleave_pairs(const float *const *rows, int64_t width, uint16_t *to) {
  // Lane 2 i comes from the lower half, which is the first row, lane 2 i + 1 from the upper half.
  const __m256i order = _mm256_set_epi16(15, 7, 14, 6, 13, 5, 12, 4, 11, 3, 10, 2, 9, 1, 8, 0);
  for (int64_t n = 0; n < width; n += 8) {
    const __m256bh both = _mm256_cvtne2ps_pbh(_mm256_loadu_ps(rows[1] + n),
                                              _mm256_loadu_ps(rows[0] + n));
    _mm256_storeu_si256((__m256i *)(to + 2 * n), _mm256_permutexvar_epi16(order, (__m256i)both));
  }
}

template <>
inline __attribute__((always_inline)) void interleave<Pairs>(const float *const *rows,
                                                             int64_t width, uint16_t *to) {
  interleave_pairs(rows, width, to);
}

INLINE void convert_pairs(const float *from, uint16_t *to, int64_t count) {
  for (int64_t i = 0; i < count; i += 16) {
    __m256bh half = _mm512_cvtneps_pbh(_mm512_loadu_ps(from + i));
    __builtin_memcpy(to + i, &half, sizeof half);
  }
}
template <>
inline __attribute__((always_inline)) void convert<Pairs>(const float *from, uint16_t *to,
                                                          int64_t count) {
  convert_pairs(from, to, count);
}
#endif

}  // namespace RK_NAMESPACE
