/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: Sennit contributors
 *
 * The C interface of the Sennit runtime: open a package, keep sequences, run steps, sample, generate.
 *
 * Every fallible function returns a sennit_status; sennit_last_error() then gives one sentence about the last
 * failure in the calling thread. Handles belong to the caller, who closes or frees each once; passing NULL
 * there is fine. A package may be used by many threads at once; a session, with its sequences, by one at a
 * time. Structs begin with struct_size: their *_init functions set it with the defaults, so that later
 * versions can append fields.
 */
#ifndef SENNIT_H
#define SENNIT_H

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define SENNIT_API __attribute__((visibility("default")))
#else
#define SENNIT_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef enum sennit_status {
  SENNIT_OK = 0,
  SENNIT_INVALID_INPUT = 1,      /* a file, text or argument is wrong */
  SENNIT_UNSUPPORTED = 2,        /* valid, but not something this build or machine can do */
  SENNIT_RESOURCE_EXHAUSTED = 3, /* no pages, memory, places or disk left; nothing has changed */
  SENNIT_UNAVAILABLE = 4,        /* a device, driver or library is missing */
  SENNIT_REFUSED = 5,            /* strict mode refused */
  SENNIT_INTERRUPTED = 6,        /* sennit_session_interrupt was called */
  SENNIT_INTERNAL = 7            /* a defect of Sennit */
} sennit_status;

/* The sentence about the last failure in this thread; "" before any. Valid until the next failure in it. */
SENNIT_API const char *sennit_last_error(void);

/* ---- Packages
 * ---------------------------------------------------------------------------------------------------- */

typedef struct sennit_package sennit_package;

/* Maps and verifies a package. The code runs with the rights of this process: open only packages that you
 * trust. */
SENNIT_API sennit_status sennit_package_open(const char *path, sennit_package **package);
/* Sessions made from it stay valid. */
SENNIT_API void sennit_package_close(sennit_package *package);
/* Checks the weights against their hashes; reads all of them. */
SENNIT_API sennit_status sennit_package_verify(const sennit_package *package);

typedef struct sennit_model_info {
  size_t struct_size;
  const char *family; /* owned by the package, as all strings here */
  const char *name;   /* "" where the checkpoint had none */
  const char *level;  /* code level in use: "avx2", "avx512"; "" where only a GPU can run it */
  int32_t vocab_size;
  int32_t context_length;
  int32_t layers;
  int32_t hidden_size;
  int32_t bos_id; /* -1: none */
  int32_t eos_count;
  const int32_t *eos_ids;
  int32_t max_rows;      /* most tokens computed in one step; longer input takes several */
  int32_t max_sequences; /* most sequences in one step */
  int32_t has_tokenizer; /* 0: only ids work */
  int32_t has_chat_template;
} sennit_model_info;

SENNIT_API void sennit_model_info_init(sennit_model_info *info);
SENNIT_API sennit_status sennit_package_info(const sennit_package *package, sennit_model_info *info);

/* ---- Text
 * -------------------------------------------------------------------------------------------------------- */

/* Writes at most `capacity` ids and sets *count to how many the text has. Special tokens in it are
 * recognised, none is added. `text` is UTF-8 of `bytes` bytes. */
SENNIT_API sennit_status sennit_encode(const sennit_package *package, const char *text, size_t bytes,
                                       int32_t *ids, size_t capacity, size_t *count);
/* Writes at most `capacity` bytes, without a final zero, and sets *count to how many there are. Single tokens
 * need not be whole characters. */
SENNIT_API sennit_status sennit_decode(const sennit_package *package, const int32_t *ids, size_t id_count,
                                       char *text, size_t capacity, size_t *count);

typedef struct sennit_message {
  const char *role; /* "system", "user", "assistant" */
  const char *content;
} sennit_message;

/* The conversation as the model's chat template writes it, ready to be encoded, with the start of an answer.
 * As sennit_decode, it writes at most `capacity` bytes and sets *count. */
SENNIT_API sennit_status sennit_apply_chat_template(const sennit_package *package,
                                                    const sennit_message *messages, size_t message_count,
                                                    char *text, size_t capacity, size_t *count);

/* ---- Sessions and sequences
 * -------------------------------------------------------------------------------------- */

typedef struct sennit_session sennit_session;

typedef struct sennit_session_options {
  size_t struct_size;
  int32_t threads;   /* 0: as many as this process may use */
  int32_t sequences; /* most sequences alive at once */
  int32_t pages; /* of the KV cache, 32 positions each; 0: as many as one step can name, and a GPU has memory
                    for */
  const char *
      device; /* "cpu" or NULL; "cuda" for the first GPU, "cuda:N" for GPU N; read by sennit_session_create */
} sennit_session_options;

SENNIT_API void sennit_session_options_init(sennit_session_options *options);
/* `options` may be NULL. */
SENNIT_API sennit_status sennit_session_create(sennit_package *package, const sennit_session_options *options,
                                               sennit_session **session);
SENNIT_API void sennit_session_free(sennit_session *session);
/* Makes the call that is running, or else the next one, end with SENNIT_INTERRUPTED at the next step. From
 * any thread or a signal handler. */
SENNIT_API void sennit_session_interrupt(sennit_session *session);

SENNIT_API sennit_status sennit_sequence_create(sennit_session *session, int64_t *sequence);
/* A new sequence with the same content; they share memory until they differ. */
SENNIT_API sennit_status sennit_sequence_fork(sennit_session *session, int64_t parent, int64_t *sequence);
/* Drops every position from `length` on. */
SENNIT_API sennit_status sennit_sequence_truncate(sennit_session *session, int64_t sequence, int32_t length);
SENNIT_API sennit_status sennit_sequence_free(sennit_session *session, int64_t sequence);
SENNIT_API sennit_status sennit_sequence_length(sennit_session *session, int64_t sequence, int32_t *length);
SENNIT_API sennit_status sennit_session_free_pages(sennit_session *session, int32_t *pages);

/* ---- Steps
 * ------------------------------------------------------------------------------------------------------- */

/* The role follows a token's place in the request, also when it is computed again. */
typedef enum sennit_role { SENNIT_GENERATED = 0, SENNIT_PROMPT = 1 } sennit_role;
typedef enum sennit_wanted { SENNIT_WANT_NONE = 0, SENNIT_WANT_LAST = 1, SENNIT_WANT_ALL = 2 } sennit_wanted;

/* Tokens to append to one sequence; a step names each sequence at most once. */
typedef struct sennit_step_item {
  int64_t sequence;
  const int32_t *tokens;
  int32_t token_count;
  sennit_role role;
  sennit_wanted wanted;
} sennit_step_item;

/* Gets logits [vocab_size] of token `token` of item `item`; they are valid during the call. */
typedef void (*sennit_logits_callback)(void *context, size_t item, int32_t token, const float *logits,
                                       size_t vocab_size);

/* Appends the items' tokens and computes them together. On failure every sequence is as it was. `callback`
 * may be NULL. */
SENNIT_API sennit_status sennit_step_each(sennit_session *session, const sennit_step_item *items,
                                          size_t item_count, sennit_logits_callback callback, void *context);

/* The same, and keeps the logits of each item's last wanted token for sennit_logits and sennit_sample. */
SENNIT_API sennit_status sennit_step(sennit_session *session, const sennit_step_item *items,
                                     size_t item_count);
/* Logits [vocab_size] kept by the last sennit_step; valid until the next one. */
SENNIT_API sennit_status sennit_logits(sennit_session *session, size_t item, const float **logits);

/* ---- Sampling and generation
 * ------------------------------------------------------------------------------------- */

/* Applied in this order; the defaults take the largest logit. */
typedef struct sennit_sampling {
  size_t struct_size;
  float repeat_penalty;  /* 1: off */
  int32_t repeat_window; /* last tokens that count; -1: all */
  float temperature;     /* 0: take the largest logit */
  int32_t top_k;         /* 0: all */
  float top_p;           /* 1: all */
  float min_p;           /* 0: all */
  uint64_t seed;         /* same seed, same text, whatever else runs */
} sennit_sampling;

SENNIT_API void sennit_sampling_init(sennit_sampling *sampling);

/* Draws a token from the logits of an item of the last sennit_step. `history`: the tokens of its sequence so
 * far. */
SENNIT_API sennit_status sennit_sample(sennit_session *session, size_t item, const sennit_sampling *sampling,
                                       const int32_t *history, size_t history_count, int32_t *token);

typedef enum sennit_finish {
  SENNIT_FINISH_STOP = 0,
  SENNIT_FINISH_LENGTH = 1,
  SENNIT_FINISH_CONTEXT = 2
} sennit_finish;

typedef struct sennit_request {
  size_t struct_size;
  const int32_t *prompt;
  size_t prompt_count;
  sennit_sampling sampling;
  int32_t max_tokens; /* the context ends it in any case */
  int32_t ignore_eos;
} sennit_request;

SENNIT_API void sennit_request_init(sennit_request *request);

/* Told of each token as it is drawn; 0 ends that request with SENNIT_FINISH_STOP. */
typedef int (*sennit_token_callback)(void *context, size_t request, int32_t token);

/* Runs all requests together. finish[i] and statuses[i] tell how request i ended (either array may be NULL;
 * without statuses the first failure is returned). */
SENNIT_API sennit_status sennit_generate(sennit_session *session, const sennit_request *requests,
                                         size_t request_count, sennit_token_callback callback, void *context,
                                         sennit_finish *finish, sennit_status *statuses);

#ifdef __cplusplus
}
#endif

#endif /* SENNIT_H */
