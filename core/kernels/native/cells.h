// The equations of the cells, forward and backward, for one row of the batch at one time step.
//
// A row of gates consists of blocks of padded hidden size. The product with the input gives some
// of the blocks, that with the hidden state some; `TORCH_*` says where torch.nn stacks them.
#pragma once
#include "vectors.h"

namespace RK_NAMESPACE {

// Pointers to one row; gradients overwrite no value of the forward pass.
template <class T> struct Row {
  T *gates;                        // sums in, values out; in the backward pass values
  const T *h_before, *c_before;    // padded
  T *h_after, *c_after;            // padded
  T *y;                            // (H)
  const T *dy;                     // (H), or null
  T *dgates, *dh, *dc;             // padded; dh comes in from the step after and goes out in part
  double *norm;                    // or null
};

template <class T> INLINE Vector<T> gradient_of_hidden(const Row<T> &row, int64_t j, int64_t hidden,
                                                       double *squares) {
  Vector<T> d = load(row.dh + j);
  if (row.dy && j < hidden) d += load_some(row.dy + j, hidden - j);
  if (row.norm)
    for (int64_t i = 0; i < LANES<T> && j + i < hidden; i++) *squares += (double)d[i] * d[i];
  return d;
}

// h' = tanh(a)
struct Rnn {
  static constexpr int BLOCKS = 1, INPUT = 0, INPUTS = 1, HIDDEN = 0, HIDDENS = 1;
  static constexpr int TORCH_INPUT[] = {0}, TORCH_HIDDEN[] = {0};
  static constexpr bool REMEMBERS = false, KEEPS_GATES = false, SPLITS = false;

  template <class T> INLINE void forward(const Row<T> &row, int64_t hidden, int64_t padded) {
    for (int64_t j = 0; j < padded; j += LANES<T>) {
      const Vector<T> h = vector_tanh(load(row.gates + j));
      store(row.h_after + j, h);
      if (j < hidden) store_some(row.y + j, h, hidden - j);
    }
  }

  template <class T> INLINE void backward(const Row<T> &row, int64_t hidden, int64_t padded) {
    double squares = 0;
    for (int64_t j = 0; j < padded; j += LANES<T>) {
      const Vector<T> h = load(row.h_after + j);
      const Vector<T> d = gradient_of_hidden(row, j, hidden, &squares);
      store(row.dgates + j, d * (T(1) - h * h));
    }
    if (row.norm) *row.norm = ::sqrt(squares);
  }
};

// c' = f c + i g and h' = o tanh(c'), blocks i, f, g, o
struct Lstm {
  static constexpr int BLOCKS = 4, INPUT = 0, INPUTS = 4, HIDDEN = 0, HIDDENS = 4;
  static constexpr int TORCH_INPUT[] = {0, 1, 2, 3}, TORCH_HIDDEN[] = {0, 1, 2, 3};
  static constexpr bool REMEMBERS = true, KEEPS_GATES = true, SPLITS = false;

  template <class T> INLINE void forward(const Row<T> &row, int64_t hidden, int64_t padded) {
    T *gi = row.gates, *gf = gi + padded, *gg = gf + padded, *go = gg + padded;
    for (int64_t j = 0; j < padded; j += LANES<T>) {
      const Vector<T> i = vector_logistic(load(gi + j)), f = vector_logistic(load(gf + j));
      const Vector<T> g = vector_tanh(load(gg + j)), o = vector_logistic(load(go + j));
      const Vector<T> c = f * load(row.c_before + j) + i * g;
      const Vector<T> h = o * vector_tanh(c);
      store(gi + j, i), store(gf + j, f), store(gg + j, g), store(go + j, o);
      store(row.c_after + j, c), store(row.h_after + j, h);
      if (j < hidden) store_some(row.y + j, h, hidden - j);
    }
  }

  template <class T> INLINE void backward(const Row<T> &row, int64_t hidden, int64_t padded) {
    const T *gi = row.gates, *gf = gi + padded, *gg = gf + padded, *go = gg + padded;
    T *di = row.dgates, *df = di + padded, *dg = df + padded, *d_o = dg + padded;
    double squares = 0;
    for (int64_t j = 0; j < padded; j += LANES<T>) {
      const Vector<T> i = load(gi + j), f = load(gf + j), g = load(gg + j), o = load(go + j);
      const Vector<T> squashed = vector_tanh(load(row.c_after + j));
      const Vector<T> d = gradient_of_hidden(row, j, hidden, &squares);
      const Vector<T> dc = load(row.dc + j) + d * o * (T(1) - squashed * squashed);
      store(di + j, dc * g * i * (T(1) - i));
      store(df + j, dc * load(row.c_before + j) * f * (T(1) - f));
      store(dg + j, dc * i * (T(1) - g * g));
      store(d_o + j, d * squashed * o * (T(1) - o));
      store(row.dc + j, dc * f);
    }
    if (row.norm) *row.norm = ::sqrt(squares);
  }
};

// h' = n + z (h - n) with n = tanh(a_n + r q), blocks n, r, z, q; q = W_hn h + b_hn
struct Gru {
  static constexpr int BLOCKS = 4, INPUT = 0, INPUTS = 3, HIDDEN = 1, HIDDENS = 3;
  static constexpr int TORCH_INPUT[] = {2, 0, 1}, TORCH_HIDDEN[] = {0, 1, 2};
  static constexpr bool REMEMBERS = false, KEEPS_GATES = true, SPLITS = true;

  template <class T> INLINE void forward(const Row<T> &row, int64_t hidden, int64_t padded) {
    T *gn = row.gates, *gr = gn + padded, *gz = gr + padded, *gq = gz + padded;
    for (int64_t j = 0; j < padded; j += LANES<T>) {
      const Vector<T> r = vector_logistic(load(gr + j)), z = vector_logistic(load(gz + j));
      const Vector<T> n = vector_tanh(load(gn + j) + r * load(gq + j));
      const Vector<T> h = n + z * (load(row.h_before + j) - n);
      store(gn + j, n), store(gr + j, r), store(gz + j, z);
      store(row.h_after + j, h);
      if (j < hidden) store_some(row.y + j, h, hidden - j);
    }
  }

  template <class T> INLINE void backward(const Row<T> &row, int64_t hidden, int64_t padded) {
    const T *gn = row.gates, *gr = gn + padded, *gz = gr + padded, *gq = gz + padded;
    T *dn = row.dgates, *dr = dn + padded, *dz = dr + padded, *dq = dz + padded;
    double squares = 0;
    for (int64_t j = 0; j < padded; j += LANES<T>) {
      const Vector<T> n = load(gn + j), r = load(gr + j), z = load(gz + j), q = load(gq + j);
      const Vector<T> d = gradient_of_hidden(row, j, hidden, &squares);
      const Vector<T> da = d * (T(1) - z) * (T(1) - n * n);
      store(dn + j, da);
      store(dr + j, da * q * r * (T(1) - r));
      store(dz + j, d * (load(row.h_before + j) - n) * z * (T(1) - z));
      store(dq + j, da * r);
      store(row.dh + j, d * z);
    }
    if (row.norm) *row.norm = ::sqrt(squares);
  }
};

}  // namespace RK_NAMESPACE
