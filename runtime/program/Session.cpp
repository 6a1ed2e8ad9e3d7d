// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/program/Session.h"

#include "runtime/base/DeviceName.h"
#include "runtime/device/cuda/DeviceRunner.h"
#include "runtime/device/host/Processors.h"
#include "runtime/program/Execute.h"
#include "runtime/program/Verify.h"

#include <algorithm>
#include <chrono>

namespace sennit {

using schema::StepRole;
using std::to_string;

StatusOr<std::unique_ptr<Session>> Session::create(std::shared_ptr<const Package> package,
                                                   SessionOptions options) {
  std::unique_ptr<Session> session(new Session());
  const schema::Package &root = package->root();
  const schema::StepLayout &layout = *root.step();
  session->owner = std::move(package);
  session->interrupt = options.interrupt;
  if (options.threads < 0 || options.threads > 4096)
    return invalidInput("threads: expected 1 to 4096, found " + to_string(options.threads));
  if (options.sequences < 1 || options.sequences > 1 << 20)
    return invalidInput("sequences: expected 1 to 1048576, found " + to_string(options.sequences));
  if (options.pages < 0 || options.pages > 1 << 26)
    return invalidInput("pages: expected 1 to 67108864, found " + to_string(options.pages));
  SENNIT_ASSIGN_OR_RETURN(const std::optional<int> gpu, parseDeviceName(options.device));
  int32_t pages = options.pages ? options.pages : int32_t(layout.max_pages());
  if (gpu) {
    SENNIT_ASSIGN_OR_RETURN(pages, session->makeDevice(options, *gpu));
  } else {
    SENNIT_RETURN_IF_ERROR(session->makeHost(options, pages));
  }
  session->table = std::make_unique<SequenceTable>(
      options.sequences, pages, int32_t(root.model()->context_length()), session->stepRunner.get());
  session->mostWanted = int32_t(wantedLimit(root));
  const size_t most = layout.max_sequences();
  session->growth.reserve(most);
  session->done.reserve(most);
  session->lengthBefore.reserve(most);
  session->wantedRows.reserve(size_t(session->mostWanted));
  session->rowDraws.reserve(size_t(session->mostWanted));
  session->rowTokens.reserve(size_t(session->mostWanted));
  return session;
}

Status Session::makeHost(SessionOptions &options, int32_t pages) {
  const schema::Package &root = owner->root();
  if (options.kernels.empty() && !owner->executable())
    return unsupported(owner->path() + ": expected code for this machine's CPU, found " +
                       (root.levels()->size() ? std::string("a package that was opened without it")
                                              : "code for " + deviceTargetList(root) + " alone"));
  SENNIT_ASSIGN_OR_RETURN(cache, CacheMemory::create(CacheLayout::of(*root.cache()), pages));
  SENNIT_ASSIGN_OR_RETURN(input, StepInput::create(*root.step()));
  making.end("reserve the KV cache");
  pool = std::make_unique<WorkerPool>(options.threads ? options.threads : usableProcessors());
  making.end("start threads");
  SENNIT_ASSIGN_OR_RETURN(stepRunner,
                          Executor::create(*owner, std::move(options.kernels), *input, *cache, *pool));
  making.end("bind weights and arena");
  return {};
}

StatusOr<int32_t> Session::makeDevice(const SessionOptions &options, int ordinal) {
  cuda::RunnerOptions wanted;
  wanted.ordinal = ordinal;
  wanted.threads = options.threads ? options.threads : usableProcessors();
  wanted.pages = options.pages;
  wanted.overlap = options.overlap;
  wanted.checkKernels = options.checkKernels;
  wanted.interrupt = options.interrupt;
  wanted.uploadProgress = options.uploadProgress;
  SENNIT_ASSIGN_OR_RETURN(std::unique_ptr<cuda::DeviceRunner> runner,
                          cuda::DeviceRunner::create(*owner, wanted));
  making.add(runner->phases());
  SENNIT_ASSIGN_OR_RETURN(input, StepInput::create(*owner->root().step(), runner->stepMemory()));
  runner->setInput(*input);
  const int32_t pages = runner->pages();
  stepRunner = std::move(runner);
  return pages;
}

StatusOr<int32_t> Session::length(SequenceId id) const {
  SENNIT_ASSIGN_OR_RETURN(const Sequence *sequence, table->find(id));
  return sequence->length;
}

Status Session::checkFitsOneStep(const StepItem &item) const {
  SENNIT_ASSIGN_OR_RETURN(const Sequence *sequence, table->find(item.sequence));
  const schema::StepLayout &layout = *owner->root().step();
  uint64_t pages = 0;
  for (const Segment &segment : sequence->segments)
    pages += segment.pages.size();
  const Segment &last = sequence->segments.back();
  pages += uint64_t(SequenceTable::pagesFor(int64_t(last.length) + int64_t(item.tokens.size()))) -
           last.pages.size();
  if (pages > layout.max_pages() || sequence->segments.size() > layout.max_segments())
    return resourceExhausted(
        "sequence " + to_string(item.sequence) + " needs " + to_string(pages) + " pages in " +
        to_string(sequence->segments.size()) + " segments in a step, the package was compiled for " +
        to_string(layout.max_pages()) + " pages in " + to_string(layout.max_segments()) + " segments");
  return {};
}

Status Session::check(std::span<const StepItem> items) {
  growth.clear();
  for (size_t i = 0; i < items.size(); ++i) {
    const StepItem &item = items[i];
    SENNIT_RETURN_IF_ERROR(table->find(item.sequence).status());
    for (size_t j = 0; j < i; ++j)
      if (items[j].sequence == item.sequence)
        return invalidInput("sequence " + to_string(item.sequence) + " is named twice in one step");
    if (item.tokens.empty())
      return invalidInput("sequence " + to_string(item.sequence) + ": expected at least one token to append");
    if (item.tokens.size() > 0x7fffffff)
      return invalidInput("sequence " + to_string(item.sequence) + ": expected at most 2147483647 tokens");
    if (item.role == StepRole::Mixed)
      return invalidInput("sequence " + to_string(item.sequence) +
                          ": expected role prompt or generated, found mixed");
    for (size_t token = 0; token < item.tokens.size(); ++token)
      if (item.tokens[token] < 0 || uint32_t(item.tokens[token]) >= vocabSize())
        return invalidInput("sequence " + to_string(item.sequence) + ", token " + to_string(token) +
                            ": expected an id of 0 to " + to_string(vocabSize() - 1) + ", found " +
                            to_string(item.tokens[token]));
    growth.push_back({item.sequence, int32_t(item.tokens.size())});
  }
  SENNIT_RETURN_IF_ERROR(table->check(growth));
  for (const StepItem &item : items)
    SENNIT_RETURN_IF_ERROR(checkFitsOneStep(item));
  return {};
}

int64_t Session::rowsWithinBlocks(const Sequence &sequence, int32_t first, int64_t count) const {
  int64_t left = mostKeyBlocks(*owner->root().step()) - input->blocks();
  for (int64_t row = 0; row < count; ++row)
    if ((left -= keyBlocks(sequence, first + row)) < 0)
      return row;
  return count;
}

void Session::fill(std::span<const StepItem> items) {
  const schema::StepLayout &layout = *owner->root().step();
  input->begin();
  wantedRows.clear();
  for (StepRole role : {StepRole::Generated, StepRole::Prompt})
    for (size_t i = 0; i < items.size(); ++i) {
      const StepItem &item = items[i];
      const int32_t total = int32_t(item.tokens.size());
      if (item.role != role || done[i] == total)
        continue;
      const Sequence &sequence = **table->find(item.sequence);
      const Segment &last = sequence.segments.back();
      if (input->rows().sequences == int32_t(layout.max_sequences()) ||
          input->segments() + int64_t(sequence.segments.size()) > int64_t(layout.max_segments()))
        return;
      int64_t pagesBefore = input->pages();
      for (const Segment &segment : sequence.segments)
        if (&segment != &last)
          pagesBefore += int64_t(segment.pages.size());
      const int64_t positions = (int64_t(layout.max_pages()) - pagesBefore) * pagePositions - last.length;
      const int32_t wantedLeft = mostWanted - input->rows().wanted;
      int64_t count =
          std::min<int64_t>({total - done[i], int64_t(layout.max_rows()) - input->rows().total, positions});
      if (item.wanted == Wanted::All)
        count = std::min<int64_t>(count, wantedLeft);
      if (item.wanted == Wanted::Last && wantedLeft == 0 && count == total - done[i])
        --count;
      const int32_t first = sequence.length;
      if (role == StepRole::Generated)
        count = rowsWithinBlocks(sequence, first, count);
      if (count <= 0)
        return;
      table->extend(item.sequence, int32_t(count));
      input->addSequence(sequence);
      for (int32_t j = 0; j < int32_t(count); ++j) {
        const int32_t token = done[i] + j;
        const bool wanted = item.wanted == Wanted::All || (item.wanted == Wanted::Last && token == total - 1);
        if (wanted)
          wantedRows.push_back({i, token});
        input->addRow(item.tokens[size_t(token)], first + j, role, wanted);
      }
      done[i] += int32_t(count);
    }
}

Status Session::shorten(std::span<const StepItem> items) {
  for (size_t i = 0; i < items.size(); ++i)
    SENNIT_RETURN_IF_ERROR(table->truncate(items[i].sequence, lengthBefore[i]));
  return {};
}

Status Session::appendAll(std::span<const StepItem> items, FunctionRef<Status(const StepRows &rows)> run) {
  SENNIT_RETURN_IF_ERROR(check(items));
  done.assign(items.size(), 0);
  lengthBefore.clear();
  for (const StepItem &item : items)
    lengthBefore.push_back((*table->find(item.sequence))->length);

  const auto unfinished = [&] {
    for (size_t i = 0; i < items.size(); ++i)
      if (done[i] < int32_t(items[i].tokens.size()))
        return true;
    return false;
  };
  while (unfinished()) {
    const bool stop = interrupt && interrupt->load(std::memory_order_relaxed);
    if (!stop)
      fill(items);
    if (stop || input->rows().total == 0) {
      SENNIT_RETURN_IF_ERROR(shorten(items));
      return stop ? Status(Code::Interrupted, "interrupted") : internalError("a step could not be filled");
    }
    Status status = run(input->finish());
    ++stepCount;
    if (!status.ok()) {
      SENNIT_RETURN_IF_ERROR(shorten(items));
      return status;
    }
  }
  return {};
}

Status Session::step(std::span<const StepItem> items, LogitsSink sink) {
  return appendAll(items, [&](const StepRows &rows) -> Status {
    SENNIT_RETURN_IF_ERROR(stepRunner->run(rows));
    for (int32_t i = 0; i < rows.wanted && sink; ++i) {
      SENNIT_ASSIGN_OR_RETURN(const std::span<const float> logits, stepRunner->logits(i));
      sink(wantedRows[size_t(i)].item, wantedRows[size_t(i)].token, logits);
    }
    return {};
  });
}

void Session::prepareSampling() {
  if (pool && !sampler)
    sampler = std::make_unique<Sampler>(vocabSize());
}

Status Session::sampleHere(std::span<const TokenDraw> draws, DrawnSink sink) {
  using Clock = std::chrono::steady_clock;
  if (!sampler)
    sampler = std::make_unique<Sampler>(vocabSize());
  for (size_t i = 0; i < draws.size(); ++i) {
    const TokenDraw &draw = draws[i];
    SENNIT_ASSIGN_OR_RETURN(const std::span<const float> logits, stepRunner->logits(int32_t(i)));
    const Clock::time_point begin = Clock::now();
    DrawnToken drawn;
    drawn.id = sampler->sample(logits, *draw.params, draw.history, draw.position);
    drawn.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    if (draw.logits)
      drawn.logits = logits;
    sink(wantedRows[i].item, drawn);
  }
  return {};
}

Status Session::stepAndSample(std::span<const StepItem> items, std::span<const TokenDraw> draws,
                              DrawnSink sink) {
  if (draws.size() != items.size())
    return invalidInput("expected a draw for each of " + to_string(items.size()) + " items, found " +
                        to_string(draws.size()));
  for (const StepItem &item : items)
    if (item.wanted == Wanted::All)
      return invalidInput("sequence " + to_string(item.sequence) +
                          ": expected a token to be drawn after the last row, found all logits wanted");
  return appendAll(items, [&](const StepRows &rows) -> Status {
    rowDraws.clear();
    for (const WantedRow &row : wantedRows)
      rowDraws.push_back(draws[row.item]);
    rowTokens.resize(rowDraws.size());
    SENNIT_ASSIGN_OR_RETURN(const bool drawn, stepRunner->runAndSample(rows, rowDraws, rowTokens));
    if (!drawn)
      return sampleHere(rowDraws, sink);
    for (size_t i = 0; i < rowTokens.size(); ++i) {
      DrawnToken token;
      token.id = rowTokens[i];
      if (rowDraws[i].logits) {
        SENNIT_ASSIGN_OR_RETURN(token.logits, stepRunner->logits(int32_t(i)));
      }
      sink(wantedRows[i].item, token);
    }
    return {};
  });
}

} // namespace sennit
