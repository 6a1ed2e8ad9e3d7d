// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/compiler/Kernels.h"

#include "tools/compiler/Frontend.h"

#include <optional>
#include <thread>

namespace sennit::compiler {

using namespace mlir;

StatusOr<std::vector<NativeCode>> compileLevels(ModuleOp module,
                                                const std::vector<schema::CpuLevel> &levels) {
  std::vector<OwningOpRef<ModuleOp>> clones;
  for (size_t i = 0; i < levels.size(); ++i) {
    clones.push_back(ModuleOp::create(module.getLoc()));
    OpBuilder builder = OpBuilder::atBlockEnd(clones.back()->getBody());
    for (auto kernel : module.getOps<tile::KernelOp>())
      builder.clone(*kernel);
  }
  DiagnosticCollector diagnostics(*module.getContext());
  // One after the other, since the conversions load dialects as they go; LLVM's part, which takes the time,
  // is parallel.
  for (auto [clone, level] : llvm::zip_equal(clones, levels))
    if (failed(lowerTileToLLVM(*clone, level)))
      return diagnostics.status("cannot lower the kernels");
  std::vector<std::optional<StatusOr<NativeCode>>> results(levels.size());
  auto compile = [&](size_t i) { results[i] = compileKernels(*clones[i], levels[i]); };
  std::vector<std::thread> others;
  for (size_t i = 1; i < levels.size(); ++i)
    others.emplace_back(compile, i);
  if (!levels.empty())
    compile(0);
  for (std::thread &other : others)
    other.join();
  std::vector<NativeCode> code;
  for (auto &result : results) {
    if (!result->ok())
      return diagnostics.empty() ? result->status() : diagnostics.status("");
    code.push_back(result->take());
  }
  return code;
}

StatusOr<std::vector<KernelFacts>> factsOfKernels(ModuleOp module) {
  DiagnosticCollector diagnostics(*module.getContext());
  std::vector<KernelFacts> facts;
  for (auto kernel : module.getOps<tile::KernelOp>()) {
    FailureOr<KernelFacts> fact = kernelFacts(kernel);
    if (failed(fact))
      return diagnostics.status("cannot lower kernel " + kernel.getSymName().str());
    facts.push_back(*fact);
  }
  return facts;
}

} // namespace sennit::compiler
