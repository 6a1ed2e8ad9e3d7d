// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "runtime/base/StatusOr.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sennit {

/// A number, word or list of numbers of a model's configuration. A JSON null is left out of the
/// configuration, as an absent key is.
using ConfigValue = std::variant<bool, int64_t, double, std::string, std::vector<double>>;

/// A model's configuration: flat, by name; nested JSON keys are joined by '.' ("rope_scaling.factor"). A
/// value.
class ModelConfig {
public:
  void set(std::string key, ConfigValue value) { values[std::move(key)] = std::move(value); }
  const ConfigValue *find(std::string_view key) const;
  /// Whether some key is `prefix` or starts with `prefix` and a '.'.
  bool hasGroup(std::string_view prefix) const;
  const std::map<std::string, ConfigValue, std::less<>> &all() const { return values; }

private:
  std::map<std::string, ConfigValue, std::less<>> values;
};

/// How a value reads in a message: `"yarn"`, `8`, `true`.
std::string describe(const ConfigValue &value);

/// Parses the text of a config.json or generation_config.json; `file` names it in messages.
StatusOr<ModelConfig> parseConfig(std::string_view text, const std::string &file);

} // namespace sennit
