// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/device/cuda/DeviceSampler.h"

#include <algorithm>

namespace sennit::cuda {

namespace {

constexpr std::string_view names[] = {"sample_slices", "sample_weigh", "sample_refine", "sample_pick"};

/// Recent ids that there is room for beside the usual ones.
constexpr size_t spareRecent = 4096;

/// Rows that nodes are made for. Few different numbers, so that steps of one bucket share few graphs: blocks
/// of rows that are not wanted end at once.
uint32_t roundRows(size_t draws, uint32_t bucketRows) {
  size_t rows = 1;
  while (rows < draws)
    rows *= 4;
  return uint32_t(std::min<size_t>(rows, std::max<size_t>(draws, bucketRows)));
}

} // namespace

size_t DeviceSampler::recentRoom(uint32_t rows) {
  return size_t(SamplingParams().repeatWindow) * rows + spareRecent;
}

DeviceSampler::DeviceSampler(const KernelCode &kernels, const schema::Model &model, uint32_t mostRows,
                             DeviceMemory &memory, uint64_t scratchBytes)
    : vocabSize(model.vocab_size()), mostRows(std::max(mostRows, 1u)) {
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
  rowsAtOnce = uint32_t(std::clamp<uint64_t>(scratchBytes / rowScratch, 1, this->mostRows));
  tablePart = memory.add("sampling: parameters", mostTableBytes());
  tokensPart = memory.add("sampling: tokens", 4 * uint64_t(this->mostRows));
  scratchPart = memory.add("sampling: scratch", rowScratch * rowsAtOnce);
}

Status DeviceSampler::reserve(const Device &device, const DeviceMemory &memory, void *hostTable) {
  if (!available())
    return {};
  this->hostTable = hostTable;
  table = memory.at(tablePart);
  tokensOnDevice = memory.at(tokensPart);
  scratch = memory.at(scratchPart);
  SENNIT_ASSIGN_OR_RETURN(tokenMemory, makePinned(device, memory.bytes(tokensPart), "drawn tokens"));
  return {};
}

std::optional<SampleShape> DeviceSampler::prepare(std::span<const TokenDraw> draws, uint32_t bucketRows) {
  if (!available())
    return std::nullopt;
  const SampleShape shape{roundRows(draws.size(), std::min(bucketRows, mostRows)),
                          std::all_of(draws.begin(), draws.end(),
                                      [](const TokenDraw &draw) { return draw.params->temperature == 0; })};
  auto *const rows = static_cast<DeviceSampleRow *>(hostTable);
  auto *const recent = reinterpret_cast<int32_t *>(rows + shape.rows);
  if (!fillSampleRows(vocabSize, draws, {rows, draws.size()}, {recent, recentRoom(shape.rows)}))
    return std::nullopt;
  return shape;
}

void DeviceSampler::append(const SampleShape &shape, const LogitsPlace &logits,
                           std::vector<StepNode> &nodes) const {
  if (shape.rows == 0)
    return;
  std::vector<uint32_t> after = endsOf(nodes);
  const auto add = [&](StepNode::Kind kind) -> StepNode & {
    const auto index = uint32_t(nodes.size());
    StepNode &node = nodes.emplace_back();
    node.kind = kind;
    node.command = noCommand;
    node.after = std::exchange(after, {index});
    return node;
  };
  LaunchArguments arguments;
  arguments.operands[0] = logits.base;
  arguments.operands[1] = table;
  arguments.operands[2] = table + sizeof(DeviceSampleRow) * uint64_t(shape.rows);
  arguments.operands[3] = tokensOnDevice;
  arguments.counts = logits.counts;
  arguments.scratch = scratch;
  arguments.domain = uint32_t(schema::RowDomain::Wanted);
  arguments.reserved[0] = vocabSize;
  arguments.reserved[1] = uint32_t(logits.rowBytes / sizeof(float));
  for (uint32_t begin = 0; begin < shape.rows; begin += rowsAtOnce) {
    arguments.rowBegin = begin;
    arguments.rowEnd = std::min(begin + rowsAtOnce, shape.rows);
    arguments.maxRows = arguments.rowEnd - begin;
    for (size_t i = 0; i < functionCount; ++i) {
      // The two in the middle have nothing to do for greedy rows.
      if (shape.greedy && i != 0 && i + 1 != functionCount)
        continue;
      StepNode &node = add(StepNode::Kind::Kernel);
      node.function = functions[i];
      node.blocks = functions[i]->tiles() * arguments.maxRows;
      node.arguments = arguments;
    }
  }
  StepNode &node = add(StepNode::Kind::Output);
  node.source = tokensOnDevice;
  node.host = tokenMemory.get();
  node.bytes = 4 * uint64_t(shape.rows);
}

} // namespace sennit::cuda
