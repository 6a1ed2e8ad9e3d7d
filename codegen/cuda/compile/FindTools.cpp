// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "codegen/cuda/compile/FindTools.h"

#include <algorithm>
#include <cstdlib>
#include <dlfcn.h>
#include <filesystem>
#include <sstream>
#include <unistd.h>

namespace sennit {

namespace fs = std::filesystem;

namespace {

/// Folders below `folder`, by name descending, so that newer versions come first.
std::vector<fs::path> foldersIn(const fs::path &folder) {
  std::vector<fs::path> found;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error))
    if (std::error_code ignored; entry->is_directory(ignored))
      found.push_back(entry->path());
  std::sort(found.begin(), found.end(), std::greater<>());
  return found;
}

/// Folders of installed Python packages under an installation's prefix.
void addSites(const fs::path &prefix, std::vector<fs::path> &sites) {
  for (const fs::path &python : foldersIn(prefix / "lib"))
    if (python.filename().string().starts_with("python"))
      for (const char *kind : {"site-packages", "dist-packages"})
        sites.push_back(python / kind);
}

std::vector<fs::path> pythonSites() {
  std::vector<fs::path> sites;
  std::error_code error;
  // This code is in build/lib or build/test-bin; what ./check installs is in build/python.
  Dl_info self;
  if (::dladdr(reinterpret_cast<void *>(&addSites), &self) && self.dli_fname)
    sites.push_back(fs::absolute(self.dli_fname, error).parent_path().parent_path() / "python");
  std::stringstream list(environment("PYTHONPATH"));
  for (std::string folder; std::getline(list, folder, ':');)
    if (!folder.empty())
      sites.emplace_back(folder);
  if (const std::string folder = environment("VIRTUAL_ENV"); !folder.empty())
    addSites(folder, sites);
  if (const std::string home = environment("HOME"); !home.empty())
    addSites(fs::path(home) / ".local", sites);
  if (const std::string python = findOnPath({"python3", "python"}); !python.empty())
    if (const fs::path real = fs::canonical(python, error); !error)
      addSites(real.parent_path().parent_path(), sites);
  addSites("/usr/local", sites);
  addSites("/usr", sites);
  return sites;
}

} // namespace

std::string environment(const char *name) {
  const char *value = std::getenv(name);
  return value ? value : "";
}

std::string findOnPath(const std::vector<std::string> &names) {
  std::error_code error;
  for (const std::string &name : names) {
    std::stringstream list(environment("PATH"));
    for (std::string folder; std::getline(list, folder, ':');) {
      const fs::path path = fs::path(folder.empty() ? "." : folder) / name;
      if (::access(path.c_str(), X_OK) == 0 && fs::is_regular_file(path, error))
        return path.string();
    }
  }
  return "";
}

std::vector<std::string> cudaFolders(const std::string &kind) {
  std::vector<fs::path> folders;
  for (const std::string &home : {environment("CUDA_HOME"), std::string("/usr/local/cuda")}) {
    if (home.empty())
      continue;
    if (kind == "lib")
      folders.push_back(fs::path(home) / "lib64");
    folders.push_back(fs::path(home) / kind);
  }
  for (const fs::path &site : pythonSites())
    for (const fs::path &package : foldersIn(site / "nvidia"))
      folders.push_back(package / kind);
  std::vector<std::string> found;
  std::error_code error;
  for (const fs::path &folder : folders)
    if (fs::is_directory(folder, error) && std::find(found.begin(), found.end(), folder) == found.end())
      found.push_back(folder.string());
  return found;
}

} // namespace sennit
