# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: Sennit contributors
"""A model written by hand: short text, its own names, ops that no importer makes, and one that nothing uses."""
import json
import os
import random
import struct

from harness import check, distance, finish, refused, scratch, sennit, sennitRun

MODEL = """
module attributes {nn.model = {context_length = 64 : i64, family = "mine", head_dim = 5 : i64, hidden_size = 10 : i64,
                               kv_heads = 1 : i64, layers = 1 : i64, vocab_size = 7 : i64}} {
  func.func @step(%tokens: tensor<?xi32>, %positions: tensor<?xi32>, %wanted: tensor<?xi32>, %batch: !nn.batch,
                  %c: !nn.cache<1x5>) -> (tensor<?x7xf32>, !nn.cache<1x5>) {
    %table = nn.param "table" : !nn.weight<7x10, f32>
    %wk = nn.param "k" : !nn.weight<5x10, f32>
    %wh = nn.param "head" : !nn.weight<7x10, f32>
    %unused = nn.param "unused" : !nn.weight<3x10, f32>
    %x = nn.embed %tokens, %table : (tensor<?xi32>, !nn.weight<7x10, f32>) -> tensor<?x10xf32>
    %nothing = nn.linear %x, %unused : (tensor<?x10xf32>, !nn.weight<3x10, f32>) -> tensor<?x3xf32>
    %s = nn.softmax %x : tensor<?x10xf32>
    %g = nn.gelu none %s : tensor<?x10xf32>
    %k = nn.linear %g, %wk : (tensor<?x10xf32>, !nn.weight<5x10, f32>) -> tensor<?x5xf32>
    %d = nn.cache_append %c, %k, %k, %batch
      : (!nn.cache<1x5>, tensor<?x5xf32>, tensor<?x5xf32>, !nn.batch) -> !nn.cache<1x5>
    %a = nn.attention generated %x, %d, %batch, %positions {heads = 2 : i64, scale = 0.5 : f32}
      : (tensor<?x10xf32>, !nn.cache<1x5>, !nn.batch, tensor<?xi32>) -> tensor<?x10xf32>
    %b = nn.attention prompt %x, %d, %batch, %positions into %a {heads = 2 : i64, scale = 0.5 : f32}
      : (tensor<?x10xf32>, !nn.cache<1x5>, !nn.batch, tensor<?xi32>, tensor<?x10xf32>) -> tensor<?x10xf32>
    %m = nn.mul %b, %x : tensor<?x10xf32>
    %r = nn.gather_rows %m, %wanted : (tensor<?x10xf32>, tensor<?xi32>) -> tensor<?x10xf32>
    %l = nn.linear %r, %wh : (tensor<?x10xf32>, !nn.weight<7x10, f32>) -> tensor<?x7xf32>
    return %l, %d : tensor<?x7xf32>, !nn.cache<1x5>
  }
}
"""

folder = scratch()
text, params = os.path.join(folder, "mine.mlir"), os.path.join(folder, "mine.safetensors")
with open(text, "w", encoding="utf-8") as file:
    file.write(MODEL)
dice = random.Random(4)
header, data = {}, b""
for name, rows in (("table", 7), ("k", 5), ("head", 7)):
    values = struct.pack(f"<{rows * 10}f", *(dice.gauss(0, 1) for _ in range(rows * 10)))
    header[name] = {"dtype": "F32", "shape": [rows, 10], "data_offsets": [len(data), len(data) + len(values)]}
    data += values
encoded = json.dumps(header).encode()
with open(params, "wb") as file:
    file.write(struct.pack("<Q", len(encoded)) + encoded + data)

package = os.path.join(folder, "mine.sennit")
result = sennit("compile", text, "--params", params, "-o", package, "--kv", "f32")
if check(result.code == 0, f"compile: {result.err}"):
    arguments = ("score", package, "--ids", "1,2,3,4,5,6,0,1", "--positions", "--logits", "--json")
    native, reference = sennitRun(*arguments).json()["logits"], sennit(*arguments, "--interpret").json()["logits"]
    worst = max(distance(a, b) for a, b in zip(native, reference))
    check(len(native) == 8 and worst < 1e-5, f"native differs by {worst:.1e} from the interpreter")

refused(sennit("compile", text, "-o", package), "table")
refused(sennit("compile", text, "--params", params, "--from=plan", "-o", package), "plan")
refused(sennit("compile", text, "--params", params, "--dump-after=frob", "-o", package), "frob")
finish()
