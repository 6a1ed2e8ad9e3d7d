# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: Sennit contributors
"""--trace, --timings and --profile: every command and chunk is there, spans nest, parts add up, files are whole."""
import json
import os
import resource
import signal
import subprocess
import time
from collections import defaultdict

from harness import SENNIT_RUN, check, finish, golden, ids, package, refused, scratch, sennit, sennitRun

folder = scratch()
path = package("llama")
prompt = ids(golden("llama")["ids"][:20])
programs = {program["name"]: program
            for program in sennitRun("inspect", path, "--program", "--json").json()["programs"]["list"]}
kernelsOf = {name: [(command["node"], command["kernel"]) for command in program["commands"] if "kernel" in command]
             for name, program in programs.items()}
decoding, prefilling = "step_generated", "step_prompt"
STEPS = 0  # the track of steps and commands


def place(*parts):
    return os.path.join(folder, *parts)


def near(a, b, share=0.02):
    return abs(a - b) <= share * max(abs(a), abs(b))


def nanoseconds(event):
    begin = round(event["ts"] * 1000)
    return begin, begin + round(event["dur"] * 1000)


def nests(spans):
    """Whether every two spans are apart or one in the other; from the start of one to the next it is so for all."""
    open_ = []
    for begin, end in sorted(spans, key=lambda span: (span[0], -span[1])):
        while open_ and open_[-1] <= begin:
            open_.pop()
        if open_ and end > open_[-1]:
            return False
        open_.append(end)
    return True


def loadTrace(name):
    with open(place(name), encoding="utf-8") as file:
        trace = json.load(file)
    names = {event["pid"]: event["args"]["name"] for event in trace["traceEvents"] if event["name"] == "process_name"}
    # Interrupted before its first step, a run has measured nothing that could be predicted.
    stepped = any(event.get("cat") == "step" for event in trace["traceEvents"])
    expected = ["measured", "predicted"] if stepped else ["measured"]
    check(sorted(names.values()) == expected, f"{name}: processes {names}")
    tracks = defaultdict(list)
    for event in trace["traceEvents"]:
        if event["ph"] == "X":
            tracks[names[event["pid"]], event["tid"]].append(event)
    for track, events in tracks.items():
        check(nests([nanoseconds(event) for event in events]), f"{name}: spans of track {track} overlap")
    return trace, tracks


def checkTrace(name, threads, prefills, decodes):
    trace, tracks = loadTrace(name)
    labels = [event["args"]["name"] for event in trace["traceEvents"] if event["name"] == "thread_name"]
    check(len(labels) == 2 + threads, f"{name}: tracks {labels}")
    commands = {}
    for process in ("measured", "predicted"):
        events = tracks[process, STEPS]
        steps = [event for event in events if event["cat"] == "step"]
        roles = [event["name"].split()[0] for event in steps]
        check(roles == ["prefill"] * prefills + ["decode"] * decodes, f"{name}: {process} steps {roles}")
        for step in steps:
            inside = [event for event in events
                      if event["cat"] == "command" and event["args"]["step"] == step["args"]["step"]]
            # Every plan node once, in order, within its step.
            found = [(event["args"]["node"], event["args"]["kernel"]) for event in inside]
            expected = kernelsOf[step["args"]["program"]]
            check(found == expected, f"{name}: {process} {step['name']}: {found} instead of {expected}")
            begin, end = nanoseconds(step)
            spans = [nanoseconds(event) for event in inside]
            check(all(begin <= a and b <= end for a, b in spans), f"{name}: {process}: commands outside their step")
            if process == "predicted":
                check([a for a, _ in spans] == [begin] + [b for _, b in spans[:-1]], f"{name}: gaps in predictions")
            else:
                commands.update({(e["args"]["step"], e["args"]["command"]): s for e, s in zip(inside, spans)})
        for event in events:
            if event["cat"] == "command":
                fields = event["args"]
                check(event["name"] == fields["kernel"] and fields["rows"] > 0 and fields["bytes"] > 0 and
                      fields["predicted_us"] >= 0 and
                      near(fields["gb_per_s"], fields["bytes"] / fields["measured_us"] / 1e3), f"{name}: {event}")
    measured = [e for e in tracks["measured", STEPS] if e["cat"] == "step"]
    predicted = [e for e in tracks["predicted", STEPS] if e["cat"] == "step"]
    check(all(b["ts"] >= a["ts"] for a, b in zip(measured, predicted)), f"{name}: a prediction begins early")
    # Chunks lie within their commands, and every command has some.
    seen = set()
    for worker in range(threads):
        for event in tracks["measured", 1 + worker]:
            if event["cat"] == "chunk":
                key = event["args"]["step"], event["args"]["command"]
                begin, end = nanoseconds(event)
                seen.add(key)
                check(commands[key][0] <= begin and end <= commands[key][1], f"{name}: a chunk outside {key}")
    check(seen == set(commands), f"{name}: commands without chunks")


# Traces of both tools and both verbs.
check(kernelsOf[decoding] and kernelsOf[prefilling], f"programs {list(programs)}")
for number, tool in enumerate((sennit, sennitRun)):
    for threads in (1, 2):
        result = tool("run", path, "--prompt-ids", prompt, "--greedy", "--ignore-eos", "--max-tokens", 4, "--threads",
                      threads, "--trace", place("run.json"))
        check(result.code == 0 and not result.err, f"run --trace: {result.err}")
        checkTrace("run.json", threads, 1, 3)
    result = tool("bench", path, "--prefill", 16, "--decode", 20, "--repeat", 1, "--threads", 2, "--trace",
                  place("bench.json"))
    check(result.code == 0, f"bench --trace: {result.err}")
    checkTrace("bench.json", 2, 1, 16)

# An answer does not depend on being watched.
plain = ("run", path, "--prompt-ids", prompt, "--greedy", "--ignore-eos", "--max-tokens", 5, "--logits", "--json")
watched = sennitRun(*plain, "--trace", place("t.json"), "--timings").json()
alone = sennitRun(*plain).json()
check(watched["ids"] == alone["ids"] and watched["logits"] == alone["logits"], "tracing changes the answer")

# Timings: phases add up to the total, kernels and the rest to the step.
def checkProfile(profile, program, what):
    check(profile["steps"] >= 1, f"{what}: {profile}")
    kernels = [kernel for _, kernel in kernelsOf[program]]
    launches = {entry["kernel"]: entry["launches"] for entry in profile["kernels"]}
    check(launches == {kernel: kernels.count(kernel) for kernel in kernels}, f"{what}: launches {launches}")
    parts = profile["kernels"] + profile["others"]
    check(near(sum(part["us"] for part in parts), profile["us_per_step"]), f"{what}: parts of {profile}")
    check(near(sum(part["share"] for part in parts), 1), f"{what}: shares of {profile}")
    check(all(part["us"] >= 0 for part in parts), f"{what}: a part below 0 in {profile}")


for tool in (sennit, sennitRun):
    timings = tool(*plain, "--timings").json()["timings"]
    phases = timings["phases_ms"]
    check(near(sum(phases.values()), timings["total_ms"]), f"--timings: {phases} of {timings['total_ms']}")
    check(all(value >= 0 for value in phases.values()), f"--timings: {phases}")
    for name in ("load: map the file", "load: verify", "load: map native code", "load: bind weights and arena",
                 "load: read the tokenizer", "tokenise", "prefill", "decode", "sampling", "text output", "other"):
        check(name in phases, f"--timings: no {name} in {phases}")
    # What the older fields say is the same time.
    steps = phases["prefill"] + phases["decode"] + phases["sampling"] + phases["text output"]
    check(near(steps, timings["prompt_ms"] + timings["decode_ms"], 0.1), f"--timings: {timings}")
    checkProfile(timings["prefill"], prefilling, "--timings, prefill")
    checkProfile(timings["decode"], decoding, "--timings, decode")
check("phases_ms" not in alone["timings"], "phases without --timings")
text = sennitRun(*plain[:-2], "--timings")
check(text.code == 0 and "text output" in text.err and "between launches" in text.err and "phase" not in text.out,
      f"--timings: {text.err}")
name = place("requests.jsonl")
with open(name, "w", encoding="utf-8") as file:
    file.write("\n".join(json.dumps({"prompt_ids": [1, 2, 3], "max_tokens": 3}) for _ in range(3)))
text = sennitRun("run", path, "--batch", name, "--timings", "--trace", place("batch.json"))
check(text.code == 0 and "print results" in text.err and len(text.out.splitlines()) == 3, f"--batch: {text.err}")
loadTrace("batch.json")

# bench --profile, and what the decode rate counts.
bench = sennitRun("bench", path, "--prefill", 16, "--decode", 20, "--context", 10, "--batch", 2, "--threads", 2,
                  "--profile", "--json").json()["results"][0]
checkProfile(bench["prefill"], prefilling, "bench --profile, prefill")
checkProfile(bench["decode"], decoding, "bench --profile, decode")
cache = sennitRun("inspect", path, "--json").json()["cache"]
groups = (cache["head_dim"] + 15) // 16 * 16
elementBytes = 2 if cache["format"] == "f16" else 4
perPosition = cache["layers"] * cache["kv_heads"] * (cache["head_dim"] + groups) * elementBytes
positions = sum(10 + step + 1 for step in range(20)) / 20
check(near(bench["kv_bytes_per_step"], 2 * positions * perPosition, 1e-9), f"bench: {bench}")
rate = bench["decode_tokens_per_s"] / 2 * (bench["kv_bytes_per_step"] + bench["weight_bytes_per_step"])
check(near(bench["decode_gb_per_s"], rate / 1e9, 1e-6) and
      near(bench["read_share"], bench["decode_gb_per_s"] / bench["read_gb_per_s"], 1e-6), f"bench: {bench}")
text = sennitRun("bench", path, "--prefill", 16, "--decode", 4, "--repeat", 1, "--threads", 2, "--profile")
check("between launches, sampling, other" in text.out and "kv_bytes" not in text.out, f"bench --profile: {text.out}")

# A path that cannot be written is refused before the work.
run = ("run", path, "--prompt-ids", prompt, "--max-tokens", 4)
for verb in (run, ("bench", path, "--threads", 2)):
    refused(sennitRun(*verb, "--trace", place("absent", "t.json")), "absent/t.json", "No such file")
    refused(sennitRun(*verb, "--trace", folder), folder, "a folder")
    refused(sennitRun(*verb, "--trace", "/dev/null"), "/dev/null", "plain file")
    refused(sennitRun(*verb, "--trace="), "--trace", "empty")
    check(sennitRun(*verb, "--trace", folder).out == "", "something was done before the path was refused")
refused(sennitRun("bench", path, "--threads", "1,2", "--trace", place("t.json")), "--trace", "found 2")
refused(sennitRun("bench", path, "--kernel", "embed", "--trace", place("t.json")), "--trace")
refused(sennitRun("bench", path, "--kernel", "embed", "--profile"), "--profile")
refused(sennitRun("bench", path, "--trace", path), "--trace: expected another file than the model")
refused(sennitRun(*run, "--trace", path), "--trace: expected another file than the model")
refused(sennit(*run, "--interpret", "--trace", place("t.json")), "--trace")
refused(sennit(*run, "--interpret", "--timings"), "--timings")

# All or nothing: a full disk, an interrupt.
os.makedirs(place("out"))
target = place("out", "t.json")


def limitFiles():
    resource.setrlimit(resource.RLIMIT_FSIZE, (2_000, 2_000))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)


done = subprocess.run([SENNIT_RUN, *map(str, run), "--trace", target], capture_output=True, text=True,
                      preexec_fn=limitFiles, restore_signals=False, check=False)
check(done.returncode == 1 and "t.json" in done.stderr and not os.listdir(place("out")),
      f"full disk: {done.returncode} {done.stderr} {os.listdir(place('out'))}")
with open(name, "w", encoding="utf-8") as file:
    file.write("\n".join(json.dumps({"prompt_ids": [1, 2], "max_tokens": 250, "ignore_eos": True})
                         for _ in range(3000)))
for delay in (0.05, 0.3, 0.8):
    process = subprocess.Popen([SENNIT_RUN, "run", path, "--batch", name, "--trace", target],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    time.sleep(delay)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    left = os.listdir(place("out"))
    # Before its handler stands, a process ends by the signal itself.
    check(process.returncode in (130, -signal.SIGINT) and left in ([], ["t.json"]),
          f"SIGINT: {process.returncode}, left {left}")
    if left:
        loadTrace(os.path.join("out", "t.json"))
        os.remove(target)
finish()
