// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/text/jinja/Evaluate.h"
#include "runtime/text/jinja/Filters.h"
#include "runtime/text/jinja/Strings.h"

#include <algorithm>
#include <limits>

namespace sennit::jinja {

Value Evaluator::evaluate(const Expression &expression) {
  place = expression.place;
  if (failed() || !left.spendSteps(1))
    return Value();
  if (depth >= maxDepth)
    return fail("expected at most " + std::to_string(maxDepth) + " evaluations inside each other, found more",
                Code::ResourceExhausted);
  ++depth;
  Value value = evaluateKind(expression);
  --depth;
  return failed() ? Value() : value;
}

Value Evaluator::evaluateKind(const Expression &e) {
  const auto &operands = e.operands;
  switch (e.kind) {
  case Expression::Literal:
    return e.value;
  case Expression::Name:
    return evaluateName(e);
  case Expression::List:
    return evaluateItems(e, false);
  case Expression::Tuple:
    return evaluateItems(e, true);
  case Expression::Mapping:
    return evaluateMapping(e);
  case Expression::Not:
    return Value(!truthOf(evaluate(*operands[0])));
  case Expression::Negate:
  case Expression::Plus:
    return evaluateSign(e);
  case Expression::Binary: {
    Value a = evaluate(*operands[0]), b = evaluate(*operands[1]);
    place = e.place;
    return failed() ? Value() : binary(e.operators[0], a, b);
  }
  case Expression::Compare:
    return evaluateCompare(e);
  case Expression::Concat:
    return evaluateConcat(e);
  case Expression::And:
  case Expression::Or: {
    // The value of the first operand that decides, as in Python.
    Value value;
    for (const auto &operand : operands) {
      value = evaluate(*operand);
      if (failed() || truthOf(value) == (e.kind == Expression::Or))
        break;
    }
    return value;
  }
  case Expression::Conditional: {
    bool taken = truthOf(evaluate(*operands[1]));
    const Expression *chosen = taken ? operands[0].get() : operands[2].get();
    return failed() || !chosen ? Value() : evaluate(*chosen);
  }
  case Expression::Attribute: {
    Value base = evaluate(*operands[0]);
    place = e.place;
    return failed() ? Value() : attribute(base, e.name);
  }
  case Expression::Item: {
    Value base = evaluate(*operands[0]), index = evaluate(*operands[1]);
    place = e.place;
    return failed() ? Value() : item(base, index);
  }
  case Expression::Slice:
    return evaluateSlice(e);
  case Expression::Call:
    return evaluateCall(e);
  case Expression::Filter: {
    Value subject = evaluate(*operands[0]);
    return failed() ? Value() : evaluateFilter(e, subject);
  }
  case Expression::Test:
    return evaluateTest(e);
  }
  return Value();
}

Value Evaluator::evaluateName(const Expression &e) {
  for (const Scope *at = scope.get(); at; at = at->around.get())
    if (auto it = at->variables.find(e.name); it != at->variables.end())
      return it->second;
  if (const Value *found = variables.find(std::string_view(e.name)))
    return *found;
  Value global = findGlobal(e.name);
  return global.isUndefined() ? Value::undefined(e.name) : global;
}

Value Evaluator::evaluateItems(const Expression &e, bool tuple) {
  std::vector<Value> items;
  for (const auto &operand : e.operands) {
    items.push_back(evaluate(*operand));
    if (failed())
      return Value();
  }
  return makeList(std::move(items), tuple);
}

Value Evaluator::evaluateMapping(const Expression &e) {
  Dict dict;
  for (size_t i = 0; i + 1 < e.operands.size(); i += 2) {
    Value key = evaluate(*e.operands[i]), value = evaluate(*e.operands[i + 1]);
    if (failed())
      return Value();
    if (!dict.set(key, std::move(value)))
      return failKind("a key", key);
  }
  return makeDict(std::move(dict));
}

Value Evaluator::evaluateSign(const Expression &e) {
  Value value = evaluate(*e.operands[0]);
  place = e.place;
  if (failed())
    return Value();
  if (!value.isNumber())
    return failKind("a number", value);
  if (value.isFloat())
    return Value(e.kind == Expression::Negate ? -value.asFloat() : value.asFloat());
  return e.kind == Expression::Negate ? binary(Operator::Subtract, Value(0), value)
                                      : Value(value.asInteger());
}

Value Evaluator::evaluateCompare(const Expression &e) {
  Value left = evaluate(*e.operands[0]);
  for (size_t i = 0; i < e.operators.size(); ++i) {
    Value right = evaluate(*e.operands[i + 1]);
    place = e.place;
    if (failed() || !compare(e.operators[i], left, right))
      return Value(false);
    left = std::move(right);
  }
  return Value(true);
}

Value Evaluator::evaluateConcat(const Expression &e) {
  std::string text;
  for (const auto &operand : e.operands) {
    Value value = evaluate(*operand);
    if (failed())
      return Value();
    print(value, text, left);
  }
  return makeString(std::move(text));
}

Value Evaluator::evaluateSlice(const Expression &e) {
  Value base = evaluate(*e.operands[0]);
  int64_t bounds[3];
  bool given[3];
  for (int i = 0; i < 3; ++i) {
    Value bound = e.operands[i + 1] ? evaluate(*e.operands[i + 1]) : Value::none();
    if (failed())
      return Value();
    given[i] = !bound.isNone();
    if (given[i] && !bound.isInteger() && !bound.isBoolean())
      return failKind("an integer in the slice", bound);
    bounds[i] = given[i] ? bound.asInteger() : 0;
  }
  place = e.place;
  if (!base.isString() && !base.isList())
    return failKind("a list or string to slice", base);
  int64_t step = given[2] ? bounds[2] : 1;
  if (step == 0)
    return fail("expected a step that is not zero, found 0");
  if (base.isString() && !left.spendBytes(base.asString().size()))
    return Value();
  auto count =
      static_cast<int64_t>(base.isString() ? countCharacters(base.asString()) : base.asList().size());
  // As Python clips them: a negative bound counts from the end.
  auto clip = [&](int which, int64_t preset, int64_t low, int64_t high) {
    if (!given[which])
      return preset;
    int64_t bound = bounds[which] < 0 ? bounds[which] + count : bounds[which];
    return std::clamp(bound, low, high);
  };
  int64_t begin = step > 0 ? clip(0, 0, 0, count) : clip(0, count - 1, -1, count - 1);
  int64_t end = step > 0 ? clip(1, count, 0, count) : clip(1, -1, -1, count - 1);
  if (base.isString() && step == 1) {
    std::string_view text = base.asString();
    size_t first = offsetOfCharacter(text, size_t(begin));
    return makeString(std::string(
        text.substr(first, end > begin ? offsetOfCharacter(text.substr(first), size_t(end - begin)) : 0)));
  }
  // A step past either end takes one element at most, and would overflow the walk.
  step = std::clamp<int64_t>(step, -count - 1, count + 1);
  std::vector<std::string_view> characters;
  if (base.isString())
    characters = splitCharacters(base.asString());
  std::string text;
  std::vector<Value> items;
  for (int64_t i = begin; step > 0 ? i < end : i > end; i += step) {
    if (base.isString())
      text += characters[size_t(i)];
    else
      items.push_back(base.asList()[size_t(i)]);
  }
  return base.isString() ? makeString(std::move(text)) : makeList(std::move(items), base.isTuple());
}

Arguments Evaluator::evaluateArguments(const Expression &e, size_t first) {
  Arguments arguments;
  for (size_t i = first; i < e.operands.size() && !failed(); ++i)
    arguments.positional.push_back(evaluate(*e.operands[i]));
  for (const auto &[name, operand] : e.named)
    if (!failed())
      arguments.named.emplace_back(name, evaluate(*operand));
  return arguments;
}

Value Evaluator::evaluateCall(const Expression &e) {
  const Expression &callee = *e.operands[0];
  if (callee.kind == Expression::Attribute) {
    // A method called where it is named needs no object of its own.
    Value base = evaluate(*callee.operands[0]);
    if (failed())
      return Value();
    if (hasMethod(base, callee.name)) {
      Arguments arguments = evaluateArguments(e, 1);
      place = callee.place;
      return failed() ? Value() : callMethod(*this, base, callee.name, arguments);
    }
    place = callee.place;
    Value member = attribute(base, callee.name);
    Arguments arguments = failed() ? Arguments() : evaluateArguments(e, 1);
    place = callee.place;
    return failed() ? Value() : call(member, arguments);
  }
  Value function = evaluate(callee);
  Arguments arguments = failed() ? Arguments() : evaluateArguments(e, 1);
  place = e.place;
  return failed() ? Value() : call(function, arguments);
}

Value Evaluator::evaluateFilter(const Expression &e, const Value &subject) {
  place = e.place;
  if (!e.filter)
    return fail("the filter '" + e.name + "' is not supported", Code::Unsupported);
  Arguments arguments = evaluateArguments(e, 1);
  place = e.place;
  return failed() ? Value() : e.filter(*this, subject, arguments);
}

Value Evaluator::evaluateTest(const Expression &e) {
  if (!e.test)
    return fail("the test '" + e.name + "' is not supported", Code::Unsupported);
  Value subject = evaluate(*e.operands[0]);
  Arguments arguments = failed() ? Arguments() : evaluateArguments(e, 1);
  place = e.place;
  return failed() ? Value() : Value(e.test(*this, subject, arguments));
}

} // namespace sennit::jinja
