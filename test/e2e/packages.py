# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: Sennit contributors
"""Package files: same bytes from anywhere, damage is found, an interrupted or failed compile leaves nothing."""
import os
import random
import resource
import shutil
import signal
import struct
import subprocess
import time

from harness import SENNIT, check, finish, golden, ids, model, package, refused, run, scratch, sennit, sennitRun

folder = scratch()


def place(*parts):
    return os.path.join(folder, *parts)


def content(path):
    with open(path, "rb") as file:
        return file.read()


def written(name, data):
    with open(place(name), "wb") as file:
        file.write(data)
    return place(name)


# Reproducible: two folders, two runs.
shutil.copytree(model("llama"), place("other", "deeper"))
for source, target in ((model("llama"), "a.sennit"), (place("other", "deeper"), "b.sennit")):
    result = sennit("compile", source, "-o", place(target), "--json").json()
    check(result["bytes"] == os.path.getsize(place(target)), f"compile --json says {result}")
original = content(place("a.sennit"))
check(original == content(place("b.sennit")), "two compiles of one checkpoint differ")

# What inspect shows.
report = sennitRun("inspect", place("a.sennit"), "--weights", "--kernels", "--program", "--verify", "--json").json()
check(report["model"]["family"] == "llama" and report["model"]["vocab_size"] == 131, f"inspect: {report['model']}")
check(report["verified"] is True, "inspect --verify")
check(len(report["weights"]["list"]) == report["weights"]["count"] > 0, "inspect --weights")
check(len(report["kernels"]["list"]) == report["kernels"]["count"] > 0, "inspect --kernels")
check(all(program["commands"] for program in report["programs"]["list"]), "inspect --program")
text = sennitRun("inspect", place("a.sennit"), "--weights", "--kernels", "--program")
check(text.code == 0 and "lm_head" in text.out, f"inspect: {text.err or text.out[:300]}")

# Damage outside the weights is found at load; every header byte, then bytes here and there.
sections = report["sections"]
weights = next(s["bytes"] for s in sections if s["name"].startswith("weights"))
outside = len(original) - weights
dice = random.Random(1)
places = {dice.randrange(0, 600) for _ in range(12)} | {4090} | {dice.randrange(4096, outside) for _ in range(25)}
for at in sorted(places):
    damaged = bytearray(original)
    damaged[at] ^= 1 << dice.randrange(8)
    refused(sennitRun(written("damaged.sennit", damaged), "--prompt-ids", "1"), "damaged.sennit")
# Damage in the weights never crashes, and --verify finds it.
damaged = bytearray(original)
damaged[outside + 100] ^= 0x10
result = sennitRun(written("damaged.sennit", damaged), "--prompt-ids", "1", "--max-tokens", 1)
check(result.code in (0, 1), f"damaged weights: exit code {result.code}: {result.err}")
refused(sennitRun("inspect", place("damaged.sennit"), "--verify"), "damaged.sennit")

for size in (0, 1, 7, 100, 4095, 4096, 5000, outside, len(original) - 1):
    refused(sennitRun(written("short.sennit", original[:size]), "--prompt-ids", "1"), "short.sennit")
refused(sennitRun(written("long.sennit", original + b"\0"), "--prompt-ids", "1"), "long.sennit")
newer = bytearray(original)
struct.pack_into("<I", newer, 8, 99)
refused(sennitRun(written("newer.sennit", newer), "--prompt-ids", "1"), "newer.sennit", "99")

# A package is told by its content, whatever its name.
odd = written("odd.gguf", original)
check(sennit("run", odd, "--prompt-ids", "1,2", "--max-tokens", 1, "--json").json()["ids"], "a package called .gguf")

# Nothing is left behind.
os.makedirs(place("out"))
target = place("out", "m.sennit")
broken = content(model("tiny-F32"))[:-1000]
refused(sennit("compile", written("broken.gguf", broken), "-o", target), "broken.gguf")
check(os.listdir(place("out")) == [], f"a failed compile left {os.listdir(place('out'))}")
refused(sennit("compile", model("llama"), "-o", place("absent", "m.sennit")), "absent")
written(os.path.join("out", "m.sennit"), b"before")
for delay in (0.02, 0.1, 0.3):
    process = subprocess.Popen([SENNIT, "compile", model("llama-long"), "-o", target], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE)
    time.sleep(delay)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    if process.returncode == -signal.SIGINT:  # so early that no handler stood yet
        process.returncode = 130
    left = sorted(os.listdir(place("out")))
    check(process.returncode in (0, 130) and left == ["m.sennit"], f"SIGINT: {process.returncode}, left {left}")
    if process.returncode == 130:
        check(content(target) == b"before", "an interrupted compile changed the old package")
    else:
        written(os.path.join("out", "m.sennit"), b"before")

# A full disk: nothing is left of the package; a lost answer is an error too.
os.remove(target)


def limitFiles():
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)


done = subprocess.run([SENNIT, "compile", model("llama"), "-o", target], capture_output=True, text=True,
                      preexec_fn=limitFiles, restore_signals=False, check=False)
check(done.returncode == 1 and done.stderr.startswith("error: "), f"full disk: {done.returncode} {done.stderr}")
check(os.listdir(place("out")) == [], f"full disk: left {os.listdir(place('out'))}")
result = run("sh", "-c", f'"{SENNIT}" inspect "{place("a.sennit")}" >/dev/full')
refused(result, "standard output")
finish()
