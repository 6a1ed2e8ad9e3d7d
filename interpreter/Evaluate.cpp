// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "interpreter/Evaluate.h"

#include "interpreter/Arithmetic.h"

#include "llvm/ADT/TypeSwitch.h"

#include <algorithm>

using namespace mlir;
using namespace sennit::nn;

namespace sennit::interpreter {
namespace {

/// Weight rows that are decoded at once when a parameter is too large to keep.
constexpr int64_t decodedRows = 256;

/// The state of one block's run.
class BlockRun {
public:
  BlockRun(WeightTable &weights, bool quantisedActivations)
      : weights(weights), quantisedActivations(quantisedActivations) {}

  Status bind(Block &block, std::vector<Datum> arguments) {
    if (arguments.size() != block.getNumArguments())
      return invalidInput("expected " + std::to_string(block.getNumArguments()) + " arguments, found " +
                          std::to_string(arguments.size()));
    for (auto [value, datum] : llvm::zip_equal(block.getArguments(), arguments))
      define(value, std::move(datum));
    return {};
  }

  Status run(Operation &op) {
    Status status =
        llvm::TypeSwitch<Operation *, Status>(&op)
            .Case<ParamOp, EmbedOp, LinearOp, RmsNormOp, LayerNormOp, RopeOp, CacheAppendOp, AttentionOp,
                  AttentionPartialOp, AttentionMergeOp, SiluOp, GeluOp, MulOp, AddOp, SoftmaxOp, GatherRowsOp,
                  ArgmaxOp, GroupOp>([&](auto typed) { return evaluate(typed); })
            .Case<CollectiveOpInterface>(
                [&](CollectiveOpInterface collective) { return evaluate(collective); })
            .Default([&](Operation *other) {
              return unsupported("the interpreter has no meaning for " +
                                 other->getName().getStringRef().str());
            });
    for (Value operand : op.getOperands())
      release(operand);
    return status;
  }

  std::vector<Datum> take(OperandRange operands) {
    std::vector<Datum> data;
    for (Value operand : operands)
      data.push_back(values.at(operand).datum);
    return data;
  }

private:
  struct Held {
    Datum datum;
    int64_t usesLeft;
  };

  void define(Value value, Datum datum) {
    int64_t uses = std::distance(value.use_begin(), value.use_end());
    if (uses > 0)
      values.try_emplace(value, Held{std::move(datum), uses});
  }
  void define(Value value, Tensor tensor) {
    define(value, Datum(std::make_shared<const Tensor>(std::move(tensor))));
  }
  void release(Value value) {
    auto found = values.find(value);
    if (found != values.end() && --found->second.usesLeft == 0)
      values.erase(found);
  }

  const Tensor &tensor(Value value) { return *std::get<TensorPtr>(values.at(value).datum); }
  const std::vector<int32_t> &indices(Value value) { return *std::get<IndicesPtr>(values.at(value).datum); }
  const WeightRef &weight(Value value) { return std::get<WeightRef>(values.at(value).datum); }
  const Cache &cache(Value value) { return std::get<Cache>(values.at(value).datum); }
  const Batch &batch(Value value) { return std::get<Batch>(values.at(value).datum); }

  /// Elements of a vector weight; valid until `scratch` is used again.
  StatusOr<const float *> vector(Value value, WeightTable::Scratch &scratch) {
    return weights.floatRows(weight(value), 0, 1, scratch);
  }

  Status evaluate(ParamOp op) {
    define(op.getWeight(),
           Datum(WeightRef{op.getParamName().str(), cast<WeightType>(op.getWeight().getType())}));
    return {};
  }

  Status evaluate(EmbedOp op) {
    const WeightRef &table = weight(op.getWeight());
    const std::vector<int32_t> &rows = indices(op.getIndices());
    Tensor y(rows.size(), table.type.getK());
    for (int64_t i = 0; i < y.rows; ++i) {
      if (rows[i] < 0 || rows[i] >= table.type.getRows())
        return invalidInput("expected indices of " + table.name + " in [0, " +
                            std::to_string(table.type.getRows()) + "), found " + std::to_string(rows[i]) +
                            " at row " + std::to_string(i));
      SENNIT_RETURN_IF_ERROR(
          weights.readFloatRow(table, rows[i], {y.row(i), static_cast<size_t>(y.columns)}));
    }
    define(op.getResult(), std::move(y));
    return {};
  }

  Status evaluate(LinearOp op) {
    const Tensor &x = tensor(op.getX());
    const WeightRef &w = weight(op.getWeight());
    Tensor y(x.rows, w.type.getRows());
    if (quantisedActivations && w.type.isBlockQuantised())
      SENNIT_RETURN_IF_ERROR(multiplyQuantised(x, w, y));
    else
      SENNIT_RETURN_IF_ERROR(multiply(x, w, y));
    if (op.getBias()) {
      SENNIT_ASSIGN_OR_RETURN(const float *bias, vector(op.getBias(), scratch));
      for (int64_t i = 0; i < y.rows; ++i)
        for (int64_t j = 0; j < y.columns; ++j)
          y.row(i)[j] += bias[j];
    }
    define(op.getResult(), std::move(y));
    return {};
  }

  Status multiply(const Tensor &x, const WeightRef &w, Tensor &y) {
    for (int64_t begin = 0; begin < y.columns; begin += decodedRows) {
      int64_t count = std::min(decodedRows, y.columns - begin);
      SENNIT_ASSIGN_OR_RETURN(const float *rows, weights.floatRows(w, begin, count, scratch));
      linearColumns(x, rows, begin, count, y);
    }
    return {};
  }

  Status multiplyQuantised(const Tensor &x, const WeightRef &w, Tensor &y) {
    EncodedRows encoded(x);
    for (int64_t begin = 0; begin < y.columns; begin += decodedRows) {
      int64_t count = std::min(decodedRows, y.columns - begin);
      SENNIT_ASSIGN_OR_RETURN(BlockRows rows, weights.blockRows(w, begin, count, scratch));
      quantisedColumns(encoded, rows, begin, count, y);
    }
    return {};
  }

  Status evaluate(RmsNormOp op) {
    SENNIT_ASSIGN_OR_RETURN(const float *w, vector(op.getWeight(), scratch));
    define(op.getResult(), rmsNorm(tensor(op.getX()), w, op.getEps().convertToDouble()));
    return {};
  }

  Status evaluate(LayerNormOp op) {
    WeightTable::Scratch biasScratch;
    SENNIT_ASSIGN_OR_RETURN(const float *w, vector(op.getWeight(), scratch));
    SENNIT_ASSIGN_OR_RETURN(const float *bias, vector(op.getBias(), biasScratch));
    define(op.getResult(), layerNorm(tensor(op.getX()), w, bias, op.getEps().convertToDouble()));
    return {};
  }

  Status evaluate(RopeOp op) {
    define(op.getResult(), rope(tensor(op.getX()), indices(op.getPositions()), op.getHeads(), op.getHeadDim(),
                                op.getFrequencies(), op.getScale().convertToFloat()));
    return {};
  }

  Status evaluate(CacheAppendOp op) {
    const Tensor &k = tensor(op.getK()), &v = tensor(op.getV());
    const Batch &step = batch(op.getBatch());
    Cache result = cache(op.getCache());
    if (result.length != step.start)
      return invalidInput("expected a cache of " + std::to_string(step.start) + " positions, found " +
                          std::to_string(result.length));
    size_t held = result.length * k.columns;
    if (result.data->keys.size() != held) // someone appended to this value already
      result.data = std::make_shared<CacheData>(
          CacheData{std::vector<float>(result.data->keys.begin(), result.data->keys.begin() + held),
                    std::vector<float>(result.data->values.begin(), result.data->values.begin() + held)});
    result.data->keys.insert(result.data->keys.end(), k.data.begin(), k.data.end());
    result.data->values.insert(result.data->values.end(), v.data.begin(), v.data.end());
    result.length += k.rows;
    define(op.getResult(), Datum(std::move(result)));
    return {};
  }

  /// The rows of `batch` that have `role`.
  static std::pair<int64_t, int64_t> roleRows(const Batch &step, Role role) {
    if (role == Role::Generated)
      return {0, step.generatedRows};
    return {step.generatedRows, step.rows};
  }

  Status evaluate(AttentionOp op) {
    const Tensor &q = tensor(op.getQ());
    Tensor y = op.getPrevious() ? tensor(op.getPrevious()) : Tensor(q.rows, q.columns);
    attend(op,
           {static_cast<int64_t>(op.getHeads()), op.getCache().getType().getKvHeads(),
            op.getCache().getType().getHeadDim(), op.getScale().convertToFloat(), 0, INT64_MAX},
           y, nullptr);
    define(op.getResult(), std::move(y));
    return {};
  }

  Status evaluate(AttentionPartialOp op) {
    const Tensor &q = tensor(op.getQ());
    Tensor y(q.rows, q.columns), lse(q.rows, op.getHeads());
    int64_t first = op.getFirstKey();
    attend(op,
           {static_cast<int64_t>(op.getHeads()), op.getCache().getType().getKvHeads(),
            op.getCache().getType().getHeadDim(), op.getScale().convertToFloat(), first,
            first + static_cast<int64_t>(op.getKeys())},
           y, &lse);
    define(op.getResult(), std::move(y));
    define(op.getLse(), std::move(lse));
    return {};
  }

  /// Fills the rows of the op's role.
  template <typename AttentionLike>
  void attend(AttentionLike op, const AttentionShape &shape, Tensor &y, Tensor *lse) {
    const Tensor &q = tensor(op.getQ());
    const std::vector<int32_t> &positions = indices(op.getPositions());
    auto [begin, end] = roleRows(batch(op.getBatch()), op.getRole());
    for (int64_t i = begin; i < end; ++i)
      attendRow(shape, cache(op.getCache()), q.row(i), positions[i], y.row(i), lse ? lse->row(i) : nullptr);
  }

  Status evaluate(AttentionMergeOp op) {
    const Tensor &a = tensor(op.getA()), &aLse = tensor(op.getALse());
    Tensor y(a.rows, a.columns), lse(aLse.rows, aLse.columns);
    mergeAttention(a, aLse, tensor(op.getB()), tensor(op.getBLse()), y, lse);
    define(op.getResult(), std::move(y));
    define(op.getLse(), std::move(lse));
    return {};
  }

  Status evaluate(SiluOp op) { return define(op.getResult(), silu(tensor(op.getX()))), Status(); }
  Status evaluate(GeluOp op) {
    return define(op.getResult(), gelu(tensor(op.getX()), op.getApproximate())), Status();
  }
  Status evaluate(SoftmaxOp op) { return define(op.getResult(), softmax(tensor(op.getX()))), Status(); }
  Status evaluate(MulOp op) {
    return define(op.getResult(), interpreter::multiply(tensor(op.getLhs()), tensor(op.getRhs()))), Status();
  }
  Status evaluate(AddOp op) {
    return define(op.getResult(), add(tensor(op.getLhs()), tensor(op.getRhs()))), Status();
  }

  Status evaluate(GatherRowsOp op) {
    const Tensor &x = tensor(op.getX());
    const std::vector<int32_t> &rows = indices(op.getRows());
    Tensor y(rows.size(), x.columns);
    for (int64_t i = 0; i < y.rows; ++i) {
      if (rows[i] < 0 || rows[i] >= x.rows)
        return invalidInput("expected rows in [0, " + std::to_string(x.rows) + "), found " +
                            std::to_string(rows[i]));
      std::copy_n(x.row(rows[i]), x.columns, y.row(i));
    }
    define(op.getResult(), std::move(y));
    return {};
  }

  Status evaluate(ArgmaxOp op) {
    define(op.getResult(), Datum(std::make_shared<const std::vector<int32_t>>(argmax(tensor(op.getX())))));
    return {};
  }

  /// A collective changes where a value is, never the value. The module of one rank, which names ranks
  /// instead of a mesh, has no whole values.
  Status evaluate(CollectiveOpInterface op) {
    if (!op.getMeshAttr())
      return unsupported("expected " + op->getName().getStringRef().str() +
                         " over a mesh, found one among ranks, whose values the interpreter lacks");
    define(op->getResult(0), Datum(values.at(op.getX()).datum));
    return {};
  }

  Status evaluate(GroupOp op) {
    SENNIT_ASSIGN_OR_RETURN(std::vector<Datum> results, evaluateBlock(op.getBlock(), take(op.getInputs()),
                                                                      weights, quantisedActivations));
    for (auto [value, datum] : llvm::zip_equal(op.getOutputs(), results))
      define(value, std::move(datum));
    return {};
  }

  WeightTable &weights;
  bool quantisedActivations;
  WeightTable::Scratch scratch;
  llvm::DenseMap<Value, Held> values;
};

} // namespace

StatusOr<std::vector<Datum>> evaluateBlock(Block &block, std::vector<Datum> arguments, WeightTable &weights,
                                           bool quantisedActivations) {
  BlockRun run(weights, quantisedActivations);
  SENNIT_RETURN_IF_ERROR(run.bind(block, std::move(arguments)));
  for (Operation &op : block.without_terminator())
    SENNIT_RETURN_IF_ERROR(run.run(op));
  return run.take(block.getTerminator()->getOperands());
}

} // namespace sennit::interpreter
