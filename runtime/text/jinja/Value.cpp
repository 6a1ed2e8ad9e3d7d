// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/text/jinja/Value.h"

#include "runtime/text/Utf8.h"
#include "runtime/text/jinja/Object.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace sennit::jinja {
namespace {

/// Equal keys have equal texts; empty for what cannot be a key.
std::string keyText(const Value &key) {
  if (key.isString())
    return "s" + key.asString();
  if (key.isNone())
    return "n";
  if (key.isBoolean() || key.isInteger())
    return "i" + std::to_string(key.asInteger());
  if (key.isFloat()) {
    double value = key.asFloat();
    if (std::trunc(value) == value && std::fabs(value) < 9e18)
      return "i" + std::to_string(static_cast<int64_t>(value));
    return "f" + floatText(value);
  }
  return "";
}

void printHex(char32_t value, int digits, std::string &out) {
  for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4)
    out += "0123456789abcdef"[value >> shift & 15];
}

void printStringQuoted(const std::string &text, std::string &out) {
  char quote = text.find('\'') != std::string::npos && text.find('"') == std::string::npos ? '"' : '\'';
  out += quote;
  std::string_view rest = text;
  while (!rest.empty()) {
    Utf8Char c = readUtf8(rest);
    char first = rest[0];
    if (first == quote || first == '\\')
      out += '\\', out += first;
    else if (first == '\n')
      out += "\\n";
    else if (first == '\r')
      out += "\\r";
    else if (first == '\t')
      out += "\\t";
    else if (c.codePoint < 0x20 || (c.codePoint >= 0x7F && c.codePoint <= 0xA0) || c.codePoint == 0xAD)
      out += "\\x", printHex(c.codePoint, 2, out);
    else
      out += rest.substr(0, c.length);
    rest.remove_prefix(c.length);
  }
  out += quote;
}

int sign(bool less, bool greater) {
  return less ? -1 : greater ? 1 : 0;
}

int orderNumbers(const Value &a, const Value &b) {
  if (a.isFloat() || b.isFloat())
    return sign(a.asFloat() < b.asFloat(), a.asFloat() > b.asFloat());
  return sign(a.asInteger() < b.asInteger(), a.asInteger() > b.asInteger());
}

} // namespace

Value::Value(Dict value) : held(std::make_shared<const Dict>(std::move(value))) {}

Value::Value(ListData data) {
  uint32_t deepest = 0;
  for (const Value &item : data.items)
    deepest = std::max(deepest, item.depth());
  held = std::make_shared<const ListBox>(ListBox{std::move(data), deepest + 1});
}

Value Value::undefined(std::string name) {
  Value value;
  value.held = Undefined{std::make_shared<const std::string>(std::move(name))};
  return value;
}

std::string_view Value::undefinedName() const {
  const auto *undefined = std::get_if<Undefined>(&held);
  return undefined && undefined->name ? std::string_view(*undefined->name) : std::string_view();
}

uint32_t Value::depth() const {
  if (isList())
    return std::get<ListPointer>(held)->depth;
  return isDict() ? asDict().depth() : 0;
}

bool Value::sameAs(const Value &other) const {
  if (held.index() != other.held.index())
    return false;
  if (isString())
    return asString() == other.asString();
  if (isList())
    return std::get<ListPointer>(held) == std::get<ListPointer>(other.held);
  if (isDict())
    return std::get<DictPointer>(held) == std::get<DictPointer>(other.held);
  if (isObject())
    return asObject() == other.asObject();
  if (isFloat())
    return asFloat() == other.asFloat();
  return isNumber() ? asInteger() == other.asInteger() : true;
}

bool Dict::set(const Value &key, Value value) {
  std::string text = keyText(key);
  if (text.empty())
    return false;
  nesting = std::max(nesting, value.depth() + 1);
  auto [it, added] = index.try_emplace(std::move(text), list.size());
  if (added)
    list.emplace_back(key, std::move(value));
  else
    list[it->second].second = std::move(value);
  return true;
}

const Value *Dict::find(const Value &key) const {
  auto it = index.find(keyText(key));
  return it == index.end() ? nullptr : &list[it->second].second;
}

const Value *Dict::find(std::string_view key) const {
  auto it = index.find("s" + std::string(key));
  return it == index.end() ? nullptr : &list[it->second].second;
}

bool truthOf(const Value &value) {
  if (value.isBoolean() || value.isInteger())
    return value.asInteger() != 0;
  if (value.isFloat())
    return value.asFloat() != 0;
  if (value.isString())
    return !value.asString().empty();
  if (value.isList())
    return !value.asList().empty();
  if (value.isDict())
    return value.asDict().size() != 0;
  return value.isObject();
}

std::string_view kindName(const Value &value) {
  if (value.isUndefined())
    return "undefined";
  if (value.isNone())
    return "none";
  if (value.isBoolean())
    return "boolean";
  if (value.isInteger())
    return "integer";
  if (value.isFloat())
    return "float";
  if (value.isString())
    return "string";
  if (value.isTuple())
    return "tuple";
  if (value.isList())
    return "list";
  return value.isDict() ? "mapping" : value.asObject()->kind();
}

std::string floatText(double value) {
  if (std::isnan(value))
    return "nan";
  if (std::isinf(value))
    return value < 0 ? "-inf" : "inf";
  // Digits and exponent from the shortest scientific form; Python writes it out from 1e-4 to 1e16.
  char buffer[32];
  char *end = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::scientific).ptr;
  std::string text(buffer, end);
  size_t e = text.find('e');
  int exponent = std::stoi(text.substr(e + 1));
  if (exponent < -4 || exponent >= 16)
    return text;
  end = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::fixed).ptr;
  text.assign(buffer, end);
  return text.find('.') == std::string::npos ? text + ".0" : text;
}

void print(const Value &value, std::string &out, Budget &budget) {
  if (value.isUndefined() || budget.exhausted)
    return;
  if (value.isString()) {
    if (budget.spendBytes(value.asString().size()))
      out += value.asString();
    return;
  }
  printQuoted(value, out, budget);
}

void printQuoted(const Value &value, std::string &out, Budget &budget) {
  size_t charge = 8 + (value.isString() ? value.asString().size() : 0);
  if (!budget.spendBytes(charge))
    return;
  if (value.isUndefined()) {
    out += "Undefined";
  } else if (value.isNone()) {
    out += "None";
  } else if (value.isBoolean()) {
    out += value.asBoolean() ? "True" : "False";
  } else if (value.isInteger()) {
    out += std::to_string(value.asInteger());
  } else if (value.isFloat()) {
    out += floatText(value.asFloat());
  } else if (value.isString()) {
    printStringQuoted(value.asString(), out);
  } else if (value.isList()) {
    bool tuple = value.isTuple();
    out += tuple ? '(' : '[';
    const auto &items = value.asList();
    for (size_t i = 0; i < items.size() && !budget.exhausted; ++i) {
      if (i)
        out += ", ";
      printQuoted(items[i], out, budget);
    }
    if (tuple && items.size() == 1)
      out += ',';
    out += tuple ? ')' : ']';
  } else if (value.isDict()) {
    out += '{';
    bool first = true;
    for (const auto &[key, member] : value.asDict().entries()) {
      if (budget.exhausted)
        return;
      if (!first)
        out += ", ";
      first = false;
      printQuoted(key, out, budget);
      out += ": ";
      printQuoted(member, out, budget);
    }
    out += '}';
  } else {
    out += "<" + std::string(value.asObject()->kind()) + ">";
  }
}

bool equals(const Value &a, const Value &b, Budget &budget) {
  if (!budget.spendSteps(1))
    return false;
  if (a.isNumber() && b.isNumber())
    return a.isFloat() || b.isFloat() ? a.asFloat() == b.asFloat() : a.asInteger() == b.asInteger();
  if (a.isString() && b.isString())
    return a.asString().size() == b.asString().size() && budget.spendBytes(a.asString().size()) &&
           a.asString() == b.asString();
  if (a.isList() && b.isList()) {
    const auto &left = a.asList(), &right = b.asList();
    return a.isTuple() == b.isTuple() && left.size() == right.size() &&
           std::equal(left.begin(), left.end(), right.begin(),
                      [&](const Value &x, const Value &y) { return equals(x, y, budget); });
  }
  if (a.isDict() && b.isDict()) {
    if (a.asDict().size() != b.asDict().size())
      return false;
    for (const auto &[key, value] : a.asDict().entries()) {
      const Value *other = b.asDict().find(key);
      if (!other || !equals(value, *other, budget))
        return false;
    }
    return true;
  }
  return a.sameAs(b);
}

bool order(const Value &a, const Value &b, int &result, Budget &budget) {
  if (!budget.spendSteps(1))
    return false;
  if (a.isNumber() && b.isNumber()) {
    result = orderNumbers(a, b);
    return true;
  }
  if (a.isString() && b.isString()) {
    // UTF-8 orders by bytes as by characters.
    if (!budget.spendBytes(std::min(a.asString().size(), b.asString().size())))
      return false;
    int bytes = a.asString().compare(b.asString());
    result = sign(bytes < 0, bytes > 0);
    return true;
  }
  if (!a.isList() || !b.isList() || a.isTuple() != b.isTuple())
    return false;
  const auto &left = a.asList(), &right = b.asList();
  for (size_t i = 0; i < std::min(left.size(), right.size()); ++i)
    if (!equals(left[i], right[i], budget))
      return order(left[i], right[i], result, budget);
  result = sign(left.size() < right.size(), left.size() > right.size());
  return true;
}

} // namespace sennit::jinja
