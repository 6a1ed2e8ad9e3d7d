// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/compiler/Phases.h"

#include "passes/exec/Passes.h"
#include "passes/lower/Passes.h"
#include "passes/nn/Passes.h"
#include "passes/plan/Passes.h"
#include "passes/tile/Passes.h"
#include "runtime/device/host/CpuLevel.h"
#include "runtime/weights/Pack.h"
#include "tools/compiler/PlanBuckets.h"
#include "tools/compiler/PlanReport.h"

#include "mlir/IR/Iterators.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Pass/PassManager.h"

#include "llvm/Support/raw_ostream.h"

namespace sennit::compiler {

using namespace mlir;

namespace {

std::string textOf(ModuleOp module) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  module.print(stream);
  text += '\n';
  return text;
}

/// What nothing uses is no part of the model: neither its program nor its stored text asks for the weight of
/// a dead op.
void eraseDeadOps(ModuleOp module) {
  module.walk<WalkOrder::PostOrder, ReverseIterator>([](Operation *op) {
    if (isOpTriviallyDead(op))
      op->erase();
  });
}

std::string targetOf(schema::CpuLevel level) {
  return std::string("cpu-") + cpuLevelName(level);
}

class PhaseRunner {
public:
  PhaseRunner(Source &source, const CompileOptions &options) : source(source), options(options) {}

  StatusOr<Lowered> run() {
    ModuleOp module = *source.module;
    if (options.split > 1 && source.level > Level::Nn)
      return invalidInput("expected --split " + std::to_string(options.split) +
                          " where the plan is made, found it for text that has one");
    static constexpr const char *phases[] = {"import", "nn", "plan", "tile", "exec"};
    for (int phase = 0; phase < static_cast<int>(source.level); ++phase)
      if (options.dumpAfter == phases[phase] && source.level != Level::Nn)
        return invalidInput("expected --dump-after a phase that is run, found '" + options.dumpAfter +
                            "' for text that begins at level " + phases[static_cast<int>(source.level)]);
    if (source.level <= Level::Nn) {
      eraseDeadOps(module);
      lowered.nnModule = textOf(module);
    }
    if (done("import"))
      return std::move(lowered);

    if (source.level <= Level::Nn) {
      NnPipelineOptions nn;
      nn.cacheElementBytes = cacheBytes();
      // Fusing is done once: by what the narrowest level of the package absorbs, so that both levels run one
      // program.
      // A GPU's kernels take in what a CPU's do: one program serves both.
      nn.target = targetOf(options.levels.empty() ? schema::CpuLevel::Avx2 : options.levels.front());
      SENNIT_RETURN_IF_ERROR(phase("nn", [&](OpPassManager &manager) { buildNnPipeline(manager, nn); }));
      if (done("nn"))
        return std::move(lowered);
      SENNIT_RETURN_IF_ERROR(phase("plan", [&](OpPassManager &manager) {
        NnToPlanPassOptions plan;
        plan.prompt = options.loadPrompt;
        plan.output = options.loadOutput;
        plan.cacheElementBytes = cacheBytes();
        manager.addPass(createNnToPlanPass(plan));
      }));
      setTiming(module, options, options.planTarget());
      SENNIT_RETURN_IF_ERROR(phase("plan", [&](OpPassManager &manager) {
        buildPlanPipeline(manager, {.parts = options.split, .bucketRows = options.maxRows});
      }));
      if (options.split != 1) {
        SENNIT_ASSIGN_OR_RETURN(plans, planPackage(module, options));
      }
      SENNIT_RETURN_IF_ERROR(phase("plan", [&](OpPassManager &manager) {
        manager.addPass(createVerifyPlanPass());
        verifyLevel(manager, "plan");
      }));
    }
    if (source.level <= Level::Plan) {
      if (done("plan"))
        return std::move(lowered);
      lowered.report = describePlan(module, describeBodies(module), options.loadPrompt, options.loadOutput);
      if (!plans.empty())
        lowered.report["plans"] = plans;
      SENNIT_RETURN_IF_ERROR(phase("tile", [&](OpPassManager &manager) {
        if (source.level == Level::Plan)
          manager.addPass(createVerifyPlanPass());
        PlanToTilePassOptions tile;
        tile.cacheFormat = weights::formatName(options.cache);
        manager.addPass(createPlanToTilePass(tile));
        ChooseSchedulesPassOptions schedules;
        for (schema::CpuLevel level : options.levels)
          schedules.targets.push_back(targetOf(level));
        buildTilePipeline(manager, schedules);
        verifyLevel(manager, "tile");
      }));
    }
    if (source.level <= Level::Tile) {
      if (done("tile"))
        return std::move(lowered);
      if (lowered.report.empty())
        lowered.report =
            describePlan(module, nlohmann::json::object(), options.loadPrompt, options.loadOutput);
      SENNIT_RETURN_IF_ERROR(phase("exec", [&](OpPassManager &manager) {
        PlanToExecPassOptions exec;
        exec.maxRows = options.maxRows;
        exec.maxSequences = options.maxSequences;
        exec.cacheFormat = weights::formatName(options.cache);
        manager.addPass(createPlanToExecPass(exec));
        buildExecPipeline(manager);
        verifyLevel(manager, "exec");
      }));
    } else {
      SENNIT_RETURN_IF_ERROR(phase("exec", [&](OpPassManager &manager) { buildExecPipeline(manager); }));
    }
    done("exec");
    describePrograms(module, lowered.report);
    return std::move(lowered);
  }

private:
  int64_t cacheBytes() const { return weights::blockBytes(options.cache); }

  /// Every phase that enters a level ends with the check that the module is complete there.
  static void verifyLevel(OpPassManager &manager, const char *level) {
    VerifyLoweringPassOptions verify;
    verify.level = level;
    manager.addPass(createVerifyLoweringPass(verify));
  }

  Status phase(const char *name, llvm::function_ref<void(OpPassManager &)> build) {
    SENNIT_RETURN_IF_ERROR(checkInterrupt());
    DiagnosticCollector diagnostics(*source.module->getContext());
    PassManager manager(source.module->getContext());
    build(manager);
    if (failed(manager.run(*source.module)))
      return diagnostics.status(std::string("phase ") + name + " failed");
    return Status::okay();
  }

  /// Takes the dump when `name` is the phase asked for; true when nothing is left to do.
  bool done(const char *name) {
    if (options.dumpAfter != name)
      return false;
    lowered.dump = textOf(*source.module);
    return options.output.empty();
  }

  Source &source;
  const CompileOptions &options;
  Lowered lowered;
  nlohmann::json plans = nlohmann::json::array(); ///< of the package's buckets, where they were planned here
};

} // namespace

StatusOr<Lowered> lowerSource(Source &source, const CompileOptions &options) {
  return PhaseRunner(source, options).run();
}

} // namespace sennit::compiler
