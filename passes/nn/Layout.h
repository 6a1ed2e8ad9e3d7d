// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// The text that says how many ranks divide a model and along which axes: "tp=8".
#pragma once

#include "runtime/base/StatusOr.h"

#include <cstdint>
#include <string_view>

namespace sennit {

/// Ranks along each axis of parallelism.
struct Layout {
  int64_t tensorParallel = 1; ///< "tp"

  static constexpr std::string_view tensorParallelAxis = "tp";
  static constexpr int64_t mostRanks = 65536;
};

/// Reads "tp=8"; an empty text is one rank. Errors name what was found.
StatusOr<Layout> parseLayout(std::string_view text);

} // namespace sennit
