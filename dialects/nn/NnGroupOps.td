// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
// Fused groups. Included by NnOps.td, which defines the base classes.
#ifndef SENNIT_NN_GROUP_OPS
#define SENNIT_NN_GROUP_OPS

def Nn_GroupOp : Nn_Op<"group", [IsolatedFromAbove, SingleBlock]> {
  let summary = "Ops that become one kernel";
  let description = [{
    Means what its region means, with the block's arguments bound to the operands. The kind names the shape of the group
    (`norm_linear`, `rope_append`, ...) and is for people: lowering looks at the region. The attribute `nn.fuse`, where present,
    says why the group holds these ops.

    Lifespan: made by nn-fuse-groups, which leaves nothing but groups and parameters in the function; outlined into a body by
    nn-to-plan.

    **Constraints**
    - C1: the block has one argument per operand, of its type
    - C2: the block ends with nn.yield, whose operands have the types of the results
    - C3: the region holds only nn ops, no parameter and no group among them

    Example:
    ```mlir
    %y = nn.group "norm_linear" (%a = %x, %g = %gamma, %m = %w)
        : (tensor<?x8xf32>, !nn.weight<8, f32>, !nn.weight<4x8, f32>) -> (tensor<?x4xf32>) {
      %n = nn.rms_norm %a, %g {eps = 1.0e-5 : f32} : (tensor<?x8xf32>, !nn.weight<8, f32>) -> tensor<?x8xf32>
      %r = nn.linear %n, %m : (tensor<?x8xf32>, !nn.weight<4x8, f32>) -> tensor<?x4xf32>
      nn.yield %r : tensor<?x4xf32>
    }
    ```
  }];
  let arguments = (ins StrAttr:$kind, Variadic<AnyType>:$inputs);
  let results = (outs Variadic<AnyType>:$outputs);
  let regions = (region SizedRegion<1>:$body);
  // Custom: block arguments stand beside the operands that they are bound to, which no directive can say.
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    ::mlir::Block &getBlock() { return getBody().front(); }
    YieldOp getYield();
  }];
}

def Nn_YieldOp : Op<Nn_Dialect, "yield", [Pure, Terminator, HasParent<"GroupOp">]> {
  let summary = "Ends a group and gives its results";
  let description = [{
    Lifespan: that of its group.

    Example: see `nn.group`.
  }];
  let arguments = (ins Variadic<AnyType>:$values);
  let assemblyFormat = "($values^)? attr-dict (`:` type($values)^)?";
  let builders = [OpBuilder<(ins), [{ }]>];
}

#endif // SENNIT_NN_GROUP_OPS
