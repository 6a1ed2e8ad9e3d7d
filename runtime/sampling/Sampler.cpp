// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/sampling/Sampler.h"

#include "runtime/sampling/Likelihood.h"
#include "runtime/sampling/Philox.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <string>

namespace sennit {

namespace {

constexpr float lowest = -std::numeric_limits<float>::infinity();

} // namespace

Status checkSampling(const SamplingParams &params) {
  const auto outside = [](const char *name, const char *range, float found) {
    return invalidInput(std::string(name) + ": expected " + range + ", found " + std::to_string(found));
  };
  if (!(params.repeatPenalty > 0) || std::isinf(params.repeatPenalty))
    return outside("repeat penalty", "a number above 0", params.repeatPenalty);
  if (params.repeatWindow < -1)
    return invalidInput("repeat window: expected -1 or more, found " + std::to_string(params.repeatWindow));
  if (!(params.temperature >= 0) || std::isinf(params.temperature))
    return outside("temperature", "a number of 0 or more", params.temperature);
  if (params.topK < 0)
    return invalidInput("top-k: expected 0 or more, found " + std::to_string(params.topK));
  if (!(params.topP > 0 && params.topP <= 1))
    return outside("top-p", "a number above 0 and at most 1", params.topP);
  if (!(params.minP >= 0 && params.minP <= 1))
    return outside("min-p", "a number of 0 to 1", params.minP);
  return {};
}

int32_t argmax(std::span<const float> logits) {
  // Independent lanes, so that the loop becomes vector code; a comparison with NaN is false.
  constexpr size_t lanes = 32;
  float best[lanes];
  std::fill_n(best, lanes, lowest);
  size_t i = 0;
  for (; i + lanes <= logits.size(); i += lanes)
    for (size_t lane = 0; lane < lanes; ++lane)
      best[lane] = logits[i + lane] > best[lane] ? logits[i + lane] : best[lane];
  float largest = lowest;
  for (float value : best)
    largest = value > largest ? value : largest;
  for (; i < logits.size(); ++i)
    largest = logits[i] > largest ? logits[i] : largest;
  const auto found = std::find(logits.begin(), logits.end(), largest);
  return found == logits.end() ? 0 : int32_t(found - logits.begin());
}

Sampler::Sampler(size_t vocabSize)
    : adjusted(vocabSize), candidates(vocabSize), likelihoods(vocabSize), penalizedAt(vocabSize, 0) {
  assert(vocabSize <= mostTokens && "sums of likelihoods fit in 64 bits");
}

void Sampler::penalize(const SamplingParams &params, std::span<const int32_t> history) {
  if (params.repeatPenalty == 1)
    return;
  if (params.repeatWindow >= 0 && history.size() > size_t(params.repeatWindow))
    history = history.last(size_t(params.repeatWindow));
  ++call;
  for (int32_t id : history) {
    if (id < 0 || size_t(id) >= adjusted.size() || penalizedAt[size_t(id)] == call)
      continue;
    penalizedAt[size_t(id)] = call;
    float &logit = adjusted[size_t(id)];
    logit = logit > 0 ? logit / params.repeatPenalty : logit * params.repeatPenalty;
  }
}

namespace {

constexpr auto moreLikely = [](const auto &a, const auto &b) {
  return a.logit != b.logit ? a.logit > b.logit : a.id < b.id;
};

} // namespace

/// The k most likely tokens become the candidates, in no particular order.
size_t Sampler::takeTopK(std::span<const float> logits, int32_t k) {
  // A heap whose top is the least likely of those taken; few tokens beat it, so blocks are looked at as a
  // whole.
  constexpr size_t block = 64;
  const auto begin = candidates.begin();
  size_t count = 0;
  float bar = lowest;
  for (size_t at = 0; at < logits.size(); at += block) {
    const size_t end = std::min(at + block, logits.size());
    bool some = false;
    for (size_t id = at; id < end; ++id)
      some |= logits[id] > bar;
    if (!some)
      continue;
    for (size_t id = at; id < end; ++id) {
      if (!(logits[id] > bar)) // of equals the first was taken
        continue;
      if (count == size_t(k))
        std::pop_heap(begin, begin + std::ptrdiff_t(count--), moreLikely);
      candidates[count++] = {logits[id], int32_t(id)};
      std::push_heap(begin, begin + std::ptrdiff_t(count), moreLikely);
      if (count == size_t(k))
        bar = candidates[0].logit;
    }
  }
  return count;
}

size_t Sampler::takeAll(std::span<const float> logits) {
  size_t count = 0;
  for (size_t id = 0; id < logits.size(); ++id)
    if (logits[id] != lowest)
      candidates[count++] = {logits[id], int32_t(id)};
  return count;
}

size_t Sampler::keepTopP(size_t count, float share, float largest, double scale) {
  if (share >= 1)
    return count;
  uint64_t total = 0;
  for (size_t i = 0; i < count; ++i)
    total += likelihoodOf(candidates[i].logit, largest, scale);
  const uint64_t needed = shareOf(share, total);
  // Mostly a few tokens suffice: sort longer and longer beginnings until one holds the share.
  uint64_t sum = 0;
  size_t sorted = 0;
  for (size_t wish = 64; sorted < count; wish *= 8) {
    const size_t end = std::min(std::max(wish, sorted + 1), count);
    const auto from = candidates.begin() + std::ptrdiff_t(sorted),
               to = candidates.begin() + std::ptrdiff_t(end);
    std::partial_sort(from, to, candidates.begin() + std::ptrdiff_t(count), moreLikely);
    for (; sorted < end; ++sorted) {
      sum += likelihoodOf(candidates[sorted].logit, largest, scale);
      if (sum >= needed)
        return sorted + 1;
    }
  }
  return count;
}

size_t Sampler::keepMinP(size_t count, float share, float largest, double scale) {
  if (share <= 0)
    return count;
  const uint64_t least = shareOf(share, greatestLikelihood);
  const auto end =
      std::remove_if(candidates.begin(), candidates.begin() + std::ptrdiff_t(count),
                     [&](const Candidate &c) { return likelihoodOf(c.logit, largest, scale) < least; });
  return size_t(end - candidates.begin());
}

int32_t Sampler::sample(std::span<const float> logits, const SamplingParams &params,
                        std::span<const int32_t> history, uint64_t position) {
  if (params.temperature == 0 && params.repeatPenalty == 1)
    return argmax(logits);
  for (size_t id = 0; id < logits.size(); ++id)
    adjusted[id] = std::isnan(logits[id]) ? lowest : logits[id];
  penalize(params, history);
  const std::span<const float> penalized(adjusted.data(), logits.size());
  const int32_t best = argmax(penalized);
  const float largest = penalized[size_t(best)];
  if (params.temperature == 0 || largest == lowest)
    return best;

  const double scale = likelihoodScale(params.temperature);
  const bool few = params.topK > 0 && size_t(params.topK) < logits.size();
  size_t count = few ? takeTopK(penalized, params.topK) : takeAll(penalized);
  count = keepTopP(count, params.topP, largest, scale);
  count = keepMinP(count, params.minP, largest, scale);

  // By id, so that the draw does not depend on how the candidates were selected.
  if (params.topK > 0 || params.topP < 1)
    std::sort(candidates.begin(), candidates.begin() + std::ptrdiff_t(count),
              [](const Candidate &a, const Candidate &b) { return a.id < b.id; });
  uint64_t total = 0;
  for (size_t i = 0; i < count; ++i)
    total += likelihoods[i] = likelihoodOf(candidates[i].logit, largest, scale);
  uint64_t left = placeIn(total, randomWordAt(params.seed, position));
  size_t drawn = 0;
  while (left >= likelihoods[drawn])
    left -= likelihoods[drawn++];
  return candidates[drawn].id;
}

} // namespace sennit
