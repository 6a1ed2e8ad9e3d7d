# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: Sennit contributors
"""The same bytes whatever the threads, the chunks, the company, and the code level."""
import json
import os
import random

from harness import check, finish, golden, ids, package, scratch, sennitRun

folder = scratch()
avx512 = "avx512_vnni" in open("/proc/cpuinfo", encoding="utf-8").read()


def answer(path, prompt, *flags, tokens=6):
    result = sennitRun(path, "--prompt-ids", ids(prompt), "--greedy", "--ignore-eos", "--max-tokens", tokens,
                       "--logits", "--json", *flags).json()
    return result["ids"], result["logits"]


def batch(path, requests, *flags):
    name = os.path.join(folder, "requests.jsonl")
    with open(name, "w", encoding="utf-8") as file:
        file.writelines(json.dumps(request) + "\n" for request in requests)
    result = sennitRun(path, "--batch", name, *flags)
    check(result.code == 0, f"batch: exit code {result.code}: {result.err}")
    return [json.loads(line) for line in result.out.splitlines()]


def sampled(prompt, seed):
    return {"prompt_ids": prompt, "max_tokens": 5, "temperature": 1.0, "top_k": 20, "seed": seed, "ignore_eos": True}


for name in ("llama", "gpt2", "tiny-Q4_1", "tiny-Q8_0", "llama-long"):
    path = package(name)
    prompt = golden(name)["ids"]
    alone = answer(path, prompt, "--threads", 1)
    for threads in (2, 3):
        check(answer(path, prompt, "--threads", threads) == alone, f"{name}: {threads} threads change the bytes")
    for rows in {"llama": (1, 7, 33), "tiny-Q4_1": (7,), "llama-long": (300,)}.get(name, ()):
        check(answer(package(name, "--max-rows", rows), prompt) == alone,
              f"{name}: steps of {rows} rows change the bytes")
    if avx512:
        check(answer(path, prompt, "--level", "avx2") == answer(path, prompt, "--level", "avx512"),
              f"{name}: the code level changes the bytes")

    # A few logits as a number of their own: the argmax could hide a difference.
    if name in ("llama", "tiny-Q4_1"):
        dice = random.Random(5)
        prompts = [[dice.randrange(3, 100) for _ in range(dice.randrange(1, 40))] for _ in range(32)]
        together = batch(path, [sampled(p, i) for i, p in enumerate(prompts)])
        check(len(together) == 32, f"{name}: {len(together)} results of 32 requests")
        for i in (0, 13, 31):
            single = batch(path, [sampled(prompts[i], i)])
            check(single[0]["ids"] == together[i]["ids"], f"{name}: sequence {i} depends on the other 31")
        logits = batch(path, [dict(sampled(p, i), logits=True) for i, p in enumerate(prompts[:9])])
        check(logits[4]["logits"] == batch(path, [dict(sampled(prompts[4], 4), logits=True)])[0]["logits"],
              f"{name}: logits depend on the batch")
finish()
