// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/sennit/PackageCache.h"

#include "runtime/base/CacheFolder.h"
#include "runtime/program/File.h"
#include "runtime/program/Load.h"
#include "tools/cli/Interrupt.h"
#include "tools/sennit/CompilerLibrary.h"

#include <nlohmann/json.hpp>
#include <xxhash.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <vector>

#include <unistd.h>

using namespace sennit;
namespace fs = std::filesystem;

namespace {

struct FileCloser {
  void operator()(std::FILE *file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, FileCloser>;

struct HashFree {
  void operator()(XXH3_state_t *state) const { XXH3_freeState(state); }
};
using HashState = std::unique_ptr<XXH3_state_t, HashFree>;

StatusOr<bool> isPackage(const std::string &path) {
  std::error_code error;
  if (fs::is_directory(path, error))
    return false;
  File file(std::fopen(path.c_str(), "rb"));
  if (!file)
    return invalidInput(path + ": " + std::strerror(errno));
  char magic[sizeof packageMagic] = {};
  size_t count = std::fread(magic, 1, sizeof magic, file.get());
  return count == sizeof magic && std::memcmp(magic, packageMagic, 6) == 0;
}

void hashText(XXH3_state_t *state, const std::string &text) {
  uint64_t length = text.size();
  XXH3_128bits_update(state, &length, sizeof length);
  XXH3_128bits_update(state, text.data(), text.size());
}

Status hashFile(XXH3_state_t *state, const std::string &path) {
  File file(std::fopen(path.c_str(), "rb"));
  if (!file)
    return invalidInput(path + ": " + std::strerror(errno));
  std::vector<char> buffer(1 << 20);
  uint64_t length = 0;
  size_t count;
  while ((count = std::fread(buffer.data(), 1, buffer.size(), file.get())) > 0) {
    if (cli::interrupted())
      return cli::interruptedStatus();
    XXH3_128bits_update(state, buffer.data(), count);
    length += count;
  }
  if (std::ferror(file.get()))
    return invalidInput(path + ": " + std::strerror(errno));
  XXH3_128bits_update(state, &length, sizeof length);
  return Status::okay();
}

/// The files that make up a checkpoint, by name: the file, or what a Hugging Face directory may be read from.
StatusOr<std::vector<std::string>> checkpointFiles(const std::string &path) {
  std::error_code error;
  if (!fs::is_directory(path, error))
    return std::vector<std::string>{path};
  std::vector<std::string> files;
  fs::directory_iterator entries(path, error);
  if (error)
    return invalidInput(path + ": " + error.message());
  for (const fs::directory_entry &entry : entries) {
    std::string ending = entry.path().extension().string();
    if (entry.is_regular_file(error) && (ending == ".json" || ending == ".safetensors" || ending == ".jinja"))
      files.push_back(entry.path().string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

StatusOr<std::string> contentKey(const std::string &path) {
  HashState state(XXH3_createState());
  XXH3_128bits_reset(state.get());
  SENNIT_ASSIGN_OR_RETURN(std::string library, compiler::libraryPath());
  if (access(library.c_str(), R_OK) != 0)
    return Status(Code::Unavailable,
                  path +
                      " is not a package, and the compiler library that could compile it is "
                      "missing, expected at " +
                      library);
  SENNIT_RETURN_IF_ERROR(hashFile(state.get(), library));
  SENNIT_ASSIGN_OR_RETURN(std::vector<std::string> files, checkpointFiles(path));
  for (const std::string &file : files) {
    if (files.size() > 1)
      hashText(state.get(), fs::path(file).filename().string());
    SENNIT_RETURN_IF_ERROR(hashFile(state.get(), file));
  }
  XXH128_hash_t hash = XXH3_128bits_digest(state.get());
  char text[33];
  std::snprintf(text, sizeof text, "%016llx%016llx", static_cast<unsigned long long>(hash.high64),
                static_cast<unsigned long long>(hash.low64));
  return std::string(text);
}

/// Whether a cache entry can be used. One that cannot, as after a crash, a full disk or a change of the
/// format, is compiled again. Weights are not read: that would cost every run what opening by mapping saves.
bool isSound(const std::string &path) {
  return Package::open(path, {.level = {}, .executable = false}).ok();
}

} // namespace

StatusOr<std::string> sennit::packageFor(const std::string &path) {
  SENNIT_ASSIGN_OR_RETURN(bool package, isPackage(path));
  if (package)
    return path;
  SENNIT_ASSIGN_OR_RETURN(std::string key, contentKey(path));
  SENNIT_ASSIGN_OR_RETURN(std::string folder, cacheFolder());
  std::string cached = folder + "/" + key + ".sennit";
  std::error_code error;
  if (fs::exists(cached, error) && isSound(cached))
    return cached;
  nlohmann::json request = {{"input", path}, {"output", cached}, {"progress", isatty(STDERR_FILENO) == 1}};
  SENNIT_ASSIGN_OR_RETURN(nlohmann::json result, compiler::compile(request));
  return cached;
}
