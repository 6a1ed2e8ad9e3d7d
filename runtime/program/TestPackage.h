// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// A small made-up model for tests: its kernels are C++ functions over small integers held in f32, so that
// every sum is exact and a plain reference can be compared bit for bit. Not part of the product.
#pragma once

#include "runtime/program/File.h"
#include "runtime/program/Load.h"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace sennit::testing {

/// Shape of the made-up model and of the package's maxima.
struct TestModel {
  uint32_t vocab = 43, kvHeads = 2, headDim = 20;
  uint32_t context = 200;
  uint32_t maxRows = 24, maxSequences = 6, maxSegments = 12, maxPages = 40;
  uint32_t logitsRows = 24;          ///< rows of the logits buffer
  bool sliceHead = false;            ///< store the head as several slices
  bool cpu = true;                   ///< has code for CPUs
  std::vector<DeviceTarget> devices; ///< made-up code for these
  /// Code for devices instead: adds it to the description and returns its section.
  std::function<std::string(schema::PackageT &)> deviceSection;
  bool lanes = false; ///< steps of more than one row run in two nano-batches on two lanes
};

/// Metadata of the package: two weights, five kernels, two programs (three with lanes), buckets of 1, 4 and
/// max rows.
schema::PackageT describe(const TestModel &model);

/// Adds to a package's description made-up code for `targets`: two modules, three functions for each kernel
/// in two variants and one utility each. Returns the bytes of its device code section.
std::string addTestDevices(schema::PackageT &package, const std::vector<DeviceTarget> &targets);

/// Writes it to `path`. Its native code does almost nothing: whatever the input, token 5 of row 0 is the
/// likeliest.
Status writeTestPackage(const TestModel &model, const std::string &path);

/// The kernels of the package, to be given to a session instead of its native code.
std::vector<KernelEntry> testKernels();

/// What the logits of the last token of `history` are, computed without pages, steps or batches.
/// `promptLength`: positions below it have the prompt role.
std::vector<float> referenceLogits(const TestModel &model, const std::vector<int32_t> &history,
                                   size_t promptLength);

/// Calls of prologues and bodies since the last reset, and broken promises of the executor that a kernel saw
/// (a body before its block's prologue, a range across a slice boundary, too many rows); "" where there were
/// none.
struct KernelLog {
  int64_t prologues = 0, bodies = 0;
  std::string fault;
};
KernelLog takeKernelLog();

/// A path in the test's temporary folder.
std::string temporaryPath(const std::string &name);

} // namespace sennit::testing
