// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "runtime/schema/types_generated.h"

#include <cstdint>

namespace sennit::compiler {

/// Writes one row of `k` elements of a weight that has no source: noise of either sign, at most 1 in size,
/// with no infinities or denormals, which some CPUs treat apart. For measurements, whose times do not depend
/// on values. The same arguments give the same bytes. `out` holds
/// weights::rowBytes(format, k) bytes.
void makeUpRow(schema::Format format, uint64_t weight, int64_t row, int64_t k, uint8_t *out);

} // namespace sennit::compiler
