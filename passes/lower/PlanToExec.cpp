// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "passes/lower/PlanToExec.h"
#include "dialects/exec/Exec.h"
#include "dialects/nn/Nn.h"
#include "dialects/plan/Dependences.h"
#include "dialects/plan/Plan.h"
#include "passes/lower/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"

namespace sennit {
#define GEN_PASS_DEF_PLANTOEXECPASS
#include "passes/lower/Passes.h.inc"

namespace {

using namespace mlir;

/// The fields of nn.model that the package repeats.
struct ModelFacts {
  std::string family, name;
  uint32_t vocabSize = 0, contextLength = 0, layers = 0, hiddenSize = 0, kvHeads = 0, headDim = 0;
};

class PlanToExec : public impl::PlanToExecPassBase<PlanToExec> {
public:
  using Base::Base;

  void runOnOperation() override {
    if (failed(lower()))
      signalPassFailure();
  }

private:
  LogicalResult lower() {
    ModuleOp module = getOperation();
    SmallVector<plan::ProgramOp> programs = llvm::to_vector(module.getOps<plan::ProgramOp>());
    if (programs.empty())
      return module.emitError("expected a plan.program, found none");
    std::optional<Format> format = symbolizeFormat(cacheFormat);
    if (!format || (*format != Format::F16 && *format != Format::F32))
      return module.emitError("expected cache-format f16 or f32, found '") << cacheFormat << "'";
    ModelFacts model;
    if (failed(readModel(module, model)) || failed(checkLimits(module)))
      return failure();
    for (plan::ProgramOp program : programs)
      if (failed(lower::checkProgram(program)) || failed(checkCaches(program, model)))
        return failure();

    OpBuilder builder = OpBuilder::atBlockEnd(module.getBody());
    auto package = exec::PackageOp::create(builder, module.getLoc(), 1u, compiler, ArrayRef<int32_t>());
    builder.createBlock(&package.getBody());
    if (failed(addTables(builder, package, programs, model, *format)) ||
        failed(lower::addPrograms(package, programs, maxRows))) {
      package.erase();
      return failure();
    }
    for (exec::ProgramOp made : package.getBody().getOps<exec::ProgramOp>()) {
      arenaBytes.updateMax(made.getArenaBytes());
      arenaBytesWithoutReuse.updateMax(made.getArenaBytesWithoutReuse());
    }

    llvm::SmallSetVector<StringRef, 16> bodies;
    for (plan::ProgramOp program : programs)
      for (plan::NodeOp node : plan::nodesOf(program))
        bodies.insert(node.getCallee());
    SymbolTable symbols(module);
    for (StringRef body : bodies)
      if (auto function = symbols.lookup<func::FuncOp>(body))
        symbols.erase(function);
    for (plan::ProgramOp program : programs)
      program.erase();
    return success();
  }

  LogicalResult readModel(ModuleOp module, ModelFacts &model) {
    auto dictionary = module->getAttrOfType<DictionaryAttr>("nn.model");
    if (!dictionary)
      return module.emitError("expected a module attribute nn.model, found none");
    auto family = dictionary.getAs<StringAttr>("family");
    if (!family)
      return module.emitError("expected a string family in nn.model, found none");
    model.family = family.str();
    if (auto name = dictionary.getAs<StringAttr>("name"))
      model.name = name.str();
    const std::pair<StringRef, uint32_t *> numbers[] = {
        {"vocab_size", &model.vocabSize}, {"context_length", &model.contextLength},
        {"layers", &model.layers},        {"hidden_size", &model.hiddenSize},
        {"kv_heads", &model.kvHeads},     {"head_dim", &model.headDim}};
    for (const auto &[name, place] : numbers) {
      auto number = dictionary.getAs<IntegerAttr>(name);
      if (!number || number.getValue().isNegative() || number.getValue().getActiveBits() > 32) {
        InFlightDiagnostic diagnostic = module.emitError("expected nn.model to have a number ")
                                        << name << " of 32 bits, found ";
        if (Attribute other = dictionary.get(name))
          diagnostic << other;
        else
          diagnostic << "none";
        return diagnostic;
      }
      *place = number.getValue().getZExtValue();
    }
    return success();
  }

  LogicalResult checkLimits(ModuleOp module) {
    const std::pair<StringRef, int64_t> limits[] = {{"max-rows", maxRows},
                                                    {"max-sequences", maxSequences},
                                                    {"max-segments", maxSegments},
                                                    {"max-pages", maxPages}};
    for (auto [name, limit] : limits) {
      bool derived = limit == 0 && (name == "max-segments" || name == "max-pages");
      if (!derived && (limit < 1 || limit > (int64_t(1) << 24)))
        return module.emitError("expected ") << name << " from 1 to 16777216, found " << limit;
    }
    return success();
  }

  /// The package has one shape of cache for all layers.
  LogicalResult checkCaches(plan::ProgramOp program, const ModelFacts &model) {
    uint32_t caches = 0;
    for (BlockArgument argument : program.getBody().getArguments()) {
      auto cache = dyn_cast<nn::CacheType>(argument.getType());
      if (!cache)
        continue;
      ++caches;
      if (cache.getKvHeads() != model.kvHeads || cache.getHeadDim() != model.headDim)
        return program.emitError("expected caches of nn.model's ")
               << model.kvHeads << "x" << model.headDim << ", found " << cache.getKvHeads() << "x"
               << cache.getHeadDim();
    }
    if (caches != model.layers)
      return program.emitError("expected a cache for each of ")
             << model.layers << " layers, found " << caches;
    return success();
  }

  LogicalResult addTables(OpBuilder &builder, exec::PackageOp package, ArrayRef<plan::ProgramOp> programs,
                          const ModelFacts &model, Format format) {
    Location loc = package.getLoc();
    llvm::MapVector<StringAttr, plan::ParamOp> params;
    uint64_t parameters = 0;
    for (plan::ProgramOp program : programs)
      for (plan::ParamOp param : program.getBody().getOps<plan::ParamOp>()) {
        auto [place, inserted] = params.insert({param.getNameAttr(), param});
        if (!inserted && place->second.getType() != param.getType()) {
          InFlightDiagnostic diagnostic = param.emitError("expected weight '")
                                          << param.getName() << "' to have one type, found "
                                          << param.getType() << " and " << place->second.getType();
          diagnostic.attachNote(place->second.getLoc()) << "the other param is here";
          return diagnostic;
        }
        auto weight = cast<nn::WeightType>(param.getType());
        if (inserted)
          parameters += uint64_t(weight.getRows()) * weight.getK();
      }

    exec::ModelOp::create(builder, loc, model.family, model.name, model.vocabSize, model.contextLength,
                          model.layers, model.hiddenSize, -1, ArrayRef<int32_t>(), "", parameters);
    addStepLayout(builder, loc, model);
    exec::CacheOp::create(builder, loc, model.layers, std::max(1u, model.kvHeads),
                          std::max(1u, model.headDim), format);
    for (auto &[name, param] : params) {
      auto weight = cast<nn::WeightType>(param.getType());
      uint64_t rows = weight.getRows(), k = weight.getK();
      Attribute slice = exec::SliceAttr::get(&getContext(), 0, rows, 0, k, 0, 0);
      exec::WeightOp::create(builder, param.getLoc(), name.getValue(), rows, k, weight.getFormat(),
                             weight.isMatrix() ? exec::Layout::Packed : exec::Layout::Rows,
                             builder.getArrayAttr({slice}), ArrayRef<int64_t>(), 0);
    }
    llvm::MapVector<StringRef, std::pair<plan::NodeOp, size_t>> kernels;
    for (plan::ProgramOp program : programs)
      for (plan::NodeOp node : plan::nodesOf(program)) {
        size_t operands =
            expandOperands(node.getArgs().getTypes(), node.getOuts().getTypes(), node.getInplace()).size();
        auto [place, inserted] = kernels.insert({node.getCallee(), {node, operands}});
        if (!inserted && place->second.second != operands) {
          InFlightDiagnostic diagnostic = node.emitError("expected kernel @")
                                          << node.getCallee() << " to take " << place->second.second
                                          << " operands in every node, found " << operands;
          diagnostic.attachNote(place->second.first.getLoc()) << "the other node is here";
          return diagnostic;
        }
      }
    for (auto &[name, use] : kernels)
      exec::KernelOp::create(builder, use.first.getLoc(), name, builder.getArrayAttr({}),
                             uint32_t(use.second), 0u, 0u, uint64_t(0), "");
    return success();
  }

  void addStepLayout(OpBuilder &builder, Location loc, const ModelFacts &model) {
    uint32_t rows = maxRows, sequences = maxSequences;
    // A plain sequence is one segment; room for as many shared prefixes again.
    uint32_t segments = maxSegments ? maxSegments : 2 * maxSequences;
    // Every sequence at full context, and a part-full last page for each segment.
    uint32_t pages =
        maxPages
            ? uint32_t(maxPages)
            : uint32_t(std::min<uint64_t>(uint64_t(sequences) * ((model.contextLength + 31) / 32) + segments,
                                          uint64_t(1) << 24));
    const uint32_t counts[] = {8,        rows,     rows,  rows, rows,    sequences + 1, segments + 1,
                               segments, segments, pages, rows, rows + 1};
    SmallVector<Attribute> places;
    uint64_t offset = 0;
    for (auto [field, count] : llvm::enumerate(counts)) {
      places.push_back(
          exec::StepFieldPlaceAttr::get(&getContext(), static_cast<exec::StepField>(field), offset, count));
      offset += llvm::alignTo(uint64_t(count) * 4, 64);
    }
    exec::StepLayoutOp::create(builder, loc, builder.getArrayAttr(places), offset, rows, sequences, segments,
                               pages);
  }
};

} // namespace
} // namespace sennit
