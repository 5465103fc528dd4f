// Choose the next token from a model's logits, as `core/generation/strategies.py` does.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include "kernels.h"

namespace {

// Give the tokens that the filters keep the weights of a softmax, up to a factor, and the others 0.
// The greatest score is 0; `order` is scratch.
void restrict_tokens(const Sampling &sampling, int64_t vocabulary, const double *scores,
                     double *weights, int64_t *order) {
  // Where scores are equal, the lower index counts as the greater one.
  const auto before = [scores](int64_t a, int64_t b) {
    return scores[a] != scores[b] ? scores[a] > scores[b] : a < b;
  };
  int64_t *const end = order + vocabulary, *kept = end;
  std::iota(order, end, int64_t(0));
  std::fill(weights, weights + vocabulary, 0.0);
  if (sampling.top_k > 0 && sampling.top_k < vocabulary) {
    kept = order + sampling.top_k;
    std::nth_element(order, kept - 1, end, before);
  }
  double total = 0;
  for (const int64_t *token = order; token < kept; token++)
    total += weights[*token] = std::exp(scores[*token]);
  if (sampling.top_p < 1) {
    // The most probable tokens leave the heap, one by one; what is left of it is dropped.
    const auto after = [before](int64_t a, int64_t b) { return before(b, a); };
    std::make_heap(order, kept, after);
    double held = 0;
    for (; kept > order; std::pop_heap(order, kept--, after)) {
      const double probability = weights[*order] / total;
      held += probability;
      if (held - probability >= sampling.top_p) break;
    }
    for (; kept > order; kept--) weights[kept[-1]] = 0;
  }
  const double floor = std::log(sampling.min_p);  // -inf where nothing is asked for
  for (int64_t i = 0; i < vocabulary; i++)
    if (scores[i] < floor) weights[i] = 0;
}

// Draw a token by its weight: the first one up to which, in the order of the vocabulary, more than
// the share `uniform` lies.
int64_t draw(int64_t vocabulary, const double *weights, double uniform) {
  const double total = std::accumulate(weights, weights + vocabulary, 0.0);
  const double share = std::min(uniform * total, std::nextafter(total, 0.0));
  double sum = 0;
  int64_t token = -1;
  while (sum <= share) sum += weights[++token];
  return token;
}

}  // namespace

int64_t choose_token(const Sampling &sampling, int64_t vocabulary, const uint8_t *seen,
                     double uniform, const double *logits, double *scores, double *weights,
                     int64_t *order, double *probability) {
  double greatest = logits[0], total = 0;
  for (int64_t i = 0; i < vocabulary; i++) {
    if (!std::isfinite(logits[i])) return NOT_FINITE;
    greatest = std::max(greatest, logits[i]);
  }
  if (vocabulary == 1 && sampling.excluded == 0) return NONE_LEFT;
  const double penalty = sampling.repetition_penalty, largest = std::numeric_limits<double>::max();
  for (int64_t i = 0; i < vocabulary; i++) {
    const double score = logits[i];
    total += std::exp(score - greatest);
    const bool lowered = seen && seen[i] && penalty != 1;
    scores[i] = lowered ? std::min(score > 0 ? score / penalty : score * penalty, largest) : score;
  }
  if (sampling.excluded >= 0) scores[sampling.excluded] = -std::numeric_limits<double>::infinity();
  int64_t token = std::max_element(scores, scores + vocabulary) - scores;
  if (!sampling.greedy) {
    const double top = scores[token];
    for (int64_t i = 0; i < vocabulary; i++) scores[i] = (scores[i] - top) / sampling.temperature;
    restrict_tokens(sampling, vocabulary, scores, weights, order);
    token = draw(vocabulary, weights, uniform);
  }
  *probability = std::exp(logits[token] - greatest) / total;
  return token;
}
