// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// What needs no compiler: names of targets, reports, counts of instructions, the division into modules, the
// cache.
#include "codegen/cuda/compile/CodeCache.h"
#include "codegen/cuda/compile/CompileTesting.h"
#include "codegen/cuda/compile/DeviceHeaders.h"
#include "codegen/cuda/compile/DeviceModules.h"
#include "codegen/cuda/compile/Disassemble.h"
#include "codegen/cuda/compile/ElfFunctions.h"
#include "codegen/cuda/compile/FindTools.h"
#include "codegen/cuda/compile/PtxasReport.h"
#include "codegen/cuda/compile/RunProgram.h"
#include "runtime/base/TemporaryFolder.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>

namespace sennit {
namespace {

using compile_testing::scaleKernel;

TEST(CudaTarget, KnowsTargetsAndListsThem) {
  for (const char *name : {"sm_80", "sm_86", "sm_89", "sm_90", "sm_90a", "sm_100a", "sm_103a", "sm_120a",
                           "ptx", "emulated-sm_80", "emulated-sm_90a", "emulated-sm_100a"}) {
    auto target = findCudaTarget(name);
    ASSERT_TRUE(target.ok()) << target.status().message();
    EXPECT_EQ(deviceTargetName(target->device), name);
  }
  EXPECT_EQ(findCudaTarget("sm_90a")->mostSharedBytes, 232448u);
  EXPECT_EQ(findCudaTarget("emulated-sm_80")->mostSharedBytes, 166912u);
  EXPECT_EQ(findCudaTarget("sm_99").status().message(),
            "expected a GPU target, one of " + cudaTargetNames() + ", found 'sm_99'");
  EXPECT_FALSE(findCudaTarget("").ok());
  EXPECT_FALSE(findCudaTarget("sm_90A").ok());
  EXPECT_NE(cudaTargetNames().find("sm_100a, "), std::string::npos);
}

TEST(DeviceHeaders, AreTheFilesOfTheFolder) {
  const auto headers = deviceHeaders();
  ASSERT_TRUE(
      std::is_sorted(headers.begin(), headers.end(), [](const DeviceHeader &a, const DeviceHeader &b) {
        return std::string_view(a.name) < b.name;
      }));
  for (const char *name : {"machine.cuh", "launch.cuh", "emulated.h", "emulated_machine.h"}) {
    const auto found = std::find_if(headers.begin(), headers.end(), [&](const DeviceHeader &header) {
      return std::string_view(header.name) == name;
    });
    ASSERT_NE(found, headers.end()) << name;
    std::ifstream file(SENNIT_TEST_DIR "/../codegen/cuda/device/" + std::string(name));
    EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), found->text);
  }
}

TEST(PtxasReport, ReadsEachFunction) {
  const auto report = parsePtxasReport(
      "ptxas info    : 16 bytes gmem\n"
      "ptxas info    : Compiling entry function 'first' for 'sm_90a'\n"
      "ptxas info    : Function properties for first\n"
      "ptxas         .     48 bytes stack frame, 32 bytes spill stores, 40 bytes spill loads\n"
      "ptxas info    : Used 168 registers, used 1 barriers, 48 bytes cumulative stack size, 1024 bytes smem, "
      "8 bytes "
      "cmem[2]\n"
      "ptxas info    : Compile time = 13.916 ms\n"
      "ptxas info    : Function properties for helper\n"
      "ptxas         .     8 bytes stack frame, 4 bytes spill stores, 4 bytes spill loads\n"
      "ptxas info    : Compiling entry function 'second' for 'sm_90a'\n"
      "ptxas info    : Function properties for second\n"
      "ptxas         .     0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads\n"
      "ptxas info    : Used 9 registers\n");
  ASSERT_EQ(report.size(), 2u);
  EXPECT_EQ(report.at("first"), (PtxasFunction{168, 72, 48, 1024}));
  EXPECT_EQ(report.at("second"), (PtxasFunction{9, 0, 0, 0}));
  EXPECT_TRUE(parsePtxasReport("").empty());
  EXPECT_TRUE(parsePtxasReport("Used 3 registers\nno newline at the end").empty());
}

TEST(Sass, CountsOpcodesByFunction) {
  const auto functions =
      countSass("\t.section\t.text.linear,\"ax\",@progbits\n\t.sectioninfo\t@\"SHI_REGISTERS=232\"\n"
                "\t.sectionflags\t@\"SHF_BARRIERS=1\"\n"
                "linear:\n"
                ".text.linear:\n"
                "        /*0000*/                   LDC R1, c[0x0][0x37c] ;\n"
                "        /*0010*/              @!P0 LDG.E.128.CONSTANT R4, desc[UR4][R2.64] ;\n"
                "        /*0020*/                   LDGSTS.E.BYPASS.128 [R1], desc[UR4][R2.64] ;\n"
                "        /*0030*/                   HMMA.16816.F32 R4, R8, R12, R4 ;\n"
                "        /*0040*/                   HMMA.16816.F32 R4, R8, R12, R4 ;\n"
                "        /*0050*/                   HMMA.16816.F32.BF16 R4, R8, R12, R4 ;\n"
                "        /*0060*/              @UP0 BRA `(.L_x_1) ;\n"
                "        /* 0x000fc00000000000 */\n"
                "\t.section\t.text.other,\"ax\",@progbits\n"
                "        /*0000*/                   EXIT ;\n"
                "\t.section\t.nv.info,\"\",@\"SHT_CUDA_INFO\"\n"
                "        /*0000*/                   EXIT ;\n");
  ASSERT_EQ(functions.size(), 2u);
  const SassCounts &linear = functions.at("linear");
  EXPECT_EQ(linear.of("HMMA"), 3u);
  EXPECT_EQ(linear.of("HMMA.16816.F32.BF16"), 1u);
  EXPECT_EQ(linear.of("LDG"), 1u);
  EXPECT_EQ(linear.of("LDGSTS"), 1u);
  EXPECT_EQ(linear.of("BRA"), 1u);
  EXPECT_EQ(linear.of("STL"), 0u);
  EXPECT_EQ(functions.at("other").of("EXIT"), 1u);
}

TEST(ElfFunctions, OfWhatIsNoElfAreNone) {
  EXPECT_TRUE(elfFunctions("").empty());
  EXPECT_TRUE(elfFunctions(std::string(64, '\x7f')).empty());
  // A file of this test: whole, it has functions; cut anywhere, nothing is read beyond its end.
  std::ifstream file("/proc/self/exe", std::ios::binary);
  const std::string self{std::istreambuf_iterator<char>(file), {}};
  EXPECT_GT(elfFunctions(self).count("main"), 0u);
  for (size_t bytes :
       {size_t(1), size_t(16), size_t(63), size_t(64), size_t(65), size_t(4097), self.size() / 2})
    EXPECT_TRUE(elfFunctions(self.substr(0, bytes)).empty()) << bytes;
}

TEST(CodeCache, FindsWhatItKept) {
  auto folder = TemporaryFolder::create("a test");
  ASSERT_TRUE(folder.ok());
  const CodeCache cache((*folder)->path() + "/below");
  const std::string key = CodeCache::key({"a", "b"});
  EXPECT_EQ(key.size(), 32u);
  EXPECT_NE(key, CodeCache::key({"ab", ""}));
  EXPECT_NE(key, CodeCache::key({"b", "a"}));
  EXPECT_FALSE(cache.find(key));
  const CodeCache::Entry entry{std::string("co\0de", 5), "log"}, empty;
  cache.keep(key, entry);
  cache.keep(CodeCache::key({}), empty);
  EXPECT_EQ(cache.find(key), entry);
  EXPECT_EQ(cache.find(CodeCache::key({})), empty);
  // Damaged and cut files are none.
  const std::string path = (*folder)->path() + "/below/" + key + ".code";
  std::ifstream in(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(in), {}};
  for (size_t i = 0; i < bytes.size(); ++i) {
    std::string damaged = bytes;
    damaged[i] ^= 1;
    std::ofstream(path, std::ios::binary) << damaged;
    EXPECT_FALSE(cache.find(key)) << i;
    std::ofstream(path, std::ios::binary) << bytes.substr(0, i);
    EXPECT_FALSE(cache.find(key)) << i;
  }
  const CodeCache none("");
  none.keep(key, entry);
  EXPECT_FALSE(none.find(key));
  const CodeCache impossible("/proc/no-such-folder");
  impossible.keep(key, entry);
  EXPECT_FALSE(impossible.find(key));
}

TEST(DeviceModules, EachKernelIsInOneModule) {
  for (size_t count : {0, 1, 7, 8, 9, 16, 17, 100}) {
    std::vector<CudaKernel> kernels;
    for (size_t i = 0; i < count; ++i)
      kernels.push_back(scaleKernel("k" + std::to_string(i)));
    auto divided = divideIntoModules({findCudaTarget("sm_80").take(), kernels, {}, ""});
    ASSERT_TRUE(divided.ok()) << divided.status().message();
    EXPECT_EQ(divided->modules.size(), std::clamp((count + 7) / 8, size_t(1), size_t(8)));
    size_t entries = 0, most = 0;
    for (size_t m = 0; m < divided->modules.size(); ++m) {
      for (const std::string &entry : divided->modules[m].entries) {
        EXPECT_EQ(divided->moduleOf.at(entry), m);
        EXPECT_NE(divided->modules[m].text.find(" " + entry + "("), std::string::npos);
      }
      entries += divided->modules[m].entries.size();
      most = std::max(most, divided->modules[m].entries.size());
    }
    EXPECT_EQ(entries, count);
    EXPECT_LE(most, (count + divided->modules.size() - 1) / divided->modules.size());
  }
  std::vector<CudaKernel> many(40, scaleKernel("k"));
  for (size_t i = 0; i < many.size(); ++i)
    many[i] = scaleKernel("k" + std::to_string(i));
  EXPECT_EQ(divideIntoModules({findCudaTarget("emulated-sm_80").take(), many, {}, ""})->modules.size(), 1u);
}

TEST(DeviceModules, RefusesWhatTheTargetCannotHold) {
  CudaKernel kernel = scaleKernel("wide");
  kernel.variants[0].functions[0].sharedBytes = 101377;
  const auto message = [&](const char *target, const std::vector<CudaKernel> &kernels) {
    auto divided = divideIntoModules({findCudaTarget(target).take(), kernels, {}, ""});
    return divided.ok() ? "" : divided.status().message();
  };
  EXPECT_EQ(message("sm_90a", {kernel}), "");
  EXPECT_EQ(message("sm_86", {kernel}),
            "sm_86: function wide_any of kernel wide needs 101377 bytes of shared memory in "
            "a block, and a block can have at most 101376");
  kernel.variants[0].functions[0].sharedBytes = 101376;
  EXPECT_EQ(message("sm_86", {kernel}), "");
  kernel.variants[0].functions[0].threads = 100;
  EXPECT_NE(message("sm_86", {kernel}).find("expected a multiple of 32 threads"), std::string::npos);
  CudaKernel twin = scaleKernel("twin");
  twin.variants[0].functions[0].entry = "a_any";
  EXPECT_NE(message("sm_80", {scaleKernel("a"), twin}).find("one function a_any, found one in kernel a"),
            std::string::npos);
}

TEST(RunProgram, GivesOutputAndExitCode) {
  auto result = runProgram({"/bin/sh", "-c", "pwd; echo error >&2; exit 3"}, "/");
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->output, "/\nerror\n");
  EXPECT_EQ(result->exitCode, 3);
  EXPECT_EQ(runProgram({"/bin/sh", "-c", "kill -9 $$"})->exitCode, 137);
  EXPECT_EQ(runProgram({"/no/such/program"}).status().code(), Code::Unavailable);
  EXPECT_NE(findOnPath({"no-such-program", "sh"}), "");
  EXPECT_EQ(findOnPath({"no-such-program"}), "");
}

} // namespace
} // namespace sennit
