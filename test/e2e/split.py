# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: Sennit contributors
"""Nano-batches change no byte: steps of prompt rows, of generated rows and of both, whatever the parts and threads."""
import json
import os
import random
import sys

from harness import check, finish, golden, ids, package, scratch, sennitRun

name = sys.argv[1]
folder = scratch()
ROWS = ("--max-rows", 24)  # buckets of 1, 2, 4, 8, 16 and 24 rows
dice = random.Random(9)
vocabulary = max(golden(name)["ids"]) + 1
prompts = [[dice.randrange(vocabulary) for _ in range(length)] for length in (1, 2, 3, 7, 23, 24, 25, 40, 61)]


def answers(path, threads):
    """Tokens and logits of everything that is compared."""
    found = []
    for prompt in prompts[:1] + prompts[-1:]:
        result = sennitRun(path, "--prompt-ids", ids(prompt), "--greedy", "--ignore-eos", "--max-tokens", 4, "--logits",
                           "--json", "--threads", threads).json()
        found.append((result["ids"], result["logits"]))
    found.append(sennitRun("score", path, "--ids", ids(prompts[-1]), "--positions", "--logits", "--json",
                           "--threads", threads).json()["logits"])
    # One, three, five and nine sequences at once; the long prompts go on while others generate.
    for count in (1, 3, 5, 9):
        file = os.path.join(folder, "requests.jsonl")
        with open(file, "w", encoding="utf-8") as out:
            for i in range(count):
                prompt = prompts[-1 - i]
                out.write(json.dumps({"prompt_ids": prompt, "max_tokens": 3 + i % 3, "temperature": 1.0, "top_k": 20,
                                      "seed": i, "ignore_eos": True, "logits": True}) + "\n")
        result = sennitRun("--batch", file, path, "--threads", threads)
        check(result.code == 0, f"batch of {count}: {result.err}")
        for line in result.out.splitlines():
            answer = json.loads(line)
            found.append((answer["ids"], answer["logits"]))
    return found


def roles(path):
    """Which kinds of steps the largest batch has."""
    trace = os.path.join(folder, "trace.json")
    result = sennitRun("--batch", os.path.join(folder, "requests.jsonl"), path, "--trace", trace)
    if not check(result.code == 0, f"--trace: {result.err}"):
        return set()
    with open(trace, encoding="utf-8") as file:
        return {event["name"].split()[0] for event in json.load(file)["traceEvents"] if event.get("cat") == "step"}


whole = package(name, *ROWS, "--split", "off")
expected = answers(whole, 1)
check(roles(whole) == {"decode", "prefill", "mixed"}, f"{name}: steps are {roles(whole)}")
for parts in (2, 3, 5):
    path = package(name, *ROWS, "--split", parts)
    programs = sennitRun("inspect", path, "--program", "--json").json()["programs"]["list"]
    cuts = {tuple(command["rows"]) for program in programs for command in program["commands"] if "rows" in command}
    first = 24 // parts
    check((0, first) in cuts and (24 * (parts - 1) // parts, "max") in cuts, f"{name}: --split {parts} cuts {cuts}")
    for threads in (1, 2):
        check(answers(path, threads) == expected, f"{name}: {parts} parts, {threads} threads change the bytes")
finish()
