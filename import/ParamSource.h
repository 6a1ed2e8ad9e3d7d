// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Where a parameter of the nn module lies in its checkpoint, and how its rows are read from there.
#pragma once

#include "import/Checkpoint.h"
#include "runtime/base/Status.h"

#include <cstdint>
#include <string>

namespace sennit {

/// A parameter: a weight of rows x k elements, or a vector (rows = 1, k = its length). It is a rectangle of
/// one stored tensor, seen through at most one rearrangement. Element (r, c) of the parameter is
///   stored (rowBegin + r, columnBegin + c), or
///   stored (columnBegin + c, rowBegin + r) where `transposed` (GPT-2 stores weights as [K, N]).
struct ParamSource {
  std::string name; ///< the name of the nn.param
  schema::Format format = schema::Format::F32;
  int64_t rows = 0;
  int64_t k = 0;
  bool vector = false; ///< a rank-1 parameter
  size_t tensor = 0;   ///< index into Checkpoint::tensors
  bool transposed = false;
  int64_t rowBegin = 0;
  int64_t columnBegin = 0;
  /// Nonzero: GGUF interleaved the halves of each of this many heads (rows, or the elements of a bias);
  /// reading puts row 2i + j of a head back at j * headDim / 2 + i. Then rowBegin and columnBegin are 0 and
  /// nothing is transposed.
  int64_t ropeHeads = 0;

  /// Bytes of one row as readRow writes it.
  int64_t rowBytes() const { return k / blockElements(format) * blockBytes(format); }
};

/// Checks that `source` lies inside its tensor and can be read row by row in its storage format.
Status checkSource(const Checkpoint &checkpoint, const ParamSource &source);

/// Writes row `row` of the parameter, rowBytes() bytes in storage format (block formats: the blocks as GGUF
/// stores them, scales first). `source` has passed checkSource; 0 <= row < rows. Thread-safe.
void readRow(const Checkpoint &checkpoint, const ParamSource &source, int64_t row, uint8_t *out);

} // namespace sennit
