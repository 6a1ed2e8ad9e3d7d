# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: Sennit contributors
"""Runs Sennit for the benchmark table: packages, and `sennit-run bench`."""
import json
import os
import subprocess

import models

ROOT = models.ROOT


class Sennit:
    name = "sennit"

    def __init__(self, binaries, work, level=None):
        self.binaries, self.work, self.level = binaries, work, level
        self.version = self.call("sennit-run", "--version").strip()

    def program(self, name):
        return os.path.join(self.binaries, name)

    def call(self, program, *arguments, **settings):
        done = subprocess.run([self.program(program), *arguments], capture_output=True, text=True, **settings)
        if done.returncode:
            raise RuntimeError(f"{program} {' '.join(arguments)} failed: {done.stderr.strip()[-500:]}")
        return done.stdout

    def package(self, model):
        """The compiled model; made again when the compiler or the model is newer."""
        path = os.path.join(self.work, os.path.basename(model).replace(".gguf", ".sennit"))
        library = os.path.join(self.binaries, "..", "lib", "libsennit-compiler.so")
        newest = max(os.path.getmtime(file) for file in (model, library))
        if not os.path.exists(path) or os.path.getmtime(path) < newest:
            os.makedirs(self.work, exist_ok=True)
            self.call("sennit", "compile", model, "-o", path)
        return path

    def levelFlags(self):
        return ["--level", self.level] if self.level else []

    def run(self, model, threads, prefill=0, decode=0, context=4, batch=1, repeat=3):
        """Speeds, and for decode also its bytes for each step and the best read bandwidth seen beside it."""
        package = self.package(model)
        text = self.call("sennit-run", "bench", package, "--prefill", str(prefill), "--decode", str(decode),
                         "--context", str(context), "--batch", str(batch), "--repeat", str(repeat), "--threads",
                         str(threads), "--json", *self.levelFlags())
        result = json.loads(text)["results"][0]
        values = {"read_gb_per_s": result["read_gb_per_s"]}
        if prefill:
            values["prefill"] = result["prefill_tokens_per_s"]
        if decode:
            steps = result["decode_tokens_per_s"] / batch
            values["decode"] = result["decode_tokens_per_s"]
            if "kv_bytes_per_step" in result:  # decode_gb_per_s then counts them
                values["step_bytes"] = result["decode_gb_per_s"] * 1e9 / steps
            else:
                values["step_bytes"] = result["decode_gb_per_s"] * 1e9 / steps + batch * self.cacheBytes(
                    package, context + (decode + 1) / 2)
        return values

    def cacheBytes(self, package, positions):
        """Bytes of the KV cache that attention reads for one token behind this many positions."""
        cache = json.loads(self.call("sennit-run", "inspect", package, "--json"))["cache"]
        element = {"f16": 2, "f32": 4}[cache["format"]]
        return 2 * cache["layers"] * cache["kv_heads"] * cache["head_dim"] * element * positions
