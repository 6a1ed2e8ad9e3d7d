// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Attention of prompt rows: any mix of sequences and segments among them.
#pragma once

#include "attention_prompt_f16.cuh"
#include "attention_prompt_f32.cuh"

namespace sennit {

/// Attention of the launch's rows. A: Attention<...>; keys, values: the pools of the layer. q(row, kv_head, member, d)
/// is the query of dimension d for head `member` of the group, scaled as the scores are to be; store(row, kv_head,
/// member, d, value) gets the output. A row without a key gives 0 / 0. Any grid; attention_threads threads; shared
/// memory: shape.prompt_shared_bytes().
template <typename A, typename Q, typename Store>
SENNIT_DEVICE void attention_prompt(const Launch &launch, const StepKeys &step, const void *keys, const void *values,
                                    Q q, Store store) {
  if constexpr (A::f32)
    attention_prompt_f32<A>(launch, step, keys, values, q, store);
  else
    attention_prompt_f16<A>(launch, step, keys, values, q, store);
}

} // namespace sennit
