// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Draws tokens from logits as runtime/sampling/Sampler.h does: the same token for the same logits,
// parameters, recent ids and position. Four functions, one after another. The vocabulary is cut into slices
// of 1024 tokens, one block each:
//   sample_slices  applies the penalty, turns logits into keys that order as they do, finds each slice's
//   largest sample_weigh   counts tokens and likelihoods by bins of a sixteenth of a power of two below the
//   largest sample_refine  lists the tokens of the bins in which top-k and top-p may cut; sums up what lies
//   above them sample_pick    one block for a row: finds the cuts in the list, then the slice and the token
//   that are drawn
// Greedy rows need the first and the last function only, the others pass them by.
//
// Operands: 0 logits, f32 [W][row stride]; 1 SampleRow [W]; 2 recent ids, i32; 3 the drawn ids, i32 [W].
// Launch.reserved: 0 the size of the vocabulary, at most 2^21; 1 the row stride in floats. Domain Wanted;
// `scratch` has sample_scratch_bytes(vocabulary) for each row in [row_begin, row_end), so the runtime limits
// them, and launches the functions again for further rows.
#pragma once

#include "launch.cuh"
#include "scan.cuh"

namespace sennit::sampling {

/// How a row's token is drawn; fields as in SamplingParams. runtime/sampling/DeviceSampling.h has the same
/// layout.
struct SampleRow {
  Units seed, position;
  float temperature, top_p, min_p, penalty;
  int top_k;
  int recent_first, recent_count; ///< in the list of recent ids; each id once, all within the vocabulary
  int reserved;
};
static_assert(sizeof(SampleRow) == 48, "as in runtime/sampling/DeviceSampling.h");

constexpr int slice_tokens = 1024, slice_threads = 128, pick_threads = 256;
constexpr int token_bits = 21;
constexpr int bins_of_power = 16, sample_bins = likelihood_bits * bins_of_power + 1;

SENNIT_DEVICE constexpr int slices_of(int vocabulary) {
  return (vocabulary + slice_tokens - 1) / slice_tokens;
}
/// Keys and the list, then 16 bytes for each slice, then the bins and the length of the list.
SENNIT_DEVICE constexpr long long sample_scratch_bytes(int vocabulary) {
  return (long long)(slices_of(vocabulary)) * (slice_tokens * 8 + 16) +
         (sample_bins * 12 + 4 + 255) / 256 * 256;
}

/// One row's part of the scratch memory.
struct SampleScratch {
  unsigned *keys;   ///< [slices x 1024], 0 behind the vocabulary
  unsigned *list;   ///< [slices x 1024]: bin << 21 | id, in any order
  Units *largest;   ///< [slices]: key << 32 | ~id of the first of the largest
  Units *above;     ///< [slices]: units of tokens that no cut concerns
  Units *units;     ///< [bins]
  unsigned *tokens; ///< [bins]
  unsigned *listed; ///< length of the list
};

struct SampleLaunch {
  const Launch &launch;
  Rows rows;
  int vocabulary, slices;

  SENNIT_MEMBER explicit SampleLaunch(const Launch &launch)
      : launch(launch), rows(rows_of(launch)), vocabulary(int(launch.reserved[0])),
        slices(slices_of(vocabulary)) {}
  SENNIT_MEMBER SampleScratch scratch(int row) const {
    unsigned char *base = launch.scratch + (row - rows.begin) * sample_scratch_bytes(vocabulary);
    SampleScratch s;
    s.keys = reinterpret_cast<unsigned *>(base);
    s.list = s.keys + slices * slice_tokens;
    s.largest = reinterpret_cast<Units *>(s.list + slices * slice_tokens);
    s.above = s.largest + slices;
    s.units = s.above + slices;
    s.tokens = reinterpret_cast<unsigned *>(s.units + sample_bins);
    s.listed = s.tokens + sample_bins;
    return s;
  }
  SENNIT_MEMBER SampleRow row(int row) const {
    const SampleRow *from = operand<const SampleRow>(launch, 1) + row;
    SampleRow s;
    s.seed = load_global(&from->seed);
    s.position = load_global(&from->position);
    s.temperature = load_global(&from->temperature);
    s.top_p = load_global(&from->top_p);
    s.min_p = load_global(&from->min_p);
    s.penalty = load_global(&from->penalty);
    s.top_k = load_global(&from->top_k);
    s.recent_first = load_global(&from->recent_first);
    s.recent_count = load_global(&from->recent_count);
    s.reserved = 0;
    return s;
  }
};

/// The largest of a row's keys, with the first id that has it: key << 32 | ~id.
template <int Threads>
SENNIT_DEVICE Units largest_of(ScanMemory<Threads> &memory, const SampleScratch &scratch, int slices) {
  Units best = 0;
  for (int slice = thread_index(); slice < slices; slice += Threads) {
    const Units other = load_global(scratch.largest + slice);
    best = other > best ? other : best;
  }
  return maximum_block<Threads>(memory, best);
}

/// Where cuts may lie, as far as the bins tell.
struct CutBins {
  int count_bin;      ///< in which top-k cuts; the number of bins where it does not
  Units count_before; ///< tokens in the bins below that
  Units units_before; ///< units of these
  Units units;        ///< of all bins; with count_bin: of it and those below
  int first, last;    ///< bins in one of which top-p cuts; the number of bins where it does not

  SENNIT_MEMBER int lowest() const { return first < count_bin ? first : count_bin; }
  SENNIT_MEMBER bool listed(int bin) const { return bin == count_bin || (bin >= first && bin <= last); }
};

/// `units` and `tokens` are [bins], shared.
template <int Threads>
SENNIT_DEVICE CutBins find_bins(ScanMemory<Threads> &memory, const Units *units, const unsigned *tokens,
                                const SampleRow &row, int vocabulary) {
  const auto units_at = [&](int bin) { return units[bin]; };
  CutBins cut{sample_bins, 0, 0, 0, sample_bins, sample_bins};
  if (row.top_k > 0 && row.top_k < vocabulary) {
    const Crossing k = find_crossing<Threads>(memory, sample_bins, Units(row.top_k),
                                              [&](int bin) { return Units(tokens[bin]); });
    cut.count_bin = k.index;
    cut.count_before = k.before;
  }
  Units below = 0, all = 0;
  for (int bin = thread_index(); bin < sample_bins && bin <= cut.count_bin; bin += Threads) {
    below += bin < cut.count_bin ? units[bin] : 0;
    all += units[bin];
  }
  cut.units_before = sum_block<Threads>(memory, below);
  cut.units = sum_block<Threads>(memory, all);
  if (row.top_p < 1.0f) {
    // The total of the k largest lies between these two, and so does what is needed.
    cut.first =
        find_crossing<Threads>(memory, sample_bins, share_of(row.top_p, cut.units_before), units_at).index;
    cut.last = find_crossing<Threads>(memory, sample_bins, share_of(row.top_p, cut.units), units_at).index;
  }
  return cut;
}

/// A row's bins in shared memory.
template <int Threads>
struct BinMemory {
  ScanMemory<Threads> scan;
  Units units[sample_bins];
  unsigned tokens[sample_bins];

  SENNIT_MEMBER void load(const SampleScratch &scratch) {
    for (int bin = thread_index(); bin < sample_bins; bin += Threads) {
      units[bin] = load_global(scratch.units + bin);
      tokens[bin] = load_global(scratch.tokens + bin);
    }
    block_barrier();
  }
};

} // namespace sennit::sampling
