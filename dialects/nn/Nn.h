// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// The nn dialect: its types, attributes, cost interface and ops.
#pragma once

#include "dialects/Common.h"
#include "dialects/nn/Cost.h"
#include "dialects/nn/Sharding.h"

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace sennit::nn {
class CollectiveOpInterface;

/// The columns of the only operands and results split together.
ShardingCase splitColumns(mlir::Operation *op);
/// What the three collectives have in common, see their interfaces.
int64_t rankCount(CollectiveOpInterface op);
OpCost collectiveCost(CollectiveOpInterface op, const CostOptions &options);
mlir::LogicalResult verifyMeshUse(CollectiveOpInterface op, mlir::SymbolTableCollection &symbols);

/// Marks ops whose result elements depend on the same elements of their operands alone.
template <typename ConcreteOp>
class Elementwise : public mlir::OpTrait::TraitBase<ConcreteOp, Elementwise> {};
} // namespace sennit::nn

#include "dialects/nn/NnDialect.h.inc"
#include "dialects/nn/NnEnums.h.inc"
#include "dialects/nn/NnInterfaces.h.inc"
#define GET_ATTRDEF_CLASSES
#include "dialects/nn/NnAttrs.h.inc"
#define GET_TYPEDEF_CLASSES
#include "dialects/nn/NnTypes.h.inc"
#define GET_OP_CLASSES
#include "dialects/nn/NnOps.h.inc"

namespace sennit::nn {

/// The attribute of an op with one sharding per result, and that of a function's argument with its own.
inline constexpr llvm::StringLiteral shardingsName = "nn.shardings", shardingName = "nn.sharding";

/// The sharding of a value, from its op or its function; null where every rank has all of it.
ShardingAttr shardingOf(mlir::Value value);
/// What ranks along the axis hold of a value.
AxisState stateOf(mlir::Value value, llvm::StringRef axis);
/// Sets the sharding of a result, or of an argument of a function.
void setSharding(mlir::Value value, ShardingAttr sharding);
/// Dimensions that a sharding of the type lists: 2 for activations, matrices and caches, 1 for vectors and
/// indices, 0 for the batch.
int64_t shardingRank(mlir::Type type);

/// `tensor<?xCOLUMNSxf32>`, the type of every activation.
mlir::RankedTensorType activationType(mlir::MLIRContext *context, int64_t columns);
/// `tensor<?xi32>`, the type of tokens, positions and rows.
mlir::RankedTensorType indicesType(mlir::MLIRContext *context);
/// Columns of an activation.
inline int64_t columnsOf(mlir::RankedTensorType type) {
  return type.getDimSize(1);
}
/// The same bytes rule for every format: bytes of `k` elements of one row as stored in a checkpoint.
int64_t storedRowBytes(Format format, int64_t k);
/// Bytes that one of `ranks` ranks sends for each row of a collective on `columns` columns of the whole
/// value.
double wireBytesPerRow(bool isAllReduce, int64_t columns, int64_t ranks, int64_t activationBytes);
/// Bytes of one row of a value of `type`: its columns times `activationBytes`, 4 for an index; 0 for weights,
/// caches and the batch.
double rowBytes(mlir::Type type, int64_t activationBytes);

} // namespace sennit::nn
