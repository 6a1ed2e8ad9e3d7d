// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Layout: magic "GGUF", u32 version, u64 tensor count, u64 metadata count; metadata: string key, u32 type,
// value; tensors: string name, u32 rank, u64 dims innermost first, u32 type, u64 offset from the data
// section; padding to the alignment; data. Strings are u64 length and bytes. Little endian throughout.
#include "import/Gguf.h"

#include "import/TensorPlaces.h"

#include <bit>
#include <cstring>
#include <limits>
#include <unordered_set>

using namespace sennit;

static_assert(std::endian::native == std::endian::little, "GGUF is read in place");

namespace {

constexpr int maxArrayDepth = 4;
constexpr uint32_t maxRank = 4;

/// Walks the bytes; every read is checked, and the first failure sticks.
class Reader {
public:
  Reader(std::span<const uint8_t> bytes, const std::string &file) : bytes(bytes), file(file) {}

  size_t position() const { return at; }
  size_t remaining() const { return bytes.size() - at; }
  std::span<const uint8_t> since(size_t begin) const { return bytes.subspan(begin, at - begin); }

  /// Moves past `count` bytes that belong to `what`.
  Status skip(uint64_t count, const std::string &what) {
    if (count > remaining())
      return invalidInput(file + ": expected " + std::to_string(count) + " bytes of " + what + " at byte " +
                          std::to_string(at) + ", found " + std::to_string(remaining()) +
                          " to the end of the file");
    at += count;
    return Status::okay();
  }

  template <typename T>
  Status read(T &value, const std::string &what) {
    size_t begin = at;
    SENNIT_RETURN_IF_ERROR(skip(sizeof(T), what));
    std::memcpy(&value, bytes.data() + begin, sizeof(T));
    return Status::okay();
  }

  Status readString(std::string_view &value, const std::string &what) {
    uint64_t length = 0;
    SENNIT_RETURN_IF_ERROR(read(length, what));
    size_t begin = at;
    SENNIT_RETURN_IF_ERROR(skip(length, what));
    value = {reinterpret_cast<const char *>(bytes.data()) + begin, static_cast<size_t>(length)};
    return Status::okay();
  }

private:
  std::span<const uint8_t> bytes;
  const std::string &file;
  size_t at = 0;
};

/// Bytes of a fixed-size metadata type; 0 for strings, arrays and unknown tags.
uint64_t fixedBytes(GgufType type) {
  switch (type) {
  case GgufType::U8:
  case GgufType::I8:
  case GgufType::Bool:
    return 1;
  case GgufType::U16:
  case GgufType::I16:
    return 2;
  case GgufType::U32:
  case GgufType::I32:
  case GgufType::F32:
    return 4;
  case GgufType::U64:
  case GgufType::I64:
  case GgufType::F64:
    return 8;
  default:
    return 0;
  }
}

/// The tensor types of GGUF by tag. Those without a format are named only to say what was found.
struct TensorType {
  uint32_t tag;
  const char *name;
  std::optional<schema::Format> format;
};
constexpr std::optional<schema::Format> none = std::nullopt;
const TensorType tensorTypes[] = {
    {0, "f32", schema::Format::F32},
    {1, "f16", schema::Format::F16},
    {2, "q4_0", schema::Format::Q4_0},
    {3, "q4_1", schema::Format::Q4_1},
    {6, "q5_0", none},
    {7, "q5_1", none},
    {8, "q8_0", schema::Format::Q8_0},
    {9, "q8_1", none},
    {10, "q2_k", none},
    {11, "q3_k", none},
    {12, "q4_k", none},
    {13, "q5_k", none},
    {14, "q6_k", none},
    {15, "q8_k", none},
    {16, "iq2_xxs", none},
    {17, "iq2_xs", none},
    {18, "iq3_xxs", none},
    {19, "iq1_s", none},
    {20, "iq4_nl", none},
    {21, "iq3_s", none},
    {22, "iq2_s", none},
    {23, "iq4_xs", none},
    {24, "i8", none},
    {25, "i16", none},
    {26, "i32", none},
    {27, "i64", none},
    {28, "f64", none},
    {29, "iq1_m", none},
    {30, "bf16", schema::Format::BF16},
    {34, "tq1_0", none},
    {35, "tq2_0", none},
    {39, "mxfp4", none},
};

/// A string of the file in a message: printable and short.
std::string quoted(std::string_view text) {
  std::string result = "'";
  for (char c : text.substr(0, 80))
    result += (c >= 0x20 && c != 0x7f) || (c & 0x80) ? c : '?';
  return result + (text.size() > 80 ? "...'" : "'");
}

/// Parses one file.
class Parser {
public:
  Parser(std::span<const uint8_t> bytes, const std::string &file)
      : reader(bytes, file), bytes(bytes), file(file) {}

  Status run() {
    SENNIT_RETURN_IF_ERROR(readHeader());
    for (uint64_t i = 0; i < metadataCount; ++i)
      SENNIT_RETURN_IF_ERROR(readMetadata(i));
    SENNIT_RETURN_IF_ERROR(readAlignment());
    for (uint64_t i = 0; i < tensorCount; ++i)
      SENNIT_RETURN_IF_ERROR(readTensor(i));
    return placeTensors();
  }

  GgufFile result;

private:
  Status readHeader();
  Status readMetadata(uint64_t index);
  Status readValue(GgufValue &value, GgufType type, const std::string &what);
  Status skipElements(GgufType type, uint64_t count, int depth, const std::string &what);
  Status readAlignment();
  Status readTensor(uint64_t index);
  Status placeTensors();

  Reader reader;
  std::span<const uint8_t> bytes;
  const std::string &file;
  uint64_t tensorCount = 0, metadataCount = 0;
  uint64_t alignment = 32;
  std::unordered_set<std::string_view> names;
};

Status Parser::readHeader() {
  if (!looksLikeGguf(bytes))
    return invalidInput(file + ": expected the magic 'GGUF' at byte 0");
  SENNIT_RETURN_IF_ERROR(reader.skip(4, "magic"));
  uint32_t version = 0;
  SENNIT_RETURN_IF_ERROR(reader.read(version, "version"));
  if (version != 2 && version != 3)
    return unsupported(file + ": expected GGUF version 2 or 3 at byte 4, found " + std::to_string(version));
  SENNIT_RETURN_IF_ERROR(reader.read(tensorCount, "tensor count"));
  return reader.read(metadataCount, "metadata count");
}

Status Parser::readMetadata(uint64_t index) {
  std::string place = "metadata " + std::to_string(index) + " of " + std::to_string(metadataCount);
  size_t begin = reader.position();
  std::string_view key;
  SENNIT_RETURN_IF_ERROR(reader.readString(key, "the key of " + place));
  uint32_t tag = 0;
  std::string what = "metadata " + quoted(key);
  SENNIT_RETURN_IF_ERROR(reader.read(tag, "the type of " + what));
  GgufValue value;
  SENNIT_RETURN_IF_ERROR(readValue(value, static_cast<GgufType>(tag), what));
  if (!result.metadata.emplace(std::string(key), value).second)
    return invalidInput(file + ": expected every metadata key once, found " + quoted(key) +
                        " again at byte " + std::to_string(begin));
  return Status::okay();
}

Status Parser::readValue(GgufValue &value, GgufType type, const std::string &what) {
  value.isArray = type == GgufType::Array;
  value.element = type;
  if (value.isArray) {
    uint32_t tag = 0;
    SENNIT_RETURN_IF_ERROR(reader.read(tag, "the element type of " + what));
    value.element = static_cast<GgufType>(tag);
    SENNIT_RETURN_IF_ERROR(reader.read(value.count, "the length of " + what));
  }
  size_t begin = reader.position();
  SENNIT_RETURN_IF_ERROR(skipElements(value.element, value.count, 0, what));
  value.data = reader.since(begin);
  return Status::okay();
}

Status Parser::skipElements(GgufType type, uint64_t count, int depth, const std::string &what) {
  if (uint64_t size = fixedBytes(type)) {
    uint64_t total = 0;
    if (__builtin_mul_overflow(size, count, &total))
      total = std::numeric_limits<uint64_t>::max();
    return reader.skip(total, what);
  }
  if (type == GgufType::String) {
    // Each string takes 8 bytes at least, so a lying count ends at the end of the file.
    for (uint64_t i = 0; i < count; ++i) {
      uint64_t length = 0;
      SENNIT_RETURN_IF_ERROR(reader.read(length, what));
      SENNIT_RETURN_IF_ERROR(reader.skip(length, what));
    }
    return Status::okay();
  }
  if (type != GgufType::Array)
    return invalidInput(file + ": expected a type from 0 to 12 for " + what + " before byte " +
                        std::to_string(reader.position()) + ", found " +
                        std::to_string(static_cast<uint32_t>(type)));
  if (depth >= maxArrayDepth)
    return invalidInput(file + ": expected arrays nested at most " + std::to_string(maxArrayDepth) +
                        " deep in " + what + ", found more at byte " + std::to_string(reader.position()));
  for (uint64_t i = 0; i < count; ++i) {
    uint32_t tag = 0;
    uint64_t inner = 0;
    SENNIT_RETURN_IF_ERROR(reader.read(tag, what));
    SENNIT_RETURN_IF_ERROR(reader.read(inner, what));
    SENNIT_RETURN_IF_ERROR(skipElements(static_cast<GgufType>(tag), inner, depth + 1, what));
  }
  return Status::okay();
}

Status Parser::readAlignment() {
  const GgufValue *value = result.find("general.alignment");
  if (!value)
    return Status::okay();
  std::optional<int64_t> number = value->integer();
  if (!number || *number < 8 || *number > (1 << 20) || (*number & (*number - 1)))
    return invalidInput(
        file + ": expected a power of two from 8 to 1048576 for metadata 'general.alignment', found " +
        (number ? std::to_string(*number) : "no integer"));
  alignment = static_cast<uint64_t>(*number);
  return Status::okay();
}

Status Parser::readTensor(uint64_t index) {
  std::string place = "tensor " + std::to_string(index) + " of " + std::to_string(tensorCount);
  std::string_view name;
  SENNIT_RETURN_IF_ERROR(reader.readString(name, "the name of " + place));
  place = "tensor " + quoted(name);
  if (!names.insert(name).second)
    return invalidInput(file + ": expected every tensor once, found " + place + " again before byte " +
                        std::to_string(reader.position()));
  TensorInfo tensor;
  tensor.name = name;
  uint32_t rank = 0, tag = 0;
  SENNIT_RETURN_IF_ERROR(reader.read(rank, "the rank of " + place));
  if (rank == 0 || rank > maxRank)
    return invalidInput(file + ": expected 1 to 4 dimensions for " + place + ", found " +
                        std::to_string(rank));
  tensor.shape.resize(rank);
  for (uint32_t i = 0; i < rank; ++i) {
    uint64_t dim = 0;
    SENNIT_RETURN_IF_ERROR(reader.read(dim, "the dimensions of " + place));
    if (dim == 0 || dim > static_cast<uint64_t>(std::numeric_limits<int64_t>::max()))
      return invalidInput(file + ": expected dimensions from 1 to 2^63 - 1 for " + place + ", found " +
                          std::to_string(dim));
    tensor.shape[rank - 1 - i] = static_cast<int64_t>(dim); // stored innermost first
  }
  SENNIT_RETURN_IF_ERROR(reader.read(tag, "the type of " + place));
  tensor.supported = false;
  tensor.typeName = "type " + std::to_string(tag);
  for (const TensorType &type : tensorTypes) {
    if (type.tag != tag)
      continue;
    tensor.typeName = type.name;
    tensor.supported = type.format.has_value();
    tensor.format = type.format.value_or(schema::Format::F32);
  }
  SENNIT_RETURN_IF_ERROR(reader.read(tensor.offset, "the offset of " + place));
  result.tensors.push_back(std::move(tensor));
  return Status::okay();
}

Status Parser::placeTensors() {
  if (result.tensors.empty())
    return Status::okay();
  uint64_t dataBegin = (reader.position() + alignment - 1) / alignment * alignment;
  uint64_t dataBytes = bytes.size() > dataBegin ? bytes.size() - dataBegin : 0;
  for (TensorInfo &tensor : result.tensors) {
    std::string place = "tensor " + quoted(tensor.name);
    std::optional<uint64_t> count = elementCount(tensor.shape);
    if (!count)
      return invalidInput(file + ": expected fewer than 2^63 elements for " + place + ", found shape " +
                          describeShape(tensor.shape));
    if (tensor.offset % alignment != 0)
      return invalidInput(file + ": expected a multiple of " + std::to_string(alignment) +
                          " as the offset of " + place + ", found " + std::to_string(tensor.offset));
    if (tensor.supported) {
      uint64_t block = blockElements(tensor.format);
      if (tensor.shape.back() % block != 0)
        return invalidInput(file + ": expected rows of a multiple of " + std::to_string(block) +
                            " elements for " + place + " in " + tensor.typeName + ", found shape " +
                            describeShape(tensor.shape));
      if (__builtin_mul_overflow(*count / block, static_cast<uint64_t>(blockBytes(tensor.format)),
                                 &tensor.bytes))
        tensor.bytes = std::numeric_limits<uint64_t>::max();
    }
    if (tensor.offset > dataBytes || tensor.bytes > dataBytes - tensor.offset)
      return invalidInput(file + ": expected " + std::to_string(tensor.bytes) + " bytes of " + place +
                          " at offset " + std::to_string(tensor.offset) + " of the data (byte " +
                          std::to_string(dataBegin) + " of the file), found data of " +
                          std::to_string(dataBytes) + " bytes");
    tensor.offset += dataBegin;
  }
  return checkNoOverlap(result.tensors, file);
}

} // namespace

const GgufValue *GgufFile::find(std::string_view key) const {
  auto found = metadata.find(key);
  return found == metadata.end() ? nullptr : &found->second;
}

bool sennit::looksLikeGguf(std::span<const uint8_t> bytes) {
  return bytes.size() >= 4 && std::memcmp(bytes.data(), "GGUF", 4) == 0;
}

StatusOr<GgufFile> sennit::parseGguf(std::span<const uint8_t> bytes, const std::string &file) {
  Parser parser(bytes, file);
  SENNIT_RETURN_IF_ERROR(parser.run());
  return std::move(parser.result);
}
