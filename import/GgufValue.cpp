// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Typed access to metadata values. Parsing has checked that their bytes are there.
#include "import/Gguf.h"

#include <cstring>
#include <limits>

using namespace sennit;

namespace {

/// Element `index` of fixed-size elements of type T.
template <typename T>
T load(const GgufValue &value, uint64_t index) {
  T element;
  std::memcpy(&element, value.data.data() + index * sizeof(T), sizeof(T));
  return element;
}

/// Element `index` as an integer, where the type is one and it fits in 63 bits.
std::optional<int64_t> integerAt(const GgufValue &value, uint64_t index) {
  switch (value.element) {
  case GgufType::U8:
    return load<uint8_t>(value, index);
  case GgufType::I8:
    return load<int8_t>(value, index);
  case GgufType::U16:
    return load<uint16_t>(value, index);
  case GgufType::I16:
    return load<int16_t>(value, index);
  case GgufType::U32:
    return load<uint32_t>(value, index);
  case GgufType::I32:
    return load<int32_t>(value, index);
  case GgufType::I64:
    return load<int64_t>(value, index);
  case GgufType::U64: {
    uint64_t number = load<uint64_t>(value, index);
    if (number > static_cast<uint64_t>(std::numeric_limits<int64_t>::max()))
      return std::nullopt;
    return static_cast<int64_t>(number);
  }
  default:
    return std::nullopt;
  }
}

} // namespace

std::optional<int64_t> GgufValue::integer() const {
  return isArray ? std::nullopt : integerAt(*this, 0);
}

std::optional<double> GgufValue::number() const {
  if (isArray)
    return std::nullopt;
  if (element == GgufType::F32)
    return load<float>(*this, 0);
  if (element == GgufType::F64)
    return load<double>(*this, 0);
  if (std::optional<int64_t> whole = integer())
    return static_cast<double>(*whole);
  return std::nullopt;
}

std::optional<bool> GgufValue::boolean() const {
  if (isArray || element != GgufType::Bool)
    return std::nullopt;
  return load<uint8_t>(*this, 0) != 0;
}

std::optional<std::string_view> GgufValue::string() const {
  if (isArray || element != GgufType::String)
    return std::nullopt;
  return std::string_view(reinterpret_cast<const char *>(data.data()) + 8, data.size() - 8);
}

std::optional<std::vector<std::string_view>> GgufValue::strings() const {
  if (!isArray || element != GgufType::String)
    return std::nullopt;
  std::vector<std::string_view> result;
  result.reserve(count);
  for (size_t at = 0; at < data.size();) {
    uint64_t length;
    std::memcpy(&length, data.data() + at, sizeof(length));
    result.emplace_back(reinterpret_cast<const char *>(data.data()) + at + 8, static_cast<size_t>(length));
    at += 8 + length;
  }
  return result;
}

std::optional<std::vector<int32_t>> GgufValue::integers() const {
  if (!isArray || element == GgufType::String || element == GgufType::Array)
    return std::nullopt;
  std::vector<int32_t> result;
  result.reserve(count);
  for (uint64_t i = 0; i < count; ++i) {
    std::optional<int64_t> number = integerAt(*this, i);
    if (!number || *number < std::numeric_limits<int32_t>::min() ||
        *number > std::numeric_limits<int32_t>::max())
      return std::nullopt;
    result.push_back(static_cast<int32_t>(*number));
  }
  return result;
}
