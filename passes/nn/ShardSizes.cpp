// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "passes/nn/ShardSizes.h"

#include "passes/nn/ShardingStates.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/Support/MathExtras.h"

#include <numeric>

using namespace mlir;

namespace sennit::nn {

/// Elements of a block format that share a scale.
static constexpr int64_t blockElements = 32;

/// The size of a dimension of the whole value.
static int64_t wholeSize(Type type, int64_t dimension) {
  if (auto tensor = dyn_cast<RankedTensorType>(type))
    return tensor.getDimSize(dimension);
  if (auto weight = dyn_cast<WeightType>(type))
    return weight.getShape()[dimension];
  auto cache = cast<CacheType>(type);
  return dimension == 0 ? cache.getKvHeads() : cache.getHeadDim();
}

LogicalResult ShardSizes::solve(Block &block) {
  for (Value argument : block.getArguments())
    addPlaces(argument);
  for (Operation &op : block)
    for (Value result : op.getResults())
      addPlaces(result);
  for (Operation &op : block) {
    if (failed(tie(&op)))
      return failure();
    if (auto rope = dyn_cast<RopeOp>(op))
      keepWhole(rope.getX(), rope.getHeads());
    else if (auto attention = dyn_cast<AttentionOp>(op))
      couple(attention);
    else if (auto partial = dyn_cast<AttentionPartialOp>(op))
      couple(partial);
  }
  for (const Coupling &coupling : couplings)
    if (failed(share(coupling)))
      return failure();
  for (size_t place = 0; place < parents.size(); ++place)
    if (Class &members = classes[rootOf(static_cast<int>(place))]; members.share == 0)
      members.share = llvm::divideCeil(members.granules, members.ranks);
  return success();
}

/// Numbers the split dimensions of a value, each a class of its own.
void ShardSizes::addPlaces(Value value) {
  ShardingAttr sharding = shardingOf(value);
  if (!sharding)
    return;
  for (auto [dimension, axes] : llvm::enumerate(sharding.getDimensions())) {
    Class members;
    for (Attribute axis : cast<ArrayAttr>(axes))
      members.ranks *= mesh.getSize(cast<StringAttr>(axis).getValue());
    if (cast<ArrayAttr>(axes).empty())
      continue;
    members.granules = wholeSize(value.getType(), static_cast<int64_t>(dimension));
    auto weight = dyn_cast<WeightType>(value.getType());
    if (weight && weight.isBlockQuantised() && dimension + 1 == weight.getShape().size())
      members.granules /= blockElements;
    places[{value, static_cast<int64_t>(dimension)}] = static_cast<int>(parents.size());
    parents.push_back(static_cast<int>(parents.size()));
    classes.push_back(members);
  }
}

int ShardSizes::placeOf(Value value, int64_t dimension) const {
  auto found = places.find({value, dimension});
  return found == places.end() ? -1 : found->second;
}

int ShardSizes::rootOf(int place) const {
  while (parents[place] != place)
    place = parents[place];
  return place;
}

/// Makes one class of all dimensions that an op splits together.
LogicalResult ShardSizes::tie(Operation *op) {
  for (Attribute axis : mesh.getAxes()) {
    StringRef name = cast<StringAttr>(axis).getValue();
    std::optional<ShardingCase> way = caseOf(op, name);
    SmallVector<int> tied, caches;
    for (auto [index, value] : llvm::enumerate(op->getOperands())) {
      AxisState held = stateOf(value, name);
      bool isReturnedCache = isa<func::ReturnOp>(op) && isa<CacheType>(value.getType());
      if (!way || (held != way->operands[index] && !isReturnedCache))
        return op->emitError("expected shardings that nn-verify-collectives accepts, found operand ")
               << index << " of " << op->getName() << " to be " << describe(held, name);
      // Of an attention's cache the key heads are split, of its queries the query heads.
      bool isApart = isa<AttentionOp, AttentionPartialOp>(op) && isa<CacheType>(value.getType());
      if (held.isSplit() && !isApart)
        tied.push_back(placeOf(value, held.dimension()));
    }
    for (Value value : op->getResults())
      if (AxisState held = stateOf(value, name); held.isSplit())
        tied.push_back(placeOf(value, held.dimension()));
    // A value that is returned, and one that a collective changes, is tied to nothing.
    if (!isa<func::ReturnOp>(op) && failed(tiePlaces(op, tied)))
      return failure();
  }
  return success();
}

LogicalResult ShardSizes::tiePlaces(Operation *op, ArrayRef<int> tied) {
  for (int place : ArrayRef(tied).drop_front(tied.empty() ? 0 : 1)) {
    int kept = rootOf(tied.front()), gone = rootOf(place);
    if (kept == gone)
      continue;
    if (classes[kept].ranks != classes[gone].ranks)
      return op->emitError("expected what ")
             << op->getName() << " splits together to be split among as many ranks, found "
             << classes[kept].ranks << " and " << classes[gone].ranks;
    parents[gone] = kept;
    classes[kept].granules = std::gcd(classes[kept].granules, classes[gone].granules);
  }
  return success();
}

/// Cuts the columns of a value into at most so many equal granules.
void ShardSizes::keepWhole(Value value, int64_t granules) {
  if (int place = placeOf(value, 1); place >= 0) {
    Class &members = classes[rootOf(place)];
    members.granules = std::gcd(members.granules, granules);
  }
}

template <typename AttentionLike>
void ShardSizes::couple(AttentionLike op) {
  int64_t heads = op.getHeads();
  keepWhole(op.getQ(), heads);
  int queries = placeOf(op.getQ(), 1), keys = placeOf(op.getCache(), 0);
  if (queries >= 0 && keys >= 0)
    couplings.push_back({op, queries, keys, heads, op.getCache().getType().getKvHeads()});
}

LogicalResult ShardSizes::share(const Coupling &coupling) {
  const Class &queries = classes[rootOf(coupling.queries)], &keys = classes[rootOf(coupling.keys)];
  int64_t ranks = keys.ranks, group = coupling.heads / coupling.kvHeads;
  int64_t headStep = coupling.heads / queries.granules, keyStep = coupling.kvHeads / keys.granules;
  for (int64_t kvHeads = keyStep * llvm::divideCeil(keys.granules, ranks); kvHeads <= coupling.kvHeads;
       kvHeads += keyStep) {
    // Several ranks share a key head only where each holds one.
    int64_t sharers = kvHeads == 1 ? std::max<int64_t>(ranks / coupling.kvHeads, 1) : 1;
    for (int64_t heads = kvHeads * llvm::divideCeil(group, sharers); heads <= kvHeads * group;
         heads += kvHeads)
      if (heads % headStep == 0)
        return failure(failed(setShare(coupling.op, coupling.queries, heads / headStep)) ||
                       failed(setShare(coupling.op, coupling.keys, kvHeads / keyStep)));
  }
  llvm_unreachable("all heads on one rank are always whole granules");
}

LogicalResult ShardSizes::setShare(Operation *op, int place, int64_t share) {
  Class &members = classes[rootOf(place)];
  if (members.share != 0 && members.share != share)
    return op->emitError("expected heads to be split as by the attentions before, ")
           << members.share << " of " << members.granules << " on a rank, found " << share;
  members.share = share;
  return success();
}

int64_t ShardSizes::sizeOf(Value value, int64_t dimension) const {
  int64_t size = wholeSize(value.getType(), dimension);
  int place = placeOf(value, dimension);
  if (place < 0)
    return size;
  const Class &members = classes[rootOf(place)];
  return size / members.granules * members.share;
}

Type ShardSizes::typeOf(Value value) const {
  Type type = value.getType();
  if (!shardingOf(value))
    return type;
  if (auto weight = dyn_cast<WeightType>(type)) {
    SmallVector<int64_t> shape;
    for (size_t dimension = 0; dimension < weight.getShape().size(); ++dimension)
      shape.push_back(sizeOf(value, static_cast<int64_t>(dimension)));
    return WeightType::get(type.getContext(), shape, weight.getFormat());
  }
  if (isa<CacheType>(type))
    return CacheType::get(type.getContext(), sizeOf(value, 0), sizeOf(value, 1));
  auto tensor = cast<RankedTensorType>(type);
  return tensor.getRank() == 2 ? activationType(type.getContext(), sizeOf(value, 1)) : type;
}

} // namespace sennit::nn
