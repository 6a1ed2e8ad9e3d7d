# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: Sennit contributors
"""The IR after each phase is text that sennit-opt reads and `compile --from` goes on from, to the same answers."""
import os

from harness import BIN, check, finish, golden, ids, model, package, run, scratch, sennit, sennitRun

folder = scratch()
for name, flags in (("llama", ()), ("gpt2", ()), ("llama", ("--split", 3))):
    prompt = ids(golden(name)["ids"][:12])
    arguments = ("--prompt-ids", prompt, "--greedy", "--max-tokens", 3, "--ignore-eos", "--logits", "--json")
    expected = sennitRun(package(name), *arguments).json()
    for phase in ("nn", "plan", "tile", "exec"):
        text = os.path.join(folder, f"{name}-{phase}.mlir")
        dump = sennit("compile", model(name), "-o", os.path.join(folder, "x.sennit"), f"--dump-after={phase}", *flags)
        check(dump.code == 0 and dump.out, f"--dump-after={phase}: {dump.err}")
        with open(text, "w", encoding="utf-8") as file:
            file.write(dump.out)
        parsed = run(os.path.join(BIN, "sennit-opt"), text)
        check(parsed.code == 0, f"sennit-opt on the {phase} text of {name}: {parsed.err[:500]}")
        target = os.path.join(folder, "again.sennit")
        again = sennit("compile", text, f"--from={phase}", "--params", model(name), "-o", target)
        if check(again.code == 0, f"{name}: --from={phase}: {again.err[:500]}"):
            found = sennitRun(target, *arguments).json()
            check(found["ids"] == expected["ids"] and found["logits"] == expected["logits"],
                  f"{name}: the package from {phase} text answers differently")
finish()
