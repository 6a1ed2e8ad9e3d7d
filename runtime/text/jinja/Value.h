// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

namespace sennit::jinja {

class Dict;
class Object;
class Value;

/// What a rendering may still spend. Everything whose cost grows with its data draws on it, so a template
/// cannot run or grow without end. Single thread.
struct Budget {
  uint64_t steps;
  uint64_t bytes;
  bool exhausted = false;

  /// False, from then on, when less than `count` is left.
  bool spendSteps(uint64_t count) { return spend(steps, count); }
  bool spendBytes(uint64_t count) { return spend(bytes, count); }

private:
  bool spend(uint64_t &left, uint64_t count) {
    if (exhausted || count > left)
      exhausted = true;
    else
      left -= count;
    return !exhausted;
  }
};

/// A list or, where only printing tells the difference, a tuple. Not changed once it is part of a Value.
struct ListData {
  std::vector<Value> items;
  bool tuple = false;
};

/// A value of a template, with the meaning that Python gives it: undefined, none, boolean, integer (64 bits),
/// float, string (UTF-8), list, mapping or an object of the interpreter. Copies share what they hold;
/// strings, lists and mappings never change, so Values may be read from many threads.
class Value {
public:
  Value() : held(Undefined{}) {}
  Value(bool value) : held(value) {}
  Value(int value) : held(int64_t(value)) {}
  Value(int64_t value) : held(value) {}
  Value(double value) : held(value) {}
  Value(std::string value) : held(std::make_shared<const std::string>(std::move(value))) {}
  Value(std::string_view value) : Value(std::string(value)) {}
  Value(const char *value) : Value(std::string(value)) {}
  Value(Dict value);
  Value(std::shared_ptr<Object> object) : held(std::move(object)) {}
  static Value none() { return Value(None{}); }
  static Value list(std::vector<Value> items) { return Value(ListData{std::move(items), false}); }
  static Value tuple(std::vector<Value> items) { return Value(ListData{std::move(items), true}); }
  /// Undefined as the lookup of `name` gives it; errors repeat the name.
  static Value undefined(std::string name);

  bool isUndefined() const { return is<Undefined>(); }
  bool isNone() const { return is<None>(); }
  bool isBoolean() const { return is<bool>(); }
  bool isInteger() const { return is<int64_t>(); }
  bool isFloat() const { return is<double>(); }
  bool isNumber() const { return isBoolean() || isInteger() || isFloat(); }
  bool isString() const { return is<StringPointer>(); }
  bool isList() const { return is<ListPointer>(); } ///< Tuples too.
  bool isTuple() const { return isList() && asListData().tuple; }
  bool isDict() const { return is<DictPointer>(); }
  bool isObject() const { return is<ObjectPointer>(); }

  bool asBoolean() const { return std::get<bool>(held); }
  /// Booleans count as 0 and 1.
  int64_t asInteger() const { return isBoolean() ? asBoolean() : std::get<int64_t>(held); }
  /// Any number.
  double asFloat() const { return isFloat() ? std::get<double>(held) : double(asInteger()); }
  const std::string &asString() const { return *std::get<StringPointer>(held); }
  const std::vector<Value> &asList() const { return asListData().items; }
  const Dict &asDict() const { return *std::get<DictPointer>(held); }
  const std::shared_ptr<Object> &asObject() const { return std::get<ObjectPointer>(held); }
  /// What was looked up in vain, empty where that is not known.
  std::string_view undefinedName() const;

  /// How deep lists and mappings are nested in this value; 0 for what holds no others.
  uint32_t depth() const;
  /// Whether both share one list, mapping, string or object, or are equal scalars of one kind.
  bool sameAs(const Value &other) const;

private:
  struct Undefined {
    std::shared_ptr<const std::string> name;
  };
  struct None {};
  struct ListBox {
    ListData data;
    uint32_t depth;
  };
  using StringPointer = std::shared_ptr<const std::string>;
  using ListPointer = std::shared_ptr<const ListBox>;
  using DictPointer = std::shared_ptr<const Dict>;
  using ObjectPointer = std::shared_ptr<Object>;

  explicit Value(None none) : held(none) {}
  explicit Value(ListData data);
  template <typename T>
  bool is() const {
    return std::holds_alternative<T>(held);
  }
  const ListData &asListData() const { return std::get<ListPointer>(held)->data; }

  std::variant<Undefined, None, bool, int64_t, double, StringPointer, ListPointer, DictPointer, ObjectPointer>
      held;
};

/// A mapping that keeps the order of insertion. Keys are none, numbers and strings; numbers that are equal
/// are one key.
class Dict {
public:
  using Entry = std::pair<Value, Value>;

  /// Adds or replaces; false when `key` cannot be a key.
  bool set(const Value &key, Value value);
  /// The value of `key`; null when there is none.
  const Value *find(const Value &key) const;
  const Value *find(std::string_view key) const;
  const std::vector<Entry> &entries() const { return list; }
  size_t size() const { return list.size(); }
  uint32_t depth() const { return nesting; }

private:
  std::vector<Entry> list;
  std::unordered_map<std::string, size_t>
      index; ///< By the key's kind and text; only looked up, never walked.
  uint32_t nesting = 1;
};

/// Truth as Python's bool() gives it.
bool truthOf(const Value &value);
/// A word for the kind, for messages: "string", "mapping", ...
std::string_view kindName(const Value &value);
/// Appends what `{{ value }}` prints (Python's str; undefined prints nothing).
void print(const Value &value, std::string &out, Budget &budget);
/// Appends Python's repr, as lists and mappings print their members.
void printQuoted(const Value &value, std::string &out, Budget &budget);
/// Python's repr of a float: the shortest digits that read back as the same number.
std::string floatText(double value);
/// ==
bool equals(const Value &a, const Value &b, Budget &budget);
/// Negative, zero or positive; nothing (false) where the two kinds have no order.
bool order(const Value &a, const Value &b, int &result, Budget &budget);

} // namespace sennit::jinja
