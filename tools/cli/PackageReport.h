// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// What a package holds, as data. The fields are what `inspect --json` prints.
#pragma once

#include "runtime/program/Load.h"

#include <nlohmann/json_fwd.hpp>

namespace sennit::cli {

/// File, model, limits, sections, and totals.
nlohmann::ordered_json describePackage(const Package &package);
/// One entry for each weight: name, shape, format, layout, slices, bytes.
nlohmann::ordered_json describeWeights(const Package &package);
/// One entry for each kernel: name, operands, row block, tiles, scratch, entry points of each level.
nlohmann::ordered_json describeKernels(const Package &package);
/// Each program with its buffers and commands, and the buckets that use it.
nlohmann::ordered_json describePrograms(const Package &package);

} // namespace sennit::cli
