// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/base/TemporaryFolder.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace sennit {

StatusOr<std::unique_ptr<TemporaryFolder>> TemporaryFolder::create(const std::string &what,
                                                                   std::string parent) {
  if (const char *given = std::getenv("TMPDIR"); parent.empty())
    parent = given && *given ? given : "/tmp";
  std::string name = (std::filesystem::path(parent) / "sennit-XXXXXX").string(); // mkdtemp replaces the X
  if (!::mkdtemp(name.data()))
    return invalidInput("expected a folder in which " + what + " may lie, found that " + parent +
                        " cannot be written");
  return std::unique_ptr<TemporaryFolder>(new TemporaryFolder(name));
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
}

Status TemporaryFolder::write(const std::string &name, const std::string &bytes) const {
  std::ofstream file(folder + "/" + name, std::ios::binary);
  file.write(bytes.data(), std::streamsize(bytes.size()));
  file.close();
  if (!file)
    return resourceExhausted("cannot write " + folder + "/" + name + ": " + std::strerror(errno));
  return {};
}

StatusOr<std::string> TemporaryFolder::read(const std::string &name) const {
  std::ifstream file(folder + "/" + name, std::ios::binary);
  if (!file)
    return internalError("cannot read " + folder + "/" + name + ": " + std::strerror(errno));
  return std::string(std::istreambuf_iterator<char>(file), {});
}

} // namespace sennit
