# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: Sennit contributors
"""Stored plans through `sennit-opt`: what `sennit plan --emit` wrote is valid and can be planned again;
damaged copies are rejected, each for its own reason and with the name of the node.
"""
import json
import os
import random
import re
import xml.dom.minidom

from harness import BIN, SOURCE, check, finish, refused, run, scratch, sennit
from plan_rules import broken, domain

OPT = os.path.join(BIN, "sennit-opt")
CONFIG = os.path.join(SOURCE, "examples", "configs", "llama-2-70b.json")
folder = scratch()


def place(name):
    return os.path.join(folder, name)


def write(name, content):
    with open(place(name), "w", encoding="utf-8") as file:
        file.write(content if isinstance(content, str) else json.dumps(content))
    return place(name)


MEASURED = {"kqv": 16.08, "o": 16.01, "up_gate": 69.92, "down": 34.96, "decode_attention": 35.60,
            "prefill_attention": 4.56, "network": 47.92}
times = write("times.json", MEASURED)
flags = ("--target", "a100-80g-x8", "--op-times", times, "--scheduler", "list")
report = sennit("plan", CONFIG, *flags, "--json", "--svg", place("a.svg"), "--trace", place("a.json"),
                "--emit", place("a.mlir")).json()
with open(place("a.mlir"), encoding="utf-8") as file:
    lines = file.read().split("\n")


def verify(text, *passes):
    passes = passes or ("--plan-verify-plan",)
    return run(OPT, "-", *passes, "-o", "/dev/null", stdin=text.encode())


def changed(node, pattern, by, most=1):
    """The stored plan with a change in the line of the first node whose name begins with `node`."""
    at = next(index for index, line in enumerate(lines) if f'name "{node}' in line)
    line = re.sub(pattern, by, lines[at], count=most)
    check(line != lines[at], f"{node}: found no {pattern}")
    return "\n".join(lines[:at] + [line] + lines[at + 1:])


def earlier(match):
    return f"{match[1]}{float(match[2]) - 2e4}"


def rejected(text, *parts):
    result = verify(text)
    found = [line for line in result.err.splitlines() if "error: " in line]
    check(result.code == 1, f"{parts}: expected exit code 1, found {result.code}")
    check(any(all(part in line for part in parts) for line in found), f"expected {parts} in {found[:4]}")


# As it stands, and planned again.
whole = "\n".join(lines)
for passes in ((), ("--plan-split-nano-batches", "--plan-schedule=scheduler=list", "--plan-verify-plan"),
               ("--plan-split-nano-batches=parts=3", "--plan-schedule=scheduler=list", "--plan-verify-plan"),
               ("--plan-schedule=scheduler=sequential", "--plan-verify-plan"),
               ("--plan-schedule-in-order", "--plan-verify-plan")):
    result = verify(whole, *passes)
    check(result.code == 0, f"{passes}: {result.err[:500]}")
check(verify(run(OPT, place("a.mlir")).out).code == 0, "the printed plan is valid, too")

# Damage. Layer 40 is in the steady state.
generated, down = "layers.40.attention.generated:attention_generated", "layers.40.down_proj:linear"
reduce = "layers.40.down_proj:all_reduce"
rejected(changed(generated, r"(start = )([\d.]+)", earlier), generated,
         "to start at", "or later, when", "ends, found")
rejected(changed(generated, r"( end = )([\d.]+)", earlier), generated, "to end at", "or later, by its share")
rejected(changed(generated, r"share = [\d.]+", "share = 0.95"), "expected shares of at most 1 at")
rejected(changed(down, r"#plan.piece<rows = 0 to [^>]*>, ", ""), down,
         "expected a piece for rows 0 to", "found none")
rejected(changed(down, r"rows = 0 to (\d+)", lambda match: f"rows = 0 to {int(match[1]) + 1}"), down,
         "expected one piece for each row, found two for rows")
rejected(changed(down, "lane = compute", "lane = memory"), down, "on lane Compute, found lane Memory")
rejected(changed(reduce, "lane = network", "lane = compute"), reduce, "expected lane Compute to be free at")
rejected(changed(down, r"share = [\d.]+", "share = 1.0", 9), down, "which others leave to it, found 1")
rejected(changed(down, "to max", "to 9999"), down, "expected a piece for rows 9999 to max, found none")
rejected(whole.replace("rows = 2048 : i64, target", "rows = 4096 : i64, target"),
         "to end at", "or later, by its share")


# What cannot be a plan is rejected as it is read: the error quotes the line, with the node's name.
def unreadable(text, message, node):
    result = verify(text)
    at = next((index for index, line in enumerate(result.err.splitlines()) if message in line), None)
    check(result.code == 1 and at is not None, f"expected {message!r} in {result.err[:300]}")
    check(at is not None and f'name "{node}"' in result.err.splitlines()[at + 1],
          f"{message}: expected {node} named")


unreadable(changed(generated, r"start = [\d.]+", "start = -5.0"),
           "expected a start that is finite and not negative, found -5", generated)
unreadable(changed(generated, r" end = [\d.]+", " end = 1.0"),
           "expected an end that is finite and not before the start", generated)
unreadable(changed(down, "rows = 0 to", "rows = -1 to"),
           "expected 0 <= begin < end of piece rows, found -1 to", down)
values = re.finditer(r'^ *(%\d+)(?::\d+)? = plan\.node .* name "([^"]+)"', whole, re.M)
results = {value[2]: value[1] for value in values}
unreadable(changed(reduce, r"@all_reduce\(%\d+", f"@all_reduce({results['layers.41.down_proj:linear']}"),
           "operand #0 does not dominate this use", reduce)

# What the rules of the paper reject, the verifier rejects: random changes of a small plan.
PIECE = re.compile(r"#plan\.piece<rows = (\d+) to (\w+), lane = (\w+), share = ([^,>]+), start = ([^,>]+)"
                   r"(?:, end = ([^,>]+))?>")
with open(CONFIG, encoding="utf-8") as file:
    config = json.load(file)
config["num_hidden_layers"] = 2
halves = {op: ms / 40 for op, ms in MEASURED.items()}
few = ("--target", "a100-80g-x8", "--op-times", write("halves.json", halves), "--scheduler", "list")
small = sennit("plan", write("config.json", config), *few, "--json", "--emit", place("b.mlir")).json()
with open(place("b.mlir"), encoding="utf-8") as file:
    stored = file.read()
nodes = {node["node"]: (node["op"], node["layer"]) for node in small["nodes"]}


def inReport(text):
    """The report that the pieces of a stored plan would make."""
    found = []
    for line in text.split("\n"):
        name = re.search(r'plan\.node .* name "([^"]+)"', line)
        if not name or name[1] not in nodes:
            continue
        op, layer = nodes[name[1]]
        low, high = domain(op, small)
        for begin, end, lane, share, start, finish in PIECE.findall(line):
            rows = [max(low, int(begin)), high if end == "max" else min(high, int(end))]
            if rows[0] < rows[1]:
                found.append({"node": name[1], "op": op, "layer": layer, "rows": rows, "lane": lane,
                              "share": float(share), "start": float(start) / 1e6, "end": float(finish) / 1e6})
    return dict(small, nodes=found, plan_ms=max(node["end"] for node in found))


def damage(draw):
    """The stored plan with one number or word of one piece changed, or without that piece."""
    lines = [line for line in re.finditer(r'^.*plan\.node .* name "([^"]+)".*$', stored, re.M) if line[1] in nodes]
    pieces = [match for line in lines for match in PIECE.finditer(stored, line.start(), line.end()) if match[6]]
    piece = draw.choice(pieces)
    begin, end, lane, share, start, finish = piece.groups()
    length = float(finish) - float(start)
    kind = draw.choice(("begin", "end", "lane", "share", "start", "finish", "drop"))
    if kind == "drop":
        after = piece.end() + 2 if stored[piece.end():piece.end() + 2] == ", " else piece.end()
        return stored[:piece.start()] + stored[after:], kind
    if kind == "begin":
        begin = int(begin) + draw.choice((-1, 1, 64)) if begin != "0" else 1
    elif kind == "end":
        end = int(end) + draw.choice((-1, 1, 64)) if end != "max" else small["load"]["batch"] - 1
    elif kind == "lane":
        lane = draw.choice([other for other in ("compute", "memory", "network") if other != lane])
    elif kind == "share":
        share = draw.choice((.05, .35, .7, 1.0))
    elif kind == "start":
        start = max(0, float(start) + draw.choice((-.5, -.02, .02)) * length)
    else:
        finish = float(finish) + draw.choice((-.5, -.02, .3)) * length
    changed = f"rows = {begin} to {end}, lane = {lane}, share = {share}, start = {start}, end = {finish}"
    return stored[:piece.start()] + f"#plan.piece<{changed}>" + stored[piece.end():], kind


def rounded(found):
    found = sorted(found, key=lambda node: (node["node"], node["rows"]))
    return [{key: round(value, 9) if key in ("start", "end") else value for key, value in node.items()}
            for node in found]


check(rounded(inReport(stored)["nodes"]) == rounded(small["nodes"]), "--emit and --json say the same")
check(not broken(inReport(stored), halves), f"the stored plan: {broken(inReport(stored), halves)[:3]}")
rejections = {}
for seed in range(100):
    text, kind = damage(random.Random(seed))
    found = broken(inReport(text), halves)
    if found:
        result = verify(text)
        rejections[kind] = rejections.get(kind, 0) + 1
        check(result.code == 1, f"damage {seed}, {kind}: expected it rejected, since {found[:2]}")
check(len(rejections) == 7 and sum(rejections.values()) >= 60,
      f"damage: too little of it matters, {rejections}")

# The figure and the trace show what the report says.
figure = xml.dom.minidom.parse(place("a.svg"))
check(figure.documentElement.tagName == "svg", "--svg is no figure")
with open(place("a.json"), encoding="utf-8") as file:
    events = json.load(file)["traceEvents"]
tracks = {event["tid"]: event["args"]["name"] for event in events if event["name"] == "thread_name"}
check(sorted(tracks.values()) == ["compute", "memory", "network"],
      f"--trace: expected a track a lane, found {tracks}")
spans = [event for event in events if event["ph"] == "X"]
check(len(spans) == len(report["nodes"]),
      f"--trace: expected {len(report['nodes'])} pieces, found {len(spans)}")
last = max(event["ts"] + event["dur"] for event in spans)
check(abs(last / 1e3 - report["plan_ms"]) < 1e-3,
      f"--trace: expected {report['plan_ms']} ms, found {last / 1e3}")
check({tracks[event["tid"]] for event in spans if event["cat"] == "decode_attention"} == {"memory"},
      "--trace: decode attention is on the memory lane")

# Two plans, side by side.
before = write("before.json", report)
after = write("after.json", sennit("plan", CONFIG, *flags, "--split", 2, "--json").json())
diff = sennit("plan", "diff", before, after, "--json").json()
change = {time["field"]: time["change"] for time in diff["times"]}
check(not diff["same"] and change["plan_ms"] > 0 and "sequential_ms" not in change, f"plan diff: {change}")
check("plan_ms" in sennit("plan", "diff", before, after).out, "plan diff names what changed")

# Targets with figures that cannot be.
with open(os.path.join(SOURCE, "targets", "a100-80g-x8.json"), encoding="utf-8") as file:
    target = json.load(file)


def targetRefused(change, *parts):
    spoiled = json.loads(json.dumps(target))
    change(spoiled)
    refused(sennit("plan", CONFIG, "--target", write("target.json", spoiled)), *parts)


targetRefused(lambda target: target["peaks"].pop("f16_tflops"), "f16_tflops")
targetRefused(lambda target: target["memory"].update(gb_per_s=-2000), "gb_per_s", "-2000")
targetRefused(lambda target: target["memory"].update(gb_per_s=2e12), "gb_per_s")
targetRefused(lambda target: target["peaks"].update(f16_tflops=312000), "f16_tflops")
targetRefused(lambda target: target["links"]["node"].update(gb_per_s=0), "gb_per_s")
targetRefused(lambda target: target["interference"]["memory"].insert(2, [.3, .1]), "interference")
targetRefused(lambda target: target.update(speed=1), "speed")
targetRefused(lambda target: target["sources"].clear(), "sources")
refused(sennit("plan", CONFIG, "--target", "a100"), "a100")
finish()
