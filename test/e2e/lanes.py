# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: Sennit contributors
"""A plan of two lanes, edited by hand: attention of generated rows of one nano-batch on the memory lane beside what the
other does on the compute lane. It compiles from text, runs on threads of its own for each lane, and changes no byte."""
import json
import os
import random
import re
import sys

from harness import BIN, check, finish, golden, ids, model, package, refused, scratch, sennit, sennitRun

name = sys.argv[1]
folder = scratch()
ROWS = ("--max-rows", 24)
SLOT = 1e7  # nanoseconds: longer than any piece takes
NODE = re.compile(r'(name "[^"]*" domain (\w+) accesses \[([^\]]*)\].*? pieces )\[(.*?)\]( cost)')
PIECE = re.compile(r"rows = (\d+) to (\w+), lane = compute, share = 1.0, start = [^>]*>")


def twoLanes(text):
    """Gives every piece a slot of time. The pieces of a node follow each other on the compute lane, and a piece of
    attention of generated rows runs on the memory lane beside the next piece there."""
    slot = 0

    def move(match):
        nonlocal slot
        head, domain, accesses, pieces, tail = match.groups()
        rows = PIECE.findall(pieces)
        memory = domain == "generated" and "before" in accesses
        made = []
        if memory and len(rows) > 1:
            # Beside the last piece of the node before, which its first piece does not need, and the first one after.
            starts = [slot - 1 + i for i in range(len(rows))]
        else:
            starts = [slot + i for i in range(len(rows))]
            slot += len(rows)
        for (begin, end), start in zip(rows, starts):
            lane, share = ("memory", 0.5) if memory and len(rows) > 1 else ("compute", 0.5)
            made.append(f"#plan.piece<rows = {begin} to {end}, lane = {lane}, share = {share}, start = {start * SLOT}>")
        return head + "[" + ", ".join(made) + "]" + tail

    programs = []
    for part in re.split(r"(?m)^(?=  plan\.program)", text):
        slot = 0
        programs.append(NODE.sub(move, part) if part.startswith("  plan.program") else part)
    return "".join(programs)


dump = sennit("compile", model(name), *ROWS, "--split", 2, "--dump-after=plan")
if not check(dump.code == 0, f"--dump-after=plan: {dump.err}"):
    finish()
text = twoLanes(dump.out)
check(text.count("lane = memory") > 10, f"{name}: {text.count('lane = memory')} pieces on the memory lane")
plan = os.path.join(folder, "lanes.mlir")


def compilePlan(content, target, *flags):
    with open(plan, "w", encoding="utf-8") as file:
        file.write(content)
    return sennit("compile", plan, "--from=plan", "--params", model(name), *ROWS, *flags, "-o", target)


path = os.path.join(folder, "lanes.sennit")
result = compilePlan(text, path)
if not check(result.code == 0, f"{name}: --from=plan: {result.err}"):
    finish()
programs = {program["name"]: program["commands"]
            for program in sennitRun("inspect", path, "--program", "--json").json()["programs"]["list"]}
wide = next(commands for program, commands in programs.items() if program.endswith("24_generated"))
signals = [command["signal"] for command in wide if command["command"] == "signal"]
waits = [command["signal"] for command in wide if command["command"] == "wait"]
check(signals == list(range(len(signals))) and set(waits) == set(signals), f"{name}: signals {signals}, waits {waits}")
check({command["lane"] for command in wide if "kernel" in command} == {"compute", "memory"}, f"{name}: one lane only")

# Twenty sequences generate at once, so that attention of either part has rows.
dice = random.Random(3)
vocabulary = max(golden(name)["ids"]) + 1
requests = os.path.join(folder, "requests.jsonl")
with open(requests, "w", encoding="utf-8") as out:
    for i in range(20):
        prompt = [dice.randrange(vocabulary) for _ in range(1 + dice.randrange(30))]
        out.write(json.dumps({"prompt_ids": prompt, "max_tokens": 6, "temperature": 1.0, "top_k": 9, "seed": i,
                              "ignore_eos": True, "logits": True}) + "\n")


def answers(package_, threads, *batchFlags, device=(), env=None):
    done = sennitRun(package_, "--batch", requests, "--threads", threads, *device, *batchFlags, env=env)
    check(done.code == 0, f"{name}: batch: {done.err}")
    batch = [json.loads(line) for line in done.out.splitlines()]
    single = sennitRun(package_, "--prompt-ids", ids(golden(name)["ids"]), "--greedy", "--ignore-eos", "--max-tokens",
                       3, "--logits", "--json", "--threads", threads, *device, env=env).json()
    return [(one["ids"], one["logits"]) for one in batch + [single]]


expected = answers(package(name, *ROWS, "--split", "off"), 1)
check(len(expected) == 21, f"{name}: {len(expected)} answers")
for threads in (1, 2, 3, 4):  # one thread runs the commands in the order of the text
    check(answers(path, threads) == expected, f"{name}: two lanes on {threads} threads change the bytes")
if "gpu" in sys.argv[2:]:
    # The same plan on the emulated GPU: two branches of a graph, whose nodes run in another order for each seed.
    target = ("--target", "emulated-sm_90a")
    onGpu = os.path.join(folder, "gpu.sennit")
    result = compilePlan(text, onGpu, *target)
    check(result.code == 0, f"{name}: --from=plan for the emulated GPU: {result.err}")
    onDevice = ("--device", "cuda")
    gpu = {"LD_LIBRARY_PATH": os.path.join(BIN, "..", "lib", "emulated-driver")}
    whole = answers(package(name, *ROWS, "--split", "off", *target), 1, device=onDevice, env=gpu)
    for seed in range(6):
        check(answers(onGpu, 1, device=onDevice, env=dict(gpu, SENNIT_EMULATED_SEED=str(seed))) == whole,
              f"{name}: two lanes change the bytes on the emulated GPU, seed {seed}")
trace = os.path.join(folder, "trace.json")
check(answers(path, 2, "--trace", trace) == expected, f"{name}: tracing changes the bytes")
with open(trace, encoding="utf-8") as file:
    events = json.load(file)["traceEvents"]
tracks = {event["args"]["name"] for event in events if event["name"] == "thread_name"}
check("lane memory" in tracks, f"{name}: tracks {tracks}")
onMemory = [event for event in events if event.get("cat") == "command" and event["args"]["lane"] == "memory"]
check(onMemory and all(event["tid"] != 0 for event in onMemory), f"{name}: no command of the memory lane in the trace")

# The compiler refuses what would not hold: attention that begins a slot too early, and rows in no piece.
early = re.sub(r"(lane = memory, share = 0.5, start = )[^>]*>", r"\g<1>0.0>", text)
refused(compilePlan(early, path), "plan")
refused(compilePlan(text.replace("rows = 12 to max, lane = memory", "rows = 13 to max, lane = memory"), path), "12")
finish()
