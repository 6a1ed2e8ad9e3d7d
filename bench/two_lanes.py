#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: Sennit contributors
"""Two lanes on a CPU: attention of one half of the sequences beside the linears of the other half, against the same
step with one op after the other on all workers. Predicted by a measured target, then timed in turn in one process.

usage: two_lanes.py [--target FILE] [--context 1024,2048,4096] [--batch 16] [--steps 32] [--json FILE]

Without `--target` it first calibrates this machine, in about a minute. Both packages come from one plan text: the step
of the batch is scheduled there once as a whole and once as two nano-batches on two lanes, at the costs of the context
that is then measured. The predicted time is the end of the plan, after the verifier of plans has accepted it.
"""
import argparse
import datetime
import json
import os
import re
import subprocess
import sys
import tempfile

import models
from contest import PROCESSORS, QUIET, Watch, processorName

END = re.compile(r"rows = \d+ to \w+, lane = (\w+), share = ([^,]*), start = ([^,>]*), end = ([^>]*)>")
NODE = re.compile(r'^ .* plan\.node @(\w+)\(.* pieces \[(.*?)\] cost', re.M)
PROMPT_ROWS = 512  # of a step that reads prompts
MEMORY = 22e9  # bytes that the caches of both packages may take


class Tools:
    def __init__(self, binaries, folder):
        self.binaries, self.folder = binaries, folder

    def path(self, name):
        return os.path.join(self.folder, name)

    def call(self, program, *arguments):
        command = [os.path.join(self.binaries, program), *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"{' '.join(command)}: {done.stderr.strip()[-800:]}")
        return done.stdout

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)
        return self.path(name)


class PlanText:
    """Plan text whose one program serves every step."""

    def __init__(self, text):
        begin = text.index("  plan.program @step(")
        end = text.index("\n  }\n", begin) + len("\n  }\n")
        self.head, self.general, self.tail = text[:begin], text[begin:end], text[end:]

    def only(self, batch):
        """A module with a program for steps of `batch` generated rows and no other."""
        first, body = self.general.split("\n", 1)
        first = first.replace("@step(", f"@step_{batch}_generated(", 1)
        bucket = f'attributes {{bucket_rows = {batch} : i64, entry = "step", role = "generated"}} {{'
        return self.head + first[:-1] + bucket + "\n" + body + self.tail

    def including(self, text):
        """This text with the program that `text` has as well."""
        other = text[text.index("  plan.program @"):]
        return self.head + self.general + other[:other.index("\n  }\n") + len("\n  }\n")] + self.tail


def predicted(text):
    """Milliseconds of the plan, and of the pieces on each lane by what they do."""
    end, parts = 0.0, {}
    for op, pieces in NODE.findall(text):
        name = "attention" if op.startswith("attention") else "linears" if "linear" in op else "other"
        for lane, _, start, stop in END.findall(pieces):
            end = max(end, float(stop))
            key = f"{name} on {lane}"
            parts[key] = parts.get(key, 0.0) + (float(stop) - float(start)) / 1e6
    return end / 1e6, {key: round(value, 3) for key, value in sorted(parts.items())}


def schedule(tools, name, text, passes):
    """The text after `passes` and the verifier, by the target that the text names."""
    source = tools.write(name + "-before.mlir", text)
    flags = [f"--plan-{what}={options}" for what, options in passes]
    return tools.call("sennit-opt", source, *flags, "--plan-verify-plan")


def measure(tools, arguments, target, context):
    """One row of the table."""
    batch, steps = arguments.batch, arguments.steps
    model = ["--max-rows", max(PROMPT_ROWS, batch), "--max-sequences", batch]
    # A generated row has the prompt and half of the output before it.
    load = f"prompt={context},output={steps + 2}"
    plan = PlanText(tools.call("sennit", "compile", arguments.model, *model, "--split", "off", "--load", load,
                               "--calibration", target, "--dump-after=plan"))
    made = {"whole": [("schedule", "scheduler=sequential")],
            "lanes": [("split-nano-batches", "parts=2"), ("schedule", f"scheduler={arguments.scheduler}")]}
    row, packages = {"context": context}, []
    for name, passes in made.items():
        text = schedule(tools, name, plan.only(batch), passes)
        row[f"{name}_predicted_ms"], row[f"{name}_predicted_parts_ms"] = predicted(text)
        source, package = tools.write(name + ".mlir", plan.including(text)), tools.path(name + ".sennit")
        tools.call("sennit", "compile", source, "--from=plan", "--params", arguments.model, *model, "-o", package)
        packages.append(package)
    watch = Watch()
    report = json.loads(tools.call("sennit-run", "bench", packages[0], "--beside", packages[1], "--batch", batch,
                                   "--context", context, "--decode", steps, "--threads", arguments.threads, "--json"))
    result = report["results"][0]
    row["foreign"] = round(watch.foreign(), 2)
    row.update(whole_ms=result["step_ms"], lanes_ms=result["beside_step_ms"],
               equal_logits=result["equal_logits"], whole_steps_ms=[1e3 * s for s in result["step_seconds"]],
               lanes_steps_ms=[1e3 * s for s in result["beside_step_seconds"]])
    for name in made:
        row[f"{name}_error"] = row[f"{name}_predicted_ms"] / row[f"{name}_ms"] - 1
    row["ratio_predicted"] = row["whole_predicted_ms"] / row["lanes_predicted_ms"]
    row["ratio"] = row["whole_ms"] / row["lanes_ms"]
    row["ratio_error"] = row["ratio_predicted"] / row["ratio"] - 1
    return row


def printTable(rows):
    head = ["context", "whole: predicted", "measured, ms", "error", "two lanes: predicted", "measured, ms", "error",
            "speed-up: predicted", "measured", "error", "equal bytes"]
    lines = [head]
    for row in rows:
        mark = "~" if row["foreign"] > QUIET else ""
        cells = [str(row["context"])]
        for name in ("whole", "lanes"):
            cells += [f"{row[name + '_predicted_ms']:.2f}", f"{row[name + '_ms']:.2f}{mark}",
                      f"{row[name + '_error']:+.1%}"]
        cells += [f"{row['ratio_predicted']:.3f}", f"{row['ratio']:.3f}{mark}", f"{row['ratio_error']:+.1%}",
                  "yes" if row["equal_logits"] else "NO"]
        lines.append(cells)
    widths = [max(map(len, column)) for column in zip(*lines)]
    for index, line in enumerate(lines):
        print("| " + " | ".join(cell.rjust(width) for cell, width in zip(line, widths)) + " |")
        if index == 0:
            print("|" + "|".join("-" * (width + 1) + ":" for width in widths) + "|")


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    today = datetime.datetime.now(datetime.timezone.utc)
    parser.add_argument("--target", help="target file by sennit calibrate; without it this machine is calibrated")
    parser.add_argument("--model", default=os.path.join(models.FOLDER, models.SOURCE))
    parser.add_argument("--batch", type=int, default=16, help="sequences, a power of two")
    parser.add_argument("--context", default="1024,2048,4096", help="tokens before the first step")
    parser.add_argument("--steps", type=int, default=32, help="timed steps of each package")
    parser.add_argument("--threads", type=int, default=PROCESSORS)
    parser.add_argument("--scheduler", choices=("list", "search"), default="list")
    parser.add_argument("--json", metavar="FILE", help="where the figures go", default=os.path.join(
        models.ROOT, "bench", "results", f"two-lanes-{today:%Y-%m-%d}.json"))
    parser.add_argument("--bin", default=os.path.join(models.ROOT, "build", "bin"), help="folder of the tools")
    arguments = parser.parse_args()
    arguments.context = [int(context) for context in arguments.context.split(",")]
    if arguments.batch < 2 or arguments.batch & (arguments.batch - 1):
        parser.error(f"--batch: expected a power of two of at least 2, found {arguments.batch}")
    if arguments.threads < 2:
        parser.error(f"--threads: expected one for each of two lanes, found {arguments.threads}")
    return arguments, today


def cacheBytes(tools, arguments, context):
    """Of both packages."""
    package = tools.path("model.sennit")
    if not os.path.exists(package):
        tools.call("sennit", "compile", arguments.model, "-o", package)
    cache = json.loads(tools.call("sennit-run", "inspect", package, "--json"))["cache"]
    element = {"f16": 2, "f32": 4}[cache["format"]]
    each = 2 * cache["layers"] * cache["kv_heads"] * cache["head_dim"] * element
    return 2 * each * arguments.batch * (context + arguments.steps + 2)


def main():
    arguments, today = parse()
    with tempfile.TemporaryDirectory() as folder:
        tools = Tools(arguments.bin, folder)
        target = os.path.abspath(arguments.target) if arguments.target else tools.path("machine.json")
        if not arguments.target:
            tools.call("sennit", "calibrate", "--device", "cpu", "--threads", arguments.threads, "-o", target)
        rows = []
        for context in arguments.context:
            if cacheBytes(tools, arguments, context) > MEMORY:
                print(f"context {context}: left out, the caches would not fit", file=sys.stderr)
                continue
            rows.append(measure(tools, arguments, target, context))
        with open(target, encoding="utf-8") as file:
            figures = json.load(file)
    printTable(rows)
    report = {"date": f"{today:%Y-%m-%d %H:%M}", "processor": processorName(), "threads": arguments.threads,
              "model": os.path.basename(arguments.model), "batch": arguments.batch, "steps": arguments.steps,
              "scheduler": arguments.scheduler, "rows": rows, "target": figures}
    with open(arguments.json, "w", encoding="utf-8") as file:
        json.dump(report, file, indent=1)
        file.write("\n")
    if not all(row["equal_logits"] for row in rows):
        sys.exit("two lanes change the logits")


if __name__ == "__main__":
    main()
