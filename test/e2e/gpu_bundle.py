# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: Sennit contributors
"""tools/gpu-bundle makes a folder, and its program runs every part of it on an emulated GPU. What hangs, crashes or is
wrong loses its own part alone, and the results say so."""
import json
import os
import shutil
import struct
import sys

from harness import BIN, SOURCE, check, finish, model, refused, run, scratch, sennit

DRIVER = {"LD_LIBRARY_PATH": os.path.join(BIN, "..", "lib", "emulated-driver")}
folder = scratch()
bundle = os.path.join(folder, "bundle")
TOOL = os.path.join(SOURCE, "tools", "gpu-bundle")
sys.path.insert(0, os.path.join(SOURCE, "tools", "gpu"))
import elf_versions  # noqa: E402

made = run(sys.executable, TOOL, bundle, "--small", "--targets", "emulated-sm_90a", "--build", os.path.join(BIN, ".."))
if not check(made.code == 0, f"gpu-bundle: {made.err}"):
    finish()
size = sum(os.path.getsize(os.path.join(place, name)) for place, _, names in os.walk(bundle) for name in names)
check(size < 60 << 20 and f"{size / 1e6:.1f} MB" in made.out, f"size: {size}, {made.out}")
again = run(sys.executable, TOOL, bundle, "--small", "--targets", "emulated-sm_90a")
check(again.code == 1 and "expected a new folder" in again.err, f"a folder that is there: {again.err}")

# The programs need nothing but an old glibc; this machine's other programs show that the check can fail.
for name in ("run", "sennit-run"):
    path = os.path.join(bundle, name)
    check(elf_versions.offences(path, "2.17", elf_versions.GLIBC) == [],
          f"{name}: {elf_versions.offences(path, '2.17', elf_versions.GLIBC)}")
    check(len(elf_versions.offences(path, "2.2", elf_versions.GLIBC)) > 0, f"{name} needs no glibc at all")
usual = elf_versions.offences(os.path.join(BIN, "sennit-run"), "2.17", elf_versions.GLIBC)
check(any("libstdc++" in text for text in usual), f"a program as usually linked: {usual}")


def results(*arguments, env=None, code=0):
    path = os.path.join(folder, "results.json")
    done = run(os.path.join(bundle, "run"), "all", "-o", path, *arguments, env=env or DRIVER)
    check(done.code == code, f"run {arguments}: exit code {done.code}: {done.err}{done.out}")
    with open(path, encoding="utf-8") as file:
        data = json.load(file)
    os.remove(path)
    return data, {part["name"]: part for part in data["parts"]}, done


data, parts, done = results()
names = ["device", "near llama", "near tiny-Q4_0", "speed small-q4_0", "start small-q4_0", "bits llama",
         "bits tiny-Q4_0", "overlap", "calibrate"]
check(sorted(parts) == sorted(names), f"parts: {list(parts)}")
check(all(part["status"] == "passed" for part in parts.values()), json.dumps(data)[:4000])
check(len(done.out.splitlines()) == len(names) + 1, f"a line for each part: {done.out}")
check(data["device"]["emulated"] and data["device"]["capability"] == "9.0", f"device: {data['device']}")
check(len(parts["near llama"]["result"]["greedy"]) > 4, f"greedy: {parts['near llama']}")
check(parts["bits llama"]["result"]["checks"] > 40, f"bits: {parts['bits llama']}")
speed = parts["speed small-q4_0"]["result"]
check(speed["decode"]["launches"] > 5 and speed["decode"]["bytes"] > 1000 and speed["prefill"]["flops"] > 1e5 and
      0 <= speed["decode"]["gap_share"] <= 1 and speed["copy_share"] > 0 and speed["mma_share"] > 0, f"{speed}")
check(os.listdir(folder) == ["bundle"], f"left behind: {os.listdir(folder)}")
target = parts["calibrate"]["result"]["target"]
check(target["kind"] == "gpu" and len(target["linear_efficiency"]) == 8, f"target: {target}")

# The table of a results file, and what is predicted in its place.
stored = os.path.join(folder, "stored.json")
with open(stored, "w", encoding="utf-8") as file:
    json.dump(data, file)
table = run(sys.executable, os.path.join(SOURCE, "bench", "gpu.py"), stored)
check(table.code == 0 and "Emulated" in table.out and table.out.count("not measured") == 6 and
      table.out.count("predicted for h100-x1") == 5, f"table: {table.out}{table.err}")
# As if the 8B shape had been measured.
for name, source in (("speed 8b-bf16", "speed small-q4_0"), ("start 8b-bf16", "start small-q4_0")):
    data["parts"].append({**json.loads(json.dumps(parts[source])), "name": name})
data["parts"][-2]["result"].update(copy_share=.85)
data["parts"][-2]["result"]["device"]["name"] = "cuda:0 (NVIDIA H100 80GB HBM3)"
data["parts"][-2]["result"]["prefill"]["tflops"] = 450
data["parts"][-2]["result"]["decode"]["gap_share"] = .06
with open(stored, "w", encoding="utf-8") as file:
    json.dump(data, file)
rows = run(sys.executable, os.path.join(SOURCE, "bench", "gpu.py"), stored, "--json").json()["rows"]
states = [row["state"] for row in rows]
check(states == ["must", "not measured", "not measured", "must", "BELOW", "stretch"], f"states: {rows}")
check(abs(rows[3]["value"] - 100 * 450 / 989) < 1e-6, f"share of the dense peak: {rows[3]}")
predicted = run(sys.executable, os.path.join(SOURCE, "bench", "gpu.py"), "--predict", "--json").json()
check(predicted["predicted"] and [row["state"] for row in predicted["rows"]] == ["predicted"] * 5 + ["not measured"],
      f"predicted: {predicted}")
check(all(0 < row["value"] < 100 for row in predicted["rows"][:5]), f"predicted: {predicted}")
os.remove(stored)

# A reference that the device does not meet fails its part; a package that cannot be opened breaks its parts; both say
# why, and the others run.
reference = os.path.join(bundle, "cases", "llama.json")
with open(reference, encoding="utf-8") as file:
    right = file.read()
wrong = json.loads(right)
wrong["rows"][3]["logits"][7] += 1
with open(reference, "w", encoding="utf-8") as file:
    json.dump(wrong, file)
package = os.path.join(bundle, "cases", "tiny-Q4_0.sennit")
with open(package, "r+b") as file:
    file.seek(5000)
    byte, = struct.unpack("B", file.read(1))
    file.seek(5000)
    file.write(bytes([byte ^ 1]))
_, parts, done = results("--only", "near", code=1)
check(parts["near llama"]["status"] == "failed" and "allowed" in parts["near llama"]["result"]["summary"],
      f"a wrong reference: {parts['near llama']}")
check(parts["near tiny-Q4_0"]["status"] == "broken" and "hash" in parts["near tiny-Q4_0"]["error"],
      f"a damaged package: {parts['near tiny-Q4_0']}")
check("2 of 2 parts did not pass" in done.err, done.err)
with open(reference, "w", encoding="utf-8") as file:
    file.write(right)

# A skeleton that cannot be filled skips its parts alone; a run whose time is over skips the rest.
shape = os.path.join(bundle, "shapes", "small-q4_0.skeleton")
moved = shape + ".moved"
shutil.move(shape, moved)
refusal = run(os.path.join(bundle, "run"), "fill", shape, os.path.join(folder, "x.sennit"))
refused(refusal, "small-q4_0.skeleton", "cannot open it")
shutil.move(moved, shape)
_, parts, _ = results("--only", "start", "--work", os.path.join(folder), "--seconds", "1", env={"LD_LIBRARY_PATH": ""},
                      code=1)
check(parts["start small-q4_0"]["status"] == "broken" and "libcuda.so.1" in parts["start small-q4_0"]["error"],
      f"no driver: {parts}")
check(sorted(os.listdir(folder)) == ["bundle"], f"left behind: {os.listdir(folder)}")

# A skeleton is no package, and its package is one.
refused(sennit("inspect", shape), "expected weights last, found none")
filled = os.path.join(folder, "filled.sennit")
check(run(os.path.join(bundle, "run"), "fill", shape, filled).code == 0, "fill")
check(sennit("inspect", filled, "--verify").code == 0, "a filled package verifies")

# Calibration by the verb, which compiles what the bundle carries.
mine = os.path.join(folder, "mine.json")
done = sennit("calibrate", "--device", "cuda", "--json", "-o", mine, env=DRIVER)
check(done.code == 0, f"calibrate: {done.err}")
check(sennit("plan", os.path.join(SOURCE, "examples", "configs", "llama-3.2-1b.json"), "--target", mine).code == 0,
      "a measured target is one")
refused(sennit("calibrate", "--device", "cuda", "-o", mine, env={"LD_LIBRARY_PATH": ""}), "libcuda.so.1")
refused(sennit("calibrate", "--device", "cuda:7", "-o", mine, env=DRIVER), "cuda:7")
refused(sennit("calibrate", "--device", "cuda:x", "-o", mine, env=DRIVER), "cuda:x")
refused(sennit("calibrate", "--device", "cuda", "--under-contention", "-o", mine, env=DRIVER), "under-contention")
refused(sennit("compile", model("llama"), "--weights", "some", "-o", filled), "weights")
finish()
