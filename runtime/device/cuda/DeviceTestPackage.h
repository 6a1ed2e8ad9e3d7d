// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// The made-up model of runtime/program/TestPackage.h with code for the emulated device. Not part of the
// product.
#pragma once

#include "runtime/program/TestPackage.h"

namespace sennit::testing {

std::string addEmulatedCode(schema::PackageT &package, uint32_t sharedBytes = 160);

/// Writes the model's package with that code.
Status writeDevicePackage(const TestModel &model, const std::string &path);

} // namespace sennit::testing
