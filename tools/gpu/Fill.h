// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "runtime/base/Status.h"

#include <atomic>
#include <string>

namespace sennit::gpu {

/// Writes the package of a skeleton with made-up weights, see compiler::makeUpRow: a few rows of each weight
/// are made, and come again and again, since times do not depend on values. Same skeleton, same bytes.
Status fillWithNoise(const std::string &skeleton, const std::string &path,
                     const std::atomic<bool> *interrupt);

} // namespace sennit::gpu
