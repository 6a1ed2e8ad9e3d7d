// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// The numbers that the cost interface of nn answers with. Plain values; thread-compatible.
#pragma once

#include <cstdint>
#include <string_view>

namespace sennit::nn {

/// A number that depends on the step: fixed + rows * (perRow + context * perRowContext), where `context` is
/// the mean number of positions that a row attends to.
struct StepNumber {
  double fixed = 0;
  double perRow = 0;
  double perRowContext = 0;

  double at(double rows, double context) const { return fixed + rows * (perRow + context * perRowContext); }
  StepNumber &operator+=(const StepNumber &other) {
    fixed += other.fixed;
    perRow += other.perRow;
    perRowContext += other.perRowContext;
    return *this;
  }
};

/// How a device holds what nn leaves open.
struct CostOptions {
  int64_t cacheElementBytes = 2; ///< of the KV cache: 2 or 4
  int64_t activationBytes = 4;   ///< of one element of an activation in memory and on the wire
};

/// The resource that an op leans on, given the rows that it is meant for.
enum class CostClass { Compute, Memory, Network, Other };

inline std::string_view costClassName(CostClass costClass) {
  switch (costClass) {
  case CostClass::Compute:
    return "compute";
  case CostClass::Memory:
    return "memory";
  case CostClass::Network:
    return "network";
  case CostClass::Other:
    return "other";
  }
  return "other";
}

/// What one op does in a step. Flops count a multiply and an add as two; bytes are those that must move at
/// least once.
struct OpCost {
  CostClass costClass = CostClass::Other;
  StepNumber flops;
  StepNumber weightBytes;          ///< read, as stored in the checkpoint
  StepNumber activationReadBytes;  ///< tensors and i32 indices that the op takes
  StepNumber activationWriteBytes; ///< tensors that it gives
  StepNumber cacheReadBytes;
  StepNumber cacheWriteBytes;
  StepNumber wireBytes; ///< that one rank sends over the network

  double bytes(double rows, double context) const {
    return weightBytes.at(rows, context) + activationReadBytes.at(rows, context) +
           activationWriteBytes.at(rows, context) + cacheReadBytes.at(rows, context) +
           cacheWriteBytes.at(rows, context);
  }
};

} // namespace sennit::nn
