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

template <class T>
void drop_share(const T *x, T *y, int64_t count, uint64_t key, uint32_t threshold, T scale) {
  constexpr int64_t WORDS = 16;
  const uint32_t low = key, high = key >> 32;
  for (int64_t first = 0; first < count; first += GROUP) {
    uint32_t words[WORDS];
    Vector<uint32_t> place;
    for (int64_t i = 0; i < LANES<uint32_t>; i++) place[i] = i;
    for (int64_t i = 0; i < WORDS; i += LANES<uint32_t>) {
      Vector<uint32_t> word = hashed((place + uint32_t(first / 2 + i)) ^ low) + high;
      __builtin_memcpy(words + i, &word, sizeof word);
    }
    const int64_t end = smaller(GROUP, count - first);
    for (int64_t i = 0; i < end; i++) {
      const uint32_t drawn = i < WORDS ? words[i] & 0xffff : words[i - WORDS] >> 16;
      y[first + i] = x[first + i] * (drawn >= threshold ? scale : T(0));  // NaN stays NaN
    }
  }
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
