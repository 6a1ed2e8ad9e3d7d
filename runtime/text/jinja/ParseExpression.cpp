// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/text/jinja/Parser.h"

#include <charconv>
#include <optional>

namespace sennit::jinja {
namespace {

ExpressionPointer makeNode(Expression::Kind kind, Place place) {
  return std::make_unique<Expression>(kind, place);
}

std::optional<Operator> arithmetic(std::string_view text) {
  if (text == "+")
    return Operator::Add;
  if (text == "-")
    return Operator::Subtract;
  if (text == "*")
    return Operator::Multiply;
  if (text == "/")
    return Operator::Divide;
  if (text == "//")
    return Operator::FloorDivide;
  if (text == "%")
    return Operator::Modulo;
  return text == "**" ? std::optional(Operator::Power) : std::nullopt;
}

std::optional<Operator> comparison(std::string_view text) {
  if (text == "==")
    return Operator::Equal;
  if (text == "!=")
    return Operator::NotEqual;
  if (text == "<")
    return Operator::Less;
  if (text == "<=")
    return Operator::LessEqual;
  if (text == ">")
    return Operator::Greater;
  return text == ">=" ? std::optional(Operator::GreaterEqual) : std::nullopt;
}

} // namespace

ExpressionPointer Parser::parseTuple(bool conditional, bool parentheses) {
  auto tuple = makeNode(Expression::Tuple, peek().place);
  bool comma = false;
  auto ends = [&] {
    return peek().kind == Token::OutputEnd || peek().kind == Token::BlockEnd || isOperator(")") ||
           isName("recursive");
  };
  while (!ends()) {
    tuple->operands.push_back(parseExpression(conditional));
    if (failed())
      return nullptr;
    if (!skipOperator(","))
      break;
    comma = true;
  }
  if (comma || (parentheses && tuple->operands.empty()))
    return finish(std::move(tuple));
  if (tuple->operands.empty())
    return failExpected("an expression");
  return std::move(tuple->operands[0]);
}

ExpressionPointer Parser::parseExpression(bool conditional) {
  Nesting level(*this);
  if (!level.fits())
    return nullptr;
  ExpressionPointer value = parseOr();
  while (value && conditional && isName("if")) {
    auto node = makeNode(Expression::Conditional, take().place);
    node->operands.push_back(std::move(value));
    node->operands.push_back(parseOr());
    node->operands.push_back(!failed() && skipName("else") ? parseExpression() : nullptr);
    if (failed())
      return nullptr;
    value = finish(std::move(node));
  }
  return value;
}

ExpressionPointer Parser::parseChain(ExpressionPointer (Parser::*operand)(), Token::Kind kind,
                                     std::string_view joiner, Expression::Kind chain) {
  ExpressionPointer first = (this->*operand)();
  auto joins = [&] { return peek().kind == kind && peek().text == joiner; };
  if (!first || !joins())
    return first;
  auto node = makeNode(chain, peek().place);
  node->operands.push_back(std::move(first));
  while (joins()) {
    take();
    node->operands.push_back((this->*operand)());
    if (failed())
      return nullptr;
  }
  return finish(std::move(node));
}

ExpressionPointer Parser::parseOr() {
  return parseChain(&Parser::parseAnd, Token::Name, "or", Expression::Or);
}
ExpressionPointer Parser::parseAnd() {
  return parseChain(&Parser::parseNot, Token::Name, "and", Expression::And);
}
ExpressionPointer Parser::parseConcat() {
  return parseChain(&Parser::parseProduct, Token::Operator, "~", Expression::Concat);
}

ExpressionPointer Parser::parseNot() {
  if (!isName("not"))
    return parseCompare();
  Nesting level(*this);
  if (!level.fits())
    return nullptr;
  auto node = makeNode(Expression::Not, take().place);
  node->operands.push_back(parseNot());
  return failed() ? nullptr : finish(std::move(node));
}

ExpressionPointer Parser::parseCompare() {
  ExpressionPointer first = parseSum();
  auto next = [&]() -> std::optional<Operator> {
    if (peek().kind == Token::Operator)
      return comparison(peek().text);
    if (isName("in"))
      return Operator::In;
    return isName("not") && isName("in", 1) ? std::optional(Operator::NotIn) : std::nullopt;
  };
  if (!first || !next())
    return first;
  auto node = makeNode(Expression::Compare, peek().place);
  node->operands.push_back(std::move(first));
  while (std::optional<Operator> found = next()) {
    if (*found == Operator::NotIn)
      take();
    take();
    node->operators.push_back(*found);
    node->operands.push_back(parseSum());
    if (failed())
      return nullptr;
  }
  return finish(std::move(node));
}

/// Operators that group from the left; `operators` lists them, each between spaces.
ExpressionPointer Parser::parseBinary(ExpressionPointer (Parser::*operand)(), std::string_view operators) {
  ExpressionPointer left = (this->*operand)();
  while (left && peek().kind == Token::Operator &&
         operators.find(" " + peek().text + " ") != std::string_view::npos) {
    auto node = makeNode(Expression::Binary, peek().place);
    node->operators.push_back(*arithmetic(take().text));
    node->operands.push_back(std::move(left));
    node->operands.push_back((this->*operand)());
    if (failed())
      return nullptr;
    left = finish(std::move(node));
  }
  return left;
}

ExpressionPointer Parser::parseSum() {
  return parseBinary(&Parser::parseConcat, " + - ");
}
ExpressionPointer Parser::parseProduct() {
  return parseBinary(&Parser::parsePower, " * / // % ");
}

ExpressionPointer Parser::parsePower() {
  ExpressionPointer left = parseUnary();
  while (left && isOperator("**")) {
    auto node = makeNode(Expression::Binary, take().place);
    node->operators.push_back(Operator::Power);
    node->operands.push_back(std::move(left));
    node->operands.push_back(parseUnary());
    if (failed())
      return nullptr;
    left = finish(std::move(node));
  }
  return left;
}

ExpressionPointer Parser::parseUnary(bool filters) {
  ExpressionPointer node;
  if (isOperator("-") || isOperator("+")) {
    Nesting level(*this);
    if (!level.fits())
      return nullptr;
    Place place = peek().place;
    node = makeNode(take().text == "-" ? Expression::Negate : Expression::Plus, place);
    node->operands.push_back(parseUnary(false));
    node = failed() ? nullptr : finish(std::move(node));
  } else {
    node = parsePrimary();
  }
  node = node ? parsePostfix(std::move(node)) : nullptr;
  return node && filters ? parseFilters(std::move(node)) : std::move(node);
}

ExpressionPointer Parser::parseNumber(const Token &token) {
  auto literal = makeNode(Expression::Literal, token.place);
  const char *begin = token.text.data(), *end = begin + token.text.size();
  if (token.kind == Token::Float) {
    double value = 0;
    if (std::from_chars(begin, end, value).ec != std::errc())
      return fail("expected a number that fits a double, found " + token.text, token.place);
    literal->value = Value(value);
    return literal;
  }
  int base = 10;
  if (token.text.size() > 1 && token.text[0] == '0' && token.text[1] > '9') {
    char prefix = token.text[1] | 0x20;
    base = prefix == 'x' ? 16 : prefix == 'o' ? 8 : 2;
    begin += 2;
  }
  int64_t value = 0;
  auto result = std::from_chars(begin, end, value, base);
  if (result.ec != std::errc() || result.ptr != end)
    return fail("expected an integer of 64 bits, found " + token.text, token.place);
  literal->value = Value(value);
  return literal;
}

ExpressionPointer Parser::parsePrimary() {
  const Token &token = peek();
  switch (token.kind) {
  case Token::Name: {
    take();
    auto literal = makeNode(Expression::Literal, token.place);
    if (token.text == "true" || token.text == "True" || token.text == "false" || token.text == "False") {
      literal->value = Value(token.text[0] == 't' || token.text[0] == 'T');
      return literal;
    }
    if (token.text == "none" || token.text == "None") {
      literal->value = Value::none();
      return literal;
    }
    auto name = makeNode(Expression::Name, token.place);
    name->name = token.text;
    return name;
  }
  case Token::String: {
    std::string text;
    while (peek().kind == Token::String)
      text += take().text;
    auto literal = makeNode(Expression::Literal, token.place);
    literal->value = Value(std::move(text));
    return literal;
  }
  case Token::Integer:
  case Token::Float:
    return parseNumber(take());
  case Token::Operator:
    if (skipOperator("(")) {
      ExpressionPointer inner = parseTuple(true, true);
      return inner && expectOperator(")") ? std::move(inner) : nullptr;
    }
    if (isOperator("[") || isOperator("{"))
      return parseListOrMapping(isOperator("{"));
    break;
  default:
    break;
  }
  return failExpected("an expression");
}

ExpressionPointer Parser::parseListOrMapping(bool mapping) {
  auto node = makeNode(mapping ? Expression::Mapping : Expression::List, take().place);
  std::string_view close = mapping ? "}" : "]";
  while (!isOperator(close)) {
    if (!node->operands.empty() && !expectOperator(","))
      return nullptr;
    if (isOperator(close))
      break;
    node->operands.push_back(parseExpression());
    if (failed() || !mapping) {
      if (failed())
        return nullptr;
      continue;
    }
    if (!expectOperator(":"))
      return nullptr;
    node->operands.push_back(parseExpression());
    if (failed())
      return nullptr;
  }
  take();
  return finish(std::move(node));
}

} // namespace sennit::jinja
