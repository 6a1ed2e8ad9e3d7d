// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "planner/OpTime.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace sennit::planner {
namespace {

/// y at `x`, straight between the points in the logarithm of x, level outside them. `yAt` gives y of a point.
template <typename Function>
double interpolateLog(const std::vector<double> &xs, double x, Function yAt) {
  auto upper = std::lower_bound(xs.begin(), xs.end(), x);
  if (upper == xs.end())
    return yAt(xs.size() - 1);
  size_t index = upper - xs.begin();
  if (index == 0 || *upper == x)
    return yAt(index);
  double part = std::log(x / xs[index - 1]) / std::log(xs[index] / xs[index - 1]);
  return yAt(index - 1) + part * (yAt(index) - yAt(index - 1));
}

/// How many times the arithmetic of a linear with full tiles exceeds its own: rows and columns fill up the
/// last tiles, and the last round of tiles keeps all processors busy. Fewer tiles than processors are cut
/// along k, as often as they fit.
double tileFactor(const TileShape &tile, double n, double rows) {
  if (tile.rows == 0)
    return 1;
  double processors = tile.processors;
  double tiles = std::ceil(rows / tile.rows) * std::ceil(n / tile.columns);
  double rounds = tiles <= processors ? 1 / std::floor(processors / tiles) : std::ceil(tiles / processors);
  return rounds * processors * tile.rows * tile.columns / (rows * n);
}

/// Roofline time over kernel time, from the same with the launch included (`efficiency`), and
/// from roofline times with and without the effect of tiles. At least half of the measured time is taken to
/// be the kernel's.
double kernelEfficiency(double efficiency, double plainNs, double tiledNs, double launchNs) {
  double measured = plainNs / efficiency;
  return tiledNs / std::max(measured - launchNs, measured / 2);
}

/// Of a linear like `facts`, with its peak and bytes for each weight, as `entry` of the table has it.
double efficiencyOf(const Target &target, const OpFacts &facts, const LinearEfficiency &entry, double rows) {
  double bytesPerWeight = facts.weightBytes / (double(facts.n) * facts.k);
  return interpolateLog(entry.byRows.x, rows, [&](size_t index) {
    double pointRows = entry.byRows.x[index], weights = double(entry.n) * entry.k;
    double compute = 2 * weights * pointRows / peakFlopsPerNs(target, facts);
    double bytes = bytesPerWeight * weights + pointRows * (entry.n + entry.k) * target.activationBytes;
    double memory = bytes / target.memoryGbPerSecond;
    return kernelEfficiency(entry.byRows.y[index], std::max(compute, memory),
                            std::max(compute * tileFactor(target.tile, entry.n, pointRows), memory),
                            target.launchUs * 1e3);
  });
}

/// The bits of weights in the table that are the nearest to those of `facts`, by their logarithm.
double nearestBits(const Target &target, const OpFacts &facts) {
  double bits = 8 * facts.weightBytes / (double(facts.n) * facts.k);
  auto distance = [&](const LinearEfficiency &entry) { return std::abs(std::log(entry.weightBits / bits)); };
  return std::min_element(target.linears.begin(), target.linears.end(),
                          [&](auto &a, auto &b) { return distance(a) < distance(b); })
      ->weightBits;
}

/// Over the shapes of the table: the mean, weighted by the inverse fourth power of the distance in the
/// logarithms of n and k, after both have been moved into the range of the table. A shape of the table is met
/// exactly. (With shapes a factor of two apart on a CPU the fourth power misses a left-out shape by 3.3 %,
/// the square by 4.0 %.)
double linearEfficiency(const Target &target, const OpFacts &facts, double rows) {
  auto [minN, maxN] = std::minmax_element(target.linears.begin(), target.linears.end(),
                                          [](auto &a, auto &b) { return a.n < b.n; });
  auto [minK, maxK] = std::minmax_element(target.linears.begin(), target.linears.end(),
                                          [](auto &a, auto &b) { return a.k < b.k; });
  double n = std::clamp(facts.n, minN->n, maxN->n), k = std::clamp(facts.k, minK->k, maxK->k);
  double bits = target.linears.front().weightBits > 0 ? nearestBits(target, facts) : 0;
  double sum = 0, weights = 0;
  for (const LinearEfficiency &entry : target.linears) {
    if (entry.weightBits != bits)
      continue;
    double efficiency = efficiencyOf(target, facts, entry, rows);
    double square = std::pow(std::log(n / entry.n), 2) + std::pow(std::log(k / entry.k), 2);
    if (square == 0)
      return efficiency;
    sum += efficiency / (square * square);
    weights += 1 / (square * square);
  }
  return sum / weights;
}

/// Of attention whose table is by `size`, of which the device does `perNs`.
double attentionEfficiency(const Target &target, const Table &table, double size, double perNs) {
  return interpolateLog(table.x, size, [&](size_t index) {
    double plain = table.x[index] / perNs;
    return kernelEfficiency(table.y[index], plain, plain, target.launchUs * 1e3);
  });
}

/// Nanoseconds of generating attention without its launch. Where two tables differ in operations for each
/// byte, the time is straight in these: every byte is read once, and has its share of arithmetic for every
/// query head that meets it.
double decodeNs(const Target &target, double bytes, double flops) {
  auto by = [&](const Table &table) {
    return bytes / target.memoryGbPerSecond /
           attentionEfficiency(target, table, bytes, target.memoryGbPerSecond);
  };
  const double full = by(target.decodeEfficiency);
  if (target.leanDecodeEfficiency.x.empty())
    return full;
  const double lean = by(target.leanDecodeEfficiency);
  const double part = (flops / bytes - target.leanDecodeFlopsPerByte) /
                      (target.decodeFlopsPerByte - target.leanDecodeFlopsPerByte);
  return std::max(bytes / target.memoryGbPerSecond, lean + part * (full - lean));
}

} // namespace

const char *basisName(Basis basis) {
  constexpr const char *names[] = {"table", "roofline", "collective table", "alpha-beta"};
  return names[int(basis)];
}

double peakFlopsPerNs(const Target &target, const OpFacts &facts) {
  if (target.kind == "cpu")
    return target.cores * (facts.integer ? target.i8GopsPerCore : target.f32GflopsPerCore);
  bool matrix = facts.n > 0 || facts.attention != Attention::None || facts.opClass == OpClass::Compute;
  return 1e3 * (matrix ? target.f16Tflops : target.f32Tflops);
}

OpTime timeOf(const Target &target, const OpFacts &facts, double rows) {
  OpTime time;
  if (!(rows > 0))
    return time;
  double flops = facts.flopsFixed + rows * facts.flopsPerRow;
  double bytes = facts.weightBytes + rows * (facts.activationBytesPerRow + facts.cacheBytesPerRow);
  double peak = peakFlopsPerNs(target, facts);
  time.memoryNs = bytes / target.memoryGbPerSecond;
  if (facts.collective) {
    double memoryNs = time.memoryNs;
    time = collectiveTime(target, *facts.collective, facts.ranks, rows * facts.payloadBytesPerRow,
                          facts.crossesNodes);
    time.memoryNs = memoryNs;
    return time;
  }

  bool linear = facts.n > 0 && facts.k > 0;
  time.computeNs = flops / peak * (linear ? tileFactor(target.tile, facts.n, rows) : 1);
  time.launchNs = target.launchUs * 1e3;
  double efficiency = 1;
  if (linear && !target.linears.empty()) {
    efficiency = linearEfficiency(target, facts, rows);
    time.basis = Basis::Table;
  } else if (facts.attention == Attention::Decode && !target.decodeEfficiency.x.empty()) {
    // One table alone knows no arithmetic: what is slower than memory slows it in proportion.
    const bool knowsArithmetic = !target.leanDecodeEfficiency.x.empty();
    efficiency = (knowsArithmetic ? std::max(time.computeNs, time.memoryNs) : time.memoryNs) /
                 decodeNs(target, bytes, flops);
    time.basis = Basis::Table;
  } else if (facts.attention == Attention::Prefill && !target.prefillEfficiency.x.empty()) {
    efficiency = attentionEfficiency(target, target.prefillEfficiency, flops, peak);
    time.basis = Basis::Table;
  }
  time.ns = time.launchNs + std::max(time.computeNs, time.memoryNs) / efficiency;
  return time;
}

double tileOverlapNs(double gemmNs, double collectiveNs, int ranks, double tax) {
  return std::max(gemmNs * (1 + tax), gemmNs / ranks + collectiveNs);
}

int64_t largestBatch(const Target &target, double weightBytesPerRank, double cacheBytesPerTokenPerRank,
                     double meanContext, double reserve) {
  constexpr int64_t most = std::numeric_limits<int64_t>::max();
  double perRequest = cacheBytesPerTokenPerRank * meanContext;
  if (target.memoryBytes == 0)
    return most;
  double left = target.memoryBytes * (1 - reserve) - weightBytesPerRank;
  if (left < 0)
    return 0;
  double requests = std::floor(left / perRequest);
  return requests < 9e18 ? int64_t(requests) : most; // also where a request takes nothing
}

} // namespace sennit::planner
