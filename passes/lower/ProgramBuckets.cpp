// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "dialects/plan/Dependences.h"
#include "passes/lower/PlanToExec.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/OperationSupport.h"

#include <map>
#include <set>

namespace sennit::lower {

using namespace mlir;
using exec::StepRole;

static_assert(static_cast<int>(plan::StepRole::Generated) == static_cast<int>(StepRole::Generated) &&
              static_cast<int>(plan::StepRole::Mixed) == static_cast<int>(StepRole::Mixed) &&
              static_cast<int>(plan::StepRole::Prompt) == static_cast<int>(StepRole::Prompt));

/// Whether two programs do the same, whatever their names.
static bool equalPrograms(exec::ProgramOp a, exec::ProgramOp b) {
  return a.getSignals() == b.getSignals() && a.getArenaBytes() == b.getArenaBytes() &&
         a.getArenaBytesWithoutReuse() == b.getArenaBytesWithoutReuse() &&
         a.getLaneShares() == b.getLaneShares() &&
         OperationEquivalence::isRegionEquivalentTo(&a.getBody(), &b.getBody(),
                                                    OperationEquivalence::IgnoreLocations);
}

namespace {

/// The buckets of one entry point.
class EntryBuilder {
public:
  EntryBuilder(exec::PackageOp package, ArrayRef<plan::ProgramOp> programs, int64_t maxRows)
      : package(package), programs(programs), maxRows(maxRows), symbols(package) {
    for (int64_t rows = 1;; rows = std::min(rows * 2, maxRows)) {
      bucketRows.push_back(rows);
      if (rows == maxRows)
        break;
    }
    for (plan::ProgramOp program : programs)
      for (plan::NodeOp node : plan::nodesOf(program))
        for (auto piece : node.getPieces().getAsRange<plan::PieceAttr>())
          cuts[program].insert(piece.getBegin());
  }

  LogicalResult check() {
    std::map<std::tuple<int64_t, int>, plan::ProgramOp> serving;
    plan::ProgramOp first = programs.front();
    for (plan::ProgramOp program : programs) {
      if (program.getFunctionType() != first.getFunctionType())
        return program.emitError("expected the type of the other programs of entry '")
               << program.getEntryName() << "', " << first.getFunctionType() << ", found "
               << program.getFunctionType();
      int64_t rows = program.getBucketRows().value_or(0);
      if (rows && !llvm::is_contained(bucketRows, rows))
        return program.emitError("expected bucket_rows of a bucket, 1, 2, 4, ... or ")
               << maxRows << ", found " << rows;
      auto [place, inserted] = serving.try_emplace({rows, roleOf(program)}, program);
      if (!inserted) {
        InFlightDiagnostic diagnostic = program.emitError("expected one program of entry '")
                                        << program.getEntryName() << "' for its bucket, found two";
        diagnostic.attachNote(place->second.getLoc()) << "the other program is here";
        return diagnostic;
      }
    }
    for (int64_t rows : bucketRows)
      for (StepRole role : roles)
        if (!planFor(rows, role))
          return first.emitError("expected a program of entry '")
                 << first.getEntryName() << "' for steps of " << rows << " rows and role "
                 << exec::stringifyStepRole(role) << ", found none";
    return success();
  }

  /// The exec program of each bucket, by rows and role; made where no equal one stands yet.
  SmallVector<exec::ProgramOp> makePrograms() {
    SmallVector<exec::ProgramOp> byBucket;
    for (int64_t rows : bucketRows)
      for (StepRole role : roles)
        byBucket.push_back(programFor(planFor(rows, role), rows, role));
    return byBucket;
  }

  void addEntry(ArrayRef<exec::ProgramOp> byBucket) {
    OpBuilder builder = OpBuilder::atBlockEnd(&package.getBody().front());
    plan::ProgramOp first = programs.front();
    auto entry = exec::EntryOp::create(builder, first.getLoc(), first.getEntryName());
    OpBuilder inner = OpBuilder::atBlockEnd(&entry.getBuckets().emplaceBlock());
    const exec::ProgramOp *next = byBucket.begin();
    for (int64_t rows : bucketRows)
      for (StepRole role : roles)
        exec::BucketOp::create(inner, first.getLoc(), uint32_t(rows), role,
                               exec::ProgramOp(*next++).getSymName());
  }

private:
  static constexpr StepRole roles[] = {StepRole::Generated, StepRole::Mixed, StepRole::Prompt};

  /// The role that a program names, or -1.
  static int roleOf(plan::ProgramOp program) {
    return program.getRole() ? static_cast<int>(*plan::symbolizeStepRole(*program.getRole())) : -1;
  }

  /// The plan that says most of the bucket; null where none serves it.
  plan::ProgramOp planFor(int64_t rows, StepRole role) {
    plan::ProgramOp best;
    int most = -1;
    for (plan::ProgramOp program : programs) {
      int64_t itsRows = program.getBucketRows().value_or(0);
      int itsRole = roleOf(program);
      if ((itsRows && itsRows != rows) || (itsRole >= 0 && itsRole != static_cast<int>(role)))
        continue;
      if (int says = 2 * (itsRows != 0) + (itsRole >= 0); says > most) {
        best = program;
        most = says;
      }
    }
    return best;
  }

  exec::ProgramOp programFor(plan::ProgramOp from, int64_t rows, StepRole role) {
    // A plan for several buckets gives one program for those that hold the same cuts.
    auto held = std::distance(cuts[from].begin(), cuts[from].lower_bound(rows));
    exec::ProgramOp &place = built[{from.getOperation(), int64_t(held), static_cast<int>(role)}];
    if (place)
      return place;
    exec::ProgramOp program = buildProgram(from, role, maxRows, rows);
    auto equal = llvm::find_if(made, [&](exec::ProgramOp other) { return equalPrograms(program, other); });
    if (equal != made.end()) {
      program.erase();
      return place = *equal;
    }
    symbols.insert(program, package.getBody().front().end());
    made.push_back(program);
    return place = program;
  }

  exec::PackageOp package;
  ArrayRef<plan::ProgramOp> programs;
  int64_t maxRows;
  SymbolTable symbols;
  SmallVector<int64_t> bucketRows;
  DenseMap<Operation *, std::set<int64_t>> cuts; ///< where pieces of a plan begin
  std::map<std::tuple<Operation *, int64_t, int>, exec::ProgramOp> built;
  SmallVector<exec::ProgramOp> made; ///< distinct ones
};

} // namespace

LogicalResult addPrograms(exec::PackageOp package, ArrayRef<plan::ProgramOp> programs, int64_t maxRows) {
  llvm::MapVector<StringRef, SmallVector<plan::ProgramOp>> entries;
  for (plan::ProgramOp program : programs)
    entries[program.getEntryName()].push_back(program);
  // Programs stand before all entries.
  SmallVector<std::function<void()>> addEntries;
  for (auto &[name, serving] : entries) {
    auto builder = std::make_shared<EntryBuilder>(package, serving, maxRows);
    if (failed(builder->check()))
      return failure();
    addEntries.push_back([builder, byBucket = builder->makePrograms()] { builder->addEntry(byBucket); });
  }
  for (const auto &add : addEntries)
    add();
  return success();
}

} // namespace sennit::lower
