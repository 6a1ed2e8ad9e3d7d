// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "runtime/base/StatusOr.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace sennit {

/// A whole regular file mapped read-only. Owns the mapping; its bytes stay where they are when the object is
/// moved. Thread-compatible. The file must not be truncated while it is mapped.
class MappedFile {
public:
  static StatusOr<MappedFile> open(const std::string &path);

  MappedFile(MappedFile &&other) noexcept;
  MappedFile &operator=(MappedFile &&other) noexcept;
  MappedFile(const MappedFile &) = delete;
  MappedFile &operator=(const MappedFile &) = delete;
  ~MappedFile();

  const std::string &path() const { return filePath; }
  std::span<const uint8_t> bytes() const { return {base, length}; }
  std::string_view text() const { return {reinterpret_cast<const char *>(base), length}; }

private:
  MappedFile() = default;

  std::string filePath;
  const uint8_t *base = nullptr;
  size_t length = 0;
};

} // namespace sennit
