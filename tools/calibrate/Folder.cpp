// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/calibrate/Folder.h"

#include <cstdlib>
#include <filesystem>

namespace sennit::calibrate {

StatusOr<std::unique_ptr<Folder>> Folder::create(const std::string &parent) {
  std::string name = (std::filesystem::path(parent) / "sennit-calibrate-XXXXXX").string();
  if (!mkdtemp(name.data()))
    return invalidInput("expected a folder in which compiled models may lie, found that " + parent +
                        " cannot be written");
  return std::unique_ptr<Folder>(new Folder(name));
}

Folder::~Folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path, ignored);
}

} // namespace sennit::calibrate
