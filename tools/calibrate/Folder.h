// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "runtime/base/StatusOr.h"

#include <memory>
#include <string>

namespace sennit::calibrate {

/// A folder that goes away with all that is in it.
class Folder {
public:
  /// Below `parent`, under a name of its own. Error: it cannot be written.
  static StatusOr<std::unique_ptr<Folder>> create(const std::string &parent);
  ~Folder();
  Folder(const Folder &) = delete;
  Folder &operator=(const Folder &) = delete;

  const std::string path;

private:
  explicit Folder(std::string path) : path(std::move(path)) {}
};

} // namespace sennit::calibrate
