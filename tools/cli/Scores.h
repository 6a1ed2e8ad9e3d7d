// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace sennit::cli {

/// -log of the probability that softmax of `logits` gives to `id`, in double.
double negativeLogLikelihood(std::span<const float> logits, int32_t id);

/// What `score` says of a token sequence, built row by row in order. Single thread.
struct Scores {
  explicit Scores(std::vector<int32_t> ids) : ids(std::move(ids)) {}

  /// Takes the logits [vocab] of the next position.
  void addRow(std::span<const float> logits);
  double meanNll() const;

  std::vector<int32_t> ids;
  std::vector<int32_t> argmaxes; ///< of each position
  std::vector<double> nll;       ///< nll[i] = -log p(ids[i + 1] | ids[0..i]); one shorter than ids
};

} // namespace sennit::cli
