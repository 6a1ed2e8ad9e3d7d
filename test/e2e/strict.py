# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: Sennit contributors
"""`compile --split`, `--strict` and `--load`, and what `explain --plan` says about the buckets of a package."""
import os

from harness import DATA, SENNIT, check, finish, run, scratch

folder = scratch()
model = os.path.join(DATA, "tiny", "llama")
package = os.path.join(folder, "m.sennit")


def compile_with(*flags):
    if os.path.exists(package):
        os.remove(package)
    return run(SENNIT, "compile", model, "-o", package, "--max-rows", "8", *flags)


def refused(code, text, *flags):
    result = compile_with(*flags)
    check(result.code == code and text in result.err and result.err.count("\n") == 1,
          f"{flags}: expected exit {code} and '{text}', found {result.code}: {result.err}")
    check(os.listdir(folder) == [], f"{flags}: left {os.listdir(folder)}")


# What cannot be applied is refused with op, source tensor and condition.
refused(3, "--strict=split: expected a plan that does so for layers.", "--strict=split")
refused(3, "(tensor 'model.layers.", "--strict=split")
refused(3, "found that it cannot be applied: ", "--strict=split,overlap")
refused(3, "--strict=overlap: expected a plan that does so for layers.", "--strict=overlap")
refused(1, "expected --strict split, overlap or both, found 'speed'", "--strict=speed")
refused(1, "expected --strict=split beside a split", "--split", "off", "--strict=split")
refused(1, "expected --strict=overlap beside --split auto", "--split", "2", "--strict=overlap")
refused(1, "expected --split auto, off or a number", "--split", "0")
refused(1, "expected --load such as", "--load", "prompt")

# By itself the planner does not split on this machine class, and says why for every bucket.
check(compile_with("--load", "prompt=64,output=64").code == 0, "compile with a load")
plans = run(SENNIT, "explain", package, "--plan", "--json").json()["plans"]
buckets = [(plan["rows"], plan["role"]) for plan in plans]
check(buckets == [(rows, role) for rows in (1, 2, 4, 8) for role in ("generated", "mixed", "prompt")], f"{buckets}")
check(all(plan["decision"] == "unsplit" and plan["condition"] for plan in plans), f"{plans}")
check(all(plan["predicted_us"] > 0 and plan["bound_us"] <= plan["predicted_us"] * 1.000001 for plan in plans), "times")
text = run(SENNIT, "explain", package, "--plan", "--bucket", "8:mixed")
check(text.code == 0 and "decision  unsplit: " in text.out and "decode_attention" in text.out, text.out + text.err)
check(run(SENNIT, "explain", package, "--plan", "--bucket", "9:mixed").code == 1, "a bucket that is none")

# Parts that are asked for are made, in every bucket that has the rows.
check(compile_with("--split", "2", "--strict=split").code == 0, "two parts, strict")
plans = run(SENNIT, "explain", package, "--plan", "--json").json()["plans"]
for plan in plans:
    wanted = [[0, plan["rows"] // 2], [plan["rows"] // 2, plan["rows"]]] if plan["rows"] > 1 else [[0, 1]]
    check(plan["split"]["up_gate"] == wanted, f"{plan['rows']}:{plan['role']}: {plan['split']}")
check(compile_with("--split", "off").code == 0, "off")
check(run(SENNIT, "explain", package, "--plan").code == 1, "no plans without planning")
finish()
