// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "runtime/base/Status.h"

#include <cstdint>
#include <span>
#include <vector>

namespace sennit {

/// How to pick a token from logits, applied in the order of the fields.
struct SamplingParams {
  float repeatPenalty = 1; ///< logits of recent tokens: divided by it where positive, else multiplied; 1: off
  int32_t repeatWindow = 64; ///< how many of the last tokens count as recent; -1: all
  float temperature = 0;     ///< logits are divided by it; 0: take the largest, nothing below applies
  int32_t topK = 0;          ///< keep the k largest; 0: all
  float topP = 1;            ///< keep the fewest largest whose share of the probability reaches this; 1: all
  float minP = 0;            ///< keep those at least this share of the most probable; 0: all
  uint64_t seed = 0;
};

/// A token that is to be drawn: what Sampler::sample is told beside the logits.
struct TokenDraw {
  const SamplingParams *params = nullptr;
  std::span<const int32_t> history; ///< prompt and generated tokens so far
  uint64_t position = 0;            ///< of the token to be drawn
  bool logits = false;              ///< whoever asks wants to see the logits, too
};

/// Whether every parameter is in its range; names the first that is not.
Status checkSampling(const SamplingParams &params);

/// The first of the largest logits; NaN counts as less than everything, and if there is nothing else, 0.
int32_t argmax(std::span<const float> logits);

/// Draws tokens. Equal logits are ordered by id and likelihoods are whole numbers (Likelihood.h), so the
/// choice depends on logits, parameters, history and position alone, and a device draws the same. Holds
/// working memory for one vocabulary, allocates nothing later; thread-compatible.
class Sampler {
public:
  /// `vocabSize`: at most 2^21.
  explicit Sampler(size_t vocabSize);

  /// `history`: prompt and generated tokens so far; `position`: that of the token to be drawn.
  int32_t sample(std::span<const float> logits, const SamplingParams &params,
                 std::span<const int32_t> history, uint64_t position);

private:
  struct Candidate {
    float logit;
    int32_t id;
  };
  void penalize(const SamplingParams &params, std::span<const int32_t> history);
  size_t takeTopK(std::span<const float> logits, int32_t k);
  size_t takeAll(std::span<const float> logits);
  size_t keepTopP(size_t count, float share, float largest, double scale);
  size_t keepMinP(size_t count, float share, float largest, double scale);

  std::vector<float> adjusted;       ///< [vocab] logits after the penalty
  std::vector<Candidate> candidates; ///< [vocab]
  std::vector<uint64_t> likelihoods; ///< [vocab], by candidate
  std::vector<uint32_t> penalizedAt; ///< [vocab], the call that last penalized an id
  uint32_t call = 0;
};

} // namespace sennit
