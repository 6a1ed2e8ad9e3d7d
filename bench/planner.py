#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: Sennit contributors
"""The table of plans: what NanoFlow (OSDI 2025) publishes for LLaMA-2-70B on eight A100, and what `sennit plan`
makes of it and of its neighbours.

usage: planner.py [--only WORD] [--json FILE] [--bin DIR]

Needs `build/bin/sennit` and nothing else. Plans are made one after the other on one processor. `must` and
`stretch` are the most that a figure may be; `~` marks seconds that were measured while others used the processors.
Seconds are those that the planner states: without starting up, and without writing the report.
"""
import argparse
import datetime
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass, field

from contest import PROCESSORS, QUIET, Watch, processorName

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
CONFIGS = os.path.join(ROOT, "examples", "configs")
MEASURED = {"kqv": 16.08, "o": 16.01, "up_gate": 69.92, "down": 34.96, "decode_attention": 35.60,
            "prefill_attention": 4.56, "network": 47.92}
# GFLOP, GB of memory, GB of network of each op in the paper; the part that each may differ by.
PUBLISHED = {"kqv": ((27487.8, .002), (19.5, .002), None), "o": ((21990.2, .002), (16.1, .002), None),
             "up_gate": ((153931.6, .002), (96.6, .002), None), "down": ((76965.8, .002), (49.7, .002), None),
             "decode_attention": ((3665.9, .01), (462.2, .01), None),
             "prefill_attention": ((916.3, .002), (2.1, .05), None),
             "network": (None, (75.2, .002), (75.2, .002))}
BUDGETS = (.001, .1, .3, 1, 3, 10)


@dataclass
class Row:
    name: str
    unit: str
    value: float | None
    must: float | None = None
    stretch: float | None = None
    seconds: float | None = None  # of planning
    note: str = ""
    foreign: float = 0  # processors that others used
    more: dict = field(default_factory=dict)

    def verdict(self):
        if self.must is None:
            return ""
        mark = "~" if self.unit == "s" and self.foreign > QUIET else ""
        if self.value is None:
            return "missed"
        name = "stretch" if self.value <= self.stretch else "must" if self.value <= self.must else "missed"
        return ("must" if name == "stretch" and self.stretch == self.must else name) + mark


class Planner:
    def __init__(self, binary):
        self.binary, self.folder = binary, tempfile.TemporaryDirectory()

    def plan(self, config, target, *flags, times=None):
        """The report, and how many processors others used meanwhile."""
        if times:
            path = os.path.join(self.folder.name, "times.json")
            with open(path, "w", encoding="utf-8") as file:
                json.dump(times, file)
            flags += ("--op-times", path)
        config = os.path.join(CONFIGS, config)
        command = [self.binary, "plan", config, "--target", target, "--json", *map(str, flags)]
        processor = max(os.sched_getaffinity(0))
        watch = Watch()
        done = subprocess.run(command, capture_output=True, text=True, check=False,
                              preexec_fn=lambda: os.sched_setaffinity(0, {processor}))
        if done.returncode:
            sys.exit(f"{' '.join(command)}: {done.stderr.strip()}")
        report = json.loads(done.stdout)
        if not report["valid"]:
            sys.exit(f"{' '.join(command)}: not valid: {report['violations'][:3]}")
        return report, round(watch.foreign(), 2)

    def golden(self, *flags, times=None):
        return self.plan("llama-2-70b.json", "a100-80g-x8", *flags, times=times or MEASURED)


def ofPlan(name, made, must, stretch, value=None, unit="ms"):
    report, foreign = made
    kept = ("sequential_ms", "unsplit_ms", "bound_ms", "plan_ms", "tokens_per_s_per_gpu", "iterations", "decision",
            "condition", "split")
    more = {key: report[key] for key in kept}
    return Row(name, unit, report["plan_ms"] if value is None else value, must, stretch, report["search_s"],
               f"{report['plan_ms'] / report['bound_ms']:.4f} of the bound", foreign, more)


def published(planner):
    """How far each op is from the paper, from the configuration alone, in parts of what it may be."""
    report, _ = planner.golden("--scheduler", "sequential")
    for name, wanted in PUBLISHED.items():
        row = next(row for row in report["ops"] if row["op"] == name)
        far, notes = 0.0, []
        fields = (("gflop", "GFLOP"), ("gb_memory", "GB"), ("gb_network", "GB wire"))
        for (fieldName, unit), gold in zip(fields, wanted):
            if gold:
                difference = row[fieldName] / gold[0] - 1
                far = max(far, abs(difference) / gold[1])
                notes.append(f"{row[fieldName]:.1f} {unit} ({difference:+.2%})")
        yield Row(f"{name}: difference over tolerance", "", far, 1, 1, note=", ".join(notes))
    for name, wanted, part in (("sequential", 225.05, .001), ("unsplit", 222.01, .001), ("bound", 175.30, .002)):
        found = report[name + "_ms"]
        yield Row(f"{name}: difference over tolerance", "", abs(found / wanted - 1) / part, 1, 1,
                  note=f"{found:.3f} ms, published {wanted}")


def plans(planner):
    yield ofPlan("up to 4 parts, 10 s", planner.golden(), 178.8, 175.6)
    quick = planner.golden("--budget", 1)
    yield ofPlan("up to 4 parts, 1 s", quick, 178.8, 175.6)
    yield Row("up to 4 parts, 1 s: time of planning", "s", quick[0]["search_s"], 10, 1, foreign=quick[1])
    yield ofPlan("2 equal parts", planner.golden("--split", 2), 185, 181.1)
    yield ofPlan("13.2 % for each further piece", planner.golden("--split-penalty", .132), 205, 201.5)
    tables = (("memory-rich", {"decode_attention": 10, "network": 20}, 1.02, 1.005),
              ("network-heavy", {"network": 100}, 1.03, 1.01),
              ("memory-bound", {"decode_attention": 200}, 1.05, 1.02))
    for name, change, must, stretch in tables:
        made = planner.golden(times=dict(MEASURED, **change))
        yield ofPlan(f"{name}: plan over bound", made, must, stretch, made[0]["plan_ms"] / made[0]["bound_ms"], "")
    report, _ = planner.golden("--split-penalty", 1, "--budget", 3)
    most = max(map(len, report["split"].values()))
    yield Row("a piece costs as much as the whole: pieces of an op", "", most, 1, 1, report["search_s"],
              report["condition"])


def anytime(planner):
    for budget in BUDGETS:
        report, foreign = planner.golden("--budget", budget)
        note = "the first plan" if budget == BUDGETS[0] else f"{report['iterations']} iterations"
        yield Row(f"plan by a budget of {budget:g} s", "ms", report["plan_ms"], seconds=report["search_s"], note=note,
                  foreign=foreign)


def sweep(planner):
    flags = ("--prompt", 1024, "--output", 512, "--sweep", "--budget", 2)
    report, _ = planner.plan("llama-3-8b.json", "h200-x1", *flags)
    found = report["sweep"]
    yield Row("LLaMA-3-8B on one H200: first batch that is split", "rows", found["crossover_batch"],
              note="below: " + found["condition"], more={"points": found["points"]})


def buckets(planner):
    report, foreign = planner.plan("llama-2-70b.json", "a100-80g-x8", "--buckets", "--budget", 2)
    found = report["buckets"]
    split = sum(plan["decision"] == "split" for plan in found["plans"])
    yield Row("LLaMA-2-70B, every bucket up to 2048", "s", found["seconds"], 30, 5, found["seconds"],
              f"{len(found['plans'])} plans, {split} of them split", foreign)


GROUPS = {"published": published, "plans": plans, "anytime": anytime, "sweep": sweep, "buckets": buckets}


def number(value):
    if value is None:
        return "-"
    return f"{value:g}" if value == int(value) else f"{value:.2f}" if value >= 10 else f"{value:.3f}"


def printTable(rows):
    head = ["row", "unit", "value", "must", "stretch", "verdict", "seconds", "note"]
    lines = [head]
    for row in rows:
        mark = "~" if row.seconds and row.foreign > QUIET else ""
        lines.append([row.name, row.unit, number(row.value), number(row.must), number(row.stretch), row.verdict(),
                      number(row.seconds) + mark, row.note])
    widths = [max(len(line[i]) for line in lines) for i in range(len(head) - 1)]
    for index, line in enumerate(lines):
        cells = [cell.rjust(width) if 2 <= at <= 4 or at == 6 else cell.ljust(width)
                 for at, (cell, width) in enumerate(zip(line, widths))]
        print("| " + " | ".join(cells + line[-1:]) + " |")
        if index == 0:
            print("|" + "|".join("-" * (width + 2) for width in widths) + "|---|")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", help=f"groups of rows, separated by commas: {', '.join(GROUPS)}")
    today = datetime.datetime.now(datetime.timezone.utc)
    parser.add_argument("--json", metavar="FILE", help="where to write every plan that was made")
    parser.add_argument("--bin", default=os.path.join(ROOT, "build", "bin"), help="Sennit's programs")
    arguments = parser.parse_args()
    names = arguments.only.split(",") if arguments.only else list(GROUPS)
    for name in names:
        if name not in GROUPS:
            sys.exit(f"--only: expected some of {', '.join(GROUPS)}, found {name}")
    planner = Planner(os.path.join(arguments.bin, "sennit"))
    rows = [row for name in names for row in GROUPS[name](planner)]
    printTable(rows)
    path = arguments.json
    if path is None and not arguments.only:
        path = os.path.join(ROOT, "bench", "results", f"planner-{today:%Y-%m-%d}.json")
    if path:
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"date": today.isoformat(timespec="seconds"), "cpu": processorName(),
                       "processors": PROCESSORS,
                       "rows": [{**asdict(row), "verdict": row.verdict()} for row in rows]}, file, indent=1)
            file.write("\n")


if __name__ == "__main__":
    main()
