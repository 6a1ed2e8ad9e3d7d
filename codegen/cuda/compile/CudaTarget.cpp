// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "codegen/cuda/compile/CudaTarget.h"

#include <vector>

namespace sennit {

using schema::DeviceCodeKind;

namespace {

struct Row {
  DeviceCodeKind kind;
  uint32_t architecture;
  bool exact;
  uint32_t sharedKiB;
  const char *planner;
};

// What NVRTC 13 compiles for, from 8.0 on: kernels need cp.async and mma of bf16.
constexpr Row rows[] = {
    {DeviceCodeKind::Cubin, 80, false, 163, "a100-80g-x8"},
    {DeviceCodeKind::Cubin, 86, false, 99, "a100-80g-x8"},
    {DeviceCodeKind::Cubin, 87, false, 163, "a100-80g-x8"},
    {DeviceCodeKind::Cubin, 89, false, 99, "a100-80g-x8"},
    {DeviceCodeKind::Cubin, 90, false, 227, "h100-x1"},
    {DeviceCodeKind::Cubin, 90, true, 227, "h100-x1"},
    {DeviceCodeKind::Cubin, 100, false, 227, "b200-x8"},
    {DeviceCodeKind::Cubin, 100, true, 227, "b200-x8"},
    {DeviceCodeKind::Cubin, 103, false, 227, "b200-x8"},
    {DeviceCodeKind::Cubin, 103, true, 227, "b200-x8"},
    {DeviceCodeKind::Cubin, 120, false, 99, "b200-x8"},
    {DeviceCodeKind::Cubin, 120, true, 99, "b200-x8"},
    // The least of what PTX runs on decides: 8.6 has the smallest shared memory of all.
    {DeviceCodeKind::Ptx, 80, false, 99, "a100-80g-x8"},
    {DeviceCodeKind::Emulated, 80, false, 163, "a100-80g-x8"},
    {DeviceCodeKind::Emulated, 90, true, 227, "h100-x1"},
    {DeviceCodeKind::Emulated, 100, true, 227, "b200-x8"},
};

} // namespace

std::string cudaTargetNames() {
  std::string names;
  for (const Row &row : rows)
    names += (names.empty() ? "" : ", ") + deviceTargetName({row.kind, row.architecture, row.exact});
  return names;
}

bool isCudaTargetName(std::string_view name) {
  return name.starts_with("sm_") || name.starts_with("ptx") || name.starts_with("emulated");
}

StatusOr<CudaTarget> findCudaTarget(std::string_view name) {
  for (const Row &row : rows) {
    const DeviceTarget device{row.kind, row.architecture, row.exact};
    if (deviceTargetName(device) == name)
      return CudaTarget{device, row.sharedKiB * 1024, row.planner};
  }
  return invalidInput("expected a GPU target, one of " + cudaTargetNames() + ", found '" + std::string(name) +
                      "'");
}

} // namespace sennit
