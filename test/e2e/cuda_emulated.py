# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: Sennit contributors
"""usage: cuda_emulated.py MODEL... Packages on the emulated GPU, against goldens of an independent implementation;
the same bytes whatever the chunks, the company, the order in which threads run, and the overlap."""
import json
import os
import random
import sys

from harness import BIN, check, distance, finish, golden, ids, package, refused, scratch, sennitRun

DRIVER = os.path.join(BIN, "..", "lib", "emulated-driver")
# Largest difference in shares of the largest logit. Operands are f32 in two parts, or 16 bits; the scales of blocks
# take part in f16.
SPLIT, ROUNDED = 2e-3, 3e-2
FLAGS = ("--target", "emulated-sm_90a")


def onDevice(*arguments, seed=0, **more):
    return sennitRun(*arguments, "--device", "cuda",
                     env={"LD_LIBRARY_PATH": DRIVER, "SENNIT_EMULATED_SEED": str(seed)}, **more)


def answer(path, prompt, *flags, tokens=4, seed=0):
    result = onDevice(path, "--prompt-ids", ids(prompt), "--greedy", "--ignore-eos", "--max-tokens", tokens, "--logits",
                      "--json", *flags, seed=seed).json()
    return result["ids"], result["logits"]


def batch(path, requests, folder):
    name = os.path.join(folder, "requests.jsonl")
    with open(name, "w", encoding="utf-8") as file:
        file.writelines(json.dumps(request) + "\n" for request in requests)
    result = onDevice(path, "--batch", name, seed=5)
    check(result.code == 0, f"batch: exit code {result.code}: {result.err}")
    return [json.loads(line) for line in result.out.splitlines()]


def compare(name):
    reference = golden(name)
    prompt = reference["ids"]
    path = package(name, *FLAGS)
    tolerance = ROUNDED if name.startswith("tiny-") and not name.endswith("F32") or "bf16" in name else SPLIT
    chosen, logits = answer(path, prompt)
    found = distance(logits, reference["logits_last"])
    check(found <= tolerance, f"{name}: logits differ by {found:.2e}, allowed {tolerance:.0e}")
    print(f"{name}: {found:.2e}")
    for seed in (1, 2, 3):
        check(answer(path, prompt, seed=seed) == (chosen, logits), f"{name}: seed {seed} changes the bytes")
    return path, prompt, (chosen, logits)


def bytesOf(name, path, prompt, alone, folder):
    """Chunks of a prompt and other sequences leave the bytes of one as they are."""
    for rows in (1, 5):
        check(answer(package(name, *FLAGS, "--max-rows", rows), prompt) == alone,
              f"{name}: steps of {rows} rows change the bytes")
    dice = random.Random(5)
    requests = [{"prompt_ids": [dice.randrange(3, 100) for _ in range(dice.randrange(1, 40))], "max_tokens": 3,
                 "temperature": 1.0, "top_k": 20, "seed": i, "ignore_eos": True, "logits": True} for i in range(8)]
    together = batch(path, requests, folder)
    for i in (0, 3, 7):
        single = batch(path, [requests[i]], folder)[0]
        for part in ("ids", "logits"):
            check(single[part] == together[i][part], f"{name}: the {part} of sequence {i} depend on the others")


def bench(path):
    """How long nothing runs between the commands of a step is a figure of a device."""
    flags = ("--prefill", 3, "--decode", 2, "--repeat", 1)
    row = onDevice("bench", path, *flags, "--json").json()["results"][0]
    check(0 < row["gap_share"] < 1, f"bench: a gap_share of {row['gap_share']}")
    check("gap_share" in onDevice("bench", path, *flags).out, "bench: the table has no gap_share")
    row = onDevice("bench", path, "--prefill", 3, "--decode", 0, "--repeat", 1, "--json").json()["results"][0]
    check("gap_share" not in row, "bench: a gap_share without a decode step")


def refusals(path, prompt):
    refused(sennitRun(path, "--prompt-ids", ids(prompt)), "no code for CPUs", "emulated-sm_90a")
    refused(sennitRun(path, "--prompt-ids", ids(prompt), "--device", "cuda",
                      env={"LD_LIBRARY_PATH": DRIVER, "SENNIT_EMULATED_ARCH": "80"}),
            "emulated-sm_90a", "compute capability 8.0")
    refused(sennitRun(path, "--prompt-ids", ids(prompt), "--device", "cuda",
                      env={"LD_LIBRARY_PATH": DRIVER, "SENNIT_EMULATED_MEMORY": "1000000"}),
            "expected", "weights", "KV cache", "free of")
    refused(sennitRun(path, "--prompt-ids", ids(prompt), "--device", "cuda:9", env={"LD_LIBRARY_PATH": DRIVER}),
            "device cuda:9")
    for version, parts in (("11080", ("CUDA 11.8", "at least 12.0")), ("12040", ("CUDA 12.4", "CUDA 13.0 or newer"))):
        refused(sennitRun(path, "--prompt-ids", ids(prompt), "--device", "cuda",
                          env={"LD_LIBRARY_PATH": DRIVER, "SENNIT_EMULATED_VERSION": version}), *parts)


def main():
    folder = scratch()
    for number, name in enumerate(sys.argv[1:]):
        path, prompt, alone = compare(name)
        if number == 0:
            bytesOf(name, path, prompt, alone, folder)
            refusals(path, prompt)
            bench(path)
    finish()


main()
