// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/program/Generate.h"

#include <algorithm>
#include <chrono>

namespace sennit {

using schema::StepRole;
using std::to_string;

namespace {

using Clock = std::chrono::steady_clock;

double secondsBetween(Clock::time_point begin, Clock::time_point end) {
  return std::chrono::duration<double>(end - begin).count();
}

/// The most pages that requests of one run may hold: what the pool has free, and what one step can name.
int32_t pageBudget(const Session &session) {
  return std::min(session.sequences().freePages(), int32_t(session.package().step()->max_pages()));
}

} // namespace

const char *finishReasonName(FinishReason reason) {
  switch (reason) {
  case FinishReason::Stop:
    return "stop";
  case FinishReason::Length:
    return "length";
  case FinishReason::Context:
    return "context";
  }
  return "";
}

Generator::Generator(Session &session) : session(session) {
  // Here, so that no first token waits for it.
  session.prepareSampling();
  items.reserve(size_t(session.maxSequences()));
  draws.reserve(size_t(session.maxSequences()));
  itemOwner.reserve(size_t(session.maxSequences()));
}

int32_t Generator::pagesOf(const Request &request) const {
  // The last token drawn is never appended.
  const int64_t positions = int64_t(request.prompt.size()) + std::max<int64_t>(request.maxTokens, 1) - 1;
  return SequenceTable::pagesFor(std::min<int64_t>(positions, session.contextLength()));
}

Status Generator::check(const Request &request) const {
  if (request.prompt.empty())
    return invalidInput("the prompt is empty: expected at least one token");
  if (request.prompt.size() > size_t(session.contextLength()))
    return invalidInput("the prompt has " + to_string(request.prompt.size()) +
                        " tokens, more than the context of " + to_string(session.contextLength()));
  for (size_t i = 0; i < request.prompt.size(); ++i)
    if (request.prompt[i] < 0 || uint32_t(request.prompt[i]) >= session.vocabSize())
      return invalidInput("prompt token " + to_string(i) + ": expected an id of 0 to " +
                          to_string(session.vocabSize() - 1) + ", found " + to_string(request.prompt[i]));
  if (request.maxTokens < 0)
    return invalidInput("max tokens: expected 0 or more, found " + to_string(request.maxTokens));
  SENNIT_RETURN_IF_ERROR(checkSampling(request.sampling));
  if (const int32_t most =
          std::min(session.sequences().pages(), int32_t(session.package().step()->max_pages()));
      pagesOf(request) > most)
    return resourceExhausted("the request needs " + to_string(pagesOf(request)) +
                             " pages of 32 positions, there are " + to_string(most));
  return {};
}

bool Generator::isStop(const Request &request, int32_t token) const {
  if (std::find(request.stopIds.begin(), request.stopIds.end(), token) != request.stopIds.end())
    return true;
  const auto *ends = session.package().model()->eos_ids();
  return !request.ignoreEos && ends && std::find(ends->begin(), ends->end(), token) != ends->end();
}

Status Generator::admit(std::span<const Request> requests, std::vector<Completion> &completions,
                        size_t &next) {
  for (; next < requests.size(); ++next) {
    const Request &request = requests[next];
    if (Status status = check(request); !status.ok()) {
      completions[next].status = std::move(status);
      continue;
    }
    if (request.maxTokens == 0 && !request.promptLogits)
      continue; // nothing to compute: no tokens, finished by length
    const int32_t pages = pagesOf(request);
    // Pages of what runs already are partly taken from the pool, so the budget counts both.
    int32_t held = 0;
    for (const Running &one : running)
      held += SequenceTable::pagesFor(int64_t(one.appended));
    if (const int32_t budget = pageBudget(session) + held - pagesSetAside; pages > budget) {
      if (!running.empty())
        return {}; // until one of them is done
      completions[next].status =
          resourceExhausted("the request needs " + to_string(pages) + " pages of 32 positions, " +
                            to_string(budget) + " are free");
      continue;
    }
    if (int32_t(running.size()) == session.maxSequences())
      return {};
    StatusOr<SequenceId> sequence = session.createSequence();
    if (!sequence.ok()) {
      if (!running.empty())
        return {}; // others hold the places; one of them will be done
      completions[next].status = sequence.status();
      continue;
    }
    Running one{next, *sequence, request.prompt, 0, pages};
    one.history.reserve(size_t(std::min<int64_t>(int64_t(request.prompt.size()) + request.maxTokens,
                                                 int64_t(session.contextLength()) + 1)));
    completions[next].ids.reserve(one.history.capacity() - request.prompt.size());
    pagesSetAside += pages;
    running.push_back(std::move(one));
  }
  return {};
}

bool Generator::accept(Running &one, const Request &request, Completion &completion, int32_t token,
                       const TokenObserver &observer) {
  completion.ids.push_back(token);
  one.history.push_back(token);
  const bool goOn = !observer || observer(one.request, token);
  if (!goOn || isStop(request, token))
    completion.finish = FinishReason::Stop;
  else if (int64_t(completion.ids.size()) >= request.maxTokens)
    completion.finish = FinishReason::Length;
  else if (one.appended >= size_t(session.contextLength()))
    completion.finish = FinishReason::Context;
  else
    return false;
  return true;
}

/// Chooses the rows of the next step: one token of each request that generates, then prompt tokens while rows
/// are left.
Status Generator::stepOnce(std::span<const Request> requests) {
  items.clear();
  draws.clear();
  itemOwner.clear();
  int64_t rowsLeft = session.maxRows();
  for (bool prompts : {false, true})
    for (size_t i = 0; i < running.size() && rowsLeft > 0; ++i) {
      const Running &one = running[i];
      const size_t promptSize = requests[one.request].prompt.size();
      if ((one.appended < promptSize) != prompts)
        continue;
      const size_t end = prompts ? promptSize : one.history.size();
      const size_t count = std::min<size_t>(end - one.appended, size_t(rowsLeft));
      const bool whole = one.appended + count == end;
      items.push_back({one.sequence, std::span(one.history).subspan(one.appended, count),
                       prompts ? StepRole::Prompt : StepRole::Generated,
                       whole ? Wanted::Last : Wanted::None});
      const Request &request = requests[one.request];
      draws.push_back({&request.sampling, one.history, one.history.size(),
                       request.promptLogits && one.history.size() == promptSize});
      itemOwner.push_back(i);
      rowsLeft -= int64_t(count);
    }
  return items.empty() ? internalError("no request has a token to compute") : Status();
}

Status Generator::run(std::span<const Request> requests, std::vector<Completion> &completions,
                      const TokenObserver &observer) {
  completions.assign(requests.size(), Completion());
  running.clear();
  pagesSetAside = 0;
  const Clock::time_point begin = Clock::now();
  size_t next = 0;
  Status status;
  std::vector<bool> finished;
  finished.reserve(requests.size());
  std::vector<Clock::time_point> firstToken(requests.size(), begin);
  while (status.ok()) {
    status = admit(requests, completions, next);
    if (!status.ok() || running.empty())
      break;
    status = stepOnce(requests);
    if (!status.ok())
      break;
    finished.assign(running.size(), false);
    const bool hasPrompt = std::any_of(items.begin(), items.end(),
                                       [](const StepItem &item) { return item.role == StepRole::Prompt; });
    GenerationTimes::Part &part = hasPrompt ? spent.prefill : spent.decode;
    const int64_t stepsBefore = session.steps();
    const Clock::time_point stepBegin = Clock::now();
    double inSink = 0;
    status = session.stepAndSample(items, draws, [&](size_t item, const DrawnToken &drawn) {
      Running &one = running[itemOwner[item]];
      const Request &request = requests[one.request];
      Completion &completion = completions[one.request];
      // The length that the sequence has after this step, which is not yet noted in `appended`.
      const size_t appended = one.appended;
      one.appended += items[item].tokens.size();
      const Clock::time_point now = Clock::now();
      if (completion.ids.empty()) {
        firstToken[one.request] = now;
        completion.promptSeconds = secondsBetween(begin, now);
        completion.promptLogits.assign(drawn.logits.begin(), drawn.logits.end());
      }
      completion.decodeSeconds = secondsBetween(firstToken[one.request], now);
      if (request.maxTokens == 0) {
        finished[itemOwner[item]] = true;
      } else {
        finished[itemOwner[item]] = accept(one, request, completion, drawn.id, observer);
        const double told = secondsBetween(now, Clock::now());
        ++part.tokens;
        part.sampleSeconds += drawn.seconds;
        part.observeSeconds += told;
        inSink += drawn.seconds + told;
      }
      one.appended = appended;
    });
    part.steps += session.steps() - stepsBefore;
    part.stepSeconds += secondsBetween(stepBegin, Clock::now()) - inSink;
    if (!status.ok())
      break;
    for (size_t i = 0; i < items.size(); ++i)
      running[itemOwner[i]].appended += items[i].tokens.size();
    size_t kept = 0;
    for (size_t i = 0; i < running.size(); ++i) {
      if (finished[i]) {
        pagesSetAside -= running[i].pages;
        status = session.freeSequence(running[i].sequence);
        continue;
      }
      if (kept != i)
        running[kept] = std::move(running[i]);
      ++kept;
    }
    running.erase(running.begin() + std::ptrdiff_t(kept), running.end());
  }
  for (const Running &one : running)
    if (const Status freed = session.freeSequence(one.sequence); !freed.ok() && status.ok())
      status = freed;
  running.clear();
  return status;
}

} // namespace sennit
