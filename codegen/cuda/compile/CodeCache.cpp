// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// A file is: XXH3-64 of what follows, the bytes of the code, the code, the log.
#include "codegen/cuda/compile/CodeCache.h"

#include "runtime/base/Hash.h"
#include "runtime/base/NewFile.h"

#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <xxhash.h>

namespace sennit {

namespace {

std::string fileOf(const std::string &folder, const std::string &key) {
  return folder + "/" + key + ".code";
}

void append(std::string &bytes, uint64_t value) {
  bytes.append(reinterpret_cast<const char *>(&value), sizeof value);
}

} // namespace

std::string CodeCache::key(const std::vector<std::string> &parts) {
  std::string all;
  for (const std::string &part : parts) {
    append(all, part.size());
    all += part;
  }
  const XXH128_hash_t hash = XXH3_128bits(all.data(), all.size());
  char text[33];
  std::snprintf(text, sizeof text, "%016llx%016llx", static_cast<unsigned long long>(hash.high64),
                static_cast<unsigned long long>(hash.low64));
  return text;
}

std::optional<CodeCache::Entry> CodeCache::find(const std::string &key) const {
  if (folder.empty())
    return std::nullopt;
  std::ifstream file(fileOf(folder, key), std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  if (bytes.size() < 16)
    return std::nullopt;
  uint64_t hash, codeBytes;
  std::memcpy(&hash, bytes.data(), 8);
  std::memcpy(&codeBytes, bytes.data() + 8, 8);
  if (hash64(bytes.data() + 8, bytes.size() - 8) != hash || codeBytes > bytes.size() - 16)
    return std::nullopt;
  return Entry{bytes.substr(16, codeBytes), bytes.substr(16 + codeBytes)};
}

void CodeCache::keep(const std::string &key, const Entry &entry) const {
  if (folder.empty())
    return;
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  auto file = NewFile::create(fileOf(folder, key), "code");
  if (!file.ok())
    return;
  std::string bytes;
  append(bytes, entry.code.size());
  bytes += entry.code + entry.log;
  const uint64_t hash = hash64(bytes.data(), bytes.size());
  if ((*file)->writeAt(0, &hash, 8).ok() && (*file)->writeAt(8, bytes.data(), bytes.size()).ok())
    (void)(*file)->publish();
}

} // namespace sennit
