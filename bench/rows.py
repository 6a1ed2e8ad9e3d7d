# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: Sennit contributors
"""The rows of the table that compare speeds. Each function measures one group and returns its rows.

A group takes the `Bench` of table.py: the systems, the rounds and the thread counts to try. All peers keep an f16
cache, as Sennit does, and run every candidate that could be their best: each number of threads, flash attention on and
off, weights repacked at load or not.
"""
import os
import subprocess
import sys
from dataclasses import dataclass, field

import models
from contest import Candidate, best

CONTEXT = 4  # tokens before the first decode step
PREFILL, DECODE = 512, 128
REPACKED = ("Q4_0", "Q8_0")  # the formats here that llama.cpp can repack


@dataclass
class Row:
    name: str
    unit: str  # of ours, the peers and the limit
    must: float | None = None
    stretch: float | None = None
    ours: object = None  # each a Best or None
    llama: object = None
    ik: object = None
    limit: object = None
    value: float | None = None  # what must and stretch bound: a ratio, or ours itself
    lower: bool = False  # smaller is better
    percent: bool = False
    runs: list = field(default_factory=list)


def against(bench, name, candidates, metric, must, stretch, peers=("llama.cpp", "ik_llama.cpp"), limit=None):
    """A row whose value is ours over the better of the peers."""
    ours, llama, ik = (best(candidates, system, metric) for system in ("sennit", "llama.cpp", "ik_llama.cpp"))
    rivals = [one.value for one, system in ((llama, "llama.cpp"), (ik, "ik_llama.cpp")) if one and system in peers]
    value = ours.value / max(rivals) if ours and rivals else None
    return Row(name, "tok/s", must, stretch, ours, llama, ik, limit, value, runs=candidates)


def readLimit(candidates, batch=1):
    """Tokens per second if decode read its bytes at the best bandwidth that any run measured."""
    read = best(candidates, "sennit", "read_gb_per_s")
    stepBytes = best(candidates, "sennit", "step_bytes")
    if read and stepBytes:
        read.value = batch * read.value * 1e9 / stepBytes.value
    return read


def share(name, candidates, must, stretch):
    """A row whose value is the share of the read bandwidth that decode reaches."""
    ours, read = best(candidates, "sennit", "decode"), best(candidates, "sennit", "read_gb_per_s")
    ours.value *= best(candidates, "sennit", "step_bytes").value / 1e9
    return Row(name, "GB/s", must, stretch, ours, limit=read, value=ours.value / read.value, percent=True,
               runs=candidates)


def ourCandidates(bench, model, threads=None, **lengths):
    def measure(count):
        return lambda: bench.sennit.run(model, count, repeat=bench.repeat, **lengths)

    bench.sennit.package(model)
    return [Candidate("sennit", f"{count} threads", measure(count)) for count in threads or bench.threads]


def llamaCandidates(bench, model, threads=None, call=None, choices=({},), **lengths):
    """`choices` are further options, each of which is tried with all others."""
    call = call or bench.llama.run
    repacks = (0, 1) if any(format in os.path.basename(model) for format in REPACKED) else (1,)
    found = []
    for count in threads or bench.threads:
        for flash in (0, 1):
            for repack in repacks:
                for more in choices:
                    label = f"{count} threads, flash attention {flash}, repack {repack}" + "".join(
                        f", {name} {value}" for option in (more, more.get("environment") or {})
                        for name, value in option.items() if name != "environment")
                    arguments = dict(threads=count, flash=flash, repack=repack, **more, **lengths)
                    found.append(Candidate("llama.cpp", label, lambda a=arguments: call(model, **a)))
    return found


def ikCandidates(bench, model, threads=None, flashes=(1,), environments=({},), **lengths):
    found = []
    for count in threads or bench.threads:
        for flash in flashes:
            for repack in (0, 1):
                for environment in environments:
                    label = f"{count} threads, flash attention {flash}, repack {repack}" + "".join(
                        f", {name} {value}" for name, value in environment.items())
                    arguments = dict(threads=count, flash=flash, repack=repack, environment=environment,
                                     repeat=bench.repeat, **lengths)
                    found.append(Candidate("ik_llama.cpp", label, lambda a=arguments: bench.ik.run(model, **a)))
    return found


def decode(bench):
    model = models.ensure(models.SOURCE)
    found = bench.contest(ourCandidates(bench, model, decode=DECODE)
                          + llamaCandidates(bench, model, decode=DECODE, repeat=bench.repeat)
                          + ikCandidates(bench, model, decode=DECODE))
    return [share(f"decode {DECODE}, Q4_1: share of read bandwidth", found, 0.6, 0.75),
            against(bench, f"decode {DECODE}, Q4_1", found, "decode", 1.5, 2.2, limit=readLimit(found))]


def prefill(bench):
    model = models.ensure(models.SOURCE)
    found = bench.contest(ourCandidates(bench, model, prefill=PREFILL)
                          + llamaCandidates(bench, model, prefill=PREFILL, repeat=bench.repeat)
                          + ikCandidates(bench, model, prefill=PREFILL))
    return [against(bench, f"prefill {PREFILL}, Q4_1", found, "prefill", 2.0, 2.6)]


def batch(bench):
    """Sixteen sequences at once, beside llama.cpp's own batched benchmark."""
    model, sequences = models.ensure(models.SOURCE), 16
    steps = 32 if bench.quick else DECODE
    found = bench.contest(ourCandidates(bench, model, decode=steps, batch=sequences)
                          + llamaCandidates(bench, model, call=bench.llama.batch, sequences=sequences, context=CONTEXT,
                                            decode=steps, choices=({"unified": 0}, {"unified": 1})))
    return [against(bench, f"decode of {sequences} sequences, Q4_1", found, "decode", 5.0, 6.5)]


def formats(bench):
    rows = []
    for format in models.FORMATS:
        model = models.ensure(models.smolName(format))
        found = bench.contest(ourCandidates(bench, model, prefill=PREFILL, decode=DECODE)
                              + llamaCandidates(bench, model, prefill=PREFILL, decode=DECODE, repeat=bench.repeat)
                              + ikCandidates(bench, model, prefill=PREFILL, decode=DECODE))
        rows += [against(bench, f"prefill {PREFILL}, {format}", found, "prefill", 1.2, 1.8),
                 against(bench, f"decode {DECODE}, {format}", found, "decode", 1.2, 1.6, limit=readLimit(found))]
    return rows


def context(bench):
    model, steps = models.ensure(models.SOURCE), 32
    threads = bench.threads[-1:] if bench.quick else bench.threads  # their prefill takes most of the time
    rows = []
    for depth in (4096, 8192 - steps):
        found = bench.contest(ourCandidates(bench, model, threads, decode=steps, context=depth)
                              + llamaCandidates(bench, model, threads, decode=steps, depth=depth, repeat=bench.repeat)
                              + ikCandidates(bench, model, threads, flashes=(0, 1), decode=steps, depth=depth))
        rows.append(against(bench, f"decode at context {depth}, Q4_1", found, "decode", 1.5, 2.0,
                            limit=readLimit(found)))
    return rows


def longPrefill(bench):
    """Our speed at 4096 tokens beside our own at 512, and the peers' for reference."""
    model, length = models.ensure(models.SOURCE), 4096
    threads = bench.threads[-1:]
    short = ourCandidates(bench, model, threads, prefill=PREFILL)
    for candidate in short:
        candidate.system = "short"
    found = bench.contest(short + ourCandidates(bench, model, threads, prefill=length)
                          + llamaCandidates(bench, model, threads, prefill=length, repeat=1)
                          + ikCandidates(bench, model, threads, prefill=length))
    row = against(bench, f"prefill {length}, Q4_1: beside our own at {PREFILL}", found, "prefill", 0.7, 0.85,
                  limit=best(found, "short", "prefill"))
    row.value, row.percent = row.ours.value / row.limit.value, True
    return [row]


def large(bench):
    rows = []
    for shape in models.SHAPES:
        for format in ("Q4_0", "Q8_0"):
            model = models.ensure(f"random-{shape}.{format}.gguf")
            steps = 32 if shape == "1b" else 8
            found = bench.contest(ourCandidates(bench, model, decode=steps))
            rows.append(share(f"decode, {shape.upper()} shape, {format}: share of read bandwidth", found, 0.8, 0.88))
    return rows


def busy(bench):
    """Two threads on two processors of which another process wants one. OpenMP's passive waiting may suit the peers."""
    model, threads = models.ensure(models.SOURCE), [2]
    environments = ({}, {"OMP_WAIT_POLICY": "passive"})
    steps = 32 if bench.quick else DECODE
    found = (ourCandidates(bench, model, threads, decode=steps)
             + llamaCandidates(bench, model, threads, decode=steps, repeat=bench.repeat,
                               choices=[{"environment": environment} for environment in environments])
             + ikCandidates(bench, model, threads, environments=environments, decode=steps))
    for candidate in found:
        candidate.measure = lambda measure=candidate.measure: besideSpinner(measure)
    found = bench.contest(found)
    return [against(bench, "decode by two threads beside a busy process, Q4_1", found, "decode", 2.0, 3.0,
                    peers=("llama.cpp",))]


def besideSpinner(measure):
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as spinner:
        try:
            return measure()
        finally:
            spinner.kill()
