// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/device/cuda/DeviceRunner.h"

#include "runtime/device/cuda/UploadWeights.h"
#include "runtime/program/StepEntry.h"
#include "runtime/program/StepRecorder.h"
#include "runtime/program/Verify.h"

#include <algorithm>
#include <cassert>

namespace sennit::cuda {

using std::to_string;

namespace {

/// Logits on the host at one time; more rows of a step are fetched as they are asked for.
constexpr uint64_t mostLogitsBytes = 16 << 20;

/// What stays free beside the KV cache where its size is ours to choose: graphs and the driver's own.
uint64_t reserve(uint64_t free) {
  return std::min<uint64_t>(free / 20, uint64_t(512) << 20);
}

} // namespace

StatusOr<std::unique_ptr<DeviceRunner>> DeviceRunner::create(const Package &package,
                                                             const RunnerOptions &options) {
  std::unique_ptr<DeviceRunner> runner(new DeviceRunner(package));
  const schema::Package &root = package.root();
  runner->entry = &stepEntry(root);
  runner->mostWanted = wantedLimit(root);
  runner->overlap = options.overlap;
  runner->checkKernels = options.checkKernels;

  SENNIT_ASSIGN_OR_RETURN(runner->gpu, Device::open(options.ordinal));
  const Device &gpu = *runner->gpu;
  const Device::Use use(gpu);
  SENNIT_RETURN_IF_ERROR(use.status());
  runner->making.end("open the device");
  SENNIT_ASSIGN_OR_RETURN(runner->kernels, KernelCode::load(gpu, package));
  runner->making.end("load kernels");
  SENNIT_RETURN_IF_ERROR(runner->makeMemory(options));
  runner->making.end("reserve device memory");
  UploadOptions upload;
  upload.threads = std::clamp(options.threads, 1, 8); // more do not read faster
  upload.chunks = 2 * upload.threads + 2;
  upload.interrupt = options.interrupt;
  upload.progress = options.uploadProgress;
  SENNIT_RETURN_IF_ERROR(uploadWeights(gpu, package, runner->places.weights, upload));
  runner->making.end("upload weights");
  return runner;
}

DeviceRunner::~DeviceRunner() {
  if (!gpu)
    return;
  // The driver's objects are given back with their context current.
  const Device::Use use(*gpu);
  graphs.clear();
  stream = {};
  sampler = {};
  logitsMemory = {};
  inputMemory = {};
  memory = nullptr;
  kernels = {};
}

Status DeviceRunner::makeMemory(const RunnerOptions &options) {
  const schema::Package &root = package.root();
  memory = std::make_unique<DeviceMemory>(*gpu);
  const size_t step = memory->add("step input", root.step()->bytes());
  // Its table comes next, so that one copy brings both.
  sampler = DeviceSampler(kernels, *root.model(), mostWanted, *memory);
  uint64_t arenaBytes = 0;
  for (const schema::Program *program : *root.programs())
    arenaBytes = std::max(arenaBytes, program->arena_bytes());
  const size_t arena = memory->add("activations", arenaBytes);
  std::array<uint64_t, lanes> scratch{};
  for (uint32_t i = 0; i < entry->buckets()->size(); ++i) {
    const std::array<uint64_t, lanes> own = scratchBytes(shapeOf(i));
    for (size_t lane = 0; lane < lanes; ++lane)
      scratch[lane] = std::max(scratch[lane], own[lane]);
  }
  const size_t firstScratch =
      memory->add(std::string("scratch: ") + schema::EnumNameLane(schema::Lane(0)), scratch[0]);
  for (size_t lane = 1; lane < lanes; ++lane)
    memory->add(std::string("scratch: ") + schema::EnumNameLane(schema::Lane(lane)), scratch[lane]);
  const uint32_t weightCount = root.weights()->size();
  size_t firstWeight = 0;
  for (uint32_t i = 0; i < weightCount; ++i) {
    const size_t part =
        memory->add("weights: " + root.weights()->Get(i)->name()->str(), joinedBytes(package, i));
    firstWeight = i ? firstWeight : part;
  }

  pageCount = options.pages ? options.pages : int32_t(root.step()->max_pages());
  SENNIT_ASSIGN_OR_RETURN(const uint64_t free, DeviceMemory::freeBytes(*gpu));
  if (!options.pages) {
    const uint64_t taken = memory->needed() + reserve(free);
    const uint64_t most =
        free > taken ? (free - taken) / std::max<uint64_t>(uint64_t(layout.pageBytes()), 1) : 0;
    pageCount = int32_t(std::clamp<uint64_t>(most, 1, uint64_t(pageCount)));
  }
  size_t firstKeys = 0;
  for (int64_t layer = 0; layer < layout.layers; ++layer) {
    const size_t part = memory->add("KV cache: keys of layer " + to_string(layer),
                                    uint64_t(layout.keyPageBytes()) * uint64_t(pageCount));
    firstKeys = layer ? firstKeys : part;
    memory->add("KV cache: values of layer " + to_string(layer),
                uint64_t(layout.valuePageBytes()) * uint64_t(pageCount));
  }
  SENNIT_RETURN_IF_ERROR(memory->allocate());

  places.step = memory->at(step);
  places.arena = memory->at(arena);
  for (size_t lane = 0; lane < lanes; ++lane)
    places.scratch[lane] = memory->at(firstScratch + lane);
  for (uint32_t i = 0; i < weightCount; ++i)
    places.weights.push_back(memory->at(firstWeight + i));
  for (size_t layer = 0; layer < size_t(layout.layers); ++layer) {
    places.keys.push_back(memory->at(firstKeys + 2 * layer));
    places.values.push_back(memory->at(firstKeys + 2 * layer + 1));
  }

  // As on the device: the input, and where the table stands behind it, the table.
  const uint64_t tableOffset = memory->at(step + 1) - places.step;
  SENNIT_ASSIGN_OR_RETURN(inputMemory,
                          makePinned(*gpu, tableOffset + sampler.mostTableBytes(), "the step's input"));
  SENNIT_RETURN_IF_ERROR(
      sampler.reserve(*gpu, *memory, static_cast<uint8_t *>(inputMemory.get()) + tableOffset));
  const uint64_t rowBytes = uint64_t(root.model()->vocab_size()) * sizeof(float);
  windowRows = int32_t(std::clamp<uint64_t>(mostLogitsBytes / rowBytes, 1, mostWanted));
  SENNIT_ASSIGN_OR_RETURN(logitsMemory, makePinned(*gpu, rowBytes * uint64_t(windowRows), "logits"));
  SENNIT_ASSIGN_OR_RETURN(stream, makeStream(*gpu));
  return {};
}

StepShape DeviceRunner::shapeOf(uint32_t bucket) const {
  StepShape shape;
  shape.package = &package.root();
  shape.code = &kernels.tables();
  shape.bucket = entry->buckets()->Get(bucket);
  shape.mostWanted = mostWanted;
  shape.multiprocessors = gpu->multiprocessors();
  shape.overlap = overlap;
  return shape;
}

uint32_t DeviceRunner::programFor(const StepRows &rows) const {
  return entry->buckets()->Get(bucketFor(*entry, rows))->program();
}

InputCopy DeviceRunner::inputCopy(const SampleShape &sampled) const {
  if (sampled.rows == 0)
    return {inputMemory.get(), places.step, package.root().step()->bytes()};
  const InputCopy table = sampler.tableCopy(sampled);
  return {inputMemory.get(), places.step, table.device + table.bytes - places.step};
}

StatusOr<std::vector<StepNode>> DeviceRunner::nodesOf(uint32_t bucket, const SampleShape &sampled) const {
  SENNIT_ASSIGN_OR_RETURN(std::vector<StepNode> nodes, planStep(shapeOf(bucket), places));
  const schema::Buffer &buffer = logitsBuffer(package.root(), entry->buckets()->Get(bucket)->program());
  const auto &fields = *package.root().step()->fields();
  sampler.append(sampled,
                 {places.arena + buffer.offset(), buffer.row_bytes(),
                  places.step + fields.Get(uint32_t(schema::StepField::Counts))->offset()},
                 nodes);
  return nodes;
}

StatusOr<const StepGraph *> DeviceRunner::graphFor(uint32_t bucket, const SampleShape &sampled, bool timed) {
  const GraphKey key{bucket, sampled, timed};
  auto found = graphs.find(key);
  if (found == graphs.end()) {
    SENNIT_ASSIGN_OR_RETURN(const std::vector<StepNode> nodes, nodesOf(bucket, sampled));
    SENNIT_ASSIGN_OR_RETURN(StepGraph made, StepGraph::make(*gpu, kernels, nodes, inputCopy(sampled), timed));
    found = graphs.emplace(key, std::move(made)).first;
  }
  return &found->second;
}

Status DeviceRunner::copyPages() {
  const auto copy = [&](DeviceAddress pool, int64_t pageBytes, int32_t from, int32_t to) {
    return gpu->check(gpu->api().memcpyDtoDAsync(pool + DeviceAddress(to * pageBytes),
                                                 pool + DeviceAddress(from * pageBytes), size_t(pageBytes),
                                                 stream.get()),
                      "cuMemcpyDtoDAsync", "page " + to_string(from) + " of the KV cache");
  };
  for (const auto &[from, to] : copies)
    for (size_t layer = 0; layer < places.keys.size(); ++layer) {
      SENNIT_RETURN_IF_ERROR(copy(places.keys[layer], layout.keyPageBytes(), from, to));
      SENNIT_RETURN_IF_ERROR(copy(places.values[layer], layout.valuePageBytes(), from, to));
    }
  return {};
}

Status DeviceRunner::run(const StepRows &rows) {
  return runStep(rows, bucketFor(*entry, rows), {});
}

StatusOr<bool> DeviceRunner::runAndSample(const StepRows &rows, std::span<const TokenDraw> draws,
                                          std::span<int32_t> tokens) {
  assert(draws.size() == size_t(rows.wanted));
  const uint32_t bucket = bucketFor(*entry, rows);
  std::optional<SampleShape> sampled = SampleShape();
  if (!draws.empty())
    sampled = sampler.prepare(draws, entry->buckets()->Get(bucket)->rows());
  SENNIT_RETURN_IF_ERROR(runStep(rows, bucket, sampled.value_or(SampleShape())));
  if (sampled)
    std::copy_n(sampler.tokens(draws.size()).begin(), draws.size(), tokens.begin());
  return sampled.has_value();
}

Status DeviceRunner::runStep(const StepRows &rows, uint32_t bucket, const SampleShape &sampled) {
  const Device::Use use(*gpu);
  SENNIT_RETURN_IF_ERROR(use.status());
  const bool recorded = recorder && stepInput && !checkKernels;
  const StepGraph *graph = nullptr;
  if (!checkKernels) {
    SENNIT_ASSIGN_OR_RETURN(graph, graphFor(bucket, sampled, recorded));
  }
  lastProgram = entry->buckets()->Get(bucket)->program();
  lastWanted = rows.wanted;
  windowBegin = -1;
  if (recorded)
    recorder->beginStep(lastProgram, rows, *stepInput);
  SENNIT_RETURN_IF_ERROR(copyPages());
  if (graph) {
    SENNIT_RETURN_IF_ERROR(graph->launch(*gpu, stream.get()));
  } else {
    SENNIT_ASSIGN_OR_RETURN(const std::vector<StepNode> nodes, nodesOf(bucket, sampled));
    SENNIT_RETURN_IF_ERROR(runNodes(*gpu, kernels, nodes, inputCopy(sampled),
                                    *package.root().programs()->Get(lastProgram), stream.get()));
  }
  SENNIT_RETURN_IF_ERROR(gpu->check(gpu->api().streamSynchronize(stream.get()), "cuStreamSynchronize",
                                    "program " + package.root().programs()->Get(lastProgram)->name()->str() +
                                        " for " + to_string(rows.total) + " rows"));
  copies.clear();
  return recorded ? record(*graph) : Status();
}

Status DeviceRunner::record(const StepGraph &graph) {
  SENNIT_ASSIGN_OR_RETURN(const std::vector<StepGraph::CommandTime> times, graph.times(*gpu));
  for (const StepGraph::CommandTime &time : times)
    recorder->addCommand(time.command, time.lane, int64_t(time.begin * 1e9), int64_t(time.end * 1e9));
  recorder->endStep();
  return {};
}

/// Brings as many rows as fit, from `first` on.
Status DeviceRunner::fetchLogits(int32_t first) {
  const schema::Buffer &buffer = logitsBuffer(package.root(), lastProgram);
  const uint64_t rowBytes = uint64_t(package.root().model()->vocab_size()) * sizeof(float);
  const int32_t rows = std::min(windowRows, lastWanted - first);
  const DeviceAddress from = places.arena + buffer.offset() + buffer.row_bytes() * uint64_t(first);
  auto *to = static_cast<uint8_t *>(logitsMemory.get());
  const bool dense = buffer.row_bytes() == rowBytes;
  for (int32_t i = 0; i < (dense ? 1 : rows); ++i)
    SENNIT_RETURN_IF_ERROR(gpu->check(
        gpu->api().memcpyDtoHAsync(to + rowBytes * uint64_t(i), from + buffer.row_bytes() * uint64_t(i),
                                   size_t(rowBytes * uint64_t(dense ? rows : 1)), stream.get()),
        "cuMemcpyDtoHAsync", "the logits"));
  SENNIT_RETURN_IF_ERROR(
      gpu->check(gpu->api().streamSynchronize(stream.get()), "cuStreamSynchronize", "the logits"));
  windowBegin = first;
  return {};
}

StatusOr<std::span<const float>> DeviceRunner::logits(int32_t index) {
  if (windowBegin < 0 || index < windowBegin || index >= windowBegin + windowRows) {
    const Device::Use use(*gpu);
    SENNIT_RETURN_IF_ERROR(use.status());
    SENNIT_RETURN_IF_ERROR(fetchLogits(index));
  }
  const uint32_t vocab = package.root().model()->vocab_size();
  return std::span(static_cast<const float *>(logitsMemory.get()) + size_t(index - windowBegin) * vocab,
                   vocab);
}

} // namespace sennit::cuda
