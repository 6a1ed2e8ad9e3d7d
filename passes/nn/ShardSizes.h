// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "dialects/nn/Nn.h"

#include "llvm/ADT/DenseMap.h"

#include <vector>

namespace sennit::nn {

/// How much of each split dimension of a block's values one rank holds: the largest share of all ranks.
///
/// Dimensions that are split together are one class, which is cut into granules that are never divided: a
/// head where an op sees heads, 32 elements where a block format runs along it, else one column. The largest
/// share is the granules divided by the ranks, rounded up. Attention couples the class of its queries to that
/// of its cache: a rank holds whole groups of query heads with their key heads. Where there are fewer key
/// heads than ranks, it holds one key head, and of its query heads as many as the ranks that share it leave
/// to each. Single thread.
class ShardSizes {
public:
  explicit ShardSizes(MeshOp mesh) : mesh(mesh) {}

  /// Works out the shares of a block that nn-verify-collectives accepts; otherwise an error at the op that
  /// does not fit.
  mlir::LogicalResult solve(mlir::Block &block);

  /// The size of a dimension on the rank with the largest share.
  int64_t sizeOf(mlir::Value value, int64_t dimension) const;
  /// The type that the value has on that rank.
  mlir::Type typeOf(mlir::Value value) const;

private:
  struct Class {
    int64_t granules = 0; ///< how many there are in all
    int64_t ranks = 1;
    int64_t share = 0; ///< granules of one rank, 0 before it is known
  };
  /// An attention: queries in `heads` heads over a cache of `kvHeads`.
  struct Coupling {
    mlir::Operation *op;
    int queries, keys; ///< places
    int64_t heads, kvHeads;
  };

  void addPlaces(mlir::Value value);
  int placeOf(mlir::Value value, int64_t dimension) const;
  int rootOf(int place) const;
  mlir::LogicalResult tie(mlir::Operation *op);
  mlir::LogicalResult tiePlaces(mlir::Operation *op, llvm::ArrayRef<int> tied);
  void keepWhole(mlir::Value value, int64_t granules);
  template <typename AttentionLike>
  void couple(AttentionLike op);
  mlir::LogicalResult share(const Coupling &coupling);
  mlir::LogicalResult setShare(mlir::Operation *op, int place, int64_t share);

  MeshOp mesh;
  llvm::DenseMap<std::pair<mlir::Value, int64_t>, int> places; ///< number of each split dimension
  std::vector<int> parents;                                    ///< union of places that are split together
  std::vector<Class> classes;                                  ///< of a place that is its own parent
  std::vector<Coupling> couplings;
};

} // namespace sennit::nn
