// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors

// Methods of strings, lists and mappings, as Python has them. Those that change a list or mapping are
// refused, as in the sandbox that templates are written for.
#include "runtime/text/jinja/Evaluate.h"
#include "runtime/text/jinja/Filters.h"
#include "runtime/text/jinja/SequenceFilters.h"
#include "runtime/text/jinja/Strings.h"

#include <algorithm>

namespace sennit::jinja {
namespace {

using MethodBody = Value (*)(Evaluator &e, const Value &self, const Arguments &arguments);

/// The string argument `value`, or a failure.
std::string_view stringArgument(Evaluator &e, const Value &value) {
  if (value.isString())
    return value.asString();
  e.failKind("a string", value);
  return "";
}

template <bool Start, bool End>
Value strip(Evaluator &e, const Value &self, const Arguments &arguments) {
  auto [chars] = e.bind(arguments, {"chars"});
  std::string_view text = self.asString();
  bool space = !chars || chars->isNone();
  std::string_view set = space ? "" : stringArgument(e, *chars);
  if (e.failed())
    return Value();
  if (Start)
    text.remove_prefix(space ? spaceAtStart(text) : charactersAtStart(text, set));
  if (End)
    text.remove_suffix(space ? spaceAtEnd(text) : charactersAtEnd(text, set));
  return e.makeString(std::string(text));
}

Value upper(Evaluator &e, const Value &self, const Arguments &) {
  return e.makeString(toUpper(self.asString()));
}
Value lower(Evaluator &e, const Value &self, const Arguments &) {
  return e.makeString(toLower(self.asString()));
}
Value title(Evaluator &e, const Value &self, const Arguments &) {
  return e.makeString(titleCase(self.asString()));
}
Value capitalized(Evaluator &e, const Value &self, const Arguments &) {
  return e.makeString(capitalize(self.asString()));
}

/// startswith and endswith: one string or a tuple of them.
template <bool Start>
Value hasEnd(Evaluator &e, const Value &self, const Arguments &arguments) {
  auto [wanted] = e.bind(arguments, {"prefix"}, 1);
  if (e.failed())
    return Value();
  std::vector<Value> choices = wanted->isTuple() ? wanted->asList() : std::vector<Value>{*wanted};
  std::string_view text = self.asString();
  for (const Value &choice : choices) {
    std::string_view part = stringArgument(e, choice);
    if (e.failed() || (Start ? text.starts_with(part) : text.ends_with(part)))
      return Value(true);
  }
  return Value(false);
}

Value replace(Evaluator &e, const Value &self, const Arguments &arguments) {
  auto [from, to, count] = e.bind(arguments, {"old", "new", "count"}, 2);
  if (e.failed())
    return Value();
  std::string_view old = stringArgument(e, *from), fresh = stringArgument(e, *to);
  if (count && !count->isInteger())
    e.failKind("an integer for count", *count);
  if (e.failed())
    return Value();
  return replaceText(e, self.asString(), std::string(old), std::string(fresh),
                     count ? count->asInteger() : -1);
}

void splitAtSpace(std::string_view text, int64_t limit, bool fromEnd, std::vector<Value> &parts) {
  for (;;) {
    // The other end keeps its space where the limit leaves a rest.
    fromEnd ? text.remove_suffix(spaceAtEnd(text)) : text.remove_prefix(spaceAtStart(text));
    if (text.empty())
      return;
    if (limit >= 0 && static_cast<int64_t>(parts.size()) == limit) {
      parts.emplace_back(text);
      return;
    }
    // The word next to the end that is walked from.
    size_t word = 0;
    while (word < text.size() &&
           (fromEnd ? spaceAtEnd(text.substr(0, text.size() - word)) : spaceAtStart(text.substr(word))) == 0)
      ++word;
    parts.emplace_back(fromEnd ? text.substr(text.size() - word) : text.substr(0, word));
    fromEnd ? text.remove_suffix(word) : text.remove_prefix(word);
  }
}

void splitAtSeparator(std::string_view text, std::string_view separator, int64_t limit, bool fromEnd,
                      std::vector<Value> &parts) {
  while (limit < 0 || static_cast<int64_t>(parts.size()) < limit) {
    size_t at = fromEnd ? text.rfind(separator) : text.find(separator);
    if (at == std::string_view::npos)
      break;
    parts.emplace_back(fromEnd ? text.substr(at + separator.size()) : text.substr(0, at));
    text = fromEnd ? text.substr(0, at) : text.substr(at + separator.size());
  }
  parts.emplace_back(text);
}

template <bool FromEnd>
Value split(Evaluator &e, const Value &self, const Arguments &arguments) {
  auto [separator, most] = e.bind(arguments, {"sep", "maxsplit"});
  if (most && !most->isInteger())
    e.failKind("an integer for maxsplit", *most);
  // Every part costs a string of its own.
  if (e.failed() || !e.budget().spendBytes(64 * self.asString().size()))
    return Value();
  std::vector<Value> parts;
  int64_t limit = most ? most->asInteger() : -1;
  if (!separator || separator->isNone()) {
    splitAtSpace(self.asString(), limit, FromEnd, parts);
  } else {
    std::string_view between = stringArgument(e, *separator);
    if (!e.failed() && between.empty())
      e.fail("expected a separator, found an empty one");
    if (e.failed())
      return Value();
    splitAtSeparator(self.asString(), between, limit, FromEnd, parts);
  }
  if (FromEnd)
    std::reverse(parts.begin(), parts.end());
  return e.makeList(std::move(parts));
}

Value splitLines(Evaluator &e, const Value &self, const Arguments &arguments) {
  auto [keep] = e.bind(arguments, {"keepends"});
  if (e.failed() || !e.budget().spendBytes(64 * self.asString().size()))
    return Value();
  std::vector<Value> lines;
  std::string_view text = self.asString();
  while (!text.empty()) {
    size_t end = std::min(text.find_first_of("\r\n\v\f\x1c\x1d\x1e"), text.size());
    size_t next = end + (end < text.size()) + (text.substr(end).starts_with("\r\n"));
    lines.emplace_back(text.substr(0, keep && truthOf(*keep) ? next : end));
    text.remove_prefix(next);
  }
  return e.makeList(std::move(lines));
}

template <bool FromEnd>
Value find(Evaluator &e, const Value &self, const Arguments &arguments) {
  auto [wanted] = e.bind(arguments, {"sub"}, 1);
  std::string_view part = e.failed() ? "" : stringArgument(e, *wanted);
  if (e.failed() || !e.budget().spendBytes(self.asString().size()))
    return Value();
  size_t at = FromEnd ? self.asString().rfind(part) : self.asString().find(part);
  return at == std::string::npos
             ? Value(-1)
             : Value(static_cast<int64_t>(countCharacters(self.asString().substr(0, at))));
}

Value count(Evaluator &e, const Value &self, const Arguments &arguments) {
  auto [wanted] = e.bind(arguments, {"sub"}, 1);
  int64_t found = 0;
  if (!e.failed() && self.isList()) {
    for (const Value &item : self.asList())
      found += equals(item, *wanted, e.budget());
    return Value(found);
  }
  std::string_view part = e.failed() ? "" : stringArgument(e, *wanted);
  if (e.failed() || !e.budget().spendBytes(self.asString().size()))
    return Value();
  if (part.empty())
    return Value(static_cast<int64_t>(countCharacters(self.asString()) + 1));
  for (size_t at = 0; (at = self.asString().find(part, at)) != std::string::npos; at += part.size())
    ++found;
  return Value(found);
}

Value join(Evaluator &e, const Value &self, const Arguments &arguments) {
  auto [walked] = e.bind(arguments, {"iterable"}, 1);
  if (e.failed())
    return Value();
  std::string text;
  bool first = true;
  for (const Value &item : e.itemsOf(*walked)) {
    if (!item.isString())
      return e.failKind("strings to join", item);
    if (!e.budget().spendBytes(item.asString().size() + self.asString().size()))
      return Value();
    if (!first)
      text += self.asString();
    first = false;
    text += item.asString();
  }
  return e.makeString(std::move(text));
}

template <bool Prefix>
Value removeEnd(Evaluator &e, const Value &self, const Arguments &arguments) {
  auto [end] = e.bind(arguments, {"end"}, 1);
  std::string_view part = e.failed() ? "" : stringArgument(e, *end), text = self.asString();
  if (Prefix ? text.starts_with(part) : text.ends_with(part))
    Prefix ? text.remove_prefix(part.size()) : text.remove_suffix(part.size());
  return e.makeString(std::string(text));
}

/// Whether there is a character and all are of `Kind`.
template <bool (*Kind)(char)>
Value consistsOf(Evaluator &e, const Value &self, const Arguments &) {
  const std::string &text = self.asString();
  return Value(e.budget().spendBytes(text.size()) && !text.empty() &&
               std::all_of(text.begin(), text.end(), Kind));
}
bool isAsciiLetter(char c) {
  return isAsciiAlphanumeric(c) && !isAsciiDigit(c);
}

Value isSpaceText(Evaluator &, const Value &self, const Arguments &) {
  return Value(!self.asString().empty() && spaceAtStart(self.asString()) == self.asString().size());
}
template <bool Upper>
Value hasCase(Evaluator &e, const Value &self, const Arguments &) {
  return Value(findTest(Upper ? "upper" : "lower")(e, self, {}));
}

/// '{} {0} {name}'.format(...), without format specifications.
Value format(Evaluator &e, const Value &self, const Arguments &arguments) {
  const std::string &pattern = self.asString();
  std::string text;
  size_t next = 0;
  for (size_t i = 0; i < pattern.size() && !e.failed(); ++i) {
    char c = pattern[i];
    if ((c == '{' || c == '}') && i + 1 < pattern.size() && pattern[i + 1] == c) {
      text += c;
      ++i;
    } else if (c == '{') {
      size_t end = pattern.find('}', i);
      std::string field = pattern.substr(i + 1, end == std::string::npos ? end : end - i - 1);
      bool digits =
          !field.empty() && field.size() < 9 && std::all_of(field.begin(), field.end(), isAsciiDigit);
      size_t index = field.empty() ? next++ : digits ? std::stoul(field) : arguments.positional.size();
      const Value *value = index < arguments.positional.size() ? &arguments.positional[index] : nullptr;
      for (const auto &[name, given] : arguments.named)
        if (!value && name == field)
          value = &given;
      if (end == std::string::npos || !value)
        return e.fail("expected a field of format that is given, without a specification, found '{" + field +
                      "}'");
      print(*value, text, e.budget());
      i = end;
    } else {
      text += c;
    }
  }
  return e.makeString(std::move(text));
}

Value get(Evaluator &e, const Value &self, const Arguments &arguments) {
  auto [key, preset] = e.bind(arguments, {"key", "default"}, 1);
  if (e.failed())
    return Value();
  const Value *found = self.asDict().find(*key);
  return found ? *found : preset ? *preset : Value::none();
}

template <bool Keys, bool Values>
Value members(Evaluator &e, const Value &self, const Arguments &) {
  std::vector<Value> items;
  if (!e.budget().spendSteps(self.asDict().size()))
    return Value();
  for (const auto &[key, value] : self.asDict().entries()) {
    items.push_back(Keys && Values ? e.makeList({key, value}, true) : Keys ? key : value);
    if (e.failed())
      return Value();
  }
  return e.makeList(std::move(items));
}

Value copy(Evaluator &, const Value &self, const Arguments &) {
  return self;
}

Value index(Evaluator &e, const Value &self, const Arguments &arguments) {
  auto [wanted] = e.bind(arguments, {"value"}, 1);
  if (e.failed())
    return Value();
  for (size_t i = 0; i < self.asList().size(); ++i)
    if (equals(self.asList()[i], *wanted, e.budget()))
      return Value(static_cast<int64_t>(i));
  return e.fail("expected a value that the list has, found another");
}

Value changes(Evaluator &e, const Value &, const Arguments &) {
  return e.fail("lists and mappings cannot be changed by a template (a namespace can)", Code::Unsupported);
}

struct Entry {
  std::string_view name;
  MethodBody body;
};

constexpr Entry stringMethods[] = {
    {"capitalize", capitalized},
    {"count", count},
    {"endswith", hasEnd<false>},
    {"find", find<false>},
    {"format", format},
    {"isalnum", consistsOf<isAsciiAlphanumeric>},
    {"isalpha", consistsOf<isAsciiLetter>},
    {"isdigit", consistsOf<isAsciiDigit>},
    {"islower", hasCase<false>},
    {"isspace", isSpaceText},
    {"isupper", hasCase<true>},
    {"join", join},
    {"lower", lower},
    {"lstrip", strip<true, false>},
    {"removeprefix", removeEnd<true>},
    {"removesuffix", removeEnd<false>},
    {"replace", replace},
    {"rfind", find<true>},
    {"rsplit", split<true>},
    {"rstrip", strip<false, true>},
    {"split", split<false>},
    {"splitlines", splitLines},
    {"startswith", hasEnd<true>},
    {"strip", strip<true, true>},
    {"title", title},
    {"upper", upper},
};

constexpr Entry listMethods[] = {
    {"append", changes}, {"clear", changes},   {"copy", copy},      {"count", count},
    {"extend", changes}, {"index", index},     {"insert", changes}, {"pop", changes},
    {"remove", changes}, {"reverse", changes}, {"sort", changes},
};

constexpr Entry dictMethods[] = {
    {"clear", changes},
    {"copy", copy},
    {"get", get},
    {"items", members<true, true>},
    {"keys", members<true, false>},
    {"pop", changes},
    {"popitem", changes},
    {"setdefault", changes},
    {"update", changes},
    {"values", members<false, true>},
};

template <size_t N>
MethodBody findIn(const Entry (&table)[N], std::string_view name) {
  for (const Entry &entry : table)
    if (entry.name == name)
      return entry.body;
  return nullptr;
}

MethodBody findMethod(const Value &self, std::string_view name) {
  if (self.isString())
    return findIn(stringMethods, name);
  if (self.isList())
    return findIn(listMethods, name);
  return self.isDict() ? findIn(dictMethods, name) : nullptr;
}

} // namespace

bool hasMethod(const Value &self, std::string_view name) {
  return findMethod(self, name) != nullptr;
}

Value callMethod(Evaluator &evaluator, const Value &self, std::string_view name, const Arguments &arguments) {
  MethodBody body = findMethod(self, name);
  if (!body)
    return evaluator.failKind("a value with method '" + std::string(name) + "'", self);
  return body(evaluator, self, arguments);
}

} // namespace sennit::jinja
