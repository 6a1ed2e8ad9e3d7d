// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "passes/exec/CommandOrder.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/TypeSwitch.h"

#include <map>

namespace sennit {

std::optional<Lane> laneOf(mlir::Operation *command) {
  return llvm::TypeSwitch<mlir::Operation *, std::optional<Lane>>(command)
      .Case<exec::LaunchOp, exec::CopyOp, exec::CollectiveOp, exec::SignalOp, exec::WaitOp>(
          [](auto op) { return op.getLane(); })
      .Default([](mlir::Operation *) { return std::nullopt; });
}

CommandOrder::CommandOrder(exec::ProgramOp program) {
  for (mlir::Operation &op : program.getBody().front())
    if (exec::isCommand(&op))
      list.push_back(&op);
  earlier.assign(list.size(), llvm::BitVector(list.size()));
  std::map<Lane, unsigned> lastOfLane;
  llvm::DenseMap<uint32_t, unsigned> raised;
  for (unsigned index = 0; index < list.size(); ++index) {
    auto follow = [&](unsigned previous) {
      earlier[index] |= earlier[previous];
      earlier[index].set(previous);
    };
    std::optional<Lane> lane = laneOf(list[index]);
    if (!lane)
      continue;
    if (auto last = lastOfLane.find(*lane); last != lastOfLane.end())
      follow(last->second);
    lastOfLane[*lane] = index;
    if (auto signal = mlir::dyn_cast<exec::SignalOp>(list[index]))
      raised.try_emplace(signal.getSignal(), index);
    if (auto wait = mlir::dyn_cast<exec::WaitOp>(list[index]))
      if (auto signal = raised.find(wait.getSignal()); signal != raised.end())
        follow(signal->second);
  }
}

} // namespace sennit
