#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: Sennit contributors
"""Runs every suite of a build and closes with `N passed, N failed[, N skipped]`.

usage: run_suites.py SOURCE BUILD [FILTER]

Suites: lint scripts, GoogleTest binaries (test-bin), other programs known to ctest, lit, libFuzzer targets (fuzz-bin).
Exit code 1 when a test failed or none ran.
"""
import concurrent.futures
import json
import os
import signal
import subprocess
import sys
import tempfile
import time

SOURCE, BUILD = (os.path.abspath(p) for p in sys.argv[1:3])
FILTER = sys.argv[3] if len(sys.argv) > 3 else ""
TERMINAL = sys.stderr.isatty()
GTEST_SECONDS = 300
FUZZ_SECONDS = int(os.environ.get("SENNIT_FUZZ_SECONDS", "5"))
JOBS = max(2, os.cpu_count() or 2)
# What a fuzzer starts from, by the beginning of its name.
SEEDS = {"gguf": ("test/data/gguf", ".gguf"), "safetensors": ("test/data/tiny", ".safetensors"),
         "package": ("test/data/fuzz", ".sennit")}
SEED_BYTES = 1 << 20

passed = failed = skipped = 0


def progress(text):
    if TERMINAL:
        sys.stderr.write("\r\033[K" + text[:100])
        sys.stderr.flush()


def report(suite, good, bad, absent, seconds, failures):
    """Adds one suite to the totals; failures are (name, text)."""
    global passed, failed, skipped
    passed, failed, skipped = passed + good, failed + bad, skipped + absent
    progress("")
    more = f", {absent} skipped" if absent else ""
    print(f"{suite:40} {good} passed, {bad} failed{more} ({seconds:.1f} s)", flush=True)
    for name, text in failures:
        print(f"FAILED: {name}")
        kept = text.strip().splitlines()
        print("\n".join("    " + line for line in (kept if len(kept) <= 60 else kept[:20] + ["..."] + kept[-40:])))


def run(command, seconds, cwd=None, env=None):
    """(exit code or None on a timeout, output). The whole process group ends with the command."""
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, cwd=cwd,
                                   env=env, start_new_session=True)
        try:
            code = process.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            code = None
        output.seek(0)
        return code, output.read().decode("utf-8", "replace")


def ending(code, seconds):
    if code is None:
        return f"no end after {seconds} s"
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


def runLint():
    for script in sorted(os.listdir(os.path.join(SOURCE, "tools", "lint"))):
        name = "lint/" + script
        if not script.endswith(".py") or script == "sources.py" or FILTER not in name:
            continue
        start = time.time()
        code, output = run([sys.executable, os.path.join(SOURCE, "tools", "lint", script)], 120)
        bad = code != 0
        report(name, int(not bad), int(bad), 0, time.time() - start, [(name, output)] if bad else [])


def runGtest(binary):
    name = os.path.basename(binary)
    result = os.path.join(BUILD, "test-bin", name + ".json")
    if os.path.exists(result):
        os.remove(result)
    start = time.time()
    code, output = run([binary, "--gtest_brief=1", f"--gtest_output=json:{result}"], GTEST_SECONDS, BUILD)
    seconds = time.time() - start
    good, absent, failures = 0, 0, []
    try:
        with open(result, encoding="utf-8") as file:
            suites = json.load(file).get("testsuites", [])
    except (OSError, ValueError):
        suites = []
    for suite in suites:
        for test in suite["testsuite"]:
            if test.get("failures"):
                text = "\n".join(f["failure"] for f in test["failures"])
                failures.append((f"{name}: {suite['name']}.{test['name']}", text))
            elif test.get("result") == "SKIPPED" or test.get("status") == "NOTRUN":
                absent += 1
            else:
                good += 1
    if code != 0 and not failures:
        failures.append((name, f"{ending(code, GTEST_SECONDS)}\n{output}"))
    return name, good, len(failures), absent, seconds, failures


def runRuntimeAlone():
    """The runtime configures, builds and passes its tests without the compiler, in a build folder of its own."""
    name = "runtime-alone"
    if FILTER not in name:
        return
    start, folder = time.time(), BUILD + "-runtime"
    steps = (["cmake", "--preset", "runtime", "-B", folder, "-DSENNIT_FUZZERS=OFF"], ["ninja", "-C", folder],
             ["ctest", "--test-dir", folder])
    failures = []
    for step in steps:
        progress(f"{name}: {step[0]} ...")
        code, output = run(step, 600, SOURCE)
        if code != 0:
            failures = [(name, f"{' '.join(step)}: {ending(code, 600)}\n{output}")]
            break
    report(name, int(not failures), len(failures), 0, time.time() - start, failures)


def programs(folder):
    path = os.path.join(BUILD, folder)
    if not os.path.isdir(path):
        return []
    names = (os.path.join(path, name) for name in sorted(os.listdir(path)))
    return [p for p in names if os.access(p, os.X_OK) and os.path.isfile(p) and FILTER in os.path.basename(p)]


def runGtests():
    with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        for result in pool.map(runGtest, programs("test-bin")):
            report(*result)


def runCtest():
    """Programs that ctest knows and that are neither GoogleTest binaries nor lit."""
    code, output = run(["ctest", "--show-only=json-v1"], 60, BUILD)
    if code != 0:
        return report("ctest", 0, 1, 0, 0, [("ctest", output)])
    for test in json.loads(output)["tests"]:
        command = test.get("command")
        if not command or "/test-bin/" in command[0] or test["name"] == "lit" or FILTER not in test["name"]:
            continue
        start = time.time()
        code, text = run(command, GTEST_SECONDS, BUILD)
        bad = code != 0
        failures = [(test["name"], f"{ending(code, GTEST_SECONDS)}\n{text}")] if bad else []
        report(test["name"], int(not bad), int(bad), 0, time.time() - start, failures)


def llvmTools():
    with open(os.path.join(BUILD, "test", "lit.site.cfg.py"), encoding="utf-8") as file:
        for line in file:
            if line.startswith("config.llvm_tools"):
                return line.split('"')[1]
    return ""


def runLit():
    result = os.path.join(BUILD, "test", "lit.json")
    if os.path.exists(result):
        os.remove(result)
    start = time.time()
    command = [os.path.join(llvmTools(), "lit"), "-v", f"-j{JOBS}", "-o", result, os.path.join(BUILD, "test")]
    command += ["--filter", FILTER] if FILTER else []
    progress("lit ...")
    code, output = run(command, 1200, BUILD)
    try:
        with open(result, encoding="utf-8") as file:
            tests = json.load(file)["tests"]
    except (OSError, ValueError):
        if FILTER and "did not match any tests" in output:
            return
        return report("lit", 0, 1, 0, time.time() - start, [("lit", f"{ending(code, 1200)}\n{output}")])
    folders = {}
    for test in tests:
        name = test["name"].replace("sennit :: ", "")
        entry = folders.setdefault(os.path.dirname(name) or ".", [0, 0, 0, []])
        if test["code"] in ("PASS", "XFAIL", "FLAKYPASS"):
            entry[0] += 1
        elif test["code"] in ("UNSUPPORTED", "SKIPPED", "EXCLUDED"):
            entry[2] += 1
        else:
            entry[1] += 1
            entry[3].append((name, test["output"]))
    seconds = time.time() - start
    for folder, (good, bad, absent, failures) in sorted(folders.items()):
        report("lit/" + folder, good, bad, absent, seconds, failures)


def runFuzzer(binary):
    name = os.path.basename(binary)
    corpus = os.path.join(BUILD, "fuzz-corpus", name)
    os.makedirs(corpus, exist_ok=True)
    seeds = [os.path.join(SOURCE, "test", "data", "fuzz", name)]
    for kind, (folder, suffix) in SEEDS.items():
        if kind not in name.lower():
            continue
        for parent, _, names in os.walk(os.path.join(SOURCE, folder)):
            for file in sorted(names):
                path = os.path.join(parent, file)
                if file.endswith(suffix) and os.path.getsize(path) <= SEED_BYTES:
                    link = os.path.join(corpus, "seed-" + os.path.relpath(path, SOURCE).replace("/", "-"))
                    if not os.path.exists(link):
                        os.symlink(path, link)
    command = [binary, f"-max_total_time={FUZZ_SECONDS}", "-timeout=10", "-rss_limit_mb=2048", "-verbosity=0",
               f"-artifact_prefix={BUILD}/fuzz-corpus/{name}-", "-print_final_stats=1", corpus]
    command += [s for s in seeds if os.path.isdir(s)]
    start = time.time()
    code, output = run(command, FUZZ_SECONDS + 60, BUILD)
    bad = code != 0
    failures = [(name, f"{ending(code, FUZZ_SECONDS + 60)}\n{output}")] if bad else []
    return "fuzz/" + name, int(not bad), int(bad), 0, time.time() - start, failures


def runFuzzers():
    with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        for result in pool.map(runFuzzer, programs("fuzz-bin")):
            report(*result)


def main():
    for phase in (runLint, runGtests, runCtest, runLit, runFuzzers, runRuntimeAlone):
        progress(phase.__name__[3:].lower() + " ...")
        phase()
    more = f", {skipped} skipped" if skipped else ""
    print(f"{passed} passed, {failed} failed{more}")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
