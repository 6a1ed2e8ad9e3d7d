// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "dialects/nn/Nn.h"
#include "planner/Target.h"

#include "llvm/ADT/DenseMap.h"

#include <string>

namespace sennit::nn {

/// What a group is built around; decides what may join it. Collectives and attention stay alone. Fixed: an
/// nn.group that was there before, which never grows.
enum class GroupForm { Rows, Linear, Append, Attention, Collective, Fixed };

/// The ops of a block as groups that grow by merging, each at first an op of its own. Ops keep their place in
/// the block; the graph only says who belongs together. Borrows the block; single thread.
class FusionGraph {
public:
  /// Takes every op of the block but parameters and the terminator.
  explicit FusionGraph(mlir::Block &block);

  llvm::ArrayRef<mlir::Operation *> ops() const { return order; }
  bool contains(mlir::Operation *op) const { return op && indexOf.contains(op); }
  /// The group of an op: the index of its first op.
  int groupOf(mlir::Operation *op) const { return groups[indexOf.lookup(op)]; }
  /// The ops of a group in program order.
  llvm::ArrayRef<mlir::Operation *> members(int group) const { return memberLists[group]; }
  GroupForm form(int group) const;
  /// Position of an op in the block.
  int place(mlir::Operation *op) const { return indexOf.lookup(op); }

  /// Whether merging leaves the groups without a cycle: no way leads from one to the other through a third.
  bool canMerge(int a, int b) const;
  /// The group of all ops of both.
  int merge(int a, int b);

  /// Whether every user of the value is in the group or is `also`.
  bool usersWithin(mlir::Value value, int group, mlir::Operation *also = nullptr) const;
  /// A user of the value outside of the group, null when there is none.
  mlir::Operation *userOutside(mlir::Value value, int group, mlir::Operation *also = nullptr) const;

  /// The groups in an order in which each stands after those it reads from; among those that may come next,
  /// the one whose first op comes first.
  llvm::SmallVector<int> schedule() const;

private:
  bool reachesThroughThird(int from, int to) const;

  llvm::SmallVector<mlir::Operation *> order;
  llvm::DenseMap<mlir::Operation *, int> indexOf;
  llvm::SmallVector<int> groups; ///< group of each op
  llvm::SmallVector<llvm::SmallVector<mlir::Operation *, 4>> memberLists;
};

/// Why edges were cut, by producer and consumer, where a rule looked at them. Sentences follow "cut: ".
using CutReasons = llvm::DenseMap<std::pair<mlir::Operation *, mlir::Operation *>, std::string>;

/// Grows the groups by the rules of nn-fuse-groups as far as the target absorbs them.
CutReasons growGroups(FusionGraph &graph, const planner::Target &target);

/// "rms_norm" of "nn.rms_norm".
llvm::StringRef shortName(mlir::Operation *op);

} // namespace sennit::nn
