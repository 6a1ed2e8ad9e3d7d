// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "runtime/base/StatusOr.h"
#include "runtime/program/Load.h"

#include <memory>
#include <string>

namespace sennit::cli {

/// What is measured: one kernel, alone.
struct KernelCase {
  std::string kernel;
  int rows = 1;    ///< 1: a generated row; more: the rows of one prompt.
  int context = 4; ///< Positions before the first row, which attention reads.
  int threads = 1;
  double seconds = 0.5; ///< How long to measure.
};

struct KernelTime {
  int launches =
      0; ///< Places in a step where the kernel is launched, each with its own weights; run in turn.
  double best = 0, mean = 0;   ///< Seconds of one launch.
  double bytes = 0, flops = 0; ///< Of one launch, by the cost model.
};

/// Index of the kernel of this name; an unknown one is refused with the names there are.
StatusOr<uint32_t> findKernel(const schema::Package &root, const std::string &wanted);

/// Runs a kernel over and over with random activations and cache, the package's weights, and a step made up
/// for the case. An unknown name is refused with the names there are.
StatusOr<KernelTime> benchKernel(const Package &package, const KernelCase &kernelCase);

} // namespace sennit::cli
