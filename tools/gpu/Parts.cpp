// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/gpu/Parts.h"

namespace sennit::gpu {
namespace {

// Several times what a part takes on the slowest GPU that a bundle has code for.
constexpr double testLimit = 30, bitsLimit = 60, speedLimit = 100, startLimit = 60, calibrateLimit = 120;

} // namespace

std::vector<Part> partsOf(const Bundle &bundle, const std::string &device) {
  std::vector<Part> parts;
  const auto add = [&](const std::string &name, std::vector<std::string> arguments, double limit,
                       const std::string &fills = "") {
    arguments.push_back("--device=" + device);
    parts.push_back({name, std::move(arguments), limit, fills});
  };
  if (device != "cpu" && !bundle.cases.empty())
    add("device", {"device", bundle.path(bundle.cases.front().package)}, testLimit);
  for (const Case &one : bundle.cases)
    add("near " + one.name, {"near", one.name}, testLimit);
  for (const Shape &shape : bundle.shapes) {
    add("speed " + shape.name, {"speed", shape.name}, speedLimit, shape.skeleton);
    if (&shape == &bundle.shapes.front())
      add("start " + shape.name, {"start"}, startLimit, shape.skeleton);
  }
  for (const Case &one : bundle.cases)
    add("bits " + one.name, {"bits", one.name}, bitsLimit);
  if (!bundle.lanes.empty())
    add("overlap", {"overlap"}, speedLimit, bundle.lanes);
  if (device != "cpu" && !bundle.calibration.empty())
    add("calibrate", {"calibrate"}, calibrateLimit);
  return parts;
}

} // namespace sennit::gpu
