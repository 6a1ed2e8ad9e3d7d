// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
// Positions, the key-value cache and attention. Included by NnOps.td, which defines the base classes.
#ifndef SENNIT_NN_ATTENTION_OPS
#define SENNIT_NN_ATTENTION_OPS

def Nn_RopeOp : Nn_Op<"rope", [AllTypesMatch<["x", "result"]>]> {
  let summary = "Rotates pairs of each head's elements by an angle that grows with the position";
  let description = [{
    Let h be the number of frequencies; the first 2h elements of each head are rotated, the others pass. For i in [0, h):
    `angle = float(position) * frequencies[i]` in f32, `c = cos(angle) * scale`, `s = sin(angle) * scale`,
    `y[i] = x[i] * c - x[i + h] * s`, `y[i + h] = x[i + h] * c + x[i] * s`. Rope scaling of a checkpoint is folded into the
    frequencies by its importer.

    Lifespan: made by import, moved into a group by nn-fuse-groups, lowered with it.

    **Constraints**
    - C1: heads and head_dim are at least 1
    - C2: the columns of x are heads * head_dim
    - C3: there is at least one frequency and at most head_dim / 2

    Example:
    ```mlir
    %y = nn.rope %x, %positions {frequencies = array<f32: 1.0, 0.01>, head_dim = 4 : i64, heads = 2 : i64, scale = 1.0 : f32}
      : (tensor<?x8xf32>, tensor<?xi32>) -> tensor<?x8xf32>
    ```
  }];
  let arguments = (ins Nn_Activation:$x, Nn_Indices:$positions, I64Attr:$heads, I64Attr:$head_dim,
                       DenseF32ArrayAttr:$frequencies, F32Attr:$scale);
  let results = (outs Nn_Activation:$result);
  let assemblyFormat = "$x `,` $positions attr-dict `:` functional-type(operands, results)";
  let builders = [OpBuilder<(ins "::mlir::Value":$x, "::mlir::Value":$positions, "int64_t":$heads, "int64_t":$headDim,
                                 "::llvm::ArrayRef<float>":$frequencies, CArg<"float", "1.0f">:$scale),
    [{ build($_builder, $_state, x.getType(), x, positions, $_builder.getI64IntegerAttr(heads),
             $_builder.getI64IntegerAttr(headDim), $_builder.getDenseF32ArrayAttr(frequencies),
             $_builder.getF32FloatAttr(scale)); }]>];
  let hasVerifier = 1;
}

def Nn_CacheAppendOp : Nn_Op<"cache_append", [AllTypesMatch<["cache", "result"]>]> {
  let summary = "The cache with this step's keys and values";
  let description = [{
    Each row's keys and values stand at the row's place in its sequence, which the batch says. Attention reads this step's
    keys from the result, never from k and v. A cache value is appended to once.

    Lifespan: made by import, moved into a group by nn-fuse-groups, lowered with it to a write in place.

    **Constraints**
    - C1: the columns of k are kv_heads * head_dim of the cache
    - C2: the columns of v are kv_heads * head_dim of the cache

    Example:
    ```mlir
    %c1 = nn.cache_append %c0, %k, %v, %batch
      : (!nn.cache<3x64>, tensor<?x192xf32>, tensor<?x192xf32>, !nn.batch) -> !nn.cache<3x64>
    ```
  }];
  let arguments = (ins Nn_Cache:$cache, Nn_Activation:$k, Nn_Activation:$v, Nn_Batch:$batch);
  let results = (outs Nn_Cache:$result);
  let assemblyFormat = "$cache `,` $k `,` $v `,` $batch attr-dict `:` functional-type(operands, results)";
  let builders = [OpBuilder<(ins "::mlir::Value":$cache, "::mlir::Value":$k, "::mlir::Value":$v, "::mlir::Value":$batch),
                            [{ build($_builder, $_state, cache.getType(), cache, k, v, batch); }]>];
  let hasVerifier = 1;
}

def Nn_AttentionOp : Nn_Op<"attention", [AllTypesMatch<["q", "result"]>]> {
  let summary = "Causal attention of the rows of one role over their own sequences";
  let description = [{
    For each row of the role and each head h: softmax over the keys j of the row's sequence that are not after the row's
    position, of `scale * dot(q[h], key[j, h / (heads / kv_heads)])`, times the values. Rows of the other role are those
    of `previous`, undefined without it. A model computes the generated rows first and the prompt rows into them.

    Lifespan: made by import, moved into a group by nn-fuse-groups, lowered with it.

    **Constraints**
    - C1: heads is a positive multiple of the cache's kv_heads
    - C2: the columns of q are heads * head_dim of the cache
    - C3: previous, where present, has the type of q

    Example:
    ```mlir
    %g = nn.attention generated %q, %c, %batch, %positions {heads = 9 : i64, scale = 0.125 : f32}
      : (tensor<?x576xf32>, !nn.cache<3x64>, !nn.batch, tensor<?xi32>) -> tensor<?x576xf32>
    %p = nn.attention prompt %q, %c, %batch, %positions into %g {heads = 9 : i64, scale = 0.125 : f32}
      : (tensor<?x576xf32>, !nn.cache<3x64>, !nn.batch, tensor<?xi32>, tensor<?x576xf32>) -> tensor<?x576xf32>
    ```
  }];
  let arguments = (ins Nn_RoleAttr:$role, Nn_Activation:$q, Nn_Cache:$cache, Nn_Batch:$batch, Nn_Indices:$positions,
                       Optional<Nn_Activation>:$previous, I64Attr:$heads, F32Attr:$scale);
  let results = (outs Nn_Activation:$result);
  let assemblyFormat = [{
    `` $role $q `,` $cache `,` $batch `,` $positions (`into` $previous^)? attr-dict `:` functional-type(operands, results)
  }];
  let builders = [OpBuilder<(ins "::sennit::nn::Role":$role, "::mlir::Value":$q, "::mlir::Value":$cache,
                                 "::mlir::Value":$batch, "::mlir::Value":$positions, "::mlir::Value":$previous,
                                 "int64_t":$heads, "float":$scale),
    [{ build($_builder, $_state, q.getType(), RoleAttr::get($_builder.getContext(), role), q, cache, batch, positions,
             previous, $_builder.getI64IntegerAttr(heads), $_builder.getF32FloatAttr(scale)); }]>];
  let hasVerifier = 1;
}

def Nn_AttentionPartialOp : Nn_InferredOp<"attention_partial"> {
  let summary = "Attention over a range of keys, with the log of the sum of exponentials";
  let description = [{
    As `nn.attention`, over the keys whose place in the sequence is in [first_key, first_key + keys). `lse[i, h]` is the log
    of the sum of exp(score) over those keys, which `nn.attention_merge` needs. A row without a key in the range gives
    zeros and an lse of minus infinity. Rows of the other role are undefined.

    Lifespan: made where attention is split over keys, lowered like attention.

    **Constraints**
    - C1: heads is a positive multiple of the cache's kv_heads
    - C2: the columns of q are heads * head_dim of the cache
    - C3: first_key is not negative and keys is at least 1

    Example:
    ```mlir
    %o, %lse = nn.attention_partial prompt %q, %c, %batch, %positions
        {first_key = 0 : i64, heads = 9 : i64, keys = 256 : i64, scale = 0.125 : f32}
      : (tensor<?x576xf32>, !nn.cache<3x64>, !nn.batch, tensor<?xi32>) -> (tensor<?x576xf32>, tensor<?x9xf32>)
    ```
  }];
  let arguments = (ins Nn_RoleAttr:$role, Nn_Activation:$q, Nn_Cache:$cache, Nn_Batch:$batch, Nn_Indices:$positions,
                       I64Attr:$heads, F32Attr:$scale, I64Attr:$first_key, I64Attr:$keys);
  let results = (outs Nn_Activation:$result, Nn_Activation:$lse);
  let assemblyFormat = [{
    `` $role $q `,` $cache `,` $batch `,` $positions attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def Nn_AttentionMergeOp : Nn_Op<"attention_merge",
    [AllTypesMatch<["a", "b", "result"]>, AllTypesMatch<["a_lse", "b_lse", "lse"]>]> {
  let summary = "Attention over two ranges of keys, from the attention over each";
  let description = [{
    Per head: `lse = log(exp(a_lse) + exp(b_lse))`, `result = a * exp(a_lse - lse) + b * exp(b_lse - lse)`. A side with an lse of
    minus infinity contributes nothing. Ranges are merged in ascending order.

    Lifespan: made where attention is split over keys, lowered like attention.

    **Constraints**
    - C1: the columns of a are a multiple of the columns of a_lse

    Example:
    ```mlir
    %o, %lse = nn.attention_merge %a, %la with %b, %lb : tensor<?x576xf32>, tensor<?x9xf32>
    ```
  }];
  let arguments = (ins Nn_Activation:$a, Nn_Activation:$a_lse, Nn_Activation:$b, Nn_Activation:$b_lse);
  let results = (outs Nn_Activation:$result, Nn_Activation:$lse);
  let assemblyFormat = "$a `,` $a_lse `with` $b `,` $b_lse attr-dict `:` type($a) `,` type($a_lse)";
  let hasVerifier = 1;
}

#endif // SENNIT_NN_ATTENTION_OPS
