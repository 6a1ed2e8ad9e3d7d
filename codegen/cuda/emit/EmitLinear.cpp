// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Contractions of packed weights. The staged loop over K, its ring in shared memory and the order of its sums
// are the primitives LinearFew, LinearStream and LinearMany; what stands before and after it is emitted into
// their lambdas.
#include "codegen/cuda/emit/EmitFunction.h"

#include "passes/tile/WeightFormats.h"

#include "llvm/ADT/StringExtras.h"

using namespace mlir;

namespace sennit {

/// What the sections of a function have in common, and their weights.
struct FunctionEmitter::LinearShape {
  Format format = Format::F32;
  WeightFormat weightFormat = WeightFormat::F32;
  int64_t k = 0, weights = 0;
  SmallVector<tile::StageOp> stages;           ///< one for each section
  SmallVector<SmallVector<Value>> weightViews; ///< of each section

  int kInt() const { return static_cast<int>(k); }
  int weightsInt() const { return static_cast<int>(weights); }
};

/// Reads the staged loops, which must be what tile-split-variants makes: the primitives run exactly that.
bool FunctionEmitter::findLinear(LinearShape &shape) {
  bool few = schedule.getForm() == tile::CudaForm::Few;
  for (tile::ColumnsOp section : function.getSections()) {
    auto stages = section.getBodyBlock()->getOps<tile::StageOp>();
    if (!llvm::hasSingleElement(stages)) {
      error(section) << "expected one tile.stage in each section";
      return false;
    }
    tile::StageOp stage = *stages.begin();
    SmallVector<Value> views;
    for (Value sum : stage.getBodyBlock()->getTerminator()->getOperands()) {
      auto contract = sum.getDefiningOp<tile::ContractOp>();
      auto load = contract ? contract.getView().getDefiningOp<tile::AsyncLoadOp>() : nullptr;
      if (!load || !isa<tile::ViewType>(load.getSource().getType()) || load.getRow() != section.getIndex() ||
          load.getColumn() != stage.getIndex() || contract.getIndices()[0] != stage.getIndex()) {
        error(stage)
            << "expected sums over slices of weights, loaded from the section's column and the stage's k on";
        return false;
      }
      Operation *activation = contract.getActivation().getDefiningOp();
      auto slice = dyn_cast_if_present<tile::AsyncLoadOp>(activation);
      bool known = few ? isa_and_present<tile::PrologueOp>(activation)
                       : slice && slice.getSource().getDefiningOp<tile::EncodedOp>() &&
                             slice.getRow() == function.getRow() && slice.getColumn() == stage.getIndex();
      if (!known) {
        error(contract) << "expected activations "
                        << (few ? "of the prologue" : "loaded slice by slice from scratch");
        return false;
      }
      auto view = cast<tile::ViewType>(load.getSource().getType());
      if (section.getLower() != 0 || static_cast<int64_t>(section.getUpper()) != view.getShape()[0]) {
        error(section) << "expected columns over all rows of the weight, found " << view;
        return false;
      }
      if (views.empty() && shape.stages.empty()) {
        shape.format = view.getFormat();
        shape.weightFormat = weightFormatOf(shape.format);
        shape.k = view.getWidth();
      }
      if (view.getFormat() != shape.format || view.getWidth() != shape.k) {
        error(contract) << "expected weights of one format and width in a function, found " << view;
        return false;
      }
      views.push_back(load.getSource());
    }
    if (shape.stages.empty())
      shape.weights = static_cast<int64_t>(views.size());
    if (static_cast<int64_t>(views.size()) != shape.weights || views.empty() || views.size() > 2) {
      error(stage) << "expected one or two weights, as many in each section, found " << views.size();
      return false;
    }
    shape.stages.push_back(stage);
    shape.weightViews.push_back(views);
  }
  // Depth and width of the ring are the primitive's own.
  int tokens = few ? 0 : static_cast<int>(schedule.getRows());
  bool many = schedule.getForm() == tile::CudaForm::Many;
  int64_t step = many ? step_k : block_k,
          slots =
              many ? many_slots(shape.kInt()) : ring_slots(shape.weightFormat, shape.weightsInt(), tokens);
  for (tile::StageOp stage : shape.stages)
    if (static_cast<int64_t>(stage.getStep()) != step ||
        static_cast<int64_t>(stage.getAhead()) != slots - 1 ||
        static_cast<int64_t>(stage.getUpper()) != shape.k) {
      error(stage) << "expected to " << shape.k << " step " << step << " ahead " << slots - 1
                   << ", which is what the primitive does";
      return false;
    }
  return true;
}

CudaFunction FunctionEmitter::emitLinear() {
  LinearShape shape;
  if (!findLinear(shape))
    return {};
  beginFunction();
  text.line("const Rows rows = rows_of(launch);");
  tile::CudaForm form = schedule.getForm();
  bool few = form == tile::CudaForm::Few;
  text.include(form == tile::CudaForm::Many ? "linear_many.cuh" : "linear_few.cuh");
  size_t sections = shape.stages.size();
  std::string counts = std::to_string(sections) + ", " + std::to_string(shape.weights);
  SmallVector<std::string> bases, rows;
  int64_t tiles = 0, columns = schedule.getColumns();
  for (auto [stage, views] : llvm::zip_equal(shape.stages, shape.weightViews)) {
    SmallVector<std::string> names;
    for (Value view : views)
      names.push_back(viewOf(view));
    bases.push_back("{" + llvm::join(names, ", ") + "}");
    auto section = cast<tile::ColumnsOp>(stage->getParentOp());
    rows.push_back(std::to_string(section.getUpper()));
    tiles += llvm::divideCeil(static_cast<int64_t>(section.getUpper()), columns);
  }
  text.line("const LinearWeights<" + counts + "> weights{{" + llvm::join(bases, ", ") + "}, {" +
            llvm::join(rows, ", ") + "}};");
  std::string parameters = weightFormatText(shape.format) + ", " + std::to_string(shape.k) + ", " +
                           std::to_string(schedule.getRows()) + ", " + counts;
  comment(shape.stages[0]);
  if (few) {
    tile::PrologueOp prologue = function.getPrologue();
    auto encode = prologue.getBodyBlock()->getTerminator()->getOperand(0).getDefiningOp<tile::EncodeOp>();
    if (!encode || prologue.getNumResults() != 1) {
      error(prologue) << "expected one encoded tile";
      return {};
    }
    text.line("LinearFew<" + parameters + "> linear(weights);");
    text.line("linear.start();");
    comment(prologue);
    text.line("linear.rows(rows.count(), [&](auto scope, int row) {");
    text.line("const int m = rows.begin + row;");
    emitOps(*prologue.getBodyBlock());
    comment(encode);
    text.line("linear.encode(scope, row, " + callable(encode.getTile()) + ");");
    text.line("});");
    text.comment("tile.barrier: linear.rows ends with it");
  } else {
    text.line(std::string("using Linear = ") +
              (form == tile::CudaForm::Many ? "LinearMany<" : "LinearStream<") + parameters + ">;");
  }
  SmallVector<std::string> sums;
  for (int64_t w = 0; w < shape.weights; ++w)
    sums.push_back("float sum" + std::to_string(w));
  text.line((few ? "linear.run([&]"
                 : "Linear::run(weights, Linear::Activations{launch.scratch}, rows.count(), [&]") +
            std::string("(int section, int column, int row, ") + llvm::join(sums, ", ") + ") {");
  text.line("const int m = rows.begin + row;");
  emitEpilogue(shape);
  text.line("});");
  auto tokens = static_cast<int>(schedule.getRows());
  int64_t bytes = few ? few_shared_bytes(shape.weightFormat, shape.kInt(), tokens, shape.weightsInt())
                  : form == tile::CudaForm::Stream
                      ? stream_shared_bytes(shape.weightFormat, shape.kInt(), tokens, shape.weightsInt())
                      : many_shared_bytes(shape.weightFormat, shape.kInt(), tokens, shape.weightsInt());
  return describe(bytes, tiles, few ? 0 : schedule.getRows());
}

/// The rest of each section, on one element of its sums: column `n + c`, where c counts in the section's
/// step.
void FunctionEmitter::emitEpilogue(LinearShape &shape) {
  for (auto [i, stage] : llvm::enumerate(shape.stages)) {
    auto section = cast<tile::ColumnsOp>(stage->getParentOp());
    comment(section);
    if (shape.stages.size() > 1)
      text.line((i ? "else if (section == " : "if (section == ") + std::to_string(i) + ") {");
    std::string n = nameOf(section.getIndex());
    text.line("const int " + n + " = column / 16 * 16, c = column % 16;");
    for (auto [w, sum] : llvm::enumerate(stage.getResults()))
      tiles[sum] = {Tile::Kind::Scalar, "sum" + std::to_string(w)};
    for (Operation &op : *section.getBodyBlock()) {
      if (isa<arith::ArithDialect>(op.getDialect()) || &op == stage)
        continue;
      if (auto store = dyn_cast<tile::StoreOp>(op)) {
        if (store.getView().getType().isCache() || store.getTile().getType().getColumns() != tile::lanes) {
          error(store)
              << "expected 16 columns for a view with layout rows under the columns of a packed weight";
          continue;
        }
        comment(store);
        storeElement(store, "c");
      } else if (isa<tile::LoadOp, tile::MapOp, tile::ConstantOp, tile::FillOp>(op)) {
        auto type = cast<tile::TileType>(op.getResult(0).getType());
        if (type.getRank() != 2 || !type.isReg() ||
            (type.getColumns() != 1 && type.getColumns() != tile::lanes)) {
          error(&op)
              << "expected a reg tile of 16 columns or one under the columns of a packed weight, found "
              << type;
          continue;
        }
        // One element is at hand, so every tile is a scalar.
        comment(&op);
        std::string name = nameOf(op.getResult(0));
        Value value = define(op.getResult(0), type.getColumns() == 1 ? "0" : "c");
        text.line("const auto " + name + " = {};", value);
        tiles[op.getResult(0)] = {Tile::Kind::Scalar, name};
      } else {
        error(&op) << "cannot run under the columns of a packed weight";
      }
    }
    if (shape.stages.size() > 1)
      text.line("}");
  }
}

} // namespace sennit
