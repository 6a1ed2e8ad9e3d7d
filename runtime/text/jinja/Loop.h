// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "runtime/text/jinja/Evaluate.h"

namespace sennit::jinja {

/// A macro, or the body of a call block as `caller`. Sees the scope that it was made in as long as that
/// lives.
class Macro final : public Object {
public:
  Macro(const Statement &statement, const std::shared_ptr<Scope> &around)
      : statement(statement), around(around) {}
  std::string_view kind() const override { return "macro"; }
  bool callable() const override { return true; }
  Value call(const Arguments &arguments, Evaluator &evaluator) override {
    return evaluator.callMacro(statement, around.lock(), arguments);
  }

private:
  const Statement &statement;
  std::weak_ptr<Scope> around; ///< Weak: the scope holds the macro.
};

/// `loop` inside a for. Callable in a recursive one: walks other items with the same body.
class Loop final : public Object, public std::enable_shared_from_this<Loop> {
public:
  Loop(const Statement &statement, const std::shared_ptr<Scope> &around, std::vector<Value> items,
       uint32_t depth)
      : items(std::move(items)), statement(statement), around(around), depth(depth) {}
  std::string_view kind() const override { return "loop"; }
  std::optional<Value> attribute(std::string_view name, Evaluator &evaluator) override;
  bool callable() const override { return statement.recursive; }
  Value call(const Arguments &arguments, Evaluator &evaluator) override;

  std::vector<Value> items;
  size_t index = 0;
  std::vector<Value> lastChanged; ///< What changed() was last called with; empty at first.

private:
  const Statement &statement;
  std::weak_ptr<Scope> around;
  uint32_t depth;
};

} // namespace sennit::jinja
