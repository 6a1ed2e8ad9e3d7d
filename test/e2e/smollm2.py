# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: Sennit contributors
"""SmolLM2 as a user meets it: token ids, chat template, teacher-forced argmax, mean NLL."""
import json
import os

from harness import DATA, check, finish, ids, package, scratch, sennitRun

with open(os.path.join(DATA, "smollm2.json"), encoding="utf-8") as file:
    reference = json.load(file)
path = package("smollm2")
folder = scratch()


def textFile(text):
    name = os.path.join(folder, "text")
    with open(name, "wb") as file:
        file.write(text.encode())
    return name


def tokenize(text):
    return sennitRun("tokenize", path, "--text-file", textFile(text), "--json").json()["ids"]


for case in reference["tokenize"]:
    found = tokenize(case["text"])
    check(found == case["ids"], f"ids of {case['text']!r}: {found}, expected {case['ids']}")

total = equal = sure = sureEqual = 0
for case in reference["cases"]:
    if "prompt_text" in case:
        check(tokenize(case["prompt_text"]) == case["prompt_ids"], f"prompt ids of {case['prompt_text']!r}")
    if case["kind"] == "chat":
        request = os.path.join(folder, "request.jsonl")
        with open(request, "w", encoding="utf-8") as file:
            file.write(json.dumps({"messages": case["input"], "max_tokens": 1, "temperature": 0}) + "\n")
        line = sennitRun(path, "--batch", request, "--json")
        row = json.loads(line.out.splitlines()[0]) if line.code == 0 else {"error": line.err}
        check(row.get("prompt_tokens") == len(case["prompt_ids"]), f"chat template of {case['input']}: {row}")
    forced = case["prompt_ids"] + case["greedy_ids"]
    score = sennitRun("score", path, "--ids", ids(forced), "--positions", "--json").json()
    for i, (expected, margin) in enumerate(zip(case["greedy_ids"], case["margins"])):
        good = score["argmax"][len(case["prompt_ids"]) - 1 + i] == expected
        total, equal = total + 1, equal + good
        if margin > 0.3:
            sure, sureEqual = sure + 1, sureEqual + good
        check(good or margin <= 1.0, f"argmax after {i} tokens of {case['input']!r} although the margin is {margin}")
check(sureEqual >= 0.99 * sure, f"{sureEqual} of {sure} sure choices are equal")
check(equal >= 0.9 * total, f"{equal} of {total} choices are equal")

for case in reference["nll"]:
    score = sennitRun("score", path, "--text-file", textFile(case["text"]), "--json").json()
    check(score["tokens"] == len(case["ids"]), f"{score['tokens']} tokens, expected {len(case['ids'])}")
    relative = abs(score["mean_nll"] / case["mean_nll"] - 1)
    check(relative < 0.01, f"mean nll {score['mean_nll']}, expected {case['mean_nll']}")

# What ./demo says.
answer = sennitRun(path, "-p", "What is the capital of France?", "--system", "You are a helpful AI assistant.",
                   "--temperature", 0.2, "--top-p", 0.9, "--max-tokens", 40, "--json").json()
check("Paris" in answer["text"] and answer["finish_reason"] == "stop", f"the answer is {answer['text']!r}")
finish()
