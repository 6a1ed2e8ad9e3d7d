// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "codegen/cuda/device/AttentionSteps.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace sennit::attention_testing {

namespace {

/// A number in [-1, 1] from a hash of where it stands, representable in f16.
float noise(uint32_t kind, uint32_t a, uint32_t b, uint32_t c, uint32_t d) {
  uint32_t h = kind * 0x9e3779b9u;
  for (uint32_t part : {a, b, c, d}) {
    h = (h ^ part) * 0x85ebca6bu;
    h ^= h >> 15;
  }
  h *= 0xc2b2ae35u;
  h ^= h >> 16;
  return float(int(h & 2047) - 1024) / 1024.0f;
}

uint8_t *aligned(std::vector<uint8_t> &bytes, size_t size) {
  bytes.assign(size + 256, 0xff); // NaN in either format
  return bytes.data() + (256 - reinterpret_cast<uintptr_t>(bytes.data()) % 256) % 256;
}

void put(uint8_t *pool, int elementBytes, int64_t index, double value) {
  if (elementBytes == 4) {
    const float f = float(value);
    std::memcpy(pool + index * 4, &f, 4);
  } else {
    const _Float16 f = _Float16(value);
    std::memcpy(pool + index * 2, &f, 2);
  }
}

/// Where keys and values stand, as runtime/sequence/CacheLayout.h says.
int64_t keyElement(const AttentionShape &shape, int64_t slot, int head, int d) {
  const int64_t page = slot / 32, part = slot % 32 / 16;
  return (((page * shape.kv_heads + head) * 2 + part) * shape.head_dim + d) * 16 + slot % 16;
}
int64_t valueElement(const AttentionShape &shape, int64_t slot, int head, int d) {
  const int64_t page = slot / 32;
  return (((page * shape.kv_heads + head) * shape.groups() + d / 16) * 32 + slot % 32) * 16 + d % 16;
}

} // namespace

double TestMemory::key(int sequence, int position, int head, int d) const {
  return 3 * noise(1, uint32_t(sequence), uint32_t(position), uint32_t(head), uint32_t(d));
}
double TestMemory::value(int sequence, int position, int head, int d) const {
  if (step.infinite_from >= 0 && position >= step.infinite_from)
    return std::numeric_limits<double>::infinity();
  return noise(2, uint32_t(sequence), uint32_t(position), uint32_t(head), uint32_t(d));
}
float TestMemory::query(const TestRow &row, int head, int d) const {
  return 16 / std::sqrt(float(step.shape.head_dim)) *
         noise(3, uint32_t(row.sequence), uint32_t(row.position), uint32_t(head), uint32_t(d));
}

TestMemory::TestMemory(const TestStep &of) : step(of) {
  const AttentionShape &shape = step.shape;
  int pageCount = 0;
  for (const std::vector<int> &segments : step.sequences) {
    sequenceSegments.push_back(int(segmentLength.size()));
    int first = 0;
    for (int length : segments) {
      segmentPages.push_back(pageCount);
      segmentLength.push_back(length);
      segmentFirst.push_back(first);
      first += length;
      pageCount += (length + 31) / 32;
    }
  }
  sequenceSegments.push_back(int(segmentLength.size()));
  segmentPages.push_back(pageCount);
  // Pages in no order, and one more than there are.
  pages.resize(size_t(pageCount));
  for (int i = 0; i < pageCount; ++i)
    pages[size_t(i)] = pageCount - i;
  for (int i = pageCount - 1; i > 0; --i)
    std::swap(pages[size_t(i)], pages[size_t(i * 7 + 3) % size_t(i + 1)]);
  keyPool = aligned(keys, size_t(shape.key_page_bytes()) * size_t(pageCount + 1));
  valuePool = aligned(values, size_t(shape.value_page_bytes()) * size_t(pageCount + 1));
  for (size_t s = 0; s < step.sequences.size(); ++s)
    for (int g = sequenceSegments[s]; g < sequenceSegments[s + 1]; ++g)
      for (int p = 0; p < segmentLength[size_t(g)]; ++p)
        for (int head = 0; head < shape.kv_heads; ++head)
          for (int d = 0; d < shape.head_dim; ++d) {
            const int64_t slot = int64_t(pages[size_t(segmentPages[size_t(g)] + p / 32)]) * 32 + p % 32;
            const int position = segmentFirst[size_t(g)] + p;
            put(keyPool, shape.element_bytes, keyElement(shape, slot, head, d),
                key(int(s), position, head, d));
            put(valuePool, shape.element_bytes, valueElement(shape, slot, head, d),
                value(int(s), position, head, d));
          }
  int blocks = 0;
  for (const TestRow &row : step.rows) {
    rowSequence.push_back(row.sequence);
    positions.push_back(row.position);
    for (int head = 0; head < shape.heads(); ++head)
      for (int d = 0; d < shape.head_dim; ++d)
        queries.push_back(query(row, head, d));
    if (int(rowBlocks.size()) < step.generated) {
      rowBlocks.push_back(blocks);
      const int last = sequenceSegments[size_t(row.sequence) + 1] - 1;
      for (int g = sequenceSegments[size_t(row.sequence)]; g <= last; ++g)
        blocks +=
            ((g == last ? row.position - segmentFirst[size_t(g)] + 1 : segmentLength[size_t(g)]) + 255) / 256;
    }
  }
  rowBlocks.push_back(blocks);
  counts = {int(step.rows.size()), step.generated, int(step.sequences.size()), 0, 0, 0, 0, 0};
  scratch.assign(size_t(shape.scratch_bytes(blocks)), 0xff);
  clearOutput();
}

void TestMemory::clearOutput() {
  out.assign(queries.size(), std::numeric_limits<float>::quiet_NaN());
}

Launch TestMemory::launch(Domain domain, int begin, int end) {
  Launch launch{};
  const void *operands[] = {queries.data(),
                            keyPool,
                            valuePool,
                            rowSequence.data(),
                            nullptr,
                            sequenceSegments.data(),
                            segmentPages.data(),
                            segmentLength.data(),
                            segmentFirst.data(),
                            pages.data(),
                            positions.data(),
                            out.data()};
  for (size_t i = 0; i < std::size(operands); ++i)
    launch.operands[i] = const_cast<void *>(operands[i]);
  launch.counts = counts.data();
  launch.row_blocks = rowBlocks.data();
  launch.scratch = scratch.data();
  launch.domain = unsigned(domain);
  launch.row_begin = unsigned(begin);
  launch.row_end = unsigned(end);
  launch.max_rows = unsigned(step.rows.size());
  return launch;
}

std::vector<NamedMemory> TestMemory::memory() const {
  std::vector<NamedMemory> all;
  const auto add = [&](const void *begin, size_t bytes, const char *name) {
    if (bytes > 0)
      all.push_back({begin, bytes, name});
  };
  const auto addTable = [&](const auto &table, const char *name) {
    add(table.data(), table.size() * sizeof table[0], name);
  };
  add(keyPool, keys.size() - 256, "keys");
  add(valuePool, values.size() - 256, "values");
  addTable(counts, "counts");
  addTable(positions, "positions");
  addTable(rowSequence, "row_sequence");
  addTable(sequenceSegments, "sequence_segments");
  addTable(segmentPages, "segment_pages");
  addTable(segmentLength, "segment_length");
  addTable(segmentFirst, "segment_first");
  addTable(pages, "pages");
  addTable(rowBlocks, "row_blocks");
  addTable(queries, "queries");
  addTable(out, "out");
  addTable(scratch, "scratch");
  return all;
}

std::vector<float> TestMemory::output(int row) const {
  const auto width = std::ptrdiff_t(step.shape.heads()) * step.shape.head_dim;
  return {out.begin() + row * width, out.begin() + (row + 1) * width};
}

std::vector<double> TestMemory::expected(int index) const {
  const AttentionShape &shape = step.shape;
  const TestRow &row = step.rows[size_t(index)];
  std::vector<double> result;
  const int last = sequenceSegments[size_t(row.sequence) + 1] - 1;
  std::vector<int> attended;
  for (int g = sequenceSegments[size_t(row.sequence)]; g <= last; ++g)
    for (int p = 0; p < segmentLength[size_t(g)]; ++p)
      if (g != last || p < row.position - segmentFirst[size_t(g)] + 1)
        attended.push_back(segmentFirst[size_t(g)] + p);
  for (int head = 0; head < shape.heads(); ++head) {
    const int of = head / shape.group;
    std::vector<double> scores;
    for (int p : attended) {
      double score = 0;
      for (int d = 0; d < shape.head_dim; ++d)
        score += double(query(row, head, d)) * 0.125 * key(row.sequence, p, of, d);
      scores.push_back(score);
    }
    const double largest = *std::max_element(scores.begin(), scores.end());
    double total = 0;
    std::vector<double> sums(size_t(shape.head_dim), 0.0);
    for (size_t i = 0; i < attended.size(); ++i) {
      const double weight = std::exp(scores[i] - largest);
      total += weight;
      for (int d = 0; d < shape.head_dim; ++d)
        sums[size_t(d)] += weight * value(row.sequence, attended[i], of, d);
    }
    for (double sum : sums)
      result.push_back(sum / total);
  }
  return result;
}

} // namespace sennit::attention_testing
