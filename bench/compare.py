#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: Sennit contributors
"""Sennit beside ik_llama.cpp on one GGUF model: prefill and decode speed, in turns in one run.

usage: compare.py [--model GGUF] [--package SENNIT] [--prefill 512] [--decode 128] [--threads 1,2] [--rounds 3] [--json]

Needs the wheel `ik-llama-cpp-python` for the peer and `build/bin` for Sennit. Each round measures every candidate of
both systems once (a candidate is a number of threads and, for the peer, weights repacked at load or not), so that a
change of the machine's speed meets both. A system's figure is the best of its candidates over all rounds.
"""
import argparse
import json
import os
import subprocess
import sys
import time

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), ".."))
CONTEXT = 4  # tokens before the first decode step, as in `sennit bench`


def peer(model, threads, repack, prefill, decode):
    """Runs in a process of its own, since the peer keeps its threads spinning. Prints one JSON object."""
    from ik_llama_cpp import _ctypes_api as api
    from ik_llama_cpp import _internals as internals
    saved = os.dup(2)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # its load log
    defaults = api.llama_model_default_params

    def parameters():
        values = defaults()
        values.repack_tensors = bool(repack)
        return values

    api.llama_model_default_params = parameters
    loaded = internals.IkModel(model, use_mmap=not repack)
    context = internals.IkContext(loaded, n_ctx=max(prefill, CONTEXT + decode) + 64, n_threads=threads)
    os.dup2(saved, 2)
    tokens = [3 + (i * 7919) % (loaded.n_vocab - 10) for i in range(prefill)]

    def step(batch):
        if context.decode(batch) != 0:
            sys.exit("the peer could not decode")
        context.get_logits(batch.n_tokens - 1)

    def seconds(batches):
        start = time.perf_counter()
        for batch in batches:
            step(batch)
        return time.perf_counter() - start

    prompt = internals.make_batch(tokens)
    short = internals.make_batch(tokens[:CONTEXT])
    singles = [internals.make_batch_single(tokens[i % prefill], CONTEXT + i) for i in range(decode)]
    best = {"prefill": 0.0, "decode": 0.0}
    for _ in range(3):
        context.kv_cache_clear()
        best["prefill"] = max(best["prefill"], prefill / seconds([prompt]))
        context.kv_cache_clear()
        step(short)
        best["decode"] = max(best["decode"], decode / seconds(singles))
    print(json.dumps(best))


def runPeer(arguments, threads, repack):
    command = [sys.executable, os.path.abspath(__file__), "--peer", str(threads), str(repack), "--model",
               arguments.model, "--prefill", str(arguments.prefill), "--decode", str(arguments.decode)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"the peer failed: {done.stderr.strip()[-500:] or done.returncode}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def runSennit(arguments, threads):
    command = [os.path.join(ROOT, "build", "bin", "sennit-run"), "bench", arguments.package, "--prefill",
               str(arguments.prefill), "--decode", str(arguments.decode), "--threads", str(threads), "--json"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"sennit-run bench failed: {done.stderr.strip()}")
    row = json.loads(done.stdout)["results"][0]
    return {"prefill": row["prefill_tokens_per_s"], "decode": row["decode_tokens_per_s"],
            "read_gb_per_s": row["read_gb_per_s"], "read_share": row["read_share"]}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default=os.path.join(ROOT, "models", "SmolLM2-135M-Instruct.Q4_1.gguf"))
    parser.add_argument("--package", default=os.path.join(ROOT, "models", "smollm2.sennit"))
    parser.add_argument("--prefill", type=int, default=512)
    parser.add_argument("--decode", type=int, default=128)
    parser.add_argument("--threads", default=",".join(str(n + 1) for n in range(len(os.sched_getaffinity(0)))))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--peer", nargs=2, type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.peer:
        return peer(arguments.model, *arguments.peer, arguments.prefill, arguments.decode)

    counts = [int(n) for n in arguments.threads.split(",")]
    ours, theirs = {}, {}
    for turn in range(arguments.rounds):
        for threads in counts:
            if sys.stderr.isatty():
                sys.stderr.write(f"\rround {turn + 1} of {arguments.rounds}, {threads} threads ")
            ours.setdefault(f"{threads} threads", []).append(runSennit(arguments, threads))
            for repack in (0, 1):
                name = f"{threads} threads" + (", repacked" if repack else "")
                theirs.setdefault(name, []).append(runPeer(arguments, threads, repack))
    if sys.stderr.isatty():
        sys.stderr.write("\r\033[K")

    def best(results, field):
        return max((max(run[field] for run in runs), name) for name, runs in results.items())

    report = {"model": os.path.basename(arguments.model), "rounds": arguments.rounds}
    for field, length in (("prefill", arguments.prefill), ("decode", arguments.decode)):
        (mine, how), (other, otherHow) = best(ours, field), best(theirs, field)
        report[field] = {"tokens": length, "sennit": mine, "sennit_best": how, "ik_llama_cpp": other,
                         "ik_llama_cpp_best": otherHow, "ratio": mine / other}
    report["sennit_runs"], report["ik_llama_cpp_runs"] = ours, theirs
    if arguments.json:
        print(json.dumps(report))
        return
    for field in ("prefill", "decode"):
        row = report[field]
        print(f"{field:8}{row['tokens']:5} tokens: sennit {row['sennit']:8.1f} tok/s ({row['sennit_best']})   "
              f"ik_llama.cpp {row['ik_llama_cpp']:8.1f} tok/s ({row['ik_llama_cpp_best']})   ratio {row['ratio']:.2f}")


if __name__ == "__main__":
    main()
