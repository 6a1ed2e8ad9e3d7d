// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "runtime/base/StatusOr.h"
#include "runtime/program/Load.h"

#include <array>
#include <atomic>
#include <memory>
#include <string>
#include <vector>

namespace sennit::cli {

/// Decode steps of two packages of one model, in turn.
struct BesideCase {
  int threads = 1;
  int batch = 1;                                ///< sequences, each appends one token in a step
  int context = 4;                              ///< tokens of each sequence before the first step
  int steps = 1;                                ///< that are timed, of each package; two more are compared
  const std::atomic<bool> *interrupt = nullptr; ///< may be null
  std::string device = "cpu";                   ///< as in SessionOptions
};

struct BesideTimes {
  std::array<std::vector<double>, 2> seconds; ///< of every timed step, by package, in their order
  bool equal = false; ///< logits of every sequence in the first and the last step, byte by byte
};

/// The middle one, of an even number the mean of both in the middle; `values` must not be empty.
double medianOf(std::vector<double> values);

/// Both packages get the same tokens and keep their sequences alive together; a few steps of one follow a few
/// of the other, so that both meet the same moods of the machine. InvalidInput: the models differ in their
/// vocabulary, or a package takes fewer sequences or positions.
StatusOr<BesideTimes> benchBeside(const std::array<std::shared_ptr<const Package>, 2> &packages,
                                  const BesideCase &wanted);

} // namespace sennit::cli
