// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// The container format GGUF, versions 2 and 3: metadata and tensor table. Nothing is copied but names.
#pragma once

#include "import/Checkpoint.h"
#include "runtime/base/StatusOr.h"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sennit {

/// The type tags of metadata values, as stored.
enum class GgufType : uint32_t {
  U8 = 0,
  I8 = 1,
  U16 = 2,
  I16 = 3,
  U32 = 4,
  I32 = 5,
  F32 = 6,
  Bool = 7,
  String = 8,
  Array = 9,
  U64 = 10,
  I64 = 11,
  F64 = 12,
};

/// A metadata value, a view into the file: `count` elements of `element` (1 unless it is an array) at `data`.
struct GgufValue {
  bool isArray = false;
  GgufType element = GgufType::U8;
  uint64_t count = 1;
  std::span<const uint8_t> data; ///< all elements; strings with their lengths before them

  /// The value where it is one (not an array) of a fitting type.
  std::optional<int64_t> integer() const; ///< any integer type, if it fits
  std::optional<double> number() const;   ///< integers and floats
  std::optional<bool> boolean() const;
  std::optional<std::string_view> string() const;
  /// The elements where it is an array of strings, or of integers that fit in 32 bits.
  std::optional<std::vector<std::string_view>> strings() const;
  std::optional<std::vector<int32_t>> integers() const;
};

/// A parsed file; views into its bytes, which must outlive it.
struct GgufFile {
  std::map<std::string, GgufValue, std::less<>> metadata;
  std::vector<TensorInfo> tensors; ///< `file` is 0

  const GgufValue *find(std::string_view key) const;
};

/// Whether the bytes start like a GGUF file.
bool looksLikeGguf(std::span<const uint8_t> bytes);

/// Parses a whole file; `file` names it in messages. Every tensor whose type is supported lies inside the
/// file and overlaps no other.
StatusOr<GgufFile> parseGguf(std::span<const uint8_t> bytes, const std::string &file);

} // namespace sennit
