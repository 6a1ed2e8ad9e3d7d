// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "runtime/program/Load.h"
#include "runtime/program/StepInput.h"

#include <cstdint>
#include <vector>

namespace sennit {

/// The work of one command in one step, and how long the compiler expects it to take.
struct CommandCost {
  int64_t rows = 0;             ///< of its domain
  double bytes = 0;             ///< that it must move at least: weights, activations, keys and values once
  double flops = 0;             ///< a multiply and an add counted as two
  double predictedSeconds = -1; ///< max(bytes / bandwidth, flops / peak); negative where there are no rates
};

/// Puts the costs that the compiler wrote into a package together with the rows of a step. Attention is
/// counted by the lengths of the step's sequences, which the compiler could only assume. Allocates at
/// construction only; `package` is borrowed. Thread-compatible.
class CostModel {
public:
  /// `threads` and the package's level choose the rates.
  CostModel(const Package &package, int threads);

  /// From now on costs are those of this step.
  void beginStep(const StepRows &rows, const StepInput &input);

  CommandCost cost(uint32_t program, uint32_t command) const;

private:
  /// What does not depend on the step.
  struct Shape {
    bool works = false; ///< a launch or a copy
    schema::RowDomain domain = schema::RowDomain::All;
    uint32_t rowBegin = 0, rowEnd = 0; ///< of the command
    double share = 1;                  ///< of the machine, of its lane
    double flopsPerRow = 0, bytesFixed = 0, bytesPerRow = 0;
    double flopsPerPair = 0; ///< for each row and each key that it attends to
    double bytesPerKey = 0;  ///< for each key of a sequence, however many rows attend to it
    bool isInteger = false;  ///< runs at the rate of 8-bit products
  };
  struct Keys {
    double pairs = 0, distinct = 0;
  };

  Shape shapeOf(const schema::Program &program, const schema::Launch &launch) const;
  Keys count(const Shape &shape, const RowRange &range) const;

  const schema::Package &root;
  double bytesPerSecond = 0, floatPerSecond = 0, integerPerSecond = 0; ///< 0: unknown
  std::vector<std::vector<Shape>> shapes;                              ///< by program and command
  StepRows rows;
  const int32_t *positions = nullptr;
  std::vector<double> pairsBefore;    ///< by row: keys that the rows before it attend to
  std::vector<double> distinctBefore; ///< by row: keys of the sequences that end before it
};

} // namespace sennit
