// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// The values that the interpreter computes with. Tensors are immutable once made and shared between the ops
// that read them; single thread.
#pragma once

#include "interpreter/WeightTable.h"

#include <cstdint>
#include <memory>
#include <variant>
#include <vector>

namespace sennit::interpreter {

/// An activation, row-major.
struct Tensor {
  int64_t rows = 0;
  int64_t columns = 0;
  std::vector<float> data; ///< [rows][columns]

  Tensor() = default;
  Tensor(int64_t rows, int64_t columns) : rows(rows), columns(columns), data(rows * columns) {}
  float *row(int64_t i) { return data.data() + i * columns; }
  const float *row(int64_t i) const { return data.data() + i * columns; }
};

/// The keys and values of one layer and one sequence.
struct CacheData {
  std::vector<float> keys;   ///< [positions][kv_heads * head_dim]
  std::vector<float> values; ///< [positions][kv_heads * head_dim]
};

/// A cache value: the first `length` positions of the data. Appending extends the data in place when the
/// value covers all of it, and copies otherwise, so earlier values keep their meaning.
struct Cache {
  std::shared_ptr<CacheData> data = std::make_shared<CacheData>();
  int64_t length = 0;
};

/// The structure of a step over one sequence: rows [0, generatedRows) are generated, the others prompt; row i
/// stands at place start + i of the sequence.
struct Batch {
  int64_t start = 0;
  int64_t rows = 0;
  int64_t generatedRows = 0;
};

using TensorPtr = std::shared_ptr<const Tensor>;
using IndicesPtr = std::shared_ptr<const std::vector<int32_t>>;
using Datum = std::variant<TensorPtr, IndicesPtr, WeightRef, Cache, Batch>;

} // namespace sennit::interpreter
