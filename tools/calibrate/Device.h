// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// What calibration needs of a machine: single readings of the clock. Which cases are read how often, and what
// follows from the readings, is the caller's (Calibrate.h), so every kind of device is calibrated alike.
#pragma once

#include "runtime/base/StatusOr.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace sennit::calibrate {

/// A linear of n results from k inputs.
struct Shape {
  int64_t n = 0, k = 0;
  bool operator==(const Shape &) const = default;
};

/// How the weights of a linear are stored.
struct WeightFormat {
  std::string name;     ///< as in IR: "q4_0"
  double bits = 0;      ///< of one weight, scales included: 4.5
  bool integer = false; ///< products of 8-bit integers

  double bytes() const { return bits / 8; }
};

/// All formats that linears may have, by ascending bits.
const std::vector<WeightFormat> &knownFormats();

/// Attention of `sequences` x `rowsEach` rows, each sequence with `context` positions before them.
struct AttentionCase {
  bool decode = true; ///< generated rows; then rowsEach is 1
  int sequences = 1, rowsEach = 1, context = 0;
  bool lean = false; ///< one query head for each head of keys and values, instead of several
};

/// One reading of an op: how long it took and what it did.
struct Reading {
  double seconds = 0;
  double bytes = 0; ///< moved at least
  double flops = 0; ///< a multiply and an add counted as two
};

/// What runs beside a linear.
enum class Partner {
  Attention, ///< reads keys and values
  Copy,      ///< moves bytes from memory to memory, as a transfer would
};

/// A linear on the workers that its partner leaves.
struct PairCase {
  Shape linear;
  WeightFormat format;
  int64_t rows = 1; ///< of the linear
  Partner partner = Partner::Attention;
  int partnerWorkers = 1; ///< at least 1, fewer than all
  double seconds = .1;    ///< how long each of the three parts runs
};

/// Speeds side by side as fractions of those alone on all workers, each of the three measured right after the
/// other.
struct PairReading {
  double linear = 0, partner = 0;
};

/// Facts that no measurement gives.
struct DeviceFacts {
  std::string kind;    ///< "cpu"
  std::string builtin; ///< the target whose caches, schedule and abilities hold here: "cpu-avx512"
  std::string machine; ///< its class in words: processor, cores, code level; never a name of this machine
  int workers = 1;     ///< cores; of a GPU multiprocessors
  uint64_t memoryBytes = 0; ///< of a GPU; 0: not known
};

/// What a calibration will ask for, so that a device can compile it once.
struct Cases {
  std::vector<int64_t> widths; ///< ascending; linears of all pairs of them
  std::vector<WeightFormat> formats;
  std::vector<int64_t> rows; ///< ascending
  std::vector<AttentionCase> attention;
};

/// A machine that can be timed. Readings are single and raw, noise included; errors end the calibration.
/// Thread-compatible.
class Device {
public:
  virtual ~Device() = default;

  virtual const DeviceFacts &facts() const = 0;

  /// Gets ready for `cases`, once, before everything else.
  virtual Status prepare(const Cases &cases) = 0;

  /// Operations per second of one worker at its best.
  virtual StatusOr<double> peak(bool integer) = 0;

  /// Bytes per second that `workers` workers read from memory together.
  virtual StatusOr<double> readBandwidth(int workers) = 0;

  /// Seconds that a piece takes besides its work.
  virtual StatusOr<double> launch() = 0;

  /// Seconds from the end of one lane's piece to the beginning of another's that waits for it.
  virtual StatusOr<double> join() = 0;

  /// Seconds of one linear of each of `shapes`, weights from memory, one after the other.
  virtual StatusOr<std::vector<double>> linears(const WeightFormat &format, std::span<const Shape> shapes,
                                                int64_t rows) = 0;

  virtual StatusOr<Reading> attention(const AttentionCase &attention) = 0;

  /// An op that is neither, over `rows` rows: reads a row and writes one.
  virtual StatusOr<Reading> rowOp(int64_t rows) = 0;

  virtual StatusOr<PairReading> pair(const PairCase &pairCase) = 0;

  /// Keeps one worker's share of the machine busy with something else for as long as the result lives.
  virtual std::shared_ptr<void> contend() = 0;
};

} // namespace sennit::calibrate
