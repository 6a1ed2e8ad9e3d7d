/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: Sennit contributors
 *
 * Continues a prompt with the C interface alone.
 *
 *   generate MODEL.sennit "Once upon a time" [MAX_TOKENS]
 *   generate MODEL.sennit --ids 1,2,3 [MAX_TOKENS]          (prints ids; works without a tokenizer)
 */
#include "runtime/sennit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int fail(const char *what) {
  fprintf(stderr, "generate: %s: %s\n", what, sennit_last_error());
  return 1;
}

struct printer {
  const sennit_package *package;
  int ids_only;
};

/* Prints each token as it comes. A character may span tokens, which a terminal puts together again. */
static int print_token(void *context, size_t request, int32_t token) {
  const struct printer *printer = context;
  char text[256];
  size_t bytes = 0;
  (void)request;
  if (printer->ids_only) {
    printf("%d\n", (int)token);
  } else if (sennit_decode(printer->package, &token, 1, text, sizeof text, &bytes) == SENNIT_OK) {
    fwrite(text, 1, bytes < sizeof text ? bytes : sizeof text, stdout);
  }
  fflush(stdout);
  return 1;
}

/* The ids of "1,2,3"; the caller frees them. */
static int32_t *parse_ids(const char *text, size_t *count) {
  int32_t *ids = malloc((strlen(text) + 1) * sizeof *ids);
  *count = 0;
  while (ids && *text) {
    char *end;
    ids[(*count)++] = (int32_t)strtol(text, &end, 10);
    if (end == text)
      break;
    text = *end == ',' ? end + 1 : end;
  }
  return ids;
}

/* The ids of a text; the caller frees them. */
static int32_t *encode(const sennit_package *package, const char *text, size_t *count) {
  const size_t capacity = strlen(text) + 1; /* a token has at least one byte */
  int32_t *ids = malloc(capacity * sizeof *ids);
  if (ids && sennit_encode(package, text, strlen(text), ids, capacity, count) != SENNIT_OK) {
    free(ids);
    return NULL;
  }
  return ids;
}

int main(int argc, char **argv) {
  sennit_package *package = NULL;
  sennit_session *session = NULL;
  sennit_request request;
  sennit_finish finish;
  struct printer printer;
  int32_t *ids;
  size_t count = 0;
  static const char *const reasons[] = {"stop", "length", "context"};
  const int ids_only = argc > 3 && strcmp(argv[2], "--ids") == 0;
  const char *prompt = argc > 2 ? argv[ids_only ? 3 : 2] : NULL;
  const char *max_tokens = argc > (ids_only ? 4 : 3) ? argv[ids_only ? 4 : 3] : "64";

  if (!prompt) {
    fprintf(stderr, "usage: generate MODEL.sennit (PROMPT | --ids 1,2,3) [MAX_TOKENS]\n");
    return 1;
  }
  if (sennit_package_open(argv[1], &package) != SENNIT_OK)
    return fail("cannot open the package");
  if (sennit_session_create(package, NULL, &session) != SENNIT_OK)
    return fail("cannot start a session");
  ids = ids_only ? parse_ids(prompt, &count) : encode(package, prompt, &count);
  if (!ids)
    return fail("cannot encode the prompt");

  sennit_request_init(&request);
  request.prompt = ids;
  request.prompt_count = count;
  request.max_tokens = (int32_t)strtol(max_tokens, NULL, 10);
  printer.package = package;
  printer.ids_only = ids_only;
  if (sennit_generate(session, &request, 1, print_token, &printer, &finish, NULL) != SENNIT_OK)
    return fail("cannot generate");
  fprintf(stderr, "\n[%s]\n", reasons[finish]);

  free(ids);
  sennit_session_free(session);
  sennit_package_close(package);
  return 0;
}
