// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "runtime/program/Session.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace sennit::gpu {

/// Logits [vocab_size], one entry for each row, in order.
using Rows = std::vector<std::vector<float>>;

/// A package to be run on `device`: cpu, cuda, cuda:N.
StatusOr<std::shared_ptr<const Package>> openPackage(const std::string &path, const std::string &device);

/// A session on `device` (cpu, cuda, cuda:N) over the package at `path`, with room for what one step can
/// name.
StatusOr<std::unique_ptr<Session>> openSession(const std::string &path, const std::string &device,
                                               Overlap overlap = Overlap::Planned);

/// One sequence that lives as long as this, and the logits of all that was appended to it.
class Text {
public:
  explicit Text(Session &session) : session(session) {}
  ~Text();
  Text(const Text &) = delete;
  Text &operator=(const Text &) = delete;

  /// In one step, or in as many as the package needs.
  Status append(std::span<const int32_t> ids, schema::StepRole role = schema::StepRole::Prompt);
  /// In steps of at most `size` tokens.
  Status appendChunks(std::span<const int32_t> ids, size_t size);
  /// Token ids[i] to texts[i], all of one session, in one step, as generated rows.
  static Status appendTogether(std::span<Text *const> texts, std::span<const int32_t> ids);
  /// Prompts of different texts in one step.
  static Status appendPrompts(std::span<Text *const> texts,
                              std::span<const std::span<const int32_t>> prompts);

  const Rows &rows() const { return logits; }

private:
  Status start();

  Session &session;
  SequenceId sequence = -1;
  Rows logits;
};

} // namespace sennit::gpu
