// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// The arithmetic of nn ops on plain tensors: f32 values, sums in f64 in ascending order. A row's result never
// depends on the other rows.
#pragma once

#include "interpreter/Datum.h"

namespace sennit::interpreter {

/// y = x W^T, without bias. `w` is [count][k]; fills columns [begin, begin + count) of `y`.
void linearColumns(const Tensor &x, const float *w, int64_t begin, int64_t count, Tensor &y);

/// Activation rows in the q8 form of a quantised kernel.
struct EncodedRows {
  explicit EncodedRows(const Tensor &x);
  int64_t k;
  std::vector<int16_t> quants; ///< [rows][k]
  std::vector<float> scales;   ///< [rows][k / 32]
  std::vector<int32_t> sums;   ///< [rows][k / 32]
};

/// As linearColumns, with the block formula of quantised kernels: exact integer sums per 32 elements, each
/// scaled in f32 by the activation's scale, then summed in f64 times the weight's scale (and minimum).
void quantisedColumns(const EncodedRows &x, const BlockRows &w, int64_t begin, int64_t count, Tensor &y);

Tensor rmsNorm(const Tensor &x, const float *weight, double eps);
Tensor layerNorm(const Tensor &x, const float *weight, const float *bias, double eps);
Tensor rope(const Tensor &x, const std::vector<int32_t> &positions, int64_t heads, int64_t headDim,
            llvm::ArrayRef<float> frequencies, float scale);
Tensor silu(const Tensor &x);
Tensor gelu(const Tensor &x, nn::GeluApproximation approximation);
Tensor softmax(const Tensor &x);
Tensor add(const Tensor &a, const Tensor &b);
Tensor multiply(const Tensor &a, const Tensor &b);
std::vector<int32_t> argmax(const Tensor &x);

/// What attention needs besides q: the heads' shape, the cache, and the range of keys by their place in the
/// sequence.
struct AttentionShape {
  int64_t heads;
  int64_t kvHeads;
  int64_t headDim;
  float scale;
  int64_t firstKey; ///< inclusive
  int64_t endKey;   ///< exclusive
};

/// Attention of row `row` at `position`: fills `out` (heads * headDim) and, when not null, `lse` (heads).
void attendRow(const AttentionShape &shape, const Cache &cache, const float *q, int64_t position, float *out,
               float *lse);

/// Merges two partial attentions; lse tensors are [rows][heads].
void mergeAttention(const Tensor &a, const Tensor &aLse, const Tensor &b, const Tensor &bLse, Tensor &out,
                    Tensor &lse);

} // namespace sennit::interpreter
