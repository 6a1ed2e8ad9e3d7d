#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: Sennit contributors
"""Includes point one way: dialects <- import, interpreter, passes, codegen <- tools; planner <- passes, tools;
runtime <- tools. A dialect includes no other dialect of ours; device and vendor headers stay in their folders."""
import re
import sys

from sources import files, lines

# Folder of the file -> folders it may include from, besides its own. The longest match wins.
ALLOWED = {
    "runtime": ["runtime"],
    "runtime/device/emulated": ["runtime/device/emulated", "runtime/base", "codegen/cuda/device"],
    "runtime/device/cuda": ["runtime", "codegen/cuda/device"], # its tests: what kernels are given
    "dialects": ["dialects/Common"],
    "dialects/nn": ["dialects/nn", "dialects/Common"],
    "dialects/plan": ["dialects/plan", "dialects/Common"],
    "dialects/tile": ["dialects/tile", "dialects/Common"],
    "dialects/exec": ["dialects/exec", "dialects/Common"],
    "planner": ["planner", "runtime/base", "runtime/schema"],
    "import": ["import", "dialects", "runtime/base", "runtime/schema", "runtime/text", "runtime/weights"],
    "interpreter": ["interpreter", "dialects", "runtime/base", "runtime/schema", "runtime/text", "runtime/weights"],
    "passes": ["passes", "dialects", "planner", "runtime/base", "runtime/schema"],
    "codegen": ["codegen", "dialects", "runtime/base", "runtime/schema", "runtime/text", "runtime/weights",
                "runtime/device/host/KernelAbi.h"],
    "codegen/cuda/compile": ["codegen/cuda", "runtime/base", "runtime/schema", "runtime/program/DeviceTarget.h"],
    "tools": ["tools", "dialects", "import", "interpreter", "passes", "planner", "codegen", "runtime"],
}
# What a pass may read from our dialects: its own phase only, except passes/lower, which converts between them.
for phase in ("nn", "plan", "tile", "exec"):
    ALLOWED[f"passes/{phase}"] = [f"passes/{phase}", f"dialects/{phase}", "dialects/Common", "planner",
                                  "runtime/base", "runtime/schema"]

# How linears and attention are cut is written once, for kernels and compiler.
ALLOWED["passes/tile"] += ["codegen/cuda/device/linear_shapes", "codegen/cuda/device/attention_shape"]
# A kernel is cut into functions where they are emitted.
ALLOWED["codegen/cuda/emit"] = ALLOWED["codegen"] + ["passes/tile"]
# Planning looks into the bodies of nodes, which hold ops of nn.
ALLOWED["passes/plan"].append("dialects/nn")

# Headers from outside, and the only folders that may include them.
OUTSIDE = [
    (re.compile(r"^(mlir|llvm|llvm-c|lld)/"),
     ("dialects", "import/families", "import/Model", "interpreter", "passes", "codegen", "tools/sennit-opt",
      "tools/compiler")),
    (re.compile(r"^(cuda|cuda_runtime|cuda_fp16|cuda_bf16|nvrtc)(\.h|/)"),
     ("runtime/device/cuda", "runtime/device/emulated", "codegen/cuda")),
    (re.compile(r"^nccl\.h"), ("runtime/comm/nccl",)),
    (re.compile(r"^mpi\.h"), ("runtime/comm/mpi",)),
    (re.compile(r"^pcre2"), ("runtime/text",)),
    (re.compile(r"^(CLI)/"), ("tools",)),
]
OWN = ("runtime", "dialects", "planner", "import", "interpreter", "passes", "codegen", "tools")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def longest(path):
    matches = [folder for folder in ALLOWED if path.startswith(folder + "/")]
    return max(matches, key=len) if matches else None


failures = 0


def fail(path, number, text):
    global failures
    failures += 1
    print(f"{path}:{number}: {text}")


for path in files(".cpp", ".h", ".c"):
    if not path.startswith(OWN):
        continue
    folder = longest(path)
    allowed = ALLOWED[folder] if folder else None
    # A unit test, and what unit tests share, may reach for whatever shows that its subject is right; in runtime/ it
    # must build alone.
    exempt = path.endswith(("Test.cpp", "Testing.h", "Fuzz.cpp")) and not path.startswith("runtime")
    for number, line in enumerate(lines(path), 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        bracket, header = match.groups()
        for pattern, folders in OUTSIDE:
            if pattern.match(header) and not path.startswith(folders) and not exempt:
                fail(path, number, f"{header} may be included only under {', '.join(folders)}")
        if header.startswith(tuple(o + "/" for o in OWN)):
            if bracket == "<":
                fail(path, number, f'{header} is ours: include it in quotes')
            if allowed and not header.startswith(tuple(allowed)) and not exempt:
                fail(path, number, f"{folder}/ may not include {header}")
        elif bracket == '"' and header.startswith("../"):
            fail(path, number, f"{header} is not a path from the top of the repository")
sys.exit(1 if failures else 0)
