// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Attention: the walk over keys is a primitive, which calls lambdas for an element of the queries and of the
// result.
#include "codegen/cuda/emit/AttentionBody.h"
#include "codegen/cuda/emit/EmitFunction.h"

#include "codegen/cuda/device/attention_shape.cuh"

#include "llvm/ADT/StringExtras.h"

using namespace mlir;

namespace sennit {

AttentionShape attentionShapeOf(tile::KernelOp function) {
  tile::ContractOp scores;
  function.getBody().walk([&](tile::ContractOp contract) {
    if (contract.getView().getType().getLayout() == tile::ViewLayout::Keys)
      scores = contract;
  });
  tile::ViewType view = scores.getView().getType();
  return {view.getFormat() == Format::F32 ? 4 : 2, static_cast<int>(view.getWidth()),
          static_cast<int>(scores.getActivation().getType().getGroup()),
          static_cast<int>(view.getShape()[1])};
}

/// Ops on one element of a row, kv head, member of its group and dimension: every tile is a scalar.
void FunctionEmitter::emitElementwise(Operation &op) {
  if (isa<arith::ArithDialect>(op.getDialect()))
    return;
  if (!isa<tile::LoadOp, tile::MapOp, tile::ConstantOp, tile::FillOp>(op)) {
    error(&op) << "cannot be computed for queries or results of attention on a GPU";
    return;
  }
  auto type = cast<tile::TileType>(op.getResult(0).getType());
  bool one = type.getColumns() == 1 && type.getGroup() == 1;
  if (!one && type.getRank() != 3) {
    error(&op) << "expected a tile of one element or of a group of heads, found " << type;
    return;
  }
  if (type.getGroup() > 1 && type.getColumns() == 1) {
    error(&op) << "expected a tile of whole heads, found " << type;
    return;
  }
  comment(&op);
  std::string name = nameOf(op.getResult(0));
  std::string column = one ? "0" : "member * " + std::to_string(type.getColumns()) + " + d";
  Value value = define(op.getResult(0), column);
  text.line("const auto " + name + " = {};", value);
  tiles[op.getResult(0)] = {Tile::Kind::Scalar, name};
}

CudaFunction FunctionEmitter::emitAttention() {
  auto sections = function.getSections();
  if (sections.size() != 1) {
    error(function) << "expected one section over kv heads";
    return {};
  }
  if (mlir::failed(checkAttentionBody(sections[0]))) {
    failed = true;
    return {};
  }
  tile::ColumnsOp section = sections[0];
  auto keys = *section.getBodyBlock()->getOps<tile::KeysOp>().begin();
  tile::MapOp result = attentionResult(keys);
  auto contracts = keys.getBodyBlock()->getOps<tile::ContractOp>();
  tile::ContractOp scores = *contracts.begin(), sums = *std::next(contracts.begin());
  AttentionShape shape = attentionShapeOf(function);
  tile::CudaForm form = schedule.getForm();
  bool merge = form == tile::CudaForm::Merge;
  if (schedule.getThreads() != attention_threads) {
    error(function) << "expected " << attention_threads << " threads, found " << schedule.getThreads();
    return {};
  }

  beginFunction();
  text.include(form == tile::CudaForm::Prompt ? "attention_prompt.cuh" : "attention_generated.cuh");
  text.line("using Shape = Attention<" + std::to_string(shape.element_bytes) + ", " +
            std::to_string(shape.head_dim) + ", " + std::to_string(shape.group) + ", " +
            std::to_string(shape.kv_heads) + ">;");
  if (!merge) {
    SmallVector<std::string> tables;
    for (unsigned i = 1; i <= 7; ++i)
      tables.push_back("operand<const int>(launch, " +
                       std::to_string(cast<BlockArgument>(keys->getOperand(i)).getArgNumber()) + ")");
    text.line("const StepKeys step{" + llvm::join(tables, ", ") + "};");
  }
  comment(section);
  comment(keys);
  std::string element =
      "int " + nameOf(function.getRow()) + ", int " + nameOf(section.getIndex()) + ", int member, int d";
  if (!merge) {
    text.line(std::string(form == tile::CudaForm::Prompt ? "attention_prompt" : "attention_partial") +
              "<Shape>(launch, step, " + viewOf(scores.getView()) + ", " + viewOf(sums.getView()) + ", [&](" +
              element + ") -> float {");
    for (Operation &op : *section.getBodyBlock()) {
      if (&op == keys)
        break;
      if (!isa<tile::FillOp>(op))
        emitElementwise(op);
    }
    text.line("return {};", evaluate(scores.getActivation(), "d"));
  }
  if (form == tile::CudaForm::Prompt)
    text.line("}, [&](" + element + ", float sum) {");
  else if (merge)
    text.line("attention_merge<Shape>(launch, [&](" + element + ", float sum) {");
  if (form != tile::CudaForm::Generated) {
    comment(result);
    tiles[result.getResult()] = {Tile::Kind::Scalar, "sum"};
    for (Operation *op = result->getNextNode(); op; op = op->getNextNode()) {
      auto store = dyn_cast<tile::StoreOp>(op);
      if (!store) {
        emitElementwise(*op);
        continue;
      }
      if (store.getView().getType().isCache() || store.getTile().getType().getRank() != 3) {
        error(store) << "expected whole heads for a view with layout rows";
        continue;
      }
      comment(store);
      storeElement(store, "member * " + std::to_string(shape.head_dim) + " + d");
    }
  }
  text.line("});");
  if (form == tile::CudaForm::Prompt)
    return describe(shape.prompt_shared_bytes(), shape.prompt_tiles(), shape.prompt_rows());
  if (merge)
    return describe(0, shape.kv_heads, 1);
  return describe(shape.partial_shared_bytes(), /*tiles=*/0, /*rowsPerBlock=*/0);
}

} // namespace sennit
