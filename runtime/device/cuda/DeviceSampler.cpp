// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/device/cuda/DeviceSampler.h"

#include "runtime/device/cuda/LaunchAbi.h"
#include "runtime/sampling/DeviceSampling.h"

#include <algorithm>
#include <string>

namespace sennit::cuda {

namespace {

constexpr std::string_view names[] = {"sample_slices", "sample_weigh", "sample_refine", "sample_pick"};

/// Recent ids that there is room for beside the usual ones.
constexpr size_t spareRecent = 4096;

} // namespace

DeviceSampler::DeviceSampler(const KernelCode &kernels, const schema::Model &model, uint32_t mostRows,
                             DeviceMemory &memory, uint64_t scratchBytes)
    : kernels(&kernels), vocabSize(model.vocab_size()) {
  for (size_t i = 0; i < functionCount; ++i) {
    for (const schema::DeviceFunction *function : *kernels.tables().utilities())
      if (function->entry()->string_view() == names[i])
        functions[i] = function;
    if (!functions[i]) {
      functions = {};
      return;
    }
  }
  const auto rowScratch = uint64_t(sampleScratchBytes(vocabSize));
  rowsAtOnce = uint32_t(std::clamp<uint64_t>(scratchBytes / rowScratch, 1, std::max(mostRows, 1u)));
  mostRecent = size_t(SamplingParams().repeatWindow) * mostRows + spareRecent;
  tablePart = memory.add("sampling: parameters", sizeof(DeviceSampleRow) * mostRows + 4 * mostRecent);
  tokensPart = memory.add("sampling: tokens", 4 * uint64_t(mostRows));
  scratchPart = memory.add("sampling: scratch", rowScratch * rowsAtOnce);
}

Status DeviceSampler::reserve(const Device &device, const DeviceMemory &memory) {
  if (!available())
    return {};
  table = memory.at(tablePart);
  tokensOnDevice = memory.at(tokensPart);
  scratch = memory.at(scratchPart);
  SENNIT_ASSIGN_OR_RETURN(tableMemory,
                          makePinned(device, memory.bytes(tablePart), "the parameters of sampling"));
  SENNIT_ASSIGN_OR_RETURN(tokenMemory, makePinned(device, memory.bytes(tokensPart), "drawn tokens"));
  return {};
}

StatusOr<bool> DeviceSampler::start(const Device &device, Stream stream, const LogitsPlace &logits,
                                    std::span<const TokenDraw> draws) {
  rowsStarted = 0;
  auto *const rows = static_cast<DeviceSampleRow *>(tableMemory.get());
  auto *const recent = reinterpret_cast<int32_t *>(rows + draws.size());
  const std::optional<size_t> ids =
      fillSampleRows(vocabSize, draws, {rows, draws.size()}, {recent, mostRecent});
  if (!ids)
    return false;
  if (draws.empty())
    return true;
  const DriverApi &api = device.api();
  const size_t tableBytes = sizeof(DeviceSampleRow) * draws.size();
  SENNIT_RETURN_IF_ERROR(
      device.check(api.memcpyHtoDAsync(table, tableMemory.get(), tableBytes + 4 * *ids, stream),
                   "cuMemcpyHtoDAsync", "the parameters of sampling"));
  const bool greedy = std::all_of(draws.begin(), draws.end(),
                                  [](const TokenDraw &draw) { return draw.params->temperature == 0; });
  LaunchArguments arguments;
  arguments.operands[0] = logits.base;
  arguments.operands[1] = table;
  arguments.operands[2] = table + tableBytes;
  arguments.operands[3] = tokensOnDevice;
  arguments.counts = logits.counts;
  arguments.scratch = scratch;
  arguments.domain = uint32_t(schema::RowDomain::Wanted);
  arguments.reserved[0] = vocabSize;
  arguments.reserved[1] = uint32_t(logits.rowBytes / sizeof(float));
  void *parameters[] = {&arguments}; // copied by the driver
  for (uint32_t begin = 0; begin < draws.size(); begin += rowsAtOnce) {
    arguments.rowBegin = begin;
    arguments.rowEnd = uint32_t(std::min<size_t>(begin + rowsAtOnce, draws.size()));
    arguments.maxRows = arguments.rowEnd - begin;
    for (size_t i = 0; i < functionCount; ++i) {
      // The two in the middle have nothing to do for greedy rows.
      if (greedy && i != 0 && i + 1 != functionCount)
        continue;
      const schema::DeviceFunction &function = *functions[i];
      SENNIT_RETURN_IF_ERROR(device.check(
          api.launchKernel(kernels->function(names[i]), function.tiles() * arguments.maxRows, 1, 1,
                           function.threads(), 1, 1, function.shared_bytes(), stream, parameters, nullptr),
          "cuLaunchKernel", std::string("kernel ") + std::string(names[i])));
    }
  }
  SENNIT_RETURN_IF_ERROR(
      device.check(api.memcpyDtoHAsync(tokenMemory.get(), tokensOnDevice, 4 * draws.size(), stream),
                   "cuMemcpyDtoHAsync", "drawn tokens"));
  rowsStarted = draws.size();
  return true;
}

} // namespace sennit::cuda
