// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Reads the JSON of plans member by member; private to this folder.
#pragma once

#include "tools/cli/plan/Report.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace sennit::cli {

/// Reads members of one object, which it borrows. The first of a whole document that is not as expected is
/// kept in `error`; what is read after it is harmless. Null stands for absence. Single thread.
class FieldReader {
public:
  /// `path` leads to the object from the document's top, "nodes[3]", and is "" for the top itself.
  FieldReader(const nlohmann::json &object, std::string path, std::string &error);

  /// Without a fallback the member must be there.
  std::string text(const char *key, const char *fallback = nullptr);
  /// A number from 0 to 1e18.
  double number(const char *key);
  /// A number from 0 to 1.
  double share(const char *key);
  std::optional<double> numberOrNone(const char *key);
  int64_t count(const char *key, int64_t least = 0);
  bool flag(const char *key);
  /// The member, which is a list; an empty one where it is not.
  const nlohmann::json &list(const char *key, bool optional = false);
  /// The member, which is an object; an empty one where it is not.
  const nlohmann::json &members(const char *key);
  /// Rows [begin, end) out of `value`, the member `key` or a part of it.
  PlanRows rows(const nlohmann::json &value, const std::string &key);
  /// A reader of item `index` of the list `key`.
  FieldReader item(const nlohmann::json &list, const char *key, size_t index);

  /// The member, or null.
  const nlohmann::json &get(const std::string &key) const;
  /// Records that `key` ("": the object itself) is not as expected.
  void wrong(const std::string &key, const std::string &expected, const nlohmann::json &value);

private:
  const nlohmann::json &object;
  std::string path;
  std::string &error;
};

/// The members "split", "why" and "nodes", which reports and packages share.
PlanSplit readSplit(FieldReader &reader);
std::vector<PlanAlternative> readAlternatives(FieldReader &reader);
std::vector<PlanPiece> readPieces(FieldReader &reader);

} // namespace sennit::cli
