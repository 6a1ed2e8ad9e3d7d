// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "interpreter/Interpreter.h"

#include "interpreter/Evaluate.h"

#include <algorithm>
#include <numeric>

using namespace mlir;
using namespace sennit::nn;

namespace sennit {
namespace interpreter {
namespace {

class ModuleInterpreter final : public Interpreter {
public:
  ModuleInterpreter(func::FuncOp entry, int64_t layers, int64_t vocabularySize, WeightSource &source,
                    const InterpreterOptions &options)
      : entry(entry), vocabularySize(vocabularySize), quantisedActivations(options.quantisedActivations),
        weights(source, options.weightCacheBytes), caches(layers) {}

  StatusOr<std::vector<float>> step(std::span<const int32_t> ids, int64_t generatedRows,
                                    std::span<const int32_t> wanted) override {
    int64_t rows = static_cast<int64_t>(ids.size()), start = length();
    if (rows == 0)
      return invalidInput("expected at least one id, found none");
    if (generatedRows < 0 || generatedRows > rows)
      return invalidInput("expected generated rows in [0, " + std::to_string(rows) + "], found " +
                          std::to_string(generatedRows));
    truncate(start); // what a failed step left behind
    std::vector<int32_t> positions(rows);
    std::iota(positions.begin(), positions.end(), static_cast<int32_t>(start));

    std::vector<Datum> arguments = {indices(ids), indices(positions), indices(wanted),
                                    Batch{start, rows, generatedRows}};
    arguments.insert(arguments.end(), caches.begin(), caches.end());
    SENNIT_ASSIGN_OR_RETURN(std::vector<Datum> results, evaluateBlock(entry.front(), std::move(arguments),
                                                                      weights, quantisedActivations));
    for (size_t layer = 0; layer < caches.size(); ++layer) {
      caches[layer] = std::get<Cache>(results[1 + layer]);
      if (caches[layer].length != start + rows)
        return invalidInput("expected cache result " + std::to_string(layer) +
                            " of @step to hold the step's keys");
    }
    sequenceLength = start + rows;
    return std::get<TensorPtr>(results[0])->data;
  }

  int64_t length() const override { return sequenceLength; }
  int64_t vocabulary() const override { return vocabularySize; }

  void truncate(int64_t length) override {
    sequenceLength = std::min(sequenceLength, length);
    auto widths = llvm::drop_begin(entry.getArgumentTypes(), firstCache);
    for (auto [cache, type] : llvm::zip_equal(caches, widths)) {
      size_t elements = sequenceLength * cast<CacheType>(type).getWidth();
      cache.length = sequenceLength;
      if (cache.data->keys.size() > elements) {
        cache.data->keys.resize(elements);
        cache.data->values.resize(elements);
      }
    }
  }

  /// Arguments before the caches: tokens, positions, wanted, batch.
  static constexpr unsigned firstCache = 4;

private:
  static IndicesPtr indices(std::span<const int32_t> values) {
    return std::make_shared<const std::vector<int32_t>>(values.begin(), values.end());
  }

  func::FuncOp entry;
  int64_t vocabularySize;
  bool quantisedActivations;
  WeightTable weights;
  std::vector<Cache> caches; ///< one per layer
  int64_t sequenceLength = 0;
};

} // namespace
} // namespace interpreter

StatusOr<std::unique_ptr<Interpreter>> Interpreter::create(ModuleOp module, WeightSource &source,
                                                           InterpreterOptions options) {
  using interpreter::ModuleInterpreter;
  auto entry = module.lookupSymbol<func::FuncOp>("step");
  if (!entry || entry.isExternal() || !llvm::hasSingleElement(entry.getBody()))
    return invalidInput("expected a function @step of one block in the module");
  ArrayRef<Type> arguments = entry.getArgumentTypes(), results = entry.getResultTypes();
  Type indices = indicesType(module.getContext());
  bool fits = arguments.size() >= ModuleInterpreter::firstCache && arguments[0] == indices &&
              arguments[1] == indices && arguments[2] == indices && isa<BatchType>(arguments[3]);
  ArrayRef<Type> caches = fits ? arguments.drop_front(ModuleInterpreter::firstCache) : ArrayRef<Type>();
  fits = fits && llvm::all_of(caches, llvm::IsaPred<CacheType>) && results.size() == 1 + caches.size() &&
         results.drop_front() == caches;
  auto logits = fits ? dyn_cast<RankedTensorType>(results[0]) : RankedTensorType();
  if (!logits || logits != activationType(module.getContext(), logits.getRank() == 2 ? columnsOf(logits) : 0))
    return invalidInput(
        "expected @step to take tokens, positions, wanted rows, the batch and the caches, and to return "
        "logits and the caches");
  return std::unique_ptr<Interpreter>(std::make_unique<ModuleInterpreter>(
      entry, static_cast<int64_t>(caches.size()), columnsOf(logits), source, options));
}

StatusOr<std::vector<float>> Interpreter::run(std::span<const int32_t> ids, Rows rows) {
  std::vector<int32_t> wanted;
  if (rows == Rows::Every) {
    wanted.resize(ids.size());
    std::iota(wanted.begin(), wanted.end(), 0);
  } else if (!ids.empty()) {
    wanted.push_back(static_cast<int32_t>(ids.size()) - 1);
  }
  int64_t generatedRows = ids.size() == 1 && length() > 0 ? 1 : 0;
  return step(ids, generatedRows, wanted);
}

} // namespace sennit
