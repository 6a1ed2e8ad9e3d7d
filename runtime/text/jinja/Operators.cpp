// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors

// What operators, attributes, subscripts and calls do with values.
#include "runtime/text/jinja/Evaluate.h"
#include "runtime/text/jinja/Filters.h"
#include "runtime/text/jinja/Strings.h"

#include <cmath>

namespace sennit::jinja {
namespace {

std::string_view symbolOf(Operator op) {
  static constexpr std::string_view symbols[] = {
      "+", "-", "*", "/", "//", "%", "**", "==", "!=", "<", "<=", ">", ">=", "in", "not in"};
  return symbols[static_cast<int>(op)];
}

/// Floor of the quotient and the remainder that goes with it, as Python divides. `b` is not zero.
int64_t floorDivide(int64_t a, int64_t b) {
  int64_t quotient = a / b;
  return quotient - (a % b != 0 && (a < 0) != (b < 0));
}

/// False when the result does not fit.
bool integerPower(int64_t base, int64_t exponent, int64_t &result) {
  result = 1;
  for (; exponent > 0; exponent >>= 1) {
    if ((exponent & 1) && __builtin_mul_overflow(result, base, &result))
      return false;
    if (exponent > 1 && __builtin_mul_overflow(base, base, &base))
      return false;
  }
  return true;
}

Value floatArithmetic(Operator op, double a, double b) {
  switch (op) {
  case Operator::Add:
    return Value(a + b);
  case Operator::Subtract:
    return Value(a - b);
  case Operator::Multiply:
    return Value(a * b);
  case Operator::Divide:
    return Value(a / b);
  case Operator::FloorDivide:
    return Value(std::floor(a / b));
  case Operator::Modulo: {
    double rest = std::fmod(a, b);
    return Value(rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest);
  }
  default:
    return Value(std::pow(a, b));
  }
}

/// False when the result does not fit.
bool integerArithmetic(Operator op, int64_t a, int64_t b, int64_t &result) {
  switch (op) {
  case Operator::Add:
    return !__builtin_add_overflow(a, b, &result);
  case Operator::Subtract:
    return !__builtin_sub_overflow(a, b, &result);
  case Operator::Multiply:
    return !__builtin_mul_overflow(a, b, &result);
  case Operator::FloorDivide:
  case Operator::Modulo: {
    if (b == -1) // the quotient of the smallest integer does not fit, and its remainder traps
      return op == Operator::Modulo ? (result = 0, true) : !__builtin_sub_overflow(int64_t(0), a, &result);
    int64_t quotient = floorDivide(a, b);
    result = op == Operator::Modulo ? a - quotient * b : quotient;
    return true;
  }
  default:
    return integerPower(a, b, result);
  }
}

} // namespace

Value Evaluator::binary(Operator op, const Value &a, const Value &b) {
  for (const Value *side : {&a, &b})
    if (side->isUndefined())
      return failKind("a value for " + std::string(symbolOf(op)), *side);
  if (a.isNumber() && b.isNumber()) {
    bool divides = op == Operator::Divide || op == Operator::FloorDivide || op == Operator::Modulo;
    if (divides && b.asFloat() == 0)
      return fail("expected a divisor that is not zero, found 0");
    if (a.isFloat() || b.isFloat() || op == Operator::Divide || (op == Operator::Power && b.asInteger() < 0))
      return floatArithmetic(op, a.asFloat(), b.asFloat());
    int64_t result;
    if (!integerArithmetic(op, a.asInteger(), b.asInteger(), result))
      return fail("expected a result of 64 bits, found a larger one of " + std::string(symbolOf(op)));
    return Value(result);
  }
  if (op == Operator::Add && a.isString() && b.isString()) {
    if (!left.spendBytes(a.asString().size() + b.asString().size()))
      return Value();
    return Value(a.asString() + b.asString());
  }
  if (op == Operator::Add && a.isList() && b.isList() && a.isTuple() == b.isTuple()) {
    std::vector<Value> items = itemsOf(a), more = itemsOf(b);
    items.insert(items.end(), more.begin(), more.end());
    return failed() ? Value() : makeList(std::move(items), a.isTuple());
  }
  const Value &repeated = a.isNumber() ? b : a, &times = a.isNumber() ? a : b;
  if (op == Operator::Multiply && (repeated.isString() || repeated.isList()) &&
      (times.isInteger() || times.isBoolean())) {
    uint64_t count = static_cast<uint64_t>(std::max<int64_t>(0, times.asInteger()));
    uint64_t size =
        repeated.isString() ? repeated.asString().size() : repeated.asList().size() * sizeof(Value);
    uint64_t total;
    if (__builtin_mul_overflow(count, size, &total) || !left.spendBytes(total) ||
        (size && !left.spendSteps(count)))
      return left.exhausted = true, Value();
    if (size == 0)
      return repeated;
    std::string text;
    std::vector<Value> items;
    for (uint64_t i = 0; i < count; ++i) {
      if (repeated.isString())
        text += repeated.asString();
      else
        items.insert(items.end(), repeated.asList().begin(), repeated.asList().end());
    }
    return repeated.isString() ? Value(std::move(text)) : makeList(std::move(items), repeated.isTuple());
  }
  return fail("expected operands that " + std::string(symbolOf(op)) + " can take, found " +
              std::string(kindName(a)) + " and " + std::string(kindName(b)));
}

bool Evaluator::contains(const Value &container, const Value &member) {
  if (container.isString()) {
    if (!member.isString()) {
      failKind("a string to look for in a string", member);
      return false;
    }
    return left.spendBytes(container.asString().size()) &&
           container.asString().find(member.asString()) != std::string::npos;
  }
  if (container.isList()) {
    for (const Value &item : container.asList())
      if (equals(item, member, left) || left.exhausted)
        return !left.exhausted;
    return false;
  }
  if (container.isDict())
    return container.asDict().find(member) != nullptr;
  if (!container.isUndefined())
    failKind("a list, mapping or string to look in", container);
  return false;
}

bool Evaluator::compare(Operator op, const Value &a, const Value &b) {
  if (op == Operator::In || op == Operator::NotIn)
    return contains(b, a) == (op == Operator::In);
  if (op == Operator::Equal || op == Operator::NotEqual)
    return equals(a, b, left) == (op == Operator::Equal);
  int result = 0;
  if (!order(a, b, result, left)) {
    for (const Value *side : {&a, &b})
      if (side->isUndefined()) {
        failKind("a value for " + std::string(symbolOf(op)), *side);
        return false;
      }
    fail("expected two values that have an order, found " + std::string(kindName(a)) + " and " +
         std::string(kindName(b)));
    return false;
  }
  switch (op) {
  case Operator::Less:
    return result < 0;
  case Operator::LessEqual:
    return result <= 0;
  case Operator::Greater:
    return result > 0;
  default:
    return result >= 0;
  }
}

Value Evaluator::attribute(const Value &base, std::string_view name) {
  if (base.isUndefined())
    return failKind("a value with attribute '" + std::string(name) + "'", base);
  if (base.isObject()) {
    std::optional<Value> found = base.asObject()->attribute(name, *this);
    return found ? *found : Value::undefined(std::string(name));
  }
  if (hasMethod(base, name))
    return Value(std::make_shared<Method>(base, std::string(name)));
  const Value *found = base.isDict() ? base.asDict().find(name) : nullptr;
  return found ? *found : Value::undefined(std::string(name));
}

Value Evaluator::item(const Value &base, const Value &index) {
  if (base.isUndefined())
    return failKind("a value to take an item of", base);
  if (base.isDict()) {
    if (const Value *found = base.asDict().find(index))
      return *found;
  } else if ((base.isList() || base.isString()) && (index.isInteger() || index.isBoolean())) {
    if (base.isString() && !left.spendBytes(base.asString().size()))
      return Value();
    auto count =
        static_cast<int64_t>(base.isString() ? countCharacters(base.asString()) : base.asList().size());
    int64_t at = index.asInteger() < 0 ? index.asInteger() + count : index.asInteger();
    if (at < 0 || at >= count)
      return Value::undefined("item " + std::to_string(index.asInteger()));
    if (base.isList())
      return base.asList()[size_t(at)];
    std::string_view text =
        std::string_view(base.asString()).substr(offsetOfCharacter(base.asString(), size_t(at)));
    return makeString(std::string(text.substr(0, offsetOfCharacter(text, 1))));
  }
  // What is no item may be an attribute. A key of a mapping was looked for already.
  if (index.isString() && (!base.isDict() || hasMethod(base, index.asString())))
    return attribute(base, index.asString());
  return Value::undefined(index.isString() ? index.asString() : "item");
}

Value Evaluator::call(const Value &callee, const Arguments &arguments) {
  if (!callee.isObject() || !callee.asObject()->callable())
    return failKind("something to call", callee);
  std::shared_ptr<Object> object = callee.asObject(); // the call may drop the last other owner
  return object->call(arguments, *this);
}

Value Object::call(const Arguments &arguments, Evaluator &evaluator) {
  return evaluator.fail("expected something to call, found " + std::string(kind()));
}

Value Method::call(const Arguments &arguments, Evaluator &evaluator) {
  return callMethod(evaluator, self, name, arguments);
}

Value Evaluator::makeString(std::string text) {
  return left.spendBytes(text.size()) ? Value(std::move(text)) : Value();
}

namespace {
/// Lists in lists: far more than any conversation needs, few enough to walk by recursion.
constexpr uint32_t deepestValue = 200;
} // namespace

Value Evaluator::makeList(std::vector<Value> items, bool tuple) {
  if (!left.spendBytes(sizeof(Value) * (items.size() + 1)))
    return Value();
  Value list = tuple ? Value::tuple(std::move(items)) : Value::list(std::move(items));
  return list.depth() <= deepestValue ? list
                                      : fail("expected at most 200 lists inside each other, found more");
}

Value Evaluator::makeDict(Dict dict) {
  if (!left.spendBytes(4 * sizeof(Value) * (dict.size() + 1)))
    return Value();
  return dict.depth() <= deepestValue ? Value(std::move(dict))
                                      : fail("expected at most 200 mappings inside each other, found more");
}

Value Evaluator::makeNamespace(Dict members) {
  if (!left.spendBytes(4 * sizeof(Value) * (members.size() + 1)))
    return Value();
  auto object = std::make_shared<Namespace>();
  object->members = std::move(members);
  namespaces.push_back(object);
  return Value(std::shared_ptr<Object>(object));
}

std::string Evaluator::textOf(const Value &value) {
  std::string text;
  print(value, text, left);
  return text;
}

std::vector<Value> Evaluator::itemsOf(const Value &value) {
  std::vector<Value> items;
  if (value.isList()) {
    if (left.spendBytes(sizeof(Value) * value.asList().size()))
      items = value.asList();
  } else if (value.isDict()) {
    if (left.spendBytes(sizeof(Value) * value.asDict().size()))
      for (const auto &[key, member] : value.asDict().entries())
        items.push_back(key);
  } else if (value.isString()) {
    // A string of its own for every character.
    if (left.spendBytes(64 * value.asString().size()))
      for (std::string_view character : splitCharacters(value.asString()))
        items.emplace_back(character);
  } else if (!value.isUndefined()) {
    failKind("a list, mapping or string to walk", value);
  }
  return items;
}

void Evaluator::bindInto(const Arguments &arguments, const char *const *names, size_t count, size_t required,
                         const Value **bound) {
  if (arguments.positional.size() > count) {
    fail("expected at most " + std::to_string(count) + " arguments, found " +
         std::to_string(arguments.positional.size()));
    return;
  }
  for (size_t i = 0; i < arguments.positional.size(); ++i)
    bound[i] = &arguments.positional[i];
  for (const auto &[name, value] : arguments.named) {
    size_t which = 0;
    while (which < count && name != names[which])
      ++which;
    if (which == count || bound[which]) {
      fail("expected " + std::string(which == count ? "no argument '" : "one argument '") + name +
           "', found " + (which == count ? "it" : "another"));
      return;
    }
    bound[which] = &value;
  }
  for (size_t i = 0; i < required; ++i)
    if (!bound[i]) {
      fail("expected the argument '" + std::string(names[i]) + "', found none");
      return;
    }
}

} // namespace sennit::jinja
