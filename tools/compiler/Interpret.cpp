// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// `sennit run --interpret`: the reference interpreter, from the package alone.
#include "interpreter/Interpreter.h"
#include "runtime/program/Load.h"
#include "runtime/weights/Pack.h"
#include "tools/compiler/Calls.h"
#include "tools/compiler/Frontend.h"

#include "mlir/Parser/Parser.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace sennit::compiler {

using namespace mlir;

namespace {

/// Rows of a package's weights, unpacked.
class PackageWeights : public WeightSource {
public:
  explicit PackageWeights(const Package &package) : package(package) {}

  Status readRow(std::string_view name, int64_t row, std::span<uint8_t> bytes) override {
    std::optional<uint32_t> index = package.findWeight(name);
    if (!index)
      return invalidInput("expected weight '" + std::string(name) + "' in " + package.path() +
                          ", found none");
    const schema::Weight &weight = *package.root().weights()->Get(*index);
    int64_t size = weights::rowBytes(weight.format(), weight.k());
    if (static_cast<int64_t>(bytes.size()) != size || row < 0 || static_cast<uint64_t>(row) >= weight.rows())
      return invalidInput("expected row " + std::to_string(row) + " of weight '" + std::string(name) +
                          "' to have " + std::to_string(bytes.size()) + " bytes, found " +
                          std::to_string(weight.rows()) + " rows of " + std::to_string(size) + " bytes");
    package.readWeightRow(*index, row, bytes.data());
    return Status::okay();
  }

private:
  const Package &package;
};

} // namespace

StatusOr<nlohmann::json> interpret(const nlohmann::json &options) {
  OpenOptions open;
  open.executable = false;
  SENNIT_ASSIGN_OR_RETURN(std::shared_ptr<const Package> package,
                          Package::open(options.value("package", ""), open));
  std::string_view text = package->text(SectionKind::NnModule);
  if (text.empty())
    return invalidInput("expected an nn module in " + package->path() +
                        ", found none: it was compiled from a lower level");
  std::unique_ptr<MLIRContext> context = makeContext();
  DiagnosticCollector diagnostics(*context);
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(llvm::StringRef(text.data(), text.size()),
                                                             ParserConfig(context.get()), "nn module");
  if (!module)
    return diagnostics.status("cannot parse the nn module of " + package->path());

  PackageWeights source(*package);
  InterpreterOptions interpreterOptions;
  interpreterOptions.quantisedActivations = options.value("quantised", false);
  SENNIT_ASSIGN_OR_RETURN(std::unique_ptr<Interpreter> interpreter,
                          Interpreter::create(*module, source, interpreterOptions));
  auto ids = options.at("ids").get<std::vector<int32_t>>();
  const schema::Model &model = *package->root().model();
  if (ids.empty())
    return invalidInput("expected at least one id, found none");
  for (size_t i = 0; i < ids.size(); ++i)
    if (ids[i] < 0 || static_cast<uint32_t>(ids[i]) >= model.vocab_size())
      return invalidInput("expected ids in [0, " + std::to_string(model.vocab_size()) + "), found " +
                          std::to_string(ids[i]) + " at place " + std::to_string(i));
  if (ids.size() > model.context_length())
    return invalidInput("expected at most " + std::to_string(model.context_length()) + " ids, found " +
                        std::to_string(ids.size()));

  bool all = options.value("all_logits", false), ignoreEos = options.value("ignore_eos", false);
  int64_t maxTokens = options.value("max_tokens", 0);
  SENNIT_ASSIGN_OR_RETURN(std::vector<float> logits,
                          interpreter->run(ids, all ? Interpreter::Rows::Every : Interpreter::Rows::Last));
  size_t width = interpreter->vocabulary();
  nlohmann::json result;
  if (all) {
    for (size_t row = 0; row * width < logits.size(); ++row)
      result["logits"].push_back(
          std::vector<float>(logits.begin() + row * width, logits.begin() + (row + 1) * width));
    logits.erase(logits.begin(), logits.end() - width);
  } else {
    result["logits"] = logits;
  }
  std::vector<int32_t> generated;
  std::string reason = "length";
  while (static_cast<int64_t>(generated.size()) < maxTokens) {
    SENNIT_RETURN_IF_ERROR(checkInterrupt());
    if (!generated.empty()) {
      if (static_cast<uint32_t>(interpreter->length()) >= model.context_length()) {
        reason = "context";
        break;
      }
      SENNIT_ASSIGN_OR_RETURN(logits, interpreter->run({&generated.back(), 1}, Interpreter::Rows::Last));
    }
    generated.push_back(
        static_cast<int32_t>(std::max_element(logits.begin(), logits.end()) - logits.begin()));
    bool stop = !ignoreEos && model.eos_ids() &&
                std::find(model.eos_ids()->begin(), model.eos_ids()->end(), generated.back()) !=
                    model.eos_ids()->end();
    if (stop) {
      reason = "stop";
      break;
    }
  }
  result["ids"] = generated;
  result["finish_reason"] = reason;
  return result;
}

} // namespace sennit::compiler
