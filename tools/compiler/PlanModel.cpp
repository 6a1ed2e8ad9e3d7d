// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/compiler/PlanModel.h"

#include "dialects/plan/Dependences.h"
#include "import/families/ImportModel.h"
#include "passes/lower/Passes.h"
#include "passes/nn/Passes.h"
#include "planner/Problem.h"
#include "tools/compiler/Frontend.h"
#include "tools/compiler/Options.h"

#include "mlir/Pass/PassManager.h"

#include <map>

namespace sennit::compiler {

using namespace mlir;

StatusOr<PlanModel> lowerToPlan(const Checkpoint &checkpoint, MLIRContext &context,
                                const PlanOptions &options, const planner::Target &target, int64_t ranks,
                                const std::string &output, PlanView view) {
  SENNIT_RETURN_IF_ERROR(checkInterrupt());
  SENNIT_ASSIGN_OR_RETURN(ImportedModel imported, importModel(checkpoint, context));
  PlanModel model;
  model.module = std::move(imported.module);
  DiagnosticCollector diagnostics(context);
  PassManager manager(&context);
  const std::string layout = ranks > 1 ? "tp=" + std::to_string(ranks) : "";
  if (view == PlanView::Rank) {
    NnPipelineOptions nn;
    nn.target = options.target;
    nn.layout = layout;
    nn.output = output;
    nn.cacheElementBytes = target.cacheElementBytes;
    nn.activationBytes = target.activationBytes;
    buildNnPipeline(manager, nn);
  } else {
    manager.addPass(createVerifyNnInputPass());
    if (ranks > 1) {
      manager.addPass(createShardPass({.layout = layout, .output = output}));
      manager.addPass(createInsertCollectivesPass());
      manager.addPass(createVerifyCollectivesPass());
    }
    FuseGroupsPassOptions fuse;
    fuse.target = options.target;
    fuse.onlySiblings = true;
    manager.addPass(createFuseGroupsPass(fuse));
  }
  NnToPlanPassOptions lower;
  lower.prompt = options.prompt;
  lower.output = options.output;
  // Kernels of a GPU do the whole square of a prompt's scores, as the published figures count it.
  lower.promptContext = target.kind == "cpu" ? 0 : options.prompt;
  lower.cacheElementBytes = target.cacheElementBytes;
  lower.activationBytes = target.activationBytes;
  manager.addPass(createNnToPlanPass(lower));
  if (failed(manager.run(*model.module)))
    return diagnostics.status("planning failed");
  model.program = *model.module->getOps<plan::ProgramOp>().begin();
  return std::move(model);
}

void setGivenCosts(plan::ProgramOp program, const planner::Problem &problem) {
  std::map<std::string, const planner::Node *> timed;
  for (const planner::Node &node : problem.nodes)
    timed[node.name] = &node;
  for (plan::NodeOp node : plan::nodesOf(program)) {
    auto found = timed.find(node.getName().str());
    const double perRow = found == timed.end() ? 0 : found->second->time.at(1);
    const plan::CostClass kind = found == timed.end() ? plan::CostClass::Other : node.getCost().getKind();
    const bool network = kind == plan::CostClass::Network;
    // At a rate of 1 a flop is a nanosecond; memory traffic would compete with others for the bandwidth.
    node.setCostAttr(
        plan::CostAttr::get(program.getContext(), kind, 0, network ? 0 : perRow, 0, 0, network ? perRow : 0));
  }
}

} // namespace sennit::compiler
