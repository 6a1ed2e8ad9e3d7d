// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "runtime/base/StatusOr.h"

#include <optional>
#include <string_view>

namespace sennit {

/// The number of the GPU that "cuda" (the first) or "cuda:N" names; none for "cpu". InvalidInput for any
/// other name.
StatusOr<std::optional<int>> parseDeviceName(std::string_view name);

} // namespace sennit
