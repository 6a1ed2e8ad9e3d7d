#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: Sennit contributors
"""The table of CPU speeds: Sennit beside llama.cpp and ik_llama.cpp, and beside what the machine can do, in one run.

usage: table.py [--only GROUP,...] [--rounds 3] [--quick] [--level avx2|avx512] [--json FILE]

Needs `build/bin`, the model that `./demo` gets, and the Python packages gguf, numpy and ik-llama-cpp-python. Makes the
other models and builds the peers when they are missing. A figure is the best of all candidates and rounds; `~` marks
one that was measured while others used the processors. README.md explains the rows.
"""
import argparse
import datetime
import json
import os
import platform
import sys
from dataclasses import asdict, dataclass

import models
import ours
import peers
import rows
import rows_files
from contest import PROCESSORS, QUIET, Candidate, contest, processorName

GROUPS = {"decode": rows.decode, "prefill": rows.prefill, "batch": rows.batch, "formats": rows.formats,
          "context": rows.context, "long-prefill": rows.longPrefill, "large": rows.large, "busy": rows.busy,
          "start": rows_files.start, "compile": rows_files.compileSmall, "compile-large": rows_files.compileLarge}


@dataclass
class Bench:
    sennit: ours.Sennit
    llama: peers.LlamaCpp
    ik: peers.IkLlamaCpp
    threads: list
    rounds: int
    repeat: int  # repetitions in one run
    quick: bool
    patience: float  # seconds that a contest may wait for quiet

    def contest(self, candidates):
        found = contest(candidates, self.rounds, self.patience)
        for candidate in found:
            if candidate.failure:
                print(f"{candidate.system}, {candidate.label}: {candidate.failure}", file=sys.stderr)
        return found


def verdict(row):
    if row.must is None or row.value is None:
        return ""
    disturbed = any(one and one.foreign > QUIET for one in (row.ours, row.llama, row.ik, row.limit))
    mark = "~" if disturbed else ""
    for name, bound in (("stretch", row.stretch), ("must", row.must)):
        if row.value <= bound if row.lower else row.value >= bound:
            return name + mark
    return "missed" + mark


def number(best):
    if best is None:
        return "-"
    digits = 0 if best.value >= 100 else 1 if best.value >= 10 else 2
    return f"{best.value:.{digits}f}" + ("~" if best.foreign > QUIET else "")


def bound(row, value):
    if value is None:
        return "-"
    return f"{value * 100:.0f} %" if row.percent else f"{value:.2f}" if not row.lower else f"{value:g}"


def cells(row):
    value = "-" if row.lower else bound(row, row.value)
    return [row.name, row.unit, number(row.ours), number(row.llama), number(row.ik), number(row.limit), value,
            bound(row, row.must), bound(row, row.stretch), verdict(row)]


def printTable(found):
    head = ["row", "unit", "sennit", "llama.cpp", "ik_llama.cpp", "limit", "ratio", "must", "stretch", "verdict"]
    lines = [head] + [cells(row) for row in found]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    for index, line in enumerate(lines):
        first = [cell.ljust(width) for cell, width in zip(line[:2], widths)]
        rest = [cell.rjust(width) for cell, width in zip(line[2:], widths[2:])]
        print("| " + " | ".join(first + rest) + " |")
        if index == 0:
            print("|" + "|".join("-" * (width + 2) for width in widths) + "|")


def report(row):
    """A row for the JSON file, with every single run."""
    runs = [{"system": run.system, "how": run.label, "runs": run.runs, "failure": run.failure}
            if isinstance(run, Candidate) else run for run in row.runs]
    entry = {"name": row.name, "unit": row.unit, "value": row.value, "must": row.must, "stretch": row.stretch,
             "verdict": verdict(row)}
    for name in ("ours", "llama", "ik", "limit"):
        if getattr(row, name) is not None:
            entry[name] = asdict(getattr(row, name))
    return {**entry, "runs": runs}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", help=f"groups of rows, separated by commas: {', '.join(GROUPS)}")
    parser.add_argument("--rounds", type=int, help="turns of all systems; default 3, with --quick 1")
    parser.add_argument("--quick", action="store_true", help="one round of few repetitions")
    parser.add_argument("--patience", type=float, help="seconds that each contest may wait for a quiet machine")
    parser.add_argument("--threads", default=",".join(str(n + 1) for n in range(PROCESSORS)))
    parser.add_argument("--level", choices=("avx2", "avx512"), help="code level of Sennit; peers are always native")
    parser.add_argument("--json", metavar="FILE", help="write everything that was measured")
    parser.add_argument("--bin", default=os.path.join(models.ROOT, "build", "bin"), help="Sennit's programs")
    parser.add_argument("--work", default=os.path.join(models.ROOT, "build", "bench"), help="place for packages")
    parser.add_argument("--llama-bin", metavar="DIR", help="llama-bench and llama-batched-bench, already built")
    parser.add_argument("--ik-lib", metavar="FILE", help="libllama.so of ik_llama.cpp, already built")
    arguments = parser.parse_args()
    names = arguments.only.split(",") if arguments.only else list(GROUPS)
    for name in names:
        if name not in GROUPS:
            sys.exit(f"--only: expected some of {', '.join(GROUPS)}, found {name}")

    bench = Bench(sennit=ours.Sennit(arguments.bin, arguments.work, arguments.level),
                  llama=peers.LlamaCpp(arguments.llama_bin), ik=peers.IkLlamaCpp(arguments.ik_lib),
                  threads=[int(n) for n in arguments.threads.split(",")], quick=arguments.quick,
                  rounds=arguments.rounds or (1 if arguments.quick else 3), repeat=1 if arguments.quick else 3,
                  patience=arguments.patience if arguments.patience is not None else 15 if arguments.quick else 120)
    found = []
    for name in names:
        found += GROUPS[name](bench)
        if arguments.json:  # after each group, so that an interrupted run is not lost
            with open(arguments.json, "w", encoding="utf-8") as file:
                json.dump({"date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
                           "cpu": processorName(), "processors": PROCESSORS, "system": platform.release(),
                           "level": arguments.level or "highest", "rounds": bench.rounds,
                           "versions": {system.name: system.version
                                        for system in (bench.sennit, bench.llama, bench.ik)},
                           "rows": [report(row) for row in found]}, file, indent=1)
                file.write("\n")
    printTable(found)


if __name__ == "__main__":
    main()
