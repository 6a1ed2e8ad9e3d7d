// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// The last function of sample.cuh: a block of 256 threads on each row.
#pragma once

#include "sample.cuh"

namespace sennit::sampling {

/// Most entries of the list that are kept in shared memory; a longer list is read again and again.
constexpr int cached_entries = 2048;

struct PickMemory {
  BinMemory<pick_threads> bins;
  Units digit_units[256];
  unsigned digit_tokens[256];
  unsigned keys[cached_entries], list[cached_entries];
  // Behind it: Units [slices], unsigned [slices]
};
SENNIT_DEVICE constexpr int pick_shared_bytes(int vocabulary) {
  return int(sizeof(PickMemory)) + 12 * slices_of(vocabulary);
}

/// An element of the list.
struct Entry {
  unsigned key;
  int bin, id;
};

/// Tokens with a larger key, and the first `ties` of those with this one.
struct Cut {
  unsigned key;
  Units ties;
};

struct Pick {
  PickMemory &memory;
  const SampleScratch scratch;
  const Scale scale;
  int listed;

  SENNIT_MEMBER Units units_of(unsigned key) const {
    return key > lowest_key ? likelihood_of(scale.power(logit_of(key))) : 0;
  }

  SENNIT_MEMBER void cache() const {
    for (int i = thread_index(); i < listed && i < cached_entries; i += pick_threads) {
      memory.list[i] = load_global(scratch.list + i);
      memory.keys[i] = load_global(scratch.keys + (memory.list[i] & ((1u << token_bits) - 1)));
    }
    block_barrier();
  }
  SENNIT_MEMBER Entry entry(int i) const {
    const unsigned packed = i < cached_entries ? memory.list[i] : load_global(scratch.list + i);
    const int id = int(packed & ((1u << token_bits) - 1));
    return {i < cached_entries ? memory.keys[i] : load_global(scratch.keys + id), int(packed >> token_bits),
            id};
  }

  /// The shortest beginning of a bin's tokens, the larger first, that has `needed` tokens (ByUnits: units);
  /// the bin has as many. `units` becomes those of the beginning.
  template <bool ByUnits>
  SENNIT_MEMBER Cut select(int bin, Units needed, Units &units) const {
    unsigned prefix = 0;
    units = 0;
    SENNIT_NO_UNROLL
    for (int shift = 24; shift >= 0; shift -= 8) {
      for (int d = thread_index(); d < 256; d += pick_threads) {
        memory.digit_units[d] = 0;
        memory.digit_tokens[d] = 0;
      }
      block_barrier();
      for (int i = thread_index(); i < listed; i += pick_threads) {
        const Entry e = entry(i);
        // In two steps, since a shift by 32 is none.
        if (e.bin != bin || ((e.key ^ prefix) >> shift) >> 8)
          continue;
        const unsigned place = 255 - ((e.key >> shift) & 255); // larger digits first
        add_shared(memory.digit_units + place, units_of(e.key));
        add_shared(memory.digit_tokens + place, 1u);
      }
      block_barrier();
      const Crossing found = find_crossing<pick_threads>(memory.bins.scan, 256, needed, [&](int place) {
        return ByUnits ? memory.digit_units[place] : Units(memory.digit_tokens[place]);
      });
      Units before = 0;
      for (int place = thread_index(); place < found.index; place += pick_threads)
        before += memory.digit_units[place];
      units += sum_block<pick_threads>(memory.bins.scan, before);
      needed -= found.before;
      prefix |= unsigned(255 - found.index) << shift;
    }
    const Units each = units_of(prefix);
    const Units ties = ByUnits ? (needed + each - 1) / each : needed;
    units += ties * each;
    return {prefix, ties};
  }
};

/// The token that a row's random number falls on: id, in the thread that finds it. `sums` and `ties` are
/// [slices], shared: units and ties of the cut that the list adds to each slice.
SENNIT_DEVICE void draw(const Pick &pick, const SampleRow &p, const Cut &cut, Units least, int slices,
                        Units *sums, unsigned *ties, int *token) {
  ScanMemory<pick_threads> &scan = pick.memory.bins.scan;
  for (int slice = thread_index(); slice < slices; slice += pick_threads) {
    sums[slice] = load_global(pick.scratch.above + slice);
    ties[slice] = 0;
  }
  block_barrier();
  for (int i = thread_index(); i < pick.listed; i += pick_threads) {
    const Entry e = pick.entry(i);
    if (e.key == cut.key)
      add_shared(ties + e.id / slice_tokens, 1u);
    else if (e.key > cut.key)
      if (const Units units = pick.units_of(e.key); units >= least)
        add_shared(sums + e.id / slice_tokens, units);
  }
  block_barrier();

  // The first ties are kept: each slice's begin where those of the slices before it end.
  const Units each_tie = pick.units_of(cut.key);
  const Units kept_ties = each_tie >= least ? cut.ties : 0;
  const int share = (slices + pick_threads - 1) / pick_threads;
  const int begin = thread_index() * share < slices ? thread_index() * share : slices;
  const int end = begin + share < slices ? begin + share : slices;
  Units own = 0, total;
  for (int slice = begin; slice < end; ++slice)
    own += ties[slice];
  Units ties_before = scan_block<pick_threads>(scan, own, total);
  own = 0;
  for (int slice = begin; slice < end; ++slice) {
    const Units left = kept_ties > ties_before ? kept_ties - ties_before : 0;
    sums[slice] += (left < ties[slice] ? left : ties[slice]) * each_tie;
    own += sums[slice];
    ties_before += ties[slice];
  }
  total = sum_block<pick_threads>(scan, own);
  const Units needed = multiply_high(total, random_word(p.seed, p.position)) + 1;
  const Crossing slice = find_crossing<pick_threads>(scan, slices, needed, [&](int i) { return sums[i]; });
  own = 0;
  for (int i = thread_index(); i < slice.index; i += pick_threads)
    own += ties[i];
  ties_before = sum_block<pick_threads>(scan, own);

  // The same within the slice, by tokens.
  constexpr int each = slice_tokens / pick_threads;
  unsigned keys[each];
  const int first = slice.index * slice_tokens + thread_index() * each;
  own = 0;
  SENNIT_UNROLL
  for (int i = 0; i < each; ++i) {
    keys[i] = load_global(pick.scratch.keys + first + i);
    own += keys[i] == cut.key;
  }
  ties_before += scan_block<pick_threads>(scan, own, total);
  Units units[each];
  own = 0;
  SENNIT_UNROLL
  for (int i = 0; i < each; ++i) {
    units[i] = 0;
    if (keys[i] > cut.key) {
      units[i] = pick.units_of(keys[i]);
      units[i] = units[i] >= least ? units[i] : 0;
    } else if (keys[i] == cut.key)
      units[i] = ties_before++ < kept_ties ? each_tie : 0;
    own += units[i];
  }
  Units before = slice.before + scan_block<pick_threads>(scan, own, total);
  SENNIT_UNROLL
  for (int i = 0; i < each; ++i) {
    if (before < needed && before + units[i] >= needed)
      store_global(token, first + i);
    before += units[i];
  }
}

SENNIT_DEVICE void pick_body(const Launch &launch) {
  PickMemory &memory = *reinterpret_cast<PickMemory *>(shared_memory());
  const SampleLaunch sample(launch);
  Units *const sums = reinterpret_cast<Units *>(shared_memory() + sizeof(PickMemory));
  unsigned *const ties = reinterpret_cast<unsigned *>(sums + sample.slices);
  ScanMemory<pick_threads> &scan = memory.bins.scan;
  for (int row = sample.rows.begin + block_index(); row < sample.rows.end; row += block_count()) {
    const SampleRow p = sample.row(row);
    const SampleScratch scratch = sample.scratch(row);
    int *const token = operand<int>(launch, 3) + row;
    const Units largest = largest_of<pick_threads>(scan, scratch, sample.slices);
    if (p.temperature == 0.0f || unsigned(largest >> 32) <= lowest_key) {
      if (thread_index() == 0)
        store_global(token, int(~unsigned(largest)));
      continue;
    }
    memory.bins.load(scratch);
    const CutBins bins =
        find_bins<pick_threads>(scan, memory.bins.units, memory.bins.tokens, p, sample.vocabulary);
    const Pick pick{memory, scratch, Scale(unsigned(largest >> 32), p.temperature),
                    int(load_global(scratch.listed))};
    pick.cache();
    Cut cut{0, 0};
    Units kept = bins.units;
    if (bins.count_bin < sample_bins) {
      cut = pick.select<false>(bins.count_bin, Units(p.top_k) - bins.count_before, kept);
      kept += bins.units_before;
    }
    if (p.top_p < 1.0f) {
      const Units needed = share_of(p.top_p, kept);
      const Crossing bin =
          find_crossing<pick_threads>(scan, sample_bins, needed, [&](int i) { return memory.bins.units[i]; });
      cut = pick.select<true>(bin.index, (needed ? needed : 1) - bin.before, kept);
    }
    draw(pick, p, cut, share_of(p.min_p, greatest_likelihood), sample.slices, sums, ties, token);
  }
}

} // namespace sennit::sampling
