// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// What every device looks up in a verified package to run a step.
#pragma once

#include "runtime/program/StepInput.h"

#include <cstdint>

namespace sennit {

/// The entry that appends tokens: "step".
const schema::Entry &stepEntry(const schema::Package &package);

/// Index of the bucket of `entry` that serves a step of these rows, at most the package's max_rows.
uint32_t bucketFor(const schema::Entry &entry, const StepRows &rows);

/// Where program `index` leaves the logits of wanted rows.
const schema::Buffer &logitsBuffer(const schema::Package &package, uint32_t index);

} // namespace sennit
