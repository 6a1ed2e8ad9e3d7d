// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "dialects/exec/Exec.h"
#include "passes/exec/CommandOrder.h"
#include "passes/exec/Passes.h"
#include "passes/exec/RowSpans.h"
#include "passes/exec/VerifySignals.h"

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

/// One access of a buffer or cache.
struct Touch {
  unsigned command;
  AccessMode mode;
  RowSpans rows;
};

/// For which steps a program runs.
struct Served {
  uint32_t mostRows = 0;
  bool generated = false, prompt = false; ///< whether a step may have such rows
};

/// What is written during a step, as places that do not overlap by themselves: a buffer, or one layer's keys
/// or values.
using Place = std::pair<const void *, uint64_t>;

/// The check of one program; lists what it finds.
class ProgramCheck {
public:
  ProgramCheck(exec::ProgramOp program, uint32_t maxRows, const Served &served)
      : program(program), maxRows(maxRows), served(served), order(program) {}

  bool run() {
    checkBuffers();
    collectTouches();
    checkReads();
    checkConflicts();
    checkSharedBytes();
    return verifySignals(order, program) && valid;
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
        touches[place].push_back(
            {unsigned(index), access.getMode(), RowSpans(*exec::rowsOf(command), access.getRange())});
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
    for (auto &[place, list] : touches)
      for (const Touch &touch : list) {
        if (!place.first || touch.mode != AccessMode::Read)
          continue;
        std::optional<std::string> missing = missingRows(list, touch.rows, [&](const Touch &write) {
          return write.command == touch.command || order.before(write.command, touch.command);
        });
        if (!missing)
          continue;
        Operation *command = order.commands()[touch.command];
        fail(command) << "expected a write of " << nameOf(place) << " before " << text(command)
                      << " reads it, found none" << *missing;
      }
    auto end = cast<exec::ReturnOp>(program.getBody().front().getTerminator());
    Value logits = end.getLogits().getDefiningOp<exec::SlotOp>().getBuffer();
    RowSpans wanted({RowDomain::Wanted, 0, exec::lastRow}, AccessRange::Own);
    if (std::optional<std::string> missing = missingRows(touches[Place(logits.getAsOpaquePointer(), 0)],
                                                         wanted, [](const Touch &) { return true; }))
      fail(end) << "expected a write of the logits, found none" << *missing;
  }

  /// What of `read` no write of `list` that `counts` covers, as the end of a sentence; none where all is
  /// covered.
  std::optional<std::string> missingRows(ArrayRef<Touch> list, const RowSpans &read,
                                         llvm::function_ref<bool(const Touch &)> counts) {
    SmallVector<const RowSpans *> writes;
    bool ofStep = false;
    for (const Touch &touch : list)
      if (touch.mode == AccessMode::Write) {
        ofStep |= touch.rows.numbersStep();
        if (counts(touch))
          writes.push_back(&touch.rows);
      }
    if (writes.empty())
      return "";
    auto find = [&](RowSpans::Part part, RowSpans::Span rows) -> std::optional<uint32_t> {
      if ((part == RowSpans::Generated && !served.generated) || (part == RowSpans::Prompt && !served.prompt))
        return std::nullopt;
      return firstUncovered(rows, writes, part, served.mostRows);
    };
    for (RowSpans::Part part : read.partsRead(ofStep)) {
      std::optional<uint32_t> row = find(part, read.span(part));
      // A wanted row has the number of some row of the step, whatever its role.
      if (!row || (part == RowSpans::Wanted && !find(RowSpans::Generated, read.span(part)) &&
                   !find(RowSpans::Prompt, read.span(part))))
        continue;
      static constexpr const char *names[] = {"generated", "prompt", "wanted"};
      return " of " + std::string(names[part]) + " row " + std::to_string(*row);
    }
    return std::nullopt;
  }

  void checkConflicts() {
    for (auto &[place, list] : touches) {
      llvm::DenseSet<std::pair<unsigned, unsigned>> reported;
      for (auto [index, later] : llvm::enumerate(list))
        for (const Touch &earlier : ArrayRef<Touch>(list).take_front(index)) {
          if (earlier.command == later.command ||
              (earlier.mode == AccessMode::Read && later.mode == AccessMode::Read) ||
              order.before(earlier.command, later.command) || !mayMeet(earlier.rows, later.rows) ||
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
    // Commands of one lane are ordered, so the last one there of the first buffer and the first one of the
    // second speak for all.
    std::map<const void *, std::pair<std::map<Lane, unsigned>, std::map<Lane, unsigned>>> ends;
    for (exec::BufferOp buffer : list) {
      auto &[first, last] = ends[buffer.getResult().getAsOpaquePointer()];
      for (const Touch &touch : touchesOf(buffer)) {
        Lane lane = *laneOf(order.commands()[touch.command]);
        first.try_emplace(lane, touch.command);
        last[lane] = touch.command;
      }
    }
    auto doneBefore = [&](exec::BufferOp first, exec::BufferOp second) {
      const auto &last = ends[first.getResult().getAsOpaquePointer()].second;
      const auto &begin = ends[second.getResult().getAsOpaquePointer()].first;
      return first.getResult() != logitsBuffer && llvm::all_of(last, [&](const auto &a) {
               return llvm::all_of(begin, [&](const auto &b) { return order.before(a.second, b.second); });
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

  exec::ProgramOp program;
  uint32_t maxRows;
  Served served;
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
        valid &= ProgramCheck(program, maxRows, servedBy(package, program, maxRows)).run();
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
  /// A program of no bucket must be right for every step.
  static Served servedBy(exec::PackageOp package, exec::ProgramOp program, uint32_t maxRows) {
    Served served;
    for (exec::EntryOp entry : package.getBody().getOps<exec::EntryOp>())
      for (exec::BucketOp bucket : entry.getBuckets().getOps<exec::BucketOp>())
        if (bucket.getProgram() == program.getSymName()) {
          served.mostRows = std::max(served.mostRows, bucket.getRows());
          served.generated |= bucket.getRole() != exec::StepRole::Prompt;
          served.prompt |= bucket.getRole() != exec::StepRole::Generated;
        }
    return served.mostRows ? served : Served{maxRows, true, true};
  }

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
