// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "runtime/text/jinja/Value.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sennit::jinja {

class Evaluator;

/// What a call passes.
struct Arguments {
  std::vector<Value> positional;
  std::vector<std::pair<std::string, Value>> named;
};

/// A value that only the interpreter makes: a function, macro, method, namespace or the `loop` of a for.
/// Belongs to one rendering; single thread.
class Object {
public:
  virtual ~Object() = default;
  /// A word for messages.
  virtual std::string_view kind() const = 0;
  /// `object.name`; nothing when there is no such attribute.
  virtual std::optional<Value> attribute(std::string_view name, Evaluator &evaluator) { return std::nullopt; }
  virtual bool callable() const { return false; }
  /// Only when callable. A failure is reported to `evaluator`.
  virtual Value call(const Arguments &arguments, Evaluator &evaluator);
};

/// A function of the interpreter.
class Function final : public Object {
public:
  using Body = Value (*)(const Arguments &arguments, Evaluator &evaluator);
  explicit Function(Body body) : body(body) {}
  std::string_view kind() const override { return "function"; }
  bool callable() const override { return true; }
  Value call(const Arguments &arguments, Evaluator &evaluator) override { return body(arguments, evaluator); }

private:
  Body body;
};

/// `value.name` where that is a method.
class Method final : public Object {
public:
  Method(Value self, std::string name) : self(std::move(self)), name(std::move(name)) {}
  std::string_view kind() const override { return "method"; }
  bool callable() const override { return true; }
  Value call(const Arguments &arguments, Evaluator &evaluator) override;

private:
  Value self;
  std::string name;
};

/// namespace(...): the one thing that a template can change after it is made.
class Namespace final : public Object {
public:
  std::string_view kind() const override { return "namespace"; }
  std::optional<Value> attribute(std::string_view name, Evaluator &evaluator) override {
    const Value *found = members.find(name);
    return found ? std::optional(*found) : std::nullopt;
  }
  Dict members;
};

} // namespace sennit::jinja
