// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Kernels of linears as the emitter writes them, for tests: one for each variant, with a norm as prologue and
// products or sums as epilogue. Operands: 0 rows f32 [T][K], 1 gains f32 [K], 2 and on weights, then results
// f32.
#pragma once

#include "launch.cuh"
#include "linear_few.cuh"
#include "linear_many.cuh"

namespace sennit {

/// y[section] = norm(x) w[section]^T: few rows. `columns` are the rows of each section's weight.
template <WeightFormat F, int K, int R, int Sections>
SENNIT_DEVICE void example_few(const Launch &launch, const LinearWeights<Sections, 1> &weights) {
  const Rows rows = rows_of(launch);
  const float *x = operand<const float>(launch, 0), *gains = operand<const float>(launch, 1);
  LinearFew<F, K, R, Sections> linear(weights);
  linear.start();
  linear.rows(rows.count(), [&](auto scope, int row) {
    const float *own = x + (long long)(rows.begin + row) * K;
    const auto at = [&](int column) { return load_global(own + column); };
    const float squares = scope.template reduce<SumSquares, K>(at);
    const float scale = rsqrt(squares / float(K) + 1e-5f);
    linear.encode(scope, row, [&](int column) { return at(column) * scale * load_global(gains + column); });
  });
  linear.run([&](int section, int column, int row, float value) {
    store_global(operand<float>(launch, 2 + Sections + section) +
                     (long long)(rows.begin + row) * weights.section_rows(section) + column,
                 value);
  });
}

/// y = silu(norm(x) gate^T) * (norm(x) up^T): few rows.
template <WeightFormat F, int K, int R>
SENNIT_DEVICE void example_few_gated(const Launch &launch, const LinearWeights<1, 2> &weights) {
  const Rows rows = rows_of(launch);
  const float *x = operand<const float>(launch, 0), *gains = operand<const float>(launch, 1);
  LinearFew<F, K, R, 1, 2> linear(weights);
  linear.start();
  linear.rows(rows.count(), [&](auto scope, int row) {
    const float *own = x + (long long)(rows.begin + row) * K;
    const auto at = [&](int column) { return load_global(own + column); };
    const float squares = scope.template reduce<SumSquares, K>(at);
    const float scale = rsqrt(squares / float(K) + 1e-5f);
    linear.encode(scope, row, [&](int column) { return at(column) * scale * load_global(gains + column); });
  });
  linear.run([&](int, int column, int row, float gate, float up) {
    store_global(operand<float>(launch, 4) + (long long)(rows.begin + row) * weights.rows[0] + column,
                 gate / (1.0f + exp(-gate)) * up);
  });
}

/// First function of the variants for many rows: the prologue of every row into scratch.
template <WeightFormat F, int K> SENNIT_DEVICE void example_encode(const Launch &launch) {
  constexpr OperandKind operand_kind = operand_of(F);
  const Rows rows = rows_of(launch);
  const float *x = operand<const float>(launch, 0), *gains = operand<const float>(launch, 1);
  const BlockRow scope{reinterpret_cast<float *>(shared_memory())};
  for (int row = block_index(); row < rows.count(); row += block_count()) {
    const float *own = x + (long long)(rows.begin + row) * K;
    const auto at = [&](int column) { return load_global(own + column); };
    const float squares = scope.template reduce<SumSquares, K>(at);
    const float scale = rsqrt(squares / float(K) + 1e-5f);
    encode_row<operand_kind, K>(scope, ScratchActivations<operand_kind, K>{launch.scratch}, row,
                                [&](int column) { return at(column) * scale * load_global(gains + column); });
  }
}

/// Second function: `Linear` is LinearStream or LinearMany with one weight.
template <typename Linear, int Sections>
SENNIT_DEVICE void example_multiply(const Launch &launch, const LinearWeights<Sections, 1> &weights) {
  const Rows rows = rows_of(launch);
  Linear::run(weights, typename Linear::Activations{launch.scratch}, rows.count(),
              [&](int section, int column, int row, float value) {
                store_global(operand<float>(launch, 2 + Sections + section) +
                                 (long long)(rows.begin + row) * weights.section_rows(section) + column,
                             value);
              });
}

/// Second function of two weights.
template <typename Linear>
SENNIT_DEVICE void example_multiply_gated(const Launch &launch, const LinearWeights<1, 2> &weights) {
  const Rows rows = rows_of(launch);
  Linear::run(weights, typename Linear::Activations{launch.scratch}, rows.count(),
              [&](int, int column, int row, float gate, float up) {
                store_global(operand<float>(launch, 4) + (long long)(rows.begin + row) * weights.rows[0] +
                                 column,
                             gate / (1.0f + exp(-gate)) * up);
              });
}

} // namespace sennit
