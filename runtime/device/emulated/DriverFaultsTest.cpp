// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Kernels with planted faults, each with its right version beside it, and calls that are made to fail.
#include "runtime/device/emulated/DriverTesting.h"

#include <numeric>

namespace sennit::driver_testing {

namespace {

class DriverFaults : public DriverTest {
protected:
  std::vector<unsigned> input(size_t count) {
    std::vector<unsigned> values(count);
    std::iota(values.begin(), values.end(), 3);
    return values;
  }
  /// Runs `name` in a context of its own with input in and 256 words of output.
  int runAlone(unsigned seed, const char *name, std::vector<unsigned> &out, unsigned maxRows = 256,
               unsigned sharedBytes = 1024) {
    end();
    begin(seed);
    const cu::DevicePointer to = allocate(1024), from = allocate(1024);
    upload(from, input(256));
    int result = launch(kernel(name), parameter({to, from}, maxRows), 1, sharedBytes);
    if (result == cu::Success)
      out = download(to, 256);
    error = lastError();
    for (cu::DevicePointer place : {to, from})
      EXPECT_EQ(cu.cuMemFree_v2(place), result);
    return result;
  }
  std::string error;
};

TEST_F(DriverFaults, AMissingBarrierShowsUnderSomeSeed) {
  std::vector<unsigned> out;
  unsigned wrong = 0;
  for (unsigned seed = 0; seed < 20; ++seed) {
    ASSERT_EQ(runAlone(seed, "sum", out), cu::Success);
    EXPECT_EQ(out[0], 2208u);
    ASSERT_EQ(runAlone(seed, "sum_without_barrier", out), cu::Success);
    wrong += out[0] != 2208u;
  }
  EXPECT_GT(wrong, 10u);
}

TEST_F(DriverFaults, AMissingWaitShowsUnderEverySeed) {
  std::vector<unsigned> out;
  for (unsigned seed = 0; seed < 20; ++seed) {
    ASSERT_EQ(runAlone(seed, "copy_tiles", out), cu::Success);
    EXPECT_EQ(out, input(256));
    ASSERT_EQ(runAlone(seed, "copy_without_wait", out), cu::Success);
    EXPECT_EQ(out, std::vector<unsigned>(256, ~0u)) << "not-a-numbers, where they are read as floats";
  }
}

TEST_F(DriverFaults, AStoreOutOfRangeNamesKernelThreadAndMemory) {
  std::vector<unsigned> out;
  ASSERT_EQ(runAlone(0, "scale", out), cu::Success);
  for (unsigned seed = 0; seed < 20; ++seed) {
    ASSERT_EQ(runAlone(seed, "scale_out_of_range", out), cu::IllegalAddress);
    EXPECT_NE(error.find("kernel scale_out_of_range, block 0, thread 0: writes 4 bytes at 0x"),
              std::string::npos)
        << error;
    EXPECT_NE(error.find(": 0 bytes behind the 1024 bytes of 'an allocation'"), std::string::npos) << error;
  }
}

TEST_F(DriverFaults, NamedRangesBoundWhatKernelsTouch) {
  const cu::DevicePointer pool = allocate(4096);
  upload(pool + 2048, input(512));
  EXPECT_EQ(cu.sennitEmulatedNameRange(pool, 400, "rows"), cu::Success);
  EXPECT_EQ(cu.sennitEmulatedNameRange(pool + 2048, 2048, "weights"), cu::Success);
  expectRefused(cu.sennitEmulatedNameRange(pool + 396, 8, "more"), cu::InvalidValue, "overlaps 'rows'");
  expectRefused(cu.sennitEmulatedNameRange(pool + 4092, 8, "more"), cu::InvalidValue, "in no allocation");
  EXPECT_EQ(launch(kernel("scale"), parameter({pool, pool + 2048}, 100)), cu::Success);
  EXPECT_EQ(cu.cuCtxSynchronize(), cu::Success);
  EXPECT_EQ(launch(kernel("scale_out_of_range"), parameter({pool, pool + 2048}, 100)), cu::IllegalAddress);
  EXPECT_NE(lastError().find("0 bytes behind the 400 bytes of 'rows'"), std::string::npos) << lastError();
  EXPECT_EQ(cu.cuMemFree_v2(pool), cu::IllegalAddress) << "gives back, and tells the error";
}

TEST_F(DriverFaults, OtherFaultsHaveTheirOwnErrors) {
  std::vector<unsigned> out;
  EXPECT_EQ(runAlone(0, "misaligned", out), cu::MisalignedAddress);
  EXPECT_NE(error.find("thread 9: reads 16 bytes at 0x"), std::string::npos) << error;
  EXPECT_EQ(runAlone(0, "deadlock", out), cu::LaunchFailed);
  EXPECT_NE(error.find("0 to 31 wait at barrier 0, which has 32 of 64 threads, 32 to 63 are done"),
            std::string::npos)
      << error;
  EXPECT_EQ(runAlone(0, "touch_shared", out, 1023), cu::Success);
  EXPECT_EQ(runAlone(0, "touch_shared", out, 1024), cu::IllegalAddress);
  EXPECT_NE(error.find("byte 1024 was written of the block's 1024"), std::string::npos) << error;
  ::setenv("SENNIT_EMULATED_TIMEOUT", "0.05", 1);
  EXPECT_EQ(runAlone(0, "endless", out), cu::LaunchTimeout);
  EXPECT_NE(error.find("still runs after 0.05"), std::string::npos) << error;
  ::unsetenv("SENNIT_EMULATED_TIMEOUT");
}

TEST_F(DriverFaults, AKernelsErrorIsThatOfAllCallsUntilTheContextEnds) {
  const cu::DevicePointer place = allocate(1024);
  EXPECT_EQ(launch(kernel("deadlock"), parameter({place, place}, 1)), cu::LaunchFailed);
  size_t free = 0, total = 0;
  EXPECT_EQ(cu.cuMemGetInfo_v2(&free, &total), cu::LaunchFailed);
  cu::Stream stream = nullptr;
  EXPECT_EQ(cu.cuStreamCreate(&stream, 0), cu::LaunchFailed);
  EXPECT_EQ(cu.cuMemFree_v2(place), cu::LaunchFailed);
  end();
  begin();
  EXPECT_EQ(cu.cuMemGetInfo_v2(&free, &total), cu::Success);
  EXPECT_EQ(free, total);
}

TEST_F(DriverFaults, WritesBesidePinnedMemoryShowWhenItIsFreed) {
  unsigned *pinned = allocatePinned(3);
  pinned[3] = 0;
  EXPECT_EQ(cu.cuMemFreeHost(pinned), cu::IllegalAddress);
  EXPECT_NE(lastError().find("just outside"), std::string::npos) << lastError();
}

TEST_F(DriverFaults, AnyCallCanBeMadeToFail) {
  unsigned long long before = 0, after = 0;
  cu.sennitEmulatedCalls(&before);
  EXPECT_EQ(cu.sennitEmulatedFault(2, cu::OutOfMemory), cu::Success);
  const cu::DevicePointer place = allocate(64);
  cu::DevicePointer other = 0;
  EXPECT_EQ(cu.cuMemAlloc_v2(&other, 64), cu::OutOfMemory);
  EXPECT_EQ(cu.cuMemAlloc_v2(&other, 64), cu::Success);
  cu.sennitEmulatedFault(1, cu::Unknown);
  EXPECT_EQ(cu.cuMemFree_v2(other), cu::Unknown);
  EXPECT_NE(lastError().find("cuMemFree fails, as was asked for"), std::string::npos) << lastError();
  expectRefused(cu.cuMemFree_v2(other), cu::InvalidValue, "the begin of memory");
  EXPECT_EQ(cu.cuMemFree_v2(place), cu::Success);
  cu.sennitEmulatedCalls(&after);
  EXPECT_EQ(after - before, 6u);
}

} // namespace

} // namespace sennit::driver_testing
