// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Layout: u64 header length, a JSON object {name: {dtype, shape, data_offsets: [begin, end)}}, data. Offsets
// count from the end of the header.
#include "import/Safetensors.h"

#include "import/Json.h"
#include "import/TensorPlaces.h"

#include <algorithm>
#include <cstring>
#include <limits>

using namespace sennit;
using nlohmann::json;

namespace {

struct TensorType {
  const char *name;
  schema::Format format;
};
constexpr TensorType tensorTypes[] = {
    {"F32", schema::Format::F32}, {"F16", schema::Format::F16}, {"BF16", schema::Format::BF16}};

constexpr uint64_t maxHeaderBytes = 100'000'000; // the limit of the reference implementation
constexpr int64_t maxInt64 = std::numeric_limits<int64_t>::max();

std::optional<uint64_t> headerLength(std::span<const uint8_t> bytes) {
  if (bytes.size() < 8)
    return std::nullopt;
  uint64_t length;
  std::memcpy(&length, bytes.data(), sizeof(length));
  return length;
}

StatusOr<TensorInfo> parseTensor(const std::string &name, const json &entry, uint64_t dataBegin,
                                 uint64_t dataBytes, const std::string &file) {
  std::string place = file + ": header entry '" + name + "'";
  TensorInfo tensor;
  tensor.name = name;
  const std::string *type = asString(member(entry, "dtype"));
  const json *shape = member(entry, "shape");
  const json *offsets = member(entry, "data_offsets");
  if (!type || !shape || !shape->is_array() || !offsets || !offsets->is_array() || offsets->size() != 2)
    return invalidInput(place +
                        ": expected an object with dtype (text), shape (list) and data_offsets (a pair)");
  tensor.typeName = *type;
  tensor.supported = false;
  for (const TensorType &known : tensorTypes) {
    if (*type != known.name)
      continue;
    tensor.supported = true;
    tensor.format = known.format;
  }
  for (const json &dim : *shape) {
    std::optional<int64_t> number = asIndex(&dim, maxInt64);
    if (!number)
      return invalidInput(place + ": expected whole dimensions from 0 to 2^63 - 1, found " + brief(dim));
    tensor.shape.push_back(*number);
  }
  std::optional<uint64_t> count = elementCount(tensor.shape);
  if (!count)
    return invalidInput(place + ": expected fewer than 2^63 elements, found shape " +
                        describeShape(tensor.shape));
  std::optional<int64_t> begin = asIndex(&(*offsets)[0], maxInt64), end = asIndex(&(*offsets)[1], maxInt64);
  if (!begin || !end || *begin > *end || static_cast<uint64_t>(*end) > dataBytes)
    return invalidInput(place + ": expected data_offsets ascending within the " + std::to_string(dataBytes) +
                        " bytes of data, found [" + brief((*offsets)[0]) + ", " + brief((*offsets)[1]) + "]");
  tensor.offset = dataBegin + static_cast<uint64_t>(*begin);
  tensor.bytes = static_cast<uint64_t>(*end - *begin);
  if (!tensor.supported)
    return tensor;
  uint64_t expected = 0;
  if (__builtin_mul_overflow(*count, static_cast<uint64_t>(blockBytes(tensor.format)), &expected) ||
      expected != tensor.bytes)
    return invalidInput(place + ": expected " + std::to_string(*count) + " elements of " +
                        std::to_string(blockBytes(tensor.format)) + " bytes for shape " +
                        describeShape(tensor.shape) + ", found " + std::to_string(tensor.bytes) + " bytes");
  return tensor;
}

} // namespace

bool sennit::looksLikeSafetensors(std::span<const uint8_t> bytes) {
  std::optional<uint64_t> length = headerLength(bytes);
  return length && *length >= 2 && *length <= bytes.size() - 8 && bytes[8] == '{';
}

StatusOr<std::vector<TensorInfo>> sennit::parseSafetensors(std::span<const uint8_t> bytes,
                                                           const std::string &file) {
  std::optional<uint64_t> length = headerLength(bytes);
  if (!length)
    return invalidInput(file + ": expected a safetensors header length of 8 bytes at byte 0, found " +
                        std::to_string(bytes.size()) + " bytes");
  if (*length > bytes.size() - 8 || *length > maxHeaderBytes)
    return invalidInput(file + ": expected a header of at most " +
                        std::to_string(std::min<uint64_t>(bytes.size() - 8, maxHeaderBytes)) +
                        " bytes, found the length " + std::to_string(*length) + " at byte 0");
  std::string_view text(reinterpret_cast<const char *>(bytes.data()) + 8, *length);
  SENNIT_ASSIGN_OR_RETURN(json header, parseJson(text, file + ": header"));
  if (!header.is_object())
    return invalidInput(file + ": header: expected an object, found " + brief(header));
  std::vector<TensorInfo> tensors;
  uint64_t dataBegin = 8 + *length;
  for (const auto &[name, entry] : header.items()) {
    if (name == "__metadata__")
      continue;
    SENNIT_ASSIGN_OR_RETURN(TensorInfo tensor,
                            parseTensor(name, entry, dataBegin, bytes.size() - dataBegin, file));
    tensors.push_back(std::move(tensor));
  }
  SENNIT_RETURN_IF_ERROR(checkNoOverlap(tensors, file));
  std::sort(tensors.begin(), tensors.end(), [](const TensorInfo &a, const TensorInfo &b) {
    return a.offset != b.offset ? a.offset < b.offset : a.name < b.name;
  });
  return tensors;
}

StatusOr<std::map<std::string, std::string>> sennit::parseShardIndex(std::string_view text,
                                                                     const std::string &file) {
  SENNIT_ASSIGN_OR_RETURN(json index, parseJson(text, file));
  const json *weightMap = member(index, "weight_map");
  if (!weightMap || !weightMap->is_object())
    return invalidInput(file + ": expected an object 'weight_map'");
  std::map<std::string, std::string> shards;
  for (const auto &[name, value] : weightMap->items()) {
    const std::string *shard = asString(&value);
    // A plain name: the index must not lead out of the directory.
    if (!shard || shard->empty() || shard->find('/') != std::string::npos || *shard == "." ||
        *shard == ".." || shard->find('\0') != std::string::npos)
      return invalidInput(file + ": weight_map '" + name +
                          "': expected the name of a file beside it, found " + brief(value));
    shards[name] = *shard;
  }
  return shards;
}
