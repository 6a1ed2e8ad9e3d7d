// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/program/DeviceTarget.h"

#include <optional>

namespace sennit {

using schema::DeviceCodeKind;
using std::to_string;

namespace {

/// How well `device` runs the code, more is better; 0: not at all.
uint32_t suitability(const schema::DeviceCode &code, const DeviceIdentity &device) {
  const uint32_t capability = device.major * 10 + device.minor;
  if ((code.kind() == DeviceCodeKind::Emulated) != device.emulated || code.architecture() > capability)
    return 0;
  if (code.kind() == DeviceCodeKind::Ptx)
    return 1;
  if (code.exact())
    return code.architecture() == capability ? 3 + capability : 0;
  return code.architecture() / 10 == device.major ? 2 + code.architecture() : 0;
}

} // namespace

std::string deviceTargetName(const DeviceTarget &target) {
  if (target.kind == DeviceCodeKind::Ptx)
    return "ptx";
  return (target.kind == DeviceCodeKind::Emulated ? "emulated-sm_" : "sm_") + to_string(target.architecture) +
         (target.exact ? "a" : "");
}

std::string deviceTargetList(const schema::Package &package) {
  std::string list;
  const uint32_t count = package.devices() ? package.devices()->size() : 0;
  for (uint32_t i = 0; i < count; ++i)
    list += (i == 0 ? "" : i + 1 == count ? " and " : ", ") + package.devices()->Get(i)->target()->str();
  return list;
}

StatusOr<uint32_t> chooseDeviceCode(const schema::Package &package, const DeviceIdentity &device) {
  uint32_t best = 0, found = 0;
  for (uint32_t i = 0; package.devices() && i < package.devices()->size(); ++i)
    if (const uint32_t here = suitability(*package.devices()->Get(i), device); here > best) {
      best = here;
      found = i;
    }
  if (best > 0)
    return found;
  const std::string targets = deviceTargetList(package);
  return unsupported("the package has " + (targets.empty() ? "no code for GPUs" : "code for " + targets) +
                     "; the device is " + (device.emulated ? "an emulated one" : "a GPU") +
                     " of compute capability " + to_string(device.major) + "." + to_string(device.minor));
}

} // namespace sennit
