// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors

// What may follow a primary expression: attributes, subscripts, calls, filters and tests.
#include "runtime/text/jinja/Filters.h"
#include "runtime/text/jinja/Parser.h"

namespace sennit::jinja {
namespace {

ExpressionPointer makeNode(Expression::Kind kind, Place place) {
  return std::make_unique<Expression>(kind, place);
}

} // namespace

ExpressionPointer Parser::parsePostfix(ExpressionPointer base) {
  while (base) {
    if (isOperator(".") || isOperator("[")) {
      base = parseSubscript(std::move(base));
    } else if (isOperator("(")) {
      auto call = makeNode(Expression::Call, peek().place);
      call->operands.push_back(std::move(base));
      base = parseArguments(*call) ? finish(std::move(call)) : nullptr;
    } else {
      break;
    }
  }
  return base;
}

ExpressionPointer Parser::parseFilters(ExpressionPointer subject) {
  while (subject) {
    if (isOperator("|")) {
      subject = parseFilter(std::move(subject));
    } else if (isName("is")) {
      subject = parseTest(std::move(subject));
    } else if (isOperator("(")) {
      auto call = makeNode(Expression::Call, peek().place);
      call->operands.push_back(std::move(subject));
      subject = parseArguments(*call) ? finish(std::move(call)) : nullptr;
    } else {
      break;
    }
  }
  return subject;
}

/// From the bar (or the tag's name) on.
ExpressionPointer Parser::parseFilter(ExpressionPointer subject) {
  take();
  auto node = makeNode(Expression::Filter, peek().place);
  node->operands.push_back(std::move(subject));
  node->name = expectName("the name of a filter");
  if (failed())
    return nullptr;
  node->filter = findFilter(node->name);
  if (isOperator("(") && !parseArguments(*node))
    return nullptr;
  return finish(std::move(node));
}

ExpressionPointer Parser::parseTest(ExpressionPointer subject) {
  take(); // is
  bool negated = skipName("not");
  auto node = makeNode(Expression::Test, peek().place);
  node->operands.push_back(std::move(subject));
  node->name = expectName("the name of a test");
  if (failed())
    return nullptr;
  node->test = findTest(node->name);
  if (isOperator("(")) {
    if (!parseArguments(*node))
      return nullptr;
  } else if (Token::Kind kind = peek().kind;
             kind == Token::String || kind == Token::Integer || kind == Token::Float || isOperator("[") ||
             isOperator("{") || (kind == Token::Name && !isName("else") && !isName("or") && !isName("and"))) {
    if (isName("is"))
      return fail("expected one test, found another after it", peek().place);
    ExpressionPointer argument = parsePrimary();
    node->operands.push_back(argument ? parsePostfix(std::move(argument)) : nullptr);
  }
  if (failed())
    return nullptr;
  node = finish(std::move(node));
  if (!negated || !node)
    return node;
  auto inverse = makeNode(Expression::Not, node->place);
  inverse->operands.push_back(std::move(node));
  return finish(std::move(inverse));
}

ExpressionPointer Parser::parseSubscript(ExpressionPointer base) {
  auto node = makeNode(Expression::Attribute, peek().place);
  if (take().text == ".") {
    node->operands.push_back(std::move(base));
    if (peek().kind == Token::Integer) {
      node->kind = Expression::Item;
      node->operands.push_back(parseNumber(take()));
    } else {
      node->name = expectName("a name or a number");
    }
    return failed() ? nullptr : finish(std::move(node));
  }
  ExpressionPointer parts[3];
  int colons = 0;
  if (!isOperator(":"))
    parts[0] = parseExpression();
  while (!failed() && colons < 2 && skipOperator(":")) {
    ++colons;
    if (!isOperator(":") && !isOperator("]"))
      parts[colons] = parseExpression();
  }
  if (!failed() && isOperator(","))
    return failUnsupported("a subscript of several values is not supported", peek().place);
  if (failed() || !expectOperator("]"))
    return nullptr;
  node->kind = colons ? Expression::Slice : Expression::Item;
  node->operands.push_back(std::move(base));
  for (int i = 0; i < (colons ? 3 : 1); ++i)
    node->operands.push_back(std::move(parts[i]));
  return finish(std::move(node));
}

/// `(...)` after what is called; the arguments are added to `call`.
bool Parser::parseArguments(Expression &call) {
  Nesting level(*this);
  if (!level.fits())
    return false;
  take();
  for (bool first = true; !isOperator(")"); first = false) {
    if (!first && !expectOperator(","))
      return false;
    if (isOperator(")"))
      break;
    if (isOperator("*") || isOperator("**")) {
      failUnsupported("unpacking arguments with " + peek().text + " is not supported", peek().place);
      return false;
    }
    if (peek().kind == Token::Name && isOperator("=", 1)) {
      std::string name = take().text;
      take();
      call.named.emplace_back(std::move(name), parseExpression());
    } else if (!call.named.empty()) {
      failExpected("an argument with a name after those with one");
    } else {
      call.operands.push_back(parseExpression());
    }
    if (failed())
      return false;
  }
  take();
  return true;
}

} // namespace sennit::jinja
