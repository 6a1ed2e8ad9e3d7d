// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/device/emulated/DriverTesting.h"

namespace sennit::driver_testing {

namespace {

class DriverStreams : public DriverTest {
protected:
  /// One stream uploads, another computes from it, with or without waiting for the upload's event.
  std::vector<unsigned> produceAndConsume(bool wait) {
    cu::Stream up = nullptr, compute = nullptr;
    cu::Event done = nullptr;
    EXPECT_EQ(cu.cuStreamCreate(&up, cu::streamNonBlocking), cu::Success);
    EXPECT_EQ(cu.cuStreamCreate(&compute, cu::streamNonBlocking), cu::Success);
    EXPECT_EQ(cu.cuEventCreate(&done, cu::eventDisableTiming), cu::Success);
    const cu::DevicePointer from = allocate(1024), to = allocate(1024);
    unsigned *in = allocatePinned(256), *out = allocatePinned(256);
    std::fill(in, in + 256, 8u);
    EXPECT_EQ(cu.cuMemcpyHtoDAsync_v2(from, in, 1024, up), cu::Success) << lastError();
    EXPECT_EQ(cu.cuEventRecord(done, up), cu::Success);
    if (wait)
      EXPECT_EQ(cu.cuStreamWaitEvent(compute, done, 0), cu::Success);
    EXPECT_EQ(launch(kernel("scale"), parameter({to, from}, 256), 3, 0, compute), cu::Success) << lastError();
    EXPECT_EQ(cu.cuMemcpyDtoHAsync_v2(out, to, 1024, compute), cu::Success);
    EXPECT_EQ(cu.cuStreamSynchronize(compute), cu::Success);
    const std::vector<unsigned> result(out, out + 256);
    EXPECT_EQ(cu.cuEventDestroy_v2(done), cu::Success);
    EXPECT_EQ(cu.cuStreamDestroy_v2(up), cu::Success);
    EXPECT_EQ(cu.cuStreamDestroy_v2(compute), cu::Success);
    for (cu::DevicePointer place : {from, to})
      EXPECT_EQ(cu.cuMemFree_v2(place), cu::Success);
    for (unsigned *place : {in, out})
      EXPECT_EQ(cu.cuMemFreeHost(place), cu::Success);
    return result;
  }
};

TEST_F(DriverStreams, OnlyEventsOrderStreams) {
  std::vector<unsigned> expected(256);
  for (unsigned i = 0; i < 256; ++i)
    expected[i] = 24 + i;
  unsigned wrong = 0;
  for (unsigned seed = 0; seed < 20; ++seed)
    for (bool wait : {true, false}) {
      end();
      begin(seed);
      const bool right = produceAndConsume(wait) == expected;
      EXPECT_TRUE(right || !wait) << "seed " << seed;
      wrong += !right;
    }
  EXPECT_GT(wrong, 3u) << "the missing wait shows";
}

TEST_F(DriverStreams, WorkIsPutOffUntilItIsWaitedFor) {
  cu::Stream stream = nullptr;
  ASSERT_EQ(cu.cuStreamCreate(&stream, cu::streamNonBlocking), cu::Success);
  const cu::DevicePointer place = allocate(4);
  unsigned *pinned = allocatePinned(2);
  pinned[0] = 1;
  pinned[1] = 77;
  EXPECT_EQ(cu.cuMemcpyHtoDAsync_v2(place, pinned, 4, stream), cu::Success);
  EXPECT_EQ(cu.cuMemcpyDtoHAsync_v2(pinned + 1, place, 4, stream), cu::Success);
  pinned[0] = 2; // too early: the copy reads what is there when it happens
  EXPECT_EQ(pinned[1], 77u);
  int queries = 1;
  while (cu.cuStreamQuery(stream) == cu::NotReady)
    ++queries;
  EXPECT_EQ(queries, 2);
  EXPECT_EQ(pinned[1], 2u);
  EXPECT_EQ(cu.cuStreamDestroy_v2(stream), cu::Success);
  expectRefused(cu.cuStreamDestroy_v2(stream), cu::InvalidHandle, "a stream");
  expectRefused(cu.cuStreamSynchronize(stream), cu::InvalidHandle, "a stream");
  expectRefused(cu.cuMemcpyHtoDAsync_v2(place, pinned, 4, stream), cu::InvalidHandle, "a stream");
  EXPECT_EQ(cu.cuMemFree_v2(place), cu::Success);
  EXPECT_EQ(cu.cuMemFreeHost(pinned), cu::Success);
}

TEST_F(DriverStreams, TheNullStreamWaitsForBlockingStreamsOnly) {
  for (unsigned flags : {0u, cu::streamNonBlocking}) {
    cu::Stream stream = nullptr;
    ASSERT_EQ(cu.cuStreamCreate(&stream, flags), cu::Success);
    const cu::DevicePointer place = allocate(4);
    EXPECT_EQ(cu.cuMemsetD32Async(place, 5, 1, stream), cu::Success);
    EXPECT_EQ(download(place, 1)[0], flags ? ~0u : 5u);
    EXPECT_EQ(cu.cuStreamDestroy_v2(stream), cu::Success);
    EXPECT_EQ(cu.cuMemFree_v2(place), cu::Success);
  }
}

TEST_F(DriverStreams, EventsAreThoseOfTheirNewestRecord) {
  cu::Stream stream = nullptr;
  cu::Event event = nullptr, untimed = nullptr;
  ASSERT_EQ(cu.cuStreamCreate(&stream, 0), cu::Success);
  ASSERT_EQ(cu.cuEventCreate(&event, 0), cu::Success);
  ASSERT_EQ(cu.cuEventCreate(&untimed, cu::eventDisableTiming), cu::Success);
  EXPECT_EQ(cu.cuEventQuery(event), cu::Success) << "never recorded";
  EXPECT_EQ(cu.cuEventSynchronize(event), cu::Success);
  const cu::DevicePointer place = allocate(8);
  EXPECT_EQ(cu.cuMemsetD32Async(place, 1, 1, stream), cu::Success);
  EXPECT_EQ(cu.cuEventRecord(event, stream), cu::Success);
  EXPECT_EQ(cu.cuEventQuery(event), cu::NotReady);
  EXPECT_EQ(cu.cuEventSynchronize(event), cu::Success);
  EXPECT_EQ(cu.cuEventQuery(event), cu::Success);
  EXPECT_EQ(cu.cuEventRecord(untimed, stream), cu::Success);
  float milliseconds = 0;
  expectRefused(cu.cuEventElapsedTime(&milliseconds, event, untimed), cu::InvalidHandle, "timed events");
  expectRefused(cu.cuEventRecord(nullptr, stream), cu::InvalidHandle, "an event");
  EXPECT_EQ(cu.cuEventDestroy_v2(event), cu::Success);
  expectRefused(cu.cuStreamWaitEvent(stream, event, 0), cu::InvalidHandle, "an event");
  expectRefused(cu.cuEventSynchronize(event), cu::InvalidHandle, "an event");
  EXPECT_EQ(cu.cuEventDestroy_v2(untimed), cu::Success);
  EXPECT_EQ(cu.cuStreamDestroy_v2(stream), cu::Success);
  EXPECT_EQ(cu.cuMemFree_v2(place), cu::Success);
}

} // namespace

} // namespace sennit::driver_testing
