// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// The functions of sample.cuh that work on slices of the vocabulary, a block of 128 threads on each.
#pragma once

#include "sample.cuh"

namespace sennit::sampling {

/// Calls f(row, slice, parameters) for this block's share of the rows' slices.
template <typename F>
SENNIT_DEVICE void for_each_slice(const SampleLaunch &sample, F f) {
  for (int item = block_index(); item < sample.rows.count() * sample.slices; item += block_count()) {
    const int row = sample.rows.begin + item / sample.slices;
    f(row, item % sample.slices, sample.row(row));
  }
}

struct SlicesMemory {
  ScanMemory<slice_threads> scan;
  float logits[slice_tokens];
};

SENNIT_DEVICE void slices_body(const Launch &launch) {
  SlicesMemory &memory = *reinterpret_cast<SlicesMemory *>(shared_memory());
  const SampleLaunch sample(launch);
  for_each_slice(sample, [&](int row, int slice, const SampleRow &p) {
    const SampleScratch scratch = sample.scratch(row);
    const float *logits = operand<const float>(launch, 0) + (long long)(row)*launch.reserved[1];
    const int first = slice * slice_tokens;
    const bool greedy = p.temperature == 0.0f;
    for (int i = thread_index(); i < slice_tokens; i += slice_threads)
      if (first + i < sample.vocabulary)
        memory.logits[i] = load_global(logits + first + i);
    if (p.penalty != 1.0f) {
      block_barrier();
      const int *recent = operand<const int>(launch, 2) + p.recent_first;
      for (int i = thread_index(); i < p.recent_count; i += slice_threads) {
        const int at = load_global(recent + i) - first;
        if (at >= 0 && at < slice_tokens) {
          const float logit = memory.logits[at];
          memory.logits[at] = logit > 0.0f ? logit / p.penalty : logit * p.penalty;
        }
      }
      block_barrier();
    }
    // Beside parameters that change logits, NaN counts as minus infinity.
    const unsigned no_number = greedy && p.penalty == 1.0f ? 0 : lowest_key;
    Units best = 0;
    for (int i = thread_index(); i < slice_tokens; i += slice_threads) {
      unsigned key = 0;
      if (first + i < sample.vocabulary) {
        key = key_of(memory.logits[i]);
        key = key ? key : no_number;
        const Units candidate = Units(key) << 32 | unsigned(~(first + i));
        best = candidate > best ? candidate : best;
      }
      if (!greedy)
        store_global(scratch.keys + first + i, key);
    }
    if (slice == 0 && !greedy) {
      for (int bin = thread_index(); bin < sample_bins; bin += slice_threads) {
        store_global(scratch.units + bin, Units(0));
        store_global(scratch.tokens + bin, 0u);
      }
      if (thread_index() == 0)
        store_global(scratch.listed, 0u);
    }
    best = maximum_block<slice_threads>(memory.scan, best);
    if (thread_index() == 0)
      store_global(scratch.largest + slice, best);
  });
}

/// Sums of a slice's units, in two words each: 21 low bits of 1024 tokens fit in 32 bits, and so do the high
/// ones.
struct WeighMemory {
  ScanMemory<slice_threads> scan;
  unsigned low[sample_bins], high[sample_bins], tokens[sample_bins];
};

/// The bin of a power from 0 to -42.
SENNIT_DEVICE int bin_of(double power) {
  return int(power * -double(bins_of_power));
}

SENNIT_DEVICE void weigh_body(const Launch &launch) {
  WeighMemory &memory = *reinterpret_cast<WeighMemory *>(shared_memory());
  const SampleLaunch sample(launch);
  for_each_slice(sample, [&](int row, int slice, const SampleRow &p) {
    if (p.temperature == 0.0f)
      return;
    const SampleScratch scratch = sample.scratch(row);
    for (int bin = thread_index(); bin < sample_bins; bin += slice_threads)
      memory.low[bin] = memory.high[bin] = memory.tokens[bin] = 0;
    const unsigned largest = unsigned(largest_of<slice_threads>(memory.scan, scratch, sample.slices) >> 32);
    const Scale scale(largest, p.temperature);
    for (int i = thread_index(); i < slice_tokens; i += slice_threads) {
      const unsigned key = load_global(scratch.keys + slice * slice_tokens + i);
      if (key <= lowest_key)
        continue;
      const double power = scale.power(logit_of(key));
      if (const Units units = likelihood_of(power)) {
        const int bin = bin_of(power);
        add_shared(memory.low + bin, unsigned(units) & 0x1fffffu);
        add_shared(memory.high + bin, unsigned(units >> 21));
        add_shared(memory.tokens + bin, 1u);
      }
    }
    block_barrier();
    for (int bin = thread_index(); bin < sample_bins; bin += slice_threads)
      if (memory.tokens[bin]) {
        add_global(scratch.units + bin, (Units(memory.high[bin]) << 21) + memory.low[bin]);
        add_global(scratch.tokens + bin, memory.tokens[bin]);
      }
    // The next row's bins are cleared by the threads that handed these on.
  });
}

SENNIT_DEVICE void refine_body(const Launch &launch) {
  BinMemory<slice_threads> &memory = *reinterpret_cast<BinMemory<slice_threads> *>(shared_memory());
  const SampleLaunch sample(launch);
  for_each_slice(sample, [&](int row, int slice, const SampleRow &p) {
    if (p.temperature == 0.0f)
      return;
    const SampleScratch scratch = sample.scratch(row);
    const unsigned largest = unsigned(largest_of<slice_threads>(memory.scan, scratch, sample.slices) >> 32);
    if (largest <= lowest_key)
      return;
    const Scale scale(largest, p.temperature);
    memory.load(scratch);
    const CutBins cut =
        find_bins<slice_threads>(memory.scan, memory.units, memory.tokens, p, sample.vocabulary);
    const Units least = share_of(p.min_p, greatest_likelihood);
    Units above = 0;
    for (int i = thread_index(); i < slice_tokens; i += slice_threads) {
      const int id = slice * slice_tokens + i;
      const unsigned key = load_global(scratch.keys + id);
      const double power = scale.power(logit_of(key));
      const Units units = key > lowest_key ? likelihood_of(power) : 0;
      const int bin = units ? bin_of(power) : sample_bins;
      above += bin < cut.lowest() && units >= least ? units : 0;
      // One lane makes room for the warp's tokens.
      const bool listed = units && cut.listed(bin);
      const unsigned all = ballot(listed);
      unsigned at = 0;
      if (lane_index() == 0 && all)
        at = add_global(scratch.listed, unsigned(count_bits(all)));
      at = shuffle(at, 0) + unsigned(count_bits(all & ((1u << lane_index()) - 1)));
      if (listed)
        store_global(scratch.list + at, unsigned(bin) << token_bits | unsigned(id));
    }
    above = sum_block<slice_threads>(memory.scan, above);
    if (thread_index() == 0)
      store_global(scratch.above + slice, above);
  });
}

} // namespace sennit::sampling
