// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "runtime/base/StatusOr.h"
#include "runtime/program/StepInput.h"
#include "runtime/sampling/Sampler.h"
#include "runtime/sequence/CachePages.h"

#include <cstdint>
#include <span>
#include <string>

namespace sennit {

class StepRecorder;

/// How much of a plan's overlap a device carries out; the bytes of results do not depend on it.
enum class Overlap {
  Planned,    ///< lanes beside each other, each with its share of the device
  SplitOnly,  ///< all pieces, one after another in the order of the text, each with the whole device
  Sequential, ///< no pieces: where the last one of a node stands, the node's whole rows
};

/// A device with a package's weights and a KV cache, ready to run steps: this machine's CPU (Executor) or a
/// GPU (cuda::DeviceRunner). Thread-compatible.
class StepRunner : public CachePages {
public:
  ~StepRunner() override = default;

  /// "cpu", or the name of a GPU: "cuda:0 (NVIDIA H100)".
  virtual std::string device() const = 0;

  /// The program that serves a step of these rows.
  virtual uint32_t programFor(const StepRows &rows) const = 0;

  /// Runs the step that the StepInput describes; its logits can be read when this returns. Errors: those of
  /// the device; the step's positions of the cache are then undefined.
  virtual Status run(const StepRows &rows) = 0;

  /// As run; then draws tokens[i] for wanted row i as draws[i] says, where the device can: the token that a
  /// Sampler draws from the row's logits. False: it drew none, its caller does so from the logits.
  virtual StatusOr<bool> runAndSample(const StepRows &rows, std::span<const TokenDraw> draws,
                                      std::span<int32_t> tokens) {
    SENNIT_RETURN_IF_ERROR(run(rows));
    return false;
  }

  /// Logits [vocab_size] of wanted row `index` of the last run; valid until the next call of run or logits.
  virtual StatusOr<std::span<const float>> logits(int32_t index) = 0;

  /// Told of what runs from now on; borrowed. Null: nobody is.
  virtual void setRecorder(StepRecorder *recorder) = 0;
};

} // namespace sennit
