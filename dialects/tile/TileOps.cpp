// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Parsing, printing and building; the checks are in TileVerify.cpp.
#include "dialects/tile/Tile.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/OpImplementation.h"

using namespace mlir;

static ParseResult parseFloats(AsmParser &parser, DenseF32ArrayAttr &values) {
  SmallVector<float> list;
  auto element = [&]() {
    double value = 0;
    if (parser.parseFloat(value))
      return failure();
    list.push_back(static_cast<float>(value));
    return success();
  };
  if (parser.parseCommaSeparatedList(AsmParser::Delimiter::Square, element))
    return failure();
  values = parser.getBuilder().getDenseF32ArrayAttr(list);
  return success();
}

static void printFloats(AsmPrinter &printer, Operation *, DenseF32ArrayAttr values) {
  printer << '[';
  llvm::interleaveComma(values.asArrayRef(), printer,
                        [&](float value) { printer << sennit::formatNumber(static_cast<double>(value)); });
  printer << ']';
}

#define GET_OP_CLASSES
#include "dialects/tile/TileOps.cpp.inc"

namespace sennit::tile {

//===-- kernel
//---------------------------------------------------------------------------------------------------===//

void KernelOp::build(OpBuilder &builder, OperationState &state, StringRef name, TypeRange views,
                     RowDomain domain, int64_t rowBlock, Attribute schedule) {
  state.addAttribute(getSymNameAttrName(state.name), builder.getStringAttr(name));
  state.addAttribute(getDomainAttrName(state.name), RowDomainAttr::get(builder.getContext(), domain));
  state.addAttribute(getRowBlockAttrName(state.name), builder.getI64IntegerAttr(rowBlock));
  if (schedule)
    state.addAttribute(getScheduleAttrName(state.name), schedule);
  Block &block = state.addRegion()->emplaceBlock();
  for (Type view : views)
    block.addArgument(view, state.location);
  block.addArgument(builder.getIndexType(), state.location);
}

CpuAttr KernelOp::getScheduleFor(StringRef level) {
  Attribute schedule = getScheduleAttr();
  if (auto byLevel = dyn_cast_if_present<DictionaryAttr>(schedule))
    schedule = byLevel.get(level);
  if (auto known = dyn_cast_if_present<CpuAttr>(schedule))
    return known;
  return CpuAttr::get(getContext(), /*rows=*/8, /*streams=*/4, /*ahead=*/2048);
}

SmallVector<CpuAttr> KernelOp::getSchedules() {
  SmallVector<CpuAttr> schedules;
  if (auto byLevel = dyn_cast_if_present<DictionaryAttr>(getScheduleAttr()))
    for (NamedAttribute entry : byLevel)
      schedules.push_back(cast<CpuAttr>(entry.getValue()));
  if (schedules.empty())
    schedules.push_back(getScheduleFor({}));
  return schedules;
}

PrologueOp KernelOp::getPrologue() {
  for (Operation &op : *getBodyBlock())
    if (auto prologue = dyn_cast<PrologueOp>(op))
      return prologue;
  return {};
}

SmallVector<ColumnsOp> KernelOp::getSections() {
  auto sections = getBodyBlock()->getOps<ColumnsOp>();
  return {sections.begin(), sections.end()};
}

/// `@name(%x: type, ...) rows(%m : domain by block) [schedule(attr)] [attributes {...}] { ... }`
ParseResult KernelOp::parse(OpAsmParser &parser, OperationState &result) {
  StringAttr name;
  SmallVector<OpAsmParser::Argument> arguments;
  OpAsmParser::Argument row;
  if (parser.parseSymbolName(name, getSymNameAttrName(result.name), result.attributes) ||
      parser.parseArgumentList(arguments, OpAsmParser::Delimiter::Paren, /*allowType=*/true) ||
      parser.parseKeyword("rows") || parser.parseLParen() || parser.parseArgument(row) || parser.parseColon())
    return failure();
  StringRef domainName;
  SMLoc domainPlace = parser.getCurrentLocation();
  int64_t block;
  if (parser.parseKeyword(&domainName) || parser.parseKeyword("by") || parser.parseInteger(block) ||
      parser.parseRParen())
    return failure();
  std::optional<RowDomain> domain = symbolizeRowDomain(domainName);
  if (!domain)
    return parser.emitError(domainPlace) << "expected all, generated, prompt or wanted, found " << domainName;
  Builder &builder = parser.getBuilder();
  result.addAttribute(getDomainAttrName(result.name), RowDomainAttr::get(builder.getContext(), *domain));
  result.addAttribute(getRowBlockAttrName(result.name), builder.getI64IntegerAttr(block));
  if (succeeded(parser.parseOptionalKeyword("schedule"))) {
    Attribute schedule;
    if (parser.parseLParen() ||
        parser.parseAttribute(schedule, Type(), getScheduleAttrName(result.name).getValue(),
                              result.attributes) ||
        parser.parseRParen())
      return failure();
  }
  if (parser.parseOptionalAttrDictWithKeyword(result.attributes))
    return failure();
  row.type = builder.getIndexType();
  arguments.push_back(row);
  Region *body = result.addRegion();
  if (parser.parseRegion(*body, arguments))
    return failure();
  if (body->empty()) {
    Block &entry = body->emplaceBlock();
    for (OpAsmParser::Argument &argument : arguments)
      entry.addArgument(argument.type, result.location);
  }
  return success();
}

void KernelOp::print(OpAsmPrinter &printer) {
  printer << ' ';
  printer.printSymbolName(getSymName());
  printer << '(';
  llvm::interleaveComma(getViews(), printer, [&](BlockArgument view) { printer.printRegionArgument(view); });
  printer << ") rows(";
  printer.printRegionArgument(getRow(), {}, /*omitType=*/true);
  printer << " : " << stringifyRowDomain(getDomain()) << " by " << getRowBlock() << ')';
  if (Attribute schedule = getScheduleAttr()) {
    printer << " schedule(";
    printer.printAttribute(schedule);
    printer << ')';
  }
  printer.printOptionalAttrDictWithKeyword(
      (*this)->getAttrs(),
      {getSymNameAttrName(), getDomainAttrName(), getRowBlockAttrName(), getScheduleAttrName()});
  printer << ' ';
  printer.printRegion(getBody(), /*printEntryBlockArgs=*/false);
}

void KernelOp::getAsmBlockArgumentNames(Region &, OpAsmSetValueNameFn setName) {
  if (!getBodyBlock()->args_empty())
    setName(getRow(), "m");
}

//===-- prologue, columns, for, keys
//-----------------------------------------------------------------------------===//

void PrologueOp::build(OpBuilder &, OperationState &state, TypeRange results) {
  state.addTypes(results);
  state.addRegion()->emplaceBlock();
}

template <typename RangeOp>
static void buildRange(OpBuilder &builder, OperationState &state, int64_t lower, int64_t upper,
                       int64_t step) {
  state.addAttribute(RangeOp::getLowerAttrName(state.name), builder.getI64IntegerAttr(lower));
  state.addAttribute(RangeOp::getUpperAttrName(state.name), builder.getI64IntegerAttr(upper));
  state.addAttribute(RangeOp::getStepAttrName(state.name), builder.getI64IntegerAttr(step));
  state.addRegion()->emplaceBlock().addArgument(builder.getIndexType(), state.location);
}

/// `%n = 0 to 1536 step 16 [attributes {...}] { ... }`
template <typename RangeOp>
static ParseResult parseRange(OpAsmParser &parser, OperationState &result) {
  OpAsmParser::Argument index;
  int64_t lower, upper, step;
  if (parser.parseArgument(index) || parser.parseEqual() || parser.parseInteger(lower) ||
      parser.parseKeyword("to") || parser.parseInteger(upper) || parser.parseKeyword("step") ||
      parser.parseInteger(step) || parser.parseOptionalAttrDictWithKeyword(result.attributes))
    return failure();
  Builder &builder = parser.getBuilder();
  result.addAttribute(RangeOp::getLowerAttrName(result.name), builder.getI64IntegerAttr(lower));
  result.addAttribute(RangeOp::getUpperAttrName(result.name), builder.getI64IntegerAttr(upper));
  result.addAttribute(RangeOp::getStepAttrName(result.name), builder.getI64IntegerAttr(step));
  index.type = builder.getIndexType();
  Region *body = result.addRegion();
  if (parser.parseRegion(*body, index))
    return failure();
  if (body->empty())
    body->emplaceBlock().addArgument(index.type, result.location);
  return success();
}

template <typename RangeOp>
static void printRange(RangeOp op, OpAsmPrinter &printer) {
  printer << ' ';
  printer.printRegionArgument(op.getIndex(), {}, /*omitType=*/true);
  printer << " = " << op.getLower() << " to " << op.getUpper() << " step " << op.getStep();
  printer.printOptionalAttrDictWithKeyword(
      op->getAttrs(), {op.getLowerAttrName(), op.getUpperAttrName(), op.getStepAttrName()});
  printer << ' ';
  printer.printRegion(op.getBody(), /*printEntryBlockArgs=*/false);
}

void ColumnsOp::build(OpBuilder &builder, OperationState &state, int64_t lower, int64_t upper, int64_t step) {
  buildRange<ColumnsOp>(builder, state, lower, upper, step);
}
ParseResult ColumnsOp::parse(OpAsmParser &parser, OperationState &result) {
  return parseRange<ColumnsOp>(parser, result);
}
void ColumnsOp::print(OpAsmPrinter &printer) {
  printRange(*this, printer);
}
void ColumnsOp::getAsmBlockArgumentNames(Region &, OpAsmSetValueNameFn setName) {
  if (!getBodyBlock()->args_empty())
    setName(getIndex(), getStep() == lanes ? "n" : "h");
}

void ForOp::build(OpBuilder &builder, OperationState &state, int64_t lower, int64_t upper, int64_t step) {
  buildRange<ForOp>(builder, state, lower, upper, step);
}
ParseResult ForOp::parse(OpAsmParser &parser, OperationState &result) {
  return parseRange<ForOp>(parser, result);
}
void ForOp::print(OpAsmPrinter &printer) {
  printRange(*this, printer);
}
void ForOp::getAsmBlockArgumentNames(Region &, OpAsmSetValueNameFn setName) {
  if (!getBodyBlock()->args_empty())
    setName(getIndex(), "i");
}

void KeysOp::getAsmBlockArgumentNames(Region &, OpAsmSetValueNameFn setName) {
  // The printer also asks about ops that no verifier has seen.
  static constexpr StringLiteral names[] = {"block", "valid"};
  for (auto [argument, name] : llvm::zip(getBodyBlock()->getArguments(), names))
    setName(argument, name);
}

void KeysOp::build(OpBuilder &builder, OperationState &state, Value row, ValueRange views, ValueRange inits,
                   function_ref<SmallVector<Value>(OpBuilder &, Location, ValueRange)> body) {
  state.addOperands(row);
  state.addOperands(views);
  state.addOperands(inits);
  state.addTypes(inits.getTypes());
  Block &block = state.addRegion()->emplaceBlock();
  block.addArgument(BlockType::get(builder.getContext()), state.location);
  block.addArgument(
      TileType::get(builder.getContext(), {ShapedType::kDynamic, 1, 1}, Element::I32, Level::Reg),
      state.location);
  for (Value init : inits)
    block.addArgument(init.getType(), state.location);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToEnd(&block);
  SmallVector<Value> values = body(builder, state.location, block.getArguments());
  YieldOp::create(builder, state.location, values);
}

//===-- stage
//----------------------------------------------------------------------------------------------------===//

void StageOp::build(OpBuilder &builder, OperationState &state, int64_t upper, int64_t step, int64_t ahead,
                    TypeRange results) {
  state.addAttribute(getUpperAttrName(state.name), builder.getI64IntegerAttr(upper));
  state.addAttribute(getStepAttrName(state.name), builder.getI64IntegerAttr(step));
  state.addAttribute(getAheadAttrName(state.name), builder.getI64IntegerAttr(ahead));
  state.addTypes(results);
  state.addRegion()->emplaceBlock().addArgument(builder.getIndexType(), state.location);
}

void StageOp::getAsmBlockArgumentNames(Region &, OpAsmSetValueNameFn setName) {
  if (!getBodyBlock()->args_empty())
    setName(getIndex(), "k");
}

//===-- store, contract, map
//-------------------------------------------------------------------------------------===//

ParseResult StoreOp::parse(OpAsmParser &parser, OperationState &result) {
  OpAsmParser::UnresolvedOperand tile, view;
  SmallVector<OpAsmParser::UnresolvedOperand> indices;
  TileType tileType;
  ViewType viewType;
  if (parser.parseOperand(tile) || parser.parseComma() || parser.parseOperand(view) ||
      parser.parseOperandList(indices, OpAsmParser::Delimiter::Square) ||
      parser.parseOptionalAttrDict(result.attributes) || parser.parseColonType(tileType) ||
      parser.parseComma() || parser.parseType(viewType))
    return failure();
  Builder &builder = parser.getBuilder();
  SmallVector<Type> types(indices.size(), builder.getIndexType());
  if (viewType.isCache() && !types.empty())
    types[0] = TileType::get(builder.getContext(), {ShapedType::kDynamic, 1}, Element::I32, Level::Reg);
  return failure(parser.resolveOperand(tile, tileType, result.operands) ||
                 parser.resolveOperand(view, viewType, result.operands) ||
                 parser.resolveOperands(indices, types, parser.getCurrentLocation(), result.operands));
}

void StoreOp::print(OpAsmPrinter &printer) {
  printer << ' ' << getTile() << ", " << getView() << '[' << getIndices() << ']';
  printer.printOptionalAttrDict((*this)->getAttrs());
  printer << " : " << getTile().getType() << ", " << getView().getType();
}

ParseResult ContractOp::parse(OpAsmParser &parser, OperationState &result) {
  OpAsmParser::UnresolvedOperand activation, view, valid;
  SmallVector<OpAsmParser::UnresolvedOperand> indices;
  TileType activationType, resultType;
  ViewType viewType;
  if (parser.parseOperand(activation) || parser.parseComma() || parser.parseOperand(view) ||
      parser.parseOperandList(indices, OpAsmParser::Delimiter::Square))
    return failure();
  bool hasValid = succeeded(parser.parseOptionalKeyword("valid"));
  if (hasValid && (parser.parseLParen() || parser.parseOperand(valid) || parser.parseRParen()))
    return failure();
  if (parser.parseOptionalAttrDict(result.attributes) || parser.parseColonType(activationType) ||
      parser.parseComma() || parser.parseType(viewType) || parser.parseArrow() ||
      parser.parseType(resultType))
    return failure();
  Builder &builder = parser.getBuilder();
  MLIRContext *context = builder.getContext();
  SmallVector<Type> types(indices.size(), builder.getIndexType());
  if (viewType.isCache() && !types.empty())
    types[0] = BlockType::get(context);
  if (parser.resolveOperand(activation, activationType, result.operands) ||
      parser.resolveOperand(view, viewType, result.operands) ||
      parser.resolveOperands(indices, types, parser.getCurrentLocation(), result.operands))
    return failure();
  auto validType = TileType::get(context, {ShapedType::kDynamic, 1, 1}, Element::I32, Level::Reg);
  if (hasValid && parser.resolveOperand(valid, validType, result.operands))
    return failure();
  result.addTypes(resultType);
  result.getOrAddProperties<Properties>().operandSegmentSizes = {1, 1, static_cast<int32_t>(indices.size()),
                                                                 hasValid ? 1 : 0};
  return success();
}

void ContractOp::print(OpAsmPrinter &printer) {
  printer << ' ' << getActivation() << ", " << getView() << '[' << getIndices() << ']';
  if (getValid())
    printer << " valid(" << getValid() << ')';
  printer.printOptionalAttrDict((*this)->getAttrs(), {getOperandSegmentSizeAttr()});
  printer << " : " << getActivation().getType() << ", " << getView().getType() << " -> "
          << getResult().getType();
}

void MapOp::build(OpBuilder &builder, OperationState &state, TileType result, ValueRange inputs,
                  function_ref<Value(OpBuilder &, Location, ValueRange)> body, bool indexed) {
  state.addOperands(inputs);
  state.addTypes(result);
  if (indexed)
    state.addAttribute(getIndexedAttrName(state.name), builder.getUnitAttr());
  Block &block = state.addRegion()->emplaceBlock();
  auto scalar = [&](Type type) -> Type {
    return cast<TileType>(type).getElement() == Element::I32 ? Type(builder.getI32Type())
                                                             : Type(builder.getF32Type());
  };
  for (Type type : inputs.getTypes())
    block.addArgument(scalar(type), state.location);
  if (indexed)
    block.addArgument(builder.getI32Type(), state.location);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToEnd(&block);
  Value element = body(builder, state.location, block.getArguments());
  YieldOp::create(builder, state.location, element);
}

} // namespace sennit::tile
