#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: Sennit contributors
"""The table of what a GPU reaches: measured by the bundle (docs/gpu.md), or predicted where no GPU was at hand.

usage: gpu.py RESULTS.json [--store] [--json]
       gpu.py --predict [--target NAME] [--json]

RESULTS.json is what the bundle's `run` wrote. --store copies it to bench/results/gpu-DATE-DEVICE.json. --predict
compiles the shapes for a target and asks the planner, with the figures of targets/NAME.json (default h100-x1); every
figure of it is printed as predicted.
"""
import argparse
import json
import os
import re
import subprocess
import sys
import tempfile

SOURCE = os.path.abspath(os.path.join(os.path.dirname(__file__), ".."))
SENNIT = os.path.join(os.environ.get("SENNIT_BIN", os.path.join(SOURCE, "build", "bin")), "sennit")

# Rows of the table: what, must and stretch in percent or seconds, how it is read from results.
ROWS = (
    ("decode, batch 1, bf16, 8B shape: share of copy bandwidth", 80, 90, "%", "8b-bf16", "copy"),
    ("decode, batch 1, bf16, 1B shape: share of copy bandwidth", 65, 80, "%", "1b-bf16", "copy"),
    ("decode, Q4 weights, 8B shape: share of copy bandwidth", 65, 80, "%", "8b-q4_0", "copy"),
    ("prefill 2048 rows, bf16, 8B shape: share of the dense peak", 45, 55, "%", "8b-bf16", "dense"),
    ("gap between kernels in a decode step, 8B shape", 5, 1, "% of the step", "8b-bf16", "gap"),
    ("start of sennit-run to first token, 8B, files cached", 2, 1, "s", "8b-bf16", "start"),
)
LOWER = ("gap", "start")

# Dense f16 with f32 sums, TFLOP/s, by the data sheets that targets/ names; the first name that a device's contains.
DENSE = (("H200", 989), ("H100", 989), ("B200", 2250), ("A100", 312))

# What is predicted: config and bits of a weight, scales included.
SHAPES = {"8b-bf16": ("llama-3-8b", 16), "8b-q4_0": ("llama-3-8b", 4.5), "1b-bf16": ("llama-3.2-1b", 16)}
PREFILL_ROWS = 2048
LINEARS = ("kqv", "o", "up_gate", "down", "head")
# Of the dense peak of Hopper what mma.sync reaches (Luo et al., Benchmarking and dissecting the NVIDIA Hopper GPU
# architecture, 2024: 62.9 % on average); the rest needs its own instructions.
MMA_SYNC = .629


def dense_peak(device):
    """TFLOP/s of the device by its data sheet, or None."""
    name = (device or {}).get("name") or ""
    return next((peak for known, peak in DENSE if known in name), None)


class Results:
    """Figures by shape and kind from a results file: a number, or None and why."""

    def __init__(self, data):
        self.data = data
        self.parts = {part["name"]: part for part in data["parts"]}

    def result(self, name):
        part = self.parts.get(name)
        if part is None:
            return None, f"no part '{name}'"
        if "result" not in part:
            return None, f"{part['status']}: {part.get('error', '')}".strip()
        return part["result"], ""

    def figure(self, shape, kind):
        if kind == "start":
            result, why = self.result(f"start {shape}")
            return (result["seconds"], "") if result else (None, why)
        result, why = self.result(f"speed {shape}")
        if not result:
            return None, why
        if kind == "copy":
            share = result.get("copy_share")
            return (100 * share, "") if share is not None else (None, "the copy bandwidth was not measured")
        if kind == "gap":
            return 100 * result["decode"]["gap_share"], ""
        peak = dense_peak(result.get("device"))
        if peak is None:
            return None, "the dense peak of this device is not known"
        return 100 * result["prefill"]["tflops"] / peak, ""


def verdict(value, must, stretch, kind):
    if value is None:
        return "not measured"
    reached = (lambda limit: value <= limit) if kind in LOWER else (lambda limit: value >= limit)
    return "stretch" if reached(stretch) else "must" if reached(must) else "BELOW"


def table(figures, predicted):
    """Rows of the table. `figures` gives (value or None, why not); `predicted` says how a value came about."""
    rows = []
    for text, must, stretch, unit, shape, kind in ROWS:
        value, why = figures(shape, kind)
        state = verdict(value, must, stretch, kind)
        if predicted and value is not None:
            state = "predicted"
        rows.append({"what": text, "must": must, "stretch": stretch, "unit": unit, "value": value, "state": state,
                     "why": why})
    return rows


def print_table(rows):
    width = max(len(row["what"]) for row in rows)
    for row in rows:
        value = "-" if row["value"] is None else f"{row['value']:.3g}"
        if row["state"] == "predicted":
            value = "predicted " + value
        why = f"  ({row['why']})" if row["why"] else ""
        print(f"{row['what']:{width}}  {value:>16} {row['unit']:14} must {row['must']}, stretch {row['stretch']}: "
              f"{row['state']}{why}")


def print_parts(results):
    data = results.data
    device = data.get("device") or {}
    print(f"{device.get('name', data.get('asked_device', 'no device'))}, {data['date']}, version {data['version']}, "
          f"{data['seconds']:.0f} s")
    states = {}
    for part in data["parts"]:
        states.setdefault(part["status"], []).append(part)
    print(", ".join(f"{len(parts)} {status}" for status, parts in sorted(states.items())))
    for status in ("failed", "broken", "skipped"):
        for part in states.get(status, []):
            print(f"  {status}: {part['name']}: {part.get('result', {}).get('summary', part.get('error', ''))}")


def store(results, path):
    """Copies a results file to where results of this project are kept; its name says date and device."""
    name = (results.data.get("device") or {}).get("name") or results.data.get("asked_device", "unknown")
    name = re.sub(r"^cuda:\d+ \((.*)\)$", r"\1", name)
    name = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    stored = os.path.join(SOURCE, "bench", "results", f"gpu-{results.data['date'][:10]}-{name}.json")
    with open(path, encoding="utf-8") as file, open(stored, "w", encoding="utf-8") as out:
        out.write(file.read())
    print(f"stored as {os.path.relpath(stored, SOURCE)}")


class Prediction:
    """What the planner expects with a target's figures (rooflines, and what each launch takes besides), for the
    mma.sync of our kernels: the least time, since no kernel is at its roofline. Shares are of the bandwidth and the
    peak that the target gives."""

    def __init__(self, target):
        self.target = target
        with open(os.path.join(SOURCE, "targets", target + ".json"), encoding="utf-8") as file:
            self.figures = json.load(file)
        self.plans = {}

    def ops(self, shape, rows):
        """The planner's ops of a step of this many prompt rows of one sequence."""
        config, _ = SHAPES[shape]
        if (config, rows) not in self.plans:
            command = [SENNIT, "plan", os.path.join(SOURCE, "examples", "configs", config + ".json"), "--target",
                       self.target, "--batch", str(rows), "--prompt", str(max(rows, 4)), "--output",
                       "1" if rows > 1 else "64", "--json"]
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode:
                sys.exit(f"gpu.py: {' '.join(command[1:])}: {done.stderr.strip()}")
            self.plans[config, rows] = [op for op in json.loads(done.stdout)["ops"] if op["ms"] > 0]
        return self.plans[config, rows]

    def step(self, shape, rows):
        """(seconds, bytes, flops, seconds of launches) of a step."""
        _, bits = SHAPES[shape]
        slower = MMA_SYNC if self.figures["name"].startswith(("h100", "h200")) else 1
        seconds = bytes_ = flops = launches = 0
        for op in self.ops(shape, rows):
            # The planner counts weights of 16 bits; of a linear nearly all bytes are weights where rows are few.
            share = bits / 16 if op["op"] in LINEARS and rows == 1 else 1
            launch = op["ms"] - max(op["compute_ms"], op["memory_ms"])
            seconds += (launch + max(op["compute_ms"] / slower, op["memory_ms"] * share)) / 1e3
            launches += launch / 1e3
            bytes_ += op["gb_memory"] * share * 1e9
            flops += op["gflop"] * 1e9
        return seconds, bytes_, flops, launches

    def figure(self, shape, kind):
        if kind == "start":
            return None, "only a run tells"
        seconds, bytes_, flops, launches = self.step(shape, PREFILL_ROWS if kind == "dense" else 1)
        if kind == "copy":
            return 100 * bytes_ / seconds / (self.figures["memory"]["gb_per_s"] * 1e9), ""
        if kind == "gap":
            return 100 * launches / seconds, ""
        return 100 * flops / seconds / (self.figures["peaks"]["f16_tflops"] * 1e12), ""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", nargs="?", help="what the bundle's run wrote")
    parser.add_argument("--store", action="store_true", help="keep the file in bench/results")
    parser.add_argument("--predict", action="store_true", help="ask the planner in place of a GPU")
    parser.add_argument("--target", default="h100-x1", help="of --predict: a target that is built in")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    if options.predict == bool(options.results):
        parser.error("expected RESULTS.json or --predict, one of both")
    if options.predict:
        rows = table(Prediction(options.target).figure, predicted=True)
        head = {"target": options.target, "predicted": True}
    else:
        with open(options.results, encoding="utf-8") as file:
            results = Results(json.load(file))
        rows = table(results.figure, predicted=False)
        head = {"device": results.data.get("device"), "date": results.data["date"], "predicted": False}
        # What was not measured is predicted, and says so.
        prediction = Prediction(options.target) if os.path.exists(SENNIT) else None
        for row, (_, _, _, _, shape, kind) in zip(rows, ROWS):
            if row["value"] is None and prediction:
                value, _ = prediction.figure(shape, kind)
                row["why"] += "" if value is None else f"; predicted for {options.target}: {value:.3g} {row['unit']}"
    if options.json:
        print(json.dumps({**head, "rows": rows}))
    elif options.predict:
        print(f"predicted for {options.target} by the planner; nothing here was measured")
        print_table(rows)
    else:
        print_parts(results)
        print_table(rows)
        if options.store:
            store(results, options.results)


if __name__ == "__main__":
    main()
