// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/base/DeviceName.h"
#include "tools/calibrate/CudaProbe.h"
#include "tools/gpu/Measurements.h"
#include "tools/gpu/Text.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <functional>

namespace sennit::gpu {
namespace {

using json = nlohmann::ordered_json;
using calibrate::CudaProbe;

constexpr int tries = 5;

/// An attribute; null where the driver does not know it.
json attribute(const cuda::Device &device, int ordinal, cuda::DeviceAttribute wanted, double unit = 1) {
  cuda::DeviceNumber number = 0;
  int32_t value = 0;
  if (device.api().deviceGet(&number, ordinal) != cuda::success ||
      device.api().deviceGetAttribute(&value, wanted, number) != cuda::success || value <= 0)
    return nullptr;
  return unit == 1 ? json(value) : json(value * unit);
}

/// The largest of some readings, or for seconds the smallest.
StatusOr<double> best(const std::function<StatusOr<double>()> &read, bool least = false) {
  double found = 0;
  for (int i = 0; i < tries; ++i) {
    SENNIT_ASSIGN_OR_RETURN(const double reading, read());
    found = i == 0 ? reading : least ? std::min(found, reading) : std::max(found, reading);
  }
  return found;
}

} // namespace

StatusOr<json> measureDevice(const std::string &package, const std::string &device) {
  SENNIT_ASSIGN_OR_RETURN(const std::optional<int> named, parseDeviceName(device));
  const int ordinal = named.value_or(0);
  SENNIT_ASSIGN_OR_RETURN(const std::unique_ptr<cuda::Device> gpu, cuda::Device::open(ordinal));
  using cuda::DeviceAttribute;
  json facts = {{"passed", true},
                {"summary", ""},
                {"name", gpu->name()},
                {"capability",
                 std::to_string(gpu->architecture() / 10) + "." + std::to_string(gpu->architecture() % 10)},
                {"processors", gpu->multiprocessors()},
                {"driver", cuda::versionText(gpu->api().version)},
                {"memory_bytes", nullptr},
                {"clock_mhz", attribute(*gpu, ordinal, DeviceAttribute::ClockRate, 1e-3)},
                {"memory_clock_mhz", attribute(*gpu, ordinal, DeviceAttribute::MemoryClockRate, 1e-3)},
                {"bus_bits", attribute(*gpu, ordinal, DeviceAttribute::GlobalMemoryBusWidth)},
                {"l2_bytes", attribute(*gpu, ordinal, DeviceAttribute::L2CacheSize)},
                {"emulated", gpu->emulated()}};
  {
    cuda::Device::Use use(*gpu);
    SENNIT_RETURN_IF_ERROR(use.status());
    size_t free = 0, total = 0;
    if (gpu->api().memGetInfo(&free, &total) == cuda::success)
      facts["memory_bytes"] = total;
  }
  SENNIT_ASSIGN_OR_RETURN(const std::shared_ptr<const Package> opened, openPackage(package, device));
  SENNIT_ASSIGN_OR_RETURN(const std::unique_ptr<CudaProbe> probe, CudaProbe::create(*gpu, *opened));
  const auto add = [&](const char *name, double unit, bool least,
                       const std::function<StatusOr<double>()> &read) -> Status {
    SENNIT_ASSIGN_OR_RETURN(const double value, best(read, least));
    facts[name] = value * unit;
    return Status::okay();
  };
  SENNIT_RETURN_IF_ERROR(add("copy_gb_per_s", 1e-9, false, [&] { return probe->copy(); }));
  SENNIT_RETURN_IF_ERROR(add("driver_copy_gb_per_s", 1e-9, false, [&] { return probe->driverCopy(); }));
  SENNIT_RETURN_IF_ERROR(
      add("read_gb_per_s", 1e-9, false, [&] { return probe->read(gpu->multiprocessors()); }));
  SENNIT_RETURN_IF_ERROR(add("upload_gb_per_s", 1e-9, false, [&] { return probe->upload(); }));
  SENNIT_RETURN_IF_ERROR(add("mma_tflops", 1e-12, false, [&] { return probe->multiply(); }));
  SENNIT_RETURN_IF_ERROR(add("launch_us", 1e6, true, [&] { return probe->launch(); }));
  SENNIT_RETURN_IF_ERROR(add("join_us", 1e6, true, [&] { return probe->join(); }));
  char text[128];
  std::snprintf(text, sizeof text, "%s: copies %.0f GB/s, multiplies %.0f Tflop/s", gpu->name().c_str(),
                std::max(facts["copy_gb_per_s"].get<double>(), facts["driver_copy_gb_per_s"].get<double>()),
                facts["mma_tflops"].get<double>());
  facts["summary"] = text;
  return facts;
}

} // namespace sennit::gpu
