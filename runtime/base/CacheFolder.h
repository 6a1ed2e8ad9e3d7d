// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "runtime/base/StatusOr.h"

#include <string>

namespace sennit {

/// Where what is compiled once is kept: $XDG_CACHE_HOME/sennit, without it ~/.cache/sennit, made where it is
/// not there. InvalidInput where neither variable is set or the folder cannot be made.
StatusOr<std::string> cacheFolder();

} // namespace sennit
