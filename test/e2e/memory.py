# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: Sennit contributors
"""Memory: compiling holds about one tensor, and running maps the weights instead of copying them."""
import os
import subprocess
import time

from harness import MODEL, SENNIT, SENNIT_RUN, check, finish, package, scratch, sennitRun

MEGABYTE = 1 << 20
folder = scratch()


def peakAnonymous(command):
    """Largest RssAnon of a process, in bytes, and its exit code."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    peak = 0
    while process.poll() is None:
        try:
            with open(f"/proc/{process.pid}/status", encoding="ascii") as file:
                for line in file:
                    if line.startswith("RssAnon:"):
                        peak = max(peak, int(line.split()[1]) * 1024)
        except (OSError, ValueError):
            pass
        time.sleep(0.002)
    return peak, process.returncode


path = package("smollm2")
weights = sennitRun("inspect", path, "--weights", "--json").json()["weights"]
largest = max(weight["bytes"] for weight in weights["list"])
peak, code = peakAnonymous([SENNIT, "compile", MODEL, "-o", os.path.join(folder, "m.sennit")])
check(code == 0, f"compile: exit code {code}")
check(0 < peak <= 1.2 * largest + 300 * MEGABYTE, f"compile held {peak / MEGABYTE:.0f} MB of anonymous memory")

peak, code = peakAnonymous([SENNIT_RUN, path, "--prompt-ids", ",".join(["504"] * 200), "--max-tokens", "20"])
check(code == 0, f"run: exit code {code}")
check(0 < peak < weights["bytes"] / 2, f"run held {peak / MEGABYTE:.0f} MB of anonymous memory: are weights copied?")
finish()
