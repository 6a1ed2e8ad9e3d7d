// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
// Ops of nn that work row by row. Attention, rope and the cache are in NnAttentionOps.td, fused groups in NnGroupOps.td.
#ifndef SENNIT_NN_OPS
#define SENNIT_NN_OPS

include "dialects/nn/NnAttrs.td"
include "dialects/nn/NnInterfaces.td"
include "dialects/nn/NnTypes.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

class Nn_Op<string mnemonic, list<Trait> traits = []>
    : Op<Nn_Dialect, mnemonic, !listconcat([Pure, DeclareOpInterfaceMethods<Nn_CostInterface>,
                                            DeclareOpInterfaceMethods<Nn_ShardingInterface>], traits)>;

/// An op whose result type follows from its operands; the C++ side is in NnOps.cpp.
class Nn_InferredOp<string mnemonic, list<Trait> traits = []>
    : Nn_Op<mnemonic, !listconcat([DeclareOpInterfaceMethods<InferTypeOpInterface>], traits)>;

/// Each element of the result depends on the same element of the operands alone, so an op with this trait can follow or
/// precede others in one kernel, column by column.
def Nn_Elementwise : NativeOpTrait<"Elementwise"> { let cppNamespace = "::sennit::nn"; }

/// An elementwise op of one operand.
class Nn_UnaryOp<string mnemonic> : Nn_Op<mnemonic, [SameOperandsAndResultType, Nn_Elementwise]> {
  let arguments = (ins Nn_Activation:$x);
  let results = (outs Nn_Activation:$result);
  let assemblyFormat = "$x attr-dict `:` type($x)";
  let extraClassDefinition = [{
    ::llvm::SmallVector<::sennit::nn::ShardingCase> $cppClass::getShardingCases() {
      return {::sennit::nn::splitColumns(*this)};
    }
  }];
}

/// An elementwise op of two operands of one type.
class Nn_BinaryOp<string mnemonic> : Nn_Op<mnemonic, [SameOperandsAndResultType, Commutative, Nn_Elementwise]> {
  let arguments = (ins Nn_Activation:$lhs, Nn_Activation:$rhs);
  let results = (outs Nn_Activation:$result);
  let assemblyFormat = "$lhs `,` $rhs attr-dict `:` type($lhs)";
}

def Nn_ParamOp : Nn_Op<"param"> {
  let summary = "Names a stored parameter by name, shape and storage format";
  let description = [{
    The result stands for the parameter's elements, which stay in the checkpoint or the package. No pass folds one
    parameter into another. A tied weight is one `nn.param` with two users.

    Lifespan: made by import, kept by every pass of nn, replaced by `plan.param` in nn-to-plan.

    **Constraints**
    - C1: the name is not empty

    Example:
    ```mlir
    %w = nn.param "model.layers.0.self_attn.q_proj.weight" : !nn.weight<576x576, q4_1>
    ```
  }];
  let arguments = (ins StrAttr:$param_name);
  let results = (outs Nn_Weight:$weight);
  let assemblyFormat = "$param_name attr-dict `:` qualified(type($weight))";
  let hasVerifier = 1;
}

def Nn_EmbedOp : Nn_InferredOp<"embed"> {
  let summary = "Takes one row of a weight matrix for each index";
  let description = [{
    `result[i, :] = dequantise(weight[indices[i], :])`. Indices are in [0, rows); who fills the step's tokens and positions
    checks them.

    Lifespan: made by import, moved into a group by nn-fuse-groups, lowered with it.

    Example:
    ```mlir
    %x = nn.embed %tokens, %w : (tensor<?xi32>, !nn.weight<49152x576, q8_0>) -> tensor<?x576xf32>
    ```
  }];
  let arguments = (ins Nn_Indices:$indices, Nn_Matrix:$weight);
  let results = (outs Nn_Activation:$result);
  let assemblyFormat = "$indices `,` $weight attr-dict `:` functional-type(operands, results)";
}

def Nn_LinearOp : Nn_InferredOp<"linear"> {
  let summary = "Multiplies each row by a weight matrix and adds a bias";
  let description = [{
    `result[i, n] = sum over k of x[i, k] * weight[n, k] + bias[n]`. The weight's rows are output features. In the quantised
    mode of the interpreter, and in kernels with q8 activations, a row of x is first encoded in blocks of 32.

    Lifespan: made by import, moved into a group by nn-fuse-groups, lowered with it.

    **Constraints**
    - C1: the columns of x are the k of the weight
    - C2: the bias, where present, has one element per row of the weight

    Example:
    ```mlir
    %y = nn.linear %x, %w bias %b : (tensor<?x576xf32>, !nn.weight<1536x576, q4_1>, !nn.weight<1536, f32>) -> tensor<?x1536xf32>
    ```
  }];
  let arguments = (ins Nn_Activation:$x, Nn_Matrix:$weight, Optional<Nn_Vector>:$bias);
  let results = (outs Nn_Activation:$result);
  let assemblyFormat = "$x `,` $weight (`bias` $bias^)? attr-dict `:` functional-type(operands, results)";
  let builders = [OpBuilder<(ins "::mlir::Value":$x, "::mlir::Value":$weight),
                            [{ build($_builder, $_state, x, weight, ::mlir::Value()); }]>];
  let hasVerifier = 1;
}

def Nn_RmsNormOp : Nn_Op<"rms_norm", [AllTypesMatch<["x", "result"]>]> {
  let summary = "Scales each row to a root mean square of one, then by a weight";
  let description = [{
    `result[i, :] = x[i, :] * (1 / sqrt(mean(x[i, :]^2) + eps)) * weight`.

    Lifespan: made by import, moved into a group by nn-fuse-groups, lowered with it.

    **Constraints**
    - C1: the weight has one element per column of x
    - C2: eps is finite and not negative

    Example:
    ```mlir
    %y = nn.rms_norm %x, %w {eps = 1.0e-5 : f32} : (tensor<?x576xf32>, !nn.weight<576, f32>) -> tensor<?x576xf32>
    ```
  }];
  let arguments = (ins Nn_Activation:$x, Nn_Vector:$weight, F32Attr:$eps);
  let results = (outs Nn_Activation:$result);
  let assemblyFormat = "$x `,` $weight attr-dict `:` functional-type(operands, results)";
  let builders = [OpBuilder<(ins "::mlir::Value":$x, "::mlir::Value":$weight, "float":$eps),
                            [{ build($_builder, $_state, x.getType(), x, weight, $_builder.getF32FloatAttr(eps)); }]>];
  let hasVerifier = 1;
}

def Nn_LayerNormOp : Nn_Op<"layer_norm", [AllTypesMatch<["x", "result"]>]> {
  let summary = "Shifts and scales each row to mean zero and variance one, then by a weight and a bias";
  let description = [{
    `result[i, :] = (x[i, :] - mean) * (1 / sqrt(variance + eps)) * weight + bias`, variance over the whole row.

    Lifespan: made by import, moved into a group by nn-fuse-groups, lowered with it.

    **Constraints**
    - C1: the weight has one element per column of x
    - C2: the bias has one element per column of x
    - C3: eps is finite and not negative

    Example:
    ```mlir
    %y = nn.layer_norm %x, %w, %b {eps = 1.0e-5 : f32} : (tensor<?x48xf32>, !nn.weight<48, f32>, !nn.weight<48, f32>) -> tensor<?x48xf32>
    ```
  }];
  let arguments = (ins Nn_Activation:$x, Nn_Vector:$weight, Nn_Vector:$bias, F32Attr:$eps);
  let results = (outs Nn_Activation:$result);
  let assemblyFormat = "$x `,` $weight `,` $bias attr-dict `:` functional-type(operands, results)";
  let builders = [OpBuilder<(ins "::mlir::Value":$x, "::mlir::Value":$weight, "::mlir::Value":$bias, "float":$eps),
                            [{ build($_builder, $_state, x.getType(), x, weight, bias, $_builder.getF32FloatAttr(eps)); }]>];
  let hasVerifier = 1;
}

def Nn_SiluOp : Nn_UnaryOp<"silu"> {
  let summary = "x / (1 + exp(-x)), elementwise";
  let description = [{
    Lifespan: made by import, moved into a group by nn-fuse-groups, lowered with it.

    Example:
    ```mlir
    %y = nn.silu %x : tensor<?x1536xf32>
    ```
  }];
}

def Nn_GeluOp : Nn_Op<"gelu", [AllTypesMatch<["x", "result"]>, Nn_Elementwise]> {
  let summary = "x times the normal distribution at x, elementwise";
  let description = [{
    `none`: `x * 0.5 * (1 + erf(x / sqrt(2)))`. `tanh`: `0.5 * x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x^3)))`.

    Lifespan: made by import, moved into a group by nn-fuse-groups, lowered with it.

    Example:
    ```mlir
    %y = nn.gelu tanh %x : tensor<?x192xf32>
    ```
  }];
  let arguments = (ins Nn_GeluAttr:$approximate, Nn_Activation:$x);
  let results = (outs Nn_Activation:$result);
  let assemblyFormat = "`` $approximate $x attr-dict `:` type($x)";
}

def Nn_MulOp : Nn_BinaryOp<"mul"> {
  let summary = "The elementwise product";
  let description = [{
    Lifespan: made by import, moved into a group by nn-fuse-groups, lowered with it.

    Example:
    ```mlir
    %y = nn.mul %gate, %up : tensor<?x1536xf32>
    ```
  }];
}

def Nn_AddOp : Nn_BinaryOp<"add"> {
  let summary = "The elementwise sum";
  let description = [{
    Lifespan: made by import (residuals, position embeddings), moved into a group by nn-fuse-groups, lowered with it.

    Example:
    ```mlir
    %y = nn.add %x, %residual : tensor<?x576xf32>
    ```
  }];
}

def Nn_SoftmaxOp : Nn_Op<"softmax", [SameOperandsAndResultType]> {
  let summary = "exp(x - max) over its sum, in each row";
  let description = [{
    Lifespan: written by hand or by an importer, moved into a group by nn-fuse-groups, lowered with it.

    Example:
    ```mlir
    %y = nn.softmax %x : tensor<?x64xf32>
    ```
  }];
  let arguments = (ins Nn_Activation:$x);
  let results = (outs Nn_Activation:$result);
  let assemblyFormat = "$x attr-dict `:` type($x)";
}

def Nn_GatherRowsOp : Nn_InferredOp<"gather_rows"> {
  let summary = "Takes the listed rows";
  let description = [{
    `result[i, :] = x[rows[i], :]`. The model's head uses it, so that logits exist only for wanted rows.

    Lifespan: made by import, moved into a group by nn-fuse-groups, lowered with it.

    Example:
    ```mlir
    %y = nn.gather_rows %x, %wanted : (tensor<?x576xf32>, tensor<?xi32>) -> tensor<?x576xf32>
    ```
  }];
  let arguments = (ins Nn_Activation:$x, Nn_Indices:$rows);
  let results = (outs Nn_Activation:$result);
  let assemblyFormat = "$x `,` $rows attr-dict `:` functional-type(operands, results)";
}

def Nn_ArgmaxOp : Nn_InferredOp<"argmax"> {
  let summary = "The column of each row's largest element, the first one of equals";
  let description = [{
    Lifespan: written by hand or by an importer, moved into a group by nn-fuse-groups, lowered with it.

    Example:
    ```mlir
    %ids = nn.argmax %logits : (tensor<?x49152xf32>) -> tensor<?xi32>
    ```
  }];
  let arguments = (ins Nn_Activation:$x);
  let results = (outs Nn_Indices:$result);
  let assemblyFormat = "$x attr-dict `:` functional-type(operands, results)";
}

include "dialects/nn/NnAttentionOps.td"
include "dialects/nn/NnGroupOps.td"
include "dialects/nn/NnCollectiveOps.td"

#endif // SENNIT_NN_OPS
