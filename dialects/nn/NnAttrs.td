// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#ifndef SENNIT_NN_ATTRS
#define SENNIT_NN_ATTRS

include "dialects/nn/NnDialect.td"
include "dialects/nn/NnEnums.td"
include "mlir/IR/AttrTypeBase.td"

def Nn_RoleAttr : EnumAttr<Nn_Dialect, Nn_Role, "role">;
def Nn_GeluAttr : EnumAttr<Nn_Dialect, Nn_Gelu, "gelu">;

def Nn_ShardingAttr : AttrDef<Nn_Dialect, "Sharding"> {
  let mnemonic = "sharding";
  let summary = "how a value lies on the ranks of a mesh";
  let description = [{
    For each dimension of the value the axes of the mesh that split it, and the axes along which the value is a pending
    sum, of which each rank has a summand. Along every other axis the ranks hold the same. Of a dimension that does not
    divide evenly, the first ranks hold the larger share. A cache has two dimensions, kv heads and head dimension; where
    a dimension of heads is smaller than the axis, several ranks hold the same head. Named as in the `shard` dialect of
    upstream MLIR (`split_axes`, partial sums), but by axis names.

    Types stay those of the whole model. An op has one sharding for each result in the attribute `nn.shardings`, an
    argument of a function has its own in `nn.sharding`; a value without one is the same on all ranks.

    **Constraints**
    - C1: dimensions is a list of lists of axis names, partial a list of axis names
    - C2: no axis is named twice
    - C3: `nn.shardings` is a list with one sharding for each result of its op
    - C4: there is a list of axes for each dimension of the value
    - C5: the mesh is a nn.mesh that has the axes
    - C6: `nn.sharding` is a sharding, on an argument of a function

    Lifespan: made by nn-shard, removed by nn-localize.

    Example: `#nn.sharding<@mesh, [[], ["tp"]]>`, `#nn.sharding<@mesh, [[], []], partial = ["tp"]>`
  }];
  let parameters = (ins "::mlir::FlatSymbolRefAttr":$mesh, "::mlir::ArrayAttr":$dimensions,
                        OptionalParameter<"::mlir::ArrayAttr">:$partial);
  let assemblyFormat = "`<` $mesh `,` $dimensions (`,` `partial` `=` $partial^)? `>`";
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// What ranks along the axis hold of the value.
    ::sennit::nn::AxisState getStateOn(::llvm::StringRef axis);
  }];
}

#endif // SENNIT_NN_ATTRS
