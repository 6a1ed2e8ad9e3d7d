// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// How the verbs use the runtime: the same few flags, sessions that hear Ctrl-C, and generation with text.
#pragma once

#include "runtime/base/StatusOr.h"
#include "runtime/program/Generate.h"
#include "runtime/program/Session.h"
#include "runtime/text/Tokenizer.h"
#include "tools/cli/Prompt.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sennit::cli {

/// The flags that choose where and how code runs.
struct EngineFlags {
  int threads = 0;            ///< 0: as many as this process can run at once.
  std::string device = "cpu"; ///< cpu | cuda | cuda:N
  int pages = 0;              ///< of the KV cache; 0: as many as a step can name, or a GPU has memory for.
  std::string level;          ///< avx2 | avx512; empty: the highest that package and CPU share.

  void addFlags(CLI::App &app);
  /// --device alone.
  void addDevice(CLI::App &app);
  bool usesCpu() const { return device == "cpu"; }
  /// The package at `path`, with its code mapped when `executable`.
  StatusOr<std::shared_ptr<const Package>> openPackage(const std::string &path, bool executable = true) const;
  StatusOr<std::unique_ptr<Session>> createSession(std::shared_ptr<const Package> package) const;
};

/// What came of one prompt.
struct Generated {
  std::vector<int32_t> ids;  ///< The stop token included.
  std::string finishReason;  ///< stop, length, context
  std::vector<float> logits; ///< Of the last prompt position, where asked for.
  std::string text; ///< Without special tokens, and ended before the stop text; empty without a tokenizer.
  double promptSeconds = 0, decodeSeconds = 0;
};

/// Gets each piece of text of prompt `index` as soon as it is complete.
using TextSink = std::function<void(size_t index, std::string_view piece)>;

/// Runs all prompts in ragged steps; results in their order. `tokenizer` may be null: then there is no text,
/// and no stop text is allowed. `times` gets where the time went, also of a run that fails.
StatusOr<std::vector<Generated>> generate(Session &session, const std::vector<Prompt> &prompts,
                                          const Tokenizer *tokenizer, const TextSink &sink = {},
                                          GenerationTimes *times = nullptr);

} // namespace sennit::cli
