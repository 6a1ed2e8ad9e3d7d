// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// The one place where JSON text becomes a tree. Exceptions of the JSON library end here.
#pragma once

#include "runtime/base/StatusOr.h"

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace sennit {

enum class DuplicateKeys { LastWins, Refuse };

/// Parses `text`; `file` names it in messages. Nesting past 64 levels is refused before anything is
/// allocated.
StatusOr<nlohmann::json> parseJson(std::string_view text, const std::string &file,
                                   DuplicateKeys duplicates = DuplicateKeys::Refuse);

/// The member `key` of an object, or null where `value` is no object or lacks it.
const nlohmann::json *member(const nlohmann::json &value, const char *key);

/// The boolean member `key`, or `fallback` where it is absent or null; nullopt where it is something else.
std::optional<bool> boolMember(const nlohmann::json &value, const char *key, bool fallback);

/// The string that `value` is, or null.
const std::string *asString(const nlohmann::json *value);

/// The integer that `value` is, where it is one in [0, limit].
std::optional<int64_t> asIndex(const nlohmann::json *value, int64_t limit);

/// `value` as JSON text for a message, cut short after 60 bytes.
std::string brief(const nlohmann::json &value);

} // namespace sennit
