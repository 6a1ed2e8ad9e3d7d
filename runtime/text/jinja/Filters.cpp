// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors

// Filters on strings, numbers and single values; those on sequences stand in SequenceFilters.cpp.
#include "runtime/text/jinja/Filters.h"

#include "runtime/text/jinja/Evaluate.h"
#include "runtime/text/jinja/Json.h"
#include "runtime/text/jinja/SequenceFilters.h"
#include "runtime/text/jinja/Strings.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace sennit::jinja {
namespace {

Value upper(Evaluator &e, const Value &v, const Arguments &) {
  return e.makeString(toUpper(e.textOf(v)));
}
Value lower(Evaluator &e, const Value &v, const Arguments &) {
  return e.makeString(toLower(e.textOf(v)));
}
Value capitalized(Evaluator &e, const Value &v, const Arguments &) {
  return e.makeString(capitalize(e.textOf(v)));
}
Value title(Evaluator &e, const Value &v, const Arguments &) {
  // Unlike str.title, only space, hyphens and opening brackets start a word here.
  std::string text = toLower(e.textOf(v));
  std::string out;
  bool starts = true;
  for (std::string_view character : splitCharacters(text)) {
    out += starts ? toUpper(character) : std::string(character);
    starts = spaceAtStart(character) != 0 ||
             (character.size() == 1 && std::string_view("-({[<").find(character) != std::string_view::npos);
  }
  return e.makeString(std::move(out));
}

Value string(Evaluator &e, const Value &v, const Arguments &) {
  return v.isString() ? v : e.makeString(e.textOf(v));
}
Value safe(Evaluator &e, const Value &v, const Arguments &) {
  return string(e, v, {});
}

Value escape(Evaluator &e, const Value &v, const Arguments &) {
  std::string out;
  for (char c : e.textOf(v)) {
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '\'')
      out += "&#39;";
    else if (c == '"')
      out += "&#34;";
    else
      out += c;
  }
  return e.makeString(std::move(out));
}

Value trim(Evaluator &e, const Value &v, const Arguments &arguments) {
  auto [chars] = e.bind(arguments, {"chars"});
  std::string text = e.textOf(v);
  if (e.failed())
    return Value();
  std::string_view rest = text;
  if (chars && !chars->isNone()) {
    std::string set = e.textOf(*chars);
    rest.remove_prefix(charactersAtStart(rest, set));
    rest.remove_suffix(charactersAtEnd(rest, set));
  } else {
    rest.remove_prefix(spaceAtStart(rest));
    rest.remove_suffix(spaceAtEnd(rest));
  }
  return e.makeString(std::string(rest));
}

Value replace(Evaluator &e, const Value &v, const Arguments &arguments) {
  auto [from, to, count] = e.bind(arguments, {"old", "new", "count"}, 2);
  if (e.failed())
    return Value();
  if (count && !count->isNone() && !count->isInteger())
    return e.failKind("an integer for count", *count);
  return replaceText(e, e.textOf(v), e.textOf(*from), e.textOf(*to),
                     count && count->isInteger() ? count->asInteger() : -1);
}

Value indent(Evaluator &e, const Value &v, const Arguments &arguments) {
  auto [width, first, blank] = e.bind(arguments, {"width", "first", "blank"});
  if (e.failed())
    return Value();
  std::string margin(4, ' ');
  if (width && width->isString())
    margin = width->asString();
  else if (width && width->isInteger() && width->asInteger() >= 0 && width->asInteger() <= 1000)
    margin.assign(static_cast<size_t>(width->asInteger()), ' ');
  else if (width)
    return e.failKind("a width from 0 to 1000 or a string", *width);
  std::string text = e.textOf(v), out;
  bool firstLine = true, all = blank && truthOf(*blank);
  for (size_t at = 0; at <= text.size() && !e.failed(); firstLine = false) {
    size_t end = std::min(text.find('\n', at), text.size());
    if (firstLine ? first && truthOf(*first) : all || end > at) {
      e.budget().spendBytes(margin.size());
      out += margin;
    }
    out += text.substr(at, end - at);
    if (end < text.size())
      out += '\n';
    at = end + 1;
  }
  return e.makeString(std::move(out));
}

Value toJson(Evaluator &e, const Value &v, const Arguments &arguments) {
  auto [ascii, indentBy, separators, sort] =
      e.bind(arguments, {"ensure_ascii", "indent", "separators", "sort_keys"});
  if (e.failed())
    return Value();
  JsonStyle style;
  style.asciiOnly = ascii && truthOf(*ascii);
  style.sortKeys = sort && truthOf(*sort);
  if (indentBy && !indentBy->isNone()) {
    style.lines = true;
    style.itemSeparator = ",";
    if (indentBy->isString())
      style.indent = indentBy->asString();
    else if (indentBy->isInteger() && indentBy->asInteger() <= 1000)
      style.indent.assign(static_cast<size_t>(std::max<int64_t>(0, indentBy->asInteger())), ' ');
    else
      return e.failKind("an indent of at most 1000 or a string", *indentBy);
  }
  if (separators && !separators->isNone()) {
    if (!separators->isList() || separators->asList().size() != 2)
      return e.failKind("two separators", *separators);
    style.itemSeparator = e.textOf(separators->asList()[0]);
    style.keySeparator = e.textOf(separators->asList()[1]);
  }
  std::string text, offender;
  if (!writeJson(v, style, text, offender, e.budget()))
    return e.fail("expected a value that JSON has a form for, found " + offender);
  return e.makeString(std::move(text));
}

/// Not of Jinja: some templates read tool arguments that came as text with it.
Value fromJson(Evaluator &e, const Value &v, const Arguments &) {
  std::string text = e.textOf(v);
  if (e.failed() || !e.budget().spendBytes(64 * text.size()))
    return Value();
  StatusOr<Value> value = parseJson(text);
  return value.ok() ? *value : e.fail(value.status().message());
}

Value preset(Evaluator &e, const Value &v, const Arguments &arguments) {
  auto [other, falsy] = e.bind(arguments, {"default_value", "boolean"});
  bool replaced = v.isUndefined() || (falsy && truthOf(*falsy) && !truthOf(v));
  return !replaced ? v : other ? *other : Value("");
}

/// Python's int() and float() of a string allow space around and underscores between digits.
std::string numberText(Evaluator &e, const Value &v) {
  std::string text = e.textOf(v);
  text.erase(0, spaceAtStart(text));
  text.resize(text.size() - spaceAtEnd(text));
  std::erase(text, '_');
  if (!text.empty() && text[0] == '+')
    text.erase(0, 1);
  return text;
}

bool readFloat(const std::string &text, double &value) {
  auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  return !text.empty() && result.ec == std::errc() && result.ptr == text.data() + text.size();
}

Value integer(Evaluator &e, const Value &v, const Arguments &arguments) {
  auto [other, base] = e.bind(arguments, {"default", "base"});
  Value failing = other ? *other : Value(0);
  double real = 0;
  if (v.isInteger() || v.isBoolean())
    return Value(v.asInteger());
  if (v.isFloat()) {
    real = v.asFloat();
  } else if (v.isString()) {
    std::string text = numberText(e, v);
    int64_t value = 0, radix = base && base->isInteger() ? base->asInteger() : 10;
    if (radix < 2 || radix > 36)
      return e.fail("expected a base from 2 to 36, found " + std::to_string(radix));
    auto result = std::from_chars(text.data(), text.data() + text.size(), value, static_cast<int>(radix));
    if (!text.empty() && result.ec == std::errc() && result.ptr == text.data() + text.size())
      return Value(value);
    if (!readFloat(text, real))
      return failing;
  } else {
    return failing;
  }
  return std::fabs(real) < 9.2e18 ? Value(static_cast<int64_t>(real)) : failing;
}

Value real(Evaluator &e, const Value &v, const Arguments &arguments) {
  auto [other] = e.bind(arguments, {"default"});
  double value = 0;
  if (v.isNumber())
    return Value(v.asFloat());
  if (v.isString() && readFloat(numberText(e, v), value))
    return Value(value);
  return other ? *other : Value(0.0);
}

Value absolute(Evaluator &e, const Value &v, const Arguments &) {
  if (!v.isNumber())
    return e.failKind("a number", v);
  if (v.isFloat())
    return Value(std::fabs(v.asFloat()));
  return v.asInteger() < 0 ? e.binary(Operator::Subtract, Value(0), v) : Value(v.asInteger());
}

Value rounded(Evaluator &e, const Value &v, const Arguments &arguments) {
  auto [precision, method] = e.bind(arguments, {"precision", "method"});
  if (e.failed())
    return Value();
  if (!v.isNumber())
    return e.failKind("a number", v);
  std::string how = method ? e.textOf(*method) : "common";
  int64_t digits = precision && precision->isInteger() ? precision->asInteger() : 0;
  if (digits < 0 || digits > 15)
    return e.fail("expected a precision from 0 to 15, found " + std::to_string(digits));
  if (how == "common" && !v.isFloat())
    return Value(v.asInteger());
  if (how == "common") {
    // By the exact decimal digits, halves to even, as Python's round; a product with a power of ten would be
    // off.
    char buffer[400];
    char *end =
        std::to_chars(buffer, buffer + sizeof buffer, v.asFloat(), std::chars_format::fixed, int(digits)).ptr;
    double value = v.asFloat();
    std::from_chars(buffer, end, value);
    return Value(value);
  }
  double scale = std::pow(10.0, double(digits)), scaled = v.asFloat() * scale;
  if (how == "ceil" || how == "floor")
    return Value((how == "ceil" ? std::ceil(scaled) : std::floor(scaled)) / scale);
  return e.fail("expected common, ceil or floor, found '" + how + "'");
}

Value wordCount(Evaluator &e, const Value &v, const Arguments &) {
  int64_t words = 0;
  std::string text = e.textOf(v);
  std::string_view rest = text;
  while (rest.remove_prefix(spaceAtStart(rest)), !rest.empty()) {
    ++words;
    while (!rest.empty() && spaceAtStart(rest) == 0)
      rest.remove_prefix(1);
  }
  return Value(words);
}

Value attributeOf(Evaluator &e, const Value &v, const Arguments &arguments) {
  auto [name] = e.bind(arguments, {"name"}, 1);
  // Never a key, unlike `value.name`.
  return e.failed() || (v.isDict() && !hasMethod(v, e.textOf(*name))) ? Value()
                                                                      : e.attribute(v, e.textOf(*name));
}

struct Entry {
  std::string_view name;
  FilterBody body;
};

constexpr Entry table[] = {
    {"abs", absolute},    {"attr", attributeOf}, {"capitalize", capitalized},
    {"d", preset},        {"default", preset},   {"e", escape},
    {"escape", escape},   {"float", real},       {"from_json", fromJson},
    {"indent", indent},   {"int", integer},      {"lower", lower},
    {"replace", replace}, {"round", rounded},    {"safe", safe},
    {"string", string},   {"title", title},      {"tojson", toJson},
    {"trim", trim},       {"upper", upper},      {"wordcount", wordCount},
};

} // namespace

FilterBody findFilter(std::string_view name) {
  for (const Entry &entry : table)
    if (entry.name == name)
      return entry.body;
  return findSequenceFilter(name);
}

} // namespace sennit::jinja
