// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "runtime/program/Session.h"

#include <vector>

namespace sennit::cli {

/// Appends made-up tokens to sequences and takes the logits of the last, as generation does. Borrows the
/// session.
class BenchDriver {
public:
  BenchDriver(Session &session, int batch) : session(session), batch(static_cast<size_t>(batch)) {}

  /// Seconds to give every sequence a prompt of `length` tokens.
  StatusOr<double> prompt(int length);
  /// Seconds of `steps` steps of one token for each sequence.
  StatusOr<double> decode(int steps);
  /// One such step; `logits` gets those of each sequence, one after the other.
  Status step(std::vector<float> *logits);
  Status free();

private:
  int32_t token();
  /// One token for each sequence, from `ids`.
  std::vector<StepItem> oneEach(const std::vector<int32_t> &ids) const;

  Session &session;
  size_t batch;
  uint32_t state = 1;
  std::vector<SequenceId> sequences;
};

} // namespace sennit::cli
