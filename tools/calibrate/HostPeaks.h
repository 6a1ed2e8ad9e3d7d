// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "runtime/schema/types_generated.h"

namespace sennit::calibrate {

/// Operations per second (a multiply and an add are two) that one core reaches while `workers` threads each
/// run a loop of multiply-adds on registers with the instructions of `level`, which the CPU must have:
/// floats, or 8-bit integers as quantised linears multiply them. The best of `tries` tries of some
/// milliseconds.
double measurePeak(schema::CpuLevel level, bool integer, int workers, int tries);

} // namespace sennit::calibrate
