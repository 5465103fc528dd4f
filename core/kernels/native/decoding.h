// Choose the next token from a model's logits, as `core/generation/strategies.py` does.
//
// Nothing is sorted: what a filter keeps are the tokens up to some distance from the best one, which
// is found by halving. Each pass goes over all tokens a vector at a time.
#pragma once
#include <cmath>
#include <limits>
#include "kernels.h"
#include "vectors.h"

namespace RK_NAMESPACE {

typedef Vector<double> Doubles;
constexpr double BEYOND = std::numeric_limits<double>::infinity();

INLINE double sum_of(Doubles v) {
  double sum = 0;
  for (int64_t i = 0; i < LANES<double>; i++) sum += v[i];
  return sum;
}
INLINE double greatest_of(Doubles v) {
  double greatest = v[0];
  for (int64_t i = 1; i < LANES<double>; i++) greatest = v[i] > greatest ? v[i] : greatest;
  return greatest;
}

// The tokens that may be chosen, padded to whole vectors.
struct Candidates {
  int64_t vocabulary;
  double *distances;  // of each token's score from the greatest; infinite where it is dropped
  double *weights;    // its share of the probability, up to a factor; 0 where it is dropped

  static constexpr int64_t padded(int64_t count) { return round_up(count, LANES<double>); }
  int64_t size() const { return padded(vocabulary); }
};

// How many tokens some are, and how much they weigh.
struct Held {
  double count, weight;
};

INLINE Held held_within(const Candidates &of, double reach) {
  Doubles count{}, weight{};
  for (int64_t i = 0; i < of.size(); i += LANES<double>) {
    const auto inside = load(of.distances + i) <= splat(reach);
    count += inside ? splat(1.0) : Doubles{};
    weight += inside ? load(of.weights + i) : Doubles{};
  }
  return {sum_of(count), sum_of(weight)};
}

INLINE void drop_beyond(const Candidates &of, double reach) {
  for (int64_t i = 0; i < of.size(); i += LANES<double>) {
    const Doubles distance = load(of.distances + i);
    const auto inside = distance <= splat(reach);
    store(of.distances + i, inside ? distance : splat(BEYOND));
    store(of.weights + i, inside ? load(of.weights + i) : Doubles{});
  }
}

// Return how far the last one is that is not dropped.
INLINE double farthest(const Candidates &of) {
  Doubles most{};
  for (int64_t i = 0; i < of.size(); i += LANES<double>) {
    const Doubles distance = load(of.distances + i);
    most = (distance > most) & (distance < splat(BEYOND)) ? distance : most;
  }
  return greatest_of(most);
}

// Keep the fewest of the best tokens that are enough, or all if they are not. Of those as far as
// each other the ones with the lower index are kept.
template <class Enough> void keep_fewest(const Candidates &of, const Enough &enough) {
  double too_near = -1, reach = farthest(of);
  Held nearer = {0, 0}, reached = held_within(of, reach);
  if (!enough(reached)) return;
  while (reached.count - nearer.count > 1) {
    const double middle = too_near + (reach - too_near) / 2;
    if (middle <= too_near || middle >= reach) break;
    const Held found = held_within(of, middle);
    if (enough(found))
      reach = middle, reached = found;
    else
      too_near = middle, nearer = found;
  }
  drop_beyond(of, reach);
  if (reached.count - nearer.count <= 1) return;
  for (int64_t i = 0; i < of.vocabulary; i++) {
    if (!(of.distances[i] > too_near && of.distances[i] <= reach)) continue;
    if (enough(nearer))
      of.distances[i] = BEYOND, of.weights[i] = 0;
    else
      nearer.count++, nearer.weight += of.weights[i];
  }
}

// Draw a token by its weight: the first one up to which, in the order of the vocabulary, more than
// the share `uniform` lies.
INLINE int64_t draw(const Candidates &of, double uniform) {
  double total = 0, sum = 0;
  for (int64_t i = 0; i < of.vocabulary; i++) total += of.weights[i];
  const double below = std::nextafter(total, 0.0);
  const double share = uniform * total < below ? uniform * total : below;
  int64_t token = -1;
  while (sum <= share) sum += of.weights[++token];
  return token;
}

// Make distances of the scores that lie in their place, apply the filters, and draw.
inline int64_t draw_filtered(const Sampling &sampling, const Candidates &of, double greatest,
                             double uniform) {
  for (int64_t i = 0; i < of.size(); i += LANES<double>) {
    const Doubles distance = (greatest - load(of.distances + i)) / sampling.temperature;
    store(of.distances + i, distance);
    store(of.weights + i, vector_exp(-distance));
  }
  if (sampling.top_k > 0 && sampling.top_k < of.vocabulary)
    keep_fewest(of, [&](const Held &held) { return held.count >= double(sampling.top_k); });
  if (sampling.top_p < 1) {
    const double least = sampling.top_p * held_within(of, BEYOND).weight;
    keep_fewest(of, [&](const Held &held) { return held.weight >= least; });
  }
  if (sampling.min_p > 0) drop_beyond(of, -std::log(sampling.min_p));
  return draw(of, uniform);
}

// Return the greatest of some scores; NaN is none, unless all are.
INLINE double greatest_score(const Candidates &of, const double *scores) {
  Doubles most = load(scores);
  for (int64_t i = LANES<double>; i < of.size(); i += LANES<double>) {
    const Doubles score = load(scores + i);
    most = score > most ? score : most;
  }
  return greatest_of(most);
}

// Copy logits to where their scores become, with -inf up to whole vectors; tells if all are finite.
template <class T> INLINE bool copy_finite(const Candidates &of, const T *logits, double *scores) {
  const int64_t V = of.vocabulary;
  for (int64_t i = 0; i < of.size(); i++) scores[i] = logits[i < V ? i : 0];
  Doubles zeros{};
  for (int64_t i = 0; i < of.size(); i += LANES<double>) zeros += load(scores + i) * 0.0;
  for (int64_t i = V; i < of.size(); i++) scores[i] = -BEYOND;
  return sum_of(zeros) == 0;  // it is NaN where a score is NaN or infinite
}

INLINE void penalise_repetition(const Candidates &of, const uint8_t *seen, double penalty,
                                double *scores) {
  constexpr double LARGEST = std::numeric_limits<double>::max();
  for (int64_t i = 0; i < of.vocabulary; i++) {
    if (!seen[i]) continue;
    const double score = scores[i] > 0 ? scores[i] / penalty : scores[i] * penalty;
    scores[i] = score < LARGEST ? score : LARGEST;
  }
}

// Choose a token by a model's logits (V); returns it, or a `Refusal`.
//
// `seen` (V) says which tokens are in the text, or is null. `probability` becomes what the model
// gives the token before any filter.
template <class T>
int64_t choose_token(const Sampling &sampling, const Candidates &of, const uint8_t *seen,
                     double uniform, const T *logits, double *probability) {
  double *const scores = of.distances;
  if (!copy_finite(of, logits, scores)) return NOT_FINITE;
  if (of.vocabulary == 1 && sampling.excluded == 0) return NONE_LEFT;
  const double greatest = greatest_score(of, scores);
  Doubles sum{};
  for (int64_t i = 0; i < of.size(); i += LANES<double>)
    sum += vector_exp(load(scores + i) - greatest);
  if (seen && sampling.repetition_penalty != 1)
    penalise_repetition(of, seen, sampling.repetition_penalty, scores);
  if (sampling.excluded >= 0) scores[sampling.excluded] = -BEYOND;
  const double best = greatest_score(of, scores);
  int64_t token = 0;
  if (sampling.greedy)
    while (scores[token] != best) token++;
  else
    token = draw_filtered(sampling, of, best, uniform);
  *probability = std::exp(double(logits[token]) - greatest) / sum_of(sum);
  return token;
}

}  // namespace RK_NAMESPACE
