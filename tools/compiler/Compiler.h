// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// The C interface of libsennit-compiler.so, which `sennit` opens at run time. Options and results are JSON
// texts, so the interface stays small. Every call returns an exit code (0, 1, 2, 3, 130); *result and *error
// are malloc'd C strings that the caller frees, or null. Calls are not thread-safe.
#pragma once

extern "C" {

/// Checkpoint or IR text to package. Options: input, output, from (checkpoint | nn | plan | tile | exec;
/// absent: told by the content), params, target (list of code levels), max_rows, max_sequences, kv (f16 |
/// f32), dump_after (phase), calibration (a target of kind cpu, for predictions), made_up_weights (bool:
/// noise, to be timed), progress (bool). Result: output, bytes, seconds, and with dump_after the IR text as
/// dump.
int sennitCompile(const char *optionsJson, char **resultJson, char **error);

/// The reference interpreter on a package. Options: package, ids, max_tokens, ignore_eos, quantised (bool:
/// the activation rule of the kernels), all_logits (bool: of every position of ids, otherwise of the last).
/// Greedy. Result: ids (generated), finish_reason, logits (a list of rows when all_logits, otherwise one
/// row).
int sennitInterpret(const char *optionsJson, char **resultJson, char **error);

/// What the compiler decided. Options: input (package or checkpoint), op (absent: all).
/// Result: report (text for a reader), and the same as data.
int sennitExplain(const char *optionsJson, char **resultJson, char **error);

/// Asks a running call to stop with exit code 130 and no file left behind. Async-signal-safe.
void sennitInterrupt(void);
}
