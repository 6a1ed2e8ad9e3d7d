// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "passes/nn/FusionGraph.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <iterator>
#include <set>

using namespace mlir;

namespace sennit::nn {

FusionGraph::FusionGraph(Block &block) {
  for (Operation &op : block.without_terminator()) {
    if (isa<ParamOp>(op))
      continue;
    int index = static_cast<int>(order.size());
    order.push_back(&op);
    indexOf[&op] = index;
    groups.push_back(index);
    memberLists.push_back({&op});
  }
}

GroupForm FusionGraph::form(int group) const {
  auto has = [&](auto predicate) { return llvm::any_of(members(group), predicate); };
  if (has(llvm::IsaPred<GroupOp>))
    return GroupForm::Fixed;
  if (has(llvm::IsaPred<AttentionOp, AttentionPartialOp, AttentionMergeOp>))
    return GroupForm::Attention;
  if (has(llvm::IsaPred<CollectiveOpInterface>))
    return GroupForm::Collective;
  if (has(llvm::IsaPred<LinearOp>))
    return GroupForm::Linear;
  return has(llvm::IsaPred<CacheAppendOp>) ? GroupForm::Append : GroupForm::Rows;
}

bool FusionGraph::reachesThroughThird(int from, int to) const {
  llvm::SmallVector<int> pending;
  std::vector<bool> seen(order.size(), false);
  // The last op that could lead anywhere useful: edges only go forward in the block.
  int lastPlace = place(members(to).back());
  auto visitUsers = [&](int group) {
    for (Operation *op : members(group)) {
      if (place(op) > lastPlace)
        continue;
      for (Operation *user : op->getUsers()) {
        if (!contains(user))
          continue;
        int next = groupOf(user);
        if (next != from && !seen[next]) {
          seen[next] = true;
          pending.push_back(next);
        }
      }
    }
  };
  visitUsers(from);
  seen[to] = true; // the direct edge is what the merge removes
  llvm::erase(pending, to);
  while (!pending.empty()) {
    int group = pending.pop_back_val();
    for (Operation *op : members(group))
      for (Operation *user : op->getUsers())
        if (contains(user) && groupOf(user) == to)
          return true;
    visitUsers(group);
  }
  return false;
}

bool FusionGraph::canMerge(int a, int b) const {
  return a != b && !reachesThroughThird(a, b) && !reachesThroughThird(b, a);
}

int FusionGraph::merge(int a, int b) {
  int kept = std::min(a, b), gone = std::max(a, b);
  llvm::SmallVector<Operation *, 4> merged;
  std::merge(memberLists[kept].begin(), memberLists[kept].end(), memberLists[gone].begin(),
             memberLists[gone].end(), std::back_inserter(merged),
             [&](Operation *x, Operation *y) { return place(x) < place(y); });
  memberLists[kept] = std::move(merged);
  memberLists[gone].clear();
  for (Operation *op : memberLists[kept])
    groups[place(op)] = kept;
  return kept;
}

Operation *FusionGraph::userOutside(Value value, int group, Operation *also) const {
  Operation *found = nullptr; // the first one in the block, so that reports do not depend on use order
  for (Operation *user : value.getUsers()) {
    if (user == also || (contains(user) && groupOf(user) == group))
      continue;
    if (!found || user->isBeforeInBlock(found))
      found = user;
  }
  return found;
}

bool FusionGraph::usersWithin(Value value, int group, Operation *also) const {
  return !userOutside(value, group, also);
}

llvm::SmallVector<int> FusionGraph::schedule() const {
  std::vector<std::set<int>> readers(order.size());
  std::vector<int> waitsFor(order.size(), 0);
  for (Operation *op : order)
    for (Operation *user : op->getUsers())
      if (contains(user) && groupOf(user) != groupOf(op) && readers[groupOf(op)].insert(groupOf(user)).second)
        ++waitsFor[groupOf(user)];
  std::set<int> ready;
  for (auto [index, list] : llvm::enumerate(memberLists))
    if (!list.empty() && waitsFor[index] == 0)
      ready.insert(static_cast<int>(index));
  llvm::SmallVector<int> result;
  while (!ready.empty()) {
    int group = *ready.begin();
    ready.erase(ready.begin());
    result.push_back(group);
    for (int reader : readers[group])
      if (--waitsFor[reader] == 0)
        ready.insert(reader);
  }
  return result;
}

llvm::StringRef shortName(Operation *op) {
  return op->getName().stripDialect();
}

} // namespace sennit::nn
