# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: Sennit contributors
"""The rules of a plan under given op times, checked on the report of `sennit plan --json`.

Written from the published description of nano-batches (NanoFlow, OSDI 2025) and not from the compiler: op times
are of the whole step, a piece costs its share of rows, the network is two equal all-reduces a layer, a lane runs
one op at a time, memory and network pieces keep one share of the machine from start to end, arithmetic takes
what is left at each instant, and with the share R a partner reaches the part P(R) of its speed.
"""
import bisect
from collections import defaultdict

MEMORY = ((0, 0), (.1, .2), (.2, .3), (.4, .8), (.8, .85), (.9, .95), (1, 1))
NETWORK = ((0, 0), (.1, .3), (.2, .5), (.8, .9), (.9, 1), (1, 1))
LANES = {"kqv": "compute", "decode_attention": "memory", "prefill_attention": "compute", "o": "compute",
         "reduce_o": "network", "up_gate": "compute", "down": "compute", "reduce_down": "network"}
CHAIN = ("o", "reduce_o", "up_gate", "down", "reduce_down")
EPSILON = 1e-7  # ms: a tenth of a nanosecond


def reached(curve, share):
    """P(R), straight between the points of the interference table."""
    for (left, low), (right, high) in zip(curve, curve[1:]):
        if share <= right:
            return low + (high - low) * (share - left) / (right - left)
    return curve[-1][1]


def name(piece):
    return f"{piece['op']} of layer {piece['layer']}, rows {piece['rows'][0]} to {piece['rows'][1]}"


def role(piece):
    """The op of a layer that the piece is of; the all-reduces are told apart by the linears they follow."""
    if piece["op"] != "network":
        return piece["op"]
    return "reduce_down" if "down" in piece["node"] else "reduce_o"


def domain(op, report):
    rows, generated = report["load"]["batch"], report["load"]["generated_rows"]
    return {"decode_attention": (0, generated), "prefill_attention": (generated, rows)}.get(op, (0, rows))


class Left:
    """What memory and network pieces leave of the machine, and its integral from 0 on."""

    def __init__(self, partners):
        changes = defaultdict(float)
        for piece in partners:
            changes[piece["start"]] += piece["share"]
            changes[piece["end"]] -= piece["share"]
        self.times, self.shares, self.done = [0.0], [0.0], [0.0]
        for time in sorted(changes):
            self.done.append(self.done[-1] + (time - self.times[-1]) * (1 - self.shares[-1]))
            self.times.append(time)
            self.shares.append(self.shares[-1] + changes[time])

    def until(self, time):
        at = bisect.bisect_right(self.times, time) - 1
        return self.done[at] + (time - self.times[at]) * (1 - self.shares[at])

    def least(self, start, end):
        """The least that is left at an instant of some length within [start, end)."""
        at, least = bisect.bisect_right(self.times, start) - 1, 1.0
        while at < len(self.times) and (self.times[at] < end):
            until = min(end, self.times[at + 1] if at + 1 < len(self.times) else end)
            if until - max(start, self.times[at]) > EPSILON:
                least = min(least, 1 - self.shares[at])
            at += 1
        return least


def broken(report, times, penalty=0):
    """One sentence for each rule that a plan breaks. `times`: ms of each op in the whole step."""
    found = []
    layers = report["model"]["layers"]
    pieces = defaultdict(list)  # by layer and op
    for piece in report["nodes"]:
        pieces[piece["layer"], role(piece)].append(piece)
    wanted = {(layer, op) for layer in range(layers) for op in LANES
              if domain(op, report)[0] < domain(op, report)[1]}
    found += [f"nodes: found {op} of layer {layer}, which the model lacks"
              for layer, op in pieces.keys() - wanted]
    found += checkRows(report, wanted, pieces)
    found += checkLanes(report["nodes"])
    found += checkOrder(layers, pieces)
    found += checkWork(report, pieces, times, penalty)
    last = max((piece["end"] for piece in report["nodes"]), default=0)
    if abs(last - report["plan_ms"]) > EPSILON:
        found.append(f"time: expected plan_ms {last}, when the last piece ends, found {report['plan_ms']}")
    return found


def checkRows(report, wanted, pieces):
    for layer, op in sorted(wanted):
        next, high = domain(op, report)
        for begin, end in sorted(piece["rows"] for piece in pieces[layer, op]):
            if begin != next or end <= begin:
                yield f"rows: expected {op} of layer {layer} to go on at row {next}, found {begin} to {end}"
            next = end
        if next != high:
            yield f"rows: expected {op} of layer {layer} up to row {high}, found {next}"


def checkLanes(nodes):
    last = {}
    for piece in sorted(nodes, key=lambda piece: (piece["start"], piece["end"])):
        if piece["lane"] not in ("compute", LANES[role(piece)]):
            yield f"class: found {name(piece)} on lane {piece['lane']}"
        if piece["start"] < 0 or piece["end"] <= piece["start"]:
            yield f"time: found {name(piece)} from {piece['start']} to {piece['end']}"
        before = last.get(piece["lane"])
        if before and piece["start"] < before["end"] - EPSILON:
            yield f"lane: found {name(piece)} while {name(before)} runs"
        last[piece["lane"]] = piece


def sources(op, layer, piece, pieces):
    """The pieces whose end a piece waits for."""
    begin, end = piece["rows"]

    def sharing(op, layer):
        return [other for other in pieces[layer, op] if other["rows"][0] < end and begin < other["rows"][1]]

    if op in ("decode_attention", "prefill_attention"):  # keys of every row before its last
        return [other for other in pieces[layer, "kqv"] if other["rows"][0] < end]
    if op == "o":
        return sharing("decode_attention", layer) + sharing("prefill_attention", layer)
    if op == "kqv":
        return sharing("reduce_down", layer - 1) if layer else []
    return sharing(CHAIN[CHAIN.index(op) - 1], layer)


def checkOrder(layers, pieces):
    for layer in range(layers):
        for op in LANES:
            for piece in pieces[layer, op]:
                for other in sources(op, layer, piece, pieces):
                    if piece["start"] < other["end"] - EPSILON:
                        yield f"order: found {name(piece)} before the end of {name(other)}"


def checkWork(report, pieces, times, penalty):
    partners = [piece for piece in report["nodes"] if piece["lane"] != "compute"]
    left = Left(partners)
    for time, share in zip(left.times, left.shares):
        if share > 1 + 1e-9:
            yield f"shares: expected a sum of at most 1 at {time} ms, found {share}"
    for (layer, op), found in pieces.items():
        low, high = domain(op, report)
        whole = times["network" if op.startswith("reduce") else op] / report["model"]["layers"]
        whole *= 0.5 if op.startswith("reduce") else 1 + penalty * (len(found) - 1)
        for piece in found:
            work = whole * (piece["rows"][1] - piece["rows"][0]) / (high - low)
            spent = piece["end"] - piece["start"]
            if piece["lane"] == "compute":
                done = left.until(piece["end"]) - left.until(piece["start"])
                least = left.least(piece["start"], piece["end"])
                if piece["share"] > least + 1e-9:
                    yield f"left: expected at most {least} for {name(piece)}, found {piece['share']}"
            else:
                curve = MEMORY if piece["lane"] == "memory" else NETWORK
                done = spent * reached(curve, piece["share"])
            if done < work - EPSILON:
                yield f"work: expected {work} ms of it in {name(piece)}, found {done}"
