// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/text/jinja/Json.h"

#include "runtime/text/Utf8.h"
#include "runtime/text/jinja/Strings.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace sennit::jinja {
namespace {

class Writer {
public:
  Writer(const JsonStyle &style, std::string &out, std::string &offender, Budget &budget)
      : style(style), out(out), offender(offender), budget(budget) {}

  bool write(const Value &value) {
    if (!budget.spendBytes(8 + (value.isString() ? value.asString().size() : 0)))
      return true; // whoever owns the budget sees that it is spent
    if (value.isNone())
      out += "null";
    else if (value.isBoolean())
      out += value.asBoolean() ? "true" : "false";
    else if (value.isInteger())
      out += std::to_string(value.asInteger());
    else if (value.isFloat())
      writeFloat(value.asFloat());
    else if (value.isString())
      writeString(value.asString());
    else if (value.isList())
      return writeList(value.asList());
    else if (value.isDict())
      return writeDict(value.asDict());
    else
      return offender = kindName(value), false;
    return true;
  }

private:
  void writeFloat(double value) {
    out += std::isnan(value)   ? "NaN"
           : std::isinf(value) ? (value < 0 ? "-Infinity" : "Infinity")
                               : floatText(value);
  }

  void writeUnit(uint32_t unit) {
    out += "\\u";
    for (int shift = 12; shift >= 0; shift -= 4)
      out += "0123456789abcdef"[unit >> shift & 15];
  }

  void writeString(std::string_view text) {
    out += '"';
    while (!text.empty()) {
      Utf8Char c = readUtf8(text);
      static constexpr std::string_view special = "\"\\\n\r\t\b\f", letters = "\"\\nrtbf";
      if (size_t which = special.find(text[0]); which != std::string_view::npos) {
        out += '\\';
        out += letters[which];
      } else if (c.codePoint < 0x20 || (style.asciiOnly && c.codePoint >= 0x7F)) {
        if (c.codePoint == 0x7F) {
          out += text[0];
        } else if (c.codePoint > 0xFFFF) {
          writeUnit(0xD800 + ((c.codePoint - 0x10000) >> 10));
          writeUnit(0xDC00 + ((c.codePoint - 0x10000) & 0x3FF));
        } else {
          writeUnit(c.codePoint);
        }
      } else {
        out += text.substr(0, c.length);
      }
      text.remove_prefix(c.length);
    }
    out += '"';
  }

  void startLine() {
    if (!style.lines)
      return;
    budget.spendBytes(level * style.indent.size());
    out += '\n';
    for (size_t i = 0; i < level && !budget.exhausted; ++i)
      out += style.indent;
  }

  template <typename Items, typename WriteItem>
  bool writeMembers(char open, char close, const Items &items, WriteItem writeItem) {
    out += open;
    ++level;
    bool first = true;
    for (const auto &item : items) {
      if (budget.exhausted)
        return true;
      if (!first)
        out += style.itemSeparator;
      first = false;
      startLine();
      if (!writeItem(item))
        return false;
    }
    --level;
    if (!first)
      startLine();
    out += close;
    return true;
  }

  bool writeList(const std::vector<Value> &items) {
    return writeMembers('[', ']', items, [&](const Value &item) { return write(item); });
  }

  bool writeDict(const Dict &dict) {
    std::vector<const Dict::Entry *> entries;
    for (const auto &entry : dict.entries())
      entries.push_back(&entry);
    if (style.sortKeys) {
      if (!std::all_of(entries.begin(), entries.end(),
                       [](const auto *entry) { return entry->first.isString(); }))
        return offender = "a mapping to sort with keys that are no strings", false;
      std::sort(entries.begin(), entries.end(),
                [](const auto *a, const auto *b) { return a->first.asString() < b->first.asString(); });
    }
    return writeMembers('{', '}', entries, [&](const Dict::Entry *entry) {
      // Keys are strings in JSON, whatever they were.
      if (entry->first.isString()) {
        write(entry->first);
      } else {
        out += '"';
        write(entry->first);
        out += '"';
      }
      out += style.keySeparator;
      return write(entry->second);
    });
  }

  const JsonStyle &style;
  std::string &out;
  std::string &offender;
  Budget &budget;
  size_t level = 0;
};

class Reader {
public:
  explicit Reader(std::string_view text) : text(text) {}

  StatusOr<Value> run() {
    SENNIT_ASSIGN_OR_RETURN(Value value, read(0));
    skipSpace();
    if (at != text.size())
      return fail("the end of the JSON text");
    return value;
  }

private:
  static constexpr int maxLevel = 200;

  Status fail(std::string_view expected) {
    std::string found =
        at < text.size() ? "'" + std::string(text.substr(at, utf8Length(text[at]))) + "'" : "the end";
    return invalidInput("expected " + std::string(expected) + ", found " + found + " at byte offset " +
                        std::to_string(at) + " of the JSON text");
  }
  void skipSpace() {
    while (at < text.size() && std::string_view(" \t\r\n").find(text[at]) != std::string_view::npos)
      ++at;
  }
  bool skip(std::string_view word) {
    bool found = text.substr(at).starts_with(word);
    at += found ? word.size() : 0;
    return found;
  }

  StatusOr<Value> read(int level) {
    if (level > maxLevel)
      return fail("at most 200 levels");
    skipSpace();
    if (skip("null"))
      return Value::none();
    if (skip("true"))
      return Value(true);
    if (skip("false"))
      return Value(false);
    char c = at < text.size() ? text[at] : 0;
    if (c == '"') {
      SENNIT_ASSIGN_OR_RETURN(std::string string, readString());
      return Value(std::move(string));
    }
    if (c == '[')
      return readList(level);
    if (c == '{')
      return readDict(level);
    return readNumber();
  }

  StatusOr<Value> readList(int level) {
    ++at;
    std::vector<Value> items;
    skipSpace();
    if (skip("]"))
      return Value::list({});
    for (;;) {
      SENNIT_ASSIGN_OR_RETURN(Value item, read(level + 1));
      items.push_back(std::move(item));
      skipSpace();
      if (skip("]"))
        return Value::list(std::move(items));
      if (!skip(","))
        return fail("',' or ']'");
    }
  }

  StatusOr<Value> readDict(int level) {
    ++at;
    Dict dict;
    skipSpace();
    if (skip("}"))
      return Value(std::move(dict));
    for (;;) {
      skipSpace();
      if (at == text.size() || text[at] != '"')
        return fail("a key");
      SENNIT_ASSIGN_OR_RETURN(std::string key, readString());
      skipSpace();
      if (!skip(":"))
        return fail("':'");
      SENNIT_ASSIGN_OR_RETURN(Value value, read(level + 1));
      dict.set(Value(std::move(key)), std::move(value));
      skipSpace();
      if (skip("}"))
        return Value(std::move(dict));
      if (!skip(","))
        return fail("',' or '}'");
    }
  }

  StatusOr<Value> readNumber() {
    size_t begin = at;
    auto digits = [&] {
      size_t first = at;
      while (at < text.size() && isAsciiDigit(text[at]))
        ++at;
      return at - first;
    };
    skip("-");
    size_t lead = at;
    size_t count = digits();
    if (count == 0 || (count > 1 && text[lead] == '0')) {
      at = begin;
      return fail("a JSON value");
    }
    bool integer = true;
    if (skip(".")) {
      integer = false;
      if (!digits())
        return fail("a digit");
    }
    if (at < text.size() && toAsciiLower(text[at]) == 'e') {
      integer = false;
      ++at;
      if (!skip("+"))
        skip("-");
      if (!digits())
        return fail("a digit");
    }
    const char *first = text.data() + begin, *last = text.data() + at;
    if (int64_t value; integer && std::from_chars(first, last, value).ec == std::errc())
      return Value(value);
    double value = 0;
    if (std::from_chars(first, last, value).ec != std::errc()) {
      at = begin;
      return fail("a number that fits a double");
    }
    return Value(value);
  }

  /// The unit after \u; nothing unless four digits stand there.
  std::optional<uint32_t> readUnit() {
    uint32_t unit = 0;
    if (at + 4 > text.size() ||
        std::from_chars(text.data() + at, text.data() + at + 4, unit, 16).ptr != text.data() + at + 4)
      return std::nullopt;
    at += 4;
    return unit;
  }

  StatusOr<std::string> readString() {
    ++at;
    std::string out;
    for (;;) {
      if (at == text.size() || static_cast<uint8_t>(text[at]) < 0x20)
        return fail("the end of the string");
      char c = text[at];
      if (c == '"') {
        ++at;
        return out;
      }
      if (c != '\\') {
        out += c;
        ++at;
        continue;
      }
      ++at;
      static constexpr std::string_view letters = "\"\\/nrtbf", meant = "\"\\/\n\r\t\b\f";
      if (skip("u")) {
        std::optional<uint32_t> unit = readUnit();
        if (!unit)
          return fail("four hexadecimal digits");
        char32_t value = *unit;
        if (value >= 0xD800 && value <= 0xDBFF && skip("\\u")) {
          std::optional<uint32_t> low = readUnit();
          if (!low || *low < 0xDC00 || *low > 0xDFFF)
            return fail("the second half of a surrogate pair");
          value = 0x10000 + ((value - 0xD800) << 10) + (*low - 0xDC00);
        }
        appendUtf8(value >= 0xD800 && value <= 0xDFFF ? char32_t(0xFFFD) : value, out);
        continue;
      }
      size_t which = at < text.size() ? letters.find(text[at]) : std::string_view::npos;
      if (which == std::string_view::npos)
        return fail("an escape");
      out += meant[which];
      ++at;
    }
  }

  std::string_view text;
  size_t at = 0;
};

} // namespace

bool writeJson(const Value &value, const JsonStyle &style, std::string &out, std::string &offender,
               Budget &budget) {
  return Writer(style, out, offender, budget).write(value);
}

StatusOr<Value> parseJson(std::string_view text) {
  if (std::optional<size_t> wrong = findInvalidUtf8(text))
    return invalidInput("expected UTF-8, found another byte at byte offset " + std::to_string(*wrong) +
                        " of the JSON text");
  return Reader(text).run();
}

} // namespace sennit::jinja
