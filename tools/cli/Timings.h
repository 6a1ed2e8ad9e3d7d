// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Where the wall time of a run goes.
#pragma once

#include "runtime/base/Phases.h"
#include "runtime/program/Generate.h"

#include <nlohmann/json_fwd.hpp>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace sennit::cli {

/// Parts of the time from its construction to finish; what no part claims is "other". Single thread.
class Timings {
public:
  using Clock = std::chrono::steady_clock;

  /// Seconds since the construction.
  double elapsed() const { return std::chrono::duration<double>(Clock::now() - start).count(); }

  void add(const std::string &name, double seconds) { parts.emplace_back(name, seconds); }
  /// Parts of the loading, before the first step.
  void addLoad(std::span<const Phase> phases);
  void addGeneration(const GenerationTimes &times);
  /// Ends the measurement.
  void finish();

  double total() const { return totalSeconds; }
  /// Milliseconds by name; they add up to the total.
  nlohmann::ordered_json phases() const;
  std::string table() const;

private:
  Clock::time_point start = Clock::now();
  double totalSeconds = 0;
  std::vector<std::pair<std::string, double>> parts;
};

} // namespace sennit::cli
