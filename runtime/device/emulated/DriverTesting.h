// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// The emulated driver, opened as a runtime opens libcuda.so.1, and what its tests need again and again.
#pragma once

#include "runtime/device/emulated/DriverFunctions.h"

#include <gtest/gtest.h>

#include <dlfcn.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <initializer_list>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

namespace sennit::driver_testing {

/// All functions of the driver, by their names.
struct Driver {
#define SENNIT_MEMBER(name, parameters) int(*name) parameters = nullptr;
  SENNIT_DRIVER_FUNCTIONS(SENNIT_MEMBER)
  SENNIT_EMULATED_FUNCTIONS(SENNIT_MEMBER)
#undef SENNIT_MEMBER

  static const Driver &get() {
    static const Driver driver = [] {
      Driver made;
      void *library = ::dlopen(SENNIT_DRIVER_LIBRARY, RTLD_NOW | RTLD_LOCAL);
      if (!library) {
        std::fprintf(stderr, "%s\n", ::dlerror());
        std::abort();
      }
#define SENNIT_FIND(name, parameters)                                                                        \
  made.name = reinterpret_cast<int(*) parameters>(::dlsym(library, #name));
      SENNIT_DRIVER_FUNCTIONS(SENNIT_FIND)
      SENNIT_EMULATED_FUNCTIONS(SENNIT_FIND)
#undef SENNIT_FIND
      return made;
    }();
    return driver;
  }
};

/// As sennit::Launch of launch.cuh.
struct LaunchParameter {
  std::array<uint64_t, 28> pointers{};
  unsigned domain = 0, rowBegin = 0, rowEnd = ~0u, maxRows = 0;
  unsigned reserved[4] = {};
};
static_assert(sizeof(LaunchParameter) == 256);

/// A primary context that is current, and the module of TestKernels.cpp; all given back at the end, which
/// must leave nothing.
class DriverTest : public ::testing::Test {
protected:
  const Driver &cu = Driver::get();
  cu::Context context = nullptr;
  cu::Module module = nullptr;

  void SetUp() override { begin(); }
  void TearDown() override { end(); }

  void begin(unsigned seed = 0) {
    ::setenv("SENNIT_EMULATED_SEED", std::to_string(seed).c_str(), 1);
    ASSERT_EQ(cu.cuInit(0), cu::Success);
    ASSERT_EQ(cu.cuDevicePrimaryCtxRetain(&context, 0), cu::Success);
    ASSERT_EQ(cu.cuCtxSetCurrent(context), cu::Success);
    std::ifstream file(SENNIT_TEST_MODULE, std::ios::binary);
    const std::vector<char> image{std::istreambuf_iterator<char>(file), {}};
    ASSERT_EQ(cu.cuModuleLoadData(&module, image.data()), cu::Success) << lastError();
  }
  void end() {
    cu.cuModuleUnload(module);
    unsigned long long live = 0;
    cu.sennitEmulatedLive(&live);
    EXPECT_EQ(live, 1u) << "besides the context";
    EXPECT_EQ(cu.cuDevicePrimaryCtxRelease_v2(0), cu::Success);
  }

  cu::Function kernel(const char *name) {
    cu::Function function = nullptr;
    EXPECT_EQ(cu.cuModuleGetFunction(&function, module, name), cu::Success) << lastError();
    return function;
  }
  cu::DevicePointer allocate(size_t bytes) {
    cu::DevicePointer place = 0;
    EXPECT_EQ(cu.cuMemAlloc_v2(&place, bytes), cu::Success) << lastError();
    return place;
  }
  unsigned *allocatePinned(size_t count) {
    void *place = nullptr;
    EXPECT_EQ(cu.cuMemHostAlloc(&place, count * 4, 0), cu::Success) << lastError();
    return static_cast<unsigned *>(place);
  }
  void upload(cu::DevicePointer to, const std::vector<unsigned> &values) {
    EXPECT_EQ(cu.cuMemcpyHtoD_v2(to, values.data(), values.size() * 4), cu::Success) << lastError();
  }
  std::vector<unsigned> download(cu::DevicePointer from, size_t count) {
    std::vector<unsigned> values(count);
    EXPECT_EQ(cu.cuMemcpyDtoH_v2(values.data(), from, count * 4), cu::Success) << lastError();
    return values;
  }
  static LaunchParameter parameter(std::initializer_list<cu::DevicePointer> operands, unsigned maxRows) {
    LaunchParameter made;
    size_t i = 0;
    for (cu::DevicePointer operand : operands)
      made.pointers[i++] = operand;
    made.maxRows = maxRows;
    return made;
  }
  /// One launch of blocks of 64 threads.
  int launch(cu::Function function, LaunchParameter made, unsigned blocks = 1, unsigned sharedBytes = 1024,
             cu::Stream stream = nullptr) {
    void *parameters[] = {&made};
    return cu.cuLaunchKernel(function, blocks, 1, 1, 64, 1, 1, sharedBytes, stream, parameters, nullptr);
  }
  std::string lastError() {
    const char *text = nullptr;
    cu.sennitEmulatedLastError(&text);
    return text;
  }
  /// The call was refused for this reason.
  void expectRefused(int result, int expected, const std::string &reason) {
    EXPECT_EQ(result, expected) << lastError();
    EXPECT_NE(lastError().find(reason), std::string::npos) << lastError();
  }
};

} // namespace sennit::driver_testing
