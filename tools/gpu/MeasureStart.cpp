// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/gpu/Child.h"
#include "tools/gpu/Measurements.h"

#include <nlohmann/json.hpp>

#include <cstdio>

namespace sennit::gpu {

using json = nlohmann::ordered_json;

/// The whole run of a part is limited by who starts it.
static constexpr double limit = 120;

StatusOr<json> measureStart(const Bundle &bundle, const std::string &package, const std::string &device) {
  const std::vector<std::string> command{bundle.path("sennit-run"),
                                         "run",
                                         package,
                                         "--device",
                                         device,
                                         "--prompt-ids",
                                         "1,2,3,4",
                                         "--max-tokens",
                                         "1",
                                         "--ignore-eos",
                                         "--json"};
  double seconds[2] = {};
  for (double &one : seconds) {
    const ChildEnd end = runChild(command, limit);
    if (end.kind != ChildEnd::Kind::Exited || end.code != 0)
      return Status(Code::Unavailable, "sennit-run: " + end.text() + ": " + end.errors);
    one = end.seconds;
  }
  char text[64];
  std::snprintf(text, sizeof text, "%.2f s to the first token", seconds[1]);
  return json{{"passed", true}, {"summary", text}, {"seconds", seconds[1]}, {"first_seconds", seconds[0]}};
}

} // namespace sennit::gpu
