# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: Sennit contributors
"""Small checkpoints with made-up weights, for shapes that no stored model has. The same call writes the same bytes."""
import json
import os
import random
import struct

DTYPES = {"float32": ("F32", 4), "bfloat16": ("BF16", 2), "float16": ("F16", 2)}


def config(hidden, heads, kv_heads, head_dim, inner, vocabulary, layers=2, dtype="float32", context=512):
    """A config.json as Hugging Face writes it, of a llama."""
    return {"architectures": ["LlamaForCausalLM"], "attention_bias": False, "bos_token_id": 1, "eos_token_id": 2,
            "head_dim": head_dim, "hidden_act": "silu", "hidden_size": hidden, "intermediate_size": inner,
            "max_position_embeddings": context, "mlp_bias": False, "model_type": "llama",
            "num_attention_heads": heads, "num_hidden_layers": layers, "num_key_value_heads": kv_heads,
            "rms_norm_eps": 1e-6, "rope_scaling": None, "rope_theta": 10000.0, "tie_word_embeddings": False,
            "torch_dtype": dtype, "vocab_size": vocabulary}


def tensors(shape):
    """(name, rows or 0 for a vector, columns) of a llama."""
    hidden, inner, vocabulary = shape["hidden_size"], shape["intermediate_size"], shape["vocab_size"]
    q = shape["num_attention_heads"] * shape["head_dim"]
    kv = shape["num_key_value_heads"] * shape["head_dim"]
    yield "model.embed_tokens.weight", vocabulary, hidden
    for layer in range(shape["num_hidden_layers"]):
        name = f"model.layers.{layer}."
        yield name + "input_layernorm.weight", 0, hidden
        yield name + "self_attn.q_proj.weight", q, hidden
        yield name + "self_attn.k_proj.weight", kv, hidden
        yield name + "self_attn.v_proj.weight", kv, hidden
        yield name + "self_attn.o_proj.weight", hidden, q
        yield name + "post_attention_layernorm.weight", 0, hidden
        yield name + "mlp.gate_proj.weight", inner, hidden
        yield name + "mlp.up_proj.weight", inner, hidden
        yield name + "mlp.down_proj.weight", hidden, inner
    yield "model.norm.weight", 0, hidden
    yield "lm_head.weight", vocabulary, hidden


def values(count, columns, vector, dtype, noise):
    """Bytes of `count` elements: about 1 in a norm, else even noise whose sums over a row stay near 1."""
    low, high = (.8, 1.2) if vector else (-1.7 / columns**.5, 1.7 / columns**.5)
    numbers = [noise.uniform(low, high) for _ in range(count)]
    if dtype == "float32":
        return struct.pack(f"<{count}f", *numbers)
    if dtype == "float16":
        return struct.pack(f"<{count}e", *numbers)
    words = struct.unpack(f"<{count}I", struct.pack(f"<{count}f", *numbers))
    return struct.pack(f"<{count}H", *(word >> 16 for word in words))


def write(folder, shape, seed):
    """Makes `folder` a checkpoint of this config."""
    os.makedirs(folder)
    with open(os.path.join(folder, "config.json"), "w", encoding="utf-8") as file:
        json.dump(shape, file, indent=1)
    noise, header, parts, at = random.Random(seed), {}, [], 0
    name_of_type, _ = DTYPES[shape["torch_dtype"]]
    for name, rows, columns in tensors(shape):
        data = values(max(rows, 1) * columns, columns, not rows, shape["torch_dtype"], noise)
        header[name] = {"dtype": name_of_type, "shape": [rows, columns] if rows else [columns],
                        "data_offsets": [at, at + len(data)]}
        at += len(data)
        parts.append(data)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(os.path.join(folder, "model.safetensors"), "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(parts))


def prompt(length, vocabulary, seed):
    noise = random.Random(seed)
    return [noise.randrange(3, vocabulary) for _ in range(length)]
