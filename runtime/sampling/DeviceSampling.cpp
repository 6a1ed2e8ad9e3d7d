// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/sampling/DeviceSampling.h"

#include <algorithm>

namespace sennit {

std::optional<size_t> fillSampleRows(size_t vocabSize, std::span<const TokenDraw> draws,
                                     std::span<DeviceSampleRow> rows, std::span<int32_t> recent) {
  size_t count = 0;
  for (size_t i = 0; i < draws.size(); ++i) {
    const SamplingParams &params = *draws[i].params;
    const size_t first = count;
    if (params.repeatPenalty != 1) {
      std::span<const int32_t> history = draws[i].history;
      if (params.repeatWindow >= 0 && history.size() > size_t(params.repeatWindow))
        history = history.last(size_t(params.repeatWindow));
      if (history.size() > recent.size() - first)
        return std::nullopt;
      for (int32_t id : history)
        if (id >= 0 && size_t(id) < vocabSize)
          recent[count++] = id;
      const auto begin = recent.begin() + std::ptrdiff_t(first), end = recent.begin() + std::ptrdiff_t(count);
      std::sort(begin, end);
      count = size_t(std::unique(begin, end) - recent.begin());
    }
    rows[i] = {params.seed,
               draws[i].position,
               params.temperature,
               params.topP,
               params.minP,
               params.repeatPenalty,
               params.topK,
               int32_t(first),
               int32_t(count - first),
               0};
  }
  return count;
}

} // namespace sennit
