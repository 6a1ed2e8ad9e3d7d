// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "dialects/plan/Plan.h"

#include "mlir/IR/Builders.h"
#include "mlir/Interfaces/FunctionImplementation.h"

using namespace mlir;
using namespace sennit;
using namespace sennit::plan;

static ParseResult parseRanges(OpAsmParser &parser, DenseI32ArrayAttr &ranges) {
  SmallVector<int32_t> values;
  auto parseOne = [&]() -> ParseResult {
    SMLoc loc = parser.getCurrentLocation();
    StringRef keyword;
    if (parser.parseKeyword(&keyword))
      return failure();
    std::optional<AccessRange> range = symbolizeAccessRange(keyword);
    if (!range)
      return parser.emitError(loc, "expected own, before or all, found '") << keyword << "'";
    values.push_back(static_cast<int32_t>(*range));
    return success();
  };
  if (parser.parseCommaSeparatedList(AsmParser::Delimiter::Square, parseOne))
    return failure();
  ranges = parser.getBuilder().getDenseI32ArrayAttr(values);
  return success();
}

static void printRanges(OpAsmPrinter &printer, Operation *, DenseI32ArrayAttr ranges) {
  printer << '[';
  llvm::interleaveComma(ranges.asArrayRef(), printer, [&](int32_t range) {
    printer << stringifyAccessRange(static_cast<AccessRange>(range));
  });
  printer << ']';
}

static ParseResult parseInplace(OpAsmParser &parser, DenseI32ArrayAttr &inplace) {
  SmallVector<int32_t> values;
  auto parseOne = [&]() -> ParseResult {
    if (succeeded(parser.parseOptionalKeyword("none"))) {
      values.push_back(-1);
      return success();
    }
    return parser.parseInteger(values.emplace_back());
  };
  if (parser.parseCommaSeparatedList(AsmParser::Delimiter::Square, parseOne))
    return failure();
  inplace = parser.getBuilder().getDenseI32ArrayAttr(values);
  return success();
}

static void printInplace(OpAsmPrinter &printer, Operation *, DenseI32ArrayAttr inplace) {
  printer << '[';
  llvm::interleaveComma(inplace.asArrayRef(), printer, [&](int32_t operand) {
    if (operand == -1)
      printer << "none";
    else
      printer << operand;
  });
  printer << ']';
}

void ProgramOp::build(OpBuilder &builder, OperationState &state, StringRef name, FunctionType type) {
  state.addAttribute(getSymNameAttrName(state.name), builder.getStringAttr(name));
  state.addAttribute(getFunctionTypeAttrName(state.name), TypeAttr::get(type));
  Region *body = state.addRegion();
  Block &block = body->emplaceBlock();
  for (Type input : type.getInputs())
    block.addArgument(input, state.location);
}

ParseResult ProgramOp::parse(OpAsmParser &parser, OperationState &result) {
  auto buildType = [](Builder &builder, ArrayRef<Type> arguments, ArrayRef<Type> results,
                      function_interface_impl::VariadicFlag,
                      std::string &) { return builder.getFunctionType(arguments, results); };
  return function_interface_impl::parseFunctionOp(
      parser, result, /*allowVariadic=*/false, getFunctionTypeAttrName(result.name), buildType,
      getArgAttrsAttrName(result.name), getResAttrsAttrName(result.name));
}

void ProgramOp::print(OpAsmPrinter &printer) {
  function_interface_impl::printFunctionOp(printer, *this, /*isVariadic=*/false, getFunctionTypeAttrName(),
                                           getArgAttrsAttrName(), getResAttrsAttrName());
}

void NodeOp::build(OpBuilder &builder, OperationState &state, TypeRange types, StringRef callee,
                   ValueRange args, StringRef name, RowDomain domain, ArrayRef<AccessRange> accesses,
                   ArrayRef<AccessRange> writes, ArrayRef<int32_t> inplace, CostAttr cost) {
  auto numbers = [&](ArrayRef<AccessRange> ranges) {
    return builder.getDenseI32ArrayAttr(
        llvm::map_to_vector(ranges, [](AccessRange range) { return static_cast<int32_t>(range); }));
  };
  SmallVector<int32_t> overwritten(inplace);
  if (inplace.empty())
    overwritten.assign(types.size(), -1);
  Attribute piece = PieceAttr::get(builder.getContext(), 0, PieceAttr::maxRows, Lane::Compute, 1.0, 0.0);
  build(builder, state, types, FlatSymbolRefAttr::get(builder.getContext(), callee), args,
        builder.getStringAttr(name), RowDomainAttr::get(builder.getContext(), domain), numbers(accesses),
        numbers(writes), builder.getDenseI32ArrayAttr(overwritten), builder.getArrayAttr({piece}), cost);
}

int32_t NodeOp::getOverwritingResult(unsigned index) {
  for (auto [result, operand] : llvm::enumerate(getInplace()))
    if (operand == static_cast<int32_t>(index))
      return result;
  return -1;
}

#define GET_OP_CLASSES
#include "dialects/plan/PlanOps.cpp.inc"
