// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/device/cuda/DeviceMemory.h"

#include <algorithm>
#include <cstdio>

namespace sennit::cuda {

std::string bytesText(uint64_t bytes) {
  for (const auto &[unit, name] :
       {std::pair(uint64_t(1) << 30, "GiB"), {uint64_t(1) << 20, "MiB"}, {uint64_t(1) << 10, "KiB"}})
    if (bytes >= unit) {
      char text[32];
      std::snprintf(text, sizeof text, "%.1f %s", double(bytes) / double(unit), name);
      return text;
    }
  return std::to_string(bytes) + " bytes";
}

size_t DeviceMemory::add(std::string name, uint64_t bytes) {
  parts.push_back({std::move(name), total, bytes});
  total += (std::max<uint64_t>(bytes, 1) + alignment - 1) / alignment * alignment;
  return parts.size() - 1;
}

StatusOr<uint64_t> DeviceMemory::freeBytes(const Device &device) {
  size_t free = 0, all = 0;
  SENNIT_RETURN_IF_ERROR(device.check(device.api().memGetInfo(&free, &all), "cuMemGetInfo", "its memory"));
  return uint64_t(free);
}

std::string DeviceMemory::listParts() const {
  // Parts of one name, such as the weights, are one figure; the largest comes first.
  std::vector<std::pair<std::string, uint64_t>> sums;
  for (const Part &part : parts) {
    const std::string group = part.name.substr(0, part.name.find(':'));
    const auto place =
        std::find_if(sums.begin(), sums.end(), [&](const auto &sum) { return sum.first == group; });
    if (place == sums.end())
      sums.emplace_back(group, part.bytes);
    else
      place->second += part.bytes;
  }
  std::sort(sums.begin(), sums.end(), [](const auto &a, const auto &b) {
    return std::pair(b.second, a.first) < std::pair(a.second, b.first);
  });
  std::string list;
  for (const auto &[name, bytes] : sums)
    list += (list.empty() ? "" : ", ") + name + " " + bytesText(bytes);
  return list;
}

Status DeviceMemory::allocate() {
  const DriverApi &api = device.api();
  size_t free = 0, all = 0;
  SENNIT_RETURN_IF_ERROR(device.check(api.memGetInfo(&free, &all), "cuMemGetInfo", "its memory"));
  DeviceAddress address = 0;
  Result result = errorOutOfMemory;
  if (total <= free)
    result = api.memAlloc(&address, total);
  if (result == errorOutOfMemory)
    return resourceExhausted(device.name() + ": expected " + bytesText(total) + " of memory (" + listParts() +
                             "), found " + bytesText(free) + " free of " + bytesText(all));
  SENNIT_RETURN_IF_ERROR(device.check(result, "cuMemAlloc", "the allocation of " + bytesText(total)));
  memory = OwnedDeviceMemory(api, address);
  if (api.nameRange)
    for (const Part &part : parts)
      if (part.bytes)
        api.nameRange(address + part.offset, part.bytes, part.name.c_str());
  return {};
}

} // namespace sennit::cuda
