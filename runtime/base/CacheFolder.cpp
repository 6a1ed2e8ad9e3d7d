// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/base/CacheFolder.h"

#include <cstdlib>
#include <filesystem>

namespace sennit {

StatusOr<std::string> cacheFolder() {
  std::filesystem::path folder;
  if (const char *cache = std::getenv("XDG_CACHE_HOME"); cache && *cache)
    folder = cache;
  else if (const char *home = std::getenv("HOME"); home && *home)
    folder = std::filesystem::path(home) / ".cache";
  else
    return invalidInput("no place for compiled checkpoints: neither XDG_CACHE_HOME nor HOME is set");
  folder /= "sennit";
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error)
    return invalidInput(folder.string() + ": " + error.message());
  return folder.string();
}

} // namespace sennit
