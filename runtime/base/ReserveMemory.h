// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "runtime/base/StatusOr.h"

#include <cstdint>
#include <string>

namespace sennit {

/// Page-aligned zeros that take no memory until they are touched; munmap gives them back. `what` names their
/// use in errors: "the activations". Errors: ResourceExhausted.
StatusOr<uint8_t *> reserveMemory(uint64_t bytes, const std::string &what);

} // namespace sennit
