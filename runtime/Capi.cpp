// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// The C interface over Package, Session, Generator and the text tools. No exception leaves it.
#include "runtime/device/host/CpuLevel.h"
#include "runtime/program/Generate.h"
#include "runtime/sennit.h"
#include "runtime/text/ChatTemplate.h"
#include "runtime/text/Tokenizer.h"

#include <algorithm>
#include <cstring>
#include <exception>
#include <mutex>
#include <new>

using namespace sennit;

struct sennit_package {
  std::shared_ptr<const Package> package; ///< shared with the sessions made from it
  // Made on first use, since whoever works with ids alone never needs them.
  mutable std::mutex textLock;
  mutable std::optional<Tokenizer> tokenizer;
  mutable std::optional<ChatTemplate> chatTemplate;
};

struct sennit_session {
  std::atomic<bool> interrupt{false};
  std::unique_ptr<Session> session;
  std::unique_ptr<Generator> generator;
  std::unique_ptr<Sampler> sampler;
  std::vector<float> kept;        ///< [items of the last step][vocab_size]
  std::vector<uint8_t> hasLogits; ///< by item
  std::vector<StepItem> items;
};

namespace {

thread_local std::string lastError;

sennit_status report(const Status &status) {
  if (status.ok())
    return SENNIT_OK;
  lastError = status.message();
  switch (status.code()) {
  case Code::Ok:
    return SENNIT_OK;
  case Code::InvalidInput:
    return SENNIT_INVALID_INPUT;
  case Code::Unsupported:
    return SENNIT_UNSUPPORTED;
  case Code::ResourceExhausted:
    return SENNIT_RESOURCE_EXHAUSTED;
  case Code::Unavailable:
    return SENNIT_UNAVAILABLE;
  case Code::Refused:
    return SENNIT_REFUSED;
  case Code::Interrupted:
    return SENNIT_INTERRUPTED;
  case Code::Internal:
    return SENNIT_INTERNAL;
  }
  return SENNIT_INTERNAL;
}

/// Runs `body`, a Status, and turns what the library throws (no memory) into one.
template <typename Body>
sennit_status guarded(Body body) {
  try {
    return report(body());
  } catch (const std::bad_alloc &) {
    return report(resourceExhausted("out of memory"));
  } catch (const std::exception &error) {
    return report(internalError(error.what()));
  }
}

Status needs(std::initializer_list<const void *> pointers) {
  for (const void *pointer : pointers)
    if (!pointer)
      return invalidInput("expected an address, found NULL");
  return {};
}

template <typename Element>
void writeOut(std::span<const Element> from, Element *to, size_t capacity, size_t *count) {
  std::copy_n(from.begin(), std::min(capacity, from.size()), to);
  *count = from.size();
}

StatusOr<const Tokenizer *> tokenizerOf(const sennit_package *package) {
  const std::lock_guard<std::mutex> held(package->textLock);
  if (!package->tokenizer) {
    const std::span<const uint8_t> section = package->package->section(SectionKind::Tokenizer);
    if (section.empty())
      return unsupported(package->package->path() + ": the package has no tokenizer, only token ids work");
    SENNIT_ASSIGN_OR_RETURN(package->tokenizer, Tokenizer::load(section));
  }
  return &*package->tokenizer;
}

StatusOr<SamplingParams> paramsOf(const sennit_sampling &from) {
  SamplingParams params;
  params.repeatPenalty = from.repeat_penalty;
  params.repeatWindow = from.repeat_window;
  params.temperature = from.temperature;
  params.topK = from.top_k;
  params.topP = from.top_p;
  params.minP = from.min_p;
  params.seed = from.seed;
  SENNIT_RETURN_IF_ERROR(checkSampling(params));
  return params;
}

/// A struct of another version of this header is not one that this build knows.
template <typename Struct>
Status checkSize(const Struct &given, const char *name) {
  if (given.struct_size != sizeof(Struct))
    return invalidInput(std::string(name) + " struct_size: expected " + std::to_string(sizeof(Struct)) +
                        ", found " + std::to_string(given.struct_size) + "; call sennit_" + name +
                        "_init first");
  return {};
}

/// An interrupt ends one call: whichever runs or comes next.
class InterruptScope {
public:
  explicit InterruptScope(sennit_session *session) : session(session) {}
  ~InterruptScope() { session->interrupt.store(false); }

private:
  sennit_session *session;
};

Status convertItems(sennit_session *session, const sennit_step_item *items, size_t count) {
  if (count && !items)
    return needs({items});
  session->items.clear();
  for (size_t i = 0; i < count; ++i) {
    const sennit_step_item &item = items[i];
    if (item.token_count < 0 || (item.token_count > 0 && !item.tokens))
      return invalidInput("item " + std::to_string(i) + ": expected tokens, found a count of " +
                          std::to_string(item.token_count));
    if (item.role != SENNIT_GENERATED && item.role != SENNIT_PROMPT)
      return invalidInput("item " + std::to_string(i) + " role: expected 0 or 1, found " +
                          std::to_string(int(item.role)));
    if (item.wanted < SENNIT_WANT_NONE || item.wanted > SENNIT_WANT_ALL)
      return invalidInput("item " + std::to_string(i) + " wanted: expected 0 to 2, found " +
                          std::to_string(int(item.wanted)));
    session->items.push_back(
        {item.sequence, std::span(item.tokens, size_t(item.token_count)),
         item.role == SENNIT_PROMPT ? schema::StepRole::Prompt : schema::StepRole::Generated,
         Wanted(int(item.wanted))});
  }
  return {};
}

Status keptLogits(sennit_session *session, size_t item, std::span<const float> &out) {
  if (item >= session->hasLogits.size() || !session->hasLogits[item])
    return invalidInput("item " + std::to_string(item) + " has no logits: the last step had " +
                        std::to_string(session->hasLogits.size()) + " items, and each must want them");
  const size_t vocab = session->session->vocabSize();
  out = std::span<const float>(session->kept).subspan(item * vocab, vocab);
  return {};
}

} // namespace

const char *sennit_last_error(void) {
  return lastError.c_str();
}

sennit_status sennit_package_open(const char *path, sennit_package **package) {
  return guarded([&]() -> Status {
    SENNIT_RETURN_IF_ERROR(needs({path, package}));
    auto made = std::make_unique<sennit_package>();
    auto opened = Package::open(path);
    if (opened.status().code() == Code::Unsupported) {
      // Not for this CPU; a GPU may still run it.
      OpenOptions looked;
      looked.executable = false;
      if (auto other = Package::open(path, looked); other.ok() && !deviceTargetList((*other)->root()).empty())
        opened = std::move(other);
    }
    SENNIT_ASSIGN_OR_RETURN(made->package, std::move(opened));
    *package = made.release();
    return {};
  });
}

void sennit_package_close(sennit_package *package) {
  delete package;
}

sennit_status sennit_package_verify(const sennit_package *package) {
  return guarded([&]() -> Status {
    SENNIT_RETURN_IF_ERROR(needs({package}));
    return package->package->verifyWeights();
  });
}

void sennit_model_info_init(sennit_model_info *info) {
  *info = {};
  info->struct_size = sizeof *info;
}

sennit_status sennit_package_info(const sennit_package *package, sennit_model_info *info) {
  return guarded([&]() -> Status {
    SENNIT_RETURN_IF_ERROR(needs({package, info}));
    SENNIT_RETURN_IF_ERROR(checkSize(*info, "model_info"));
    const schema::Package &root = package->package->root();
    const schema::Model &model = *root.model();
    info->family = model.family()->c_str();
    info->name = model.name() ? model.name()->c_str() : "";
    info->level = package->package->executable() ? cpuLevelName(package->package->level()) : "";
    info->vocab_size = int32_t(model.vocab_size());
    info->context_length = int32_t(model.context_length());
    info->layers = int32_t(model.layers());
    info->hidden_size = int32_t(model.hidden_size());
    info->bos_id = model.bos_id();
    info->eos_count = model.eos_ids() ? int32_t(model.eos_ids()->size()) : 0;
    info->eos_ids = model.eos_ids() ? model.eos_ids()->data() : nullptr;
    info->max_rows = int32_t(root.step()->max_rows());
    info->max_sequences = int32_t(root.step()->max_sequences());
    info->has_tokenizer = !package->package->section(SectionKind::Tokenizer).empty();
    info->has_chat_template = model.chat_template() && model.chat_template()->size() > 0;
    return {};
  });
}

sennit_status sennit_encode(const sennit_package *package, const char *text, size_t bytes, int32_t *ids,
                            size_t capacity, size_t *count) {
  return guarded([&]() -> Status {
    SENNIT_RETURN_IF_ERROR(needs({package, count}));
    if ((bytes && !text) || (capacity && !ids))
      return needs({nullptr});
    SENNIT_ASSIGN_OR_RETURN(const Tokenizer *tokenizer, tokenizerOf(package));
    SENNIT_ASSIGN_OR_RETURN(const std::vector<int32_t> all, tokenizer->encode(std::string_view(text, bytes)));
    writeOut(std::span<const int32_t>(all), ids, capacity, count);
    return {};
  });
}

sennit_status sennit_decode(const sennit_package *package, const int32_t *ids, size_t id_count, char *text,
                            size_t capacity, size_t *count) {
  return guarded([&]() -> Status {
    SENNIT_RETURN_IF_ERROR(needs({package, count}));
    if ((id_count && !ids) || (capacity && !text))
      return needs({nullptr});
    SENNIT_ASSIGN_OR_RETURN(const Tokenizer *tokenizer, tokenizerOf(package));
    SENNIT_ASSIGN_OR_RETURN(const std::string all, tokenizer->decode({ids, id_count}));
    writeOut(std::span<const char>(all), text, capacity, count);
    return {};
  });
}

sennit_status sennit_apply_chat_template(const sennit_package *package, const sennit_message *messages,
                                         size_t message_count, char *text, size_t capacity, size_t *count) {
  return guarded([&]() -> Status {
    SENNIT_RETURN_IF_ERROR(needs({package, count}));
    if ((message_count && !messages) || (capacity && !text))
      return needs({nullptr});
    const schema::Model &model = *package->package->root().model();
    if (!model.chat_template() || model.chat_template()->size() == 0)
      return unsupported(package->package->path() + ": the model has no chat template");
    std::vector<ChatMessage> turns;
    for (size_t i = 0; i < message_count; ++i) {
      SENNIT_RETURN_IF_ERROR(needs({messages[i].role, messages[i].content}));
      turns.push_back({messages[i].role, messages[i].content});
    }
    SENNIT_ASSIGN_OR_RETURN(const Tokenizer *tokenizer, tokenizerOf(package));
    {
      const std::lock_guard<std::mutex> held(package->textLock);
      if (!package->chatTemplate) {
        SENNIT_ASSIGN_OR_RETURN(package->chatTemplate,
                                ChatTemplate::parse(model.chat_template()->string_view()));
      }
    }
    const std::string_view eos = model.eos_ids() && model.eos_ids()->size()
                                     ? tokenizer->piece(model.eos_ids()->Get(0))
                                     : std::string_view();
    SENNIT_ASSIGN_OR_RETURN(const std::string all, package->chatTemplate->render(
                                                       turns, true, tokenizer->piece(model.bos_id()), eos));
    writeOut(std::span<const char>(all), text, capacity, count);
    return {};
  });
}

void sennit_session_options_init(sennit_session_options *options) {
  const SessionOptions defaults;
  *options = {sizeof *options, defaults.threads, defaults.sequences, defaults.pages, nullptr};
}

sennit_status sennit_session_create(sennit_package *package, const sennit_session_options *options,
                                    sennit_session **session) {
  return guarded([&]() -> Status {
    SENNIT_RETURN_IF_ERROR(needs({package, session}));
    auto made = std::make_unique<sennit_session>();
    SessionOptions chosen;
    chosen.interrupt = &made->interrupt;
    if (options) {
      SENNIT_RETURN_IF_ERROR(checkSize(*options, "session_options"));
      chosen.threads = options->threads;
      chosen.sequences = options->sequences;
      chosen.pages = options->pages;
      if (options->device)
        chosen.device = options->device;
    }
    SENNIT_ASSIGN_OR_RETURN(made->session, Session::create(package->package, std::move(chosen)));
    made->generator = std::make_unique<Generator>(*made->session);
    made->sampler = std::make_unique<Sampler>(made->session->vocabSize());
    *session = made.release();
    return {};
  });
}

void sennit_session_free(sennit_session *session) {
  delete session;
}

void sennit_session_interrupt(sennit_session *session) {
  if (session)
    session->interrupt.store(true);
}

sennit_status sennit_sequence_create(sennit_session *session, int64_t *sequence) {
  return guarded([&]() -> Status {
    SENNIT_RETURN_IF_ERROR(needs({session, sequence}));
    SENNIT_ASSIGN_OR_RETURN(*sequence, session->session->createSequence());
    return {};
  });
}

sennit_status sennit_sequence_fork(sennit_session *session, int64_t parent, int64_t *sequence) {
  return guarded([&]() -> Status {
    SENNIT_RETURN_IF_ERROR(needs({session, sequence}));
    SENNIT_ASSIGN_OR_RETURN(*sequence, session->session->forkSequence(parent));
    return {};
  });
}

sennit_status sennit_sequence_truncate(sennit_session *session, int64_t sequence, int32_t length) {
  return guarded([&]() -> Status {
    SENNIT_RETURN_IF_ERROR(needs({session}));
    return session->session->truncateSequence(sequence, length);
  });
}

sennit_status sennit_sequence_free(sennit_session *session, int64_t sequence) {
  return guarded([&]() -> Status {
    SENNIT_RETURN_IF_ERROR(needs({session}));
    return session->session->freeSequence(sequence);
  });
}

sennit_status sennit_sequence_length(sennit_session *session, int64_t sequence, int32_t *length) {
  return guarded([&]() -> Status {
    SENNIT_RETURN_IF_ERROR(needs({session, length}));
    SENNIT_ASSIGN_OR_RETURN(*length, session->session->length(sequence));
    return {};
  });
}

sennit_status sennit_session_free_pages(sennit_session *session, int32_t *pages) {
  return guarded([&]() -> Status {
    SENNIT_RETURN_IF_ERROR(needs({session, pages}));
    *pages = session->session->sequences().freePages();
    return {};
  });
}

sennit_status sennit_step_each(sennit_session *session, const sennit_step_item *items, size_t item_count,
                               sennit_logits_callback callback, void *context) {
  return guarded([&]() -> Status {
    SENNIT_RETURN_IF_ERROR(needs({session}));
    SENNIT_RETURN_IF_ERROR(convertItems(session, items, item_count));
    const InterruptScope scope(session);
    const auto forward = [&](size_t item, int32_t token, std::span<const float> logits) {
      callback(context, item, token, logits.data(), logits.size());
    };
    return session->session->step(session->items, callback ? LogitsSink(forward) : LogitsSink());
  });
}

sennit_status sennit_step(sennit_session *session, const sennit_step_item *items, size_t item_count) {
  return guarded([&]() -> Status {
    SENNIT_RETURN_IF_ERROR(needs({session}));
    SENNIT_RETURN_IF_ERROR(convertItems(session, items, item_count));
    const InterruptScope scope(session);
    const size_t vocab = session->session->vocabSize();
    session->hasLogits.assign(item_count, 0);
    session->kept.resize(std::max(session->kept.size(), item_count * vocab));
    return session->session->step(session->items, [&](size_t item, int32_t, std::span<const float> logits) {
      std::copy(logits.begin(), logits.end(), session->kept.begin() + std::ptrdiff_t(item * vocab));
      session->hasLogits[item] = 1;
    });
  });
}

sennit_status sennit_logits(sennit_session *session, size_t item, const float **logits) {
  return guarded([&]() -> Status {
    SENNIT_RETURN_IF_ERROR(needs({session, logits}));
    std::span<const float> kept;
    SENNIT_RETURN_IF_ERROR(keptLogits(session, item, kept));
    *logits = kept.data();
    return {};
  });
}

void sennit_sampling_init(sennit_sampling *sampling) {
  const SamplingParams defaults;
  *sampling = {sizeof *sampling, defaults.repeatPenalty, defaults.repeatWindow, defaults.temperature,
               defaults.topK,    defaults.topP,          defaults.minP,         defaults.seed};
}

sennit_status sennit_sample(sennit_session *session, size_t item, const sennit_sampling *sampling,
                            const int32_t *history, size_t history_count, int32_t *token) {
  return guarded([&]() -> Status {
    SENNIT_RETURN_IF_ERROR(needs({session, sampling, token}));
    if (history_count && !history)
      return needs({history});
    SENNIT_RETURN_IF_ERROR(checkSize(*sampling, "sampling"));
    SENNIT_ASSIGN_OR_RETURN(const SamplingParams params, paramsOf(*sampling));
    std::span<const float> kept;
    SENNIT_RETURN_IF_ERROR(keptLogits(session, item, kept));
    *token = session->sampler->sample(kept, params, {history, history_count}, history_count);
    return {};
  });
}

void sennit_request_init(sennit_request *request) {
  const Request defaults;
  *request = {};
  request->struct_size = sizeof *request;
  sennit_sampling_init(&request->sampling);
  request->max_tokens = defaults.maxTokens;
}

sennit_status sennit_generate(sennit_session *session, const sennit_request *requests, size_t request_count,
                              sennit_token_callback callback, void *context, sennit_finish *finish,
                              sennit_status *statuses) {
  return guarded([&]() -> Status {
    SENNIT_RETURN_IF_ERROR(needs({session}));
    if (request_count && !requests)
      return needs({requests});
    std::vector<Request> converted(request_count);
    for (size_t i = 0; i < request_count; ++i) {
      SENNIT_RETURN_IF_ERROR(checkSize(requests[i], "request"));
      if (requests[i].prompt_count && !requests[i].prompt)
        return needs({requests[i].prompt});
      SENNIT_ASSIGN_OR_RETURN(converted[i].sampling, paramsOf(requests[i].sampling));
      converted[i].prompt.assign(requests[i].prompt, requests[i].prompt + requests[i].prompt_count);
      converted[i].maxTokens = requests[i].max_tokens;
      converted[i].ignoreEos = requests[i].ignore_eos != 0;
    }
    const InterruptScope scope(session);
    std::vector<Completion> completions;
    TokenObserver observer;
    if (callback)
      observer = [&](size_t request, int32_t token) { return callback(context, request, token) != 0; };
    SENNIT_RETURN_IF_ERROR(session->generator->run(converted, completions, observer));
    Status first;
    for (size_t i = 0; i < request_count; ++i) {
      if (finish)
        finish[i] = sennit_finish(int(completions[i].finish));
      if (first.ok() && !completions[i].status.ok())
        first = completions[i].status;
      if (statuses)
        statuses[i] = report(completions[i].status);
    }
    return statuses ? Status() : first;
  });
}
