// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "runtime/program/Session.h"

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace sennit {

/// One text to be continued.
struct Request {
  std::vector<int32_t> prompt;
  SamplingParams sampling;
  int32_t maxTokens = 0x7fffffff; ///< most tokens to generate; the context ends it in any case
  bool ignoreEos = false;         ///< the model's end tokens are tokens like any other
  std::vector<int32_t> stopIds;   ///< end it as the model's end tokens do
  bool promptLogits = false;      ///< keep the logits of the last prompt position
};

enum class FinishReason {
  Stop,    ///< an end token was drawn, or the observer said so
  Length,  ///< maxTokens were generated
  Context, ///< the context is full
};

/// "stop", "length" or "context".
const char *finishReasonName(FinishReason reason);

struct Completion {
  Status status;            ///< not ok: the request could not be run; nothing else is set
  std::vector<int32_t> ids; ///< generated, an end token included
  FinishReason finish = FinishReason::Length;
  std::vector<float> promptLogits; ///< [vocab_size] where asked for
  double promptSeconds = 0;        ///< from the start of the run to the first token
  double decodeSeconds = 0;        ///< from the first token to the last
};

/// Where the time of a run went, by whether steps had prompt rows.
struct GenerationTimes {
  struct Part {
    int64_t steps = 0, tokens = 0; ///< tokens drawn
    double stepSeconds = 0, sampleSeconds = 0,
           observeSeconds = 0; ///< computing, drawing, telling the observer
  };
  Part prefill, decode;
};

/// Told of each token as it is drawn; false ends that request with Stop (a stop string was met).
using TokenObserver = std::function<bool(size_t request, int32_t token)>;

/// Runs requests in ragged steps: generated tokens of all running requests and prompt tokens of new ones
/// together, as many as fit. A request starts when pages for its whole length are free, so none has to be
/// stopped half-way. What a request yields does not depend on the others. Uses the session's sequences and
/// frees them; thread-compatible.
class Generator {
public:
  explicit Generator(Session &session);

  /// Completions in the order of the requests. A request that cannot run gets its own status; the returned
  /// one is about the whole run (Interrupted, a defect).
  Status run(std::span<const Request> requests, std::vector<Completion> &completions,
             const TokenObserver &observer = {});

  /// Of all runs so far.
  const GenerationTimes &times() const { return spent; }

  /// Why a request cannot run here; ok where it can.
  Status check(const Request &request) const;

private:
  struct Running {
    size_t request;
    SequenceId sequence;
    std::vector<int32_t> history; ///< prompt and generated tokens
    size_t appended = 0;          ///< tokens of history that are in the sequence
    int32_t pages = 0;            ///< set aside for it
  };

  int32_t pagesOf(const Request &request) const;
  bool isStop(const Request &request, int32_t token) const;
  Status admit(std::span<const Request> requests, std::vector<Completion> &completions, size_t &next);
  Status stepOnce(std::span<const Request> requests);
  /// Takes a drawn token; true where the request is finished.
  bool accept(Running &running, const Request &request, Completion &completion, int32_t token,
              const TokenObserver &observer);

  Session &session;
  std::vector<Running> running;
  std::vector<StepItem> items;
  std::vector<TokenDraw> draws;  ///< by item
  std::vector<size_t> itemOwner; ///< index into running, by item
  int32_t pagesSetAside = 0;
  GenerationTimes spent;
};

} // namespace sennit
