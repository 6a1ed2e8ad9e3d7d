// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/cli/BenchBeside.h"

#include "runtime/program/Session.h"
#include "tools/cli/BenchDriver.h"

#include <algorithm>
#include <cstring>

namespace sennit::cli {
namespace {

/// Steps of one package before it is the other's turn.
constexpr int turn = 4;

/// One package with its sequences.
struct Side {
  std::unique_ptr<Session> session;
  std::unique_ptr<BenchDriver> driver;
  std::vector<float> logits; ///< of all sequences in the step that was kept
};

StatusOr<Side> makeSide(const std::shared_ptr<const Package> &package, const BesideCase &wanted) {
  const int positions = wanted.context + wanted.steps + 2;
  SessionOptions options;
  options.threads = wanted.threads;
  options.sequences = wanted.batch;
  options.pages = SequenceTable::pagesFor(positions) * wanted.batch;
  options.interrupt = wanted.interrupt;
  options.device = wanted.device;
  Side side;
  SENNIT_ASSIGN_OR_RETURN(side.session, Session::create(package, options));
  if (wanted.batch > side.session->maxSequences() || positions > side.session->contextLength())
    return invalidInput("expected at most " + std::to_string(side.session->maxSequences()) +
                        " sequences and " + std::to_string(side.session->contextLength()) +
                        " positions, found " + std::to_string(wanted.batch) + " and " +
                        std::to_string(positions));
  side.driver = std::make_unique<BenchDriver>(*side.session, wanted.batch);
  SENNIT_RETURN_IF_ERROR(side.driver->prompt(wanted.context).status());
  return side;
}

bool equalBytes(const std::vector<float> &a, const std::vector<float> &b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

} // namespace

double medianOf(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const size_t half = values.size() / 2;
  return values.size() % 2 ? values[half] : (values[half - 1] + values[half]) / 2;
}

StatusOr<BesideTimes> benchBeside(const std::array<std::shared_ptr<const Package>, 2> &packages,
                                  const BesideCase &wanted) {
  if (packages[0]->root().model()->vocab_size() != packages[1]->root().model()->vocab_size())
    return invalidInput("expected two packages of one model, found vocabularies of " +
                        std::to_string(packages[0]->root().model()->vocab_size()) + " and " +
                        std::to_string(packages[1]->root().model()->vocab_size()) + " tokens");
  std::array<Side, 2> sides;
  for (size_t i = 0; i < 2; ++i) {
    SENNIT_ASSIGN_OR_RETURN(sides[i], makeSide(packages[i], wanted));
  }
  const auto compared = [&]() -> StatusOr<bool> {
    for (Side &side : sides)
      SENNIT_RETURN_IF_ERROR(side.driver->step(&side.logits));
    return equalBytes(sides[0].logits, sides[1].logits);
  };
  BesideTimes times;
  SENNIT_ASSIGN_OR_RETURN(times.equal, compared());
  for (int done = 0, round = 0; done < wanted.steps; ++round) {
    const int count = std::min(turn, wanted.steps - done);
    // First, second, second, first: what drifts meets both alike.
    for (size_t place = 0; place < 2; ++place) {
      const size_t i = (place + size_t(round)) % 2;
      for (int step = 0; step < count; ++step) {
        SENNIT_ASSIGN_OR_RETURN(double seconds, sides[i].driver->decode(1));
        times.seconds[i].push_back(seconds);
      }
    }
    done += count;
  }
  SENNIT_ASSIGN_OR_RETURN(bool last, compared());
  times.equal &= last;
  return times;
}

} // namespace sennit::cli
