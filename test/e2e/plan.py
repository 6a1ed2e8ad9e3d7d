# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: Sennit contributors
"""`sennit plan` on the case that NanoFlow (OSDI 2025) publishes, and on its neighbours.

LLaMA-2-70B on eight A100, 2048 rows, 512 tokens in and 1024 out. Every plan is held to plan_rules.py, which
knows the paper and not the compiler.
"""
import copy
import json
import os
import random

from harness import SOURCE, check, finish, scratch, sennit
from plan_rules import broken

folder = scratch()
configs = os.path.join(SOURCE, "examples", "configs")
# Milliseconds of the whole step, all layers: the column of measured times.
MEASURED = {"kqv": 16.08, "o": 16.01, "up_gate": 69.92, "down": 34.96, "decode_attention": 35.60,
            "prefill_attention": 4.56, "network": 47.92}
# GFLOP, GB of memory, GB of network from formulas, with the part that they may differ by; None: no formula.
GOLDEN = {"kqv": ((27487.8, .002), (19.5, .002), (0, 0)),
          "o": ((21990.2, .002), (16.1, .002), (0, 0)),
          "up_gate": ((153931.6, .002), (96.6, .002), (0, 0)),
          "down": ((76965.8, .002), (49.7, .002), (0, 0)),
          "decode_attention": ((3665.9, .01), (462.2, .01), (0, 0)),
          "prefill_attention": ((916.3, .002), (2.1, .05), (0, 0)),
          "network": (None, (75.2, .002), (75.2, .002))}


def write(name, value):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8") as file:
        json.dump(value, file)
    return path


def near(found, wanted, part, what):
    check(abs(found - wanted) <= part * wanted, f"{what}: expected {wanted} within {part:.1%}, found {found}")


def golden(*flags, times=None, **load):
    """The plan of the published case; with `times` instead of the measured ones."""
    times = times or MEASURED
    flags = ("--op-times", write("times.json", times)) + flags
    return planned(os.path.join(configs, "llama-2-70b.json"), *flags, times=times, **load)


def planned(config, *flags, times=None, penalty=0, target="a100-80g-x8", batch=2048, budget=1.5):
    if penalty:
        flags += ("--split-penalty", penalty)
    flags = ("--target", target, "--batch", batch, "--budget", budget) + flags
    report = sennit("plan", config, *flags, "--json").json()
    what = f"plan {os.path.basename(config)} {batch} {' '.join(map(str, flags))}"
    check(report["valid"] and not report["violations"], f"{what}: {report['violations'][:3]}")
    if times:
        found = broken(report, times, penalty)
        check(not found, f"{what}: {len(found)} rules broken: {found[:3]}")
    check(report["plan_ms"] >= report["bound_ms"] * (1 - 1e-9), f"{what}: below the bound")
    tokens = report["load"]["batch"] / report["plan_ms"] * 1e3 / report["devices"]
    near(report["tokens_per_s_per_gpu"], tokens, 1e-6, f"{what}: tokens_per_s_per_gpu")
    return report


# The published case.
best = golden(budget=5)
near(best["sequential_ms"], 225.05, .001, "sequential_ms")
near(best["unsplit_ms"], 222.01, .001, "unsplit_ms")
near(best["bound_ms"], 175.30, .002, "bound_ms")
check(best["plan_ms"] <= 178.8, f"plan: expected at most 178.8 ms, found {best['plan_ms']}")
check(best["decision"] == "split" and best["condition"] == "",
      f"plan: {best['decision']}, {best['condition']}")
check(all(other["ms"] is None or other["loses_by_ms"] >= -1e-9 for other in best["why"]),
      f"why: expected alternatives that lose, found {best['why']}")
others = {other["alternative"] for other in best["why"]}
check({"one node after the other", "2 equal parts, list rule"} <= others, f"why: {others}")
near(best["steady_us_per_layer"] * 80 / 1e3, best["plan_ms"], .005, "steady_us_per_layer of 80 layers")
check((best["devices"], best["layout"]) == (8, {"tp": 8}), "without --layout all devices are tensor-parallel")
check(best["load"]["generated_rows"] == 1365 and best["load"]["prompt_rows"] == 683, f"load: {best['load']}")
check(max(len(ranges) for ranges in best["split"].values()) in (2, 3, 4), f"split: {best['split']}")
for op, golds in GOLDEN.items():
    row = next((row for row in best["ops"] if row["op"] == op), None)
    if check(row, f"ops: found no {op}"):
        for field, gold in zip(("gflop", "gb_memory", "gb_network"), golds):
            if gold:
                near(row[field], *gold, f"{op} {field}")
        near(row["ms"], MEASURED[op], 1e-6, f"{op} ms")


# The rules are not blind: each kind of damage breaks its own.
def damaged(kind, change):
    copied = copy.deepcopy(best)
    change(copied["nodes"], {(node["op"], node["layer"], node["rows"][0]): node for node in copied["nodes"]})
    found = broken(copied, MEASURED)
    check(any(sentence.startswith(kind + ":") for sentence in found),
          f"rules: expected {kind}, found {found[:3]}")


def partner(nodes, lane):
    return next(node for node in nodes if node["lane"] == lane and node["layer"] == 40)


damaged("rows", lambda nodes, at: nodes.remove(at["down", 7, 0]))
damaged("rows", lambda nodes, at: at["o", 7, 0].update(rows=[0, at["o", 7, 0]["rows"][1] + 1]))
damaged("lane", lambda nodes, at: at["up_gate", 40, 0].update(end=at["up_gate", 40, 0]["end"] + .05))
damaged("class", lambda nodes, at: at["kqv", 40, 0].update(lane="memory"))
damaged("order", lambda nodes, at: partner(nodes, "network").update(start=at["o", 40, 0]["start"]))
damaged("shares", lambda nodes, at: [node.update(share=.99) for node in nodes if node["lane"] == "network"])
damaged("work", lambda nodes, at: partner(nodes, "memory").update(share=.05))
damaged("work", lambda nodes, at: at["down", 79, 0].update(start=at["down", 79, 0]["start"] + .01))
damaged("left", lambda nodes, at: [node.update(share=1) for node in nodes])
damaged("time", lambda nodes, at: nodes[0].update(start=-1e-3))

# Less time, fewer choices.
check(golden(budget=.001)["plan_ms"] <= 178.8, "--budget 0.001: the list rule's plan is there at once")
check(golden("--scheduler", "sequential")["plan_ms"] == best["sequential_ms"], "--scheduler sequential")
whole = golden("--split", "off")
check(whole["decision"] == "unsplit" and whole["unsplit_ms"] <= whole["plan_ms"] <= best["sequential_ms"],
      f"--split off: {whole['plan_ms']}")
listed = [golden("--scheduler", "list") for _ in range(2)]
check(listed[0]["plan_ms"] <= 178.8, f"--scheduler list: {listed[0]['plan_ms']}")
two = golden("--split", 2)
check(two["plan_ms"] <= 185, f"--split 2: expected at most 185 ms, found {two['plan_ms']}")
check(max(map(len, two["split"].values())) == 2 and two["split"]["o"] == [[0, 1024], [1024, 2048]],
      f"--split 2: {two['split']}")

# What a piece costs more.
dear = golden(penalty=.132)
check(dear["plan_ms"] <= 205, f"--split-penalty 0.132: expected at most 205 ms, found {dear['plan_ms']}")
dearest = golden(penalty=1)
check(dearest["decision"] == "unsplit" and "each further piece" in dearest["condition"],
      f"--split-penalty 1: {dearest['decision']}, {dearest['condition']}")
check(all(len(ranges) == 1 for ranges in dearest["split"].values()), f"--split-penalty 1: {dearest['split']}")

# Other tables, held to the bound of their own pieces.
for name, change, part in (("memory-rich", {"decode_attention": 10, "network": 20}, .02),
                           ("network-heavy", {"network": 100}, .03),
                           ("memory-bound", {"decode_attention": 200}, .05)):
    report = golden(times=dict(MEASURED, **change))
    check(report["plan_ms"] <= report["bound_ms"] * (1 + part),
          f"{name}: expected {part:.0%} of {report['bound_ms']} ms, found {report['plan_ms']}")
    check(report["plan_ms"] < report["sequential_ms"], f"{name}: slower than one op after another")

# docs/planning.md shows what the command prints, but for what a search finds.
with open(os.path.join(SOURCE, "docs", "planning.md"), encoding="utf-8") as file:
    shown = file.read().split("```")[1].splitlines()
printed = sennit("plan", os.path.join(configs, "llama-2-70b.json"), "--target", "a100-80g-x8", "--scheduler",
                 "list", "--op-times", write("times.json", MEASURED)).out.splitlines()
table = [line for line in shown[shown.index(printed[0]):]
         if not line.startswith(("plan ", "valid ")) and "loses by" not in line]
table = table[:next(index for index, line in enumerate(table) if line.startswith("steady state"))]
check(len(table) > 20, f"docs/planning.md: found only {len(table)} lines of the table")
for line in table:
    check(line in printed, f"docs/planning.md shows a line that is no longer printed: {line}")

# Sizes at which rows run out, and the same plan from the same command.
with open(os.path.join(configs, "llama-2-70b.json"), encoding="utf-8") as file:
    config = json.load(file)
small = write("config.json", dict(config, num_hidden_layers=3))
third = {op: ms * 3 / 80 for op, ms in MEASURED.items()}
thirds = write("thirds.json", third)
for batch in (1, 2, 3, 127, 128, 129, 1365, 2047, 2049):
    planned(small, "--op-times", thirds, times=third, batch=batch, budget=.2)
for parts in (2, 3, 5, 8):
    report = planned(small, "--op-times", thirds, "--split", parts, "--max-parts", 8, times=third,
                     batch=1009, budget=.2)
    check(len(report["split"]["o"]) == parts, f"--split {parts}: {report['split']['o']}")
draw = random.Random(7)
for _ in range(8):
    scaled = {op: ms * draw.choice((.03, .3, 1, 3)) for op, ms in third.items() if op != "up_gate"}
    scaled["up_gate"] = third["up_gate"]
    load = ("--prompt", draw.randint(1, 900), "--output", draw.choice((0, 1, 300, 2000)))
    planned(small, "--op-times", write("random.json", scaled), *load, times=scaled, budget=.2,
            batch=draw.randint(1, 3000), penalty=draw.choice((0, .05)))
again = [planned(small, "--op-times", thirds, "--seed", seed, times=third, budget=0) for seed in (1, 1, 2)]
for report in again + listed:
    report.pop("search_s")
check(again[0] == again[1] and listed[0] == listed[1], "the same command gives the same plan")
check(again[0]["iterations"] > 1000 and again[0]["plan_ms"] <= again[0]["sequential_ms"],
      "the search searched")

# Times from the target are near the measured ones, and the sweep finds where splitting begins to pay.
model = planned(os.path.join(configs, "llama-2-70b.json"), "--scheduler", "list")
for row in model["ops"]:
    if row["op"] in MEASURED:
        near(row["ms"], MEASURED[row["op"]], .01, f"{row['op']} by the target's tables")
sweep = planned(os.path.join(configs, "llama-3-8b.json"), "--prompt", 1024, "--output", 512, "--sweep",
                target="h200-x1")["sweep"]
first = sweep["crossover_batch"]
check(first and 64 <= first <= 2048, f"--sweep: expected a batch from which on splitting pays, found {first}")
check("below the ridge" in sweep["condition"] and "weights are read again" in sweep["condition"],
      f"--sweep: {sweep['condition']}")
for point in sweep["points"]:
    check(first is None or (point["decision"] == "split") == (point["batch"] >= first), f"--sweep: {point}")
    check(point["bound_ms"] * (1 - 1e-9) <= point["plan_ms"] <= point["sequential_ms"] * (1 + 1e-9),
          f"--sweep: {point}")
finish()
