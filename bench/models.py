#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: Sennit contributors
"""Makes the models of the benchmark table under models/: SmolLM2 in other formats, and larger shapes of random weights.

usage: models.py [--only NAME,...] [--list]

Needs models/SmolLM2-135M-Instruct.Q4_1.gguf, which `./demo` gets, and the Python packages gguf and numpy. A file is
written under another name and renamed when whole, so one that exists is complete and is left alone. The same call
writes the same bytes on every machine.
"""
import argparse
import os
import sys
import time

try:
    import gguf
    import numpy
    from gguf import GGMLQuantizationType as Type
    from gguf import quants
except ImportError as missing:
    sys.exit(f"models.py needs the Python package {missing.name}: pip install gguf numpy")

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), ".."))
FOLDER = os.path.join(ROOT, "models")
SOURCE = "SmolLM2-135M-Instruct.Q4_1.gguf"
FORMATS = {"Q8_0": (Type.Q8_0, gguf.LlamaFileType.MOSTLY_Q8_0), "Q4_0": (Type.Q4_0, gguf.LlamaFileType.MOSTLY_Q4_0),
           "F16": (Type.F16, gguf.LlamaFileType.MOSTLY_F16), "BF16": (Type.BF16, gguf.LlamaFileType.MOSTLY_BF16)}
# The sizes of Llama 3.2 1B and Llama 3 8B, without the former's rope scaling.
SHAPES = {"1b": {"hidden": 2048, "layers": 16, "heads": 32, "kv_heads": 8, "head_dim": 64, "ffn": 8192, "tied": True},
          "8b": {"hidden": 4096, "layers": 32, "heads": 32, "kv_heads": 8, "head_dim": 128, "ffn": 14336,
                 "tied": False}}
VOCABULARY = 128256
CHUNK = 16 << 20  # bytes of random weights made at once
ALIGNMENT = 32


def openSource():
    path = os.path.join(FOLDER, SOURCE)
    if not os.path.exists(path):
        sys.exit(f'{path} is missing: ./demo "Hello" gets it')
    return gguf.GGUFReader(path)


def copyFields(reader, writer, changed):
    """All metadata of the source, with `changed` in place of what it names (None: left out)."""
    for field in reader.fields.values():
        if field.name.startswith("GGUF.") or field.name == "general.architecture":
            continue  # the writer makes these
        value = changed.get(field.name, field.contents())
        if value is not None:
            inner = field.types[-1] if field.types[0] == gguf.GGUFValueType.ARRAY else None
            writer.add_key_value(field.name, value, field.types[0], sub_type=inner)


def variant(path, format):
    """SmolLM2 in `format`: every weight of the source dequantised and quantised again; norms stay F32."""
    target, fileType = FORMATS[format]
    reader = openSource()
    writer = gguf.GGUFWriter(path, "llama")
    copyFields(reader, writer, {"general.file_type": int(fileType)})
    for tensor in reader.tensors:
        kind = tensor.tensor_type
        if kind != Type.F32:
            # The tied embedding is Q8_0 in 4-bit files, as llama.cpp's own quantiser leaves it for this row length.
            kind = Type.Q8_0 if target == Type.Q4_0 and tensor.name == "token_embd.weight" else target
            if tensor.shape[0] % 32 and kind in (Type.Q8_0, Type.Q4_0):
                kind = Type.F16
        data = tensor.data
        if kind != tensor.tensor_type:
            data = quants.quantize(quants.dequantize(data, tensor.tensor_type).astype(numpy.float32), kind)
        writer.add_tensor(tensor.name, data, raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def shapeTensors(shape, target):
    """Name, sizes (rows, columns) and type of each tensor. What gives the logits is Q8_0, since llama.cpp's quantiser
    too leaves it wider than 4 bits."""
    hidden, ffn = shape["hidden"], shape["ffn"]
    queries, keys = shape["heads"] * shape["head_dim"], shape["kv_heads"] * shape["head_dim"]
    yield "token_embd.weight", (VOCABULARY, hidden), Type.Q8_0 if shape["tied"] else target
    for layer in range(shape["layers"]):
        for name, sizes in (("attn_norm", (hidden,)), ("attn_q", (queries, hidden)), ("attn_k", (keys, hidden)),
                            ("attn_v", (keys, hidden)), ("attn_output", (hidden, queries)), ("ffn_norm", (hidden,)),
                            ("ffn_gate", (ffn, hidden)), ("ffn_up", (ffn, hidden)), ("ffn_down", (hidden, ffn))):
            yield f"blk.{layer}.{name}.weight", sizes, Type.F32 if len(sizes) == 1 else target
    yield "output_norm.weight", (hidden,), Type.F32
    if not shape["tied"]:
        yield "output.weight", (VOCABULARY, hidden), Type.Q8_0


def randomBlocks(generator, kind, blocks, deviation):
    """Blocks whose weights are uniform with about this standard deviation: random bytes behind a random scale."""
    blockBytes = gguf.GGML_QUANT_SIZES[kind][1]
    data = generator.integers(0, 1 << 64, -(-blocks * blockBytes // 8), dtype=numpy.uint64).view(numpy.uint8)
    data = data[:blocks * blockBytes].reshape(blocks, blockBytes)
    spread = 74.0 if kind == Type.Q8_0 else 4.6  # of the integers of a block
    scale = int(numpy.array(deviation / spread, numpy.float16).view(numpy.uint16))
    scales = scale + (data[:, 0].astype(numpy.uint16) & 63)  # the lowest bits of the mantissa: up to 6 % more
    if kind == Type.Q4_0:  # either sign, since the integers alone run from -8 to 7 and would have a mean
        scales |= (data[:, 1].astype(numpy.uint16) & 1) << 15
    data[:, :2] = scales.astype("<u2").view(numpy.uint8).reshape(blocks, 2)
    return data


def writeRandom(file, generator, kind, sizes):
    """Streams one tensor, and zeros up to the alignment."""
    count = int(numpy.prod(sizes))
    if kind == Type.F32:  # a norm
        data = numpy.ones(count, "<f4")
        file.write(data.tobytes())
        written = data.nbytes
    else:
        blockWeights, blockBytes = gguf.GGML_QUANT_SIZES[kind]
        blocks, written = count // blockWeights, 0
        while written < blocks * blockBytes:
            part = min(CHUNK // blockBytes, blocks - written // blockBytes)
            file.write(randomBlocks(generator, kind, part, sizes[-1] ** -0.5).data)
            written += part * blockBytes
    file.write(bytes(-written % ALIGNMENT))


def randomModel(path, name, format):
    """A llama model of the given shape with SmolLM2's tokenizer, filled up with tokens that no text uses."""
    shape = SHAPES[name]
    target, fileType = FORMATS[format]
    reader = openSource()
    tokens = reader.fields["tokenizer.ggml.tokens"].contents()
    types = reader.fields["tokenizer.ggml.token_type"].contents()
    more = VOCABULARY - len(tokens)
    changed = {field: None for field in reader.fields if field.startswith("general.")}
    changed.update({
        "general.name": f"random weights, {name} shape", "general.file_type": int(fileType),
        "general.quantization_version": 2, "llama.block_count": shape["layers"], "llama.context_length": 8192,
        "llama.embedding_length": shape["hidden"], "llama.feed_forward_length": shape["ffn"],
        "llama.attention.head_count": shape["heads"], "llama.attention.head_count_kv": shape["kv_heads"],
        "llama.rope.freq_base": 500000.0, "llama.rope.dimension_count": shape["head_dim"],
        "llama.vocab_size": VOCABULARY, "tokenizer.ggml.tokens": tokens + [f"<|unused_{i}|>" for i in range(more)],
        "tokenizer.ggml.token_type": types + [int(gguf.TokenType.UNUSED)] * more})
    writer = gguf.GGUFWriter(path, "llama")
    copyFields(reader, writer, changed)
    tensors = list(shapeTensors(shape, target))
    for name, sizes, kind in tensors:
        width, bytesEach = gguf.GGML_QUANT_SIZES[kind]
        writer.add_tensor_info(name, sizes, numpy.dtype(numpy.float32), int(numpy.prod(sizes)) // width * bytesEach,
                               raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    writer.close()
    generator = numpy.random.Generator(numpy.random.SFC64(1))
    with open(path, "ab") as file:
        file.write(bytes(-file.tell() % ALIGNMENT))
        for _, sizes, kind in tensors:
            writeRandom(file, generator, kind, sizes)


def smolName(format):
    return SOURCE if format == "Q4_1" else SOURCE.replace("Q4_1", format)


def recipes():
    """Each file name and the call that writes it."""
    made = {smolName(format): (variant, format) for format in FORMATS}
    for name in SHAPES:
        for format in ("Q4_0", "Q8_0"):
            made[f"random-{name}.{format}.gguf"] = (randomModel, name, format)
    return made


def ensure(name):
    """The path of the model, which is made first if it is missing."""
    path = os.path.join(FOLDER, name)
    if name != SOURCE and not os.path.exists(path):
        make, *arguments = recipes()[name]
        start = time.monotonic()
        make(path + ".part", *arguments)
        os.rename(path + ".part", path)
        print(f"{name}: {os.path.getsize(path) / 1e6:.0f} MB in {time.monotonic() - start:.1f} s", file=sys.stderr)
    elif not os.path.exists(path):
        sys.exit(f'{path} is missing: ./demo "Hello" gets it')
    return path


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", help="file names, separated by commas; default: all")
    parser.add_argument("--list", action="store_true", help="print the file names")
    arguments = parser.parse_args()
    names = arguments.only.split(",") if arguments.only else list(recipes())
    unknown = [name for name in names if name not in recipes()]
    if unknown:
        sys.exit(f"--only: expected some of {', '.join(recipes())}, found {unknown[0]}")
    for name in names:
        print(name) if arguments.list else ensure(name)


if __name__ == "__main__":
    main()
