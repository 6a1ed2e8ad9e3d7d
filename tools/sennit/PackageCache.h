// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "runtime/base/StatusOr.h"

#include <string>

namespace sennit {

/// The path of a package for `path`: itself when it is a package, otherwise the checkpoint compiled into
/// $XDG_CACHE_HOME/sennit (~/.cache/sennit without it), under a name made from the bytes of the checkpoint
/// and of the compiler, so that neither a touched file nor a renamed one is compiled again, and a changed one
/// always is.
StatusOr<std::string> packageFor(const std::string &path);

} // namespace sennit
