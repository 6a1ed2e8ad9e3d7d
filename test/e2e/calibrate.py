# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: Sennit contributors
"""Calibration measures, writes a target that is taken wherever targets are, and says how well it predicts.

No time is asserted: the machine may be busy. Figures only have to be there, plausible and consistent.
"""
import json
import os
import socket

from harness import check, finish, model, refused, scratch, sennit

folder = scratch()
path = os.path.join(folder, "mine.json")

result = sennit("calibrate", "--device", "cpu", "--quick", "--threads", 2, "--under-contention", "--json", "-o", path)
data = result.json()
check(result.err == "", f"no progress without a terminal: {result.err}")
with open(path, encoding="utf-8") as file:
    text = file.read()
target = json.loads(text)
check(target["name"] == "mine" and target["kind"] == "cpu" and target["cores"] == 2, f"target: {text[:300]}")
shapes = {(entry["n"], entry["k"], entry["weight_bits"]) for entry in target["linear_efficiency"]}
check(len(shapes) == 18 and len(data["linears"]) == 18, f"shapes: {sorted(shapes)}")
check(all(0 < value <= 1 for entry in target["linear_efficiency"] for value in entry["efficiency"]), text)
check(all(us > 0 for linear in data["linears"] for us in linear["us"]), f"{data['linears']}")
for curve in target["interference"].values():
    check(len(curve) == 3 and curve[0] == [0, 0] and curve[1][0] == .5 and curve[2] == [1, 1], f"curve: {curve}")
for accuracy in (data["leave_one_shape_out"], data["under_contention"]):
    check(0 <= accuracy["mean"] <= accuracy["worst"] and set(accuracy["mean_by_format"]) == {"q4_0", "f16"} and
          set(accuracy["mean_by_rows"]) == {"1", "16", "64", "256"}, f"accuracy: {accuracy}")
check(data["output"] == path and data["date"] in target["sources"]["peaks"], f"{target['sources']}")
check(socket.gethostname() not in text and folder not in text, "a target says nothing of one machine")
check(os.listdir(folder) == ["mine.json"], f"{os.listdir(folder)}")

# A target that was measured is one: it is read, and its rates are what the package predicts from. Those of a machine
# that is twice as fast halve every prediction.
level = target["cpu_level"]


def predicted(calibration):
    package = os.path.join(folder, "llama.sennit")
    compiled = sennit("compile", model("llama"), "--target", level, "--calibration", calibration, "-o", package)
    check(compiled.code == 0, f"compile --calibration: {compiled.err}")
    result = sennit("bench", package, "--prefill", 8, "--decode", 0, "--repeat", 1, "--threads", 1, "--profile",
                    "--json")
    (one,) = result.json()["results"]
    return {kernel["kernel"]: kernel["predicted_us"] for kernel in one["prefill"]["kernels"]}


fast = os.path.join(folder, "fast.json")
with open(fast, "w", encoding="utf-8") as file:
    json.dump({**target, "peaks": {name: 2 * value for name, value in target["peaks"].items()},
               "memory": {name: 2 * value for name, value in target["memory"].items()}}, file)
slow, quick = predicted(path), predicted(fast)
check(slow and slow.keys() == quick.keys() and
      all(abs(slow[name] - 2 * quick[name]) <= 1e-6 * slow[name] for name in slow), f"predicted: {slow}, {quick}")

# What cannot be measured or used is refused in one sentence, and nothing is left behind.
out = os.path.join(folder, "other.json")
refused(sennit("calibrate", "--device", "cuda", "-o", out), "cuda")
refused(sennit("calibrate", "--device", "tpu", "-o", out), "tpu")
refused(sennit("calibrate", "-o", os.path.join(folder, "none", "x.json")), "none")
refused(sennit("calibrate", "--threads", 0, "-o", out), "threads")
refused(sennit("calibrate"), "--output")
check(not os.path.exists(out), "no file of a refused calibration")
refused(sennit("compile", model("llama"), "--calibration", "h100-x8", "-o", out), "gpu")
other = "avx512" if level == "avx2" else "avx2"
refused(sennit("compile", model("llama"), "--target", other, "--calibration", path, "-o", out), level)
broken = os.path.join(folder, "broken.json")
with open(broken, "w", encoding="utf-8") as file:
    file.write(text.replace('"gb_per_s":', '"gb_per_h":'))
refused(sennit("compile", model("llama"), "--calibration", broken, "-o", out), "gb_per_h")
finish()
