// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/compiler/PlanBuckets.h"

#include "dialects/plan/Dependences.h"
#include "passes/plan/PlanProblem.h"
#include "planner/Bound.h"
#include "planner/StepPlanner.h"
#include "tools/compiler/PlanSweep.h"

#include "mlir/IR/SymbolTable.h"

namespace sennit::compiler {

using namespace mlir;
using nlohmann::json;

namespace {

/// Schedules that a search looks at, for each bucket: a compile should take seconds.
constexpr int64_t iterationsEach = 1000;

const char *const roles[] = {"generated", "mixed", "prompt"};

bool usesLanes(const planner::Solution &solution) {
  for (const std::vector<planner::Piece> &pieces : solution.pieces)
    for (const planner::Piece &piece : pieces)
      if (piece.lane != planner::Lane::Compute)
        return true;
  return false;
}

class PackagePlanner {
public:
  PackagePlanner(ModuleOp module, const CompileOptions &options, PlanTiming timing)
      : module(module), options(options), timing(std::move(timing)) {}

  StatusOr<json> run() {
    SmallVector<plan::ProgramOp> programs = llvm::to_vector(module.getOps<plan::ProgramOp>());
    for (plan::ProgramOp program : programs) {
      if (program.getBucketRows()) {
        SENNIT_RETURN_IF_ERROR(describeForced(program));
        continue;
      }
      for (int64_t rows = 1;; rows = std::min<int64_t>(2 * rows, options.maxRows)) {
        for (const char *role : roles)
          SENNIT_RETURN_IF_ERROR(decide(program, rows, role));
        if (rows == options.maxRows)
          break;
      }
      program.removeBucketRowsAttr();
      program.removeRoleAttr();
    }
    return std::move(plans);
  }

private:
  /// Pieces were asked for, in equal parts.
  Status describeForced(plan::ProgramOp program) {
    const int64_t rows = int64_t(*program.getBucketRows());
    SENNIT_RETURN_IF_ERROR(checkForced(program, rows));
    for (const char *role : roles) {
      program.setRole(StringRef(role));
      const planner::Problem problem = problemOf(program, timing);
      planner::StepPlan made;
      // The stored starts are those of mixed rows; the pieces and their order are the same for all.
      made.schedule = planner::scheduleInOrder(problem, cutsOf(problem, solutionOf(program)));
      made.sequential = planner::scheduleSequential(problem).end;
      made.unsplit = planner::unsplitTime(problem);
      made.bound = boundOf(problem, made.schedule.solution);
      made.split = rows > 1;
      made.condition = made.split ? "" : "a step of one row cannot be cut";
      made.why = {{"one node after the other, whole", made.sequential, ""}};
      if (const auto found = planner::validate(problem, made.schedule.solution); !found.empty())
        return internalError("the pieces that were asked for are not valid: " + found.front().message);
      plans.push_back(entryOf(problem, made, rows, role));
    }
    program.removeRoleAttr();
    return Status::okay();
  }

  /// By kind.
  static std::vector<planner::Cuts> cutsOf(const planner::Problem &problem,
                                           const planner::Solution &solution) {
    std::vector<planner::Cuts> cuts(problem.kinds());
    for (size_t index = 0; index < problem.nodes.size(); ++index) {
      planner::Cuts &inner = cuts[problem.nodes[index].kind];
      inner.clear();
      for (const planner::Piece &piece : solution.pieces[index])
        if (piece.begin > 0)
          inner.push_back(piece.begin);
      std::sort(inner.begin(), inner.end());
    }
    return cuts;
  }

  static double boundOf(const planner::Problem &problem, const planner::Solution &solution) {
    std::vector<planner::Task> tasks;
    for (unsigned index = 0; index < problem.nodes.size(); ++index) {
      const planner::Node &node = problem.nodes[index];
      for (const planner::Piece &piece : solution.pieces[index])
        if (const double count = rowsOf(problem, node, piece.begin, piece.end); count > 0)
          tasks.push_back({index, 0, piece.begin, piece.end, node.lane,
                           planner::soloTime(node, count, solution.pieces[index].size()), 0});
    }
    return planner::fluidBound(problem, tasks);
  }

  Status checkForced(plan::ProgramOp program, int64_t rows) {
    if (!options.strictSplit)
      return Status::okay();
    if (rows < options.split) // such a bucket has as many parts as rows; the largest must have all
      return rows < options.maxRows ? Status::okay()
                                    : refused("split", heaviestOf(program),
                                              "a step of at most " + std::to_string(rows) + " rows has no " +
                                                  std::to_string(options.split) + " parts");
    const plan::Storages storages(program);
    for (plan::NodeOp node : plan::nodesOf(program))
      if (node.getDomain() != RowDomain::Wanted && node.getNumPieces() < size_t(options.split))
        return refused("split", node, "it writes or reads rows of what it overwrites that are not its own");
    return Status::okay();
  }

  Status decide(plan::ProgramOp program, int64_t rows, const char *role) {
    program.setBucketRows(uint64_t(rows));
    program.setRole(StringRef(role));
    const planner::Problem problem = problemOf(program, timing);
    planner::StepOptions step;
    step.search.iterations = iterationsEach;
    step.search.stop = [] { return !checkInterrupt().ok(); };
    step.tileRows = timing.target->tile.rows;
    planner::StepPlan made = planner::planStep(problem, step);
    SENNIT_RETURN_IF_ERROR(checkInterrupt());
    plan::ProgramOp copy = made.split || usesLanes(made.schedule.solution)
                               ? copyWith(program, made.schedule.solution, rows, role)
                               : plan::ProgramOp();
    if (copy && !plan::beginsInOrder(copy)) {
      // A piece without rows at this load may have some in another step, after what would wait for it.
      copy.erase();
      step.split = false;
      made = planner::planStep(problem, step);
      made.condition = "the pieces of the best split have no order that serves all steps of the bucket";
      copy = usesLanes(made.schedule.solution) ? copyWith(program, made.schedule.solution, rows, role)
                                               : plan::ProgramOp();
      SENNIT_RETURN_IF_ERROR(checkInterrupt());
      if (copy && !plan::beginsInOrder(copy)) {
        copy.erase();
        copy = {}; // the program of whole steps serves the bucket
      }
    }
    if (!made.violations.empty())
      return internalError("the planner made a plan that is not valid: " + made.violations.front().message);
    const bool lanes = usesLanes(made.schedule.solution);
    if (rows == options.maxRows && StringRef(role) == "mixed")
      SENNIT_RETURN_IF_ERROR(checkStrict(program, made, lanes));
    plans.push_back(entryOf(problem, made, rows, role));
    if (copy)
      SymbolTable(module).insert(copy);
    return Status::okay();
  }

  /// A program of the bucket's own, not yet in the module.
  static plan::ProgramOp copyWith(plan::ProgramOp program, const planner::Solution &solution, int64_t rows,
                                  const char *role) {
    plan::ProgramOp copy = program.clone();
    copy.setEntry(program.getEntryName());
    copy.setSymName((program.getSymName() + "_" + Twine(rows) + "_" + role).str());
    setSolution(copy, solution);
    return copy;
  }

  /// What --strict demands must hold in the largest mixed bucket, where there is most to gain.
  Status checkStrict(plan::ProgramOp program, const planner::StepPlan &made, bool lanes) {
    const bool missing = (options.strictSplit && !made.split) || (options.strictOverlap && !lanes);
    if (!missing)
      return Status::okay();
    const bool split = options.strictSplit && !made.split;
    return refused(split ? "split" : "overlap", heaviestOf(program),
                   made.condition.empty() ? "no other lane has work to run beside it" : made.condition);
  }

  /// The node that a split or an overlap would have to hide something behind: of those that take a tensor,
  /// so that the user can find it, the one with the most arithmetic.
  static plan::NodeOp heaviestOf(plan::ProgramOp program) {
    plan::NodeOp heaviest;
    auto rank = [](plan::NodeOp node) {
      return std::pair(!tensorOf(node).empty(), node.getCost().getFlopsPerRow().convertToDouble());
    };
    for (plan::NodeOp node : plan::nodesOf(program))
      if (node.getDomain() != RowDomain::Wanted && (!heaviest || rank(node) > rank(heaviest)))
        heaviest = node;
    return heaviest;
  }

  /// The first tensor of the checkpoint that the node takes; empty: none.
  static std::string tensorOf(plan::NodeOp node) {
    std::string tensor;
    for (Value operand : node.getArgs())
      if (auto param = operand.getDefiningOp<plan::ParamOp>(); param && tensor.empty())
        tensor = param.getName().str();
    return tensor;
  }

  static Status refused(const char *what, plan::NodeOp node, const std::string &condition) {
    const std::string name = tensorOf(node);
    const std::string tensor = name.empty() ? "" : " (tensor '" + name + "')";
    return {Code::Refused, std::string("--strict=") + what + ": expected a plan that does so for " +
                               node.getName().str() + tensor +
                               ", found that it cannot be applied: " + condition};
  }

  json entryOf(const planner::Problem &problem, const planner::StepPlan &made, int64_t rows,
               const char *role) const {
    json entry = bucketJson(problem, made, rows, role);
    // A whole step in order says nothing that the costs do not; the largest buckets show how costs come to
    // times.
    if (!made.split && rows < options.maxRows)
      entry["nodes"] = json::array();
    return entry;
  }

  ModuleOp module;
  const CompileOptions &options;
  const PlanTiming timing;
  json plans = json::array();
};

} // namespace

void setTiming(ModuleOp module, const CompileOptions &options, const std::string &target) {
  PlanTiming timing;
  timing.rows = options.maxRows;
  timing.prompt = std::max<int64_t>(1, options.loadPrompt);
  timing.output = options.loadOutput;
  writeTiming(module, target, timing);
}

StatusOr<json> planPackage(ModuleOp module, const CompileOptions &options) {
  SENNIT_ASSIGN_OR_RETURN(PlanTiming timing, readTiming(module));
  return PackagePlanner(module, options, std::move(timing)).run();
}

} // namespace sennit::compiler
