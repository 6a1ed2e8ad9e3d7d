// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Writers of small checkpoint files, right or wrong on purpose. For tests only.
#pragma once

#include "import/Gguf.h"

#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <unistd.h>
#include <vector>

namespace sennit::test {

/// Bytes in the making, little endian.
class Bytes {
public:
  template <typename T>
  Bytes &put(T value) {
    text.append(reinterpret_cast<const char *>(&value), sizeof(T));
    return *this;
  }
  Bytes &raw(std::string_view bytes) {
    text.append(bytes);
    return *this;
  }
  /// A GGUF string.
  Bytes &string(std::string_view value) { return put<uint64_t>(value.size()).raw(value); }
  Bytes &padTo(size_t alignment) {
    text.resize((text.size() + alignment - 1) / alignment * alignment);
    return *this;
  }

  std::string text;
};

/// A GGUF file in parts: counts are written as set, so they can lie.
class GgufWriter {
public:
  uint32_t version = 3;
  uint64_t alignment = 32;
  int64_t extraTensors = 0, extraMetadata = 0; ///< added to the true counts

  template <typename T>
  void scalar(const std::string &key, GgufType type, T value) {
    metadata.string(key).put(static_cast<uint32_t>(type)).put(value);
    ++metadataCount;
  }
  void number(const std::string &key, uint32_t value) { scalar(key, GgufType::U32, value); }
  void real(const std::string &key, float value) { scalar(key, GgufType::F32, value); }
  void word(const std::string &key, const std::string &value) {
    metadata.string(key).put(static_cast<uint32_t>(GgufType::String)).string(value);
    ++metadataCount;
  }
  void words(const std::string &key, const std::vector<std::string> &values) {
    arrayHeader(key, GgufType::String, values.size());
    for (const std::string &value : values)
      metadata.string(value);
  }
  void integers(const std::string &key, const std::vector<int32_t> &values) {
    arrayHeader(key, GgufType::I32, values.size());
    for (int32_t value : values)
      metadata.put(value);
  }
  void arrayHeader(const std::string &key, GgufType element, uint64_t count) {
    metadata.string(key)
        .put(static_cast<uint32_t>(GgufType::Array))
        .put(static_cast<uint32_t>(element))
        .put(count);
    ++metadataCount;
  }

  /// A tensor whose bytes follow those of the ones before. `dims` innermost first, as stored.
  void tensor(const std::string &name, const std::vector<uint64_t> &dims, uint32_t type,
              std::string_view bytes) {
    data.padTo(alignment);
    tensorAt(name, dims, type, data.text.size());
    data.raw(bytes);
  }
  void tensorAt(const std::string &name, const std::vector<uint64_t> &dims, uint32_t type, uint64_t offset) {
    tensors.string(name).put(static_cast<uint32_t>(dims.size()));
    for (uint64_t dim : dims)
      tensors.put(dim);
    tensors.put(type).put(offset);
    ++tensorCount;
  }

  std::string finish() const {
    Bytes file;
    file.raw("GGUF").put(version).put(tensorCount + extraTensors).put(metadataCount + extraMetadata);
    file.raw(metadata.text).raw(tensors.text).padTo(alignment).raw(data.text);
    return file.text;
  }

  Bytes metadata, tensors, data;

private:
  uint64_t tensorCount = 0, metadataCount = 0;
};

/// The bytes of a safetensors file with this header and this much data.
inline std::string safetensors(const std::string &header, std::string_view data) {
  return Bytes().put<uint64_t>(header.size()).raw(header).raw(data).text;
}

/// The bytes of numbers.
template <typename T>
std::string bytesOf(const std::vector<T> &values) {
  return std::string(reinterpret_cast<const char *>(values.data()), values.size() * sizeof(T));
}

inline std::span<const uint8_t> spanOf(const std::string &bytes) {
  return {reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size()};
}

/// A folder of its own, removed with the object.
class Folder {
public:
  Folder() {
    std::string pattern = testing::TempDir() + "sennit-import-XXXXXX";
    path = mkdtemp(pattern.data());
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string write(const std::string &name, std::string_view bytes) const {
    std::ofstream(path + "/" + name, std::ios::binary) << bytes;
    return path + "/" + name;
  }

  std::string path;
};

} // namespace sennit::test

#define EXPECT_CONTAINS(text, part) EXPECT_NE(std::string(text).find(part), std::string::npos) << (text)
#define EXPECT_REFUSED(result, part)                                                                         \
  do {                                                                                                       \
    const auto &refused = (result);                                                                          \
    ASSERT_FALSE(refused.ok()) << "expected: " << (part);                                                    \
    EXPECT_CONTAINS(refused.status().message(), part);                                                       \
    EXPECT_EQ(refused.status().message().find('\n'), std::string::npos);                                     \
    EXPECT_NE(refused.status().code(), ::sennit::Code::Internal);                                            \
  } while (false)
