# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: Sennit contributors
"""The contract of the command line: help, JSON fields, samplers, batches, signals, size of the small tool."""
import json
import os
import signal
import subprocess
import time

from harness import (SENNIT, SENNIT_RUN, check, finish, golden, ids, model, package, refused, run, scratch, sennit,
                     sennitRun)

folder = scratch()
path = package("llama")
prompt = golden("llama")["ids"][:9]

# Every verb explains itself with an example.
shared = ("run", "score", "tokenize", "bench", "inspect")
for tool, verbs in ((SENNIT, shared + ("compile", "explain", "plan", "calibrate")), (SENNIT_RUN, shared)):
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

# A cache entry that is cut, damaged outside its weights or of another format is compiled again.
entry = os.path.join(cache, "sennit", os.listdir(os.path.join(cache, "sennit"))[0])
with open(entry, "rb") as file:
    sound = file.read()
middle = len(sound) // 2
for spoiled in (b"", sound[:64], sound[:middle], b"SENNIT\xff\xff" + sound[8:],
                sound[:9000] + bytes(byte ^ 1 for byte in sound[9000:9100]) + sound[9100:]):
    with open(entry, "wb") as file:
        file.write(spoiled)
    direct = sennit("run", model("llama"), *arguments[1:], "--greedy", env={"XDG_CACHE_HOME": cache}).json()
    check(direct["ids"] == result["ids"], f"a spoiled cache entry of {len(spoiled)} bytes")
    with open(entry, "rb") as file:
        check(file.read() == sound, f"a spoiled cache entry of {len(spoiled)} bytes stays")

# A flag takes exactly the one value given to it, though it be empty.
refused(sennitRun("run", "--stop", "foo", path, "-p", "x"), "tokenizer")
refused(sennitRun("run", path, "--stop", "the", "stray", "-p", "x"), "stray")
refused(sennitRun("run", path, "--stop=", "--max-tokens", "4", "-p", "x"), "--stop", "empty")
refused(sennitRun("run", path, "--stop", "", "-p", "x"), "--stop", "empty")
refused(sennitRun("run", path, "--prompt-ids=", "--json"), "--prompt-ids: expected at least one token id")
refused(sennitRun(path, "--prompt-ids=", "--json"), "--prompt-ids: expected at least one token id")
refused(sennitRun("score", path, "--ids=", "--json"), "--ids: expected at least one token id")
refused(sennitRun("tokenize", path, "--decode-ids=", "--json"), "--decode-ids: expected at least one token id")
refused(sennit("compile", model("llama"), "-o", os.path.join(folder, "m.sennit"), "--target", ""), "--target")
refused(sennit("compile", model("llama"), "-o", os.path.join(folder, "m.sennit"), "--target=", "--json"), "--target")
refused(sennitRun(path, "--prompt-ids", "1", "--temperature", "nan"), "temperature", "found nan")
refused(sennitRun(path, "--prompt-ids", "1", "--system", "x"), "--system")
refused(sennit("frob"), "frob", "compile")

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
off = package("llama", "--split", "off", "--max-rows", 24)
beside = sennitRun("bench", path, "--beside", off, "--batch", 3, "--context", 5, "--decode", 9, "--threads", 2,
                   "--json").json()["results"][0]
check(beside["equal_logits"] and len(beside["step_seconds"]) == len(beside["beside_step_seconds"]) == 9 and
      sorted(beside["step_seconds"])[4] * 1e3 == beside["step_ms"], f"bench --beside: {beside}")
other = package("tiny-Q4_1", "--max-rows", 24)
refused(sennitRun("bench", path, "--beside", other, "--decode", 2), "one model")
refused(sennitRun("bench", path, "--beside", off, "--decode", 0), "--decode")
refused(sennitRun("bench", path, "--beside", off, "--batch", 100, "--decode", 2), "100")

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

# batch: a wrong line is told what is wrong with it
def batch(target, *lines, flags=()):
    with open(name, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    return sennitRun(target, "--batch", name, *flags)


for line, part in (('{"prompt_ids": [1]} {}', "column 21"), ('{"prompt": "\\ud800x"}', "surrogate"),
                   ('{"prompt_ids": [1], "temperature": 1e999}', "1e999"), ('{"prompt_ids": [1]', "unexpected end"),
                   ('{"messages": [{"role": "user", "content": "x"}], "system": "y"}', "system"),
                   ('{"prompt_ids": [1], "raw": true}', "raw"), ('{"prompt": "x", "raw": 1}', "raw"),
                   ('{"prompt": "x", "raw": true, "system": "y"}', "raw"), ('{"prompt": "x", "system": 1}', "system")):
    refused(batch(path, line), name + ":1", part)

# batch: system and raw, of the command and of a request; here with a model that has text
spoken = package("smollm2") if os.path.exists(model("smollm2")) else None
if spoken:
    short = {"max_tokens": 1, "temperature": 0}
    turn = {"role": "user", "content": "Hi"}
    said = [{"prompt": "Hi"}, {"prompt": "Hi", "system": "Be brief."}, {"prompt": "Hi", "raw": True},
            {"messages": [{"role": "system", "content": "Be brief."}, turn]},
            {"messages": [{"role": "system", "content": "Be very kind and brief."}, turn]}]
    count = []
    for flags in ((), ("--system", "Be very kind and brief.")):
        out = batch(spoken, *(json.dumps(dict(one, **short)) for one in said), flags=flags).out
        count.append([json.loads(line)["prompt_tokens"] for line in out.splitlines()])
    check(count[0][1] == count[0][3] and count[0][2] == 1, f"batch: fields system and raw: {count}")
    check(count[1][0] == count[1][4] and count[1][1:] == count[0][1:], f"batch: --system: {count}")
    refused(sennitRun("tokenize", spoken, "--decode-ids", "99999999"), "--decode-ids", "99999999 at item 1")

# explain names what was fused
explained = sennit("explain", path)
check(explained.code == 0 and explained.out.strip(), f"explain: {explained.err}")
check(sennit("explain", path, "--json").json(), "explain --json")
example = "layers.0.o_proj:linear_add"
check(example in sennit("explain", "--help").out, "explain --help has an example")
check(sennit("explain", path, example).code == 0, f"explain {example}: {sennit('explain', path, example).err}")

# SIGINT
process = subprocess.Popen([SENNIT_RUN, "bench", path, "--decode", "16", "--repeat", "100000"],
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE)
time.sleep(0.5)
process.send_signal(signal.SIGINT)
process.communicate(timeout=20)
check(process.returncode == 130, f"SIGINT during bench: exit code {process.returncode}")
# How steps are divided, and for which load: refused in one sentence, whatever is wrong.
target = os.path.join(folder, "split.sennit")
for value in ("x", "0", "-1", "65", "2.0", "2 ", ""):
    refused(sennit("compile", model("llama"), "-o", target, f"--split={value}"), "--split", f"'{value}'")
for value in ("x", "prompt", "prompt=", "prompt=x", "prompt=1,", ",prompt=1", "prompt=1,prompt=2", "prompt=1;output=2",
              "prompt=1.5", ""):
    refused(sennit("compile", model("llama"), "-o", target, f"--load={value}"), "prompt=512,output=256", f"'{value}'")
refused(sennit("compile", model("llama"), "-o", target, "--load", "prompt=-1"), "prompt=-1")
refused(sennit("compile", model("llama"), "-o", target, "--load", "output=16777217"), "output=16777217")
refused(sennit("compile", model("llama"), "-o", target, "--load", "prompt=0,output=0"), "prompt=0,output=0")
check(not os.path.exists(target), "a refused compile wrote a package")
text = os.path.join(folder, "split.mlir")
loads = {}
for load in ("prompt=512,output=256", "output=7", "prompt=9"):
    dump = sennit("compile", model("llama"), "--load", load, "--split", "off", "--dump-after=plan")
    check(dump.code == 0 and dump.out.count("plan.program") == 1, f"--load {load}: {dump.err}")
    loads[load] = dump.out
check(len(set(loads.values())) == 3, "--load changes no cost")
check(loads["prompt=512,output=256"] == sennit("compile", model("llama"), "--dump-after=plan").out, "the default load")
with open(text, "w", encoding="utf-8") as file:
    file.write(loads["prompt=9"])
for origin in ((), ("--from=plan",)):
    refused(sennit("compile", text, *origin, "--params", model("llama"), "-o", target, "--split", 2), "--split 2")
finish()
