// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// The constraints of meshes, shardings and collectives; each check is tagged with the constraint that it
// enforces.
#include "dialects/nn/Nn.h"

#include "mlir/Interfaces/FunctionInterfaces.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;
using namespace sennit;
using namespace sennit::nn;

/// Adds the names of a list to those seen; says what is wrong with the first that is empty or seen before.
static std::string findBadName(ArrayAttr list, llvm::StringSet<> &seen) {
  for (Attribute name : list) {
    StringRef axis = cast<StringAttr>(name).getValue();
    if (axis.empty())
      return "expected names of axes, found an empty one";
    if (!seen.insert(axis).second)
      return ("expected each axis once, found \"" + axis + "\" again").str();
  }
  return "";
}

//===- Mesh -------------------------------------------------------------------------------------------===//

LogicalResult MeshOp::verify() {
  // mesh_c1
  if (getAxes().empty() || getAxes().size() != getSizes().size())
    return emitOpError("expected at least one axis and a size for each, found ")
           << getAxes().size() << " axes and " << getSizes().size() << " sizes";
  // mesh_c2
  llvm::StringSet<> seen;
  if (std::string problem = findBadName(getAxes(), seen); !problem.empty())
    return emitOpError(problem);
  // mesh_c3
  for (auto [axis, size] : llvm::zip_equal(getAxes(), getSizes()))
    if (size < 1)
      return emitOpError("expected the size of axis ") << axis << " to be at least 1, found " << size;
  return success();
}

//===- Shardings --------------------------------------------------------------------------------------===//

LogicalResult ShardingAttr::verify(function_ref<InFlightDiagnostic()> emitError, FlatSymbolRefAttr mesh,
                                   ArrayAttr dimensions, ArrayAttr partial) {
  // sharding_c1
  auto isNames = [](Attribute list) {
    auto names = dyn_cast<ArrayAttr>(list);
    return names && llvm::all_of(names, llvm::IsaPred<StringAttr>);
  };
  if (!llvm::all_of(dimensions, isNames) || (partial && !isNames(partial)))
    return emitError() << "expected lists of axis names, found " << dimensions << " and "
                       << (partial ? Attribute(partial) : Attribute(dimensions));
  // sharding_c2
  llvm::StringSet<> seen;
  for (Attribute list : dimensions)
    if (std::string problem = findBadName(cast<ArrayAttr>(list), seen); !problem.empty())
      return emitError() << problem;
  if (partial)
    if (std::string problem = findBadName(partial, seen); !problem.empty())
      return emitError() << problem;
  return success();
}

/// Checks the sharding of a value of `type`; `at` is where symbols are looked up and errors go.
static LogicalResult verifySharding(Operation *at, ShardingAttr sharding, Type type) {
  // sharding_c4
  int64_t rank = shardingRank(type), listed = static_cast<int64_t>(sharding.getDimensions().size());
  if (rank != listed)
    return at->emitError("expected a sharding of ")
           << type << " to list " << rank << " dimensions, found " << listed;
  // sharding_c5
  auto mesh = SymbolTable::lookupNearestSymbolFrom<MeshOp>(at, sharding.getMesh());
  if (!mesh)
    return at->emitError("expected a nn.mesh ") << sharding.getMesh() << ", found none";
  auto check = [&](ArrayAttr list) -> LogicalResult {
    for (Attribute axis : list)
      if (mesh.getSize(cast<StringAttr>(axis).getValue()) == 0)
        return at->emitError("expected an axis of ") << sharding.getMesh() << ", found " << axis;
    return success();
  };
  for (Attribute list : sharding.getDimensions())
    if (failed(check(cast<ArrayAttr>(list))))
      return failure();
  return sharding.getPartial() ? check(sharding.getPartial()) : success();
}

LogicalResult NnDialect::verifyOperationAttribute(Operation *op, NamedAttribute attribute) {
  if (attribute.getName() != shardingsName)
    return success();
  // sharding_c3
  auto list = dyn_cast<ArrayAttr>(attribute.getValue());
  if (!list || list.size() != op->getNumResults() || !llvm::all_of(list, llvm::IsaPred<ShardingAttr>))
    return op->emitError("expected ") << shardingsName << " to have a sharding for each of "
                                      << op->getNumResults() << " results, found " << attribute.getValue();
  for (auto [sharding, type] : llvm::zip_equal(list, op->getResultTypes()))
    if (failed(verifySharding(op, cast<ShardingAttr>(sharding), type)))
      return failure();
  return success();
}

LogicalResult NnDialect::verifyRegionArgAttribute(Operation *op, unsigned region, unsigned argument,
                                                  NamedAttribute attribute) {
  if (attribute.getName() != shardingName)
    return success();
  // sharding_c6
  auto function = dyn_cast<FunctionOpInterface>(op);
  auto sharding = dyn_cast<ShardingAttr>(attribute.getValue());
  if (!function || !sharding)
    return op->emitError("expected ")
           << shardingName << " to be a sharding of a function's argument, found " << attribute.getValue();
  return verifySharding(op, sharding, function.getArgumentTypes()[argument]);
}

//===- Collectives ------------------------------------------------------------------------------------===//

static LogicalResult verifyBytes(CollectiveOpInterface op) {
  // all_reduce_c4, all_gather_c4, reduce_scatter_c4
  double expected = cast<CostOpInterface>(op.getOperation()).getCost({}).wireBytes.perRow;
  double found = op.getBytesPerRow().convertToDouble();
  if (found != expected)
    return op->emitOpError("expected bytes_per_row to be ") << expected << ", found " << found;
  return success();
}

static LogicalResult verifyCollective(CollectiveOpInterface op, std::optional<int64_t> ranks) {
  // all_reduce_c1, all_gather_c1, reduce_scatter_c1
  llvm::StringSet<> seen;
  if (op.getAxes().empty())
    return op->emitOpError("expected at least one axis, found none");
  if (std::string problem = findBadName(op.getAxes(), seen); !problem.empty())
    return op->emitOpError(problem);
  // all_reduce_c2, all_gather_c2, reduce_scatter_c2
  if (static_cast<bool>(op.getMeshAttr()) == ranks.has_value())
    return op->emitOpError("expected either a mesh or a number of ranks, found ")
           << (ranks ? "both" : "none");
  if (ranks && *ranks < 1)
    return op->emitOpError("expected at least 1 rank, found ") << *ranks;
  // all_gather_c5, reduce_scatter_c5
  int64_t taken = columnsOf(cast<RankedTensorType>(op.getX().getType()));
  int64_t given = columnsOf(cast<RankedTensorType>(op->getResult(0).getType()));
  bool gathers = op.getTakenState().isSplit();
  int64_t share = gathers ? taken : given, all = gathers ? given : taken;
  if (ranks ? (share > all || all > share * *ranks) : share != all)
    return op->emitOpError("expected ")
           << (ranks ? "a share of the columns" : "as many columns as the operand has") << ", found " << taken
           << " before and " << given << " after";
  return ranks ? verifyBytes(op) : success();
}

LogicalResult AllReduceOp::verify() {
  return verifyCollective(*this, getRanks());
}
LogicalResult AllGatherOp::verify() {
  return verifyCollective(*this, getRanks());
}
LogicalResult ReduceScatterOp::verify() {
  return verifyCollective(*this, getRanks());
}

LogicalResult sennit::nn::verifyMeshUse(CollectiveOpInterface op, SymbolTableCollection &symbols) {
  if (!op.getMeshAttr())
    return success();
  // all_reduce_c3, all_gather_c3, reduce_scatter_c3
  auto mesh = symbols.lookupNearestSymbolFrom<MeshOp>(op, op.getMeshAttr());
  if (!mesh)
    return op->emitOpError("expected a nn.mesh ") << op.getMeshAttr() << ", found none";
  for (Attribute axis : op.getAxes())
    if (mesh.getSize(cast<StringAttr>(axis).getValue()) == 0)
      return op->emitOpError("expected an axis of ") << op.getMeshAttr() << ", found " << axis;
  return verifyBytes(op);
}
