// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// What the planner and the passes know about a machine kind. Plain values read from JSON (targets/*.json,
// described and constrained by targets/schema.json); thread-compatible.
#pragma once

#include "planner/Curve.h"
#include "runtime/base/StatusOr.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sennit::planner {

struct Cache {
  std::string name;
  int64_t bytes = 0;
  int64_t sharedBy = 1; ///< cores
  double gbPerSecondPerCore = 0;
};

/// The nn ops that one kernel of the target takes in besides its main one, by name without the "nn." prefix.
struct Absorbs {
  bool siblings = false;             ///< linears over the same rows share a kernel
  std::vector<std::string> prologue; ///< before a linear, into scratch
  std::vector<std::string> epilogue; ///< after a linear, on its sums
  std::vector<std::string> append;   ///< with the write into the cache
  std::vector<std::string> rows;     ///< with each other, without a linear
  int64_t blockRows = 1;             ///< the fewest rows that a prologue must hold at once
  int64_t scratchBytes = 0;          ///< on-chip bytes for them
};

/// How kernels run unless they say otherwise, see #tile.cpu.
struct KernelSchedule {
  int64_t rows = 1, streams = 1, ahead = 0;
};

/// What several devices do together. The first values are those of schema::CollectiveKind.
enum class Collective { AllReduce, AllGather, ReduceScatter, AllToAll, Broadcast, SendReceive };

/// "all_reduce", as targets and reports write it.
const char *collectiveName(Collective kind);

/// A class of links between devices.
struct Link {
  double gbPerSecond = 0; ///< one way, per device; 0: there is none
  double latencyUs = 0;   ///< of one step of a ring
  double efficiency = 1;  ///< the fraction of gbPerSecond that large collectives reach
};

/// The unit of work of a linear: its result is cut into tiles, and each processor does one at a time.
struct TileShape {
  int64_t rows = 0, columns = 0; ///< 0: the target has no such figures
  int64_t processors = 0;
};

/// y = f(x) at measured points, x ascending.
struct Table {
  std::vector<double> x, y;
};

/// Roofline time over measured time, launch included, of linears with n results from k inputs; x is rows.
struct LinearEfficiency {
  int64_t n = 0, k = 0;
  Table byRows;
  double weightBits = 0; ///< of the weights that were measured, scales included; 0: for all formats
};

/// Microseconds that a collective takes in one node, launch included; x is the bytes of the whole tensor.
struct CollectiveTimes {
  Collective kind = Collective::AllReduce;
  int64_t ranks = 2;
  Table usByBytes;
};

/// The figures of a machine kind; docs/targets.md says what each means. What a kind does not have is 0 or
/// empty.
struct Target {
  std::string name;
  std::string kind;            ///< "cpu" or "gpu"
  std::string cpuLevel;        ///< "avx2" or "avx512"; empty for a gpu
  int64_t cores = 1;           ///< of a gpu the processors of a device, 1 where it has no tile
  double f32GflopsPerCore = 0; ///< of a gpu outside its matrix units
  double i8GopsPerCore = 0;
  std::vector<Cache> caches; ///< nearest first
  double memoryGbPerSecondPerCore = 0;
  double memoryGbPerSecond = 0; ///< of a device
  KernelSchedule schedule;
  Absorbs absorbs;

  int64_t devices = 1;
  int64_t devicesPerNode = 1;
  double f16Tflops = 0, f32Tflops = 0; ///< per device, of a gpu
  double memoryBytes = 0;              ///< per device; 0: not known
  Link node, network;
  int64_t activationBytes = 4;
  int64_t cacheElementBytes = 2;
  TileShape tile;
  double launchUs = 1; ///< that each piece takes besides
  double joinUs = 1;   ///< that a lane loses in a wait for another
  std::vector<LinearEfficiency> linears;
  Table decodeEfficiency;     ///< of attention that generates; x is bytes
  Table leanDecodeEfficiency; ///< the same with fewer operations for each byte; empty: not measured
  double decodeFlopsPerByte = 0, leanDecodeFlopsPerByte = 0; ///< of both; 0: not known
  Table prefillEfficiency;                                   ///< of attention over prompts; x is flops
  std::vector<CollectiveTimes> collectives;
  Curve memoryCurve, networkCurve;                          ///< of partners of arithmetic
  std::vector<std::pair<std::string, std::string>> sources; ///< group of figures, where they come from
};

/// Reads a target from JSON text; `place` names it in errors, which list every offence: against the schema,
/// or, where that is kept, implausible and contradictory figures (TargetCheck).
StatusOr<Target> parseTarget(std::string_view text, const std::string &place);

/// The target that `nameOrPath` means: one of builtinTargetNames(), or else a file.
StatusOr<Target> loadTarget(const std::string &nameOrPath);

/// Targets that are compiled in, so that no tool needs the folder targets/ at run time.
const std::vector<std::string> &builtinTargetNames();

} // namespace sennit::planner
