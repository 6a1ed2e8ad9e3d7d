// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/text/jinja/Parser.h"

#include <algorithm>

namespace sennit::jinja {
namespace {

/// Both keep recursion, here and in the evaluation, far from the end of the stack.
constexpr uint32_t maxNesting = 150;
constexpr uint32_t maxDepth = 250;

std::string describeToken(const Token &token) {
  switch (token.kind) {
  case Token::Data:
    return "text";
  case Token::OutputBegin:
    return "{{";
  case Token::OutputEnd:
    return "}}";
  case Token::BlockBegin:
    return "{%";
  case Token::BlockEnd:
    return "%}";
  case Token::Name:
    return "'" + token.text + "'";
  case Token::String:
    return "a string";
  case Token::Integer:
  case Token::Float:
    return "the number " + token.text;
  case Token::Operator:
    return "'" + token.text + "'";
  case Token::End:
    return "the end of the template";
  }
  return "";
}

} // namespace

StatusOr<Body> Parser::parse(std::string_view source) {
  SENNIT_ASSIGN_OR_RETURN(std::vector<Token> tokens, tokenize(source));
  Parser parser(std::move(tokens));
  Body body = parser.parseBody({});
  if (parser.failed())
    return parser.status;
  return body;
}

bool Parser::Nesting::fits() const {
  if (parser.nesting <= maxNesting)
    return true;
  parser.fail("expected at most " + std::to_string(maxNesting) + " levels of nesting, found more",
              parser.peek().place);
  return false;
}

std::nullptr_t Parser::fail(std::string message, Place place) {
  if (!failed())
    status = invalidInput(std::move(message) + describe(place));
  return nullptr;
}

std::nullptr_t Parser::failExpected(std::string_view expected) {
  return fail("expected " + std::string(expected) + ", found " + describeToken(peek()), peek().place);
}

std::nullptr_t Parser::failUnsupported(std::string message, Place place) {
  if (!failed())
    status = unsupported(std::move(message) + describe(place));
  return nullptr;
}

ExpressionPointer Parser::finish(ExpressionPointer node) {
  for (const auto &operand : node->operands)
    node->depth = std::max(node->depth, operand ? operand->depth + 1 : 1);
  for (const auto &[name, operand] : node->named)
    node->depth = std::max(node->depth, operand->depth + 1);
  if (node->depth > maxDepth)
    return fail("expected an expression of at most " + std::to_string(maxDepth) + " levels, found more",
                node->place);
  return node;
}

const Token &Parser::take() {
  const Token &token = peek();
  if (at + 1 < tokens.size())
    ++at;
  return token;
}

bool Parser::skipOperator(std::string_view text) {
  bool found = isOperator(text);
  if (found)
    take();
  return found;
}

bool Parser::skipName(std::string_view text) {
  bool found = isName(text);
  if (found)
    take();
  return found;
}

bool Parser::expectOperator(std::string_view text) {
  if (!skipOperator(text))
    failExpected("'" + std::string(text) + "'");
  return !failed();
}

std::string Parser::expectName(std::string_view what) {
  if (peek().kind != Token::Name) {
    failExpected(what);
    return "";
  }
  return take().text;
}

/// Up to a {% whose name is one of `ends`, which stays (its {% is taken), or to the end of the template.
Body Parser::parseBody(std::initializer_list<std::string_view> ends) {
  Body body;
  while (!failed() && peek().kind != Token::End) {
    Place place = peek().place;
    if (peek().kind == Token::Data) {
      body.push_back(std::make_unique<Statement>(Statement::Data, place));
      body.back()->text = take().text;
    } else if (peek().kind == Token::OutputBegin) {
      take();
      auto output = std::make_unique<Statement>(Statement::Output, place);
      output->value = parseTuple(true, false);
      if (!failed() && peek().kind != Token::OutputEnd)
        failExpected("}}");
      take();
      body.push_back(std::move(output));
    } else {
      take(); // {%
      if (std::any_of(ends.begin(), ends.end(), [&](std::string_view end) { return isName(end); }))
        return body;
      auto statement = parseStatement();
      if (failed())
        return body;
      closeBlock();
      body.push_back(std::move(statement));
    }
  }
  return body;
}

/// The body of the block `owner`, whose opening tag ends here; one of `ends` follows then.
Body Parser::parseBlockBody(std::initializer_list<std::string_view> ends, std::string_view owner,
                            Place opened) {
  if (failed())
    return {};
  skipOperator(":");
  closeBlock();
  Body body = parseBody(ends);
  if (!failed() && peek().kind == Token::End)
    fail("expected {% " + std::string(ends.end()[-1]) + " %}, found the end of the template after {% " +
             std::string(owner) + " %}",
         opened);
  return body;
}

void Parser::closeBlock() {
  if (failed())
    return;
  if (peek().kind != Token::BlockEnd)
    failExpected("%}");
  take();
}

std::unique_ptr<Statement> Parser::parseStatement() {
  Nesting level(*this);
  if (!level.fits())
    return nullptr;
  Place place = peek().place;
  if (peek().kind != Token::Name)
    return failExpected("the name of a tag");
  const std::string &tag = peek().text;
  if (tag == "for")
    return parseFor();
  if (tag == "if")
    return parseIf();
  if (tag == "set")
    return parseSet();
  if (tag == "macro")
    return parseMacro();
  if (tag == "call")
    return parseCallBlock();
  if (tag == "filter")
    return parseFilterBlock();
  if (tag == "with")
    return parseWith();
  if (tag == "generation")
    return parseGeneration();
  if (tag == "break" || tag == "continue") {
    if (loops == 0)
      return fail("expected " + tag + " inside a for, found it outside", place);
    return std::make_unique<Statement>(take().text == "break" ? Statement::Break : Statement::Continue,
                                       place);
  }
  static constexpr std::string_view known[] = {"block", "extends",    "include", "import",
                                               "from",  "autoescape", "do",      "print"};
  if (std::find(std::begin(known), std::end(known), tag) != std::end(known))
    return failUnsupported("the tag '" + tag + "' is not supported", place);
  return fail("expected a tag, found '" + tag + "'", place);
}

Target Parser::parseTarget(bool mayUnpack, bool mayBeAttribute) {
  Target target;
  target.place = peek().place;
  bool parentheses = mayUnpack && skipOperator("(");
  do {
    if (!target.parts.empty() && peek().kind != Token::Name)
      break; // a comma at the end
    Place place = peek().place;
    Target::Part part{expectName("a name to assign to"), ""};
    static constexpr std::string_view constants[] = {"true", "false", "none", "True", "False", "None"};
    if (std::find(std::begin(constants), std::end(constants), part.name) != std::end(constants))
      fail("expected a name to assign to, found '" + part.name + "'", place);
    if (mayBeAttribute && skipOperator("."))
      part.attribute = expectName("the name of an attribute");
    target.parts.push_back(std::move(part));
    target.unpacks |= isOperator(",");
  } while (!failed() && mayUnpack && skipOperator(","));
  if (parentheses && !failed())
    expectOperator(")");
  return target;
}

std::unique_ptr<Statement> Parser::parseFor() {
  auto loop = std::make_unique<Statement>(Statement::For, take().place);
  loop->target = parseTarget(true, false);
  if (failed())
    return nullptr;
  if (!skipName("in"))
    return failExpected("'in'");
  loop->value = parseTuple(false, false);
  if (!failed() && skipName("if"))
    loop->condition = parseExpression();
  if (!failed())
    loop->recursive = skipName("recursive");
  ++loops;
  loop->body = parseBlockBody({"else", "endfor"}, "for", loop->place);
  --loops;
  if (!failed() && take().text == "else") {
    loop->otherwise = parseBlockBody({"endfor"}, "for", loop->place);
    take();
  }
  return loop;
}

std::unique_ptr<Statement> Parser::parseIf() {
  auto branch = std::make_unique<Statement>(Statement::If, take().place);
  for (;;) {
    ExpressionPointer condition = parseTuple(false, false);
    Body body = parseBlockBody({"elif", "else", "endif"}, "if", branch->place);
    branch->branches.push_back({std::move(condition), std::move(body)});
    if (failed())
      return nullptr;
    std::string_view end = take().text;
    if (end == "elif")
      continue;
    if (end == "else") {
      branch->branches.push_back({nullptr, parseBlockBody({"endif"}, "if", branch->place)});
      take();
    }
    return branch;
  }
}

std::unique_ptr<Statement> Parser::parseSet() {
  Place place = take().place;
  Target target = parseTarget(true, true);
  if (failed())
    return nullptr;
  bool block = !skipOperator("=");
  auto set = std::make_unique<Statement>(block ? Statement::SetBlock : Statement::Set, place);
  set->target = std::move(target);
  if (!block) {
    set->value = parseTuple(true, false);
    return set;
  }
  if (set->target.unpacks)
    return failExpected("'='");
  while (!failed() && isOperator("|"))
    set->value = parseFilter(std::move(set->value));
  set->body = parseBlockBody({"endset"}, "set", place);
  take();
  return set;
}

Signature Parser::parseSignature() {
  Signature signature;
  bool presets = false;
  expectOperator("(");
  while (!failed() && !isOperator(")")) {
    if (!signature.parameters.empty() && !expectOperator(","))
      break;
    Place place = peek().place;
    Signature::Parameter parameter{expectName("the name of a parameter"), nullptr};
    if (skipOperator("="))
      parameter.preset = parseExpression();
    else if (presets)
      fail("expected a preset after parameters with one, found none", place);
    presets |= parameter.preset != nullptr;
    signature.parameters.push_back(std::move(parameter));
  }
  take();
  return signature;
}

std::unique_ptr<Statement> Parser::parseMacro() {
  auto macro = std::make_unique<Statement>(Statement::Macro, take().place);
  macro->text = expectName("the name of the macro");
  macro->signature = parseSignature();
  uint32_t outer = std::exchange(loops, 0);
  macro->body = parseBlockBody({"endmacro"}, "macro", macro->place);
  loops = outer;
  take();
  return macro;
}

std::unique_ptr<Statement> Parser::parseCallBlock() {
  auto block = std::make_unique<Statement>(Statement::CallBlock, take().place);
  if (isOperator("("))
    block->signature = parseSignature();
  Place place = peek().place;
  if (!failed())
    block->value = parseExpression();
  if (!failed() && block->value->kind != Expression::Call)
    fail("expected a call, found another expression", place);
  uint32_t outer = std::exchange(loops, 0);
  block->body = parseBlockBody({"endcall"}, "call", block->place);
  loops = outer;
  take();
  return block;
}

std::unique_ptr<Statement> Parser::parseFilterBlock() {
  auto block = std::make_unique<Statement>(Statement::FilterBlock, peek().place);
  // The tag's own name stands where a chain has its first bar.
  do
    block->value = parseFilter(std::move(block->value));
  while (!failed() && isOperator("|"));
  uint32_t outer = std::exchange(loops, 0);
  block->body = parseBlockBody({"endfilter"}, "filter", block->place);
  loops = outer;
  take();
  return block;
}

std::unique_ptr<Statement> Parser::parseWith() {
  auto with = std::make_unique<Statement>(Statement::With, take().place);
  while (!failed() && peek().kind != Token::BlockEnd) {
    if (!with->assignments.empty() && !expectOperator(","))
      break;
    Target target = parseTarget(false, false);
    if (failed() || !expectOperator("="))
      break;
    with->assignments.emplace_back(std::move(target), parseExpression());
  }
  with->body = parseBlockBody({"endwith"}, "with", with->place);
  take();
  return with;
}

/// {% generation %} marks what a training run learns from; for a reader of the text it is a scope like any
/// other.
std::unique_ptr<Statement> Parser::parseGeneration() {
  auto scope = std::make_unique<Statement>(Statement::With, take().place);
  scope->body = parseBlockBody({"endgeneration"}, "generation", scope->place);
  take();
  return scope;
}

} // namespace sennit::jinja
