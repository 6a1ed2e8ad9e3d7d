# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: Sennit contributors
"""Compiling for GPUs without one: each target, what inspect tells of it, what is refused, the same bytes twice."""
import os

from harness import MODEL, SOURCE, check, finish, model, refused, run, scratch, sennit, sennitRun

folder = scratch()
TARGETS = ["sm_80", "sm_90a", "ptx", "emulated-sm_90a"]


def place(name):
    return os.path.join(folder, name)


def content(path):
    with open(path, "rb") as file:
        return file.read()


# The same bytes with an empty cache and with a full one.
packages = []
for cache in ("one", "one", "two"):
    packages.append(place(f"{len(packages)}.sennit"))
    result = sennit("compile", model("llama"), "-o", packages[-1], "--target", "cpu," + ",".join(TARGETS), "--json",
                    env={"XDG_CACHE_HOME": place(cache)}).json()
    check("warnings" not in result, f"warnings: {result.get('warnings')}")
first = packages[0]
original = content(first)
check(all(content(path) == original for path in packages), "compiles of one checkpoint for GPUs differ")

# What inspect tells.
report = sennitRun("inspect", first, "--kernels", "--verify", "--json").json()
check([device["target"] for device in report["devices"]] == TARGETS, f"devices: {report['devices']}")
check(report["levels"] == ["avx2", "avx512"], f"levels: {report['levels']}")
check(any(section["name"] == "device code" for section in report["sections"]), f"sections: {report['sections']}")
functions = report["kernels"]["functions"]
names = {kernel["name"] for kernel in report["kernels"]["list"]}
limits = {"sm_80": 166912, "sm_90a": 232448, "ptx": 101376, "emulated-sm_90a": 232448}
for target in TARGETS:
    mine = [function for function in functions if function["target"] == target]
    check({function["kernel"] for function in mine} == names | {""}, f"{target} lacks functions of some kernel")
    for function in mine:
        check(function["shared_bytes"] <= limits[target] and function["threads"] % 32 == 0, f"{function}")
        if target.startswith("sm_"):
            check(0 < function["registers"] <= 255 and function["spill_bytes"] == 0 and function["code_bytes"] > 0,
                  f"{function}")
        if function["kernel"]:
            check(function["source"] != "", f"{function['function']} does not say where its kernel stands")
table = sennitRun("inspect", first, "--kernels")
check(table.code == 0 and "spill_bytes" in table.out and "sm_90a" in table.out, f"inspect: {table.err}")

# The text of a kernel is CUDA C++ that names the kernel's functions, and is printed alone.
name = sorted(names)[0]
text = sennitRun("inspect", first, "--kernels", "--source", name)
check(text.code == 0 and text.out.startswith("// sm_80") and f" {name}" in text.out and "SENNIT_KERNEL" in text.out,
      f"inspect --source: {text.err or text.out[:200]}")
refused(sennitRun("inspect", first, "--kernels", "--source", "absent"), "--source", name, "'absent'")
check(sennitRun("inspect", first, "--source", name).code == 1, "--source without --kernels")

# The CPU code in it runs; a package without any says so.
check(sennitRun("run", first, "--prompt-ids", "1", "--max-tokens", "2").code == 0, "the CPU code of a package for both")
alone = place("alone.sennit")
sennit("compile", model("llama"), "-o", alone, "--target", "emulated-sm_80,ptx", "--json").json()
refused(sennitRun("run", alone, "--prompt-ids", "1"), "no code for CPUs", "emulated-sm_80 and ptx", "--device cuda")
check(sennitRun("inspect", alone, "--kernels", "--program", "--verify").code == 0, "inspect without CPU code")
refused(sennitRun("inspect", sennit("compile", model("llama"), "-o", place("cpu.sennit")) and place("cpu.sennit"),
                  "--kernels", "--source", name), "code for GPUs", "none")

# A cubin with a flipped byte is refused by its hash.
at = original.index(b"\x7fELF", original.index(b"\x7fELF") + 1) + 1000
damaged = bytearray(original)
damaged[at] ^= 4
with open(place("damaged.sennit"), "wb") as file:
    file.write(damaged)
refused(sennitRun("inspect", place("damaged.sennit")), "device code", "hash")

# Wrong requests, each in one sentence, without a file.
absent = place("absent.sennit")


def refusedCompile(*parts, target="sm_90a", more=(), env=None):
    refused(sennit("compile", model("llama"), "-o", absent, "--target", target, *more, env=env), *parts)
    check(not os.path.exists(absent), f"{target}: a refused compile wrote a package")


for wrong in ("sm_70", "sm_90A", "gpu", "cpu,,ptx", "emulated-sm_86", "emulated"):
    refusedCompile("cpu, avx2, avx512, sm_80", "emulated-sm_100a", target=wrong)
h100 = os.path.join(SOURCE, "targets", "h100-x1.json")
refusedCompile("kind cpu", "gpu", target="cpu", more=("--calibration", h100))
refusedCompile("level that is compiled", more=("--calibration", os.path.join(SOURCE, "targets", "cpu-avx2.json")))
sennit("compile", model("llama"), "-o", place("h100.sennit"), "--target", "sm_90a", "--calibration", h100,
       "--json").json()

# No compiler, one that is too old, and no clang.
refusedCompile("NVRTC 13.0", "found none", "pip install nvidia-cuda-nvrtc==13.0.*",
               env={"SENNIT_NVRTC": "/no/such/library"})
old = place("libnvrtc-old.so")
with open(place("old.c"), "w") as file:
    file.write("int nvrtcVersion(int *major, int *minor) { *major = 12; *minor = 4; return 0; }\n")
built = run("clang-22", "-shared", "-fPIC", place("old.c"), "-o", old)
check(built.code == 0, f"the stand-in for an old library: {built.err}")
refusedCompile("found version 12.4", "pip install nvidia-cuda-nvrtc==13.0.*", env={"SENNIT_NVRTC": old})
refusedCompile("clang++-22", "does not run", target="emulated-sm_80", env={"SENNIT_CLANG": "/bin/false"})

# Other families, for the least shared memory.
for family in ("gpt2", "llama-tied-bf16"):
    result = sennit("compile", model(family), "-o", place("family.sennit"), "--target", "sm_86", "--json").json()
    check("warnings" not in result, f"{family}: {result.get('warnings')}")

# Planned for an A100, this model's best split has no order for every step: it is planned without one.
if os.path.exists(MODEL):
    planned = sennit("compile", MODEL, "--target", "sm_80", "--dump-after", "exec")
    check(planned.code == 0 and "exec.program" in planned.out, f"a plan for an A100: {planned.err}")

finish()
