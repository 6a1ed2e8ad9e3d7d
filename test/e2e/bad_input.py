# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: Sennit contributors
"""Wrong checkpoints, prompts and flags: exit 1, one sentence that names file and place, and nothing written."""
import json
import os
import shutil
import struct

from harness import check, finish, golden, ids, model, package, refused, scratch, sennit, sennitRun

folder = scratch()
target = os.path.join(folder, "m.sennit")


def place(*parts):
    return os.path.join(folder, *parts)


def content(path):
    with open(path, "rb") as file:
        return file.read()


def compileRefused(path, *parts):
    refused(sennit("compile", path, "-o", target), *parts)
    check(not os.path.exists(target), f"{path}: a refused compile wrote a package")
    left = [name for name in os.listdir(folder) if ".sennit" in name]
    check(not left, f"{path}: left {left}")


def ggufRefused(data, *parts):
    with open(place("bad.gguf"), "wb") as file:
        file.write(data)
    compileRefused(place("bad.gguf"), "bad.gguf", *parts)


def directory(change):
    """A copy of the llama checkpoint that `change` spoils."""
    path = place("hf")
    shutil.rmtree(path, ignore_errors=True)
    shutil.copytree(model("llama"), path)
    change(path)
    return path


# GGUF: magic, version, counts, cut anywhere.
gguf = content(model("tiny-F32"))
ggufRefused(b"")
ggufRefused(b"GGUF")
ggufRefused(gguf[:4] + struct.pack("<I", 99) + gguf[8:], "99")
ggufRefused(gguf[:8] + struct.pack("<Q", 1 << 60) + gguf[16:])
ggufRefused(gguf[:16] + struct.pack("<Q", 1 << 60) + gguf[24:])
for cut in (8, 20, 24, 100, 1000, len(gguf) // 3, len(gguf) - 1):
    ggufRefused(gguf[:cut])

# safetensors: header length, JSON, offsets, shapes; config; shards.
weights = "model.safetensors"
tensors = content(os.path.join(model("llama"), weights))
length = struct.unpack_from("<Q", tensors)[0]
header = json.loads(tensors[8:8 + length])


def withBytes(data):
    def change(path):
        with open(os.path.join(path, weights), "wb") as file:
            file.write(data)
    return change


def withHeader(edit):
    changed = json.loads(json.dumps(header))
    edit(changed)
    text = json.dumps(changed).encode()
    return withBytes(struct.pack("<Q", len(text)) + text + tensors[8 + length:])


def withConfig(edit):
    def change(path):
        name = os.path.join(path, "config.json")
        config = json.loads(content(name))
        edit(config)
        with open(name, "w", encoding="utf-8") as file:
            json.dump(config, file)
    return change


first = next(name for name in sorted(header) if name != "__metadata__")
begin, end = header[first]["data_offsets"]
for data in (b"", tensors[:4], struct.pack("<Q", 1 << 62) + tensors[8:], tensors[:8 + length - 1], tensors[:-1]):
    compileRefused(directory(withBytes(data)), weights)
compileRefused(directory(withHeader(lambda h: h[first].update(data_offsets=[begin, 1 << 62]))), weights, first)
compileRefused(directory(withHeader(lambda h: h[first].update(data_offsets=[end, begin]))), weights, first)
compileRefused(directory(withHeader(lambda h: h[first].update(shape=[1 << 40, 1 << 40]))), weights, first)
compileRefused(directory(withHeader(lambda h: h[first].update(shape=[-1, 3]))), weights, first)
compileRefused(directory(withHeader(lambda h: h[first].update(dtype="F8"))), first, "F8")
compileRefused(directory(withHeader(lambda h: h.update({"model.layers.9.odd": h[first]}))), "model.layers.9.odd")
compileRefused(directory(withHeader(lambda h: h.pop(first))), first)
compileRefused(directory(lambda path: os.remove(os.path.join(path, weights))), "hf")
compileRefused(directory(lambda path: os.remove(os.path.join(path, "config.json"))), "hf")
compileRefused(directory(withConfig(lambda c: c.update(model_type="novel"))), "novel")
compileRefused(directory(withConfig(lambda c: c.update(num_hidden_layers=1 << 40))), "num_hidden_layers")
compileRefused(directory(withConfig(lambda c: c.update(hidden_size="wide"))), "hidden_size")
compileRefused(directory(withConfig(lambda c: c.pop("vocab_size"))), "vocab_size")
compileRefused(directory(lambda path: open(os.path.join(path, "config.json"), "w").write("{")), "config.json")
compileRefused(place("absent.gguf"), "absent.gguf")
compileRefused(place("."))

sharded = place("sharded")
shutil.copytree(model("llama-rope3-sharded"), sharded)
os.remove(os.path.join(sharded, "model-00003-of-00005.safetensors"))
compileRefused(sharded, "model-00003-of-00005.safetensors")

# Prompts and flags, on a model without a tokenizer.
path = package("llama")
reference = golden("llama")
refused(sennitRun(path, "--prompt-ids", ""), "prompt")
refused(sennitRun(path, "--prompt-ids", "1,x"), "--prompt-ids", "item 2")
refused(sennitRun(path, "--prompt-ids", "1,131"), "131")
refused(sennitRun(path, "--prompt-ids", "-1"), "-1")
refused(sennitRun(path, "--prompt-ids", ids([1] * 257)), "257", "256")
refused(sennitRun(path, "-p", "text"), "tokenizer")
refused(sennitRun(path), "prompt")
refused(sennitRun(path, "--prompt-ids", "1", "--threads", "0"), "threads")
refused(sennitRun(path, "--prompt-ids", "1", "--temperature", "-1"), "temperature")
refused(sennitRun(path, "--prompt-ids", "1", "--top-p", "1.5"), "top-p")
refused(sennitRun(path, "--prompt-ids", "1", "--odd"), "--odd")
refused(sennitRun("score", path, "--ids", "131", "--positions"), "131")
refused(sennitRun("score", path, "--ids", ""), "at least one token")
refused(sennitRun("score", path), "--ids")
refused(sennitRun("tokenize", path, "--text", "a"), "tokenizer")
refused(sennitRun(place("absent.sennit"), "--prompt-ids", "1"), "absent.sennit")
refused(sennitRun(model("tiny-F32"), "--prompt-ids", "1"), "tiny-F32.gguf")
refused(sennitRun(folder, "--prompt-ids", "1"))
refused(sennit("compile", model("llama")), "--output")
refused(sennit("compile", model("llama"), "-o", target, "--target", "gpu"), "gpu")
refused(sennit("run"), "FILE")
refused(sennit("frobnicate"))
refused(sennit())

# The context ends generation, and says so.
result = sennitRun(path, "--prompt-ids", ids([1] * 250), "--greedy", "--ignore-eos", "--max-tokens", 50,
                   "--json").json()
check(result["finish_reason"] == "context", f"finish reason {result['finish_reason']} at the end of the context")

# Batches: a wrong line is named.
for line in ("{", "[]", "{}", '{"prompt_ids": [1], "odd": 2}', '{"prompt_ids": [1000]}', '{"prompt_ids": "x"}',
             '{"prompt_ids": [1], "temperature": "hot"}', '{"prompt": "no tokenizer"}'):
    with open(place("b.jsonl"), "w", encoding="utf-8") as file:
        file.write('{"prompt_ids": [1, 2], "max_tokens": 1}\n' + line + "\n")
    refused(sennitRun(path, "--batch", place("b.jsonl")), "b.jsonl", ":2")
finish()
