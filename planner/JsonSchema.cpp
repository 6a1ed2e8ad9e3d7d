// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "planner/JsonSchema.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace sennit::planner {
namespace {

using Json = nlohmann::ordered_json;

class Checker {
public:
  std::vector<std::string> offences;

  explicit Checker(const Json &root) : root(root) {}

  void check(const Json &schema, const Json &value, const std::string &path) {
    for (const auto &[keyword, argument] : schema.items()) {
      if (keyword == "type") {
        if (!hasType(value, argument.get<std::string>()))
          return offend(article(argument.get<std::string>()), typeName(value),
                        path); // nothing else makes sense then
      } else if (keyword == "enum") {
        if (std::find(argument.begin(), argument.end(), value) == argument.end())
          offend("one of " + argument.dump(), value.dump(), path);
      } else if (keyword == "minimum") {
        if (value.get<double>() < argument.get<double>())
          offend("at least " + argument.dump(), value.dump(), path);
      } else if (keyword == "exclusiveMinimum") {
        if (!(value.get<double>() > argument.get<double>()))
          offend("more than " + argument.dump(), value.dump(), path);
      } else if (keyword == "minItems") {
        if (value.size() < argument.get<size_t>())
          offend("at least " + argument.dump() + " items", std::to_string(value.size()), path);
      } else if (keyword == "required") {
        for (const Json &name : argument)
          if (!value.contains(name.get<std::string>()))
            offend("a field \"" + name.get<std::string>() + "\"", "none", path);
      } else if (keyword == "items") {
        for (size_t i = 0; i < value.size(); ++i)
          check(argument, value[i], path + "/" + std::to_string(i));
      } else if (keyword == "properties") {
        for (const auto &[name, part] : value.items())
          if (argument.contains(name))
            check(argument[name], part, path + "/" + name);
      } else if (keyword == "additionalProperties") {
        if (argument != Json(false))
          offend("additionalProperties = false in the schema", argument.dump(), path);
        for (const auto &[name, part] : value.items())
          if (!schema.contains("properties") || !schema["properties"].contains(name))
            offend("no field \"" + name + "\"", "one", path);
      } else if (keyword == "$ref") {
        check(definition(argument), value, path);
      } else if (keyword == "oneOf") {
        checkKind(argument, value, path);
      } else if (keyword != "description" && (keyword != "definitions" || &schema != &root)) {
        offend("a known schema keyword", "\"" + keyword + "\"", path);
      }
    }
  }

private:
  const Json &root;

  const Json &definition(const Json &reference) const {
    return root.at(Json::json_pointer(reference.get<std::string>().substr(1))); // without the "#"
  }

  /// Alternatives are told apart by the one value that each allows its field "kind": with a plain oneOf, no
  /// offence could say which of them it is against.
  void checkKind(const Json &alternatives, const Json &value, const std::string &path) {
    Json kinds = Json::array();
    for (const Json &alternative : alternatives) {
      const Json &schema = definition(alternative.at("$ref"));
      const Json &kind = schema.at("properties").at("kind").at("enum").at(0);
      if (value.contains("kind") && value["kind"] == kind)
        return check(schema, value, path);
      kinds.push_back(kind);
    }
    if (value.contains("kind"))
      offend("one of " + kinds.dump(), value["kind"].dump(), path + "/kind");
    else
      offend("a field \"kind\"", "none", path);
  }

  static bool hasType(const Json &value, const std::string &type) {
    if (type == "object")
      return value.is_object();
    if (type == "array")
      return value.is_array();
    if (type == "string")
      return value.is_string();
    if (type == "boolean")
      return value.is_boolean();
    if (type == "integer")
      return value.is_number_integer();
    return type == "number" && value.is_number();
  }

  static std::string article(const std::string &type) {
    return (type.find_first_of("aeiou") == 0 ? "an " : "a ") + type;
  }

  static std::string typeName(const Json &value) {
    return value.is_null() ? "null" : article(value.is_number_integer() ? "integer" : value.type_name());
  }

  void offend(const std::string &expected, const std::string &found, const std::string &path) {
    offences.push_back("expected " + expected + ", found " + found + " at " + (path.empty() ? "/" : path));
  }
};

} // namespace

std::vector<std::string> findSchemaOffences(const nlohmann::ordered_json &schema,
                                            const nlohmann::ordered_json &document) {
  Checker checker(schema);
  checker.check(schema, document, "");
  return checker.offences;
}

} // namespace sennit::planner
