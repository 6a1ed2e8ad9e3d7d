// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/cli/BenchDriver.h"

#include <algorithm>
#include <chrono>

using namespace sennit;
using namespace sennit::cli;
using Clock = std::chrono::steady_clock;

namespace {

double secondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

} // namespace

StatusOr<double> BenchDriver::prompt(int length) {
  std::vector<int32_t> ids;
  for (int i = 0; i < length; ++i)
    ids.push_back(token());
  std::vector<StepItem> items;
  for (size_t i = 0; i < batch; ++i) {
    SENNIT_ASSIGN_OR_RETURN(SequenceId sequence, session.createSequence());
    sequences.push_back(sequence);
    items.push_back({sequence, ids, schema::StepRole::Prompt, Wanted::Last});
  }
  Clock::time_point start = Clock::now();
  SENNIT_RETURN_IF_ERROR(session.step(items, {}));
  return secondsSince(start);
}

StatusOr<double> BenchDriver::decode(int steps) {
  std::vector<int32_t> ids(batch);
  const std::vector<StepItem> items = oneEach(ids);
  Clock::time_point start = Clock::now();
  for (int step = 0; step < steps; ++step) {
    std::generate(ids.begin(), ids.end(), [&] { return token(); });
    SENNIT_RETURN_IF_ERROR(session.step(items, {}));
  }
  return secondsSince(start);
}

Status BenchDriver::step(std::vector<float> *logits) {
  std::vector<int32_t> ids(batch);
  std::generate(ids.begin(), ids.end(), [&] { return token(); });
  logits->resize(batch * session.vocabSize());
  return session.step(oneEach(ids), [&](size_t item, int32_t, std::span<const float> row) {
    std::copy(row.begin(), row.end(), logits->begin() + ptrdiff_t(item * row.size()));
  });
}

std::vector<StepItem> BenchDriver::oneEach(const std::vector<int32_t> &ids) const {
  std::vector<StepItem> items;
  for (size_t i = 0; i < batch; ++i)
    items.push_back({sequences[i], {&ids[i], 1}, schema::StepRole::Generated, Wanted::Last});
  return items;
}

Status BenchDriver::free() {
  for (SequenceId sequence : sequences)
    SENNIT_RETURN_IF_ERROR(session.freeSequence(sequence));
  sequences.clear();
  return Status::okay();
}

int32_t BenchDriver::token() {
  state = state * 1664525u + 1013904223u;
  return static_cast<int32_t>((state >> 8) % session.vocabSize());
}
