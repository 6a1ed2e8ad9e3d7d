// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "runtime/base/StatusOr.h"

#include <nlohmann/json.hpp>

#include <string>

namespace sennit::gpu {

/// The file of a run's results: JSON that is whole after every part, so that a run that is cut off keeps what
/// it has.
///   {format: 1, date, version, device, seconds, parts: [{name, status, seconds, error, result}]}
/// A status is passed, failed (it says why in its summary), broken (no result: it ended, crashed or hung;
/// `error` says how) or skipped (`error` says why).
class Results {
public:
  Results(std::string path, const std::string &version, const std::string &device);

  /// Adds a part and writes the file.
  Status add(nlohmann::ordered_json part, double secondsOfRun);

  const nlohmann::ordered_json &data() const { return json; }
  /// Parts of a status.
  int count(const std::string &status) const;

private:
  std::string path;
  nlohmann::ordered_json json;
};

} // namespace sennit::gpu
