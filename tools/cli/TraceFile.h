// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// A trace of steps as a file of trace events, which Perfetto and chrome://tracing show.
#pragma once

#include "runtime/base/NewFile.h"
#include "runtime/program/StepRecorder.h"

#include <memory>
#include <string>

namespace sennit::cli {

/// Writes what a StepRecorder kept. Process "measured" has a track of the steps and their commands, and one
/// of each worker with the chunks that it ran; process "predicted" has the same commands end to end, as long
/// as the cost model expects them to take. The file is there whole or not at all. Single thread.
class TraceFile {
public:
  /// Refuses a path that cannot be written, or that is `input`, before any work.
  static StatusOr<std::unique_ptr<TraceFile>> create(const std::string &path, const std::string &input);

  /// How much a recorder for a trace keeps: some megabytes for each worker.
  static RecorderLimits limits(int workers);

  /// Once. Says on stderr when steps were dropped.
  Status write(const Package &package, const StepRecorder &recorder);

private:
  class Writer;
  explicit TraceFile(std::unique_ptr<NewFile> file) : file(std::move(file)) {}

  std::unique_ptr<NewFile> file;
};

} // namespace sennit::cli
