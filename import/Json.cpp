// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "import/Json.h"

#include <set>
#include <vector>

using namespace sennit;
using nlohmann::json;

static constexpr int maxDepth = 64;

/// The byte at which nesting first passes maxDepth, or npos. Only brackets outside strings count.
static size_t findTooDeep(std::string_view text) {
  int depth = 0;
  bool inString = false;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (inString) {
      if (c == '\\')
        ++i;
      else if (c == '"')
        inString = false;
    } else if (c == '"') {
      inString = true;
    } else if (c == '{' || c == '[') {
      if (++depth > maxDepth)
        return i;
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return std::string_view::npos;
}

StatusOr<json> sennit::parseJson(std::string_view text, const std::string &file, DuplicateKeys duplicates) {
  if (size_t at = findTooDeep(text); at != std::string_view::npos)
    return invalidInput(file + ": expected JSON nested at most " + std::to_string(maxDepth) +
                        " levels deep, found more at byte " + std::to_string(at));
  std::vector<std::set<std::string>> keys; // of the objects that are open
  std::string repeated;
  json::parser_callback_t collect = [&](int, json::parse_event_t event, json &parsed) {
    if (event == json::parse_event_t::object_start)
      keys.emplace_back();
    else if (event == json::parse_event_t::object_end)
      keys.pop_back();
    else if (event == json::parse_event_t::key)
      if (const auto &key = parsed.get_ref<const std::string &>();
          !keys.back().insert(key).second && repeated.empty())
        repeated = key.empty() ? "(empty)" : key;
    return true;
  };
  try {
    json value = json::parse(text.begin(), text.end(),
                             duplicates == DuplicateKeys::Refuse ? collect : json::parser_callback_t());
    if (!repeated.empty())
      return invalidInput(file + ": expected every JSON key once, found '" + repeated + "' again");
    return value;
  } catch (const json::parse_error &error) {
    // The library counts from 1 and reads one past the end.
    if (error.byte > text.size())
      return invalidInput(file + ": expected JSON text, found that it ends early, at byte " +
                          std::to_string(text.size()));
    return invalidInput(file + ": expected JSON text, found an error at byte " +
                        std::to_string(error.byte ? error.byte - 1 : 0));
  } catch (const json::exception &error) {
    return invalidInput(file + ": expected JSON text, found a number out of range");
  }
}

const json *sennit::member(const json &value, const char *key) {
  if (!value.is_object())
    return nullptr;
  auto found = value.find(key);
  return found == value.end() ? nullptr : &*found;
}

std::optional<bool> sennit::boolMember(const json &value, const char *key, bool fallback) {
  const json *found = member(value, key);
  if (!found || found->is_null())
    return fallback;
  if (!found->is_boolean())
    return std::nullopt;
  return found->get<bool>();
}

const std::string *sennit::asString(const json *value) {
  return value && value->is_string() ? &value->get_ref<const std::string &>() : nullptr;
}

std::optional<int64_t> sennit::asIndex(const json *value, int64_t limit) {
  if (!value || !value->is_number_unsigned())
    return std::nullopt;
  uint64_t number = value->get<uint64_t>();
  if (number > static_cast<uint64_t>(limit))
    return std::nullopt;
  return static_cast<int64_t>(number);
}

std::string sennit::brief(const json &value) {
  // Containers are not dumped: they may be large.
  if (value.is_object())
    return "an object of " + std::to_string(value.size()) + " members";
  if (value.is_array())
    return "a list of " + std::to_string(value.size());
  std::string text = value.dump(-1, ' ', false, json::error_handler_t::replace);
  return text.size() <= 60 ? text : text.substr(0, 57) + "...";
}
