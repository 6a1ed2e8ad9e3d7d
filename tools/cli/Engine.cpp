// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/cli/Engine.h"

#include "runtime/program/Session.h"
#include "runtime/sampling/Sampler.h"
#include "tools/cli/Interrupt.h"
#include "tools/cli/TextStream.h"

#include <algorithm>
#include <chrono>

using namespace sennit;
using namespace sennit::cli;
using Clock = std::chrono::steady_clock;

namespace {

/// One request on its way.
struct Running {
  size_t index = 0;
  const Request *request = nullptr;
  SequenceId sequence = -1;
  size_t prompted = 0; ///< Prompt tokens appended so far.
  int32_t next = -1;   ///< The token sampled last, to be appended.
  SamplingParams sampling;
  std::vector<int32_t> history; ///< Prompt and generated tokens.
  int64_t pages = 0;            ///< Most pages that it may come to need.
  std::optional<TextStream> text;
  Generated result;
  bool finished = false;

  bool prompting() const { return prompted < request->promptIds.size(); }
};

SamplingParams samplingOf(const Generation &generation) {
  SamplingParams params;
  params.repeatPenalty = static_cast<float>(generation.repeatPenalty);
  params.temperature = generation.greedy ? 0 : static_cast<float>(generation.temperature);
  params.topK = generation.topK;
  params.topP = static_cast<float>(generation.topP);
  params.minP = static_cast<float>(generation.minP);
  params.seed = generation.seed;
  return params;
}

using RunningList = std::vector<std::unique_ptr<Running>>;

class SessionEngine final : public Engine {
public:
  SessionEngine(std::unique_ptr<Session> ready, int chunk)
      : session(std::move(ready)), sampler(session->vocabSize()), chunk(chunk) {}

  Status score(std::span<const int32_t> ids,
               const std::function<void(std::span<const float>)> &take) override {
    SENNIT_ASSIGN_OR_RETURN(SequenceId sequence, session->createSequence());
    size_t step = promptRows();
    for (size_t begin = 0; begin < ids.size(); begin += step) {
      StepItem item{sequence, ids.subspan(begin, std::min(step, ids.size() - begin)),
                    schema::StepRole::Prompt, Wanted::All};
      SENNIT_RETURN_IF_ERROR(
          session->step({&item, 1}, [&](size_t, int32_t, std::span<const float> logits) { take(logits); }));
    }
    return session->freeSequence(sequence);
  }

  StatusOr<std::vector<Generated>>
  generate(const std::vector<Request> &requests, const Tokenizer *tokenizer,
           const std::function<void(size_t, std::string_view)> &stream) override {
    SENNIT_RETURN_IF_ERROR(check(requests, tokenizer));
    std::vector<Generated> results(requests.size());
    RunningList running;
    size_t waiting = 0;
    start = Clock::now();
    while (waiting < requests.size() || !running.empty()) {
      SENNIT_RETURN_IF_ERROR(admit(requests, waiting, tokenizer, running));
      SENNIT_RETURN_IF_ERROR(step(running, stream));
      for (const auto &one : running)
        if (one->finished) {
          SENNIT_RETURN_IF_ERROR(session->freeSequence(one->sequence));
          results[one->index] = std::move(one->result);
        }
      std::erase_if(running, [](const auto &one) { return one->finished; });
    }
    return results;
  }

private:
  size_t promptRows() const {
    size_t most = static_cast<size_t>(session->maxRows());
    return chunk > 0 ? std::min(most, static_cast<size_t>(chunk)) : most;
  }

  Status check(const std::vector<Request> &requests, const Tokenizer *tokenizer) const {
    for (const Request &request : requests) {
      SENNIT_RETURN_IF_ERROR(checkSampling(samplingOf(request.generation)));
      if (!request.generation.stop.empty() && !tokenizer)
        return invalidInput("--stop compares text, and the package has no tokenizer");
    }
    return Status::okay();
  }

  /// Pages that a request may fill: what it appends is its prompt and all but the last generated token.
  int64_t pagesOf(const Request &request) const {
    int64_t length =
        static_cast<int64_t>(request.promptIds.size()) + std::max(request.generation.maxTokens - 1, 0);
    return SequenceTable::pagesFor(std::min<int64_t>(length, session->contextLength()));
  }

  /// Starts waiting requests while places and pages last, so that none runs out of pages half way.
  Status admit(const std::vector<Request> &requests, size_t &waiting, const Tokenizer *tokenizer,
               RunningList &running) {
    int64_t used = 0;
    for (const auto &one : running)
      used += one->pages;
    while (waiting < requests.size() && running.size() < static_cast<size_t>(session->maxSequences())) {
      const Request &request = requests[waiting];
      int64_t pages = pagesOf(request);
      if (!running.empty() && used + pages > session->sequences().pages())
        break;
      auto one = std::make_unique<Running>();
      one->index = waiting++;
      one->request = &request;
      one->pages = pages;
      one->sampling = samplingOf(request.generation);
      one->history = request.promptIds;
      SENNIT_ASSIGN_OR_RETURN(one->sequence, session->createSequence());
      if (tokenizer)
        one->text.emplace(*tokenizer, request.generation.stop);
      used += pages;
      running.push_back(std::move(one));
    }
    return Status::okay();
  }

  /// One ragged step: a token of each sequence that generates, and prompt rows as far as there is room.
  Status step(RunningList &running, const std::function<void(size_t, std::string_view)> &stream) {
    items.clear();
    members.clear();
    size_t room = static_cast<size_t>(session->maxRows());
    for (const auto &one : running)
      if (!one->prompting() && room > 0) {
        items.push_back({one->sequence, {&one->next, 1}, schema::StepRole::Generated, Wanted::Last});
        members.push_back(one.get());
        --room;
      }
    room = std::min(room, promptRows());
    for (const auto &one : running)
      if (one->prompting() && room > 0) {
        std::span<const int32_t> left = std::span(one->request->promptIds).subspan(one->prompted);
        size_t count = std::min(room, left.size());
        bool last = count == left.size();
        items.push_back(
            {one->sequence, left.first(count), schema::StepRole::Prompt, last ? Wanted::Last : Wanted::None});
        members.push_back(one.get());
        one->prompted += count;
        room -= count;
      }
    return session->step(items, [&](size_t item, int32_t, std::span<const float> logits) {
      take(*members[item], logits, stream);
    });
  }

  /// Samples the next token of a sequence from its newest logits.
  void take(Running &one, std::span<const float> logits,
            const std::function<void(size_t, std::string_view)> &stream) {
    const Generation &generation = one.request->generation;
    Generated &result = one.result;
    if (result.ids.empty() && generation.logits && result.logits.empty())
      result.logits.assign(logits.begin(), logits.end());
    std::string piece;
    if (generation.maxTokens > 0) {
      one.next = sample(one, logits);
      result.ids.push_back(one.next);
      if (result.ids.size() == 1)
        result.firstTokenSeconds = elapsed();
      if (one.text)
        piece = one.text->add(one.next);
    }
    finish(one);
    if (one.finished) {
      result.seconds = elapsed();
      if (one.text) {
        piece += one.text->finish();
        result.text = one.text->text();
      }
    }
    if (stream && !piece.empty())
      stream(one.index, piece);
  }

  /// Decides whether a sequence ends after the token just sampled.
  void finish(Running &one) const {
    const Generation &generation = one.request->generation;
    Generated &result = one.result;
    if ((!result.ids.empty() && !generation.ignoreEos && isEnd(one.next)) ||
        (one.text && one.text->stopped()))
      result.finishReason = "stop";
    else if (result.ids.size() >= static_cast<size_t>(generation.maxTokens))
      result.finishReason = "length";
    else if (one.request->promptIds.size() + result.ids.size() >
             static_cast<size_t>(session->contextLength()))
      result.finishReason = "context"; // the token just sampled has no place to go
    else
      return;
    one.finished = true;
  }

  bool isEnd(int32_t id) const {
    const auto *ends = session->package().model()->eos_ids();
    return ends && std::find(ends->begin(), ends->end(), id) != ends->end();
  }

  int32_t sample(Running &one, std::span<const float> logits) {
    int32_t id = sampler.sample(logits, one.sampling, one.history, one.history.size());
    one.history.push_back(id);
    return id;
  }

  double elapsed() const { return std::chrono::duration<double>(Clock::now() - start).count(); }

  std::unique_ptr<Session> session;
  Sampler sampler;
  int chunk;
  Clock::time_point start;
  std::vector<StepItem> items;    ///< Of the current step.
  std::vector<Running *> members; ///< Whose item is whose.
};

} // namespace

StatusOr<std::unique_ptr<Engine>> Engine::create(std::shared_ptr<const Package> package,
                                                 const EngineFlags &flags) {
  SessionOptions options;
  options.threads = flags.threads;
  options.interrupt = &interruptFlag();
  SENNIT_ASSIGN_OR_RETURN(std::unique_ptr<Session> session, Session::create(std::move(package), options));
  return std::unique_ptr<Engine>(std::make_unique<SessionEngine>(std::move(session), flags.chunk));
}
