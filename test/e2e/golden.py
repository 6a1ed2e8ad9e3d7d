# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: Sennit contributors
"""usage: golden.py MODEL... Interpreter and native code against logits of an independent implementation."""
import sys

from harness import check, different, distance, finish, golden, ids, package, sennit, sennitRun

# Largest difference in shares of the largest logit.
INTERPRETER, INTERPRETER_GGUF = 1e-4, 2e-4
NATIVE, NATIVE_GGUF, NATIVE_BLOCK = 2e-3, 3e-3, 6e-2
BLOCK = ("Q8_0", "Q4_0", "Q4_1")


def compare(name, who, score, logits, reference, tolerance, argmaxTolerance):
    found = distance(logits, reference["logits_last"])
    check(found <= tolerance, f"{name}: {who} logits differ by {found:.2e}, allowed {tolerance:.0e}")
    wrong = different(score["argmax"], reference["argmax"])
    allowed = max(1, int(argmaxTolerance * len(reference["argmax"])))
    check(wrong <= allowed, f"{name}: {who} argmax differs at {wrong} of {len(reference['argmax'])} positions")
    check(len(score["nll"]) == len(reference["ids"]) - 1, f"{name}: {len(score['nll'])} values in nll")


def greedy(name, path, reference, tolerance):
    """Greedy ids agree up to the first choice that was nearly a tie."""
    if "greedy" not in reference:
        return
    sure = 0
    while sure < len(reference["margins"]) and reference["margins"][sure] > tolerance:
        sure += 1
    result = sennitRun(path, "--prompt-ids", ids(reference["ids"]), "--greedy", "--ignore-eos", "--max-tokens",
                       len(reference["greedy"]), "--json").json()
    check(result["ids"][:sure] == reference["greedy"][:sure],
          f"{name}: greedy ids {result['ids']}, expected {reference['greedy'][:sure]} to begin with")
    check(len(result["ids"]) == len(reference["greedy"]) and result["finish_reason"] == "length",
          f"{name}: {len(result['ids'])} ids, finish reason {result['finish_reason']}")


def main():
    for name in sys.argv[1:]:
        reference = golden(name)
        gguf = name.startswith("tiny-")
        block = name.endswith(BLOCK)
        prompt = ids(reference["ids"])
        path = package(name)

        score = sennit("score", path, "--ids", prompt, "--positions", "--logits", "--interpret", "--json").json()
        compare(name, "interpreter", score, score["logits"][-1], reference,
                INTERPRETER_GGUF if gguf else INTERPRETER, 0.02)

        tolerance = NATIVE_BLOCK if block else NATIVE_GGUF if gguf else NATIVE
        score = sennitRun("score", path, "--ids", prompt, "--positions", "--json").json()
        result = sennitRun(path, "--prompt-ids", prompt, "--greedy", "--ignore-eos", "--max-tokens", 1, "--logits",
                           "--json").json()
        compare(name, "native", score, result["logits"], reference, tolerance, 0.15 if block else 0.02)
        greedy(name, path, reference, 0.02)

        if block:  # the kernels' own arithmetic, which the interpreter mirrors
            path = package(name, "--kv", "f32")
            arguments = ("score", path, "--ids", prompt, "--positions", "--logits", "--json")
            native = sennitRun(*arguments).json()["logits"]
            mirror = sennit(*arguments, "--interpret", "--quantised").json()["logits"]
            distances = sorted(distance(a, b) for a, b in zip(native, mirror))
            near = sum(1 for d in distances if d <= 2e-3)
            check(near >= 0.95 * len(distances), f"{name}: {near} of {len(distances)} positions within 2e-3")
            check(distances[-1] <= 2e-2, f"{name}: worst position {distances[-1]:.2e} from the quantised interpreter")
    finish()


main()
