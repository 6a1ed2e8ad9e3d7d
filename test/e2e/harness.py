# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: Sennit contributors
"""What the end-to-end tests share: running the tools, packages compiled once, goldens, and checks that add up.

A test script calls `check` as often as it likes and ends with `finish()`, which exits 1 when a check failed.
"""
import atexit
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile

SOURCE = os.environ["SENNIT_SOURCE"]
BIN = os.environ["SENNIT_BIN"]
DATA = os.path.join(SOURCE, "test", "data")
SENNIT = os.path.join(BIN, "sennit")
SENNIT_RUN = os.path.join(BIN, "sennit-run")
COMPILER = os.path.join(BIN, "..", "lib", "libsennit-compiler.so")
MODEL = os.path.join(SOURCE, "models", "SmolLM2-135M-Instruct.Q4_1.gguf")
SECONDS = 240

failures = []


def check(condition, text):
    if not condition:
        failures.append(text)
        print("FAILED:", text, flush=True)
    return bool(condition)


def finish():
    sys.exit(1 if failures else 0)


def scratch():
    """A new folder that goes away with the test."""
    folder = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


class Result:
    def __init__(self, command, code, out, err):
        self.command, self.code, self.out, self.err = command, code, out, err

    def json(self):
        """The one JSON object on stdout; a failed run ends the test with what it said."""
        if self.code != 0:
            sys.exit(f"{' '.join(self.command)}\nexit code {self.code}: {self.err}")
        value = json.loads(self.out)
        assert isinstance(value, dict), self.out[:200]
        return value


def run(*command, stdin=b"", env=None, seconds=SECONDS, cwd=None):
    command = [str(part) for part in command]
    environment = dict(os.environ, **(env or {}))
    done = subprocess.run(command, input=stdin, capture_output=True, timeout=seconds, env=environment, cwd=cwd)
    return Result(command, done.returncode, done.stdout.decode("utf-8", "replace"),
                  done.stderr.decode("utf-8", "replace"))


def sennit(*arguments, **more):
    return run(SENNIT, *arguments, **more)


def sennitRun(*arguments, **more):
    return run(SENNIT_RUN, *arguments, **more)


def refused(result, *parts, code=1):
    """The run ended with `code` and one sentence on stderr that contains every part."""
    lines = result.err.strip().splitlines()
    name = " ".join(result.command)
    check(result.code == code, f"{name}: expected exit code {code}, found {result.code}: {result.err[-500:]}")
    check(len(lines) == 1 and lines[0].startswith("error: ") and not lines[0].endswith("."),
          f"{name}: expected one sentence on stderr, found {result.err[-800:]!r}")
    for part in parts:
        check(part in result.err, f"{name}: expected {part!r} in {result.err.strip()!r}")


def model(name):
    """Path of a model by short name: a folder of test/data/tiny, a file of test/data/gguf, or smollm2."""
    if name == "smollm2":
        return MODEL
    folder = os.path.join(DATA, "tiny", name)
    return folder if os.path.isdir(folder) else os.path.join(DATA, "gguf", name + ".gguf")


def golden(name):
    path = os.path.join(DATA, "tiny", name, "golden.json")
    if not os.path.exists(path):
        path = os.path.join(DATA, "gguf", name + ".json")
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def package(name, *flags):
    """A package of the model, compiled once for each build of the compiler and set of flags."""
    stamp = os.stat(COMPILER).st_mtime_ns
    key = hashlib.sha256(repr((stamp, flags)).encode()).hexdigest()[:16]
    folder = os.path.join(os.environ.get("XDG_CACHE_HOME", tempfile.gettempdir()), "e2e")
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, f"{name}-{key}.sennit")
    if not os.path.exists(path):
        result = sennit("compile", model(name), "-o", path, *flags)
        if result.code != 0:
            sys.exit(f"compile {name} {' '.join(flags)}: exit code {result.code}: {result.err}")
    return path


def ids(values):
    return ",".join(str(value) for value in values)


def largest(row):
    return max(abs(value) for value in row)


def distance(row, reference):
    """Largest difference, as a share of the reference's largest logit."""
    assert len(row) == len(reference), f"{len(row)} logits, expected {len(reference)}"
    return max(abs(a - b) for a, b in zip(row, reference)) / largest(reference)


def different(a, b):
    return sum(1 for x, y in zip(a, b) if x != y) + abs(len(a) - len(b))
