// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// What NVRTC and its assembler make of linears, for each architecture: no register in memory, few enough of
// them that as many blocks as planned stand on a multiprocessor, tensor cores and wide asynchronous copies.
// Skipped, saying so, where NVRTC or nvdisasm is not here.
#include "codegen/cuda/compile/CudaTarget.h"
#include "codegen/cuda/compile/Disassemble.h"
#include "codegen/cuda/compile/Nvrtc.h"
#include "codegen/cuda/compile/PtxasReport.h"
#include "codegen/cuda/device/linear_shapes.cuh"

#include <gtest/gtest.h>

namespace sennit {

namespace {

/// One kernel, and the most registers that it is planned with.
struct Planned {
  std::string name, body;
  uint32_t registers;
};

/// All variants over a weight of format `name`, K 4096.
std::vector<Planned> variants(const std::string &name) {
  const std::string
      one = "const LinearWeights<1, 1> weights{{{operand<const void>(launch, 2)}}, {4096}};",
      two = "const LinearWeights<1, 2> weights{{{operand<const void>(launch, 2), "
            "operand<const void>(launch, 3)}}, {14336}};",
      three = "const LinearWeights<3, 1> weights{{{operand<const void>(launch, 2)}, "
              "{operand<const void>(launch, 3)}, {operand<const void>(launch, 4)}}, {4096, 1024, 1024}};",
      format = "WeightFormat::" + name + ", 4096, ";
  // 128 threads a block: 65536 registers are 4 blocks at 128, 2 at 255.
  return {{"few1", one + "example_few<" + format + "1, 1>(launch, weights);", 128},
          {"few8", three + "example_few<" + format + "8, 3>(launch, weights);", 128},
          {"gated1", two + "example_few_gated<" + format + "1>(launch, weights);", 128},
          {"encode", "example_encode<" + format.substr(0, format.size() - 2) + ">(launch);", 96},
          {"stream16", one + "example_multiply<LinearStream<" + format + "16>, 1>(launch, weights);", 128},
          {"many64", one + "example_multiply<LinearMany<" + format + "64>, 1>(launch, weights);", 168},
          {"many128", one + "example_multiply<LinearMany<" + format + "128>, 1>(launch, weights);", 255},
          {"gated128", two + "example_multiply_gated<LinearMany<" + format + "128, 1, 2>>(launch, weights);",
           255}};
}

std::string textOf(const std::vector<Planned> &kernels) {
  std::string text = "#include \"LinearExample.cuh\"\nnamespace sennit {\n";
  for (const Planned &kernel : kernels)
    text += "SENNIT_KERNEL(128, 2) " + kernel.name + "(SENNIT_PARAMETER Launch launch) {\n  " + kernel.body +
            "\n}\n";
  return text + "} // namespace sennit\n";
}

class LinearCode : public testing::TestWithParam<const char *> {};

TEST_P(LinearCode, KeepsRegistersAndUsesTensorCores) {
  auto nvrtc = Nvrtc::open();
  if (!nvrtc.ok())
    GTEST_SKIP() << nvrtc.status().message();
  const std::string format = GetParam();
  const std::vector<Planned> kernels = variants(format);
  // All architectures for one format: compiling takes most of the time.
  std::vector<const char *> targets{"sm_90a"};
  if (format == "BF16")
    targets = {"sm_80", "sm_90a", "sm_100a"};
  for (const char *target : targets) {
    auto output = (*nvrtc)->compile(textOf(kernels), findCudaTarget(target)->device);
    ASSERT_TRUE(output.ok()) << output.status().message();
    const auto report = parsePtxasReport(output->log);
    for (const Planned &kernel : kernels) {
      SCOPED_TRACE(format + " " + target + " " + kernel.name);
      ASSERT_TRUE(report.count(kernel.name));
      const PtxasFunction &function = report.at(kernel.name);
      EXPECT_EQ(function.spillBytes, 0u);
      EXPECT_EQ(function.stackBytes, 0u);
      EXPECT_LE(function.registers, kernel.registers);
      EXPECT_EQ(function.sharedBytes, 0u) << "shared memory is dynamic";
    }
    auto counts = disassemble(output->code);
    if (!counts.ok()) {
      std::printf("%s\n", counts.status().message().c_str());
      continue;
    }
    for (const Planned &kernel : kernels) {
      SCOPED_TRACE(format + " " + target + " " + kernel.name);
      const SassCounts &sass = counts->at(kernel.name);
      if (kernel.name == "encode") {
        EXPECT_EQ(sass.of("HMMA"), 0u);
        EXPECT_GT(sass.of("STG.E.64"), 0u);
        continue;
      }
      const bool floats = format == "F16" || format == "BF16";
      EXPECT_GT(sass.of("HMMA.16816.F32"), 0u);
      EXPECT_GT(sass.of("LDS.128"), 0u) << "activations";
      EXPECT_GT(sass.of("LDGSTS.E.BYPASS.128"), 0u);
      EXPECT_EQ(sass.of("LDGSTS"), sass.of("LDGSTS.E.BYPASS.128") + sass.of("LDGSTS.E.BYPASS.128.ZFILL"))
          << "copies of other widths";
      EXPECT_EQ(sass.of("LDSM.16.MT88.4") > 0, floats);
      EXPECT_EQ(sass.of("LDL") + sass.of("STL"), 0u);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Formats, LinearCode, testing::Values("F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_1"),
                         [](const auto &info) { return std::string(info.param); });

} // namespace

} // namespace sennit
