# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: Sennit contributors
"""The rows of the table about starting and compiling. Each function measures one group and returns its rows."""
import os
import statistics
import subprocess
import tempfile
import time

import models
from contest import Best, Patience, Watch
from rows import Row

FIRST_TOKEN = ("--prompt-ids", "1,2,3,4", "--max-tokens", "1")
BLOCK = 8 << 20


def timed(call):
    """Wall seconds of a call, and what others took of the processors meanwhile."""
    watch, start = Watch(), time.perf_counter()
    call()
    return time.perf_counter() - start, watch.foreign()


def fastest(bench, call, count):
    """The best of several runs, each in a quiet moment if one comes, and all of them."""
    waiting, runs = Patience(bench.patience), []
    for _ in range(count):
        waiting.waitForQuiet()
        runs.append(timed(call))
    seconds, foreign = min(runs)
    median = statistics.median(run[0] for run in runs)
    return Best(seconds, f"median {median:.4g} s of {count}", foreign), runs


def start(bench):
    """A whole process, from its start to its end after the first token; the file is in the page cache."""
    package = bench.sennit.package(models.ensure(models.SOURCE))

    def call():
        bench.sennit.call("sennit-run", "run", package, *FIRST_TOKEN, *bench.sennit.levelFlags())

    call()
    found, runs = fastest(bench, call, 5 if bench.quick else 20)
    found.value *= 1000
    return [Row("start to the first token, prompt of 4", "ms", 100, 50, found, value=found.value, lower=True,
                runs=runs)]


def compileSmall(bench):
    """Cold: `sennit compile`. Unchanged: `sennit run CHECKPOINT` whose package the cache holds, which hashes the
    checkpoint and the compiler, opens the package and gives one token."""
    model, count = models.ensure(models.SOURCE), 2 if bench.quick else 5
    with tempfile.TemporaryDirectory(dir=bench.sennit.work) as folder:
        environment = {**os.environ, "XDG_CACHE_HOME": folder}

        def cold():
            bench.sennit.call("sennit", "compile", model, "-o", os.path.join(folder, "cold.sennit"), env=environment)

        def unchanged():
            bench.sennit.call("sennit", "run", model, *FIRST_TOKEN, env=environment)

        unchanged()  # fills the cache
        first, firstRuns = fastest(bench, cold, count)
        second, secondRuns = fastest(bench, unchanged, 2 * count)
    return [Row("compile SmolLM2, cold", "s", 5, 3, first, value=first.value, lower=True, runs=firstRuns),
            Row("compile SmolLM2, unchanged", "s", 1, 0.3, second, value=second.value, lower=True, runs=secondRuns)]


def compileLarge(bench):
    """The compiler writes with one fsync at the end, and so does the plain write of as many bytes beside it. The
    checkpoint is in the page cache if memory allows."""
    model = models.ensure("random-8b.Q4_0.gguf")
    package = os.path.join(bench.sennit.work, "compile-large.sennit")
    plain = os.path.join(bench.sennit.work, "plain-write")
    written, disk, runs, peaks = [], [], [], []
    waiting = Patience(bench.patience)
    try:
        for _ in range(bench.rounds):
            readThrough(model)
            waiting.waitForQuiet()
            watch, begin = Watch(), time.perf_counter()
            peaks.append(anonymousPeak([bench.sennit.program("sennit"), "compile", model, "-o", package]))
            seconds, size = time.perf_counter() - begin, os.path.getsize(package)
            written.append(Best(size / seconds / 1e9, "", watch.foreign()))
            os.remove(package)
            disk.append(Best(size / writePlain(plain, size) / 1e9, "", 0.0))
            os.remove(plain)
            runs.append({"package_gb_per_s": written[-1].value, "disk_gb_per_s": disk[-1].value,
                         "rss_anon_bytes": peaks[-1], "foreign": written[-1].foreign})
    finally:
        for path in (package, plain):
            if os.path.exists(path):
                os.remove(path)
    ours, limit = (max(found, key=lambda one: one.value) for found in (written, disk))
    memory = Best(max(peaks) / 1e6, "peak", 0.0)
    return [Row("compile the 8B shape, Q4_0: beside plain writing", "GB/s", 0.7, 0.9, ours, limit=limit,
                value=ours.value / limit.value, runs=runs),
            Row("compile the 8B shape: peak of anonymous memory", "MB", None, None, memory, value=memory.value,
                lower=True, runs=runs)]


def readThrough(path):
    with open(path, "rb", buffering=0) as file:
        while file.read(BLOCK):
            pass


def writePlain(path, size):
    """Seconds to write `size` bytes in order and sync them."""
    block = os.urandom(BLOCK)
    begin = time.perf_counter()
    with open(path, "wb", buffering=0) as file:
        for at in range(0, size, BLOCK):
            file.write(block[:size - at])
        os.fsync(file.fileno())
    return time.perf_counter() - begin


def anonymousPeak(command):
    """Runs the command; the highest RssAnon that polling saw, in bytes."""
    peak = 0
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        while process.poll() is None:
            try:
                with open(f"/proc/{process.pid}/status", encoding="ascii", errors="replace") as file:
                    for line in file:
                        if line.startswith("RssAnon:"):
                            peak = max(peak, int(line.split()[1]) * 1024)
            except OSError:
                pass  # it has just ended
            time.sleep(0.02)
        if process.returncode:
            raise RuntimeError(f"{' '.join(command)} failed: {process.stderr.read().strip()[-500:]}")
    return peak
