// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// The made-up model of runtime/program/TestPackage.h with code for the emulated device. Not part of the
// product.
#pragma once

#include "runtime/program/TestPackage.h"

#include <memory>
#include <string>

namespace sennit::testing {

std::string addEmulatedCode(schema::PackageT &package, uint32_t sharedBytes = 160);

/// Writes the model's package with that code.
Status writeDevicePackage(const TestModel &model, const std::string &path);

/// The model's package, written to the test's temporary folder and opened for a device. A failure is one of
/// the test that runs.
std::shared_ptr<const Package> openDevicePackage(const TestModel &model);

} // namespace sennit::testing
