// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// What the machine code of a whole model consists of: matrix instructions and wide asynchronous loads where
// kernels are meant to have them, and nothing in local memory.
#include "codegen/cuda/compile/Disassemble.h"
#include "codegen/cuda/compile/Nvrtc.h"
#include "runtime/program/Load.h"
#include "tools/compiler/Compiler.h"

#include <nlohmann/json.hpp>

#include <cstdlib>
#include <filesystem>
#include <gtest/gtest.h>
#include <unistd.h>

namespace sennit {
namespace {

/// The functions of a model of test/data/tiny, compiled for `target`.
std::map<std::string, SassCounts> functionsOf(const std::string &model, const std::string &target) {
  const std::string path =
      (std::filesystem::temp_directory_path() / ("sennit-devices-" + std::to_string(::getpid()) + ".sennit"))
          .string();
  const nlohmann::json request = {
      {"input", SENNIT_TEST_DIR "/data/tiny/" + model}, {"output", path}, {"target", target}};
  char *result = nullptr, *error = nullptr;
  const int code = sennitCompile(request.dump().c_str(), &result, &error);
  EXPECT_EQ(code, 0) << (error ? error : "");
  std::free(result);
  std::free(error);
  std::map<std::string, SassCounts> functions;
  if (auto package = Package::open(path, {std::nullopt, /*executable=*/false}); package.ok())
    for (const schema::DeviceModule *module : *(*package)->root().devices()->Get(0)->modules()) {
      const std::span<const uint8_t> bytes = (*package)->deviceModule(*module);
      auto found = disassemble({reinterpret_cast<const char *>(bytes.data()), bytes.size()});
      EXPECT_TRUE(found.ok()) << found.status().message();
      if (found.ok())
        functions.merge(*found);
    }
  std::filesystem::remove(path);
  return functions;
}

void checkFunctions(const std::string &model, const std::string &target) {
  const auto functions = functionsOf(model, target);
  int linears = 0, prompts = 0;
  for (const auto &[name, counts] : functions) {
    EXPECT_EQ(counts.of("STL") + counts.of("LDL"), 0u) << name << " keeps something in local memory";
    bool linear = false;
    for (const char *form : {"_few", "_stream16", "_many64", "_many128"})
      linear |= name.ends_with(form);
    if (linear) {
      ++linears;
      EXPECT_GT(counts.of("HMMA"), 0u) << name << " has no matrix instruction";
      EXPECT_GT(counts.of("LDGSTS.E.BYPASS.128"), 0u) << name << " has no asynchronous load of 16 bytes";
    }
    if (name.ends_with("attention_prompt_rows")) {
      ++prompts;
      EXPECT_GT(counts.of("HMMA"), 0u) << name << " has no matrix instruction";
    }
  }
  EXPECT_GT(linears, 8);
  EXPECT_EQ(prompts, 1);
}

TEST(CompiledDevices, KernelsHaveTheInstructionsTheyAreMeantToHave) {
  if (auto nvrtc = Nvrtc::open(); !nvrtc.ok())
    GTEST_SKIP() << nvrtc.status().message();
  if (findNvdisasm().empty())
    GTEST_SKIP() << disassemble("").status().message();
  checkFunctions("llama", "sm_80");
  checkFunctions("llama", "sm_90a");
  checkFunctions("llama-tied-bf16", "sm_90a");
}

} // namespace
} // namespace sennit
