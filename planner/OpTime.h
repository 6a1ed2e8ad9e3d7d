// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// How long an op takes on one device of a target: from measured tables where the target has them, from its
// peaks where not. docs/targets.md has the formulas.
#pragma once

#include "planner/Target.h"

#include <cstdint>
#include <optional>

namespace sennit::planner {

/// The resource that an op is planned on.
enum class OpClass { Compute, Memory, Network, Other };

/// Which efficiency table an op has besides linears.
enum class Attention { None, Decode, Prefill };

/// What an op does on one device. Rows are those that the op works on, not those of the step.
struct OpFacts {
  OpClass opClass = OpClass::Other;
  double flopsFixed = 0, flopsPerRow = 0; ///< a multiply and an add are two
  double weightBytes = 0;                 ///< read once by each piece, however few rows it has
  double activationBytesPerRow = 0;       ///< in and out
  double cacheBytesPerRow = 0;            ///< keys and values that one row reads, on average
  int64_t n = 0, k = 0;                   ///< of a linear: results and inputs; 0 where the op is none
  Attention attention = Attention::None;
  bool integer = false; ///< products of 8-bit integers: quantised weights on a CPU

  std::optional<Collective> collective;
  int64_t ranks = 1;
  double payloadBytesPerRow = 0; ///< of the whole tensor: gathered size, input of a reduce-scatter
  bool crossesNodes = false;     ///< spread over all nodes, not packed into as few as hold them
};

/// What a time was derived from.
enum class Basis {
  Table,           ///< an efficiency table of the target
  Roofline,        ///< the slower of arithmetic and memory, at their peaks
  CollectiveTable, ///< measured times of this collective
  AlphaBeta,       ///< latency of each step and bytes over the bandwidth of the link
};

/// "table", "roofline", "collective table" or "alpha-beta", for reports.
const char *basisName(Basis basis);

/// Nanoseconds of one piece of an op, on a device that does nothing else.
struct OpTime {
  double ns = 0;        ///< in all
  double launchNs = 0;  ///< of it, what does not depend on the size
  double computeNs = 0; ///< arithmetic alone at its peak, tiles that are not full counted as full
  double memoryNs = 0;  ///< memory traffic alone at full bandwidth
  Basis basis = Basis::Roofline;
};

/// The time of a piece of `rows` rows, which need not be whole; 0 for no rows. Linears and attention use the
/// target's efficiency, interpolated in the logarithm of shape and rows, outside the table that of its edge.
/// Infinite where there are more ranks than devices.
OpTime timeOf(const Target &target, const OpFacts &facts, double rows);

/// The time of one collective over `bytes` bytes (see OpFacts::payloadBytesPerRow). More ranks than a node
/// has: reduced within nodes first, then between them, then spread within them.
OpTime collectiveTime(const Target &target, Collective kind, int64_t ranks, double bytes, bool crossesNodes);

/// A linear of `gemmNs` whose tiles are sent while it runs by a collective of `collectiveNs` over `ranks`
/// ranks: max(G (1 + tax), G / N + R), `tax` being the fraction of the device that the sending takes.
/// Source: Flux, 2024, and Triton-distributed, 2025; tiles in an order staggered by rank.
double tileOverlapNs(double gemmNs, double collectiveNs, int ranks, double tax);

/// The most requests of `meanContext` tokens whose cache fits beside the weights into a device, of whose
/// memory `reserve` (a fraction) stays free; 0 where not even the weights fit. Without known memory the most
/// that the type holds.
int64_t largestBatch(const Target &target, double weightBytesPerRank, double cacheBytesPerTokenPerRank,
                     double meanContext, double reserve);

/// Operations for each nanosecond that the device's units for `facts` reach at best.
double peakFlopsPerNs(const Target &target, const OpFacts &facts);

} // namespace sennit::planner
