// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "codegen/cuda/emit/CudaText.h"

#include "mlir/Target/Cpp/CppEmitter.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/FormatVariadic.h"

#include <charconv>
#include <cmath>

using namespace mlir;

namespace sennit {

CudaText::CudaText(MLIRContext *context, Location loc) : builder(context), loc(loc) {
  context->loadDialect<emitc::EmitCDialect>();
  module = ModuleOp::create(loc);
}

Type CudaText::intType() {
  return emitc::OpaqueType::get(builder.getContext(), "int");
}

Value CudaText::literal(Type type, const Twine &text) {
  return emitc::LiteralOp::create(builder, loc, type, text.str());
}

Value CudaText::call(Type type, StringRef callee, ValueRange operands) {
  return emitc::CallOpaqueOp::create(builder, loc, TypeRange(type), callee, operands).getResult(0);
}

void CudaText::run(StringRef callee, ValueRange operands) {
  emitc::CallOpaqueOp::create(builder, loc, TypeRange(), callee, operands);
}

Value CudaText::choose(Value condition, Value ifTrue, Value ifFalse) {
  auto expression = emitc::ExpressionOp::create(
      builder, loc, ifTrue.getType(), ValueRange{condition, ifTrue, ifFalse}, /*do_not_inline=*/true);
  Block &body = expression.createBody();
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToEnd(&body);
  Value chosen = emitc::ConditionalOp::create(builder, loc, ifTrue.getType(), body.getArgument(0),
                                              body.getArgument(1), body.getArgument(2));
  emitc::YieldOp::create(builder, loc, chosen);
  return expression.getResult();
}

void CudaText::line(const Twine &text, ValueRange operands) {
  emitc::VerbatimOp::create(builder, loc, text.str(), operands);
}

void CudaText::begin(StringRef name, StringRef head) {
  builder.setInsertionPointToEnd(module->getBody());
  auto function = emitc::FuncOp::create(builder, loc, name, builder.getFunctionType({}, {}));
  builder.setInsertionPointToStart(function.addEntryBlock());
  emitc::ReturnOp::create(builder, loc, Value());
  builder.setInsertionPointToStart(&function.getBody().front());
  // emitc prints a type before the name, which the macro of a kernel's head includes.
  heads.emplace_back(("void " + name + "() {").str(), (head + " {").str());
}

void CudaText::include(StringRef header) {
  if (!llvm::is_contained(includes, header))
    includes.push_back(header.str());
}

/// Indents by braces and parentheses: emitc knows nothing of those in verbatim lines.
static std::string indent(StringRef text) {
  std::string result;
  int depth = 0;
  for (StringRef line : llvm::split(text, '\n')) {
    line = line.trim();
    bool comment = line.starts_with("//");
    int opened = 0, least = 0;
    for (char c : comment ? StringRef() : line) {
      opened += (c == '{' || c == '(') - (c == '}' || c == ')');
      least = std::min(least, opened);
    }
    // `f([&](int c) {` opens one level, and the line that closes it, one.
    int level = depth + std::max(least, -1);
    if (!line.empty())
      result += std::string(static_cast<size_t>(2 * std::max(level, 0)), ' ') + line.str() + "\n";
    depth += std::clamp(opened, -1, 1);
  }
  return result;
}

FailureOr<std::string> CudaText::finish() {
  std::string printed;
  llvm::raw_string_ostream stream(printed);
  if (failed(emitc::translateToCpp(*module, stream)))
    return failure();
  std::string text;
  for (const std::string &header : includes)
    text += "#include \"" + header + "\"\n";
  text += "\nnamespace sennit {\n";
  for (const std::string &line : globals)
    text += "\n" + line + "\n";
  StringRef rest(printed);
  for (auto &[from, to] : heads) {
    auto [before, after] = rest.split(from);
    size_t end = after.find("\n}\n");
    std::string body = (to + after.take_front(end)).str() + "\n}\n";
    // Every path ends at the brace.
    StringRef whole(body);
    if (whole.consume_back("  return;\n}\n"))
      body = (whole + "}\n").str();
    text += "\n" + indent(body);
    rest = after.drop_front(end);
  }
  return text + "\n} // namespace sennit\n";
}

std::string floatText(float value) {
  if (!std::isfinite(value))
    return llvm::formatv("float_of_bits({0:x}u)", llvm::bit_cast<uint32_t>(value)).str();
  char text[32];
  std::string result(text, std::to_chars(text, text + sizeof(text), value).ptr);
  if (result.find_first_of(".e") == std::string::npos)
    result += ".0";
  result += "f";
  return std::signbit(value) ? "(" + result + ")" : result;
}

} // namespace sennit
