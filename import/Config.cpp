// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "import/Config.h"

#include "import/Json.h"

#include <cstdio>
#include <limits>

using namespace sennit;
using nlohmann::json;

const ConfigValue *ModelConfig::find(std::string_view key) const {
  auto found = values.find(key);
  return found == values.end() ? nullptr : &found->second;
}

bool ModelConfig::hasGroup(std::string_view prefix) const {
  auto found = values.lower_bound(prefix);
  for (; found != values.end() && std::string_view(found->first).starts_with(prefix); ++found)
    if (found->first.size() == prefix.size() || found->first[prefix.size()] == '.')
      return true;
  return false;
}

std::string sennit::describe(const ConfigValue &value) {
  if (const bool *flag = std::get_if<bool>(&value))
    return *flag ? "true" : "false";
  if (const int64_t *number = std::get_if<int64_t>(&value))
    return std::to_string(*number);
  if (const double *number = std::get_if<double>(&value)) {
    char text[32];
    std::snprintf(text, sizeof(text), "%.9g", *number);
    return text;
  }
  if (const std::string *word = std::get_if<std::string>(&value))
    return '"' + (word->size() > 60 ? word->substr(0, 57) + "..." : *word) + '"';
  return "a list of " + std::to_string(std::get<std::vector<double>>(value).size()) + " numbers";
}

/// Adds `value` under `key`. Lists that are not of numbers and empty objects say nothing that a family reads.
static void flatten(const json &value, const std::string &key, ModelConfig &config) {
  if (value.is_object()) {
    for (const auto &[name, inner] : value.items())
      flatten(inner, key.empty() ? name : key + "." + name, config);
  } else if (value.is_boolean()) {
    config.set(key, value.get<bool>());
  } else if (value.is_string()) {
    config.set(key, value.get<std::string>());
  } else if (value.is_number_unsigned() &&
             value.get<uint64_t>() > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
    config.set(key, static_cast<double>(value.get<uint64_t>()));
  } else if (value.is_number_integer()) {
    config.set(key, value.get<int64_t>());
  } else if (value.is_number_float()) {
    config.set(key, value.get<double>());
  } else if (value.is_array()) {
    std::vector<double> numbers;
    for (const json &element : value) {
      if (!element.is_number())
        return;
      numbers.push_back(element.get<double>());
    }
    config.set(key, std::move(numbers));
  }
}

StatusOr<ModelConfig> sennit::parseConfig(std::string_view text, const std::string &file) {
  SENNIT_ASSIGN_OR_RETURN(json root, parseJson(text, file));
  if (!root.is_object())
    return invalidInput(file + ": expected an object, found " + brief(root));
  ModelConfig config;
  flatten(root, "", config);
  return config;
}
