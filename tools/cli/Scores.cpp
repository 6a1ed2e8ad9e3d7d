// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/cli/Scores.h"

#include "runtime/sampling/Sampler.h"

#include <algorithm>
#include <cmath>
#include <numeric>

using namespace sennit;
using namespace sennit::cli;

double cli::negativeLogLikelihood(std::span<const float> logits, int32_t id) {
  double largest = *std::max_element(logits.begin(), logits.end());
  double sum = 0;
  for (float logit : logits)
    sum += std::exp(static_cast<double>(logit) - largest);
  return std::log(sum) + (largest - static_cast<double>(logits[static_cast<size_t>(id)]));
}

void Scores::addRow(std::span<const float> logits) {
  argmaxes.push_back(argmax(logits));
  if (argmaxes.size() < ids.size())
    nll.push_back(negativeLogLikelihood(logits, ids[argmaxes.size()]));
}

double Scores::meanNll() const {
  return std::accumulate(nll.begin(), nll.end(), 0.0) / static_cast<double>(nll.size());
}
