// Check the kernels without Python, such as of another processor under an emulator: hidden states and
// what is written against plain loops, and gradients against finite differences. See
// `tests/cross_kernels.sh`.
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
void rnnstudio_writer_needs(int64_t, int64_t, const Writer *, Needs *);
void rnnstudio_pack_writer(int64_t, int64_t, const Writer *);
void rnnstudio_write(int64_t, int64_t, const Writer *);
}

constexpr int GATES[] = {1, 4, 3};

struct Sizes {
  int cell, B, T, I, H;
  int V = 0;  // tokens there are, where tokens come in; I is then 0
  int rows() const { return GATES[cell] * H; }
  int64_t token(int place) const { return place * place % V; }  // place is b * T + t
};

// A layer's numbers: input, start, weights. For tokens w is what each adds to the gates, (V, G*H).
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
        if (s.V) in[g] += n.w[s.token(b * s.T + t) * s.rows() + g];
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
  std::vector<int64_t> tokens(s.V ? s.B * s.T : 0);
  for (size_t i = 0; i < tokens.size(); i++) tokens[i] = s.token(i);
  Layer l{};
  l.cell = s.cell, l.time = s.T, l.batch = s.B, l.input = s.I, l.hidden = s.H;
  l.threads = 2, l.slices = s.B > 1 ? 2 : 1, l.keeps = 1;
  l.x_time = s.V ? 1 : s.I, l.x_batch = s.T * l.x_time, l.dy_batch = s.T * s.H, l.dy_time = s.H;
  l.vocabulary = s.V, l.tokens = s.V ? tokens.data() : nullptr;
  l.x = s.V ? nullptr : x.data(), l.weight_ih = w.data(), l.weight_hh = u.data();
  l.bias_ih = b.data(), l.bias_hh = d.data(), l.h_start = h.data(), l.c_start = c.data();
  l.y = out[0].data(), l.h_end = end.data(), l.c_end = end.data(), l.dy = dy.data();
  l.dx = s.V ? nullptr : out[1].data(), l.dh_start = out[2].data(), l.dc_start = out[3].data();
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

// Draws numbers that float32 can hold, the same ones each time.
struct Draw {
  std::mt19937 random{7};
  std::normal_distribution<double> normal;

  std::vector<double> operator()(int count, double scale) {
    std::vector<double> values(count);
    for (double &value : values) value = float(scale * normal(random));
    return values;
  }
};

static bool check(int set, const Sizes &s) {
  Draw draw;
  const double scale = 1 / std::sqrt(double(s.H));
  Numbers n = {draw(s.B * s.T * s.I, 1),          draw(s.B * s.H, 1),
               draw(s.B * s.H, 1),                draw(s.rows() * (s.V + s.I), scale),
               draw(s.rows() * s.H, scale),       draw(s.rows(), scale),
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
  std::printf("set %d, cell %d, B %d T %d I %d H %d V %d: %s\n", set, s.cell, s.B, s.T, s.I, s.H, s.V,
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
  Draw draw;
  std::vector<double> given[] = {draw(N * D, 1), draw(V * D, 1), draw(V, 1)};
  std::vector<int64_t> targets(N);
  for (int64_t &target : targets) target = draw.random() % V;
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

// A language model of two layers. B texts, E embedding, H hidden, V vocabulary.
struct Model {
  int cell, B, E, H, V;
  bool projects;
  Numbers layers[2];
  std::vector<double> embeddings, projection, output, bias;  // (V, E), (E, H), (V, H or E), (V)
  int width(int layer) const { return layer ? H : E; }
};

// What a model says after `T` tokens of each text: logits (B, V), and its states (layers, B, H).
static std::vector<double> plain_logits(const Model &m, const std::vector<int64_t> &tokens, int T,
                                        std::vector<double> *states) {
  std::vector<double> below, logits;
  states->clear();
  for (int b = 0; b < m.B; b++)
    for (int t = 0; t < T; t++)
      for (int i = 0; i < m.E; i++) below.push_back(m.embeddings[tokens[t * m.B + b] * m.E + i]);
  for (int l = 0; l < 2; l++) {
    Numbers n = m.layers[l];
    n.x = below;
    below.assign(m.B * T * m.H, 0);
    plain({m.cell, m.B, T, m.width(l), m.H}, n, std::vector<double>(below.size()), &below);
    for (int b = 0; b < m.B; b++)
      for (int j = 0; j < m.H; j++) states->push_back(below[(b * T + T - 1) * m.H + j]);
  }
  for (int b = 0; b < m.B; b++) {
    const double *top = &(*states)[(m.B + b) * m.H];
    std::vector<double> read(top, top + m.H);
    if (m.projects) {
      read.assign(m.E, 0);
      for (int i = 0; i < m.E; i++)
        for (int j = 0; j < m.H; j++) read[i] += m.projection[i * m.H + j] * top[j];
    }
    for (int v = 0; v < m.V; v++) {
      logits.push_back(m.bias[v]);
      for (size_t i = 0; i < read.size(); i++)
        logits.back() += m.output[v * read.size() + i] * read[i];
    }
  }
  return logits;
}

// What was written: tokens (steps + 1, B), their probabilities (steps, B), states (layers, B, H).
struct Written {
  std::vector<int64_t> tokens;
  std::vector<double> probabilities, states;
};

// Write by plain loops: the first token up to which more than the share `uniform` lies.
static Written write_plainly(const Model &m, std::vector<int64_t> tokens,
                             const std::vector<double> &uniforms) {
  Written out{tokens, {}, {}};
  for (size_t at = 0; at < uniforms.size(); at += m.B) {
    const auto logits = plain_logits(m, out.tokens, at / m.B + 1, &out.states);
    for (int b = 0; b < m.B; b++) {
      double total = 0, sum = 0;
      for (int v = 0; v < m.V; v++) total += std::exp(logits[b * m.V + v]);
      int64_t token = -1;
      while (sum <= uniforms[at + b] * total) sum += std::exp(logits[b * m.V + ++token]);
      out.tokens.push_back(token);
      out.probabilities.push_back(std::exp(logits[b * m.V + token]) / total);
    }
  }
  return out;
}

// Write by the kernels.
template <class T>
static Written write(int set, int format, const Model &m, std::vector<int64_t> tokens,
                     const std::vector<double> &uniforms, int threads) {
  std::vector<T> weights[2][4], states, memories;
  std::vector<char> packed[3];
  Layer layers[2]{};
  Needs needs;
  for (int l = 0; l < 2; l++) {
    const Numbers &n = m.layers[l];
    weights[l][0] = as<T>(n.w), weights[l][1] = as<T>(n.u);
    weights[l][2] = as<T>(n.b), weights[l][3] = as<T>(n.d);
    states.insert(states.end(), n.h.begin(), n.h.end());
    memories.insert(memories.end(), n.c.begin(), n.c.end());
    Layer &layer = layers[l];
    layer.cell = m.cell, layer.time = layer.batch = layer.slices = 1, layer.threads = threads;
    layer.input = m.width(l), layer.hidden = m.H;
    layer.weight_ih = weights[l][0].data(), layer.weight_hh = weights[l][1].data();
    layer.bias_ih = weights[l][2].data(), layer.bias_hh = weights[l][3].data();
    rnnstudio_needs(set, format, &layer, 0, &needs);
    packed[l].resize(needs.packed), layer.packed = packed[l].data();
    rnnstudio_pack(set, format, &layer, 0);
  }
  const auto embeddings = as<T>(m.embeddings), projection = as<T>(m.projection);
  const auto output = as<T>(m.output), bias = as<T>(m.bias);
  Written out{tokens, std::vector<double>(uniforms.size()), {}};
  out.tokens.resize(tokens.size() + uniforms.size());
  Writer writer{};
  writer.depth = 2, writer.vocabulary = m.V, writer.embedding = m.E, writer.batch = m.B;
  writer.steps = uniforms.size() / m.B, writer.threads = threads, writer.layers = layers;
  writer.embeddings = embeddings.data(), writer.output = output.data();
  writer.projection = m.projects ? projection.data() : nullptr, writer.output_bias = bias.data();
  writer.states = states.data(), writer.memories = memories.data();
  writer.uniforms = uniforms.data(), writer.tokens = out.tokens.data();
  writer.probabilities = out.probabilities.data();
  writer.sampling = {1, 1, 0, 1, 0, 0, -1};  // by what the model says, without a filter
  rnnstudio_writer_needs(set, format, &writer, &needs);
  std::vector<char> scratch(needs.scratch);
  packed[2].resize(needs.packed);
  writer.packed = packed[2].data(), writer.scratch = scratch.data();
  rnnstudio_pack_writer(set, format, &writer);
  rnnstudio_write(set, format, &writer);
  out.states.assign(states.begin(), states.end());
  return out;
}

static bool check_writer(int set, int cell, int B, int H, int V, bool projects, int threads) {
  Draw draw;
  constexpr int E = 6, STEPS = 9;
  const int rows = GATES[cell] * H;
  const double scale = 1 / std::sqrt(double(H));
  Model m{cell, B, E, H, V, projects, {}, draw(V * E, 1), draw(E * H, scale),
          draw(V * (projects ? E : H), 1), draw(V, 1)};
  for (int l = 0; l < 2; l++)
    m.layers[l] = {{}, draw(B * H, 1), draw(B * H, 1), draw(rows * m.width(l), scale),
                   draw(rows * H, scale), draw(rows, scale), draw(rows, scale)};
  std::vector<int64_t> first(B);
  for (int64_t &token : first) token = draw.random() % V;
  std::vector<double> uniforms(STEPS * B);
  for (double &uniform : uniforms) uniform = std::uniform_real_distribution<double>()(draw.random);
  const Written plain = write_plainly(m, first, uniforms);
  const auto fits = [&](const Written &found, double error) {
    return found.tokens == plain.tokens &&
           distance(found.probabilities, plain.probabilities) < error &&
           distance(found.states, plain.states) < error;
  };
  const bool good = fits(write<double>(set, FLOAT64, m, first, uniforms, threads), 1e-12) &&
                    fits(write<float>(set, FLOAT32, m, first, uniforms, threads), 1e-5);
  std::printf("set %d, writer, cell %d, B %d H %d V %d%s, %d threads: %s\n", set, cell, B, H, V,
              projects ? ", projects" : "", threads, good ? "ok" : "WRONG");
  return good;
}

int main() {
  bool good = true;
  for (int set = 0; set < 3; set++) {
    if (!(rnnstudio_machine() >> set & 1)) continue;
    good &= check_loss(set, 7, 3, 5) & check_loss(set, 130, 17, 33) & check_loss(set, 300, 16, 64);
    for (int cell = 0; cell < 3; cell++) {
      for (const Sizes &sizes :
           {Sizes{cell, 1, 1, 1, 1}, Sizes{cell, 3, 5, 7, 9}, Sizes{cell, 5, 70, 3, 33},
            Sizes{cell, 17, 4, 20, 16}, Sizes{cell, 5, 70, 0, 33, 4}, Sizes{cell, 3, 5, 0, 9, 40}})
        good &= check(set, sizes);
      // One text, few by themselves, one by a team that shares the layers' columns.
      good &= check_writer(set, cell, 1, 5, 7, false, 1) & check_writer(set, cell, 3, 9, 12, true, 2);
      good &= check_writer(set, cell, 1, 64, 40, true, 2);
    }
    good &= check_writer(set, 1, 1, 64, 17000, false, 2);  // its embeddings are not multiplied ahead
  }
  return good ? 0 : 1;
}
