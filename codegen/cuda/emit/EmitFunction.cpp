// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Names, the frame of a function, and the loops over rows.
#include "codegen/cuda/emit/EmitFunction.h"

#include "llvm/ADT/StringExtras.h"

using namespace mlir;

namespace sennit {

std::string weightFormatText(Format format) {
  return "WeightFormat::" + llvm::StringRef(stringifyFormat(format)).upper();
}

std::string operandKindText(tile::Element element) {
  switch (element) {
  case tile::Element::F16:
    return "OperandKind::F16";
  case tile::Element::BF16:
    return "OperandKind::BF16";
  default:
    return "OperandKind::Split";
  }
}

FunctionEmitter::FunctionEmitter(tile::KernelOp function, CudaText &text)
    : function(function), schedule(function.getCudaSchedule()), text(text), names(function) {
  text.loc = function.getLoc();
}

std::string FunctionEmitter::nameOf(Value value) {
  std::string printed;
  llvm::raw_string_ostream stream(printed);
  value.printAsOperand(stream, names);
  // `%5` is a tile or a view without a name of its own, `%6#1` a result of several.
  std::string name = printed.substr(1);
  for (char &c : name)
    if (!llvm::isAlnum(c))
      c = '_';
  return llvm::isDigit(name[0]) ? "t" + name : name;
}

void FunctionEmitter::comment(Operation *op) {
  std::string printed;
  llvm::raw_string_ostream stream(printed);
  // Attributes and regions follow the types.
  op->print(stream, names);
  StringRef line = StringRef(printed).take_until([](char c) { return c == '\n'; });
  for (StringRef end : {" : ", " -> ", " {"})
    line = line.split(end).first;
  text.comment(line.trim());
}

void FunctionEmitter::beginFunction() {
  std::string name = function.getSymName().str();
  text.include("elements.cuh");
  text.begin(name, "SENNIT_KERNEL(" + std::to_string(schedule.getThreads()) + ", " +
                       std::to_string(schedule.getBlocks()) + ") " + name +
                       "(SENNIT_PARAMETER Launch launch)");
  text.comment("tile.kernel @" + name + ", form " + stringifyCudaForm(schedule.getForm()));
  text.line("const Rows rows = rows_of(launch);");
}

void FunctionEmitter::declareViews() {
  for (BlockArgument view : function.getViews())
    if (!view.use_empty())
      text.line("unsigned char *const " + nameOf(view) + " = operand<unsigned char>(launch, " +
                std::to_string(view.getArgNumber()) + ");");
}

CudaFunction FunctionEmitter::describe(int64_t sharedBytes, int64_t tiles, int64_t rowsPerBlock) const {
  auto function = this->function;
  CudaFunction described;
  described.entry = function.getSymName().str();
  described.threads = schedule.getThreads();
  described.sharedBytes = sharedBytes;
  described.tiles = tiles;
  described.rowsPerBlock = rowsPerBlock;
  described.blocksPerSm = schedule.getBlocks();
  return described;
}

FailureOr<CudaFunction> FunctionEmitter::emit() {
  CudaFunction described;
  switch (schedule.getForm()) {
  case tile::CudaForm::Row:
    described = emitRow();
    break;
  case tile::CudaForm::Encode:
    described = emitEncode();
    break;
  case tile::CudaForm::Few:
  case tile::CudaForm::Stream:
  case tile::CudaForm::Many:
    described = emitLinear();
    break;
  case tile::CudaForm::Prompt:
  case tile::CudaForm::Generated:
  case tile::CudaForm::Merge:
    described = emitAttention();
    break;
  }
  if (failed)
    return failure();
  return described;
}

/// `body` for each row: by a block of threads, or by a warp where the schedule has several rows in a block.
static void eachRow(CudaText &text, int64_t rowsPerBlock, llvm::function_ref<void()> body) {
  bool warps = rowsPerBlock > 1;
  text.line(warps ? "const WarpRow scope{};"
                  : "const BlockRow scope{reinterpret_cast<float *>(shared_memory())};");
  std::string count = std::to_string(rowsPerBlock);
  auto loop = emitc::ForOp::create(
      text.builder, text.loc,
      text.literal(text.intType(), warps ? "rows.begin + block_index() * " + count + " + warp_index()"
                                         : "rows.begin + block_index()"),
      text.literal(text.intType(), "rows.end"),
      text.literal(text.intType(), warps ? "block_count() * " + count : "block_count()"));
  OpBuilder::InsertionGuard guard(text.builder);
  text.builder.setInsertionPointToStart(loop.getBody());
  text.line("const int m = {};", loop.getInductionVar());
  body();
}

CudaFunction FunctionEmitter::emitRow() {
  beginFunction();
  declareViews();
  bool warps = schedule.getRows() > 1;
  if (warps && schedule.getRows() != schedule.getThreads() / 32)
    error(function) << "expected a row for each warp or one for the block, found " << schedule.getRows()
                    << " rows for " << schedule.getThreads() << " threads";
  if (!warps && schedule.getThreads() != 128)
    error(function) << "expected 128 threads for a row, found " << schedule.getThreads();
  // A block joins the sums of its warps in its first 512 bytes. Shared tiles follow; of warps each has its
  // own.
  sharedBytes = 0;
  eachRow(text, schedule.getRows(), [&] { emitOps(*function.getBodyBlock()); });
  int64_t bytes = warps ? sharedBytes * schedule.getRows() : 512 + sharedBytes;
  return describe(bytes, /*tiles=*/1, schedule.getRows());
}

CudaFunction FunctionEmitter::emitEncode() {
  beginFunction();
  text.include("activations.cuh");
  declareViews();
  bool warps = schedule.getRows() > 1;
  tile::PrologueOp prologue = function.getPrologue();
  auto type = cast<tile::TileType>(prologue.getResult(0).getType());
  eachRow(text, schedule.getRows(), [&] {
    comment(prologue);
    emitOps(*prologue.getBodyBlock());
    auto encode = prologue.getBodyBlock()->getTerminator()->getOperand(0).getDefiningOp<tile::EncodeOp>();
    if (!encode || prologue.getNumResults() != 1) {
      error(prologue) << "expected one encoded tile";
      return;
    }
    comment(encode);
    std::string kind = operandKindText(type.getElement()), k = std::to_string(type.getColumns());
    text.line("encode_row<" + kind + ", " + k + ">(scope, ScratchActivations<" + kind + ", " + k +
              ">{launch.scratch}, m - rows.begin, " + callable(encode.getTile()) + ");");
  });
  return describe(warps ? sharedBytes * schedule.getRows() : 512 + sharedBytes, /*tiles=*/1,
                  schedule.getRows());
}

} // namespace sennit
