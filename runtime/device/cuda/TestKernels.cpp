// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// The kernels of the made-up model (runtime/program/TestPackage.h) for a device, as CUDA text; built as a
// module of the emulated driver. Sums of small integers in f32 are exact in any order, so their logits are
// those of the plain reference, bit for bit.
#include "codegen/cuda/device/launch.cuh"
#include "codegen/cuda/device/utilities.cu"

namespace sennit {

namespace {

constexpr int heads = 2, head_dim = 20, inner = heads * head_dim, width = 2 * inner, vocab = 43;
constexpr int head_groups = (head_dim + 15) / 16;

/// Calls f(row, c) for c in [0, columns) and all rows of the launch, divided among all threads.
template <typename F>
SENNIT_DEVICE void for_each(const Launch &launch, int columns, F f) {
  const Rows rows = rows_of(launch);
  const int threads = 64, items = rows.count() * columns;
  for (int i = block_index() * threads + thread_index(); i < items; i += block_count() * threads)
    f(rows.begin + i / columns, i % columns);
}

SENNIT_DEVICE float head_weight(const float *head, int n, int k) {
  return load_global(head + (n / 16 * inner + k) * 16 + n % 16);
}

SENNIT_DEVICE int key_place(int slot, int head, int d) {
  return ((slot / 32 * heads + head) * 2 + slot % 32 / 16) * head_dim * 16 + d * 16 + slot % 16;
}
SENNIT_DEVICE int value_place(int slot, int head, int d) {
  return (((slot / 32 * heads + head) * head_groups + d / 16) * 32 + slot % 32) * 16 + d % 16;
}

SENNIT_DEVICE void attention(const Launch &launch, float factor) {
  const int *sequences = operand<const int>(launch, 0), *positions = operand<const int>(launch, 1),
            *segments = operand<const int>(launch, 2), *segment_pages = operand<const int>(launch, 3),
            *lengths = operand<const int>(launch, 4), *firsts = operand<const int>(launch, 5),
            *pages = operand<const int>(launch, 6);
  const float *keys = operand<const float>(launch, 7), *values = operand<const float>(launch, 8);
  float *o = operand<float>(launch, 9);
  for_each(launch, inner, [&](int m, int c) {
    const int sequence = load_global(sequences + m), position = load_global(positions + m);
    const int head = c / head_dim, d = c % head_dim;
    float sum = 0;
    for (int g = load_global(segments + sequence); g < load_global(segments + sequence + 1); ++g)
      for (int j = 0; j < load_global(lengths + g) && load_global(firsts + g) + j <= position; ++j) {
        const int slot = load_global(pages + load_global(segment_pages + g) + j / 32) * 32 + j % 32;
        sum += load_global(keys + key_place(slot, head, d)) * float(1 + (load_global(firsts + g) + j) % 5) +
               load_global(values + value_place(slot, head, d));
      }
    store_global(o + m * inner + c, factor * sum);
  });
}

} // namespace

/// tokens, positions, embedding, x
SENNIT_KERNEL(64, 2) embed(SENNIT_PARAMETER Launch launch) {
  const int *tokens = operand<const int>(launch, 0), *positions = operand<const int>(launch, 1);
  const float *table = operand<const float>(launch, 2);
  float *x = operand<float>(launch, 3);
  for_each(launch, width, [&](int m, int c) {
    const int token = load_global(tokens + m);
    store_global(x + m * width + c, load_global(table + (token / 16 * width + c) * 16 + token % 16) +
                                        float(load_global(positions + m) % 3));
  });
}

/// x, row slots, keys, values
SENNIT_KERNEL(64, 2) cache_store(SENNIT_PARAMETER Launch launch) {
  const float *x = operand<const float>(launch, 0);
  const int *slots = operand<const int>(launch, 1);
  float *keys = operand<float>(launch, 2), *values = operand<float>(launch, 3);
  for_each(launch, inner, [&](int m, int c) {
    const int slot = load_global(slots + m);
    store_global(keys + key_place(slot, c / head_dim, c % head_dim), load_global(x + m * width + c));
    store_global(values + value_place(slot, c / head_dim, c % head_dim),
                 load_global(x + m * width + inner + c));
  });
}

SENNIT_KERNEL(64, 2) attention_generated(SENNIT_PARAMETER Launch launch) {
  attention(launch, 1.0f);
}
SENNIT_KERNEL(64, 2) attention_prompt(SENNIT_PARAMETER Launch launch) {
  attention(launch, 2.0f);
}

/// o, wanted, head, logits; a row at a time, through shared memory
SENNIT_KERNEL(64, 2) head_few(SENNIT_PARAMETER Launch launch) {
  const float *o = operand<const float>(launch, 0), *head = operand<const float>(launch, 2);
  const int *wanted = operand<const int>(launch, 1);
  float *logits = operand<float>(launch, 3), *row = reinterpret_cast<float *>(shared_memory());
  const Rows rows = rows_of(launch);
  for (int m = rows.begin + block_index(); m < rows.end; m += block_count()) {
    for (int k = thread_index(); k < inner; k += 64)
      row[k] = load_global(o + load_global(wanted + m) * inner + k);
    block_barrier();
    for (int n = thread_index(); n < vocab; n += 64) {
      float sum = 0;
      for (int k = 0; k < inner; ++k)
        sum += row[k] * head_weight(head, n, k);
      store_global(logits + m * vocab + n, sum);
    }
    block_barrier();
  }
}

/// The wanted rows one behind another in scratch, then their products.
SENNIT_KERNEL(64, 2) head_gather(SENNIT_PARAMETER Launch launch) {
  const float *o = operand<const float>(launch, 0);
  const int *wanted = operand<const int>(launch, 1);
  float *gathered = reinterpret_cast<float *>(launch.scratch);
  const int first = rows_of(launch).begin;
  for_each(launch, inner, [&](int m, int c) {
    store_global(gathered + (m - first) * inner + c, load_global(o + load_global(wanted + m) * inner + c));
  });
}
SENNIT_KERNEL(64, 2) head_multiply(SENNIT_PARAMETER Launch launch) {
  const float *gathered = reinterpret_cast<const float *>(launch.scratch),
              *head = operand<const float>(launch, 2);
  float *logits = operand<float>(launch, 3);
  const int first = rows_of(launch).begin;
  for_each(launch, vocab, [&](int m, int n) {
    float sum = 0;
    for (int k = 0; k < inner; ++k)
      sum += load_global(gathered + (m - first) * inner + k) * head_weight(head, n, k);
    store_global(logits + m * vocab + n, sum);
  });
}

} // namespace sennit
