// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Small texts through NVRTC, clang and nvdisasm. Tests of a compiler that is not here are skipped and say so.
#include "codegen/cuda/compile/CompileEmulated.h"
#include "codegen/cuda/compile/CompileTesting.h"
#include "codegen/cuda/compile/Disassemble.h"
#include "codegen/cuda/compile/Nvrtc.h"
#include "codegen/cuda/compile/RunProgram.h"
#include "runtime/program/TestPackage.h"
#include "runtime/program/Verify.h"

#include "codegen/cuda/device/emulated_machine.h"
#include "runtime/base/TemporaryFolder.h"

#include <cstdlib>
#include <dlfcn.h>
#include <elf.h>
#include <gtest/gtest.h>

#define SKIP_WITHOUT(compiler)                                                                               \
  if (auto opened = (compiler); !opened.ok())                                                                \
  GTEST_SKIP() << opened.status().message()

namespace sennit {
namespace {

using compile_testing::scaleKernel;
using compile_testing::sourcesFor;

std::string_view moduleOf(const DeviceSection &section, size_t device, size_t module) {
  const schema::DeviceModuleT &place = *section.devices[device]->modules[module];
  return std::string_view(section.bytes).substr(place.offset, place.bytes);
}

std::string messageOf(const std::vector<DeviceSource> &sources) {
  auto section = compileDevices(sources, {});
  return section.ok() ? "" : section.status().message();
}

std::vector<CudaKernel> manyKernels(int count) {
  std::vector<CudaKernel> kernels;
  for (int i = 0; i < count; ++i)
    kernels.push_back(scaleKernel("scale" + std::to_string(i), std::to_string(i) + ".0f"));
  return kernels;
}

TEST(CompileDevices, GivesModulesReportsAndTexts) {
  SKIP_WITHOUT(Nvrtc::open());
  auto section = compileDevices(sourcesFor({"sm_80", "sm_90a", "sm_100a", "ptx"}, manyKernels(9)), {});
  ASSERT_TRUE(section.ok()) << section.status().message();
  EXPECT_TRUE(section->warnings.empty());
  EXPECT_EQ(section->compiled, 8u);
  ASSERT_EQ(section->devices.size(), 4u);
  for (size_t d = 0; d < 4; ++d) {
    const schema::DeviceCodeT &code = *section->devices[d];
    ASSERT_EQ(code.modules.size(), 2u);
    ASSERT_EQ(code.reports.size(), 9u);
    for (const auto &report : code.reports) {
      if (code.kind == schema::DeviceCodeKind::Cubin) {
        EXPECT_GT(report->registers, 0u);
        EXPECT_GT(report->code_bytes, 0u);
      }
      EXPECT_EQ(report->spill_bytes, 0u);
      EXPECT_EQ(report->entry, report->kernel + "_any");
    }
    for (const auto &module : code.modules)
      EXPECT_EQ(module->offset % 16, 0u);
    // The text of the package's fourth kernel; all four targets have one text.
    const schema::DeviceKernelT &kernel = *code.kernels[3];
    EXPECT_EQ(section->bytes.substr(kernel.text_offset, kernel.text_bytes), manyKernels(4)[3].text);
    EXPECT_EQ(code.text_offset, section->devices[0]->text_offset);
  }
  EXPECT_EQ(moduleOf(*section, 1, 0).substr(0, 4), ELFMAG);
  EXPECT_NE(moduleOf(*section, 3, 0).find(".target sm_80"), std::string_view::npos);
  EXPECT_EQ(moduleOf(*section, 3, 0).back(), '\0');
}

// In a package of one kernel, the whole is what loading accepts.
TEST(CompileDevices, MakesWhatPackagesAccept) {
  SKIP_WITHOUT(Nvrtc::open());
  schema::PackageT package = testing::describe({});
  std::vector<CudaKernel> kernels;
  for (const auto &kernel : package.kernels)
    kernels.push_back(scaleKernel(kernel->name));
  std::vector<DeviceSource> sources = sourcesFor({"sm_90a", "ptx"}, kernels);
  for (DeviceSource &source : sources) {
    source.utilities = {{"utility", 32, 0, 1, 0, 1}};
    source.utilityText = "#include \"launch.cuh\"\nnamespace sennit {\n"
                         "SENNIT_KERNEL(32, 1) utility(SENNIT_PARAMETER Launch launch) {}\n}\n";
  }
  auto section = compileDevices(sources, {});
  ASSERT_TRUE(section.ok()) << section.status().message();
  package.devices = std::move(section->devices);
  flatbuffers::FlatBufferBuilder builder;
  schema::FinishPackageBuffer(builder, schema::CreatePackage(builder, &package));
  const Status verified =
      verifyDevices(*schema::GetPackage(builder.GetBufferPointer()), section->bytes.size());
  EXPECT_TRUE(verified.ok()) << verified.message();
}

TEST(CompileDevices, SameSourcesGiveTheSameBytes) {
  SKIP_WITHOUT(Nvrtc::open());
  auto folder = TemporaryFolder::create("a test");
  ASSERT_TRUE(folder.ok());
  const auto sources = sourcesFor({"sm_80", "ptx"}, manyKernels(9));
  DeviceCompileOptions alone, cached;
  alone.threads = 1;
  cached.cacheFolder = (*folder)->path() + "/cache";
  auto first = compileDevices(sources, alone), second = compileDevices(sources, cached);
  auto third = compileDevices(sources, cached);
  ASSERT_TRUE(first.ok() && second.ok() && third.ok());
  EXPECT_EQ(first->bytes, second->bytes);
  EXPECT_EQ(first->bytes, third->bytes);
  EXPECT_EQ(second->cached, 0u);
  EXPECT_EQ(third->cached, 4u);
  EXPECT_EQ(third->compiled, 0u);
  EXPECT_EQ(third->devices[0]->reports[0]->registers, first->devices[0]->reports[0]->registers);
  // A changed kernel is compiled again, with those beside it.
  auto changed = manyKernels(9);
  changed[2] = scaleKernel("scale2", "7.5f");
  auto fourth = compileDevices(sourcesFor({"sm_80", "ptx"}, changed), cached);
  ASSERT_TRUE(fourth.ok());
  EXPECT_EQ(fourth->cached, 2u);
  EXPECT_NE(fourth->bytes, first->bytes);
}

TEST(CompileDevices, ErrorsNameTargetKernelAndLine) {
  SKIP_WITHOUT(Nvrtc::open());
  CudaKernel wrong = scaleKernel("wrong", "no_such_name");
  EXPECT_EQ(messageOf(sourcesFor({"sm_90a"}, {scaleKernel("right"), wrong})),
            "sm_90a: wrong(8): error: identifier \"no_such_name\" is undefined");
  CudaKernel absent = scaleKernel("absent");
  absent.variants[0].functions[0].entry = "absent_other";
  EXPECT_NE(messageOf(sourcesFor({"sm_90a"}, {absent}))
                .find("expected a function absent_other in the text of kernel absent"),
            std::string::npos);
  // Static shared memory adds to the dynamic, and only the report tells of it.
  CudaKernel wide = scaleKernel("wide");
  wide.variants[0].functions[0].sharedBytes = 232448 - 512;
  wide.text.insert(wide.text.find("  float *x"),
                   "  __shared__ float twice[256]; twice[thread_index()] = 1.0f; block_barrier();\n"
                   "  if (twice[(thread_index() + 1) % 128] != 1.0f) return;\n");
  EXPECT_EQ(messageOf(sourcesFor({"sm_90a"}, {wide})),
            "sm_90a: function wide_any needs 232960 bytes of shared memory in "
            "a block, and a block can have at most 232448");
}

TEST(CompileDevices, WarnsOfSpills) {
  SKIP_WITHOUT(Nvrtc::open());
  CudaKernel kernel;
  kernel.name = "many";
  kernel.variants.resize(1);
  kernel.variants[0].functions = {{"many", 1024, 0, 1, 4, 2}};
  // 64 values live at once, in 32 registers.
  kernel.text =
      "#include \"launch.cuh\"\nnamespace sennit {\n"
      "SENNIT_KERNEL(1024, 2) many(SENNIT_PARAMETER Launch launch) {\n"
      "  float *x = operand<float>(launch, 0), v[64];\n"
      "  SENNIT_UNROLL\n  for (int i = 0; i < 64; ++i) v[i] = load_global(x + 64 * thread_index() + i);\n"
      "  block_barrier();\n"
      "  SENNIT_UNROLL\n  for (int i = 0; i < 64; ++i) store_global(x + i * 1024 + thread_index(), v[i] * "
      "v[63 - i]);\n"
      "}\n}\n";
  auto section = compileDevices(sourcesFor({"sm_80"}, {kernel}), {});
  ASSERT_TRUE(section.ok()) << section.status().message();
  ASSERT_EQ(section->warnings.size(), 1u);
  EXPECT_EQ(section->warnings[0].find("sm_80: function many spills registers: "), 0u) << section->warnings[0];
  EXPECT_GT(section->devices[0]->reports[0]->spill_bytes, 0u);
  EXPECT_EQ(section->devices[0]->reports[0]->registers, 32u);
}

// a * b + c is two roundings unless it is written as fma: the same text must say so in its instructions.
TEST(CompileDevices, NeverContracts) {
  SKIP_WITHOUT(Nvrtc::open());
  if (findNvdisasm().empty())
    GTEST_SKIP() << disassemble("").status().message();
  auto section =
      compileDevices(sourcesFor({"sm_90a"}, {scaleKernel("apart", "(load_global(x + 1) * 3.0f + 1.0f)"),
                                             scaleKernel("fused", "fma(load_global(x + 1), 3.0f, 1.0f)")}),
                     {});
  ASSERT_TRUE(section.ok()) << section.status().message();
  auto functions = disassemble(moduleOf(*section, 0, 0));
  ASSERT_TRUE(functions.ok()) << functions.status().message();
  const SassCounts &apart = functions->at("apart_any");
  EXPECT_EQ(apart.of("FFMA"), 0u);
  EXPECT_GE(apart.of("FMUL"), 2u);
  EXPECT_GE(apart.of("FADD"), 1u);
  EXPECT_GE(functions->at("fused_any").of("FFMA"), 1u);
  EXPECT_GE(apart.of("LDG"), 1u);
  EXPECT_GE(apart.of("STG"), 1u);
  EXPECT_EQ(apart.of("STL") + apart.of("LDL"), 0u);
  EXPECT_FALSE(disassemble("not a cubin").ok());
}

TEST(CompileDevices, StopsWhenInterrupted) {
  SKIP_WITHOUT(HostClang::find());
  DeviceCompileOptions options;
  options.interrupted = [] { return true; };
  EXPECT_EQ(compileDevices(sourcesFor({"emulated-sm_80"}, {scaleKernel("k")}), options).status().code(),
            Code::Interrupted);
}

TEST(CompileEmulated, GivesASharedObjectThatRuns) {
  SKIP_WITHOUT(HostClang::find());
  const auto sources = sourcesFor({"emulated-sm_90a"}, manyKernels(9));
  auto section = compileDevices(sources, {}), again = compileDevices(sources, {});
  ASSERT_TRUE(section.ok()) << section.status().message();
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(section->bytes, again->bytes);
  ASSERT_EQ(section->devices[0]->modules.size(), 1u);
  EXPECT_GT(section->devices[0]->reports[8]->code_bytes, 0u);
  auto folder = TemporaryFolder::create("a test");
  ASSERT_TRUE(folder.ok() && (*folder)->write("m.so", std::string(moduleOf(*section, 0, 0))).ok());
  void *module = ::dlopen(((*folder)->path() + "/m.so").c_str(), RTLD_NOW | RTLD_LOCAL);
  ASSERT_NE(module, nullptr) << ::dlerror();
  auto *kernel = reinterpret_cast<void *>(::dlsym(module, "scale5_any"));
  auto **machine = reinterpret_cast<const EmulatedMachine **>(::dlsym(module, "sennit_machine"));
  EXPECT_NE(kernel, nullptr);
  EXPECT_NE(machine, nullptr);
  EXPECT_EQ(::dlsym(module, "rows_of"), nullptr);
  ::dlclose(module);
}

// The sanitizers' runtime is that of the program that loads the module.
TEST(CompileEmulated, SanitizedModulesAskForTheRuntime) {
  SKIP_WITHOUT(HostClang::find());
  const std::string text = scaleKernel("k").text;
  auto plain = compileEmulated(*HostClang::find(), text, false),
       checked = compileEmulated(*HostClang::find(), text, true);
  ASSERT_TRUE(plain.ok() && checked.ok()) << checked.status().message();
  EXPECT_EQ(plain->find("__asan_report_load"), std::string::npos);
  EXPECT_EQ(*checked, *compileEmulated(*HostClang::find(), text, true));
  EXPECT_NE(checked->find("__asan_report_load"), std::string::npos);
  EXPECT_NE(checked->find("__ubsan_handle"), std::string::npos);
}

TEST(CompileEmulated, ErrorsNameKernelAndLine) {
  SKIP_WITHOUT(HostClang::find());
  EXPECT_EQ(messageOf(sourcesFor({"emulated-sm_80"}, {scaleKernel("wrong", "no_such_name")})),
            "emulated: wrong:8:64: error: use of undeclared identifier 'no_such_name'");
}

} // namespace
} // namespace sennit
