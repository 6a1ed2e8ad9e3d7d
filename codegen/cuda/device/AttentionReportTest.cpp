// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// What the attention functions come to as machine code, where NVRTC and nvdisasm are here: no spills,
// products on tensor cores, matrices loaded whole, copies of 16 bytes past the registers.
#include "codegen/cuda/compile/Disassemble.h"
#include "codegen/cuda/compile/Nvrtc.h"
#include "codegen/cuda/compile/PtxasReport.h"
#include "codegen/cuda/device/attention_shape.cuh"

#include <fstream>
#include <gtest/gtest.h>

namespace sennit {
namespace {

std::string exampleText() {
  std::ifstream file(SENNIT_TEST_DIR "/../codegen/cuda/device/AttentionExample.h");
  std::string text(std::istreambuf_iterator<char>(file), {});
  const std::string once = "#pragma once\n";
  return text.erase(text.find(once), once.size());
}

/// The three functions of a shape, NAME_partial, NAME_merge and NAME_prompt.
std::string functionsOf(const std::string &name, const AttentionShape &shape) {
  const std::string type = "Attention<" + std::to_string(shape.element_bytes) + ", " +
                           std::to_string(shape.head_dim) + ", " + std::to_string(shape.group) + ", " +
                           std::to_string(shape.kv_heads) + ">";
  std::string text;
  for (const auto &[part, blocks] :
       {std::pair("partial", shape.partial_blocks_per_sm()), std::pair("merge", 8),
        std::pair("prompt", shape.prompt_blocks_per_sm())})
    text += "SENNIT_KERNEL(" + std::to_string(attention_threads) + ", " + std::to_string(blocks) + ") " +
            name + "_" + part + "(SENNIT_PARAMETER Launch launch) { example_" + part + "<" + type +
            ">(launch); }\n";
  return text;
}

struct Report {
  std::map<std::string, PtxasFunction> registers;
  std::map<std::string, SassCounts> sass; ///< empty without nvdisasm
};

Report compileFor(int architecture, bool exact, const std::string &functions) {
  Report report;
  const DeviceTarget target{schema::DeviceCodeKind::Cubin, uint32_t(architecture), exact};
  auto output = (*Nvrtc::open())->compile(exampleText() + "namespace sennit {\n" + functions + "}\n", target);
  EXPECT_TRUE(output.ok()) << output.status().message();
  if (!output.ok())
    return report;
  report.registers = parsePtxasReport(output->log);
  if (!findNvdisasm().empty()) {
    auto sass = disassemble(output->code);
    EXPECT_TRUE(sass.ok()) << sass.status().message();
    if (sass.ok())
      report.sass = *sass;
  }
  return report;
}

TEST(AttentionReport, F16CachesUseTensorCoresAndDoNotSpill) {
  if (auto opened = Nvrtc::open(); !opened.ok())
    GTEST_SKIP() << opened.status().message();
  const std::string functions = functionsOf("h64", {2, 64, 3, 3}) + functionsOf("h128", {2, 128, 4, 8}) +
                                functionsOf("h256", {2, 256, 8, 2});
  for (const auto &[architecture, exact] :
       {std::pair(80, false), std::pair(90, true), std::pair(100, true)}) {
    SCOPED_TRACE(testing::Message() << "sm_" << architecture);
    const Report report = compileFor(architecture, exact, functions);
    ASSERT_EQ(report.registers.size(), 9u);
    for (const auto &[name, function] : report.registers) {
      EXPECT_EQ(function.spillBytes, 0u) << name;
      // Two blocks of 128 threads on a multiprocessor of 65536 registers.
      EXPECT_LE(function.registers, 255u) << name;
      // Four, where shared memory has room for as many.
      if (name == "h64_partial" || name == "h128_partial")
        EXPECT_LE(function.registers, 128u) << name;
    }
    for (const auto &[name, counts] : report.sass) {
      if (name.find("merge") != std::string::npos)
        continue;
      EXPECT_GT(counts.of("HMMA.16816.F32"), 0u) << name;
      EXPECT_GT(counts.of("LDSM.16.MT88.4"), 0u) << name;
      EXPECT_GT(counts.of("LDGSTS.E.BYPASS.128"), 0u) << name;
      EXPECT_EQ(counts.of("STL") + counts.of("LDL"), 0u) << name;
    }
  }
}

TEST(AttentionReport, OtherShapesCompile) {
  if (auto opened = Nvrtc::open(); !opened.ok())
    GTEST_SKIP() << opened.status().message();
  const Report report =
      compileFor(90, true,
                 functionsOf("h10", {2, 10, 3, 1}) + functionsOf("h200", {2, 200, 1, 2}) +
                     functionsOf("f128", {4, 128, 4, 2}) + functionsOf("f24", {4, 24, 17, 1}));
  ASSERT_EQ(report.registers.size(), 12u);
  for (const auto &[name, function] : report.registers)
    EXPECT_EQ(function.spillBytes, 0u) << name;
}

/// What a block may have, in bytes: all of 8.0, 9.0 and 10.0; 8.6, 8.9 and 12.0 less.
TEST(AttentionShape, FitsSharedMemory) {
  for (int elementBytes : {2, 4})
    for (int headDim = 2; headDim <= 256; ++headDim)
      for (int group : {1, 3, 4, 8, 16, 17, 71}) {
        const AttentionShape shape{elementBytes, headDim, group, 2};
        const int most = elementBytes == 2 ? 101376 : 166912;
        EXPECT_LE(shape.partial_shared_bytes(), most) << elementBytes << " " << headDim;
        EXPECT_LE(shape.prompt_shared_bytes(), most) << elementBytes << " " << headDim;
        EXPECT_EQ(shape.prompt_shared_bytes() % 4, 0);
        EXPECT_GE(shape.prompt_rows(), 1);
        EXPECT_GE(shape.prompt_chunks() * shape.prompt_heads(), group);
        EXPECT_GE(shape.partial_chunks() * shape.partial_heads(), group);
      }
}

} // namespace
} // namespace sennit
