// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// How the verbs use the runtime: the same few flags, and two loops (score, generate) that hear Ctrl-C between
// steps.
#pragma once

#include "runtime/base/StatusOr.h"
#include "runtime/program/Load.h"
#include "tools/cli/Request.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace sennit::cli {

/// The flags that choose how native code runs.
struct EngineFlags {
  int threads = 0;   ///< 0: as many as this process can run at once.
  std::string level; ///< avx2 | avx512; empty: the highest that package and CPU share.
  int chunk = 0;     ///< Most prompt rows of one step; 0: as many as the package allows.

  void addFlags(CLI::App &app);
  /// The package at `path`, with its code mapped when `executable`.
  StatusOr<std::shared_ptr<const Package>> openPackage(const std::string &path, bool executable = true) const;
};

/// What came of one request.
struct Generated {
  std::vector<int32_t> ids;  ///< The stop token included.
  std::string finishReason;  ///< stop, length, context
  std::vector<float> logits; ///< Of the last prompt position, where asked for.
  std::string text;          ///< Without special tokens and from the stop text on; empty without a tokenizer.
  double firstTokenSeconds = 0, seconds = 0; ///< Since the first step of the call.
};

/// A package ready to run. Single thread.
class Engine {
public:
  virtual ~Engine() = default;

  static StatusOr<std::unique_ptr<Engine>> create(std::shared_ptr<const Package> package,
                                                  const EngineFlags &flags);

  /// Calls `take` with the logits [vocab] of each position of `ids`, in order.
  virtual Status score(std::span<const int32_t> ids,
                       const std::function<void(std::span<const float>)> &take) = 0;

  /// Runs all requests in ragged steps, as many at a time as the package and its cache allow; results in
  /// their order. `stream`, where given, gets each piece of text of request `index` as soon as it is
  /// complete.
  virtual StatusOr<std::vector<Generated>>
  generate(const std::vector<Request> &requests, const Tokenizer *tokenizer,
           const std::function<void(size_t index, std::string_view piece)> &stream) = 0;
};

} // namespace sennit::cli
