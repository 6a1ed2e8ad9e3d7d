// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// The C interface of libsennit-compiler.so, which `sennit` opens at run time. Options and results are JSON
// texts, so the interface stays small. Every call returns an exit code (0, 1, 2, 3, 130); *result and *error
// are malloc'd C strings that the caller frees, or null. Calls are not thread-safe.
#pragma once

extern "C" {

/// Checkpoint or IR text to package. Options: input, output, from (checkpoint | nn | plan | tile | exec;
/// absent: told by the content), params, target (list of code levels and devices), max_rows, max_sequences,
/// kv (f16 | f32), dump_after (phase), calibration (a target file, for plans and predictions),
/// made_up_weights (bool: noise, to be timed), progress (bool). Result: output, bytes, seconds, warnings
/// (sentences on code for devices; absent where there are none), and with dump_after the IR text as dump.
int sennitCompile(const char *optionsJson, char **resultJson, char **error);

/// The reference interpreter on a package. Options: package, ids, max_tokens, ignore_eos, quantised (bool:
/// the activation rule of the kernels), all_logits (bool: of every position of ids, otherwise of the last).
/// Greedy. Result: ids (generated), finish_reason, logits (a list of rows when all_logits, otherwise one
/// row).
int sennitInterpret(const char *optionsJson, char **resultJson, char **error);

/// What the compiler decided. Options: input (package or checkpoint), op (absent: all).
/// Result: report (text for a reader), and the same as data.
int sennitExplain(const char *optionsJson, char **resultJson, char **error);

/// A plan for a step of a model, from its configuration alone. Options: config (config.json, a directory with
/// one, or GGUF), target (name or file), layout (object of mesh axis -> devices; absent: the whole target),
/// batch (rows of a step), prompt, output (tokens of a request), op_times (object of ms; absent: by the
/// target), split_penalty, objective (throughput | latency), budget (seconds), iterations, split (auto | off
/// | a number of equal parts), max_parts, scheduler (sequential | list | search | exact), seed, emit (bool).
/// All but config and target may be absent. Result, times in ms unless the name says otherwise: model
/// (family, name, layers, hidden_size, parameters), target, devices, layout, load (batch, generated_rows,
/// prompt_rows, prompt, output), objective, ops (op, class, gflop, gb_memory, gb_network, compute_ms,
/// memory_ms, network_ms, ms, basis; of the whole step on all devices), sequential_ms, unsplit_ms, bound_ms,
/// plan_ms, steady_us_per_layer, tokens_per_s_per_gpu, valid, violations, scheduler, search_s, iterations,
/// decision (split | unsplit), condition, split (op -> list of rows [begin, end)), nodes (node, op, layer,
/// rows, lane, share, start, end), why (alternative, ms, loses_by_ms, condition), and with emit the plan text
/// as mlir.
int sennitPlan(const char *optionsJson, char **resultJson, char **error);

/// Asks a running call to stop with exit code 130 and no file left behind. Async-signal-safe.
void sennitInterrupt(void);
}
