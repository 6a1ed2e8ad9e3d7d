// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/gpu/Text.h"

#include "tools/cli/Interrupt.h"

#include <algorithm>

namespace sennit::gpu {

using schema::StepRole;

StatusOr<std::shared_ptr<const Package>> openPackage(const std::string &path, const std::string &device) {
  OpenOptions open;
  open.executable = device == "cpu";
  return Package::open(path, open);
}

StatusOr<std::unique_ptr<Session>> openSession(const std::string &path, const std::string &device,
                                               Overlap overlap) {
  SENNIT_ASSIGN_OR_RETURN(std::shared_ptr<const Package> package, openPackage(path, device));
  SessionOptions options;
  options.device = device;
  options.overlap = overlap;
  options.interrupt = &cli::interruptFlag();
  return Session::create(std::move(package), options);
}

Text::~Text() {
  // Of a sequence that exists, in a session that outlives this.
  if (sequence >= 0)
    static_cast<void>(session.freeSequence(sequence).ok());
}

Status Text::start() {
  if (sequence < 0) {
    SENNIT_ASSIGN_OR_RETURN(sequence, session.createSequence());
  }
  return Status::okay();
}

Status Text::append(std::span<const int32_t> ids, StepRole role) {
  SENNIT_RETURN_IF_ERROR(start());
  const StepItem item{sequence, ids, role, Wanted::All};
  return session.step({&item, 1}, [&](size_t, int32_t, std::span<const float> row) {
    logits.emplace_back(row.begin(), row.end());
  });
}

Status Text::appendChunks(std::span<const int32_t> ids, size_t size) {
  for (; !ids.empty(); ids = ids.subspan(std::min(size, ids.size())))
    SENNIT_RETURN_IF_ERROR(append(ids.first(std::min(size, ids.size()))));
  return Status::okay();
}

Status Text::appendTogether(std::span<Text *const> texts, std::span<const int32_t> ids) {
  std::vector<StepItem> items;
  for (size_t i = 0; i < texts.size(); ++i) {
    SENNIT_RETURN_IF_ERROR(texts[i]->start());
    items.push_back({texts[i]->sequence, ids.subspan(i, 1), StepRole::Generated, Wanted::Last});
  }
  return texts.front()->session.step(items, [&](size_t item, int32_t, std::span<const float> row) {
    texts[item]->logits.emplace_back(row.begin(), row.end());
  });
}

Status Text::appendPrompts(std::span<Text *const> texts, std::span<const std::span<const int32_t>> prompts) {
  std::vector<StepItem> items;
  for (size_t i = 0; i < texts.size(); ++i) {
    SENNIT_RETURN_IF_ERROR(texts[i]->start());
    items.push_back({texts[i]->sequence, prompts[i], StepRole::Prompt, Wanted::All});
  }
  return texts.front()->session.step(items, [&](size_t item, int32_t, std::span<const float> row) {
    texts[item]->logits.emplace_back(row.begin(), row.end());
  });
}

} // namespace sennit::gpu
