// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/sampling/DeviceSampling.h"

#include <algorithm>

namespace sennit {

DeviceSampleRow deviceSampleRow(size_t vocabSize, const SamplingParams &params,
                                std::span<const int32_t> history, uint64_t position,
                                std::vector<int32_t> &recent) {
  const size_t first = recent.size();
  if (params.repeatPenalty != 1) {
    if (params.repeatWindow >= 0 && history.size() > size_t(params.repeatWindow))
      history = history.last(size_t(params.repeatWindow));
    for (int32_t id : history)
      if (id >= 0 && size_t(id) < vocabSize)
        recent.push_back(id);
    const auto begin = recent.begin() + std::ptrdiff_t(first);
    std::sort(begin, recent.end());
    recent.erase(std::unique(begin, recent.end()), recent.end());
  }
  return {params.seed,
          position,
          params.temperature,
          params.topP,
          params.minP,
          params.repeatPenalty,
          params.topK,
          int32_t(first),
          int32_t(recent.size() - first),
          0};
}

} // namespace sennit
