// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "runtime/base/Status.h"

#include <string>

namespace sennit::gpu {

/// Inflates each file below `folder` whose name ends in .z (zlib's format) to the name without it, unless
/// that is there already. Packages travel so: they are mapped where they run, and code is small when packed.
/// Errors name the file; one that is cut off or damaged leaves nothing behind.
Status unpackAll(const std::string &folder);

} // namespace sennit::gpu
