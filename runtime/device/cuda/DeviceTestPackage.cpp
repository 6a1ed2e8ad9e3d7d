// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/device/cuda/DeviceTestPackage.h"

#include "codegen/cuda/Utilities.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>

namespace sennit::testing {

namespace {

struct FunctionShape {
  const char *entry;
  uint32_t sharedBytes, tiles, rowsPerBlock;
};

std::unique_ptr<schema::DeviceVariantT>
makeVariant(uint32_t maxRows, std::initializer_list<FunctionShape> functions, uint64_t scratchRowBytes = 0) {
  auto variant = std::make_unique<schema::DeviceVariantT>();
  variant->max_rows = maxRows;
  variant->scratch_row_bytes = scratchRowBytes;
  for (const FunctionShape &shape : functions) {
    auto function = std::make_unique<schema::DeviceFunctionT>();
    function->entry = shape.entry;
    function->threads = 64;
    function->shared_bytes = shape.sharedBytes;
    function->tiles = shape.tiles;
    function->rows_per_block = shape.rowsPerBlock;
    function->blocks_per_sm = 2;
    variant->functions.push_back(std::move(function));
  }
  return variant;
}

} // namespace

std::string addEmulatedCode(schema::PackageT &package, uint32_t sharedBytes) {
  std::ifstream file(SENNIT_TEST_KERNELS, std::ios::binary);
  std::string section{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  auto code = std::make_unique<schema::DeviceCodeT>();
  code->target = "emulated-sm_90";
  code->kind = schema::DeviceCodeKind::Emulated;
  code->architecture = 90;
  code->modules.push_back(std::make_unique<schema::DeviceModuleT>());
  code->modules[0]->bytes = section.size();
  constexpr uint32_t any = 0xffffffff;
  // Grids of every kind: by rows, by tiles and rows, and by what fits on the device.
  const auto kernel = [&](std::unique_ptr<schema::DeviceVariantT> first,
                          std::unique_ptr<schema::DeviceVariantT> second = nullptr) {
    code->kernels.push_back(std::make_unique<schema::DeviceKernelT>());
    code->kernels.back()->variants.push_back(std::move(first));
    if (second)
      code->kernels.back()->variants.push_back(std::move(second));
  };
  kernel(makeVariant(any, {{"embed", 0, 1, 4}}));
  kernel(makeVariant(any, {{"cache_store", 0, 0, 0}}));
  kernel(makeVariant(any, {{"attention_generated", 0, 0, 0}}));
  kernel(makeVariant(any, {{"attention_prompt", 0, 2, 4}}));
  kernel(makeVariant(8, {{"head_few", sharedBytes, 3, 1}}),
         makeVariant(any, {{"head_gather", 0, 1, 8}, {"head_multiply", 0, 3, 0}}, 160));
  std::set<std::string> entries{"attention_generated", "attention_prompt", "cache_store", "embed", "head_few",
                                "head_gather",         "head_multiply"};
  for (const CudaFunction &utility : utilityFunctions(package.model->vocab_size)) {
    auto function = std::make_unique<schema::DeviceFunctionT>();
    function->entry = utility.entry;
    function->threads = uint32_t(utility.threads);
    function->shared_bytes = uint32_t(utility.sharedBytes);
    function->tiles = uint32_t(utility.tiles);
    function->rows_per_block = uint32_t(utility.rowsPerBlock);
    function->blocks_per_sm = uint32_t(utility.blocksPerSm);
    code->utilities.push_back(std::move(function));
    entries.insert(utility.entry);
  }
  const std::string text = "// the text of the kernels\n";
  for (const std::string &entry : entries) {
    auto report = std::make_unique<schema::FunctionReportT>();
    report->entry = entry;
    code->reports.push_back(std::move(report));
  }
  section.resize((section.size() + 15) / 16 * 16);
  code->text_offset = section.size();
  code->text_bytes = text.size();
  for (auto &made : code->kernels) {
    made->text_offset = section.size();
    made->text_bytes = text.size();
  }
  section += text;
  package.devices.push_back(std::move(code));
  return section;
}

Status writeDevicePackage(const TestModel &model, const std::string &path) {
  TestModel with = model;
  with.deviceSection = [](schema::PackageT &package) { return addEmulatedCode(package); };
  return writeTestPackage(with, path);
}

std::shared_ptr<const Package> openDevicePackage(const TestModel &model) {
  const std::string path = temporaryPath("device.sennit");
  const Status written = writeDevicePackage(model, path);
  EXPECT_TRUE(written.ok()) << written.message();
  auto package = Package::open(path, {std::nullopt, /*executable=*/false});
  EXPECT_TRUE(package.ok()) << package.status().message();
  return package.take();
}

} // namespace sennit::testing
