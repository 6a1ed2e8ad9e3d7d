// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "interpreter/WeightTable.h"

#include "interpreter/StoredFormat.h"

namespace sennit::interpreter {

Status WeightTable::readBytes(const WeightRef &weight, int64_t row) {
  rowBytes.resize(weight.type.getRowBytes());
  return source.readRow(weight.name, row, rowBytes);
}

Status WeightTable::readFloatRow(const WeightRef &weight, int64_t row, std::span<float> out) {
  SENNIT_RETURN_IF_ERROR(readBytes(weight, row));
  decodeRow(weight.type.getFormat(), rowBytes.data(), out);
  return {};
}

Status WeightTable::decodeFloats(const WeightRef &weight, int64_t begin, int64_t count,
                                 std::vector<float> &out) {
  int64_t k = weight.type.getK();
  out.resize(count * k);
  for (int64_t i = 0; i < count; ++i)
    SENNIT_RETURN_IF_ERROR(readFloatRow(weight, begin + i, std::span(out).subspan(i * k, k)));
  return {};
}

Status WeightTable::decodeQuants(const WeightRef &weight, int64_t begin, int64_t count, Scratch &out) {
  int64_t k = weight.type.getK(), blocks = k / blockSize;
  out.quants.resize(count * k);
  out.scales.resize(count * blocks);
  out.minima.resize(count * blocks);
  for (int64_t i = 0; i < count; ++i) {
    SENNIT_RETURN_IF_ERROR(readBytes(weight, begin + i));
    decodeBlocks(weight.type.getFormat(), rowBytes.data(), std::span(out.quants).subspan(i * k, k),
                 std::span(out.scales).subspan(i * blocks, blocks),
                 std::span(out.minima).subspan(i * blocks, blocks));
  }
  return {};
}

bool WeightTable::reserve(int64_t bytes) {
  if (bytes > freeBytes)
    return false;
  freeBytes -= bytes;
  return true;
}

StatusOr<const float *> WeightTable::floatRows(const WeightRef &weight, int64_t begin, int64_t count,
                                               Scratch &scratch) {
  int64_t rows = weight.type.getRows(), k = weight.type.getK();
  if (auto found = keptFloats.find(weight.name); found != keptFloats.end())
    return static_cast<const float *>(found->second.data() + begin * k);
  if (reserve(rows * k * static_cast<int64_t>(sizeof(float)))) {
    std::vector<float> all;
    SENNIT_RETURN_IF_ERROR(decodeFloats(weight, 0, rows, all));
    return static_cast<const float *>(keptFloats.emplace(weight.name, std::move(all)).first->second.data() +
                                      begin * k);
  }
  SENNIT_RETURN_IF_ERROR(decodeFloats(weight, begin, count, scratch.floats));
  return static_cast<const float *>(scratch.floats.data());
}

StatusOr<BlockRows> WeightTable::blockRows(const WeightRef &weight, int64_t begin, int64_t count,
                                           Scratch &scratch) {
  int64_t rows = weight.type.getRows(), k = weight.type.getK(), blocks = k / blockSize;
  auto found = keptBlocks.find(weight.name);
  if (found == keptBlocks.end() && reserve(rows * (2 * k + 8 * blocks))) {
    Scratch all;
    SENNIT_RETURN_IF_ERROR(decodeQuants(weight, 0, rows, all));
    found = keptBlocks.emplace(weight.name, std::move(all)).first;
  }
  if (found != keptBlocks.end()) {
    const Scratch &all = found->second;
    return BlockRows{all.quants.data() + begin * k, all.scales.data() + begin * blocks,
                     all.minima.data() + begin * blocks};
  }
  SENNIT_RETURN_IF_ERROR(decodeQuants(weight, begin, count, scratch));
  return BlockRows{scratch.quants.data(), scratch.scales.data(), scratch.minima.data()};
}

} // namespace sennit::interpreter
