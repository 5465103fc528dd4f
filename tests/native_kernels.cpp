// Check the kernels without Python, such as of another processor under an emulator: hidden states
// against plain loops, and gradients against finite differences. See `tests/cross_kernels.sh`.
#include <cmath>
#include <cstdio>
#include <random>
#include <vector>
#include "../core/kernels/native/kernels.h"

extern "C" {
int64_t rnnstudio_machine();
void rnnstudio_needs(int64_t, int64_t, const Layer *, int64_t, Needs *);
void rnnstudio_pack(int64_t, int64_t, const Layer *, int64_t);
void rnnstudio_forward(int64_t, int64_t, const Layer *);
void rnnstudio_backward(int64_t, int64_t, const Layer *);
int64_t rnnstudio_loss_needs(int64_t, int64_t, const OutputLoss *);
void rnnstudio_output_loss(int64_t, int64_t, const OutputLoss *);
}

constexpr int GATES[] = {1, 4, 3};

struct Sizes {
  int cell, B, T, I, H;
  int rows() const { return GATES[cell] * H; }
};

// A layer's numbers: input, start, weights.
struct Numbers {
  std::vector<double> x, h, c, w, u, b, d;
};

static double logistic(double x) { return 1 / (1 + std::exp(-x)); }

// Sum of all hidden states weighed by `weigher`, by the equations as they are written in books.
static double plain(const Sizes &s, const Numbers &n, const std::vector<double> &weigher,
                    std::vector<double> *states) {
  double loss = 0;
  for (int b = 0; b < s.B; b++) {
    std::vector<double> h(n.h.begin() + b * s.H, n.h.begin() + (b + 1) * s.H);
    std::vector<double> c(n.c.begin() + b * s.H, n.c.begin() + (b + 1) * s.H);
    for (int t = 0; t < s.T; t++) {
      std::vector<double> in(s.rows()), across(s.rows());
      for (int g = 0; g < s.rows(); g++) {
        in[g] = n.b[g], across[g] = n.d[g];
        for (int i = 0; i < s.I; i++) in[g] += n.w[g * s.I + i] * n.x[(b * s.T + t) * s.I + i];
        for (int j = 0; j < s.H; j++) across[g] += n.u[g * s.H + j] * h[j];
      }
      for (int j = 0; j < s.H; j++) {
        auto sum = [&](int gate) { return in[gate * s.H + j] + across[gate * s.H + j]; };
        if (s.cell == 0) h[j] = std::tanh(sum(0));
        if (s.cell == 1) {
          c[j] = logistic(sum(1)) * c[j] + logistic(sum(0)) * std::tanh(sum(2));
          h[j] = logistic(sum(3)) * std::tanh(c[j]);
        }
        if (s.cell == 2) {
          const double z = logistic(sum(1));
          const double fresh = std::tanh(in[2 * s.H + j] + logistic(sum(0)) * across[2 * s.H + j]);
          h[j] = (1 - z) * fresh + z * h[j];
        }
        const int at = (b * s.T + t) * s.H + j;
        if (states) (*states)[at] = h[j];
        loss += weigher[at] * h[j];
      }
    }
  }
  return loss;
}

template <class T> static std::vector<T> as(const std::vector<double> &from) {
  return std::vector<T>(from.begin(), from.end());
}

// Run the kernels forward and backward; returns the hidden states, then every gradient.
template <class T>
static std::vector<std::vector<T>> kernels(int set, int format, const Sizes &s, const Numbers &n,
                                           const std::vector<double> &weigher) {
  std::vector<T> x = as<T>(n.x), h = as<T>(n.h), c = as<T>(n.c), w = as<T>(n.w), u = as<T>(n.u),
                 b = as<T>(n.b), d = as<T>(n.d), dy = as<T>(weigher), y(dy.size()), end(h.size());
  std::vector<std::vector<T>> out = {y, x, h, c, w, u, b, d};
  Layer l{};
  l.cell = s.cell, l.time = s.T, l.batch = s.B, l.input = s.I, l.hidden = s.H;
  l.threads = 2, l.slices = s.B > 1 ? 2 : 1, l.keeps = 1;
  l.x_batch = s.T * s.I, l.x_time = s.I, l.dy_batch = s.T * s.H, l.dy_time = s.H;
  l.x = x.data(), l.weight_ih = w.data(), l.weight_hh = u.data();
  l.bias_ih = b.data(), l.bias_hh = d.data(), l.h_start = h.data(), l.c_start = c.data();
  l.y = out[0].data(), l.h_end = end.data(), l.c_end = end.data(), l.dy = dy.data();
  l.dx = out[1].data(), l.dh_start = out[2].data(), l.dc_start = out[3].data();
  l.dweight_ih = out[4].data(), l.dweight_hh = out[5].data();
  l.dbias_ih = out[6].data(), l.dbias_hh = out[7].data();
  Needs forward, backward;
  rnnstudio_needs(set, format, &l, 0, &forward);
  rnnstudio_needs(set, format, &l, 1, &backward);
  std::vector<char> saved(forward.saved), packed(forward.packed), scratch(forward.scratch);
  l.saved = saved.data(), l.packed = packed.data(), l.scratch = scratch.data();
  rnnstudio_pack(set, format, &l, 0);
  rnnstudio_forward(set, format, &l);
  packed.resize(backward.packed), scratch.resize(backward.scratch);
  l.packed = packed.data(), l.scratch = scratch.data();
  rnnstudio_pack(set, format, &l, 1);
  rnnstudio_backward(set, format, &l);
  return out;
}

template <class A, class B>
static double distance(const std::vector<A> &a, const std::vector<B> &b) {
  double off = 0, size = 1e-30;
  for (size_t i = 0; i < a.size(); i++) off += (a[i] - b[i]) * (a[i] - b[i]), size += b[i] * b[i];
  return std::sqrt(off / size);
}

static bool check(int set, const Sizes &s) {
  std::mt19937 random(7);
  std::normal_distribution<double> normal;
  auto draw = [&](int count, double scale) {
    std::vector<double> values(count);
    for (double &value : values) value = float(scale * normal(random));
    return values;
  };
  const double scale = 1 / std::sqrt(double(s.H));
  Numbers n = {draw(s.B * s.T * s.I, 1),    draw(s.B * s.H, 1),          draw(s.B * s.H, 1),
               draw(s.rows() * s.I, scale), draw(s.rows() * s.H, scale), draw(s.rows(), scale),
               draw(s.rows(), scale)};
  const std::vector<double> weigher = draw(s.B * s.T * s.H, 1);
  std::vector<double> states(weigher.size());
  plain(s, n, weigher, &states);
  const auto exact = kernels<double>(set, FLOAT64, s, n, weigher);
  bool good = distance(exact[0], states) < 1e-13;
  std::vector<double> *sources[] = {&n.x, &n.h, &n.c, &n.w, &n.u, &n.b, &n.d};
  for (int of = 0; of < 7; of++) {
    if (of == 2 && s.cell != 1) continue;
    for (size_t i = 0; i < sources[of]->size(); i += 1 + sources[of]->size() / 5) {
      double &value = (*sources[of])[i], before = value, sides[2];
      for (int side = 0; side < 2; side++) {
        value = before + (side ? 1e-6 : -1e-6);
        sides[side] = plain(s, n, weigher, nullptr);
      }
      value = before;
      good &= std::fabs((sides[1] - sides[0]) / 2e-6 - exact[of + 1][i]) < 1e-6;
    }
  }
  for (int format : {FLOAT32, BFLOAT16}) {
    const auto found = kernels<float>(set, format, s, n, weigher);
    for (size_t i = 0; i < found.size(); i++)
      if (i != 3 || s.cell == 1)
        good &= distance(found[i], exact[i]) < (format == FLOAT32 ? 2e-6 : 2e-2);
  }
  std::printf("set %d, cell %d, B %d T %d I %d H %d: %s\n", set, s.cell, s.B, s.T, s.I, s.H,
              good ? "ok" : "WRONG");
  return good;
}

// Run the kernels' loss; returns the gradients of hidden states, weights and bias, then the loss.
template <class T>
static std::vector<std::vector<T>> losses(int set, int format, const std::vector<double> *given,
                                          const std::vector<int64_t> &targets) {
  std::vector<T> h = as<T>(given[0]), w = as<T>(given[1]), b = as<T>(given[2]);
  std::vector<std::vector<T>> out = {h, w, b, {}};
  double mean;
  const int64_t N = targets.size(), V = b.size();
  OutputLoss loss{N, int64_t(h.size()) / N, V, 2, h.data(), w.data(), b.data(), targets.data(),
                  out[0].data(), out[1].data(), out[2].data(), &mean, nullptr};
  std::vector<char> scratch(rnnstudio_loss_needs(set, format, &loss));
  loss.scratch = scratch.data();
  rnnstudio_output_loss(set, format, &loss);
  out[3] = {T(mean)};
  return out;
}

static bool check_loss(int set, int N, int D, int V) {
  std::mt19937 random(7);
  std::normal_distribution<double> normal;
  std::vector<double> given[] = {std::vector<double>(N * D), std::vector<double>(V * D),
                                 std::vector<double>(V)};
  for (auto &values : given)
    for (double &value : values) value = float(normal(random));
  std::vector<int64_t> targets(N);
  for (int64_t &target : targets) target = random() % V;
  const auto exact = losses<double>(set, FLOAT64, given, targets);
  double plain = 0;
  for (int i = 0; i < N; i++) {
    std::vector<double> logits(given[2]);
    double sum = 0;
    for (int v = 0; v < V; v++) {
      for (int j = 0; j < D; j++) logits[v] += given[0][i * D + j] * given[1][v * D + j];
      sum += std::exp(logits[v]);
    }
    plain += (std::log(sum) - logits[targets[i]]) / N;
  }
  bool good = std::fabs(plain - exact[3][0]) < 1e-12;
  for (int of = 0; of < 3; of++)
    for (size_t i = 0; i < given[of].size(); i += 1 + given[of].size() / 5) {
      double &value = given[of][i], before = value, sides[2];
      for (int side = 0; side < 2; side++) {
        value = before + (side ? 1e-6 : -1e-6);
        sides[side] = losses<double>(set, FLOAT64, given, targets)[3][0];
      }
      value = before;
      good &= std::fabs((sides[1] - sides[0]) / 2e-6 - exact[of][i]) < 1e-7;
    }
  for (int format : {FLOAT32, BFLOAT16}) {
    const auto found = losses<float>(set, format, given, targets);
    for (int of = 0; of < 4; of++)
      good &= distance(found[of], exact[of]) < (format == FLOAT32 ? 2e-6 : 2e-2);
  }
  std::printf("set %d, loss, N %d D %d V %d: %s\n", set, N, D, V, good ? "ok" : "WRONG");
  return good;
}

int main() {
  bool good = true;
  for (int set = 0; set < 3; set++)
    if (rnnstudio_machine() >> set & 1)
      good &= check_loss(set, 7, 3, 5) & check_loss(set, 130, 17, 33) & check_loss(set, 300, 16, 64);
  for (int set = 0; set < 3; set++)
    if (rnnstudio_machine() >> set & 1)
      for (int cell = 0; cell < 3; cell++)
        for (const Sizes &sizes : {Sizes{cell, 1, 1, 1, 1}, Sizes{cell, 3, 5, 7, 9},
                                   Sizes{cell, 5, 70, 3, 33}, Sizes{cell, 17, 4, 20, 16}})
          good &= check(set, sizes);
  return good ? 0 : 1;
}
