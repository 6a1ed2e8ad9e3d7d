// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "passes/plan/PlanProblem.h"

#include "mlir/IR/Builders.h"

#include <cmath>

namespace sennit {

using namespace mlir;

static Status wrong(const std::string &field, const std::string &expected, Attribute found) {
  std::string text;
  llvm::raw_string_ostream(text) << found;
  return invalidInput("plan.timing: expected " + expected + " as " + field + ", found " + text);
}

StatusOr<PlanTiming> readTiming(ModuleOp module) {
  PlanTiming timing;
  Attribute attribute = module->getAttr("plan.timing");
  if (!attribute)
    return timing;
  auto fields = dyn_cast<DictionaryAttr>(attribute);
  if (!fields)
    return wrong("attribute of the module", "a dictionary", attribute);
  PlanRates rates;
  bool hasRates = false;
  const std::pair<StringRef, double *> rateFields[] = {{"flops", &rates.flops},
                                                       {"bytes", &rates.bytes},
                                                       {"network_bytes", &rates.networkBytes},
                                                       {"launch", &rates.launch}};
  const std::pair<StringRef, int64_t *> counts[] = {
      {"rows", &timing.rows}, {"prompt", &timing.prompt}, {"output", &timing.output}};
  for (NamedAttribute field : fields) {
    const std::string name = field.getName().str();
    if (name == "target") {
      auto text = dyn_cast<StringAttr>(field.getValue());
      if (!text)
        return wrong(name, "the name or file of a target", field.getValue());
      SENNIT_ASSIGN_OR_RETURN(timing.target, planner::loadTarget(text.str()));
      continue;
    }
    if (auto count = llvm::find_if(counts, [&](const auto &entry) { return entry.first == name; });
        count != std::end(counts)) {
      auto number = dyn_cast<IntegerAttr>(field.getValue());
      if (!number || number.getInt() < (name == "output" ? 0 : 1) || number.getInt() > (int64_t(1) << 24))
        return wrong(name, "a number of at least " + std::string(name == "output" ? "0" : "1"),
                     field.getValue());
      *count->second = number.getInt();
      continue;
    }
    auto rate = llvm::find_if(rateFields, [&](const auto &entry) { return entry.first == name; });
    if (rate == std::end(rateFields) && name != "split_penalty")
      return invalidInput(
          "plan.timing: expected target, flops, bytes, network_bytes, launch, split_penalty, rows, prompt "
          "or output, found " +
          name);
    auto number = dyn_cast<FloatAttr>(field.getValue());
    const bool mayBeZero = name == "launch" || name == "split_penalty";
    if (!number || !std::isfinite(number.getValueAsDouble()) || number.getValueAsDouble() < 0 ||
        (number.getValueAsDouble() == 0 && !mayBeZero))
      return wrong(name, mayBeZero ? "a number of at least 0.0" : "a number above 0.0", field.getValue());
    if (rate == std::end(rateFields)) {
      timing.splitPenalty = number.getValueAsDouble();
    } else {
      *rate->second = number.getValueAsDouble();
      hasRates = true;
    }
  }
  if (hasRates)
    timing.rates = rates;
  return timing;
}

void writeTiming(ModuleOp module, const std::string &target, const PlanTiming &timing) {
  Builder builder(module.getContext());
  SmallVector<NamedAttribute> fields = {
      builder.getNamedAttr("target", builder.getStringAttr(target)),
      builder.getNamedAttr("rows", builder.getI64IntegerAttr(timing.rows)),
      builder.getNamedAttr("prompt", builder.getI64IntegerAttr(timing.prompt)),
      builder.getNamedAttr("output", builder.getI64IntegerAttr(timing.output))};
  auto number = [&](const char *name, double value) {
    fields.push_back(builder.getNamedAttr(name, builder.getF64FloatAttr(value)));
  };
  if (timing.splitPenalty > 0)
    number("split_penalty", timing.splitPenalty);
  if (timing.rates) {
    number("flops", timing.rates->flops);
    number("bytes", timing.rates->bytes);
    number("network_bytes", timing.rates->networkBytes);
    number("launch", timing.rates->launch);
  }
  module->setAttr("plan.timing", builder.getDictionaryAttr(fields));
}

} // namespace sennit
