// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/program/TestPackage.h"

#include <algorithm>

namespace sennit::testing {

namespace {

/// `bytes` at the next multiple of 16 of `section`; returns where.
uint64_t append(std::string &section, const std::string &bytes) {
  section.resize((section.size() + 15) / 16 * 16);
  section += bytes;
  return section.size() - bytes.size();
}

schema::DeviceFunctionT makeFunction(const std::string &entry) {
  schema::DeviceFunctionT function;
  function.entry = entry;
  function.threads = 128;
  function.shared_bytes = 1024;
  function.tiles = 1;
  function.rows_per_block = 4;
  function.blocks_per_sm = 2;
  return function;
}

/// Two variants: one function for few rows, two for more.
std::unique_ptr<schema::DeviceKernelT> makeKernel(const std::string &name) {
  auto kernel = std::make_unique<schema::DeviceKernelT>();
  for (bool few : {true, false}) {
    auto variant = std::make_unique<schema::DeviceVariantT>();
    variant->max_rows = few ? 8 : 0xffffffffu;
    variant->scratch_bytes = 64;
    variant->scratch_row_bytes = few ? 0 : 32;
    if (few) {
      variant->functions.push_back(std::make_unique<schema::DeviceFunctionT>(makeFunction(name + "_few")));
    } else {
      variant->functions.push_back(std::make_unique<schema::DeviceFunctionT>(makeFunction(name + "_encode")));
      variant->functions.push_back(std::make_unique<schema::DeviceFunctionT>(makeFunction(name + "_many")));
      variant->functions[1]->module_ = 1;
    }
    kernel->variants.push_back(std::move(variant));
  }
  return kernel;
}

} // namespace

std::string addTestDevices(schema::PackageT &package, const std::vector<DeviceTarget> &targets) {
  std::string section;
  for (const DeviceTarget &target : targets) {
    auto code = std::make_unique<schema::DeviceCodeT>();
    code->target = deviceTargetName(target);
    code->kind = target.kind;
    code->architecture = target.architecture;
    code->exact = target.exact;
    for (int i = 0; i < 2; ++i) {
      auto module = std::make_unique<schema::DeviceModuleT>();
      const std::string bytes = "module " + std::to_string(i) + " of " + code->target + '\0';
      module->offset = append(section, bytes);
      module->bytes = bytes.size();
      code->modules.push_back(std::move(module));
    }
    std::string text = "// " + code->target + "\n";
    for (const auto &kernel : package.kernels) {
      code->kernels.push_back(makeKernel(kernel->name));
      const std::string part = "void " + kernel->name + "() {}\n";
      code->kernels.back()->text_offset = text.size();
      code->kernels.back()->text_bytes = part.size();
      text += part;
      for (const char *suffix : {"_encode", "_few", "_many"}) {
        auto report = std::make_unique<schema::FunctionReportT>();
        report->entry = kernel->name + suffix;
        report->kernel = kernel->name;
        report->registers = 40;
        code->reports.push_back(std::move(report));
      }
    }
    code->utilities.push_back(std::make_unique<schema::DeviceFunctionT>(makeFunction("utility")));
    auto report = std::make_unique<schema::FunctionReportT>();
    report->entry = "utility";
    report->registers = 16;
    code->reports.push_back(std::move(report));
    std::sort(code->reports.begin(), code->reports.end(),
              [](const auto &a, const auto &b) { return a->entry < b->entry; });
    code->text_offset = append(section, text);
    code->text_bytes = text.size();
    for (auto &kernel : code->kernels)
      kernel->text_offset += code->text_offset;
    package.devices.push_back(std::move(code));
  }
  return section;
}

} // namespace sennit::testing
