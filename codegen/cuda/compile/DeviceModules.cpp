// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "codegen/cuda/compile/DeviceModules.h"

#include <algorithm>
#include <numeric>

namespace sennit {

using std::to_string;

namespace {

// About a second of work; more modules than processors, so that these end together.
constexpr size_t functionsOfAModule = 8, mostModules = 8;

/// A kernel, or all utilities.
struct Unit {
  const std::string *name, *text;
  std::vector<const CudaFunction *> functions;
};

std::vector<Unit> unitsOf(const DeviceSource &source) {
  static const std::string noName;
  std::vector<Unit> units;
  for (const CudaKernel &kernel : source.kernels) {
    Unit unit{&kernel.name, &kernel.text, {}};
    for (const CudaVariant &variant : kernel.variants)
      for (const CudaFunction &function : variant.functions)
        unit.functions.push_back(&function);
    units.push_back(std::move(unit));
  }
  if (!source.utilities.empty()) {
    Unit unit{&noName, &source.utilityText, {}};
    for (const CudaFunction &function : source.utilities)
      unit.functions.push_back(&function);
    units.push_back(std::move(unit));
  }
  return units;
}

Status checkFunction(const CudaFunction &function, const std::string &kernel, const CudaTarget &target) {
  const std::string where = deviceTargetName(target.device) + ": function " + function.entry +
                            (kernel.empty() ? "" : " of kernel " + kernel);
  if (function.sharedBytes < 0 || function.sharedBytes > int64_t(target.mostSharedBytes))
    return unsupported(where + " needs " + to_string(function.sharedBytes) +
                       " bytes of shared memory in a block, and a block can have at most " +
                       to_string(target.mostSharedBytes));
  if (function.threads < 32 || function.threads > 1024 || function.threads % 32 != 0)
    return internalError(where + ": expected a multiple of 32 threads from 32 to 1024, found " +
                         to_string(function.threads));
  return {};
}

/// The module of each unit: heavy ones first, each to the lightest module.
std::vector<size_t> divide(const std::vector<Unit> &units, size_t modules) {
  std::vector<size_t> order(units.size()), module(units.size()), weights(modules, 0);
  std::iota(order.begin(), order.end(), size_t(0));
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    const size_t first = units[a].functions.size(), second = units[b].functions.size();
    return first != second ? first > second : a < b;
  });
  for (size_t unit : order) {
    const size_t lightest = size_t(std::min_element(weights.begin(), weights.end()) - weights.begin());
    module[unit] = lightest;
    weights[lightest] += std::max<size_t>(units[unit].functions.size(), 1);
  }
  return module;
}

} // namespace

StatusOr<DeviceModules> divideIntoModules(const DeviceSource &source) {
  const std::vector<Unit> units = unitsOf(source);
  DeviceModules result;
  size_t functions = 0;
  for (const Unit &unit : units) {
    for (const CudaFunction *function : unit.functions) {
      SENNIT_RETURN_IF_ERROR(checkFunction(*function, *unit.name, source.target));
      const auto [place, isNew] = result.kernelOf.emplace(function->entry, *unit.name);
      if (!isNew && place->second != *unit.name)
        return internalError("expected one function " + function->entry + ", found one in kernel " +
                             place->second + " and one in " +
                             (unit.name->empty() ? "utilities" : *unit.name));
    }
    functions += unit.functions.size();
  }
  const bool whole = source.target.device.kind == schema::DeviceCodeKind::Emulated;
  const size_t count = whole
                           ? 1
                           : std::clamp((functions + functionsOfAModule - 1) / functionsOfAModule, size_t(1),
                                        std::min(mostModules, std::max<size_t>(units.size(), 1)));
  const std::vector<size_t> module = divide(units, count);
  result.modules.resize(count);
  for (size_t i = 0; i < units.size(); ++i) {
    DeviceModuleText &text = result.modules[module[i]];
    // Compilers then say in which kernel an error is.
    text.text += "#line 1 \"" + (units[i].name->empty() ? "utilities" : *units[i].name) + "\"\n" +
                 *units[i].text + "\n";
    for (const CudaFunction *function : units[i].functions)
      if (result.moduleOf.emplace(function->entry, uint32_t(module[i])).second)
        text.entries.push_back(function->entry);
  }
  return result;
}

} // namespace sennit
