// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "codegen/cpu/CompileKernel.h"

#include "codegen/cpu/CompileKernelLink.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/Analysis/TargetLibraryInfo.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/Verifier.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"

#include <memory>
#include <mutex>

namespace sennit {
namespace {

/// Exactly the features that the runtime checks before it chooses a level, never a whole CPU model: the code
/// must run on every machine that has them. The model only tunes.
struct LevelTarget {
  const char *features, *tune, *vectorWidth;
};

LevelTarget levelTarget(schema::CpuLevel level) {
  switch (level) {
  case schema::CpuLevel::Avx2:
    return {"+avx2,+fma,+f16c,+bmi2", "znver3", "256"};
  case schema::CpuLevel::Avx512:
    return {"+avx2,+fma,+f16c,+bmi2,+avx512f,+avx512bw,+avx512dq,+avx512vl,+avx512vnni", "znver4", "512"};
  }
  llvm_unreachable("a code level without a target");
}

void initializeTarget() {
  static std::once_flag once;
  std::call_once(once, [] {
    LLVMInitializeX86TargetInfo();
    LLVMInitializeX86Target();
    LLVMInitializeX86TargetMC();
    LLVMInitializeX86AsmPrinter();
  });
}

StatusOr<std::unique_ptr<llvm::TargetMachine>> createTargetMachine(const LevelTarget &wanted) {
  initializeTarget();
  llvm::Triple triple("x86_64-unknown-linux-gnu");
  std::string error;
  const llvm::Target *target = llvm::TargetRegistry::lookupTarget(triple, error);
  if (!target)
    return internalError("no x86-64 code generator in this build of LLVM: " + error);
  llvm::TargetOptions options;
  options.AllowFPOpFusion = llvm::FPOpFusion::Strict;
  std::unique_ptr<llvm::TargetMachine> machine(
      target->createTargetMachine(triple, "x86-64", wanted.features, options, llvm::Reloc::PIC_, std::nullopt,
                                  llvm::CodeGenOptLevel::Aggressive));
  if (!machine)
    return internalError("cannot create a code generator for x86-64");
  return machine;
}

void setFunctionAttributes(llvm::Module &module, const LevelTarget &target) {
  for (llvm::Function &function : module) {
    if (function.isDeclaration())
      continue;
    function.setDSOLocal(true);
    function.setDoesNotThrow();
    function.setAlignment(llvm::Align(64));
    function.addFnAttr("target-cpu", "x86-64");
    function.addFnAttr("tune-cpu", target.tune);
    function.addFnAttr("target-features", target.features);
    function.addFnAttr("prefer-vector-width", target.vectorWidth);
    function.addFnAttr("min-legal-vector-width", target.vectorWidth);
    // Spilled registers must not straddle cache lines: without this, slots are only 16-byte aligned.
    function.addFnAttr("stackrealign");
    function.addFnAttr("no-builtins");
  }
}

/// No library exists where kernels run: nothing may be recognised as a library function or turned into one.
llvm::TargetLibraryInfoImpl noLibrary(const llvm::Triple &triple) {
  llvm::TargetLibraryInfoImpl library(triple);
  library.disableAllFunctions();
  return library;
}

/// What kernels need of the O3 pipeline, in half its time and with the same code. Loops stay as the emitters
/// wrote them: unrolling the block loops costs a fifth of the speed (spilled broadcasts, hoisted prefetches),
/// and the emitters have vectorised already. No pass here may introduce calls.
constexpr const char *kernelPasses =
    "cgscc(inline),globaldce,function(sroa,early-cse<memssa>,instcombine<no-verify-fixpoint>,simplifycfg,"
    "loop-mssa(loop-rotate,"
    "licm),"
    "early-cse<memssa>,instcombine<no-verify-fixpoint>,loop(indvars),simplifycfg,loop-mssa(licm),adce)";

void optimize(llvm::Module &module, llvm::TargetMachine &machine) {
  llvm::PassBuilder builder(&machine);
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager components;
  llvm::ModuleAnalysisManager modules;
  llvm::TargetLibraryInfoImpl library = noLibrary(machine.getTargetTriple());
  functions.registerPass([&] { return llvm::TargetLibraryAnalysis(library); });
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(components);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, components, modules);
  llvm::ModulePassManager passes;
  llvm::cantFail(builder.parsePassPipeline(passes, kernelPasses));
  passes.run(module, modules);
}

Status emitObject(llvm::Module &module, llvm::TargetMachine &machine, llvm::SmallVectorImpl<char> &object) {
  llvm::raw_svector_ostream stream(object);
  llvm::legacy::PassManager passes;
  llvm::TargetLibraryInfoImpl library = noLibrary(machine.getTargetTriple());
  passes.add(new llvm::TargetLibraryInfoWrapperPass(library));
  if (machine.addPassesToEmitFile(passes, stream, nullptr, llvm::CodeGenFileType::ObjectFile))
    return internalError("this build of LLVM cannot emit x86-64 objects");
  passes.run(module);
  return Status::okay();
}

} // namespace

bool hostRuns(schema::CpuLevel level) {
  bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
              __builtin_cpu_supports("f16c") && __builtin_cpu_supports("bmi2");
  if (level == schema::CpuLevel::Avx2)
    return avx2;
  return avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512vnni");
}

StatusOr<NativeCode> compileKernels(mlir::ModuleOp module, schema::CpuLevel level) {
  mlir::registerBuiltinDialectTranslation(*module.getContext());
  mlir::registerLLVMDialectTranslation(*module.getContext());
  llvm::LLVMContext context;
  std::unique_ptr<llvm::Module> llvmModule = mlir::translateModuleToLLVMIR(module, context, "kernels");
  if (!llvmModule)
    return internalError("expected kernels in the LLVM dialect, found ops that have no LLVM IR");

  LevelTarget target = levelTarget(level);
  SENNIT_ASSIGN_OR_RETURN(std::unique_ptr<llvm::TargetMachine> machine, createTargetMachine(target));
  llvmModule->setDataLayout(machine->createDataLayout());
  llvmModule->setTargetTriple(machine->getTargetTriple());
  setFunctionAttributes(*llvmModule, target);
  std::string problem;
  llvm::raw_string_ostream problemStream(problem);
  if (llvm::verifyModule(*llvmModule, &problemStream))
    return internalError("invalid LLVM IR for kernels: " + problem);

  optimize(*llvmModule, *machine);
  llvm::SmallVector<char, 0> object;
  SENNIT_RETURN_IF_ERROR(emitObject(*llvmModule, *machine, object));
  SENNIT_ASSIGN_OR_RETURN(FlatImage flat, linkFlatImage(llvm::StringRef(object.data(), object.size())));
  return NativeCode{level, std::move(flat.image), std::move(flat.symbols)};
}

} // namespace sennit
