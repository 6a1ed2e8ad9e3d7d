// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// What every tensor table is checked for, whatever the container.
#pragma once

#include "import/Checkpoint.h"

#include <optional>
#include <vector>

namespace sennit {

/// The product of the dimensions, where it stays below 2^63 (a zero dimension gives 0).
std::optional<uint64_t> elementCount(const std::vector<int64_t> &shape);

/// `[2, 3]`.
std::string describeShape(const std::vector<int64_t> &shape);

/// Refuses supported tensors of one file that share a byte.
Status checkNoOverlap(const std::vector<TensorInfo> &tensors, const std::string &file);

} // namespace sennit
