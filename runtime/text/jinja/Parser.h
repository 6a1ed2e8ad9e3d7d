// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "runtime/text/jinja/Ast.h"

#include <initializer_list>
#include <string_view>

namespace sennit::jinja {

/// Parses the tokens of a template by recursive descent. The first failure is kept and everything unwinds: a
/// function that returns a pointer returns null then, others are followed by a look at failed(). Single use.
class Parser {
public:
  static StatusOr<Body> parse(std::string_view source);

private:
  explicit Parser(std::vector<Token> tokens) : tokens(std::move(tokens)) {}

  // Statements (Parser.cpp)
  Body parseBody(std::initializer_list<std::string_view> ends);
  Body parseBlockBody(std::initializer_list<std::string_view> ends, std::string_view owner, Place opened);
  std::unique_ptr<Statement> parseStatement();
  std::unique_ptr<Statement> parseFor();
  std::unique_ptr<Statement> parseIf();
  std::unique_ptr<Statement> parseSet();
  std::unique_ptr<Statement> parseMacro();
  std::unique_ptr<Statement> parseCallBlock();
  std::unique_ptr<Statement> parseFilterBlock();
  std::unique_ptr<Statement> parseWith();
  std::unique_ptr<Statement> parseGeneration();
  Target parseTarget(bool mayUnpack, bool mayBeAttribute);
  Signature parseSignature();
  void closeBlock();

  // Expressions (ParseExpression.cpp); `conditional`: whether `a if b else c` may stand there
  ExpressionPointer parseTuple(bool conditional, bool parentheses);
  ExpressionPointer parseExpression(bool conditional = true);
  ExpressionPointer parseOr();
  ExpressionPointer parseAnd();
  ExpressionPointer parseNot();
  ExpressionPointer parseCompare();
  ExpressionPointer parseSum();
  ExpressionPointer parseConcat();
  ExpressionPointer parseProduct();
  ExpressionPointer parsePower();
  ExpressionPointer parseUnary(bool filters = true);
  ExpressionPointer parsePrimary();
  ExpressionPointer parseNumber(const Token &token);
  ExpressionPointer parseListOrMapping(bool mapping);
  ExpressionPointer parsePostfix(ExpressionPointer base);
  ExpressionPointer parseFilters(ExpressionPointer subject);
  ExpressionPointer parseFilter(ExpressionPointer subject);
  ExpressionPointer parseTest(ExpressionPointer subject);
  ExpressionPointer parseSubscript(ExpressionPointer base);
  bool parseArguments(Expression &call);
  ExpressionPointer parseBinary(ExpressionPointer (Parser::*operand)(), std::string_view operators);
  ExpressionPointer parseChain(ExpressionPointer (Parser::*operand)(), Token::Kind kind,
                               std::string_view joiner, Expression::Kind chain);

  // Tokens
  const Token &peek(size_t ahead = 0) const { return tokens[std::min(at + ahead, tokens.size() - 1)]; }
  const Token &take();
  bool isOperator(std::string_view text, size_t ahead = 0) const {
    return peek(ahead).kind == Token::Operator && peek(ahead).text == text;
  }
  bool isName(std::string_view text, size_t ahead = 0) const {
    return peek(ahead).kind == Token::Name && peek(ahead).text == text;
  }
  bool skipOperator(std::string_view text);
  bool skipName(std::string_view text);
  bool expectOperator(std::string_view text);
  std::string expectName(std::string_view what);

  // Failures
  bool failed() const { return !status.ok(); }
  std::nullptr_t fail(std::string message, Place place);
  std::nullptr_t failExpected(std::string_view expected);
  std::nullptr_t failUnsupported(std::string message, Place place);
  /// Hands on `node` once its depth is known; fails where the tree gets too deep.
  ExpressionPointer finish(ExpressionPointer node);

  /// Counts how deep the parser is in itself while it lives.
  class Nesting {
  public:
    explicit Nesting(Parser &parser) : parser(parser) { ++parser.nesting; }
    ~Nesting() { --parser.nesting; }
    /// False, with a failure, when it is too deep.
    bool fits() const;

  private:
    Parser &parser;
  };

  std::vector<Token> tokens;
  size_t at = 0;
  uint32_t nesting = 0;
  uint32_t loops = 0; ///< How many fors are open here.
  Status status;
};

} // namespace sennit::jinja
