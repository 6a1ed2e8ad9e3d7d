// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "runtime/base/Phases.h"
#include "runtime/device/cuda/DeviceMemory.h"
#include "runtime/device/cuda/DeviceSampler.h"
#include "runtime/device/cuda/KernelCode.h"
#include "runtime/device/cuda/StepGraph.h"
#include "runtime/device/cuda/StepPlan.h"
#include "runtime/program/Load.h"
#include "runtime/program/StepRunner.h"
#include "runtime/sequence/CacheLayout.h"

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <utility>
#include <vector>

namespace sennit::cuda {

struct RunnerOptions {
  int ordinal = 0;   ///< of the GPU
  int threads = 1;   ///< that read weights while they are uploaded
  int32_t pages = 0; ///< of the KV cache; 0: as many as one step can name, or as many as there is memory for
  Overlap overlap = Overlap::Planned;
  bool checkKernels = false; ///< run kernels one at a time, so that an error names its kernel
  const std::atomic<bool> *interrupt = nullptr;                    ///< ends the upload; may be null
  std::function<void(uint64_t done, uint64_t all)> uploadProgress; ///< bytes of weights
};

/// Runs the steps of a package on a GPU. Holds weights, KV cache and activations there in one allocation, and
/// graphs for each bucket, with and without the drawing of tokens, made when they are first used.
/// Thread-compatible.
class DeviceRunner final : public StepRunner {
public:
  /// `package` is borrowed. Errors: no driver, no such device, no code for it, not enough memory.
  static StatusOr<std::unique_ptr<DeviceRunner>> create(const Package &package, const RunnerOptions &options);
  ~DeviceRunner() override;

  std::string device() const override { return gpu->name(); }
  uint32_t programFor(const StepRows &rows) const override;
  Status run(const StepRows &rows) override;
  StatusOr<bool> runAndSample(const StepRows &rows, std::span<const TokenDraw> draws,
                              std::span<int32_t> tokens) override;
  StatusOr<std::span<const float>> logits(int32_t index) override;
  void setRecorder(StepRecorder *listener) override { recorder = listener; }
  void copyPage(int32_t from, int32_t to) override { copies.emplace_back(from, to); }

  /// Where the StepInput of a step must be: pinned memory of the layout's bytes.
  int32_t *stepMemory() const { return static_cast<int32_t *>(inputMemory.get()); }
  /// Whose rows and fields recorders are told of; borrowed. Before the first run.
  void setInput(const StepInput &input) { stepInput = &input; }

  int32_t pages() const { return pageCount; }
  const std::vector<Phase> &phases() const { return making.phases(); }

private:
  explicit DeviceRunner(const Package &package)
      : package(package), layout(CacheLayout::of(*package.root().cache())) {}
  Status makeMemory(const RunnerOptions &options);
  StepShape shapeOf(uint32_t bucket) const;
  /// The nodes of a step, and behind them those that draw.
  StatusOr<std::vector<StepNode>> nodesOf(uint32_t bucket, const SampleShape &sampled) const;
  StatusOr<const StepGraph *> graphFor(uint32_t bucket, const SampleShape &sampled, bool timed);
  /// The StepInput, and the sampler's table behind it.
  InputCopy inputCopy(const SampleShape &sampled) const;
  Status copyPages();
  /// Runs a step of a bucket and waits for it.
  Status runStep(const StepRows &rows, uint32_t bucket, const SampleShape &sampled);
  Status fetchLogits(int32_t first);
  Status record(const StepGraph &graph);

  PhaseClock making;
  const Package &package;
  const CacheLayout layout;
  const schema::Entry *entry = nullptr;
  uint32_t mostWanted = 0;
  int32_t pageCount = 0;
  Overlap overlap = Overlap::Planned;
  bool checkKernels = false;
  // What follows is given back in the opposite order.
  std::unique_ptr<Device> gpu;
  KernelCode kernels;
  std::unique_ptr<DeviceMemory> memory;
  Places places;
  OwnedHostMemory inputMemory;  ///< as on the device: the StepInput, the sampler's table behind it
  OwnedHostMemory logitsMemory; ///< [windowRows][vocab_size] f32
  DeviceSampler sampler;
  OwnedStream stream;
  struct GraphKey {
    uint32_t bucket;
    SampleShape sampled;
    bool timed;
    auto operator<=>(const GraphKey &) const = default;
  };
  std::map<GraphKey, StepGraph> graphs; ///< that were needed so far

  std::vector<std::pair<int32_t, int32_t>> copies; ///< of pages, for the next step to do first
  StepRecorder *recorder = nullptr;
  const StepInput *stepInput = nullptr;
  uint32_t lastProgram = 0;
  int32_t lastWanted = 0;                   ///< wanted rows of the last run
  int32_t windowRows = 0, windowBegin = -1; ///< rows of logits on the host from windowBegin on; -1: none
};

} // namespace sennit::cuda
