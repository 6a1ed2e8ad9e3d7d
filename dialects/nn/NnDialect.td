// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#ifndef SENNIT_NN_DIALECT
#define SENNIT_NN_DIALECT

include "mlir/IR/OpBase.td"

def Nn_Dialect : Dialect {
  let name = "nn";
  let cppNamespace = "::sennit::nn";
  let summary = "What a language model means: tensors, named parameters, a ragged batch of tokens";
  let description = [{
    Value semantics on tensors of f32 whose first dimension is the rows of a step. Weights stay outside the IR: `nn.param`
    names one by name, shape and storage format. The key-value cache is a value too: `nn.cache_append` returns the
    cache that holds this step's keys, and attention reads keys only through it. See docs/dialects/nn.md.

    Version log:
    - 1: param, embed, linear, norms, rope, cache_append, attention (whole, partial, merge), elementwise, rows, group.
    - 2: mesh, sharding, collectives (all_reduce, all_gather, reduce_scatter).
  }];
  let hasOperationAttrVerify = 1;
  let hasRegionArgAttrVerify = 1;
  let useDefaultTypePrinterParser = 1;
  let useDefaultAttributePrinterParser = 1;
}

#endif // SENNIT_NN_DIALECT
