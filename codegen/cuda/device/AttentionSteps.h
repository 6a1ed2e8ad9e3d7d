// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Steps of made-up sequences for the attention functions, and what attention comes to in double.
#pragma once

#define SENNIT_EMULATED
#include "codegen/cuda/device/attention_shape.cuh"
#include "codegen/cuda/device/launch.cuh"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace sennit::attention_testing {

/// A row of a sequence: its position counts over all segments.
struct TestRow {
  int sequence, position;
};

/// Sequences as lists of segment lengths, and the rows of a step, generated ones first.
struct TestStep {
  AttentionShape shape;
  std::vector<std::vector<int>> sequences;
  std::vector<TestRow> rows;
  int generated = 0;
  /// Values of this sequence's positions from this one on are infinite; -1: none.
  int infinite_from = -1;
};

struct NamedMemory {
  const void *begin;
  std::size_t bytes;
  const char *name;
};

/// The memory of a step: the same numbers for the same sequence, position, head and dimension whatever the
/// step; NaN in all positions that no segment holds, and in the padding.
class TestMemory {
public:
  explicit TestMemory(const TestStep &step);

  /// For rows [begin, end) of the domain.
  Launch launch(Domain domain, int begin = 0, int end = 1 << 30);
  /// All memory that a launch may touch.
  std::vector<NamedMemory> memory() const;
  /// The output of a row, [heads][head_dim]; NaN before a launch.
  std::vector<float> output(int row) const;
  void clearOutput();
  /// What attention of the row comes to, [heads][head_dim].
  std::vector<double> expected(int row) const;

private:
  double key(int sequence, int position, int head, int d) const;
  double value(int sequence, int position, int head, int d) const;
  float query(const TestRow &row, int head, int d) const;

  TestStep step;
  std::vector<int> counts, positions, rowSequence, sequenceSegments, segmentPages, segmentLength,
      segmentFirst, pages, rowBlocks;
  std::vector<float> queries, out;
  std::vector<uint8_t> keys, values, scratch;
  uint8_t *keyPool = nullptr, *valuePool = nullptr; ///< 256-byte aligned
};

} // namespace sennit::attention_testing
