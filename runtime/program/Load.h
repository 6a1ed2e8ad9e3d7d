// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "runtime/base/Phases.h"
#include "runtime/base/StatusOr.h"
#include "runtime/device/host/KernelAbi.h"
#include "runtime/program/DeviceTarget.h"
#include "runtime/program/File.h"
#include "runtime/schema/program_generated.h"

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sennit {

/// The entry points of a kernel in memory; prologue is null where the kernel has none.
struct KernelEntry {
  KernelFunction body = nullptr;
  KernelFunction prologue = nullptr;
};

struct OpenOptions {
  /// Run this code level instead of the highest that package and CPU share.
  std::optional<schema::CpuLevel> level;
  /// false: only look (inspect, interpret), or run on a device: no CPU code is mapped, and a package that
  /// this CPU cannot run opens too.
  bool executable = true;
};

/// A package file, mapped and verified: every byte outside the weights was checked against its hash, and
/// every index, offset and range against what it refers to, so that execution trusts it. Immutable;
/// thread-safe. Sessions share one Package (shared_ptr: whoever opened it and each session own it together).
class Package {
public:
  static StatusOr<std::shared_ptr<const Package>> open(const std::string &path,
                                                       const OpenOptions &options = {});
  ~Package();
  Package(const Package &) = delete;
  Package &operator=(const Package &) = delete;

  const schema::Package &root() const { return *contents; }
  const std::string &path() const { return filePath; }
  uint64_t fileBytes() const { return mappedBytes; }

  /// The bytes of a section; empty where the package has none.
  std::span<const uint8_t> section(SectionKind kind) const;
  std::string_view text(SectionKind kind) const;

  /// Whether CPU code is mapped.
  bool executable() const { return native != nullptr; }
  /// The level whose code is mapped; only for executable packages.
  schema::CpuLevel level() const { return nativeLevel; }
  KernelEntry kernel(uint32_t index) const;

  /// The code that a device runs; see chooseDeviceCode.
  StatusOr<const schema::DeviceCode *> findDeviceCode(const DeviceIdentity &device) const {
    SENNIT_ASSIGN_OR_RETURN(const uint32_t index, chooseDeviceCode(*contents, device));
    return contents->devices()->Get(index);
  }
  /// What the driver loads, in the mapping, 16-byte aligned; PTX ends in a zero byte.
  std::span<const uint8_t> deviceModule(const schema::DeviceModule &module) const;
  /// CUDA text, of one kernel or of all.
  std::string_view deviceText(const schema::DeviceKernel &kernel) const;
  std::string_view deviceText(const schema::DeviceCode &code) const;

  /// How long opening it took, part by part.
  const std::vector<Phase> &phases() const { return opening.phases(); }

  /// The slices of a packed weight, or the bytes of one in Rows layout, in the mapping.
  const uint8_t *sliceData(const schema::Slice &slice) const;

  /// Index of the weight of this name.
  std::optional<uint32_t> findWeight(std::string_view name) const;
  /// Writes row `row` of weight `index` in storage format: weights::rowBytes(format, k) bytes.
  void readWeightRow(uint32_t index, int64_t row, uint8_t *out) const;

  /// Checks the weights against their hash trees (reads all of them). `progress` gets bytes done and in all.
  Status verifyWeights(const std::function<void(uint64_t, uint64_t)> &progress = {}) const;

private:
  Package() = default;
  Status map(const std::string &path);
  Status checkFile();
  Status chooseLevel(const OpenOptions &options);
  Status mapNative();

  PhaseClock opening;
  std::string filePath;
  int descriptor = -1;
  const uint8_t *mapping = nullptr;
  uint64_t mappedBytes = 0;
  FileHeader header{};
  const schema::Package *contents = nullptr;
  schema::CpuLevel nativeLevel = schema::CpuLevel::Avx2;
  const uint8_t *native = nullptr; ///< executable mapping of the chosen level's section
  uint64_t nativeMappedBytes = 0;
};

} // namespace sennit
