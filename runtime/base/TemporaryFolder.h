// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "runtime/base/StatusOr.h"

#include <memory>
#include <string>

namespace sennit {

/// A folder of its own, removed with all that is in it at the end.
class TemporaryFolder {
public:
  /// Below `parent` ("": $TMPDIR, without it /tmp), under a name that nobody has. InvalidInput where that
  /// cannot be written; `what` is to lie there: "compiled models".
  static StatusOr<std::unique_ptr<TemporaryFolder>> create(const std::string &what, std::string parent = "");
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder &) = delete;
  TemporaryFolder &operator=(const TemporaryFolder &) = delete;

  const std::string &path() const { return folder; }
  /// Writes a file in it.
  Status write(const std::string &name, const std::string &bytes) const;
  /// Reads a file of it.
  StatusOr<std::string> read(const std::string &name) const;

private:
  explicit TemporaryFolder(std::string path) : folder(std::move(path)) {}
  std::string folder;
};

} // namespace sennit
