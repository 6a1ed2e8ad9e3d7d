// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
// The enums that only nn uses. Shared ones are in dialects/Common.td.
#ifndef SENNIT_NN_ENUMS
#define SENNIT_NN_ENUMS

include "mlir/IR/EnumAttr.td"

def Nn_RoleGenerated : I32EnumAttrCase<"Generated", 0, "generated">;
def Nn_RolePrompt : I32EnumAttrCase<"Prompt", 1, "prompt">;
/// The rows of a step that an attention computes: generated rows come first, prompt rows follow.
def Nn_Role : I32EnumAttr<"Role", "a row role", [Nn_RoleGenerated, Nn_RolePrompt]> {
  let cppNamespace = "::sennit::nn";
  let genSpecializedAttr = 0;
}

def Nn_GeluNone : I32EnumAttrCase<"None", 0, "none">;
def Nn_GeluTanh : I32EnumAttrCase<"Tanh", 1, "tanh">;
/// How gelu computes the normal distribution: by erf, or by the tanh approximation.
def Nn_Gelu : I32EnumAttr<"GeluApproximation", "a gelu approximation", [Nn_GeluNone, Nn_GeluTanh]> {
  let cppNamespace = "::sennit::nn";
  let genSpecializedAttr = 0;
}

#endif // SENNIT_NN_ENUMS
