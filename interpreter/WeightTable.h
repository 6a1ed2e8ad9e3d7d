// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "dialects/nn/Nn.h"
#include "interpreter/WeightSource.h"
#include "runtime/base/StatusOr.h"

#include <map>
#include <string>
#include <vector>

namespace sennit::interpreter {

/// A parameter as the interpreter passes it around: its name and type, no elements.
struct WeightRef {
  std::string name;
  nn::WeightType type;
};

/// Rows of a block-quantised matrix as integers and scales. Borrowed from the table or from the caller's
/// scratch.
struct BlockRows {
  const int16_t *quants; ///< [rows][k]
  const float *scales;   ///< [rows][k / 32]
  const float *minima;   ///< [rows][k / 32]
};

/// Decodes parameters from a source and keeps what fits in a limit, so that a second use costs nothing.
/// Borrows the source; single thread.
class WeightTable {
public:
  WeightTable(WeightSource &source, int64_t limitBytes) : source(source), freeBytes(limitBytes) {}

  struct Scratch {
    std::vector<float> floats, scales, minima;
    std::vector<int16_t> quants;
  };

  /// Rows [begin, begin + count) as floats, [count][k]; valid until the scratch is used again.
  StatusOr<const float *> floatRows(const WeightRef &weight, int64_t begin, int64_t count, Scratch &scratch);
  /// The same as integers and scales; the weight is block-quantised.
  StatusOr<BlockRows> blockRows(const WeightRef &weight, int64_t begin, int64_t count, Scratch &scratch);
  /// One row as floats, never kept: an embedding touches few rows of a large table.
  Status readFloatRow(const WeightRef &weight, int64_t row, std::span<float> out);

private:
  Status readBytes(const WeightRef &weight, int64_t row);
  Status decodeFloats(const WeightRef &weight, int64_t begin, int64_t count, std::vector<float> &out);
  Status decodeQuants(const WeightRef &weight, int64_t begin, int64_t count, Scratch &out);
  /// Whether a parameter of this size may be kept; takes the bytes when it may.
  bool reserve(int64_t bytes);

  WeightSource &source;
  int64_t freeBytes;
  std::vector<uint8_t> rowBytes; ///< one stored row
  std::map<std::string, std::vector<float>, std::less<>> keptFloats;
  std::map<std::string, Scratch, std::less<>> keptBlocks;
};

} // namespace sennit::interpreter
