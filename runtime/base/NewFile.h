// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "runtime/base/StatusOr.h"

#include <cstdint>
#include <memory>
#include <string>

namespace sennit {

/// A file that comes into being whole. The bytes go to a nameless (or, where the file system has none, a
/// temporary) file in the target's folder, which takes the target's name only when everything is on disk; a
/// failure, an interrupt or a kill leaves the target as it was. Thread-compatible.
class NewFile {
public:
  /// Opens the temporary file beside `path`, so that a folder that cannot be written is found before any
  /// work. `what` names the content in errors: "a package".
  static StatusOr<std::unique_ptr<NewFile>> create(const std::string &path, const std::string &what);
  /// Drops the bytes unless they were published.
  ~NewFile();
  NewFile(const NewFile &) = delete;
  NewFile &operator=(const NewFile &) = delete;

  const std::string &path() const { return target; }

  Status resize(uint64_t bytes);
  Status writeAt(uint64_t offset, const void *data, size_t bytes);
  /// Gives the file its name; once.
  Status publish();

private:
  explicit NewFile(std::string path) : target(std::move(path)) {}

  std::string target;        ///< final path
  std::string temporaryPath; ///< empty while the file has no name
  int descriptor = -1;
};

} // namespace sennit
