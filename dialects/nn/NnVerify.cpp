// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// The constraints of nn that ODS cannot say; each check is tagged with the constraint that it enforces.
#include "dialects/nn/Nn.h"

using namespace mlir;
using namespace sennit;
using namespace sennit::nn;

/// Reports "expected WHAT to be EXPECTED, found FOUND" at the op when the two differ.
static LogicalResult expectEqual(Operation *op, StringRef what, int64_t expected, int64_t found) {
  if (expected == found)
    return success();
  return op->emitOpError("expected ") << what << " to be " << expected << ", found " << found;
}

static LogicalResult expectEpsilon(Operation *op, const APFloat &eps) {
  if (eps.isFinite() && !eps.isNegative())
    return success();
  return op->emitOpError("expected eps to be finite and not negative, found ") << eps.convertToDouble();
}

//===- Types ------------------------------------------------------------------------------------------===//

LogicalResult WeightType::verify(function_ref<InFlightDiagnostic()> emitError, ArrayRef<int64_t> shape,
                                 Format format) {
  // weight_c1
  if (shape.empty() || shape.size() > 2)
    return emitError() << "expected a weight of 1 or 2 dimensions, found " << shape.size();
  for (auto [index, size] : llvm::enumerate(shape))
    if (size < 1)
      return emitError() << "expected weight dimension " << index << " to be at least 1, found " << size;
  // weight_c2
  if (format == Format::I32)
    return emitError() << "expected a weight format, found " << stringifyFormat(format);
  // weight_c3
  bool isBlock = format == Format::Q8_0 || format == Format::Q4_0 || format == Format::Q4_1;
  if (isBlock && shape.back() % 32 != 0)
    return emitError() << "expected the last dimension of a " << stringifyFormat(format)
                       << " weight to be a multiple of 32, found " << shape.back();
  return success();
}

LogicalResult CacheType::verify(function_ref<InFlightDiagnostic()> emitError, int64_t kvHeads,
                                int64_t headDim) {
  // cache_c1
  if (kvHeads < 1 || headDim < 1)
    return emitError() << "expected a cache of at least 1x1, found " << kvHeads << "x" << headDim;
  return success();
}

//===- Ops that work row by row -----------------------------------------------------------------------===//

LogicalResult ParamOp::verify() {
  // param_c1
  if (getParamName().empty())
    return emitOpError("expected a parameter name, found an empty string");
  return success();
}

LogicalResult LinearOp::verify() {
  WeightType weight = getWeight().getType();
  // linear_c1
  if (failed(expectEqual(*this, "the columns of x", weight.getK(), columnsOf(getX().getType()))))
    return failure();
  // linear_c2
  if (getBias())
    return expectEqual(*this, "the elements of bias", weight.getRows(), getBias().getType().getK());
  return success();
}

LogicalResult RmsNormOp::verify() {
  // rms_norm_c1
  if (failed(expectEqual(*this, "the elements of weight", columnsOf(getX().getType()),
                         getWeight().getType().getK())))
    return failure();
  // rms_norm_c2
  return expectEpsilon(*this, getEps());
}

LogicalResult LayerNormOp::verify() {
  int64_t columns = columnsOf(getX().getType());
  // layer_norm_c1
  if (failed(expectEqual(*this, "the elements of weight", columns, getWeight().getType().getK())))
    return failure();
  // layer_norm_c2
  if (failed(expectEqual(*this, "the elements of bias", columns, getBias().getType().getK())))
    return failure();
  // layer_norm_c3
  return expectEpsilon(*this, getEps());
}

//===- Positions, cache, attention --------------------------------------------------------------------===//

LogicalResult RopeOp::verify() {
  int64_t heads = getHeads(), headDim = getHeadDim();
  // rope_c1
  if (heads < 1 || headDim < 1)
    return emitOpError("expected heads and head_dim to be at least 1, found ") << heads << " and " << headDim;
  // rope_c2
  int64_t columns = columnsOf(getX().getType());
  if (columns % heads != 0 || columns / heads != headDim)
    return emitOpError("expected the columns of x to be heads * head_dim = ")
           << heads << " * " << headDim << ", found " << columns;
  // rope_c3
  int64_t count = getFrequencies().size();
  if (count < 1 || count > headDim / 2)
    return emitOpError("expected 1 to ") << headDim / 2 << " frequencies, found " << count;
  return success();
}

LogicalResult CacheAppendOp::verify() {
  int64_t width = getCache().getType().getWidth();
  // cache_append_c1
  if (failed(expectEqual(*this, "the columns of k", width, columnsOf(getK().getType()))))
    return failure();
  // cache_append_c2
  return expectEqual(*this, "the columns of v", width, columnsOf(getV().getType()));
}

/// What whole and partial attention ask of their heads.
template <typename AttentionLike>
static LogicalResult verifyHeads(AttentionLike op) {
  CacheType cache = op.getCache().getType();
  int64_t heads = op.getHeads();
  // attention_c1, attention_partial_c1
  if (heads < 1 || heads % cache.getKvHeads() != 0)
    return op.emitOpError("expected heads to be a positive multiple of kv_heads = ")
           << cache.getKvHeads() << ", found " << heads;
  // attention_c2, attention_partial_c2
  int64_t columns = columnsOf(op.getQ().getType());
  if (columns % heads != 0 || columns / heads != cache.getHeadDim())
    return op.emitOpError("expected the columns of q to be heads * head_dim = ")
           << heads << " * " << cache.getHeadDim() << ", found " << columns;
  return success();
}

LogicalResult AttentionOp::verify() {
  if (failed(verifyHeads(*this)))
    return failure();
  // attention_c3
  if (getPrevious() && getPrevious().getType() != getQ().getType())
    return emitOpError("expected previous to have the type of q, ")
           << getQ().getType() << ", found " << getPrevious().getType();
  return success();
}

LogicalResult AttentionPartialOp::verify() {
  if (failed(verifyHeads(*this)))
    return failure();
  // attention_partial_c3
  if (static_cast<int64_t>(getFirstKey()) < 0 || static_cast<int64_t>(getKeys()) < 1)
    return emitOpError("expected first_key of at least 0 and keys of at least 1, found ")
           << static_cast<int64_t>(getFirstKey()) << " and " << static_cast<int64_t>(getKeys());
  return success();
}

LogicalResult AttentionMergeOp::verify() {
  // attention_merge_c1
  int64_t columns = columnsOf(getA().getType()), heads = columnsOf(getALse().getType());
  if (columns % heads != 0)
    return emitOpError("expected the columns of a to be a multiple of the columns of a_lse = ")
           << heads << ", found " << columns;
  return success();
}

//===- Groups -----------------------------------------------------------------------------------------===//

LogicalResult GroupOp::verify() {
  Block &block = getBlock();
  // group_c1
  if (failed(expectEqual(*this, "the block arguments", getInputs().size(), block.getNumArguments())))
    return failure();
  for (auto [index, argument, input] : llvm::enumerate(block.getArguments(), getInputs()))
    if (argument.getType() != input.getType())
      return emitOpError("expected block argument ") << index << " to have the type of its operand, "
                                                     << input.getType() << ", found " << argument.getType();
  // group_c2
  auto yield = block.empty() ? YieldOp() : dyn_cast<YieldOp>(block.back());
  if (!yield)
    return emitOpError("expected the block to end with nn.yield");
  if (yield.getValues().getTypes() != getOutputs().getTypes()) {
    InFlightDiagnostic diagnostic = emitOpError("expected nn.yield to give the types of the results");
    diagnostic.attachNote(yield.getLoc()) << "found (" << yield.getValues().getTypes() << ")";
    return diagnostic;
  }
  // group_c3
  for (Operation &op : block)
    if (!isa_and_nonnull<NnDialect>(op.getDialect()) || isa<ParamOp, GroupOp>(op)) {
      InFlightDiagnostic diagnostic =
          emitOpError("expected nn ops other than nn.param and nn.group in the region");
      diagnostic.attachNote(op.getLoc()) << "found " << op.getName();
      return diagnostic;
    }
  return success();
}
