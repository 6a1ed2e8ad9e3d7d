// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/text/jinja/Evaluate.h"

#include "runtime/text/jinja/Loop.h"

#include <utility>

namespace sennit::jinja {

/// One more evaluation inside another while it lives.
class Evaluator::Level {
public:
  explicit Level(Evaluator &evaluator) : evaluator(evaluator) { ++evaluator.depth; }
  ~Level() { --evaluator.depth; }

private:
  Evaluator &evaluator;
};

Evaluator::Evaluator(const Value &given, const Limits &limits)
    : variables(given.isDict() ? given.asDict() : noVariables), left(limits.budget),
      outputBytes(limits.outputBytes), maxDepth(limits.depth), scope(std::make_shared<Scope>()) {}

Evaluator::~Evaluator() {
  for (const auto &object : namespaces)
    object->members = Dict();
}

StatusOr<std::string> Evaluator::render(const Body &body) {
  std::string text;
  output = &text;
  run(body);
  output = nullptr;
  if (!status.ok())
    return status;
  if (left.exhausted)
    return resourceExhausted("the chat template takes too many steps or makes too much text, stopped" +
                             describe(place));
  return text;
}

Value Evaluator::fail(std::string message, Code code) {
  if (status.ok() && !left.exhausted)
    status = Status(code, std::move(message) + describe(place));
  return Value();
}

Value Evaluator::failKind(std::string_view expected, const Value &value) {
  if (value.isUndefined() && !value.undefinedName().empty())
    return fail("expected " + std::string(expected) + ", found '" + std::string(value.undefinedName()) +
                "', which is undefined");
  return fail("expected " + std::string(expected) + ", found " + std::string(kindName(value)));
}

void Evaluator::emit(std::string_view text) {
  if (!left.spendBytes(text.size()))
    return;
  if (text.size() > outputBytes - output->size()) {
    fail("expected at most " + std::to_string(outputBytes) + " bytes of text, found more",
         Code::ResourceExhausted);
    return;
  }
  *output += text;
}

std::shared_ptr<Scope> Evaluator::innerScope(std::shared_ptr<Scope> around) {
  auto inner = std::make_shared<Scope>();
  inner->around = std::move(around);
  return inner;
}

std::string Evaluator::capture(const Body &body, std::shared_ptr<Scope> inner) {
  std::string text;
  std::string *outerOutput = std::exchange(output, &text);
  std::shared_ptr<Scope> outerScope = std::exchange(scope, std::move(inner));
  run(body);
  scope = std::move(outerScope);
  output = outerOutput;
  return text;
}

Evaluator::Flow Evaluator::run(const Body &body) {
  for (const auto &statement : body) {
    Flow flow = runStatement(*statement);
    if (failed() || flow != Flow::Normal)
      return flow;
  }
  return Flow::Normal;
}

Evaluator::Flow Evaluator::runStatement(const Statement &statement) {
  Level level(*this);
  place = statement.place;
  if (!left.spendSteps(1))
    return Flow::Normal;
  switch (statement.kind) {
  case Statement::Data:
    emit(statement.text);
    break;
  case Statement::Output: {
    Value value = evaluate(*statement.value);
    if (!failed())
      emit(value.isString() ? std::string_view(value.asString()) : std::string_view(textOf(value)));
    break;
  }
  case Statement::If:
    return runIf(statement);
  case Statement::For: {
    Value walked = evaluate(*statement.value);
    if (!failed())
      runFor(statement, walked, 1);
    break;
  }
  case Statement::Set:
    runSet(statement);
    break;
  case Statement::SetBlock:
    runSetBlock(statement);
    break;
  case Statement::Macro:
    scope->variables[statement.text] = Value(std::make_shared<Macro>(statement, scope));
    break;
  case Statement::CallBlock:
    runCallBlock(statement);
    break;
  case Statement::FilterBlock:
    runFilterBlock(statement);
    break;
  case Statement::With:
    runWith(statement);
    break;
  case Statement::Break:
    return Flow::Break;
  case Statement::Continue:
    return Flow::Continue;
  }
  return Flow::Normal;
}

Evaluator::Flow Evaluator::runIf(const Statement &statement) {
  for (const auto &branch : statement.branches) {
    bool taken = !branch.condition || truthOf(evaluate(*branch.condition));
    if (failed())
      break;
    if (taken)
      return run(branch.body);
  }
  return Flow::Normal;
}

std::vector<Value> Evaluator::selectItems(const Statement &loop, const std::vector<Value> &items) {
  std::vector<Value> selected;
  std::shared_ptr<Scope> outer = scope;
  for (const Value &item : items) {
    if (failed())
      break;
    scope = innerScope(outer);
    assign(loop.target, item);
    if (!failed() && truthOf(evaluate(*loop.condition)))
      selected.push_back(item);
  }
  scope = outer;
  return selected;
}

void Evaluator::runFor(const Statement &statement, const Value &walked, uint32_t loopDepth) {
  std::vector<Value> items = itemsOf(walked);
  if (!failed() && statement.condition)
    items = selectItems(statement, items);
  if (failed())
    return;
  std::shared_ptr<Scope> outer = scope;
  auto loop = std::make_shared<Loop>(statement, outer, std::move(items), loopDepth);
  for (size_t i = 0; i < loop->items.size(); ++i) {
    place = statement.place;
    if (!left.spendSteps(1))
      break;
    loop->index = i;
    scope = innerScope(outer);
    scope->variables["loop"] = Value(std::shared_ptr<Object>(loop));
    assign(statement.target, loop->items[i]);
    Flow flow = failed() ? Flow::Break : run(statement.body);
    if (failed() || flow == Flow::Break)
      break;
  }
  scope = outer;
  bool empty = loop->items.empty();
  // Kept past its end, a loop must not keep its items: they could hold other loops, in a chain without end.
  loop->items.clear();
  loop->lastChanged.clear();
  if (!failed() && empty)
    run(statement.otherwise);
}

Value Evaluator::callLoop(const Statement &loop, std::shared_ptr<Scope> around, const Value &items,
                          uint32_t loopDepth) {
  std::string text;
  Level level(*this);
  std::string *outerOutput = std::exchange(output, &text);
  std::shared_ptr<Scope> outerScope = std::exchange(scope, std::move(around));
  if (depth > maxDepth)
    fail("expected at most " + std::to_string(maxDepth) + " evaluations inside each other, found more",
         Code::ResourceExhausted);
  else
    runFor(loop, items, loopDepth);
  scope = std::move(outerScope);
  output = outerOutput;
  return makeString(std::move(text));
}

void Evaluator::assign(const Target &target, const Value &value) {
  auto store = [&](const Target::Part &part, const Value &item) {
    if (part.attribute.empty()) {
      scope->variables[part.name] = item;
      return;
    }
    Expression name(Expression::Name, target.place);
    name.name = part.name;
    Value object = evaluateName(name);
    auto *members = object.isObject() ? dynamic_cast<Namespace *>(object.asObject().get()) : nullptr;
    if (!members)
      failKind("a namespace to assign an attribute of", object);
    else
      members->members.set(Value(part.attribute), item);
  };
  if (!target.unpacks) {
    store(target.parts[0], value);
    return;
  }
  std::vector<Value> items = itemsOf(value);
  place = target.place;
  if (!failed() && items.size() != target.parts.size())
    fail("expected " + std::to_string(target.parts.size()) + " values to unpack, found " +
         std::to_string(items.size()));
  for (size_t i = 0; i < target.parts.size() && !failed(); ++i)
    store(target.parts[i], items[i]);
}

void Evaluator::runSet(const Statement &statement) {
  Value value = evaluate(*statement.value);
  if (!failed())
    assign(statement.target, value);
}

Value Evaluator::filterChain(const Expression *chain, Value subject) {
  if (!chain)
    return subject;
  // The innermost filter of a block has no subject: the block's text is it.
  if (chain->operands[0])
    subject = filterChain(chain->operands[0].get(), std::move(subject));
  return failed() ? Value() : evaluateFilter(*chain, subject);
}

void Evaluator::runSetBlock(const Statement &statement) {
  Value text = makeString(capture(statement.body, innerScope(scope)));
  if (failed())
    return;
  Value value = filterChain(statement.value.get(), std::move(text));
  if (!failed())
    assign(statement.target, value);
}

void Evaluator::runFilterBlock(const Statement &statement) {
  Value text = makeString(capture(statement.body, innerScope(scope)));
  if (failed())
    return;
  Value value = filterChain(statement.value.get(), std::move(text));
  if (!failed())
    emit(textOf(value));
}

void Evaluator::runWith(const Statement &statement) {
  std::shared_ptr<Scope> outer = scope;
  std::shared_ptr<Scope> inner = innerScope(outer);
  for (const auto &[target, expression] : statement.assignments) {
    Value value = evaluate(*expression); // in the outer scope: assignments do not see each other
    if (failed())
      return;
    inner->variables[target.parts[0].name] = std::move(value);
  }
  scope = inner;
  run(statement.body);
  scope = outer;
}

void Evaluator::runCallBlock(const Statement &statement) {
  const Expression &expression = *statement.value;
  Value callee = evaluate(*expression.operands[0]);
  if (failed())
    return;
  Arguments arguments = evaluateArguments(expression, 1);
  arguments.named.emplace_back("caller", Value(std::make_shared<Macro>(statement, scope)));
  place = expression.place;
  Value value = failed() ? Value() : call(callee, arguments);
  if (!failed())
    emit(textOf(value));
}

Value Evaluator::callMacro(const Statement &macro, std::shared_ptr<Scope> around,
                           const Arguments &arguments) {
  Level level(*this);
  if (depth > maxDepth)
    return fail("expected at most " + std::to_string(maxDepth) + " evaluations inside each other, found more",
                Code::ResourceExhausted);
  const auto &parameters = macro.signature.parameters;
  std::string name = macro.kind == Statement::Macro ? "the macro '" + macro.text + "'" : "caller";
  if (arguments.positional.size() > parameters.size())
    return fail("expected at most " + std::to_string(parameters.size()) + " arguments for " + name +
                ", found " + std::to_string(arguments.positional.size()));
  std::shared_ptr<Scope> inner = innerScope(around ? std::move(around) : scope);
  for (size_t i = 0; i < arguments.positional.size(); ++i)
    inner->variables[parameters[i].name] = arguments.positional[i];
  for (const auto &[given, value] : arguments.named) {
    std::string_view known = given == "caller" ? "caller" : std::string_view();
    for (const auto &parameter : parameters)
      if (parameter.name == given)
        known = parameter.name;
    if (known.empty())
      return fail("expected a parameter of " + name + ", found '" + given + "'");
    if (!inner->variables.try_emplace(known, value).second)
      return fail("expected each argument of " + name + " once, found '" + given + "' again");
  }
  std::shared_ptr<Scope> outer = std::exchange(scope, inner);
  for (const auto &parameter : parameters) {
    if (inner->variables.count(parameter.name))
      continue;
    Value value = parameter.preset ? evaluate(*parameter.preset) : Value::undefined(parameter.name);
    inner->variables[parameter.name] = std::move(value);
  }
  scope = std::move(outer);
  return failed() ? Value() : makeString(capture(macro.body, inner));
}

} // namespace sennit::jinja
