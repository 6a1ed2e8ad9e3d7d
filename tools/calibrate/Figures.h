// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// What a calibration measured, after repeated readings have become one figure each. Plain values.
#pragma once

#include "tools/calibrate/Device.h"

#include <cstdint>
#include <vector>

namespace sennit::calibrate {

/// Seconds of linears of one shape, one for each of `rows`.
struct LinearFigures {
  WeightFormat format;
  Shape shape;
  std::vector<int64_t> rows; ///< ascending
  std::vector<double> seconds;
};

struct AttentionFigure {
  AttentionCase attention;
  Reading reading;
};

struct RowOpFigure {
  int64_t rows = 0;
  Reading reading;
};

struct PairFigure {
  Partner partner = Partner::Attention;
  int partnerWorkers = 1;
  PairReading speeds;
};

struct Figures {
  DeviceFacts facts;
  double f32Peak = 0, i8Peak = 0;     ///< operations per second of one worker
  double readOne = 0, readAll = 0;    ///< bytes per second that one worker, all of them read
  double launch = 0, join = 0;        ///< seconds
  std::vector<LinearFigures> linears; ///< by format, then shape in the order of widths, n first
  std::vector<AttentionFigure> attention;
  std::vector<RowOpFigure> rowOps;
  std::vector<PairFigure> pairs; ///< by partner, then workers of the partner
};

} // namespace sennit::calibrate
