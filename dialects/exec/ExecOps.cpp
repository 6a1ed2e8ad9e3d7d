// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "dialects/exec/Exec.h"

#include "mlir/IR/Builders.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace sennit;
using namespace sennit::exec;

//===- Directives of the assembly formats
//-----------------------------------------------------------------------===//

static ParseResult parseLevels(OpAsmParser &parser, DenseI32ArrayAttr &levels) {
  SmallVector<int32_t> values;
  auto parseOne = [&]() -> ParseResult {
    FailureOr<CpuLevel> level = FieldParser<CpuLevel>::parse(parser);
    if (failed(level))
      return failure();
    values.push_back(static_cast<int32_t>(*level));
    return success();
  };
  if (parser.parseCommaSeparatedList(AsmParser::Delimiter::Square, parseOne))
    return failure();
  levels = parser.getBuilder().getDenseI32ArrayAttr(values);
  return success();
}

static void printLevels(OpAsmPrinter &printer, Operation *, DenseI32ArrayAttr levels) {
  printer << '[';
  llvm::interleaveComma(levels.asArrayRef(), printer,
                        [&](int32_t level) { printer << stringifyCpuLevel(static_cast<CpuLevel>(level)); });
  printer << ']';
}

template <typename T, typename AttrT>
static ParseResult parseNumbers(OpAsmParser &parser, AttrT &attr) {
  SmallVector<T> values;
  if (parser.parseCommaSeparatedList(AsmParser::Delimiter::Square,
                                     [&] { return parser.parseInteger(values.emplace_back()); }))
    return failure();
  attr = AttrT::get(parser.getContext(), values);
  return success();
}

static ParseResult parseIds(OpAsmParser &parser, DenseI32ArrayAttr &ids) {
  return parseNumbers<int32_t>(parser, ids);
}

static void printIds(OpAsmPrinter &printer, Operation *, DenseI32ArrayAttr ids) {
  printer << '[';
  llvm::interleaveComma(ids.asArrayRef(), printer);
  printer << ']';
}

// Hashes use all 64 bits; they are kept as signed numbers of the same bits, since arrays hold those.
static ParseResult parseHashes(OpAsmParser &parser, DenseI64ArrayAttr &hashes) {
  return parseNumbers<int64_t>(parser, hashes);
}

static void printHashes(OpAsmPrinter &printer, Operation *, DenseI64ArrayAttr hashes) {
  printer << '[';
  llvm::interleaveComma(hashes.asArrayRef(), printer);
  printer << ']';
}

static ParseResult parseNumber(OpAsmParser &parser, FloatAttr &number) {
  double value;
  if (parser.parseFloat(value))
    return failure();
  number = parser.getBuilder().getF64FloatAttr(value);
  return success();
}

static void printNumber(OpAsmPrinter &printer, Operation *, FloatAttr number) {
  printer << formatNumber(number.getValueAsDouble());
}

static ParseResult parseAccesses(OpAsmParser &parser, ArrayAttr &accesses) {
  SmallVector<Attribute> values;
  auto parseOne = [&]() -> ParseResult {
    uint32_t slot;
    if (parser.parseInteger(slot))
      return failure();
    FailureOr<AccessMode> mode = FieldParser<AccessMode>::parse(parser);
    if (failed(mode))
      return failure();
    FailureOr<AccessRange> range = FieldParser<AccessRange>::parse(parser);
    if (failed(range))
      return failure();
    values.push_back(AccessAttr::get(parser.getContext(), slot, *mode, *range));
    return success();
  };
  if (parser.parseCommaSeparatedList(AsmParser::Delimiter::Square, parseOne))
    return failure();
  accesses = parser.getBuilder().getArrayAttr(values);
  return success();
}

static void printAccesses(OpAsmPrinter &printer, Operation *, ArrayAttr accesses) {
  printer << '[';
  llvm::interleaveComma(accesses.getAsRange<AccessAttr>(), printer, [&](AccessAttr access) {
    printer << access.getSlot() << ' ' << stringifyAccessMode(access.getMode()) << ' '
            << stringifyAccessRange(access.getRange());
  });
  printer << ']';
}

/// `DOMAIN rows BEGIN to END`, or the domain alone for all rows.
static ParseResult parseDomainRows(OpAsmParser &parser, RowDomainAttr &domain, IntegerAttr &begin,
                                   IntegerAttr &end) {
  FailureOr<RowDomain> value = FieldParser<RowDomain>::parse(parser);
  if (failed(value))
    return failure();
  domain = RowDomainAttr::get(parser.getContext(), *value);
  if (failed(parser.parseOptionalKeyword("rows")))
    return success();
  uint32_t first, last = lastRow;
  if (parser.parseInteger(first) || parser.parseKeyword("to") ||
      (failed(parser.parseOptionalKeyword("max")) && parser.parseInteger(last)))
    return failure();
  auto type = parser.getBuilder().getIntegerType(32, /*isSigned=*/false);
  begin = IntegerAttr::get(type, APInt(32, first));
  end = IntegerAttr::get(type, APInt(32, last));
  return success();
}

static void printDomainRows(OpAsmPrinter &printer, Operation *, RowDomainAttr domain, IntegerAttr begin,
                            IntegerAttr end) {
  printer << stringifyRowDomain(domain.getValue());
  uint64_t first = begin ? begin.getValue().getZExtValue() : 0;
  uint64_t last = end ? end.getValue().getZExtValue() : lastRow;
  if (first == 0 && last == lastRow)
    return;
  printer << " rows " << first << " to ";
  if (last == lastRow)
    printer << "max";
  else
    printer << last;
}

//===- Names of results
//-----------------------------------------------------------------------------------------===//

/// What MLIR would spell in hexadecimal becomes a dot.
static std::string valueName(StringRef name) {
  std::string text = name.str();
  for (char &c : text)
    if (!llvm::isAlnum(c) && c != '_' && c != '.')
      c = '.';
  return text;
}

void BufferOp::getAsmResultNames(OpAsmSetValueNameFn setName) {
  setName(getResult(), valueName(getName()));
}

void SlotOp::getAsmResultNames(OpAsmSetValueNameFn setName) {
  switch (getSpace()) {
  case Space::Arena:
    if (auto buffer = getBuffer() ? getBuffer().getDefiningOp<BufferOp>() : BufferOp())
      return setName(getResult(), "s." + valueName(buffer.getName()));
    return;
  case Space::Weight:
    if (getWeight())
      setName(getResult(), valueName(*getWeight()));
    return;
  case Space::KeyCache:
  case Space::ValueCache:
    if (getLayer())
      setName(getResult(), (getSpace() == Space::KeyCache ? "keys" : "values") + std::to_string(*getLayer()));
    return;
  case Space::Step:
    if (getField())
      setName(getResult(), stringifyStepField(*getField()));
    return;
  }
}

//===- Builders and helpers
//-------------------------------------------------------------------------------------===//

void SlotOp::build(OpBuilder &builder, OperationState &state, Value buffer) {
  build(builder, state, builder.getType<SlotType>(), SpaceAttr::get(builder.getContext(), Space::Arena),
        buffer, StringAttr(), IntegerAttr(), StepFieldAttr());
}

void SlotOp::build(OpBuilder &builder, OperationState &state, StringAttr weight) {
  build(builder, state, builder.getType<SlotType>(), SpaceAttr::get(builder.getContext(), Space::Weight),
        Value(), weight, IntegerAttr(), StepFieldAttr());
}

void SlotOp::build(OpBuilder &builder, OperationState &state, Space space, uint32_t layer) {
  auto type = builder.getIntegerType(32, /*isSigned=*/false);
  build(builder, state, builder.getType<SlotType>(), SpaceAttr::get(builder.getContext(), space), Value(),
        StringAttr(), builder.getIntegerAttr(type, APInt(32, layer)), StepFieldAttr());
}

void SlotOp::build(OpBuilder &builder, OperationState &state, StepField field) {
  build(builder, state, builder.getType<SlotType>(), SpaceAttr::get(builder.getContext(), Space::Step),
        Value(), StringAttr(), IntegerAttr(), StepFieldAttr::get(builder.getContext(), field));
}

OperandRange exec::slotsOf(Operation *command) {
  return TypeSwitch<Operation *, OperandRange>(command)
      .Case<LaunchOp, CollectiveOp>([](auto op) { return op.getSlots(); })
      .Default([](Operation *op) { return op->getOperands(); });
}

SmallVector<AccessAttr> exec::accessesOf(Operation *command) {
  return TypeSwitch<Operation *, SmallVector<AccessAttr>>(command)
      .Case<LaunchOp, CopyOp, CollectiveOp>(
          [](auto op) { return llvm::to_vector(op.getAccesses().template getAsRange<AccessAttr>()); })
      .Default([](Operation *) { return SmallVector<AccessAttr>(); });
}

std::optional<CommandRows> exec::rowsOf(Operation *command) {
  return TypeSwitch<Operation *, std::optional<CommandRows>>(command)
      .Case<LaunchOp, CopyOp, CollectiveOp>(
          [](auto op) { return CommandRows{op.getDomain(), op.getRowBegin(), op.getRowEnd()}; })
      .Default([](Operation *) { return std::nullopt; });
}

#define GET_OP_CLASSES
#include "dialects/exec/ExecOps.cpp.inc"
