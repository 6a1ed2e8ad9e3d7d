# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: Sennit contributors
"""The contract of the command line: help, JSON fields, samplers, batches, signals, size of the small tool."""
import json
import os
import signal
import subprocess
import time

from harness import SENNIT, SENNIT_RUN, check, finish, golden, ids, model, package, run, scratch, sennit, sennitRun

folder = scratch()
path = package("llama")
prompt = golden("llama")["ids"][:9]

# Every verb explains itself with an example.
shared = ("run", "score", "tokenize", "bench", "inspect")
for tool, verbs in ((SENNIT, shared + ("compile", "explain")), (SENNIT_RUN, shared)):
    top = run(tool, "--help")
    check(top.code == 0 and all(verb in top.out for verb in verbs), f"{tool} --help: {top.out} {top.err}")
    for verb in verbs:
        text = run(tool, verb, "--help")
        check(text.code == 0 and "Example" in text.out and "--json" in text.out, f"{verb} --help: {text.out}")
check("--interpret" in sennit("run", "--help").out, "sennit run has --interpret")
check("--interpret" not in sennitRun("run", "--help").out, "sennit-run run has no --interpret")
check(sennitRun("--version").code == 0, "--version")

# The small tool is small and needs nothing of the compiler.
check(os.path.getsize(SENNIT_RUN) < 3_000_000 or "asan" in SENNIT_RUN, f"{os.path.getsize(SENNIT_RUN)} bytes")
needs = run("ldd", SENNIT_RUN).out.lower()
check(not any(name in needs for name in ("llvm", "mlir", "cuda", "python")), f"sennit-run links {needs}")

# run --json
arguments = (path, "--prompt-ids", ids(prompt), "--max-tokens", 5, "--ignore-eos", "--json")
result = sennitRun(*arguments, "--greedy").json()
check(len(result["ids"]) == 5 and result["finish_reason"] == "length" and result["text"] is None, f"run: {result}")
check("logits" not in result and isinstance(result["timings"], dict), f"run: {result}")
check(sennitRun("run", *arguments, "--greedy").json()["ids"] == result["ids"], "sennit-run run is sennit-run")
check(sennit("run", *arguments, "--greedy").json()["ids"] == result["ids"], "sennit run is sennit-run")
check(sennitRun(*arguments, "--greedy", "--logits").json()["logits"] and
      len(sennitRun(*arguments, "--greedy", "--logits").json()["logits"]) == 131, "run --logits")
interpreted = sennit("run", *arguments, "--greedy", "--interpret").json()
check(len(interpreted["ids"]) == 5 and interpreted["finish_reason"] == "length", f"run --interpret: {interpreted}")

# A checkpoint is compiled into the cache, once.
cache = os.path.join(folder, "cache")
for _ in range(2):
    direct = sennit("run", model("llama"), *arguments[1:], "--greedy", env={"XDG_CACHE_HOME": cache}).json()
    check(direct["ids"] == result["ids"], "a checkpoint runs as its package does")
check(len(os.listdir(os.path.join(cache, "sennit"))) == 1, f"cache: {os.listdir(os.path.join(cache, 'sennit'))}")

# Samplers: a seed decides, temperature 0 is greedy.
sample = ("--temperature", 1.2, "--top-k", 30, "--top-p", 0.95, "--min-p", 0.01, "--repeat-penalty", 1.1)
first = sennitRun(*arguments, *sample, "--seed", 7).json()["ids"]
check(sennitRun(*arguments, *sample, "--seed", 7).json()["ids"] == first, "the same seed gives the same ids")
check(any(sennitRun(*arguments, *sample, "--seed", s).json()["ids"] != first for s in (8, 9, 10)), "seeds matter")
check(sennitRun(*arguments, "--temperature", 0).json()["ids"] == result["ids"], "temperature 0 is greedy")

# score
score = sennitRun("score", path, "--ids", ids(prompt), "--positions", "--json").json()
check(len(score["argmax"]) == len(prompt) and len(score["nll"]) == len(prompt) - 1, f"score: {score}")
check(all(value > 0 for value in score["nll"]), f"nll: {score['nll']}")
mean = sennitRun("score", path, "--ids", ids(prompt), "--json").json()
check(mean["tokens"] == len(prompt) and abs(mean["mean_nll"] - sum(score["nll"]) / len(score["nll"])) < 1e-6,
      f"score: {mean}")

one = sennitRun("score", path, "--ids", "5", "--positions", "--json").json()
check(len(one["argmax"]) == 1 and one["nll"] == [] and one["mean_nll"] is None, f"score of one id: {one}")

# bench
bench = sennitRun("bench", path, "--prefill", 16, "--decode", 4, "--threads", "1,2", "--json").json()
check([row["threads"] for row in bench["results"]] == [1, 2], f"bench: {bench}")
for row in bench["results"]:
    check(all(row[field] > 0 for field in ("prefill_tokens_per_s", "decode_tokens_per_s", "read_gb_per_s",
                                           "read_share")), f"bench: {row}")

# batch: one line for each request, in order, a blank line is no request
name = os.path.join(folder, "requests.jsonl")
requests = [{"prompt_ids": prompt[:i + 1], "max_tokens": i + 1, "temperature": 0, "ignore_eos": True} for i in range(5)]
with open(name, "w", encoding="utf-8") as file:
    file.write("\n\n".join(json.dumps(request) for request in requests))
lines = sennitRun(path, "--batch", name).out.splitlines()
check([len(json.loads(line)["ids"]) for line in lines] == [1, 2, 3, 4, 5], f"batch: {lines}")
for request, line in zip(requests, lines):
    alone = sennitRun(path, "--prompt-ids", ids(request["prompt_ids"]), "--greedy", "--ignore-eos", "--max-tokens",
                      request["max_tokens"], "--json").json()
    check(json.loads(line)["ids"] == alone["ids"], f"batch: {line} alone is {alone['ids']}")

# explain names what was fused
explained = sennit("explain", path)
check(explained.code == 0 and explained.out.strip(), f"explain: {explained.err}")
check(sennit("explain", path, "--json").json(), "explain --json")

# SIGINT
process = subprocess.Popen([SENNIT_RUN, "bench", path, "--decode", "16", "--repeat", "100000"],
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE)
time.sleep(0.5)
process.send_signal(signal.SIGINT)
process.communicate(timeout=20)
check(process.returncode == 130, f"SIGINT during bench: exit code {process.returncode}")
finish()
