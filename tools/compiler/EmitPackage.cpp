// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/compiler/EmitPackage.h"

#include "codegen/program/WriteProgram.h"
#include "dialects/exec/Exec.h"
#include "planner/Target.h"
#include "runtime/device/host/CpuLevel.h"
#include "runtime/program/File.h"
#include "runtime/weights/Pack.h"
#include "tools/compiler/Devices.h"
#include "tools/compiler/Kernels.h"
#include "tools/compiler/MadeUpWeights.h"

#include "mlir/IR/SymbolTable.h"

#include "llvm/ADT/StringMap.h"

#include <cstdio>
#include <filesystem>

namespace sennit::compiler {

using namespace mlir;

namespace {

/// Where a kernel stands: its line in IR text, or what it is in the model. The folder of the text is left
/// out, so that packages do not depend on it.
std::string placeOf(Location loc) {
  if (auto line = loc->findInstanceOf<FileLineColLoc>())
    return std::filesystem::path(line.getFilename().str()).filename().string() + ":" +
           std::to_string(line.getLine());
  if (auto name = loc->findInstanceOf<NameLoc>())
    return name.getName().str();
  return "";
}

/// Fills in what only code generation knows: facts and entry points of each kernel.
Status fillKernels(schema::PackageT &package, ModuleOp module, const std::vector<KernelFacts> &facts,
                   const std::vector<NativeCode> &levels) {
  llvm::StringMap<const KernelFacts *> byName;
  for (const KernelFacts &fact : facts)
    byName[fact.name] = &fact;
  SymbolTable kernels(module);
  std::vector<llvm::StringMap<uint64_t>> symbols(levels.size());
  for (auto [index, code] : llvm::enumerate(levels)) {
    package.levels.push_back(code.level);
    for (const auto &[name, offset] : code.symbols)
      symbols[index][name] = offset;
  }
  for (auto &kernel : package.kernels) {
    const KernelFacts *fact = byName.lookup(kernel->name);
    if (!fact)
      return invalidInput("expected a tile.kernel @" + kernel->name + ", found none");
    if (kernel->operands != fact->operands)
      return invalidInput("expected tile.kernel @" + kernel->name + " to take " +
                          std::to_string(kernel->operands) + " operands, found " +
                          std::to_string(fact->operands));
    if (kernel->source.empty())
      kernel->source = placeOf(kernels.lookup(kernel->name)->getLoc());
    kernel->row_block = fact->rowBlock;
    kernel->column_tiles = fact->columnTiles;
    kernel->scratch_bytes = fact->scratchBytes;
    kernel->part_bytes = fact->partBytes;
    kernel->code.clear();
    for (auto [index, code] : llvm::enumerate(levels)) {
      auto entry = std::make_unique<schema::KernelCodeT>();
      entry->level = code.level;
      entry->body = symbols[index].lookup(kernel->name);
      entry->has_prologue = fact->hasPrologue;
      if (fact->hasPrologue)
        entry->prologue = symbols[index].lookup(kernel->name + "__prologue");
      kernel->code.push_back(std::move(entry));
    }
  }
  return Status::okay();
}

/// Rates of the package's levels: those that were measured, that the module gave, and for the others the
/// builtin target's.
Status fillRates(schema::PackageT &package, const std::optional<planner::Target> &calibration) {
  std::vector<std::unique_ptr<schema::RatesT>> given = std::move(package.rates);
  package.rates.clear();
  for (schema::CpuLevel level : package.levels) {
    auto found = llvm::find_if(given, [&](const auto &rates) { return rates->level == level; });
    const bool measured = calibration && calibration->cpuLevel == cpuLevelName(level);
    if (found != given.end() && !measured) {
      package.rates.push_back(std::move(*found));
      continue;
    }
    planner::Target target;
    if (measured) {
      target = *calibration;
    } else {
      SENNIT_ASSIGN_OR_RETURN(target, planner::loadTarget(std::string("cpu-") + cpuLevelName(level)));
    }
    auto rates = std::make_unique<schema::RatesT>();
    rates->level = level;
    rates->memory_gb_per_s_per_core = target.memoryGbPerSecondPerCore;
    rates->memory_gb_per_s = target.memoryGbPerSecond;
    rates->f32_gflops_per_core = target.f32GflopsPerCore;
    rates->i8_gops_per_core = target.i8GopsPerCore;
    package.rates.push_back(std::move(rates));
  }
  return Status::okay();
}

/// For each weight of the package the parameter that it is read from; every missing or different one is
/// listed.
StatusOr<std::vector<const ParamSource *>> bindWeights(const schema::PackageT &package,
                                                       const Source &source) {
  llvm::StringMap<const ParamSource *> byName;
  for (const ParamSource &param : source.params)
    byName[param.name] = &param;
  std::vector<const ParamSource *> bound;
  std::string problems;
  auto shape = [](bool vector, uint64_t rows, uint64_t k, schema::Format format) {
    return (vector ? "" : std::to_string(rows) + "x") + std::to_string(k) + " " + weights::formatName(format);
  };
  for (const auto &weight : package.weights) {
    const ParamSource *param = byName.lookup(weight->name);
    bool vector = weight->layout == schema::Layout::Rows;
    if (!param)
      problems += (problems.empty() ? "" : ", ") + ("'" + weight->name + "' is missing");
    else if (static_cast<uint64_t>(param->rows) != weight->rows ||
             static_cast<uint64_t>(param->k) != weight->k || param->format != weight->format)
      problems += (problems.empty() ? "" : ", ") +
                  ("'" + weight->name + "' is " + shape(param->vector, param->rows, param->k, param->format) +
                   ", not " + shape(vector, weight->rows, weight->k, weight->format));
    bound.push_back(param);
  }
  if (!problems.empty())
    return invalidInput("expected all weights of the program in " +
                        (source.checkpoint ? source.checkpoint->path : std::string("--params")) +
                        ", found that " + problems);
  return bound;
}

/// "weights 45 %" on one line of a terminal.
void reportProgress(uint64_t done, uint64_t total) {
  static int last = -1;
  int percent = total ? static_cast<int>(done * 100 / total) : 100;
  if (percent == last)
    return;
  last = percent;
  std::fprintf(stderr, "\rwriting weights %3d %%%s", percent, percent == 100 ? "\n" : "");
}

} // namespace

StatusOr<EmittedPackage> emitPackage(ModuleOp module, const Source &source, const PackageTexts &texts,
                                     const CompileOptions &options) {
  // The folder is tried before any work.
  SENNIT_ASSIGN_OR_RETURN(std::unique_ptr<PackageWriter> writer, PackageWriter::create(options.output));
  writer->setInterrupt(&interrupted);
  if (options.progress)
    writer->setProgress(reportProgress);

  auto packages = module.getOps<exec::PackageOp>();
  if (!llvm::hasSingleElement(packages))
    return invalidInput("expected one exec.package, found " + std::to_string(llvm::range_size(packages)));
  SENNIT_ASSIGN_OR_RETURN(schema::PackageT package, writeProgram(*packages.begin()));
  std::vector<const ParamSource *> params;
  if (!options.madeUpWeights && !options.withoutWeights) {
    SENNIT_ASSIGN_OR_RETURN(params, bindWeights(package, source));
  }
  SENNIT_ASSIGN_OR_RETURN(std::vector<KernelFacts> facts, factsOfKernels(module));
  SENNIT_ASSIGN_OR_RETURN(std::vector<NativeCode> levels, compileLevels(module, options.levels));
  SENNIT_RETURN_IF_ERROR(checkInterrupt());
  package.levels.clear();
  SENNIT_RETURN_IF_ERROR(fillKernels(package, module, facts, levels));
  SENNIT_RETURN_IF_ERROR(fillRates(package, options.calibration));
  EmittedPackage emitted;
  if (!options.devices.empty()) {
    SENNIT_ASSIGN_OR_RETURN(DeviceSection section, compileForDevices(module, package, options));
    writer->addSection(SectionKind::DeviceCode, section.bytes);
    package.devices = std::move(section.devices);
    emitted.warnings = std::move(section.warnings);
  }

  if (const Checkpoint *checkpoint = source.checkpoint.get()) {
    schema::ModelT &model = *package.model;
    if (model.name.empty())
      model.name = checkpoint->name;
    model.bos_id = checkpoint->bosId;
    model.eos_ids = checkpoint->eosIds;
    model.chat_template = checkpoint->chatTemplate.value_or("");
    if (checkpoint->tokenizer) {
      flatbuffers::FlatBufferBuilder builder;
      schema::FinishTokenizerBuffer(builder, schema::Tokenizer::Pack(builder, checkpoint->tokenizer.get()));
      writer->addSection(SectionKind::Tokenizer,
                         {reinterpret_cast<const char *>(builder.GetBufferPointer()), builder.GetSize()});
    }
  }
  package.model->parameters = 0;
  for (const auto &weight : package.weights)
    package.model->parameters += weight->rows * weight->k;
  package.compiler = "sennit " SENNIT_VERSION;

  for (const NativeCode &code : levels)
    writer->addSection(nativeSection(code.level),
                       {reinterpret_cast<const char *>(code.image.data()), code.image.size()});
  if (!texts.nnModule.empty())
    writer->addSection(SectionKind::NnModule, texts.nnModule);
  if (!texts.plan.empty())
    writer->addSection(SectionKind::Plan, texts.plan);
  const auto row = [&](size_t weight, int64_t row, uint8_t *out) {
    if (options.madeUpWeights)
      makeUpRow(package.weights[weight]->format, weight, row, int64_t(package.weights[weight]->k), out);
    else
      readRow(*source.checkpoint, *params[weight], row, out);
    return Status::okay();
  };
  SENNIT_RETURN_IF_ERROR(options.withoutWeights ? writer->finishSkeleton(package)
                                                : writer->finish(package, row));
  std::error_code error;
  emitted.bytes = std::filesystem::file_size(options.output, error);
  if (error)
    emitted.bytes = 0;
  return emitted;
}

} // namespace sennit::compiler
