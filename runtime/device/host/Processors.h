// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sennit {

/// How many threads this process can run at once: the CPUs of its affinity mask, less where a cgroup's quota
/// (its own or an ancestor's) allows less. At least 1.
int usableProcessors();

/// CPUs that a cgroup v2 "cpu.max" text ("max 100000", "150000 100000") allows, rounded up; nothing where
/// unlimited or not of that form.
std::optional<int> processorsOfQuota(std::string_view cpuMax);

} // namespace sennit
