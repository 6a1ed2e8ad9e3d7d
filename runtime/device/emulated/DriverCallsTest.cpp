// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// The device, contexts, modules and memory: what they do, and how each broken contract is answered.
#include "runtime/device/emulated/DriverTesting.h"

namespace sennit::driver_testing {

namespace {

using DriverCalls = DriverTest;

TEST(DriverStart, RefusesWhatComesBeforeInitAndUnknownArchitectures) {
  const Driver &driver = Driver::get();
#define SENNIT_FOUND(name, parameters) EXPECT_NE(driver.name, nullptr) << #name;
  SENNIT_DRIVER_FUNCTIONS(SENNIT_FOUND)
  SENNIT_EMULATED_FUNCTIONS(SENNIT_FOUND)
#undef SENNIT_FOUND
  int count = 0;
  EXPECT_EQ(driver.cuDeviceGetCount(&count), cu::NotInitialized);
  EXPECT_EQ(driver.cuInit(1), cu::InvalidValue);
  ::setenv("SENNIT_EMULATED_ARCH", "70", 1);
  EXPECT_EQ(driver.cuInit(0), cu::NoDevice);
  for (const auto &[architecture, most] : {std::pair{80, 163}, {100, 227}, {90, 227}}) {
    ::setenv("SENNIT_EMULATED_ARCH", std::to_string(architecture).c_str(), 1);
    EXPECT_EQ(driver.cuInit(0), cu::Success);
    int value = 0;
    EXPECT_EQ(driver.cuDeviceGetAttribute(&value, cu::ComputeCapabilityMajor, 0), cu::Success);
    EXPECT_EQ(value, architecture / 10);
    EXPECT_EQ(driver.cuDeviceGetAttribute(&value, cu::MaxSharedMemoryPerBlockOptin, 0), cu::Success);
    EXPECT_EQ(value, most << 10);
  }
  ::unsetenv("SENNIT_EMULATED_ARCH");
  int version = 0;
  EXPECT_EQ(driver.cuDriverGetVersion(&version), cu::Success);
  EXPECT_EQ(version, 13000);
  ::setenv("SENNIT_EMULATED_VERSION", "12040", 1);
  ASSERT_EQ(driver.cuInit(0), cu::Success);
  EXPECT_EQ(driver.cuDriverGetVersion(&version), cu::Success);
  EXPECT_EQ(version, 12040);
  ::unsetenv("SENNIT_EMULATED_VERSION");
  ASSERT_EQ(driver.cuInit(0), cu::Success);
}

TEST(DriverStart, TheEnvironmentNamesTheCallThatFails) {
  GTEST_FLAG_SET(death_test_style, "threadsafe"); // a process of its own, whose first calls these are
  ::setenv("SENNIT_EMULATED_FAULT", "3:46", 1);
  const auto thirdCall = [] {
    const Driver &driver = Driver::get();
    int count = 0;
    const int before = driver.cuInit(0) + driver.cuDeviceGetCount(&count);
    std::exit(before == cu::Success ? driver.cuDeviceGetCount(&count) : 1);
  };
  EXPECT_EXIT(thirdCall(), ::testing::ExitedWithCode(cu::DeviceUnavailable), "");
  ::unsetenv("SENNIT_EMULATED_FAULT");
}

TEST(DriverStart, ErrorsHaveNamesAndSentences) {
  const Driver &driver = Driver::get();
  const char *text = nullptr;
#define SENNIT_NAMED(name, value, symbol, sentence)                                                          \
  EXPECT_EQ(driver.cuGetErrorName(value, &text), cu::Success);                                               \
  EXPECT_STREQ(text, #symbol);                                                                               \
  EXPECT_EQ(driver.cuGetErrorString(value, &text), cu::Success);                                             \
  EXPECT_STREQ(text, sentence);
  SENNIT_CU_RESULTS(SENNIT_NAMED)
#undef SENNIT_NAMED
  EXPECT_EQ(driver.cuGetErrorName(12345, &text), cu::InvalidValue);
  EXPECT_EQ(text, nullptr);
}

TEST_F(DriverCalls, FunctionsAreFoundByNameWithoutTheirVersion) {
  void *function = nullptr;
  int status = -1;
  EXPECT_EQ(cu.cuGetProcAddress_v2("cuMemAlloc", &function, 13000, 0, &status), cu::Success);
  EXPECT_EQ(function, reinterpret_cast<void *>(cu.cuMemAlloc_v2));
  EXPECT_EQ(status, 0);
  EXPECT_EQ(cu.cuGetProcAddress_v2("cuMem", &function, 13000, 0, &status), cu::NotFound);
  EXPECT_EQ(function, nullptr);
  EXPECT_EQ(status, 1);
}

TEST_F(DriverCalls, ContextsAreCountedAndEndWithTheirLastRelease) {
  cu::Context again = nullptr;
  ASSERT_EQ(cu.cuDevicePrimaryCtxRetain(&again, 0), cu::Success);
  EXPECT_EQ(again, context);
  EXPECT_EQ(cu.cuDevicePrimaryCtxRelease_v2(0), cu::Success);
  size_t free = 0, total = 0;
  EXPECT_EQ(cu.cuMemGetInfo_v2(&free, &total), cu::Success);
  cu::Stream stream = nullptr;
  EXPECT_EQ(cu.cuStreamCreate(&stream, 0), cu::Success);
  unsigned long long before = 0, leaks = 0;
  cu.sennitEmulatedLeaks(&before);
  EXPECT_EQ(cu.cuDevicePrimaryCtxRelease_v2(0), cu::Success);
  cu.sennitEmulatedLeaks(&leaks);
  EXPECT_EQ(leaks - before, 2u) << "the module and the stream";
  expectRefused(cu.cuDevicePrimaryCtxRelease_v2(0), cu::InvalidContext, "not retained");
  expectRefused(cu.cuStreamSynchronize(stream), cu::ContextIsDestroyed, "was released");
  EXPECT_EQ(cu.cuCtxSetCurrent(nullptr), cu::Success);
  expectRefused(cu.cuStreamSynchronize(stream), cu::InvalidContext, "no context is current");
  begin();
  expectRefused(cu.cuStreamSynchronize(stream), cu::InvalidHandle, "expected a stream");
}

TEST_F(DriverCalls, ModulesAreSharedObjectsOnly) {
  cu::Module other = nullptr;
  std::vector<char> image(4096, 0);
  std::strcpy(image.data(), ".version 8.0\n.target sm_90");
  expectRefused(cu.cuModuleLoadData(&other, image.data()), cu::InvalidImage, "found no ELF file");
  const unsigned char cubin[] = {0x7f, 'E', 'L', 'F', 2, 1, 1, 0x33, 7, 0, 0, 0, 0, 0, 0, 0, 2, 0, 190, 0};
  std::memcpy(image.data(), cubin, sizeof cubin);
  expectRefused(cu.cuModuleLoadData(&other, image.data()), cu::NoBinaryForGpu, "found a cubin");
  image[18] = 62; // x86-64, but nothing in it
  image[16] = 3;
  expectRefused(cu.cuModuleLoadData(&other, image.data()), cu::InvalidImage, "does not load");
  expectRefused(cu.cuModuleLoadData(&other, nullptr), cu::InvalidValue, "found null");
  cu::Function function = nullptr;
  expectRefused(cu.cuModuleGetFunction(&function, module, "no_such"), cu::NotFound, "no kernel no_such");
  expectRefused(cu.cuModuleGetFunction(&function, module, "malloc"), cu::NotFound, "no kernel malloc");
  expectRefused(cu.cuModuleGetFunction(&function, nullptr, "scale"), cu::InvalidHandle, "a module");
  expectRefused(cu.cuModuleUnload(nullptr), cu::InvalidHandle, "a module");
}

TEST_F(DriverCalls, MemoryIsPoisonedCheckedAndFreedOnce) {
  size_t before = 0, now = 0, total = 0;
  EXPECT_EQ(cu.cuMemGetInfo_v2(&before, &total), cu::Success);
  for (size_t bytes :
       {size_t(1), size_t(511), size_t(513), size_t(4096), (size_t(256) << 10) + 1, size_t(40) << 20}) {
    const cu::DevicePointer place = allocate(bytes);
    EXPECT_EQ(place % 512, 0u);
    unsigned char last = 0;
    EXPECT_EQ(cu.cuMemcpyDtoH_v2(&last, place + bytes - 1, 1), cu::Success);
    EXPECT_EQ(last, 0xff);
    expectRefused(cu.cuMemcpyDtoH_v2(&last, place + bytes, 1), cu::InvalidValue, "0 bytes behind the");
    expectRefused(cu.cuMemFree_v2(place + 1), cu::InvalidValue, "the begin of memory");
    EXPECT_EQ(cu.cuMemFree_v2(place), cu::Success);
    expectRefused(cu.cuMemFree_v2(place), cu::InvalidValue, "the begin of memory");
  }
  EXPECT_EQ(cu.cuMemGetInfo_v2(&now, &total), cu::Success);
  EXPECT_EQ(now, before);
  cu::DevicePointer place = 0;
  expectRefused(cu.cuMemAlloc_v2(&place, 0), cu::InvalidValue, "some bytes");
  expectRefused(cu.cuMemAlloc_v2(&place, total + 1), cu::OutOfMemory, "free");
}

TEST_F(DriverCalls, CopiesStayInTheirMemory) {
  const cu::DevicePointer place = allocate(1024);
  unsigned *pinned = allocatePinned(256);
  std::vector<unsigned> pageable(256, 7);
  expectRefused(cu.cuMemcpyHtoDAsync_v2(place, pageable.data(), 1024, nullptr), cu::InvalidValue,
                "is not pinned");
  expectRefused(cu.cuMemcpyHtoDAsync_v2(place, pinned + 1, 1024, nullptr), cu::InvalidValue, "is not pinned");
  expectRefused(cu.cuMemcpyHtoDAsync_v2(place + 4, pinned, 1024, nullptr), cu::InvalidValue,
                "4 bytes behind the 1024 bytes");
  expectRefused(cu.cuMemcpyHtoD_v2(place, reinterpret_cast<void *>(place), 4), cu::InvalidValue,
                "is the device's");
  expectRefused(cu.cuMemcpyDtoD_v2(place, place + 256, 260), cu::InvalidValue, "overlap");
  expectRefused(cu.cuMemcpyDtoD_v2(place, 0, 4), cu::InvalidValue, "null");
  expectRefused(cu.cuMemcpyHtoD_v2(place, pinned, 0), cu::InvalidValue, "0 bytes");
  expectRefused(cu.cuMemsetD32_v2(place + 2, 1, 1), cu::InvalidValue, "a multiple of 4");
  expectRefused(cu.cuMemsetD8_v2(place, 1, 1025), cu::InvalidValue, "outside of allocations");
  EXPECT_EQ(cu.cuMemHostRegister_v2(pageable.data(), 1024, 0), cu::Success);
  expectRefused(cu.cuMemHostRegister_v2(pageable.data() + 1, 8, 0), cu::HostMemoryAlreadyRegistered,
                "already");
  EXPECT_EQ(cu.cuMemcpyHtoDAsync_v2(place, pageable.data(), 1024, nullptr), cu::Success);
  EXPECT_EQ(cu.cuMemHostUnregister(pageable.data()), cu::Success);
  expectRefused(cu.cuMemHostUnregister(pageable.data()), cu::HostMemoryNotRegistered, "registered");
  EXPECT_EQ(cu.cuMemsetD32_v2(place + 512, 0x01020304, 128), cu::Success);
  EXPECT_EQ(cu.cuMemsetD8_v2(place + 1023, 9, 1), cu::Success);
  const std::vector<unsigned> values = download(place, 256);
  EXPECT_EQ(values[127], 7u);
  EXPECT_EQ(values[128], 0x01020304u);
  EXPECT_EQ(values[255], 0x09020304u);
  unsigned type = 0;
  EXPECT_EQ(cu.cuPointerGetAttribute(&type, cu::PointerMemoryType, place + 5), cu::Success);
  EXPECT_EQ(type, unsigned(cu::MemoryDevice));
  expectRefused(cu.cuMemFreeHost(pinned + 1), cu::InvalidValue, "the begin of memory");
  EXPECT_EQ(cu.cuMemFreeHost(pinned), cu::Success);
  EXPECT_EQ(cu.cuMemFree_v2(place), cu::Success);
}

TEST_F(DriverCalls, LaunchesKeepTheirLimits) {
  const cu::DevicePointer place = allocate(4096), from = allocate(4096);
  upload(from, std::vector<unsigned>(1024, 5));
  const cu::Function scale = kernel("scale");
  EXPECT_EQ(kernel("scale"), scale) << "the same handle";
  LaunchParameter made = parameter({place, from}, 100);
  expectRefused(launch(scale, made, 0), cu::InvalidValue, "found 0 x 1 x 1");
  expectRefused(launch(nullptr, made), cu::InvalidHandle, "a function");
  expectRefused(cu.cuLaunchKernel(scale, 1, 1, 1, 64, 1, 1, 0, nullptr, nullptr, nullptr), cu::InvalidValue,
                "the one parameter");
  void *parameters[] = {&made};
  expectRefused(cu.cuLaunchKernel(scale, 1, 2, 1, 64, 1, 1, 0, nullptr, parameters, nullptr),
                cu::InvalidValue, "found 1 x 2 x 1");
  expectRefused(cu.cuLaunchKernel(scale, 1, 1, 1, 1025, 1, 1, 0, nullptr, parameters, nullptr),
                cu::InvalidValue, "1025 x 1 x 1");
  EXPECT_EQ(launch(scale, made, 1, 48 << 10), cu::Success);
  expectRefused(launch(scale, made, 1, (48 << 10) + 1), cu::InvalidValue, "at most 49152 bytes");
  int value = 0;
  expectRefused(cu.cuFuncSetAttribute(scale, cu::MaxDynamicSharedSizeBytes, (227 << 10) + 1),
                cu::InvalidValue, "at most 232448");
  EXPECT_EQ(cu.cuFuncSetAttribute(scale, cu::MaxDynamicSharedSizeBytes, 227 << 10), cu::Success);
  EXPECT_EQ(cu.cuFuncGetAttribute(&value, cu::MaxDynamicSharedSizeBytes, scale), cu::Success);
  EXPECT_EQ(value, 227 << 10);
  EXPECT_EQ(launch(scale, made, 3, 227 << 10), cu::Success);
  EXPECT_EQ(cu.cuOccupancyMaxActiveBlocksPerMultiprocessor(&value, scale, 64, 227 << 10), cu::Success);
  EXPECT_EQ(value, 1);
  EXPECT_EQ(cu.cuOccupancyMaxActiveBlocksPerMultiprocessor(&value, scale, 1024, 0), cu::Success);
  EXPECT_EQ(value, 2);
  const std::vector<unsigned> out = download(place, 101);
  for (unsigned i = 0; i < 100; ++i)
    EXPECT_EQ(out[i], 15 + i);
  EXPECT_EQ(out[100], ~0u);
  EXPECT_EQ(cu.cuMemFree_v2(place), cu::Success);
  EXPECT_EQ(cu.cuMemFree_v2(from), cu::Success);
}

TEST_F(DriverCalls, TheHostCannotTouchDeviceMemory) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const cu::DevicePointer place = allocate(64);
  EXPECT_DEATH(*reinterpret_cast<volatile int *>(place) = 1, "");
  EXPECT_EQ(cu.cuMemFree_v2(place), cu::Success);
}

} // namespace

} // namespace sennit::driver_testing
