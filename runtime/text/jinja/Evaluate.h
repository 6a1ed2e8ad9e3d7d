// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "runtime/text/jinja/Ast.h"

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace sennit::jinja {

/// The variables of a block. A name is looked for here, then in the scopes around.
struct Scope {
  std::shared_ptr<Scope> around;
  std::unordered_map<std::string_view, Value> variables; ///< Names belong to the tree of the template.
};

/// Renders one parsed template once. The first failure is kept and everything unwinds: what failed gives
/// undefined, and callers look at failed() before they go on. Single thread; the tree and the variables must
/// outlive it.
class Evaluator {
public:
  struct Limits {
    Budget budget;
    uint64_t outputBytes;
    uint32_t depth;
  };

  Evaluator(const Value &variables, const Limits &limits);
  ~Evaluator();

  StatusOr<std::string> render(const Body &body);

  // What filters, tests, functions and methods use.

  bool failed() const { return !status.ok() || left.exhausted; }
  /// Keeps the failure, with the place of the node that runs; gives undefined.
  Value fail(std::string message, Code code = Code::InvalidInput);
  /// Fails because `value`, which is undefined or of a wrong kind, stands where `expected` should.
  Value failKind(std::string_view expected, const Value &value);
  Budget &budget() { return left; }

  Value makeString(std::string text);
  Value makeList(std::vector<Value> items, bool tuple = false);
  Value makeDict(Dict dict);
  Value makeNamespace(Dict members);

  /// What the value prints as.
  std::string textOf(const Value &value);
  /// The items that a for would walk: a list's, a mapping's keys, a string's characters, none of undefined.
  std::vector<Value> itemsOf(const Value &value);
  /// base.name
  Value attribute(const Value &base, std::string_view name);
  /// base[index]
  Value item(const Value &base, const Value &index);
  Value binary(Operator op, const Value &left, const Value &right);
  bool compare(Operator op, const Value &left, const Value &right);
  Value call(const Value &callee, const Arguments &arguments);

  /// Puts the arguments of a call under `names`; a null pointer stands for one that is not given. Fails when
  /// one of the first `required` is missing, or one is given that has no name here.
  template <size_t N>
  std::array<const Value *, N> bind(const Arguments &arguments, const char *const (&names)[N],
                                    size_t required = 0) {
    std::array<const Value *, N> bound{};
    bindInto(arguments, names, N, required, bound.data());
    return bound;
  }

  // What objects of the interpreter call back.

  Value callMacro(const Statement &macro, std::shared_ptr<Scope> around, const Arguments &arguments);
  Value callLoop(const Statement &loop, std::shared_ptr<Scope> around, const Value &items, uint32_t depth);

private:
  enum class Flow { Normal, Break, Continue };
  class Level;

  // Statements (Evaluate.cpp)
  Flow run(const Body &body);
  Flow runStatement(const Statement &statement);
  Flow runIf(const Statement &statement);
  void runFor(const Statement &statement, const Value &walked, uint32_t depth);
  void runSet(const Statement &statement);
  void runSetBlock(const Statement &statement);
  void runCallBlock(const Statement &statement);
  void runFilterBlock(const Statement &statement);
  void runWith(const Statement &statement);
  std::vector<Value> selectItems(const Statement &loop, const std::vector<Value> &items);
  void assign(const Target &target, const Value &value);
  void emit(std::string_view text);
  /// What `body` prints, in a scope of its own.
  std::string capture(const Body &body, std::shared_ptr<Scope> inner);
  Value filterChain(const Expression *chain, Value subject);
  std::shared_ptr<Scope> innerScope(std::shared_ptr<Scope> around);

  // Expressions (EvaluateExpression.cpp)
  Value evaluate(const Expression &expression);
  Value evaluateKind(const Expression &expression);
  Value evaluateName(const Expression &expression);
  Value evaluateItems(const Expression &expression, bool tuple);
  Value evaluateMapping(const Expression &expression);
  Value evaluateSign(const Expression &expression);
  Value evaluateCompare(const Expression &expression);
  Value evaluateConcat(const Expression &expression);
  Value evaluateSlice(const Expression &expression);
  Value evaluateCall(const Expression &expression);
  Value evaluateFilter(const Expression &expression, const Value &subject);
  Value evaluateTest(const Expression &expression);
  /// The operands from `first` on, and the named ones.
  Arguments evaluateArguments(const Expression &expression, size_t first);
  bool contains(const Value &container, const Value &member);

  void bindInto(const Arguments &arguments, const char *const *names, size_t count, size_t required,
                const Value **bound);

  Dict noVariables;
  const Dict &variables;
  Budget left;
  uint64_t outputBytes;
  uint32_t maxDepth;
  uint32_t depth = 0;
  std::shared_ptr<Scope> scope;
  std::string *output = nullptr; ///< Where text goes now: the result, or what a block captures.
  Place place;                   ///< Of the node that runs.
  Status status;
  /// All that were made: they can hold each other in a ring, so they are emptied at the end.
  std::vector<std::shared_ptr<Namespace>> namespaces;
};

} // namespace sennit::jinja
