// Dropout by a counter-based generator: whether a value is dropped follows from seed and place alone.
#pragma once
#include "buffers.h"

namespace RK_NAMESPACE {

constexpr int64_t GROUP = 32;             // values that 16 random words decide on, 16 bits each
constexpr int64_t SHARE = int64_t(1) << 16;  // values of one key, the least that a thread takes

// The finaliser of SplitMix64 (Steele, Lea & Flood 2014).
INLINE uint64_t mixed(uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

// A 32-bit hash of low bias: triple32 of Wellons' "Prospecting for Hash Functions", 2018.
template <class V> INLINE V hashed(V x) {
  x ^= x >> 17;
  x *= 0xed5ad4bbu;
  x ^= x >> 11;
  x *= 0xac4c1b51u;
  x ^= x >> 15;
  x *= 0x31848babu;
  return x ^ (x >> 14);
}

// Scale or drop a vector of values, by random numbers of 16 bits each.
INLINE void drop_vector(const float *x, float *y, Vector<uint32_t> drawn, uint32_t threshold,
                        float scale) {
  const auto kept = (Vector<uint32_t>)(drawn >= threshold);  // all bits, or none
  const auto factor = (Vector<float>)(kept & (Vector<uint32_t>)splat(scale));
  store(y, load(x) * factor);  // NaN stays NaN
}

INLINE void drop_vector(const double *x, double *y, Vector<uint32_t> drawn, uint32_t threshold,
                        double scale) {
  for (int64_t i = 0; i < LANES<uint32_t>; i++) y[i] = x[i] * (drawn[i] >= threshold ? scale : 0);
}

// Drop of a group of values: a word's lower half decides on one of the first 16, its upper half on
// one of the others.
template <class T>
INLINE void drop_group(const T *x, T *y, uint32_t first, uint64_t key, uint32_t threshold,
                       T scale) {
  Vector<uint32_t> place;
  for (int64_t i = 0; i < LANES<uint32_t>; i++) place[i] = uint32_t(i);
  for (int64_t i = 0; i < GROUP / 2; i += LANES<uint32_t>) {
    const Vector<uint32_t> counter = (place + (first / 2 + uint32_t(i))) ^ uint32_t(key);
    const Vector<uint32_t> word = hashed(counter) + uint32_t(key >> 32);
    drop_vector(x + i, y + i, word & 0xffffu, threshold, scale);
    drop_vector(x + GROUP / 2 + i, y + GROUP / 2 + i, word >> 16, threshold, scale);
  }
}

template <class T>
void drop_share(const T *x, T *y, int64_t count, uint64_t key, uint32_t threshold, T scale) {
  int64_t first = 0;
  for (; first + GROUP <= count; first += GROUP)
    drop_group(x + first, y + first, uint32_t(first), key, threshold, scale);
  if (first == count) return;
  T rest[GROUP] = {};
  __builtin_memcpy(rest, x + first, (count - first) * sizeof(T));
  drop_group(rest, rest, uint32_t(first), key, threshold, scale);
  __builtin_memcpy(y + first, rest, (count - first) * sizeof(T));
}

template <class T>
void drop(int64_t count, const T *x, T *y, uint64_t seed, uint32_t threshold, double scale,
          int64_t threads) {
  const int64_t shares = (count + SHARE - 1) / SHARE;
  parallel(smaller(threads, shares), [&](int64_t thread) {
    for (int64_t share = thread; share < shares; share += threads)
      drop_share(x + share * SHARE, y + share * SHARE, smaller(SHARE, count - share * SHARE),
                 mixed(seed + share * 0x9e3779b97f4a7c15u), threshold, T(scale));
  });
}

}  // namespace RK_NAMESPACE
