// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// How a value lies on one axis of a mesh, and the ways in which an op may run there. Plain values;
// thread-compatible.
#pragma once

#include "llvm/ADT/SmallVector.h"

#include <cassert>
#include <cstdint>

namespace sennit::nn {

/// What the ranks along one mesh axis hold of a value: each all of it, each a range of one dimension, or each
/// a summand of it.
class AxisState {
public:
  static constexpr AxisState replicated() { return AxisState(-1); }
  static constexpr AxisState partial() { return AxisState(-2); }
  static constexpr AxisState split(int64_t dimension) {
    assert(dimension >= 0 && "a split dimension has an index");
    return AxisState(dimension);
  }

  bool isReplicated() const { return code == -1; }
  bool isPartial() const { return code == -2; }
  bool isSplit() const { return code >= 0; }
  /// The dimension of a split value.
  int64_t dimension() const {
    assert(isSplit() && "only a split value has a split dimension");
    return code;
  }
  bool operator==(const AxisState &) const = default;

private:
  explicit constexpr AxisState(int64_t code) : code(code) {}
  int64_t code;
};

/// One way in which an op runs on ranks that do not all hold the same: what they must hold of each operand,
/// and what they then hold of each result. That every rank may do all of the work goes without saying.
struct ShardingCase {
  llvm::SmallVector<AxisState, 4> operands;
  llvm::SmallVector<AxisState, 2> results;
};

} // namespace sennit::nn
