// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "passes/exec/VerifySignals.h"

#include <map>

namespace sennit {

using namespace mlir;

bool verifySignals(const CommandOrder &order, exec::ProgramOp program) {
  bool valid = true;
  auto fail = [&](Operation *op) {
    valid = false;
    return op->emitError();
  };
  struct Use {
    SmallVector<unsigned> raised, awaited; ///< commands
  };
  std::map<uint32_t, Use> uses;
  for (uint32_t signal = 0; signal < program.getSignals(); ++signal)
    uses[signal];
  for (auto [index, command] : llvm::enumerate(order.commands())) {
    if (auto signal = dyn_cast<exec::SignalOp>(command))
      uses[signal.getSignal()].raised.push_back(index);
    if (auto wait = dyn_cast<exec::WaitOp>(command))
      uses[wait.getSignal()].awaited.push_back(index);
  }
  for (auto &[signal, use] : uses) {
    if (use.raised.size() != 1)
      fail(program) << "expected signal " << signal << " to be raised once, found " << use.raised.size()
                    << " times";
    if (use.awaited.empty())
      fail(program) << "expected a wait for signal " << signal << ", found none";
    for (unsigned wait : use.awaited)
      if (!use.raised.empty() && wait < use.raised.front())
        fail(order.commands()[wait]) << "expected the wait for signal " << signal
                                     << " after it is raised, found it before";
  }
  for (auto [index, command] : llvm::enumerate(order.commands())) {
    auto branch = dyn_cast<exec::BranchOp>(command);
    if (!branch)
      continue;
    unsigned last = index + branch.getSkip();
    for (auto &[signal, use] : uses)
      for (unsigned raised : use.raised)
        for (unsigned wait : use.awaited)
          if (raised > index && raised <= last && (wait <= index || wait > last))
            fail(command) << "expected the branch to skip the wait for signal " << signal
                          << " along with the signal, found it outside";
  }
  return valid;
}

} // namespace sennit
