// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace sennit {

/// Code of texts that were compiled before, one file each, named by the content that it was made from.
/// Without a folder it keeps nothing. Thread-safe, also between processes: files come into being whole.
class CodeCache {
public:
  struct Entry {
    std::string code, log;
    bool operator==(const Entry &) const = default;
  };

  /// `folder`: "" or a folder, made when the first entry is kept.
  explicit CodeCache(std::string folder) : folder(std::move(folder)) {}

  /// A name for what is made from `parts`: texts, options and versions.
  static std::string key(const std::vector<std::string> &parts);

  /// Nothing where there is no such entry, or one whose bytes do not have the hash stored with them.
  std::optional<Entry> find(const std::string &key) const;
  /// A cache that cannot be written is none: failures are not told.
  void keep(const std::string &key, const Entry &entry) const;

private:
  std::string folder;
};

} // namespace sennit
