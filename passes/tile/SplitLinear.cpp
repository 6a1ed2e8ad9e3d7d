// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Linears: sections that multiply the same activation by weights of one format form a group, which has
// functions of its own. How they are cut is decided in codegen/cuda/device/linear_shapes.cuh.
#include "passes/tile/Variants.h"

#include "passes/tile/WeightFormats.h"

namespace sennit {

using namespace mlir;
using tile::CudaAttr;
using tile::CudaForm;
using tile::TileType;

namespace {

struct Group {
  Format format;
  int64_t k, weights; ///< columns of the activation; contractions of a section
  unsigned result;    ///< of the prologue
  SmallVector<unsigned> sections{};

  bool agrees(const Group &other) const {
    return format == other.format && k == other.k && weights == other.weights && result == other.result;
  }
};

class Linear {
public:
  Linear(tile::KernelOp kernel, int64_t arch) : kernel(kernel), arch(arch) {}

  FailureOr<SmallVector<tile::KernelOp>> split() {
    if (failed(findGroups()))
      return failure();
    for (auto [number, group] : llvm::enumerate(groups))
      makeFunctions(static_cast<int64_t>(number), group);
    kernel.erase();
    return std::move(made);
  }

private:
  LogicalResult findGroups() {
    for (auto [i, section] : llvm::enumerate(kernel.getSections())) {
      std::optional<Group> group;
      for (auto contract : section.getBodyBlock()->getOps<tile::ContractOp>()) {
        tile::ViewType view = contract.getView().getType();
        auto prologue = contract.getActivation().getDefiningOp<tile::PrologueOp>();
        if (!prologue)
          return contract.emitOpError("expected an activation from the prologue");
        if (section.getLower() != 0 || static_cast<int64_t>(section.getUpper()) != view.getShape()[0])
          return contract.emitOpError("expected columns over all rows of the weight, found ")
                 << view << " in columns " << section.getLower() << " to " << section.getUpper();
        unsigned result = cast<OpResult>(contract.getActivation()).getResultNumber();
        if (!group)
          group = Group{view.getFormat(), view.getWidth(), 0, result};
        if (group->format != view.getFormat() || group->result != result)
          return contract.emitOpError(
              "expected contractions of one section to have one format and one activation");
        ++group->weights;
      }
      if (!group)
        return section.emitOpError("expected a contraction in each section of a kernel with packed weights");
      if (group->weights > 2)
        return section.emitOpError("expected at most 2 contractions in a section on a GPU, found ")
               << group->weights;
      auto known = llvm::find_if(groups, [&](const Group &other) { return other.agrees(*group); });
      if (known == groups.end())
        known = groups.insert(known, *group);
      known->sections.push_back(static_cast<unsigned>(i));
    }
    return success();
  }

  /// Most shared memory of one block (CUDA C++ programming guide, technical specifications).
  int64_t blockMemory() const {
    return (arch == 86 || arch == 89 || arch >= 120 ? 99 : arch >= 90 ? 227 : 163) * 1024;
  }

  /// Blocks of `sharedBytes` that one multiprocessor holds, at most `most`.
  int64_t blocksThatFit(int64_t sharedBytes, int64_t most) const {
    return std::clamp<int64_t>(blockMemory() / (sharedBytes + 1024), 1,
                               most); // 1 KiB of each block is the system's
  }

  void makeFunctions(int64_t number, const Group &group) {
    WeightFormat format = weightFormatOf(group.format);
    auto k = static_cast<int>(group.k), weights = static_cast<int>(group.weights);
    auto schedule = [&](CudaForm form, int64_t most, int64_t rows, int64_t columns, int64_t stages,
                        int64_t blocks) {
      return CudaAttr::get(kernel.getContext(), form, kernel.getSymNameAttr(), number, most, rows, columns,
                           stages, linear_threads, blocks);
    };
    std::string suffix = number == 0 ? "" : "_group" + std::to_string(number);
    int64_t teams = 4 / k_parts(k);
    if (int held = few_rows(format, k); held && few_shared_bytes(format, k, held, weights) <= blockMemory()) {
      tile::KernelOp few =
          cloneAs(kernel,
                  schedule(CudaForm::Few, held, held, 16 * teams, ring_slots(format, weights, 0),
                           blocksThatFit(few_shared_bytes(format, k, held, weights), 4)),
                  "_few" + suffix);
      encodePrologue(few, group, tile::Level::Shared);
      multiply(few, group, {}, block_k);
      made.push_back(few);
    }
    // Narrow rows would leave most of a block idle.
    tile::KernelOp encode =
        cloneAs(kernel, schedule(CudaForm::Encode, 0, k <= 256 ? linear_threads / 32 : 1, 0, 1, 8),
                "_encode" + suffix);
    keepSections(encode, {});
    encodePrologue(encode, group, tile::Level::Scratch);
    made.push_back(encode);

    constexpr int streamed = 16;
    if (const int bytes = stream_shared_bytes(format, k, streamed, weights); bytes <= blockMemory()) {
      tile::KernelOp stream =
          cloneAs(kernel,
                  schedule(CudaForm::Stream, streamed, streamed, 16 * teams,
                           ring_slots(format, weights, streamed), blocksThatFit(bytes, 4)),
                  "_stream16" + suffix);
      readEncoded(stream, group, block_k);
      made.push_back(stream);
    }

    // Up to 256 rows a small tile leaves more blocks to share the work.
    const int largest = many_shared_bytes(format, k, 128, weights) <= blockMemory() ? 128 : 64;
    for (int tokens : {64, 128}) {
      if (tokens > largest)
        continue;
      tile::KernelOp many = cloneAs(
          kernel,
          schedule(CudaForm::Many, tokens < largest ? 256 : 0, tokens,
                   many_weight_rows(format, tokens) / weights, many_slots(k),
                   blocksThatFit(many_shared_bytes(format, k, tokens, weights), tokens == 64 ? 3 : 2)),
          "_many" + std::to_string(tokens) + suffix);
      readEncoded(many, group, step_k);
      made.push_back(many);
    }
  }

  static void keepSections(tile::KernelOp function, ArrayRef<unsigned> kept) {
    for (auto [i, section] : llvm::enumerate(function.getSections()))
      if (!llvm::is_contained(kept, static_cast<unsigned>(i)))
        section.erase();
  }

  TileType encodedType(const Group &group, tile::Level level) {
    return TileType::get(kernel.getContext(), {ShapedType::kDynamic, group.k},
                         tile::tensorOperandFor(group.format), level);
  }

  /// The prologue yields only the group's activation, encoded. What it keeps in memory becomes an expression
  /// again: nothing is written that it could read too late, and the threads that encode a row evaluate it in
  /// place.
  void encodePrologue(tile::KernelOp function, const Group &group, tile::Level level) {
    tile::PrologueOp old = function.getPrologue();
    OpBuilder builder(old);
    auto prologue = tile::PrologueOp::create(builder, old.getLoc(), TypeRange(encodedType(group, level)));
    Block *body = prologue.getBodyBlock();
    body->getOperations().splice(body->end(), old.getBodyBlock()->getOperations());
    auto yield = cast<tile::YieldOp>(body->getTerminator());
    Value source = yield.getValues()[group.result];
    if (auto encode = source.getDefiningOp<tile::EncodeOp>())
      source = encode.getTile();
    else if (auto map = source.getDefiningOp<tile::MapOp>(); map && isIdentity(map))
      source = map.getInputs()[0];
    builder.setInsertionPoint(yield);
    Value encoded = tile::EncodeOp::create(builder, yield.getLoc(), prologue.getResult(0).getType(), source);
    yield.getValuesMutable().assign(ValueRange(encoded));
    for (Operation &op : llvm::make_early_inc_range(llvm::reverse(*body)))
      if (!op.hasTrait<OpTrait::IsTerminator>() && op.use_empty())
        op.erase();
    for (Operation &op : *body)
      for (OpResult result : op.getResults())
        if (auto type = dyn_cast<TileType>(result.getType()); type && type.isShared() && !type.isEncoded())
          result.setType(type.withLevel(tile::Level::Reg));
    // Sections of the group use the new result, others are gone or go.
    old.getResult(group.result).replaceAllUsesWith(prologue.getResult(0));
    if (level == tile::Level::Shared)
      keepSections(function, group.sections);
    old.erase();
  }

  static bool isIdentity(tile::MapOp map) {
    auto yield = cast<tile::YieldOp>(map.getBodyBlock()->getTerminator());
    return map.getInputs().size() == 1 && yield.getValues()[0] == map.getBodyBlock()->getArgument(0) &&
           cast<TileType>(map.getInputs()[0].getType()).getShape() == map.getResult().getType().getShape();
  }

  /// The activations come from scratch.
  void readEncoded(tile::KernelOp function, const Group &group, int64_t step) {
    keepSections(function, group.sections);
    tile::PrologueOp prologue = function.getPrologue();
    OpBuilder builder(prologue);
    Value encoded = tile::EncodedOp::create(
        builder, prologue.getLoc(), encodedType(group, tile::Level::Scratch), builder.getI64IntegerAttr(0));
    multiply(function, group, encoded, step);
    prologue.erase();
  }

  /// Turns the contractions of each section into one loop over slices of `step` along K. `encoded`:
  /// activations in scratch, which are loaded slice by slice as well; null: those of the prologue, whole.
  void multiply(tile::KernelOp function, const Group &group, Value encoded, int64_t step) {
    MLIRContext *context = function.getContext();
    int64_t width = std::min(step, group.k), ahead = function.getCudaSchedule().getStages() - 1;
    for (tile::ColumnsOp section : function.getSections()) {
      auto contracts = llvm::to_vector(section.getBodyBlock()->getOps<tile::ContractOp>());
      SmallVector<Type> sums(contracts.size(), contracts[0].getResult().getType());
      OpBuilder builder(contracts[0]);
      Location loc = contracts[0].getLoc();
      auto stage = tile::StageOp::create(builder, loc, group.k, step, ahead, sums);
      builder.setInsertionPointToEnd(stage.getBodyBlock());
      SmallVector<Value> parts;
      for (tile::ContractOp contract : contracts) {
        auto type =
            tile::ViewType::get(context, {tile::lanes, width}, group.format, tile::ViewLayout::Packed);
        parts.push_back(tile::AsyncLoadOp::create(builder, contract.getLoc(), type, contract.getView(),
                                                  section.getIndex(), stage.getIndex()));
      }
      Value activation = contracts[0].getActivation();
      if (encoded) {
        auto type = TileType::get(context, {ShapedType::kDynamic, width},
                                  tile::tensorOperandFor(group.format), tile::Level::Shared);
        activation =
            tile::AsyncLoadOp::create(builder, loc, type, encoded, function.getRow(), stage.getIndex())
                .getResult();
      }
      tile::BarrierOp::create(builder, loc);
      SmallVector<Value> products;
      for (auto [contract, part] : llvm::zip_equal(contracts, parts))
        products.push_back(tile::ContractOp::create(builder, contract.getLoc(),
                                                    contract.getResult().getType(), activation, part,
                                                    ValueRange(stage.getIndex())));
      tile::YieldOp::create(builder, loc, products);
      for (auto [contract, sum] : llvm::zip_equal(contracts, stage.getResults())) {
        contract.getResult().replaceAllUsesWith(sum);
        contract.erase();
      }
    }
  }

  tile::KernelOp kernel;
  int64_t arch;
  SmallVector<Group> groups;
  SmallVector<tile::KernelOp> made;
};

} // namespace

FailureOr<SmallVector<tile::KernelOp>> splitLinear(tile::KernelOp kernel, int64_t arch) {
  return Linear(kernel, arch).split();
}

} // namespace sennit
