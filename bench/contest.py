# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: Sennit contributors
"""Measures candidates of several systems in turns, and keeps the best of each.

Each round measures every candidate once, so that a change of the machine's speed meets all. On a shared machine that is
not enough: a program whose threads wait for each other by spinning falls to a tenth when another process takes one of
its processors. So each run waits for a quiet moment, as long as the patience of its row lasts, and carries the
share of the processors that others took during it; the table marks a figure that no quiet run gave.
"""
import os
import resource
import sys
import time
from dataclasses import dataclass, field
from typing import Callable

PROCESSORS = len(os.sched_getaffinity(0))
QUIET = 0.1  # share of one processor that others may take


def busySeconds():
    """Processor seconds that this machine has spent, stolen ones included."""
    with open("/proc/stat", encoding="ascii") as file:
        user, nice, system, _, _, irq, soft, steal = map(int, file.readline().split()[1:9])
    return (user + nice + system + irq + soft + steal) / os.sysconf("SC_CLK_TCK")


def ownSeconds():
    total = 0.0
    for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN):
        usage = resource.getrusage(who)
        total += usage.ru_utime + usage.ru_stime
    return total


def processorName():
    wanted = {"model name": "", "cpu family": "", "model": ""}
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        for line in file:
            key, _, value = line.partition(":")
            if key.strip() in wanted and not wanted[key.strip()]:
                wanted[key.strip()] = value.strip()
    return f"{wanted['model name']} (family {wanted['cpu family']}, model {wanted['model']})"


class Watch:
    """How many processors others kept busy since it was made."""

    def __init__(self):
        self.start, self.busy, self.own = time.monotonic(), busySeconds(), ownSeconds()

    def foreign(self):
        seconds = max(time.monotonic() - self.start, 1e-3)
        return max(0.0, (busySeconds() - self.busy - (ownSeconds() - self.own)) / seconds)


class Patience:
    """Seconds that may be spent waiting for others to finish."""

    def __init__(self, seconds):
        self.left = seconds

    def waitForQuiet(self):
        while self.left > 0:
            watch = Watch()
            time.sleep(0.3)
            if watch.foreign() <= QUIET:
                return
            self.left -= 0.3


@dataclass
class Candidate:
    system: str
    label: str
    measure: Callable  # gives {metric: value}
    runs: list = field(default_factory=list)
    failure: str = ""


@dataclass
class Best:
    value: float
    how: str
    foreign: float


def contest(candidates, rounds, patience):
    """Runs all in turns. From the second round on, those that lost clearly in the first are left out."""
    waiting = Patience(patience)
    racing = list(candidates)
    for turn in range(rounds):
        for candidate in racing:
            if sys.stderr.isatty():
                sys.stderr.write(f"\r\033[Kround {turn + 1} of {rounds}: {candidate.system}, {candidate.label}")
            waiting.waitForQuiet()
            watch = Watch()
            try:
                values = candidate.measure()
            except RuntimeError as error:
                candidate.failure = str(error)
                continue
            candidate.runs.append({**values, "foreign": round(watch.foreign(), 2)})
        if turn == 0:
            racing = [candidate for candidate in racing if hopeful(candidate, candidates)]
    if sys.stderr.isatty():
        sys.stderr.write("\r\033[K")
    return candidates


def hopeful(candidate, candidates):
    """Whether one of the candidate's figures is near its system's best; a disturbed run does not count against it."""
    if candidate.failure:
        return False
    run = candidate.runs[0]
    if run["foreign"] > QUIET:
        return True
    metrics = [metric for metric in ("prefill", "decode") if metric in run]
    rivals = [other.runs[0] for other in candidates if other.system == candidate.system and other.runs]
    return any(run[metric] >= 0.8 * max(rival.get(metric, 0.0) for rival in rivals) for metric in metrics)


def best(candidates, system, metric):
    """The highest value of a system over all its candidates and runs, or None."""
    found = [Best(run[metric], candidate.label, run["foreign"]) for candidate in candidates
             if candidate.system == system for run in candidate.runs if metric in run]
    return max(found, key=lambda one: one.value, default=None)
