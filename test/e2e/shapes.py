# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: Sennit contributors
"""Random models of odd sizes, made here: native code against the interpreter, position by position."""
import json
import os
import random
import struct

from harness import check, distance, finish, ids, scratch, sennit, sennitRun

folder = scratch()


def bf16(value):
    return struct.unpack("<I", struct.pack("<f", value))[0] >> 16


ENCODE = {
    "F32": lambda values: struct.pack(f"<{len(values)}f", *values),
    "F16": lambda values: struct.pack(f"<{len(values)}e", *values),
    "BF16": lambda values: struct.pack(f"<{len(values)}H", *map(bf16, values)),
}


def write(name, config, shapes, stored, seed):
    """A checkpoint directory with tensors drawn from `seed`: matrices around 0, norm weights around 1."""
    path = os.path.join(folder, name)
    os.makedirs(path)
    with open(os.path.join(path, "config.json"), "w", encoding="utf-8") as file:
        json.dump(config, file)
    dice = random.Random(seed)
    header, data = {}, b""
    for tensor, shape in shapes.items():
        count = 1
        for size in shape:
            count *= size
        centre = 1.0 if len(shape) == 1 and tensor.endswith("weight") else 0.0
        spread = 0.1 if len(shape) == 1 else 1.5 / shape[-1] ** 0.5
        encoded = ENCODE[stored]([dice.gauss(centre, spread) for _ in range(count)])
        header[tensor] = {"dtype": stored, "shape": shape, "data_offsets": [len(data), len(data) + len(encoded)]}
        data += encoded
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(os.path.join(path, "model.safetensors"), "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)
    return path


def llama(name, stored, seed, *, hidden, feed, heads, kv, dim, layers, vocab, bias=False, tied=False, theta=10000.0):
    config = {"model_type": "llama", "hidden_size": hidden, "intermediate_size": feed, "num_attention_heads": heads,
              "num_key_value_heads": kv, "head_dim": dim, "num_hidden_layers": layers, "vocab_size": vocab,
              "max_position_embeddings": 512, "rms_norm_eps": 1e-5, "rope_theta": theta, "hidden_act": "silu",
              "attention_bias": bias, "mlp_bias": bias, "tie_word_embeddings": tied, "torch_dtype": "float32"}
    shapes = {"model.embed_tokens.weight": [vocab, hidden], "model.norm.weight": [hidden]}
    if not tied:
        shapes["lm_head.weight"] = [vocab, hidden]
    for layer in range(layers):
        prefix = f"model.layers.{layer}."
        shapes[prefix + "input_layernorm.weight"] = [hidden]
        shapes[prefix + "post_attention_layernorm.weight"] = [hidden]
        for part, rows, columns in (("self_attn.q_proj", heads * dim, hidden), ("self_attn.k_proj", kv * dim, hidden),
                                    ("self_attn.v_proj", kv * dim, hidden), ("self_attn.o_proj", hidden, heads * dim),
                                    ("mlp.gate_proj", feed, hidden), ("mlp.up_proj", feed, hidden),
                                    ("mlp.down_proj", hidden, feed)):
            shapes[f"{prefix}{part}.weight"] = [rows, columns]
            if bias:
                shapes[f"{prefix}{part}.bias"] = [rows]
    return write(name, config, shapes, stored, seed)


def gpt2(name, stored, seed, *, hidden, heads, layers, vocab):
    config = {"model_type": "gpt2", "n_embd": hidden, "n_head": heads, "n_layer": layers, "vocab_size": vocab,
              "n_positions": 300, "layer_norm_epsilon": 1e-5, "activation_function": "gelu_new",
              "tie_word_embeddings": True, "torch_dtype": "float32"}
    shapes = {"transformer.wte.weight": [vocab, hidden], "transformer.wpe.weight": [300, hidden],
              "transformer.ln_f.weight": [hidden], "transformer.ln_f.bias": [hidden]}
    for layer in range(layers):
        prefix = f"transformer.h.{layer}."
        for norm in ("ln_1", "ln_2"):
            shapes[f"{prefix}{norm}.weight"] = [hidden]
            shapes[f"{prefix}{norm}.bias"] = [hidden]
        for part, inputs, outputs in (("attn.c_attn", hidden, 3 * hidden), ("attn.c_proj", hidden, hidden),
                                      ("mlp.c_fc", hidden, 4 * hidden), ("mlp.c_proj", 4 * hidden, hidden)):
            shapes[f"{prefix}{part}.weight"] = [inputs, outputs]
            shapes[f"{prefix}{part}.bias"] = [outputs]
    return write(name, config, shapes, stored, seed)


MODELS = (
    llama("odd-widths", "F32", 1, hidden=37, feed=53, heads=3, kv=1, dim=10, layers=2, vocab=101),
    llama("one-head-one-layer", "F32", 2, hidden=24, feed=17, heads=1, kv=1, dim=24, layers=1, vocab=33),
    llama("head-40", "BF16", 3, hidden=80, feed=100, heads=4, kv=2, dim=40, layers=2, vocab=130, bias=True),
    llama("head-128", "F16", 4, hidden=48, feed=64, heads=2, kv=2, dim=128, layers=1, vocab=50, tied=True),
    llama("head-2", "F32", 5, hidden=15, feed=15, heads=5, kv=5, dim=2, layers=3, vocab=7, theta=500000.0),
    gpt2("gpt2-odd", "F32", 6, hidden=42, heads=3, layers=2, vocab=99),
    gpt2("gpt2-one-head", "F16", 7, hidden=33, heads=1, layers=1, vocab=17),
)

for path in MODELS:
    name = os.path.basename(path)
    vocab = json.load(open(os.path.join(path, "config.json"), encoding="utf-8"))["vocab_size"]
    dice = random.Random(8)
    prompt = ids([dice.randrange(vocab) for _ in range(270 if name in ("odd-widths", "head-2", "gpt2-odd") else 41)])
    package = os.path.join(folder, name + ".sennit")
    result = sennit("compile", path, "-o", package, "--kv", "f32")
    if not check(result.code == 0, f"{name}: {result.err}"):
        continue
    arguments = ("score", package, "--ids", prompt, "--positions", "--logits", "--json")
    reference = sennit(*arguments, "--interpret").json()["logits"]
    native = sennitRun(*arguments).json()["logits"]
    worst = max(distance(a, b) for a, b in zip(native, reference))
    check(len(native) == len(reference) and worst <= 1e-4,
          f"{name}: native differs by {worst:.1e} from the interpreter")
    # Steps that end inside pages and blocks of attention give the same bytes as one.
    stepped = os.path.join(folder, name + "-31.sennit")
    sennit("compile", path, "-o", stepped, "--kv", "f32", "--max-rows", 31)
    arguments = ("--prompt-ids", prompt, "--greedy", "--ignore-eos", "--max-tokens", 3, "--logits", "--json")
    whole, parts = sennitRun(package, *arguments).json(), sennitRun(stepped, *arguments).json()
    check(whole["logits"] == parts["logits"] == native[-1] and whole["ids"] == parts["ids"],
          f"{name}: steps of 31 rows or score change the bytes")
finish()
