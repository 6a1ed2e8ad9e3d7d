// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/compiler/Calls.h"
#include "tools/compiler/EmitPackage.h"
#include "tools/compiler/Phases.h"
#include "tools/compiler/PlanReport.h"

#include "runtime/program/Load.h"

#include <chrono>

namespace sennit::compiler {

StatusOr<nlohmann::json> compile(const nlohmann::json &json) {
  auto start = std::chrono::steady_clock::now();
  SENNIT_ASSIGN_OR_RETURN(CompileOptions options, parseCompileOptions(json));
  std::unique_ptr<mlir::MLIRContext> context = makeContext();
  SENNIT_ASSIGN_OR_RETURN(Source source, readSource(options, *context));
  SENNIT_ASSIGN_OR_RETURN(Lowered lowered, lowerSource(source, options));
  nlohmann::json result = nlohmann::json::object();
  if (!options.dumpAfter.empty())
    result["dump"] = lowered.dump;
  if (!options.output.empty()) {
    PackageTexts texts{lowered.nnModule, lowered.report.dump()};
    SENNIT_ASSIGN_OR_RETURN(EmittedPackage emitted, emitPackage(*source.module, source, texts, options));
    result["output"] = options.output;
    result["bytes"] = emitted.bytes;
    if (!emitted.warnings.empty())
      result["warnings"] = emitted.warnings;
  }
  result["seconds"] = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return result;
}

StatusOr<nlohmann::json> explain(const nlohmann::json &json) {
  std::string input = json.value("input", ""), op = json.value("op", "");
  nlohmann::json report;
  OpenOptions open;
  open.executable = false;
  StatusOr<std::shared_ptr<const Package>> package = Package::open(input, open);
  if (package.ok()) {
    std::string_view text = (*package)->text(SectionKind::Plan);
    report = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (!report.is_object())
      return invalidInput("expected a plan section in " + input + ", found none");
  } else {
    nlohmann::json request = json;
    request["dump_after"] = "exec"; // no output is wanted
    SENNIT_ASSIGN_OR_RETURN(CompileOptions options, parseCompileOptions(request));
    std::unique_ptr<mlir::MLIRContext> context = makeContext();
    StatusOr<Source> source = readSource(options, *context);
    if (!source.ok())
      return source.status();
    SENNIT_ASSIGN_OR_RETURN(Lowered lowered, lowerSource(*source, options));
    report = std::move(lowered.report);
  }
  SENNIT_ASSIGN_OR_RETURN(std::string text, renderReport(report, op));
  return nlohmann::json{{"report", text}, {"data", report}};
}

} // namespace sennit::compiler
