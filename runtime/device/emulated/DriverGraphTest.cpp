// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/device/emulated/DriverTesting.h"

#include <numeric>

namespace sennit::driver_testing {

namespace {

class DriverGraph : public DriverTest {
protected:
  cu::Graph graph = nullptr;
  cu::DevicePointer a = 0, b = 0, c = 0;
  unsigned *pinned = nullptr;

  void SetUp() override {
    begin();
    prepare();
  }
  void TearDown() override {
    dispose();
    end();
  }
  void prepare() {
    ASSERT_EQ(cu.cuGraphCreate(&graph, 0), cu::Success);
    a = allocate(1024);
    b = allocate(1024);
    c = allocate(1024);
    pinned = allocatePinned(256);
    std::iota(pinned, pinned + 256, 1);
  }
  void dispose() {
    EXPECT_EQ(cu.cuGraphDestroy(graph), cu::Success);
    for (cu::DevicePointer place : {a, b, c})
      EXPECT_EQ(cu.cuMemFree_v2(place), cu::Success);
    EXPECT_EQ(cu.cuMemFreeHost(pinned), cu::Success);
  }

  int addCopy(cu::GraphNode &node, const std::vector<cu::GraphNode> &after, bool up, cu::DevicePointer place,
              unsigned *host, size_t bytes) {
    cu::Memcpy3d params{};
    params.srcMemoryType = up ? cu::MemoryHost : cu::MemoryDevice;
    params.dstMemoryType = up ? cu::MemoryDevice : cu::MemoryHost;
    (up ? params.dstDevice : params.srcDevice) = place;
    params.srcHost = up ? host : nullptr;
    params.dstHost = up ? nullptr : host;
    params.widthInBytes = bytes;
    params.height = params.depth = 1;
    return cu.cuGraphAddMemcpyNode(&node, graph, after.data(), after.size(), &params, context);
  }
  int addKernel(cu::GraphNode &node, const std::vector<cu::GraphNode> &after, const char *name,
                LaunchParameter made) {
    void *parameters[] = {&made};
    cu::KernelNodeParams params{kernel(name), 2, 1, 1, 64, 1, 1, 1024, parameters, nullptr, nullptr, nullptr};
    return cu.cuGraphAddKernelNode_v2(&node, graph, after.data(), after.size(), &params);
  }
  /// pinned -> a -> scale -> b -> scale -> c -> pinned; without the edge between the kernels where it is left
  /// out.
  std::vector<unsigned> runChain(bool edge) {
    cu::GraphNode up = nullptr, first = nullptr, second = nullptr, down = nullptr;
    EXPECT_EQ(addCopy(up, {}, true, a, pinned, 1024), cu::Success) << lastError();
    EXPECT_EQ(addKernel(first, {up}, "scale", parameter({b, a}, 256)), cu::Success) << lastError();
    EXPECT_EQ(addKernel(second, edge ? std::vector{first} : std::vector{up}, "scale", parameter({c, b}, 256)),
              cu::Success);
    EXPECT_EQ(addCopy(down, {first}, false, c, pinned, 1024), cu::Success);
    EXPECT_EQ(cu.cuGraphAddDependencies(graph, &second, &down, 1), cu::Success);
    cu::GraphExec exec = nullptr;
    cu::Stream stream = nullptr;
    EXPECT_EQ(cu.cuGraphInstantiateWithFlags(&exec, graph, 0), cu::Success) << lastError();
    EXPECT_EQ(cu.cuStreamCreate(&stream, cu::streamNonBlocking), cu::Success);
    EXPECT_EQ(cu.cuGraphUpload(exec, stream), cu::Success);
    EXPECT_EQ(cu.cuGraphLaunch(exec, stream), cu::Success);
    EXPECT_EQ(cu.cuGraphExecDestroy(exec), cu::Success) << "while its launch is under way";
    EXPECT_EQ(cu.cuStreamSynchronize(stream), cu::Success) << lastError();
    EXPECT_EQ(cu.cuStreamDestroy_v2(stream), cu::Success);
    return {pinned, pinned + 256};
  }
};

TEST_F(DriverGraph, NodesRunInSomeOrderThatTheEdgesAllow) {
  unsigned wrong = 0;
  std::vector<unsigned> expected(256);
  for (unsigned i = 0; i < 256; ++i)
    expected[i] = ((i + 1) * 3 + i) * 3 + i;
  for (unsigned seed = 0; seed < 20; ++seed)
    for (bool edge : {true, false}) {
      dispose();
      end();
      begin(seed);
      prepare();
      const bool right = runChain(edge) == expected;
      EXPECT_TRUE(right || !edge) << "seed " << seed;
      wrong += !right;
    }
  EXPECT_GT(wrong, 5u) << "the missing edge shows";
}

TEST_F(DriverGraph, LaunchedAgainReadsMemoryAsItIsThen) {
  cu::GraphNode fill = nullptr, add = nullptr;
  const cu::MemsetNodeParams params{a, 0, 40, 4, 256, 1};
  ASSERT_EQ(cu.cuGraphAddMemsetNode(&fill, graph, nullptr, 0, &params, context), cu::Success) << lastError();
  cu::Graph second = nullptr;
  ASSERT_EQ(cu.cuGraphCreate(&second, 0), cu::Success);
  std::swap(graph, second);
  ASSERT_EQ(addKernel(add, {}, "increment", parameter({a}, 256)), cu::Success);
  cu::GraphExec fills = nullptr, adds = nullptr;
  ASSERT_EQ(cu.cuGraphInstantiateWithFlags(&adds, graph, 0), cu::Success);
  ASSERT_EQ(cu.cuGraphInstantiateWithFlags(&fills, second, 0), cu::Success);
  EXPECT_EQ(cu.cuGraphDestroy(second), cu::Success);
  EXPECT_EQ(cu.cuGraphLaunch(fills, nullptr), cu::Success);
  for (int i = 0; i < 2; ++i)
    EXPECT_EQ(cu.cuGraphLaunch(adds, nullptr), cu::Success);
  // Two blocks, of which each adds 1.
  EXPECT_EQ(download(a, 256), std::vector<unsigned>(256, 44));
  EXPECT_EQ(cu.cuGraphExecDestroy(fills), cu::Success);
  expectRefused(cu.cuGraphLaunch(fills, nullptr), cu::InvalidHandle, "an executable graph");
  expectRefused(cu.cuModuleUnload(module), cu::NotPermitted, "2 graphs have kernels of the module");
  EXPECT_EQ(cu.cuGraphExecDestroy(adds), cu::Success);
  expectRefused(cu.cuGraphExecDestroy(adds), cu::InvalidHandle, "an executable graph");
}

TEST_F(DriverGraph, RefusesForeignNodesCyclesAndWrongParameters) {
  cu::GraphNode first = nullptr, second = nullptr, other = nullptr, node = nullptr;
  ASSERT_EQ(cu.cuGraphAddEmptyNode(&first, graph, nullptr, 0), cu::Success);
  ASSERT_EQ(cu.cuGraphAddEmptyNode(&second, graph, &first, 1), cu::Success);
  cu::Graph foreign = nullptr;
  ASSERT_EQ(cu.cuGraphCreate(&foreign, 0), cu::Success);
  ASSERT_EQ(cu.cuGraphAddEmptyNode(&other, foreign, nullptr, 0), cu::Success);
  expectRefused(cu.cuGraphAddEmptyNode(&node, graph, &other, 1), cu::InvalidValue, "nodes of the same graph");
  const cu::GraphNode twice[] = {first, first};
  expectRefused(cu.cuGraphAddEmptyNode(&node, graph, twice, 2), cu::InvalidValue, "given twice");
  expectRefused(cu.cuGraphAddEmptyNode(&node, graph, nullptr, 1), cu::InvalidValue, "found null");
  expectRefused(cu.cuGraphAddDependencies(graph, &other, &first, 1), cu::InvalidValue,
                "two nodes of the graph");
  expectRefused(cu.cuGraphAddDependencies(graph, &first, &first, 1), cu::InvalidValue,
                "two nodes of the graph");
  expectRefused(cu.cuGraphAddDependencies(graph, &first, &second, 1), cu::InvalidValue, "there already");
  EXPECT_EQ(cu.cuGraphDestroy(foreign), cu::Success);
  expectRefused(cu.cuGraphAddEmptyNode(&node, graph, &other, 1), cu::InvalidValue, "nodes of the same graph");
  expectRefused(cu.cuGraphAddEmptyNode(&node, foreign, nullptr, 0), cu::InvalidHandle, "a graph");
  expectRefused(addCopy(node, {}, true, a, pinned, 1025), cu::InvalidValue, "outside of allocations");
  std::vector<unsigned> pageable(256);
  expectRefused(addCopy(node, {}, true, a, pageable.data(), 1024), cu::InvalidValue, "is not pinned");
  const cu::MemsetNodeParams params{a + 1, 0, 1, 4, 1, 1};
  expectRefused(cu.cuGraphAddMemsetNode(&node, graph, nullptr, 0, &params, context), cu::InvalidValue,
                "a multiple of 4");
  expectRefused(cu.cuGraphAddEventRecordNode(&node, graph, nullptr, 0, nullptr), cu::InvalidHandle,
                "an event");
  ASSERT_EQ(cu.cuGraphAddDependencies(graph, &second, &first, 1), cu::Success);
  cu::GraphExec exec = nullptr;
  expectRefused(cu.cuGraphInstantiateWithFlags(&exec, graph, 0), cu::InvalidValue, "form a cycle");
}

TEST_F(DriverGraph, FreedMemoryShowsWhenTheGraphRuns) {
  cu::GraphNode up = nullptr;
  const cu::DevicePointer gone = allocate(64);
  ASSERT_EQ(addCopy(up, {}, true, gone, pinned, 64), cu::Success);
  cu::GraphExec exec = nullptr;
  ASSERT_EQ(cu.cuGraphInstantiateWithFlags(&exec, graph, 0), cu::Success);
  EXPECT_EQ(cu.cuMemFree_v2(gone), cu::Success);
  EXPECT_EQ(cu.cuGraphLaunch(exec, nullptr), cu::IllegalAddress);
  EXPECT_NE(lastError().find("memory that was freed"), std::string::npos);
  EXPECT_EQ(cu.cuGraphExecDestroy(exec), cu::IllegalAddress);
  for (cu::DevicePointer place : {a, b, c})
    EXPECT_EQ(cu.cuMemFree_v2(place), cu::IllegalAddress);
  EXPECT_EQ(cu.cuMemFreeHost(pinned), cu::IllegalAddress);
  EXPECT_EQ(cu.cuGraphDestroy(graph), cu::IllegalAddress);
  end();
  begin();
  prepare();
}

TEST_F(DriverGraph, EventNodesTimeWhatIsBetweenThem) {
  cu::Event begin = nullptr, end = nullptr;
  ASSERT_EQ(cu.cuEventCreate(&begin, 0), cu::Success);
  ASSERT_EQ(cu.cuEventCreate(&end, 0), cu::Success);
  cu::GraphNode first = nullptr, work = nullptr, last = nullptr;
  ASSERT_EQ(cu.cuGraphAddEventRecordNode(&first, graph, nullptr, 0, begin), cu::Success);
  ASSERT_EQ(addCopy(work, {first}, true, a, pinned, 1024), cu::Success);
  ASSERT_EQ(cu.cuGraphAddEventRecordNode(&last, graph, &work, 1, end), cu::Success);
  cu::GraphExec exec = nullptr;
  ASSERT_EQ(cu.cuGraphInstantiateWithFlags(&exec, graph, 0), cu::Success);
  float milliseconds = -1;
  expectRefused(cu.cuEventElapsedTime(&milliseconds, begin, end), cu::InvalidHandle, "were recorded");
  cu::Stream stream = nullptr;
  ASSERT_EQ(cu.cuStreamCreate(&stream, 0), cu::Success);
  EXPECT_EQ(cu.cuGraphLaunch(exec, stream), cu::Success);
  EXPECT_EQ(cu.cuEventElapsedTime(&milliseconds, begin, end), cu::NotReady);
  EXPECT_EQ(cu.cuEventSynchronize(end), cu::Success);
  EXPECT_EQ(cu.cuEventElapsedTime(&milliseconds, begin, end), cu::Success);
  EXPECT_GE(milliseconds, 0);
  EXPECT_EQ(cu.cuStreamDestroy_v2(stream), cu::Success);
  EXPECT_EQ(cu.cuGraphExecDestroy(exec), cu::Success);
  EXPECT_EQ(cu.cuEventDestroy_v2(begin), cu::Success);
  EXPECT_EQ(cu.cuEventDestroy_v2(end), cu::Success);
}

} // namespace

} // namespace sennit::driver_testing
