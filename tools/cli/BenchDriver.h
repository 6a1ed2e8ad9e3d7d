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
  Status free();

private:
  int32_t token();

  Session &session;
  size_t batch;
  uint32_t state = 1;
  std::vector<SequenceId> sequences;
};

} // namespace sennit::cli
