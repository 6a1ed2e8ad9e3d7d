// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#ifndef SENNIT_NN_INTERFACES
#define SENNIT_NN_INTERFACES

include "mlir/IR/OpBase.td"

def Nn_CostInterface : OpInterface<"CostOpInterface"> {
  let cppNamespace = "::sennit::nn";
  let description = [{
    What an op costs, as numbers that are affine in the rows of the step and in rows times context positions, so that a
    planner evaluates them at any load without asking the op again.
  }];
  let methods = [InterfaceMethod<
    "The op's cost, with elements of activations and of the cache as `options` says",
    "::sennit::nn::OpCost", "getCost", (ins "const ::sennit::nn::CostOptions &":$options)>];
}

#endif // SENNIT_NN_INTERFACES
