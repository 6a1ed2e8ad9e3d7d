// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// The functions of an attention kernel by hand, with the operands of a tile.kernel: queries [rows][heads *
// head_dim], the pools of keys and values, the tables of the step, the output. For the tests, and as a
// pattern.
#pragma once

#include "attention_generated.cuh"
#include "attention_prompt.cuh"

namespace sennit {

struct AttentionExample {
  StepKeys step;
  const float *queries;
  const void *keys, *values;
  float *out;
  SENNIT_MEMBER explicit AttentionExample(const Launch &launch)
      : step{operand<const int>(launch, 3), operand<const int>(launch, 10), operand<const int>(launch, 5),
             operand<const int>(launch, 6), operand<const int>(launch, 7),  operand<const int>(launch, 8),
             operand<const int>(launch, 9)},
        queries(operand<const float>(launch, 0)), keys(operand<const void>(launch, 1)),
        values(operand<const void>(launch, 2)), out(operand<float>(launch, 11)) {}
};

template <typename A>
SENNIT_DEVICE long long example_column(int row, int kv_head, int member, int d) {
  return (long long)(row) * (A::heads * A::head_dim) + (kv_head * A::group + member) * A::head_dim + d;
}

template <typename A>
SENNIT_DEVICE void example_partial(const Launch &launch) {
  const AttentionExample of(launch);
  attention_partial<A>(launch, of.step, of.keys, of.values, [&](int row, int kv_head, int member, int d) {
    return load_global(of.queries + example_column<A>(row, kv_head, member, d)) * 0.125f;
  });
}

template <typename A>
SENNIT_DEVICE void example_merge(const Launch &launch) {
  const AttentionExample of(launch);
  attention_merge<A>(launch, [&](int row, int kv_head, int member, int d, float value) {
    store_global(of.out + example_column<A>(row, kv_head, member, d), value);
  });
}

template <typename A>
SENNIT_DEVICE void example_prompt(const Launch &launch) {
  const AttentionExample of(launch);
  attention_prompt<A>(
      launch, of.step, of.keys, of.values,
      [&](int row, int kv_head, int member, int d) {
        return load_global(of.queries + example_column<A>(row, kv_head, member, d)) * 0.125f;
      },
      [&](int row, int kv_head, int member, int d, float value) {
        store_global(of.out + example_column<A>(row, kv_head, member, d), value);
      });
}

} // namespace sennit
