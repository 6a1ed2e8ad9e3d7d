// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/device/host/Processors.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <sched.h>

namespace sennit {

namespace {

std::string readLine(const std::string &path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

/// Calls `visit` for a cgroup's folder and each ancestor's below `mount`.
template <typename Visit>
void forEachAncestor(const std::string &mount, std::string group, Visit visit) {
  for (;;) {
    visit(mount + group);
    if (group.empty() || group == "/")
      return;
    group.resize(group.rfind('/') == std::string::npos ? 0 : group.rfind('/'));
  }
}

int cgroupProcessors() {
  int most = 1 << 20;
  const auto limit = [&](std::optional<int> allowed) {
    if (allowed)
      most = std::min(most, *allowed);
  };
  std::ifstream groups("/proc/self/cgroup"); // lines "id:controllers:path"
  for (std::string line; std::getline(groups, line);) {
    const size_t first = line.find(':'), second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos)
      continue;
    const std::string controllers = line.substr(first + 1, second - first - 1),
                      group = line.substr(second + 1);
    if (controllers.empty()) {
      forEachAncestor("/sys/fs/cgroup", group, [&](const std::string &folder) {
        limit(processorsOfQuota(readLine(folder + "/cpu.max")));
      });
    } else if (("," + controllers + ",").find(",cpu,") != std::string::npos) {
      forEachAncestor("/sys/fs/cgroup/" + controllers, group, [&](const std::string &folder) {
        const std::string quota = readLine(folder + "/cpu.cfs_quota_us");
        if (!quota.empty() && quota[0] != '-')
          limit(processorsOfQuota(quota + " " + readLine(folder + "/cpu.cfs_period_us")));
      });
    }
  }
  return most;
}

} // namespace

std::optional<int> processorsOfQuota(std::string_view cpuMax) {
  long quota = 0, period = 0;
  const char *end = cpuMax.data() + cpuMax.size();
  const auto [afterQuota, quotaError] = std::from_chars(cpuMax.data(), end, quota);
  if (quotaError != std::errc() || afterQuota == end || *afterQuota != ' ')
    return std::nullopt;
  const auto [afterPeriod, periodError] = std::from_chars(afterQuota + 1, end, period);
  if (periodError != std::errc() || quota <= 0 || period <= 0)
    return std::nullopt;
  return int(std::min<long>((quota + period - 1) / period, 1 << 20));
}

int usableProcessors() {
  int processors = 1;
  // The mask may be larger than cpu_set_t on machines with very many CPUs; then the call fails and is tried
  // larger.
  for (int cpus = 1024; cpus <= 1 << 16; cpus *= 2) {
    cpu_set_t *mask = CPU_ALLOC(size_t(cpus));
    const bool known = sched_getaffinity(0, CPU_ALLOC_SIZE(size_t(cpus)), mask) == 0;
    if (known)
      processors = CPU_COUNT_S(CPU_ALLOC_SIZE(size_t(cpus)), mask);
    CPU_FREE(mask);
    if (known)
      break;
  }
  return std::max(1, std::min(processors, cgroupProcessors()));
}

} // namespace sennit
