// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Type inference, and the syntax of nn.group.
#include "dialects/nn/Nn.h"

#include "mlir/IR/OpImplementation.h"

using namespace mlir;
using namespace sennit;
using namespace sennit::nn;

#define GET_OP_CLASSES
#include "dialects/nn/NnOps.cpp.inc"

//===- Result types -----------------------------------------------------------------------------------===//

LogicalResult EmbedOp::inferReturnTypes(MLIRContext *context, std::optional<Location> location,
                                        ValueRange operands, DictionaryAttr attributes,
                                        OpaqueProperties properties, RegionRange regions,
                                        SmallVectorImpl<Type> &results) {
  auto weight = cast<WeightType>(operands[1].getType());
  results.push_back(activationType(context, weight.getK()));
  return success();
}

LogicalResult LinearOp::inferReturnTypes(MLIRContext *context, std::optional<Location> location,
                                         ValueRange operands, DictionaryAttr attributes,
                                         OpaqueProperties properties, RegionRange regions,
                                         SmallVectorImpl<Type> &results) {
  auto weight = cast<WeightType>(operands[1].getType());
  results.push_back(activationType(context, weight.getRows()));
  return success();
}

LogicalResult GatherRowsOp::inferReturnTypes(MLIRContext *context, std::optional<Location> location,
                                             ValueRange operands, DictionaryAttr attributes,
                                             OpaqueProperties properties, RegionRange regions,
                                             SmallVectorImpl<Type> &results) {
  results.push_back(operands[0].getType());
  return success();
}

LogicalResult ArgmaxOp::inferReturnTypes(MLIRContext *context, std::optional<Location> location,
                                         ValueRange operands, DictionaryAttr attributes,
                                         OpaqueProperties properties, RegionRange regions,
                                         SmallVectorImpl<Type> &results) {
  results.push_back(indicesType(context));
  return success();
}

LogicalResult AttentionPartialOp::inferReturnTypes(MLIRContext *context, std::optional<Location> location,
                                                   ValueRange operands, DictionaryAttr attributes,
                                                   OpaqueProperties properties, RegionRange regions,
                                                   SmallVectorImpl<Type> &results) {
  AttentionPartialOp::Adaptor adaptor(operands, attributes, properties, regions);
  results.push_back(operands[0].getType());
  results.push_back(activationType(context, adaptor.getHeads()));
  return success();
}

//===- nn.group ---------------------------------------------------------------------------------------===//

YieldOp GroupOp::getYield() {
  return cast<YieldOp>(getBlock().getTerminator());
}

// nn.group "kind" (%arg = %operand, ...) : (types) -> (types) attributes {...} { region }
ParseResult GroupOp::parse(OpAsmParser &parser, OperationState &state) {
  StringAttr kind;
  SmallVector<OpAsmParser::Argument> arguments;
  SmallVector<OpAsmParser::UnresolvedOperand> operands;
  if (parser.parseAttribute(kind, "kind", state.attributes))
    return failure();
  auto parseBinding = [&]() -> ParseResult {
    return failure(parser.parseArgument(arguments.emplace_back()) || parser.parseEqual() ||
                   parser.parseOperand(operands.emplace_back()));
  };
  SMLoc location = parser.getCurrentLocation();
  FunctionType type;
  if (parser.parseCommaSeparatedList(OpAsmParser::Delimiter::Paren, parseBinding) ||
      parser.parseColonType(type) || parser.parseOptionalAttrDictWithKeyword(state.attributes))
    return failure();
  if (type.getNumInputs() != operands.size())
    return parser.emitError(location, "expected ")
           << operands.size() << " operand types, found " << type.getNumInputs();
  for (auto [argument, argumentType] : llvm::zip_equal(arguments, type.getInputs()))
    argument.type = argumentType;
  if (parser.resolveOperands(operands, type.getInputs(), location, state.operands) ||
      parser.parseRegion(*state.addRegion(), arguments))
    return failure();
  state.addTypes(type.getResults());
  return success();
}

void GroupOp::print(OpAsmPrinter &printer) {
  printer << ' ' << getKindAttr() << " (";
  llvm::interleaveComma(llvm::zip(getBlock().getArguments(), getInputs()), printer, [&](auto binding) {
    printer << std::get<0>(binding) << " = " << std::get<1>(binding);
  });
  printer << ") : ";
  printer.printFunctionalType(getInputs().getTypes(), getOutputs().getTypes());
  printer.printOptionalAttrDictWithKeyword((*this)->getAttrs(), {"kind"});
  printer << ' ';
  printer.printRegion(getBody(), /*printEntryBlockArgs=*/false);
}
