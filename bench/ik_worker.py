#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: Sennit contributors
"""One measurement of ik_llama.cpp; peers.py runs it with the request as one JSON argument. Prints one JSON object."""
import json
import os
import sys
import time

from ik_llama_cpp import _ctypes_api as api
from ik_llama_cpp import _internals as internals


def main():
    request = json.loads(sys.argv[1])
    prefill, decode, depth = request["prefill"], request["decode"], request["depth"]
    saved = os.dup(2)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # its load log
    defaults = api.llama_model_default_params

    def parameters():
        values = defaults()
        values.repack_tensors = bool(request["repack"])
        return values

    api.llama_model_default_params = parameters
    model = internals.IkModel(request["model"], use_mmap=not request["repack"])
    context = internals.IkContext(model, n_ctx=max(prefill, depth + decode) + 64, n_threads=request["threads"],
                                  flash_attn=bool(request["flash"]))
    os.dup2(saved, 2)
    tokens = [3 + (i * 7919) % (model.n_vocab - 10) for i in range(max(prefill, depth, decode))]

    def step(batch):
        if context.decode(batch) != 0:
            sys.exit("the peer could not decode")
        context.get_logits(batch.n_tokens - 1)

    def seconds(batches):
        start = time.perf_counter()
        for batch in batches:
            step(batch)
        return time.perf_counter() - start

    best = {}

    def keep(name, speed):
        best[name] = max(best.get(name, 0.0), speed)

    for _ in range(request["repeat"] + 1):  # the first warms up, as llama-bench does; it may count
        if prefill:
            context.kv_cache_clear()
            keep("prefill", prefill / seconds([internals.make_batch(tokens[:prefill])]))
    if decode:
        prompt = internals.make_batch(tokens[:depth])
        singles = [internals.make_batch_single(tokens[i], depth + i) for i in range(decode)]
        remove = api._lib.llama_kv_cache_seq_rm  # not in the Python API, which has no other way back to `depth`
        remove.argtypes = [api.ctypes.c_void_p, api.ctypes.c_int32, api.ctypes.c_int32, api.ctypes.c_int32]
        context.kv_cache_clear()
        step(prompt)
        for _ in range(request["repeat"] + 1):
            keep("decode", decode / seconds(singles))
            remove(context.ctx, 0, depth, -1)
    print(json.dumps(best))


if __name__ == "__main__":
    main()
