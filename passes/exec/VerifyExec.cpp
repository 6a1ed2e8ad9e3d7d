// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "dialects/exec/Exec.h"
#include "passes/exec/CommandOrder.h"
#include "passes/exec/Passes.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/TypeSwitch.h"

#include <map>

namespace sennit {
#define GEN_PASS_DEF_VERIFYEXECPASS
#include "passes/exec/Passes.h.inc"

namespace {

using namespace mlir;
using exec::AccessMode;
using exec::Space;

std::optional<RowDomain> domainOf(Operation *command) {
  return llvm::TypeSwitch<Operation *, std::optional<RowDomain>>(command)
      .Case<exec::LaunchOp, exec::CopyOp, exec::CollectiveOp>([](auto op) { return op.getDomain(); })
      .Default([](Operation *) { return std::nullopt; });
}

/// One access of a buffer or cache.
struct Touch {
  unsigned command;
  AccessMode mode;
  AccessRange range;
};

/// What is written during a step, as places that do not overlap by themselves: a buffer, or one layer's keys
/// or values.
using Place = std::pair<const void *, uint64_t>;

/// The check of one program; lists what it finds.
class ProgramCheck {
public:
  ProgramCheck(exec::ProgramOp program, uint32_t maxRows)
      : program(program), maxRows(maxRows), order(program) {}

  bool run() {
    checkBuffers();
    collectTouches();
    checkReads();
    checkConflicts();
    checkSharedBytes();
    checkSignals();
    return valid;
  }

private:
  InFlightDiagnostic fail(Operation *op) {
    valid = false;
    return op->emitError();
  }

  static std::string text(Operation *command) {
    if (auto launch = dyn_cast<exec::LaunchOp>(command))
      return ("launch '" + launch.getNode() + "'").str();
    return command->getName().stripDialect().str();
  }

  void checkBuffers() {
    for (exec::BufferOp buffer : program.getBody().getOps<exec::BufferOp>()) {
      uint64_t bytes = buffer.getRowBytes() * buffer.getRows();
      if (buffer.getOffset() > program.getArenaBytes() ||
          bytes > program.getArenaBytes() - buffer.getOffset())
        fail(buffer) << "expected buffer '" << buffer.getName() << "' to end within the arena's "
                     << program.getArenaBytes() << " bytes, found " << bytes << " bytes at "
                     << buffer.getOffset();
      if (buffer.getRows() < maxRows)
        fail(buffer) << "expected buffer '" << buffer.getName() << "' to have room for " << maxRows
                     << " rows, found " << buffer.getRows();
    }
  }

  /// Finds every access of a buffer or cache, and slots that commands do not declare to touch.
  void collectTouches() {
    for (auto [index, command] : llvm::enumerate(order.commands())) {
      OperandRange slots = exec::slotsOf(command);
      llvm::BitVector declared(slots.size());
      for (exec::AccessAttr access : exec::accessesOf(command)) {
        declared.set(access.getSlot());
        auto slot = slots[access.getSlot()].getDefiningOp<exec::SlotOp>();
        Space space = slot.getSpace();
        if (space == Space::Weight || space == Space::Step) {
          if (access.getMode() == AccessMode::Write)
            fail(command) << "expected " << text(command) << " to only read slot " << access.getSlot()
                          << " in space " << exec::stringifySpace(space) << ", found a write";
          continue;
        }
        Place place = space == Space::Arena
                          ? Place(slot.getBuffer().getAsOpaquePointer(), 0)
                          : Place(nullptr, uint64_t(*slot.getLayer()) * 2 + (space == Space::ValueCache));
        touches[place].push_back({unsigned(index), access.getMode(), access.getRange()});
      }
      for (unsigned slot = 0; slot < slots.size(); ++slot)
        if (!declared.test(slot))
          fail(command) << "expected " << text(command) << " to declare an access of slot " << slot
                        << ", found none";
    }
  }

  std::string nameOf(Place place) {
    if (!place.first)
      return (place.second % 2 ? "values" : "keys") + (" of layer " + std::to_string(place.second / 2));
    auto buffer = Value::getFromOpaquePointer(place.first).getDefiningOp<exec::BufferOp>();
    return ("buffer '" + buffer.getName() + "'").str();
  }

  /// Buffers hold nothing when a step begins; caches hold what earlier steps wrote.
  void checkReads() {
    auto written = [&](ArrayRef<Touch> list, unsigned command) {
      return llvm::any_of(list, [&](const Touch &touch) {
        return touch.mode == AccessMode::Write &&
               (touch.command == command || order.before(touch.command, command));
      });
    };
    for (auto &[place, list] : touches)
      for (const Touch &touch : list)
        if (place.first && touch.mode == AccessMode::Read && !written(list, touch.command)) {
          Operation *command = order.commands()[touch.command];
          fail(command) << "expected a write of " << nameOf(place) << " before " << text(command)
                        << " reads it, found none";
        }
    auto end = cast<exec::ReturnOp>(program.getBody().front().getTerminator());
    Value logits = end.getLogits().getDefiningOp<exec::SlotOp>().getBuffer();
    auto found = touches.find(Place(logits.getAsOpaquePointer(), 0));
    bool made = found != touches.end() && llvm::any_of(found->second, [](const Touch &touch) {
                  return touch.mode == AccessMode::Write;
                });
    if (!made)
      fail(end) << "expected a write of the logits, found none";
  }

  /// Rows of different roles are disjoint, as long as each launch touches only its own.
  bool differentRoles(const Touch &a, const Touch &b) {
    RowDomain left = *domainOf(order.commands()[a.command]), right = *domainOf(order.commands()[b.command]);
    auto role = [](RowDomain domain) {
      return domain == RowDomain::Generated || domain == RowDomain::Prompt;
    };
    return role(left) && role(right) && left != right && a.range == AccessRange::Own &&
           b.range == AccessRange::Own;
  }

  void checkConflicts() {
    for (auto &[place, list] : touches) {
      llvm::DenseSet<std::pair<unsigned, unsigned>> reported;
      for (auto [index, later] : llvm::enumerate(list))
        for (const Touch &earlier : ArrayRef<Touch>(list).take_front(index)) {
          if (earlier.command == later.command ||
              (earlier.mode == AccessMode::Read && later.mode == AccessMode::Read) ||
              order.before(earlier.command, later.command) || differentRoles(earlier, later) ||
              !reported.insert({earlier.command, later.command}).second)
            continue;
          Operation *command = order.commands()[later.command], *other = order.commands()[earlier.command];
          fail(command)
                  .append("expected ", text(command), " to wait for ", text(other), ", since both touch ",
                          nameOf(place), " and one writes it, found no order")
                  .attachNote(other->getLoc())
              << "the other command is here";
        }
    }
  }

  /// Buffers that share bytes must not be in use at the same time: every access of one comes before every
  /// access of the other. The logits stay in use to the end.
  void checkSharedBytes() {
    auto logits = cast<exec::ReturnOp>(program.getBody().front().getTerminator()).getLogits();
    Value logitsBuffer = logits.getDefiningOp<exec::SlotOp>().getBuffer();
    SmallVector<exec::BufferOp> list = llvm::to_vector(program.getBody().getOps<exec::BufferOp>());
    auto touchesOf = [&](exec::BufferOp buffer) -> ArrayRef<Touch> {
      auto found = touches.find(Place(buffer.getResult().getAsOpaquePointer(), 0));
      return found == touches.end() ? ArrayRef<Touch>() : ArrayRef<Touch>(found->second);
    };
    auto doneBefore = [&](exec::BufferOp first, exec::BufferOp second) {
      return first.getResult() != logitsBuffer && llvm::all_of(touchesOf(first), [&](const Touch &a) {
               return llvm::all_of(touchesOf(second),
                                   [&](const Touch &b) { return order.before(a.command, b.command); });
             });
    };
    for (auto [index, second] : llvm::enumerate(list))
      for (exec::BufferOp first : ArrayRef<exec::BufferOp>(list).take_front(index)) {
        bool share = first.getOffset() < second.getOffset() + second.getRowBytes() * second.getRows() &&
                     second.getOffset() < first.getOffset() + first.getRowBytes() * first.getRows();
        if (!share || doneBefore(first, second) || doneBefore(second, first))
          continue;
        fail(second)
                .append("expected buffer '", second.getName(), "' to share no byte with '", first.getName(),
                        "', which is in use at the same time, found them at ", second.getOffset(), " and ",
                        first.getOffset())
                .attachNote(first.getLoc())
            << "the other buffer is here";
      }
  }

  void checkSignals() {
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
          fail(order.commands()[wait])
              << "expected the wait for signal " << signal << " after it is raised, found it before";
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
  }

  exec::ProgramOp program;
  uint32_t maxRows;
  CommandOrder order;
  llvm::MapVector<Place, SmallVector<Touch>> touches; ///< in the order of commands
  bool valid = true;
};

class VerifyExec : public impl::VerifyExecPassBase<VerifyExec> {
public:
  using Base::Base;

  void runOnOperation() override {
    bool valid = true;
    for (exec::PackageOp package : getOperation().getOps<exec::PackageOp>()) {
      uint32_t maxRows = (*package.getBody().getOps<exec::StepLayoutOp>().begin()).getMaxRows();
      for (exec::ProgramOp program : package.getBody().getOps<exec::ProgramOp>()) {
        valid &= ProgramCheck(program, maxRows).run();
        for (Operation &op : program.getBody().front()) {
          commands += exec::isCommand(&op);
          buffers += isa<exec::BufferOp>(op);
        }
      }
      for (exec::EntryOp entry : package.getBody().getOps<exec::EntryOp>())
        valid &= checkBuckets(entry, maxRows);
      if (package.getLevels().empty())
        continue;
      for (exec::KernelOp kernel : package.getBody().getOps<exec::KernelOp>())
        if (kernel.getCode().empty() || !kernel.getRowBlock() || !kernel.getColumnTiles()) {
          kernel.emitError("expected code, a row block and column tiles of kernel @")
              << kernel.getSymName() << ", found " << kernel.getCode().size() << ", " << kernel.getRowBlock()
              << " and " << kernel.getColumnTiles();
          valid = false;
        }
    }
    if (!valid)
      return signalPassFailure();
    markAllAnalysesPreserved();
  }

private:
  bool checkBuckets(exec::EntryOp entry, uint32_t maxRows) {
    std::map<std::pair<uint64_t, uint32_t>, exec::BucketOp> missing;
    for (uint64_t rows = 1;; rows = std::min<uint64_t>(2 * rows, maxRows)) {
      for (uint32_t role = 0; role <= exec::getMaxEnumValForStepRole(); ++role)
        missing[{rows, role}];
      if (rows == maxRows)
        break;
    }
    bool valid = true;
    for (exec::BucketOp bucket : entry.getBuckets().getOps<exec::BucketOp>())
      if (!missing.erase({bucket.getRows(), static_cast<uint32_t>(bucket.getRole())})) {
        bucket.emitError("expected buckets of 1, 2, 4, ... and ")
            << maxRows << " rows, found " << bucket.getRows();
        valid = false;
      }
    for (auto &[key, none] : missing) {
      entry.emitError("expected a bucket of ")
          << key.first << " rows for role "
          << exec::stringifyStepRole(static_cast<exec::StepRole>(key.second)) << ", found none";
      valid = false;
    }
    return valid;
  }
};

} // namespace
} // namespace sennit
