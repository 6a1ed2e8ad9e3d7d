# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: Sennit contributors
"""`sennit plan` and `sennit explain --plan`: flags, files, and one sentence with exit code 1 for what is wrong."""
import json
import os
import signal
import subprocess
import time
import xml.dom.minidom

from harness import BIN, SOURCE, check, finish, model, package, refused, run, scratch, sennit

folder = scratch()
config = os.path.join(SOURCE, "examples", "configs", "llama-3-8b.json")
base = ("plan", config, "--target", "a100-80g-x8", "--layout", "tp=8", "--batch", 256)
times = {"kqv": 1.5, "o": 1.25, "up_gate": 6, "down": 3, "decode_attention": 4, "prefill_attention": 0.5, "network": 4}


def place(name):
    return os.path.join(folder, name)


def write(name, content):
    with open(place(name), "w", encoding="utf-8") as file:
        file.write(content if isinstance(content, str) else json.dumps(content))
    return place(name)


def planRefused(flags, *parts, start=base):
    before = sorted(os.listdir(folder))
    refused(sennit(*start, *flags), *parts)
    check(sorted(os.listdir(folder)) == before, f"{flags}: a refused plan left {os.listdir(folder)}")


# Numbers and words out of range.
planRefused(("--batch", 0), "--batch: expected a whole number from 1 to", "found 0")
planRefused(("--batch", -5), "--batch", "found -5")
planRefused(("--batch", "many"), "--batch")
planRefused(("--prompt", 0), "--prompt: expected a whole number from 1 to", "found 0")
planRefused(("--output", -1), "--output: expected a whole number from 0 to", "found -1")
planRefused(("--split-penalty", -0.5), "--split-penalty: expected a number of at least 0, found -0.5")
planRefused(("--budget", -1), "--budget: expected a number of at least 0, found -1")
planRefused(("--max-parts", 9), "--max-parts: expected a whole number from 1 to 8, found 9")
planRefused(("--max-parts", 0), "--max-parts: expected a whole number from 1 to 8, found 0")
planRefused(("--seed", -1), "--seed")
planRefused(("--objective", "speed"), "--objective: expected one of throughput, latency", "speed")
planRefused(("--scheduler", "magic"), "--scheduler: expected one of sequential, list, search, exact", "magic")
planRefused(("--split", "some"), "--split: expected auto, off, or a number of equal parts from 1 to 8", "some")
planRefused(("--split", "9"), "--split", "9")
planRefused(("--speed", "1"), "--speed")

# Demands that contradict each other.
planRefused(("--split", 3, "--max-parts", 2), "--split: expected at most the 2 parts of --max-parts, found 3")
planRefused(("--split", "off", "--max-parts", 2), "--max-parts: expected 1 or none beside --split off, found 2")
planRefused(("--split", "off", "--split-penalty", 1), "--split-penalty: expected 0 or none beside --split off")
planRefused(("--split", 3, "--scheduler", "sequential"),
            "--split: expected auto, off or 1 beside --scheduler sequential")
planRefused(("--split", "off", "--sweep"), "--sweep: expected --split auto")
planRefused(("--split", 3, "--batch", 2), "--split: expected at most as many parts as there are rows, 2, found 3")

# Layouts.
for layout in ("tp", "tp=", "=8", "tp=0", "tp=-1", "tp=8x", "tp=8,", ",tp=8", "tp:8"):
    planRefused((f"--layout={layout}",), "--layout: expected mesh axes with their devices", f"'{layout}'")
planRefused(("--layout", "tp=4,tp=2"), "--layout: expected each mesh axis once, found 'tp=4,tp=2'")
planRefused(("--layout", "pp=8"), "--layout: expected the mesh axis tp alone, found 'pp'")

# Op times.
for spoiled, part in ((dict(times, norm=1), "found 'norm'"),
                      ({op: ms for op, ms in times.items() if op != "o"}, "found no 'o'"),
                      (dict(times, o=-1), "--op-times 'o': expected a number of at least 0, found -1"),
                      (dict(times, o="1"), "--op-times 'o'"), (dict.fromkeys(times, 0), "at least 1e-06 ms in all"),
                      ([1, 2], "--op-times: expected an object of milliseconds by op"),
                      ("null", "--op-times: expected an object of milliseconds by op, found null"),
                      (dict(times, o=1e300), "--op-times 'o': expected at most 1e12 ms"),
                      (dict.fromkeys(times, 1e-300), "at least 1e-06 ms in all"), ("{", "--op-times"),
                      ('{"o": 1, "o": 2}', "every JSON key once, found 'o' again")):
    path = write("times.json", spoiled)
    planRefused(("--op-times", path), part)
planRefused(("--op-times", place("none.json")), "none.json")
path = write("times.json", times)
planRefused(("--op-times", path, "--split-penalty", 1e30), "--split-penalty: expected at most 1000, found 1e+30")

# The configuration.
target = ("--target", "a100-80g-x8")
planRefused((), "no such file", start=("plan", place("none"), *target))
planRefused((), "expected a directory with a config.json", start=("plan", os.path.join(SOURCE, "test"), *target))
planRefused((), "expected CONFIG", start=("plan", *target))
planRefused((), "expected --target", start=("plan", config))
path = write("mamba.json", {"model_type": "mamba"})
planRefused((), "expected one of the families gpt2, llama, found 'mamba'", start=("plan", path, *target))
path = write("list.json", [1])
planRefused((), "expected a config.json or a GGUF file", start=("plan", path, *target))

# Files that are written are not inputs, nor each other, and their folder exists.
path = write("times.json", times)
planRefused(("--op-times", path, "--svg", path), "--svg: expected another file than that of --op-times")
planRefused(("--trace", config), "--trace: expected another file than that of CONFIG")
planRefused(("--svg", place("a"), "--trace", place("a")), "--trace: expected another file than that of --svg")
planRefused(("--emit", place("no/folder/plan.mlir")), "no/folder")

# A plan and its renderings.
flags = ("--op-times", path, "--scheduler", "list")  # the same plan each time
first = sennit(*base, *flags, "--json").json()
fields = ("model", "target", "devices", "layout", "load", "objective", "ops", "sequential_ms", "unsplit_ms", "bound_ms",
          "plan_ms", "steady_us_per_layer", "tokens_per_s_per_gpu", "valid", "violations", "scheduler", "search_s",
          "iterations", "decision", "split", "nodes", "why")
check(all(field in first for field in fields), f"plan --json: found {sorted(first)}")
check("mlir" not in first, "plan --json has no plan text")
shown = sennit(*base, *flags, "--svg", place("a.svg"), "--trace", place("a.json"), "--emit", place("a.mlir"))
check(shown.code == 0 and "speedup" in shown.out and "decision" in shown.out, f"plan: {shown.out} {shown.err}")
check(shown.out.count("\n") <= 60 and max(map(len, shown.out.splitlines())) <= 140, "plan: the report is one screen")
if shown.code == 0:
    figure = xml.dom.minidom.parse(place("a.svg"))
    check(figure.documentElement.tagName == "svg" and figure.getElementsByTagName("polygon"), "--svg draws bars")
    with open(place("a.json"), encoding="utf-8") as file:
        events = json.load(file)["traceEvents"]
    pieces = sum(node["rows"][0] < node["rows"][1] for node in first["nodes"])
    check(sum(event["ph"] == "X" for event in events) == pieces > 0, "--trace has an event for each piece with rows")
    reads = run(os.path.join(BIN, "sennit-opt"), place("a.mlir"))
    check(reads.code == 0, f"--emit: {reads.err}")

# One part is the whole batch, and every plan that is not split says why; text does not change what is told.
one = sennit(*base, *flags, "--split", 1, "--json").json()
check(one["decision"] == "unsplit" and one["condition"] == "splitting was not asked for" and
      all(len(rows) <= 1 for rows in one["split"].values()), f"--split 1: {one['decision']} {one['split']}")
inOrder = sennit(*base, *flags[:2], "--scheduler", "sequential", "--json").json()
check(inOrder["condition"] == "one node after the other was asked for", f"sequential: {inOrder['condition']}")
for extra in ((), ("--emit", place("b.mlir"))):
    told = sennit(*base, "--scheduler", "list", *extra, "--json").json()
    check("tile-grained overlap of linears and collectives" in
          [told["collectives"], *(other["alternative"] for other in told["why"])], f"{extra}: {told['why']}")

# An interrupt ends a search that nothing else would, and leaves no file.
before = sorted(os.listdir(folder))
for extra in ((), ("--scheduler", "exact"), ("--sweep", "--iterations", 1)):
    flags = ("--iterations", 100000000, "--budget", 0) if not extra else extra
    search = subprocess.Popen([os.path.join(BIN, "sennit"), *map(str, base), *map(str, flags), "--svg", place("c.svg")],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    time.sleep(0.5)
    search.send_signal(signal.SIGINT)
    try:
        out, err = search.communicate(timeout=20)
    except subprocess.TimeoutExpired:
        search.kill()
        out, err = search.communicate()
    # A quick one may be done before.
    check(search.returncode == 130 and err == "error: interrupted\n" and out == "" or extra and not search.returncode,
          f"{extra}: an interrupted plan ended with {search.returncode}: {err}")
    if search.returncode:
        check(sorted(os.listdir(folder)) == before, f"{extra}: an interrupted plan left {os.listdir(folder)}")
    elif os.path.exists(place("c.svg")):
        os.remove(place("c.svg"))

# diff
before = write("before.json", first)
same = sennit("plan", "diff", before, before)
check(same.code == 0 and same.out == "the plans are the same\n", f"plan diff: {same.out} {same.err}")
after = write("after.json", dict(first, plan_ms=first["plan_ms"] + 1))
changed = sennit("plan", "diff", before, after, "--json").json()
check(not changed["same"] and [time["field"] for time in changed["times"]] == ["plan_ms"] and
      abs(changed["times"][0]["change"] - 1) < 1e-6, f"plan diff --json: {changed}")
check("plan_ms" in sennit("plan", "diff", before, after).out, "plan diff names the time")
planRefused(("diff", before), "B is required", start=("plan",))
planRefused(("diff", before, place("none.json")), "none.json", start=("plan",))
planRefused(("diff", before, write("bad.json", dict(first, plan_ms="1"))),
            "bad.json: expected the report of `sennit plan --json`: expected a number from 0 to 1e18 as 'plan_ms'",
            start=("plan",))

# --strict: exit code 3 and one sentence with op, tensor and the condition that is not met.
for strict, more, condition in (("split", (), "no gain to be had"), ("overlap", (), "no gain to be had"),
                                ("split,overlap", (), "no gain to be had"),
                                ("split", ("--split", 2, "--max-rows", 1), "a step of at most 1 rows has no 2 parts")):
    demanded = sennit("compile", model("llama"), "-o", place("strict.sennit"), f"--strict={strict}", *more)
    check(demanded.code == 3 and demanded.err.count("\n") == 1 and "layers.0." in demanded.err and
          "(tensor 'model.layers.0." in demanded.err and condition in demanded.err,
          f"--strict={strict} {more}: {demanded.code} {demanded.err}")
    check(not os.path.exists(place("strict.sennit")), f"--strict={strict}: a refused compile left a package")
for more in (("--split", 2), ("--split", 5, "--max-rows", 5)):
    met = sennit("compile", model("llama"), "-o", place("strict.sennit"), "--strict=split", *more)
    check(met.code == 0, f"--strict=split {more}: {met.code} {met.err}")
    for plan in sennit("explain", place("strict.sennit"), "--plan", "--json").json()["plans"]:
        name, ends = f"{plan['rows']}:{plan['role']}", 0
        for piece in plan["nodes"]:  # one after the other, whatever the roles of the rows
            check(piece["start"] >= ends - 1e-9, f"--split: {name} has {piece} before {ends}")
            ends = piece["end"]
        check(not plan["nodes"] or abs(ends * 1e3 - plan["predicted_us"]) < 1e-6 * plan["predicted_us"],
              f"--split: {name} ends at {ends * 1e3} us, found {plan['predicted_us']}")
        check(plan["predicted_us"] >= plan["bound_us"] * (1 - 1e-9), f"--split: {name} is below its bound")
refused(sennit("compile", model("llama"), "-o", place("no.sennit"), "--strict=split", "--split", "off"),
        "expected --strict=split beside a split")
refused(sennit("compile", model("llama"), "-o", place("no.sennit"), "--strict=overlap", "--split", 2),
        "expected --strict=overlap beside --split auto")

# explain --plan
llama = package("llama")
refused(sennit("explain", llama, "--bucket", "1:generated"), "--bucket: expected --plan beside it")
refused(sennit("explain", llama, "layers.0.o_proj", "--plan"), "--plan: expected no OP beside it")
dumped = sennit("compile", model("llama"), "--dump-after=exec")
text = write("exec.mlir", dumped.out)
weights = ("--params", os.path.join(model("llama"), "model.safetensors"))
check(sennit("compile", text, "--from=exec", *weights, "-o", place("exec.sennit")).code == 0, "compile --from=exec")
refused(sennit("explain", place("exec.sennit"), "--plan"), "expected the plans of its buckets, found none")
finish()
