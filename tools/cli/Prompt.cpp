// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/cli/Prompt.h"

#include "tools/cli/Input.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <cmath>
#include <cstring>
#include <limits>

using namespace sennit;
using namespace sennit::cli;
using nlohmann::json;

namespace {

/// Moves one field of a JSON object into `value`; leaves it alone where the object has none.
class FieldTaker {
public:
  FieldTaker(json &object, const std::string &place) : object(object), place(place) {}

  template <typename T>
  void number(const char *name, T &value, double low, double high) {
    json field;
    if (!take(name, field))
      return;
    bool whole = std::is_integral_v<T>;
    if (!field.is_number() || (whole && !field.is_number_integer()) || field.get<double>() < low ||
        field.get<double>() > high)
      return fail(name, whole ? "an integer in range" : "a number in range", field);
    value = field.get<T>();
  }
  void boolean(const char *name, bool &value) {
    json field;
    if (!take(name, field))
      return;
    if (!field.is_boolean())
      return fail(name, "true or false", field);
    value = field.get<bool>();
  }
  void text(const char *name, std::optional<std::string> &value) {
    json field;
    if (!take(name, field))
      return;
    if (!field.is_string())
      return fail(name, "a string", field);
    value = field.get<std::string>();
  }
  void texts(const char *name, std::vector<std::string> &value) {
    json field;
    if (!take(name, field))
      return;
    if (field.is_string())
      field = json::array({field});
    if (!field.is_array())
      return fail(name, "a string or a list of strings", field);
    value.clear();
    for (const json &item : field) {
      if (!item.is_string())
        return fail(name, "a string or a list of strings", item);
      value.push_back(item.get<std::string>());
    }
  }
  Status status() const { return failure; }

private:
  bool take(const char *name, json &field) {
    auto found = object.find(name);
    if (found == object.end() || !failure.ok())
      return false;
    field = *found;
    object.erase(found);
    return true;
  }
  void fail(const char *name, const std::string &expected, const json &found) {
    failure = invalidInput(place + ": " + name + ": expected " + expected + ", found " +
                           found.dump().substr(0, 60));
  }

  json &object;
  const std::string &place;
  Status failure;
};

StatusOr<std::vector<ChatMessage>> readMessages(const json &list, const std::string &place) {
  std::vector<ChatMessage> messages;
  bool good = list.is_array() && !list.empty();
  for (const json &item : list) {
    good = good && item.is_object() && item.size() == 2 && item.contains("role") &&
           item["role"].is_string() && item.contains("content") && item["content"].is_string();
    if (!good)
      break;
    messages.push_back({item["role"].get<std::string>(), item["content"].get<std::string>()});
  }
  if (!good)
    return invalidInput(place + ": messages: expected a list of objects with the strings role and content");
  return messages;
}

StatusOr<std::vector<int32_t>> readIds(const json &list, const std::string &place) {
  std::vector<int32_t> ids;
  if (!list.is_array())
    return invalidInput(place + ": prompt_ids: expected a list of integers, found " +
                        list.dump().substr(0, 60));
  for (const json &item : list) {
    if (!item.is_number_integer() || item.get<double>() < 0 ||
        item.get<double>() > std::numeric_limits<int32_t>::max())
      return invalidInput(place + ": prompt_ids: expected integers of at least 0, found " +
                          item.dump().substr(0, 60));
    ids.push_back(item.get<int32_t>());
  }
  return ids;
}

/// The form of a line's prompt: its own fields before the command's flags.
StatusOr<PromptForm> readForm(json &object, const PromptForm &defaults, const std::string &place) {
  for (const char *name : {"system", "raw"})
    if (object.contains(name) && !object.contains("prompt"))
      return invalidInput(
          place + ": " + name + ": expected beside prompt only, found beside " +
          (object.contains("messages") ? "messages, where the system's is one of them" : "prompt_ids"));
  PromptForm form = defaults;
  bool hasRaw = object.contains("raw"), hasSystem = object.contains("system");
  FieldTaker taker(object, place);
  taker.text("system", form.system);
  taker.boolean("raw", form.raw);
  SENNIT_RETURN_IF_ERROR(taker.status());
  if (hasRaw && form.raw && !hasSystem)
    form.system.reset();
  if (form.raw && form.system)
    return invalidInput(place + ": system: it is a part of the chat template, which raw leaves out");
  return form;
}

/// Why a line is no JSON, by the parser: "column 7: unexpected end of input".
std::string jsonProblem(const std::string &line) {
  try {
    (void)json::parse(line);
  } catch (const json::exception &error) {
    std::string text = error.what(), column;
    auto cut = [&](const char *mark) {
      size_t at = text.find(mark);
      if (at != std::string::npos)
        text.erase(0, at + std::strlen(mark));
      return at != std::string::npos;
    };
    cut("] ");
    if (cut("parse error at line 1, ")) {
      column = text.substr(0, text.find(':') + 2);
      cut(": ");
      cut(" - ");
    }
    // The text read so far may be the whole line.
    if (size_t read = text.find("; last read: '"); read != std::string::npos) {
      size_t end = text.rfind('\'');
      text.erase(read, end + 1 - read);
    }
    return column + text.substr(0, 200);
  }
  return "none";
}

StatusOr<std::vector<int32_t>> readPrompt(json &object, const ModelText &text, const PromptForm &defaults,
                                          const std::string &place) {
  int kinds =
      int(object.contains("prompt")) + int(object.contains("messages")) + int(object.contains("prompt_ids"));
  if (kinds != 1)
    return invalidInput(place + ": expected one of prompt, messages and prompt_ids, found " +
                        std::to_string(kinds));
  SENNIT_ASSIGN_OR_RETURN(PromptForm form, readForm(object, defaults, place));
  if (object.contains("prompt_ids")) {
    json list = object["prompt_ids"];
    object.erase("prompt_ids");
    return readIds(list, place);
  }
  if (object.contains("messages")) {
    SENNIT_ASSIGN_OR_RETURN(std::vector<ChatMessage> messages, readMessages(object["messages"], place));
    object.erase("messages");
    return text.encodeChat(messages);
  }
  if (!object["prompt"].is_string())
    return invalidInput(place + ": prompt: expected a string, found " +
                        object["prompt"].dump().substr(0, 60));
  std::string prompt = object["prompt"].get<std::string>();
  object.erase("prompt");
  return encodePrompt(text, prompt, form);
}

StatusOr<Prompt> readLine(const std::string &line, const Generation &defaults, const ModelText &text,
                          const PromptForm &form, const std::string &place) {
  json object = json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (object.is_discarded())
    return invalidInput(place + ": expected a JSON object: " + jsonProblem(line));
  if (!object.is_object())
    return invalidInput(place + ": expected a JSON object, found " + object.dump().substr(0, 60));
  Prompt prompt{{}, defaults};
  SENNIT_RETURN_IF_ERROR(prompt.generation.takeFields(object, place));
  auto ids = readPrompt(object, text, form, place);
  if (!ids.ok()) {
    bool named = ids.status().message().rfind(place, 0) == 0;
    return Status(ids.status().code(), (named ? "" : place + ": ") + ids.status().message());
  }
  prompt.ids = ids.take();
  if (prompt.ids.empty())
    return invalidInput(place + ": the prompt is empty: expected at least one token");
  SENNIT_RETURN_IF_ERROR(text.check(place + ": the prompt", prompt.ids));
  if (!object.empty())
    return invalidInput(place + ": " + object.begin().key() +
                        ": expected a field of a request, found an unknown one");
  return prompt;
}

} // namespace

void Generation::addFlags(CLI::App &app) {
  app.add_option("--max-tokens", maxTokens, "Most tokens to generate")
      ->check(CLI::Range(0, 1 << 30))
      ->capture_default_str();
  app.add_flag("--greedy", greedy, "Always take the likeliest token; the same as --temperature 0");
  app.add_option("--temperature", temperature, "Divides the logits; 0 is greedy")->capture_default_str();
  app.add_option("--top-k", topK, "Sample among this many likeliest tokens; 0: all")
      ->check(CLI::Range(0, 1 << 30))
      ->capture_default_str();
  app.add_option("--top-p", topP, "Sample among the likeliest tokens that reach this probability together")
      ->capture_default_str();
  app.add_option("--min-p", minP, "Leave out tokens below this share of the likeliest one's probability")
      ->capture_default_str();
  app.add_option("--repeat-penalty", repeatPenalty, "Lowers the logits of tokens that occurred; 1: off")
      ->capture_default_str();
  app.add_option("--seed", seed, "The same seed gives the same text")->capture_default_str();
  // Not bound to the list: CLI11 lets such an option take every argument up to the next flag.
  app.add_option(
         "--stop", [](const CLI::results_t &) { return true; },
         "End before this text; may be given several times")
      ->type_name("TEXT")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->each([this](const std::string &text) { stop.push_back(text); });
  app.add_flag("--ignore-eos", ignoreEos, "Go on past the model's end tokens");
}

Status Generation::takeFields(json &object, const std::string &place) {
  FieldTaker taker(object, place);
  constexpr double many = 1 << 30;
  taker.number("max_tokens", maxTokens, 0, many);
  taker.boolean("greedy", greedy);
  taker.number("temperature", temperature, 0, 1e6);
  taker.number("top_k", topK, 0, many);
  taker.number("top_p", topP, 0, 1);
  taker.number("min_p", minP, 0, 1);
  taker.number("repeat_penalty", repeatPenalty, 1e-6, 1e6);
  taker.number("seed", seed, 0, 18446744073709549568.0); // the largest double below 2^64
  taker.texts("stop", stop);
  taker.boolean("ignore_eos", ignoreEos);
  taker.boolean("logits", logits);
  SENNIT_RETURN_IF_ERROR(taker.status());
  return check(place + ": ");
}

Status Generation::check(const std::string &place) const {
  auto range = [&](const char *name, const char *expected, double found) {
    return invalidInput(place + name + ": expected " + expected + ", found " +
                        (std::isfinite(found) ? json(found).dump()
                         : std::isnan(found)  ? "nan"
                                              : "infinity"));
  };
  if (!(temperature >= 0))
    return range("temperature", "a number of at least 0", temperature);
  if (!(topP > 0 && topP <= 1))
    return range("top-p", "a number above 0 and at most 1", topP);
  if (!(minP >= 0 && minP <= 1))
    return range("min-p", "a number from 0 to 1", minP);
  if (!(repeatPenalty > 0))
    return range("repeat-penalty", "a number above 0", repeatPenalty);
  for (const std::string &text : stop) {
    if (text.empty())
      return invalidInput(place + "stop: expected a text, found an empty one");
    SENNIT_RETURN_IF_ERROR(checkUtf8(place + "stop", text));
  }
  return Status::okay();
}

StatusOr<std::vector<int32_t>> cli::encodePrompt(const ModelText &text, const std::string &prompt,
                                                 const PromptForm &form) {
  if (prompt.empty())
    return invalidInput("the prompt is empty: expected text");
  if (form.raw || (!text.hasTemplate() && !form.system))
    return text.encode(prompt);
  std::vector<ChatMessage> messages;
  if (form.system)
    messages.push_back({"system", *form.system});
  messages.push_back({"user", prompt});
  return text.encodeChat(messages);
}

StatusOr<std::vector<Prompt>> cli::readPrompts(const std::string &path, const Generation &defaults,
                                               const ModelText &text, const PromptForm &form) {
  SENNIT_ASSIGN_OR_RETURN(std::string content, readTextFile(path));
  std::vector<Prompt> prompts;
  size_t begin = 0;
  for (size_t number = 1; begin < content.size(); ++number) {
    size_t end = std::min(content.find('\n', begin), content.size());
    std::string line = content.substr(begin, end - begin);
    begin = end + 1;
    if (line.find_first_not_of(" \t\r") == std::string::npos)
      continue;
    SENNIT_ASSIGN_OR_RETURN(Prompt prompt,
                            readLine(line, defaults, text, form, path + ":" + std::to_string(number)));
    prompts.push_back(std::move(prompt));
  }
  return prompts;
}
