// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "dialects/nn/Nn.h"
#include "dialects/plan/Dependences.h"
#include "import/families/ImportModel.h"
#include "passes/plan/PlanProblem.h"
#include "planner/GivenTimes.h"
#include "planner/MemoryUse.h"
#include "planner/StepPlanner.h"
#include "planner/TileOverlap.h"
#include "tools/compiler/Calls.h"
#include "tools/compiler/Frontend.h"
#include "tools/compiler/Options.h"
#include "tools/compiler/PlanJson.h"
#include "tools/compiler/PlanModel.h"
#include "tools/compiler/PlanOptions.h"
#include "tools/compiler/PlanSweep.h"
#include "tools/compiler/PlanTable.h"

#include "llvm/Support/raw_ostream.h"

#include <chrono>

namespace sennit::compiler {

using nlohmann::json;
using namespace mlir;

namespace {

/// A way to lay the step out is searched if its list schedule is within this of the best.
constexpr double worthSearching = 1.04;

/// One way to lay out the step, with a problem of its own.
struct Variant {
  std::string name;
  PlanModel model;           ///< null where it shares that of the first
  std::string onlyTold = {}; ///< why it cannot be chosen; empty: it can
  planner::Problem problem;
  planner::StepPlan plan;
};

class Planning {
public:
  Planning(const PlanOptions &options, MLIRContext &context) : options(options), context(context) {}

  StatusOr<json> run() {
    SENNIT_ASSIGN_OR_RETURN(planner::Target target, planner::loadTarget(options.target));
    ranks = options.tensorParallel > 0 ? options.tensorParallel : target.devices;
    if (ranks > target.devices)
      return invalidInput("--layout tp: expected at most the " + std::to_string(target.devices) +
                          " devices of " + target.name + ", found " + std::to_string(ranks));
    timing.target = std::move(target);
    timing.rows = options.batch;
    timing.prompt = options.prompt;
    timing.output = options.output;
    timing.splitPenalty = options.splitPenalty;
    SENNIT_ASSIGN_OR_RETURN(Checkpoint opened, openConfig(options.config));
    checkpoint = std::move(opened);
    SENNIT_RETURN_IF_ERROR(addVariants());
    choose();
    SENNIT_RETURN_IF_ERROR(checkInterrupt());
    if (const std::vector<planner::Violation> &found = variants[best].plan.violations; !found.empty())
      return internalError("the planner made a plan that is not valid: " + found.front().message);
    SENNIT_ASSIGN_OR_RETURN(json result, report());
    if (options.sweep) {
      SENNIT_ASSIGN_OR_RETURN(result["sweep"], sweepBatches(variants.front().model.program, timing, options));
    }
    if (options.buckets) {
      SENNIT_ASSIGN_OR_RETURN(result["buckets"],
                              planBuckets(variants.front().model.program, timing, options));
    }
    return result;
  }

private:
  Status addVariants() {
    SENNIT_RETURN_IF_ERROR(addVariant("all-reduce after each pair of linears", "row"));
    if (ranks < 2)
      return Status::okay();
    SENNIT_RETURN_IF_ERROR(addVariant("all-gather around the linear after attention", "column"));
    Variant tiles;
    tiles.name = "tile-grained overlap of linears and collectives";
    if (options.emit)
      tiles.onlyTold = "by the list rule; it has no text, which --emit writes";
    std::vector<bool> reduces;
    for (const planner::Node &node : variants.front().problem.nodes)
      reduces.push_back(node.lane == planner::Lane::Network);
    tiles.problem = planner::withTileOverlap(variants.front().problem, reduces, int(ranks));
    variants.push_back(std::move(tiles));
    // Given times are those of two all-reduces for each layer.
    if (!options.opTimes.empty())
      for (size_t other = 1; other < variants.size(); ++other)
        variants[other].onlyTold = "by the list rule; given times are of all-reduces";
    return Status::okay();
  }

  Status addVariant(const std::string &name, const std::string &output) {
    Variant variant;
    variant.name = name;
    SENNIT_ASSIGN_OR_RETURN(variant.model, lowerToPlan(*checkpoint, context, options, *timing.target, ranks,
                                                       output, PlanView::Rank));
    if (options.objective == PlanObjective::Latency) // a step whose time is that of one output token
      variant.model.program.setRole(StringRef("generated"));
    variant.problem = problemOf(variant.model.program, timing);
    if (!options.opTimes.empty()) {
      std::vector<double> wire;
      for (plan::NodeOp node : plan::nodesOf(variant.model.program))
        wire.push_back(node.getCost().getNetworkBytesPerRow().convertToDouble());
      SENNIT_ASSIGN_OR_RETURN(variant.problem, planner::withGivenTimes(variant.problem, options.opTimes,
                                                                       options.splitPenalty, wire));
    }
    variants.push_back(std::move(variant));
    return Status::okay();
  }

  planner::StepOptions stepOptions(double budget) const {
    planner::StepOptions step;
    step.scheduler = options.scheduler;
    step.split = options.split == PlanSplitMode::Auto ||
                 (options.split == PlanSplitMode::Equal && options.equalParts > 1);
    step.search.stop = [] { return !checkInterrupt().ok(); };
    step.search.maxParts = options.maxParts;
    step.search.equalParts = options.split == PlanSplitMode::Equal ? options.equalParts : 0;
    step.search.seed = options.seed;
    step.search.iterations = options.iterations;
    step.search.budgetSeconds = budget;
    step.tileRows = options.opTimes.empty() ? timing.target->tile.rows : 0;
    return step;
  }

  /// The first way is searched; others are where their list schedules promise something.
  void choose() {
    const auto started = std::chrono::steady_clock::now();
    auto spent = [&] {
      return std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
    };
    // Under given times only the first way is searched.
    const double part = options.budgetSeconds / (options.opTimes.empty() ? double(variants.size()) : 1.0);
    for (Variant &variant : variants) {
      planner::StepOptions step = stepOptions(part);
      if (&variant != &variants.front() && options.scheduler == planner::Scheduler::Search) {
        step.scheduler = planner::Scheduler::List;
        variant.plan = planner::planStep(variant.problem, step);
        if (!variant.onlyTold.empty() ||
            variant.plan.schedule.end > worthSearching * variants[best].plan.schedule.end)
          continue;
        step.scheduler = options.scheduler;
      }
      variant.plan = planner::planStep(variant.problem, step);
      if (!variant.onlyTold.empty())
        continue;
      if (variant.plan.schedule.end < variants[best].plan.schedule.end * (1 - 1e-3))
        best = size_t(&variant - variants.data());
    }
    seconds = spent();
  }

  StatusOr<json> report() {
    Variant &chosen = variants[best];
    const planner::Problem &problem = chosen.problem;
    json result = planJson(problem, chosen.plan);
    if (best != 0) // its own alternatives, beside those that are other ways
      for (json &other : result["why"])
        other["alternative"] = chosen.name + ": " + other["alternative"].get<std::string>();
    SENNIT_ASSIGN_OR_RETURN(PlanModel whole, lowerToPlan(*checkpoint, context, options, *timing.target, ranks,
                                                         "row", PlanView::Whole));
    // Every way is held against the plain one.
    const Variant &plain = variants.front();
    json ops =
        opTable(whole.program, plain.model.program, timing, ranks, plain.problem, !options.opTimes.empty());
    result["sequential_ms"] = plain.plan.sequential / 1e6;
    result["unsplit_ms"] = plain.plan.unsplit / 1e6;
    json head = {{"model", modelJson(*whole.module)},
                 {"target", timing.target->name},
                 {"devices", ranks},
                 {"layout", {{"tp", ranks}}},
                 {"load",
                  {{"batch", options.batch},
                   {"generated_rows", problem.generated},
                   {"prompt_rows", problem.rows - problem.generated},
                   {"prompt", options.prompt},
                   {"output", options.output}}},
                 {"objective", nameOf(options.objective)},
                 {"collectives", ranks > 1 ? chosen.name : "none"},
                 {"ops", ops}};
    head.update(result);
    const ResidentBytes resident = residentBytes(plain.model.program, timing, plain.problem);
    const double activations = planner::peakBytes(problem, chosen.plan.schedule.solution, 0);
    const double limit = timing.target->memoryBytes;
    head["memory"] = {{"weights_gb", resident.weights / 1e9},
                      {"cache_gb", resident.cache / 1e9},
                      {"activations_gb", activations / 1e9},
                      {"limit_gb", limit > 0 ? json(limit / 1e9) : json(nullptr)},
                      {"fits", limit <= 0 || resident.weights + resident.cache + activations <= limit}};
    head["tokens_per_s_per_gpu"] = double(options.batch) / (chosen.plan.schedule.end * 1e-9) / double(ranks);
    head["scheduler"] = nameOf(options.scheduler);
    head["search_s"] = seconds;
    int64_t iterations = 0;
    for (const Variant &variant : variants) {
      iterations += variant.plan.iterations;
      if (&variant != &chosen)
        head["why"].push_back({{"alternative", variant.name},
                               {"ms", variant.plan.schedule.end / 1e6},
                               {"loses_by_ms", (variant.plan.schedule.end - chosen.plan.schedule.end) / 1e6},
                               {"condition", variant.onlyTold}});
    }
    head["iterations"] = iterations;
    if (options.emit)
      head["mlir"] = emit(chosen);
    return head;
  }

  json modelJson(ModuleOp module) const {
    auto facts = module->getAttrOfType<DictionaryAttr>("nn.model");
    auto number = [&](const char *name) { return facts.getAs<IntegerAttr>(name).getInt(); };
    double parameters = 0;
    for (plan::ParamOp param : (*module.getOps<plan::ProgramOp>().begin()).getBody().getOps<plan::ParamOp>())
      if (auto weight = dyn_cast<nn::WeightType>(param.getType()))
        parameters += double(weight.getRows()) * double(weight.getK());
    return {{"family", facts.getAs<StringAttr>("family").str()},
            {"name", checkpoint->name},
            {"layers", number("layers")},
            {"hidden_size", number("hidden_size")},
            {"parameters", parameters}};
  }

  /// The plan as text that passes on plans go on from, and that plan-verify-plan accepts as it stands.
  std::string emit(Variant &variant) {
    plan::ProgramOp program = variant.model.program;
    PlanTiming stated = timing;
    if (!options.opTimes.empty()) {
      stated.rates = PlanRates{1, 1, 1, 0};
      setGivenCosts(program, variant.problem);
    }
    writeTiming(*variant.model.module, options.target, stated);
    setSolution(program, wholeSolution(program, variant));
    std::string text;
    llvm::raw_string_ostream stream(text);
    variant.model.module->print(stream);
    return text + "\n";
  }

  /// The solution with pieces for nodes that the problem leaves out: they take no time, and come when what
  /// they take is there.
  planner::Solution wholeSolution(plan::ProgramOp program, const Variant &variant) const {
    std::map<std::string, size_t> places;
    for (size_t index = 0; index < variant.problem.nodes.size(); ++index)
      places[variant.problem.nodes[index].name] = index;
    std::map<void *, const std::vector<planner::Piece> *> made; // by value
    const plan::Storages storages(program);
    planner::Solution solution;
    SmallVector<plan::NodeOp> nodes = plan::nodesOf(program);
    solution.pieces.resize(nodes.size());
    for (auto [node, pieces] : llvm::zip_equal(nodes, solution.pieces)) {
      if (auto found = places.find(node.getName().str()); found != places.end()) {
        pieces = variant.plan.schedule.solution.pieces[found->second];
      } else {
        const std::vector<planner::Piece> *finest = nullptr;
        for (Value operand : node.getArgs())
          if (auto producer = made.find(operand.getAsOpaquePointer());
              producer != made.end() && (!finest || producer->second->size() > finest->size()))
            finest = producer->second;
        pieces = {{}};
        if (finest && plan::mayDivide(node, storages) && node.getDomain() == RowDomain::All)
          pieces = *finest;
        for (planner::Piece &piece : pieces) {
          double start = 0;
          for (auto [place, operand] : llvm::enumerate(node.getArgs()))
            if (auto producer = made.find(operand.getAsOpaquePointer()); producer != made.end())
              for (const planner::Piece &other : *producer->second)
                if (node.getAccess(place) != AccessRange::Own ||
                    (other.begin < piece.end && piece.begin < other.end))
                  start = std::max(start, other.finish);
          piece = {piece.begin, piece.end, planner::Lane::Compute, 1, start, start};
        }
      }
      for (Value result : node.getOuts())
        made[result.getAsOpaquePointer()] = &pieces;
    }
    return solution;
  }

  const PlanOptions &options;
  MLIRContext &context;
  std::optional<Checkpoint> checkpoint;
  PlanTiming timing;
  int64_t ranks = 1;
  std::vector<Variant> variants;
  size_t best = 0;
  double seconds = 0;
};

} // namespace

StatusOr<json> plan(const json &request) {
  SENNIT_ASSIGN_OR_RETURN(PlanOptions options, parsePlanOptions(request));
  std::unique_ptr<MLIRContext> context = makeContext();
  return Planning(options, *context).run();
}

} // namespace sennit::compiler
