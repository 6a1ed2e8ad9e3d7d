// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/sennit/PlanRequest.h"

#include "import/Json.h"
#include "tools/cli/Input.h"

#include <charconv>

using namespace sennit;
using nlohmann::json;

StatusOr<json> sennit::parseLayout(std::string_view text) {
  json layout = json::object();
  auto wrong = [&](const std::string &expected) {
    return invalidInput("--layout: expected " + expected + ", found '" + std::string(text) + "'");
  };
  for (size_t begin = 0; begin <= text.size();) {
    size_t end = std::min(text.find(',', begin), text.size());
    std::string_view item = text.substr(begin, end - begin);
    size_t equals = item.find('=');
    int64_t devices = 0;
    if (equals != std::string_view::npos) {
      const char *last = item.data() + item.size();
      auto [stop, error] = std::from_chars(item.data() + equals + 1, last, devices);
      if (error != std::errc() || stop != last)
        devices = 0;
    }
    if (equals == 0 || devices < 1)
      return wrong("mesh axes with their devices, such as tp=8");
    if (!layout.emplace(std::string(item.substr(0, equals)), devices).second)
      return wrong("each mesh axis once");
    begin = end + 1;
  }
  return layout;
}

StatusOr<json> sennit::readJsonFile(const std::string &flag, const std::string &path) {
  SENNIT_ASSIGN_OR_RETURN(std::string text, cli::readTextFile(path));
  StatusOr<json> value = parseJson(text, flag + " " + path);
  return value;
}
