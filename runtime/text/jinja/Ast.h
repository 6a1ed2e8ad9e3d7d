// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "runtime/text/jinja/Lexer.h"
#include "runtime/text/jinja/Object.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace sennit::jinja {

class Evaluator;

using FilterBody = Value (*)(Evaluator &evaluator, const Value &subject, const Arguments &arguments);
using TestBody = bool (*)(Evaluator &evaluator, const Value &subject, const Arguments &arguments);

enum class Operator {
  Add,
  Subtract,
  Multiply,
  Divide,
  FloorDivide,
  Modulo,
  Power,
  Equal,
  NotEqual,
  Less,
  LessEqual,
  Greater,
  GreaterEqual,
  In,
  NotIn,
};

struct Expression;
using ExpressionPointer = std::unique_ptr<Expression>;

/// An expression. What the fields hold depends on the kind.
struct Expression {
  enum Kind {
    Literal,     ///< value
    Name,        ///< name
    List,        ///< operands
    Tuple,       ///< operands
    Mapping,     ///< operands: key, value, key, value, ...
    Not,         ///< operands: one
    Negate,      ///< operands: one
    Plus,        ///< operands: one
    Binary,      ///< operands: left, right; operators: one
    Compare,     ///< operands: first, second, ...; operators: one between each two
    Concat,      ///< operands: two or more
    And,         ///< operands: two or more
    Or,          ///< operands: two or more
    Conditional, ///< operands: value, condition, other value or null
    Attribute,   ///< operands: base; name
    Item,        ///< operands: base, index
    Slice,       ///< operands: base, begin, end, step; the last three may be null
    Call,        ///< operands: callee, positional arguments; named
    Filter,      ///< operands: subject (null in a block), positional arguments; named; name; filter
    Test,        ///< as Filter, with test
  };

  Expression(Kind kind, Place place) : kind(kind), place(place) {}

  Kind kind;
  Place place;
  uint32_t depth =
      1; ///< Of the tree below; bounded by the parser, so that walking it cannot overflow the stack.
  std::string name;
  Value value;
  std::vector<ExpressionPointer> operands;
  std::vector<std::pair<std::string, ExpressionPointer>> named;
  std::vector<Operator> operators;
  /// Null where there is none of that name: that is an error only if the node is ever evaluated, since
  /// templates keep what other programs know in branches of its own.
  FilterBody filter = nullptr;
  TestBody test = nullptr;
};

/// What is assigned to: one name or several that take the items of a list; `attribute` where it is
/// `name.attribute`.
struct Target {
  struct Part {
    std::string name;
    std::string attribute;
  };
  std::vector<Part> parts;
  bool unpacks = false;
  Place place;
};

struct Statement;
using Body = std::vector<std::unique_ptr<Statement>>;

/// Parameters of a macro or call block.
struct Signature {
  struct Parameter {
    std::string name;
    ExpressionPointer preset; ///< Null: without.
  };
  std::vector<Parameter> parameters;
};

struct Statement {
  enum Kind {
    Data,        ///< text
    Output,      ///< value
    If,          ///< branches; the last may have no condition
    For,         ///< target, value (what is walked), condition (or null), body, otherwise, recursive
    Set,         ///< target, value
    SetBlock,    ///< target, value (a chain of filters or null), body
    Macro,       ///< text (its name), signature, body
    CallBlock,   ///< signature, value (the call), body
    FilterBlock, ///< value (a chain of filters), body
    With,        ///< assignments, body
    Break,
    Continue,
  };
  struct Branch {
    ExpressionPointer condition;
    Body body;
  };

  Statement(Kind kind, Place place) : kind(kind), place(place) {}

  Kind kind;
  Place place;
  std::string text;
  Target target;
  ExpressionPointer value;
  ExpressionPointer condition;
  Body body;
  Body otherwise;
  bool recursive = false;
  std::vector<Branch> branches;
  Signature signature;
  std::vector<std::pair<Target, ExpressionPointer>> assignments;
};

} // namespace sennit::jinja
