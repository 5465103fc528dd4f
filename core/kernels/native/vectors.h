// Vectors of the width that the including file asks for (RK_BYTES), and functions on them.
#pragma once
#include <cstdint>
#include <math.h>

#define INLINE static inline __attribute__((always_inline))

namespace RK_NAMESPACE {

template <class T> struct VectorOf;
template <> struct VectorOf<float> {
  typedef float type __attribute__((vector_size(RK_BYTES)));
};
template <> struct VectorOf<double> {
  typedef double type __attribute__((vector_size(RK_BYTES)));
};
template <> struct VectorOf<uint32_t> {
  typedef uint32_t type __attribute__((vector_size(RK_BYTES)));
};
template <> struct VectorOf<uint64_t> {
  typedef uint64_t type __attribute__((vector_size(RK_BYTES)));
};
template <class T> using Vector = typename VectorOf<T>::type;

template <class T> constexpr int64_t LANES = RK_BYTES / sizeof(T);
INLINE constexpr int64_t round_up(int64_t n, int64_t to) { return (n + to - 1) / to * to; }
INLINE constexpr int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

template <class T> INLINE Vector<T> splat(T x) { return x - Vector<T>{}; }  // exact, NaN included

template <class T> INLINE Vector<T> load(const T *p) {
  Vector<T> v;
  __builtin_memcpy(&v, p, sizeof v);
  return v;
}

template <class T> INLINE void store(T *p, Vector<T> v) { __builtin_memcpy(p, &v, sizeof v); }

// Load or store the first `n` lanes, all of them if n is larger; the other lanes are 0.
template <class T> INLINE Vector<T> load_some(const T *p, int64_t n) {
  if (n >= LANES<T>) return load(p);
  Vector<T> v{};
  for (int64_t i = 0; i < n; i++) v[i] = p[i];
  return v;
}

template <class T> INLINE void store_some(T *p, Vector<T> v, int64_t n) {
  if (n >= LANES<T>) return store(p, v);
  for (int64_t i = 0; i < n; i++) p[i] = v[i];
}

// exp(r) - 1 for |r| of at most ln 2 / 2, by the polynomial of Cephes (Moshier, expf.c).
INLINE Vector<float> exp_less_1(Vector<float> r) {
  Vector<float> p = r * 1.9875691500e-4f + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  return p * (r * r) + r;
}

// tanh |x| = -m / (2 + m) with m = exp(-2 |x|) - 1, within 2 ulp. exp is 2^k exp(r); m is put
// together so that none of its bits cancel. NaN stays NaN.
INLINE Vector<float> vector_tanh(Vector<float> x) {
  typedef Vector<float> V;
  typedef Vector<uint32_t> Bits;
  const Bits sign = (Bits)x & 0x80000000u;
  const V bound = splat(9.02f);  // tanh rounds to 1 from here on
  V a = (V)((Bits)x ^ sign);
  a = a > bound ? bound : a;
  const V shifted = a * -2.88539008177792681f + 12582912.0f;  // adding 1.5 * 2^23 rounds to whole k
  const V k = shifted - 12582912.0f;
  V r = a * -2.0f - k * 0.693359375f;
  r = r + k * 2.12194440e-4f;  // ln 2 in two parts
  const V p = exp_less_1(r);
  const V power = (V)(((Bits)shifted << 23) + 0x3f800000u);  // 2^k
  const V m = power * p + (power - 1.0f);
  return (V)((Bits)(-m / (m + 2.0f)) ^ sign);
}

INLINE Vector<float> vector_logistic(Vector<float> x) {
  return vector_tanh(x * 0.5f) * 0.5f + 0.5f;
}

// exp x for x of at most 0, within 2 ulp; 0 where it would be below the normal numbers. NaN stays NaN.
INLINE Vector<float> vector_exp(Vector<float> x) {
  typedef Vector<float> V;
  const V bound = splat(-87.0f), a = x < bound ? bound : x;
  const V shifted = a * 1.44269504088896341f + 12582912.0f;
  const V k = shifted - 12582912.0f;
  V r = a - k * 0.693359375f;
  r = r + k * 2.12194440e-4f;
  const V power = (V)(((Vector<uint32_t>)shifted << 23) + 0x3f800000u);
  const V found = power * exp_less_1(r) + power;
  return x < bound ? V{} : found;
}

// The same in float64, by Taylor's polynomial, whose rest is below half an ulp.
INLINE Vector<double> vector_exp(Vector<double> x) {
  typedef Vector<double> V;
  const V bound = splat(-708.0), a = x < bound ? bound : x;
  const V shifted = a * 1.44269504088896340736 + 6755399441055744.0;  // 1.5 * 2^52
  const V k = shifted - 6755399441055744.0;
  V r = a - k * 6.93145751953125e-1;
  r = r - k * 1.42860682030941723212e-6;  // ln 2 in two parts
  V p = r * (1.0 / 6227020800) + 1.0 / 479001600;
  p = p * r + 1.0 / 39916800;
  p = p * r + 1.0 / 3628800;
  p = p * r + 1.0 / 362880;
  p = p * r + 1.0 / 40320;
  p = p * r + 1.0 / 5040;
  p = p * r + 1.0 / 720;
  p = p * r + 1.0 / 120;
  p = p * r + 1.0 / 24;
  p = p * r + 1.0 / 6;
  p = p * r + 0.5;
  p = p * r * r + r;
  const V power = (V)(((Vector<uint64_t>)shifted << 52) + 0x3ff0000000000000u);  // 2^k
  return x < bound ? V{} : power * p + power;
}

INLINE Vector<double> vector_tanh(Vector<double> x) {
  for (int64_t i = 0; i < LANES<double>; i++) x[i] = ::tanh(x[i]);
  return x;
}

INLINE Vector<double> vector_logistic(Vector<double> x) {
  for (int64_t i = 0; i < LANES<double>; i++) x[i] = 1.0 / (1.0 + ::exp(-x[i]));
  return x;
}

}  // namespace RK_NAMESPACE
