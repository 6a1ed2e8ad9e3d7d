// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "runtime/device/emulated/DriverObjects.h"

#include <cstdint>

namespace sennit::emulated {

struct DriverState;

/// The work of streams. It is put off until somebody waits for it, and then runs in an order that the seed
/// picks among those that streams, events and graph edges allow: seed 0 as late as it can be, 1 at once,
/// others either.
class DriverQueue {
public:
  explicit DriverQueue(DriverState &state) : state(state) {}

  void seed(uint32_t value);
  /// Adds work to a stream; null: the null stream, which waits for the blocking ones. The error that the work
  /// that ran now ended with.
  int add(StreamState *stream, Work work);
  /// Runs work until `stream` has none; null: until the blocking streams have none.
  int finish(StreamState *stream);
  int finishAll();
  /// Runs work until `event` has happened.
  int finish(const EventState &event);
  /// Runs one piece of work, if any can.
  int step();
  /// Forgets all work.
  void drop();

private:
  /// Runs work until done(); `first` is what it is for.
  template <typename Done>
  int runUntil(const StreamState *first, Done done);
  StreamState *choose(const StreamState *first, int manner);
  bool canRun(const Work &work) const;
  int runHead(StreamState &stream);
  int run(const Work &work);
  int runLaunch(const Work &work);
  int runCopy(const Work &work);
  int runFill(const Work &work);
  void record(cu::Event event, uint64_t serial);
  int runGraph(const Work &work);
  uint32_t draw(uint32_t below);

  DriverState &state;
  uint32_t seedValue = 0;
  uint64_t random = 1, launches = 0;
  double seconds = 120; ///< that a launch may take: SENNIT_EMULATED_TIMEOUT
};

} // namespace sennit::emulated
