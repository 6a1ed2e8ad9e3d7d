// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors

// What may stand after `is`.
#include "runtime/text/jinja/Evaluate.h"
#include "runtime/text/jinja/Filters.h"
#include "runtime/text/jinja/Strings.h"

namespace sennit::jinja {
namespace {

template <bool (Value::*Is)() const>
bool kindTest(Evaluator &, const Value &v, const Arguments &) {
  return (v.*Is)();
}

bool isDefined(Evaluator &, const Value &v, const Arguments &) {
  return !v.isUndefined();
}
bool isTrue(Evaluator &, const Value &v, const Arguments &) {
  return v.isBoolean() && v.asBoolean();
}
bool isFalse(Evaluator &, const Value &v, const Arguments &) {
  return v.isBoolean() && !v.asBoolean();
}
bool isCallable(Evaluator &, const Value &v, const Arguments &) {
  return v.isObject() && v.asObject()->callable();
}
/// Undefined can be walked: there is nothing in it.
bool isIterable(Evaluator &, const Value &v, const Arguments &) {
  return v.isString() || v.isList() || v.isDict() || v.isUndefined();
}

template <Operator Op>
bool compareTest(Evaluator &e, const Value &v, const Arguments &arguments) {
  auto [other] = e.bind(arguments, {"other"}, 1);
  return !e.failed() && e.compare(Op, v, *other);
}

bool isSameAs(Evaluator &e, const Value &v, const Arguments &arguments) {
  auto [other] = e.bind(arguments, {"other"}, 1);
  return !e.failed() && v.sameAs(*other);
}

/// The remainder of an integer; -1, with a failure, where `v` is none.
int64_t remainder(Evaluator &e, const Value &v, const Value &divisor) {
  Value rest = e.binary(Operator::Modulo, v, divisor);
  if (!e.failed() && !rest.isNumber())
    e.failKind("a number", rest);
  return e.failed() ? -1 : rest.asFloat() == 0 ? 0 : 1;
}
bool isOdd(Evaluator &e, const Value &v, const Arguments &) {
  return remainder(e, v, Value(2)) == 1;
}
bool isEven(Evaluator &e, const Value &v, const Arguments &) {
  return remainder(e, v, Value(2)) == 0;
}
bool isDivisibleBy(Evaluator &e, const Value &v, const Arguments &arguments) {
  auto [divisor] = e.bind(arguments, {"num"}, 1);
  return !e.failed() && remainder(e, v, *divisor) == 0;
}

/// str.isupper and str.islower: some letter has a case, and none the other one.
bool hasOnlyCase(Evaluator &e, const Value &v, bool upperCase) {
  std::string text = e.textOf(v), upper = toUpper(text), lower = toLower(text);
  return upper != lower && text == (upperCase ? upper : lower);
}
bool isUpper(Evaluator &e, const Value &v, const Arguments &) {
  return hasOnlyCase(e, v, true);
}
bool isLower(Evaluator &e, const Value &v, const Arguments &) {
  return hasOnlyCase(e, v, false);
}

bool isFilter(Evaluator &e, const Value &v, const Arguments &) {
  return findFilter(e.textOf(v)) != nullptr;
}
bool isTest(Evaluator &e, const Value &v, const Arguments &) {
  return findTest(e.textOf(v)) != nullptr;
}
/// Nothing is marked as escaped here: output is text, not HTML.
bool isEscaped(Evaluator &, const Value &, const Arguments &) {
  return false;
}

struct Entry {
  std::string_view name;
  TestBody body;
};

constexpr Entry table[] = {
    {"boolean", kindTest<&Value::isBoolean>},
    {"callable", isCallable},
    {"defined", isDefined},
    {"divisibleby", isDivisibleBy},
    {"eq", compareTest<Operator::Equal>},
    {"==", compareTest<Operator::Equal>},
    {"equalto", compareTest<Operator::Equal>},
    {"escaped", isEscaped},
    {"even", isEven},
    {"false", isFalse},
    {"filter", isFilter},
    {"float", kindTest<&Value::isFloat>},
    {"ge", compareTest<Operator::GreaterEqual>},
    {">=", compareTest<Operator::GreaterEqual>},
    {"greaterthan", compareTest<Operator::Greater>},
    {"gt", compareTest<Operator::Greater>},
    {">", compareTest<Operator::Greater>},
    {"in", compareTest<Operator::In>},
    {"integer", kindTest<&Value::isInteger>},
    {"iterable", isIterable},
    {"le", compareTest<Operator::LessEqual>},
    {"<=", compareTest<Operator::LessEqual>},
    {"lessthan", compareTest<Operator::Less>},
    {"lower", isLower},
    {"lt", compareTest<Operator::Less>},
    {"<", compareTest<Operator::Less>},
    {"mapping", kindTest<&Value::isDict>},
    {"ne", compareTest<Operator::NotEqual>},
    {"!=", compareTest<Operator::NotEqual>},
    {"none", kindTest<&Value::isNone>},
    {"number", kindTest<&Value::isNumber>},
    {"odd", isOdd},
    {"sameas", isSameAs},
    {"sequence", isIterable},
    {"string", kindTest<&Value::isString>},
    {"test", isTest},
    {"true", isTrue},
    {"undefined", kindTest<&Value::isUndefined>},
    {"upper", isUpper},
};

} // namespace

TestBody findTest(std::string_view name) {
  for (const Entry &entry : table)
    if (entry.name == name)
      return entry.body;
  return nullptr;
}

} // namespace sennit::jinja
