// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/compiler/Frontend.h"

#include "codegen/cpu/CompileKernel.h"
#include "dialects/exec/Exec.h"
#include "dialects/nn/Nn.h"
#include "dialects/plan/Plan.h"
#include "dialects/tile/Tile.h"
#include "import/families/ImportModel.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Parser/Parser.h"

#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/raw_ostream.h"

#include <filesystem>
#include <fstream>

namespace sennit::compiler {

using namespace mlir;

std::unique_ptr<MLIRContext> makeContext() {
  DialectRegistry registry;
  registry.insert<nn::NnDialect, plan::PlanDialect, tile::TileDialect, exec::ExecDialect, func::FuncDialect,
                  arith::ArithDialect, math::MathDialect>();
  registerKernelDialects(registry);
  auto context = std::make_unique<MLIRContext>(registry);
  context->loadAllAvailableDialects();
  // Errors are one sentence with a place; the text of the op is what --dump-after is for.
  context->printOpOnDiagnostic(false);
  return context;
}

DiagnosticCollector::DiagnosticCollector(MLIRContext &context)
    : handler(&context, [this](Diagnostic &diagnostic) {
        if (diagnostic.getSeverity() != DiagnosticSeverity::Error)
          return success();
        std::string text;
        llvm::raw_string_ostream stream(text);
        if (auto place = diagnostic.getLocation()->findInstanceOf<FileLineColLoc>())
          stream << place.getFilename().getValue() << ':' << place.getLine() << ':' << place.getColumn()
                 << ": ";
        else if (auto name = diagnostic.getLocation()->findInstanceOf<NameLoc>())
          stream << name.getName().getValue() << ": ";
        stream << diagnostic.str();
        for (Diagnostic &note : diagnostic.getNotes())
          stream << " (" << note.str() << ')';
        messages.push_back(text);
        return success();
      }) {}

Status DiagnosticCollector::status(const std::string &fallback) const {
  if (messages.empty())
    return internalError(fallback);
  std::string all;
  for (const std::string &message : messages)
    all += (all.empty() ? "" : "; ") + message;
  return invalidInput(all);
}

namespace {

/// The first bytes of a file; "" for a directory and for what cannot be read.
std::string startOf(const std::string &path) {
  std::string start(4096, '\0');
  std::ifstream file(path, std::ios::binary);
  file.read(start.data(), static_cast<std::streamsize>(start.size()));
  start.resize(static_cast<size_t>(std::max<std::streamsize>(file.gcount(), 0)));
  return start;
}

bool isCheckpoint(const std::string &path, StringRef start) {
  return std::filesystem::is_directory(path) || start.starts_with("GGUF");
}

StatusOr<Source> importCheckpoint(const std::string &path, const CompileOptions &options,
                                  MLIRContext &context) {
  SENNIT_ASSIGN_OR_RETURN(Checkpoint opened, openCheckpoint(path));
  Source source;
  source.checkpoint = std::make_unique<Checkpoint>(std::move(opened));
  ImportOptions import;
  import.maxContext = options.maxContext;
  SENNIT_ASSIGN_OR_RETURN(ImportedModel imported, importModel(*source.checkpoint, context, import));
  source.module = std::move(imported.module);
  source.params = std::move(imported.params);
  return source;
}

Level levelOf(ModuleOp module) {
  if (!module.getOps<exec::PackageOp>().empty())
    return Level::Exec;
  if (!module.getOps<tile::KernelOp>().empty())
    return Level::Tile;
  if (!module.getOps<plan::ProgramOp>().empty())
    return Level::Plan;
  return Level::Nn;
}

/// Every float tensor of a lone safetensors file is a parameter of its own name.
std::vector<ParamSource> paramsOf(const Checkpoint &checkpoint) {
  std::vector<ParamSource> params;
  for (auto [index, tensor] : llvm::enumerate(checkpoint.tensors)) {
    if (!tensor.supported || tensor.shape.empty() || tensor.shape.size() > 2)
      continue;
    ParamSource param;
    param.name = tensor.name;
    param.format = tensor.format;
    param.vector = tensor.shape.size() == 1;
    param.rows = param.vector ? 1 : tensor.shape[0];
    param.k = tensor.shape.back();
    param.tensor = index;
    params.push_back(param);
  }
  return params;
}

} // namespace

StatusOr<Source> readSource(const CompileOptions &options, MLIRContext &context) {
  if (!std::filesystem::exists(options.input))
    return invalidInput("expected a GGUF file, a Hugging Face directory or IR text at " + options.input +
                        ", found nothing");
  std::string start = startOf(options.input);
  if (options.from == "checkpoint" || (options.from.empty() && isCheckpoint(options.input, start))) {
    if (!options.params.empty())
      return invalidInput("expected --params only with IR text, found it beside the checkpoint " +
                          options.input + ", which has its own weights");
    return importCheckpoint(options.input, options, context);
  }
  if (std::filesystem::is_directory(options.input))
    return invalidInput("expected IR text for --from=" + options.from + ", found a directory at " +
                        options.input);
  if (start.find('\0') != std::string::npos)
    return invalidInput("expected a GGUF file, a Hugging Face directory or IR text, found a binary file that "
                        "is none of these at " +
                        options.input);

  auto buffer = llvm::MemoryBuffer::getFile(options.input, /*IsText=*/true);
  if (!buffer)
    return invalidInput("cannot read " + options.input + ": " + buffer.getError().message());
  Source source;
  {
    DiagnosticCollector diagnostics(context);
    llvm::SourceMgr sources;
    sources.AddNewSourceBuffer(std::move(*buffer), llvm::SMLoc());
    source.module = parseSourceFile<ModuleOp>(sources, ParserConfig(&context));
    if (!source.module)
      return diagnostics.status("cannot parse " + options.input);
  }
  source.level = levelOf(*source.module);
  if (!options.from.empty()) {
    Level asked = options.from == "nn"     ? Level::Nn
                  : options.from == "plan" ? Level::Plan
                  : options.from == "tile" ? Level::Tile
                                           : Level::Exec;
    static constexpr const char *names[] = {"import", "nn", "plan", "tile", "exec"};
    if (asked != source.level)
      return invalidInput("expected " + options.input + " to hold level " + options.from + ", found " +
                          names[static_cast<int>(source.level)]);
  }
  if (options.params.empty())
    return source;
  if (isCheckpoint(options.params, startOf(options.params))) {
    SENNIT_ASSIGN_OR_RETURN(Source weights, importCheckpoint(options.params, options, context));
    source.checkpoint = std::move(weights.checkpoint);
    source.params = std::move(weights.params);
  } else {
    SENNIT_ASSIGN_OR_RETURN(Checkpoint opened, openParams(options.params));
    source.checkpoint = std::make_unique<Checkpoint>(std::move(opened));
    source.params = paramsOf(*source.checkpoint);
  }
  return source;
}

} // namespace sennit::compiler
