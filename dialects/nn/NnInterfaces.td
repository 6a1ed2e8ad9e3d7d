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

def Nn_ShardingInterface : OpInterface<"ShardingOpInterface"> {
  let cppNamespace = "::sennit::nn";
  let description = [{
    How an op may be divided among the ranks along one axis of a mesh: which dimensions of operands and results are split
    together, where a split reduction leaves a sum pending (which an all-reduce or a reduce-scatter repairs), and in which
    operands the op is linear, so that a pending sum may pass through it. Rows of the step are never split here.
  }];
  let methods = [InterfaceMethod<
    "The ways to divide the op, besides every rank doing all of it; states in the order of operands and results",
    "::llvm::SmallVector<::sennit::nn::ShardingCase>", "getShardingCases">];
}

def Nn_CollectiveInterface : OpInterface<"CollectiveOpInterface"> {
  let cppNamespace = "::sennit::nn";
  let description = [{
    An op that ranks do together. It changes what each rank holds of a value along some axes of a mesh, and never the value.
  }];
  let methods = [
    InterfaceMethod<"The value, as the ranks hold it before", "::mlir::Value", "getX">,
    InterfaceMethod<"The names of the axes", "::mlir::ArrayAttr", "getAxes">,
    InterfaceMethod<"The mesh that the axes belong to; null in the module of one rank", "::mlir::FlatSymbolRefAttr",
                    "getMeshAttr">,
    InterfaceMethod<"Bytes that one rank sends for each row, with activations of f32", "::llvm::APFloat", "getBytesPerRow">,
    InterfaceMethod<"What ranks along each of the axes hold before", "::sennit::nn::AxisState", "getTakenState">,
    InterfaceMethod<"What they hold afterwards", "::sennit::nn::AxisState", "getGivenState">,
    InterfaceMethod<"How many ranks take part: `ranks`, or the sizes of the mesh's axes; 0 where the mesh lacks one",
                    "int64_t", "getRankCount">
  ];
}

#endif // SENNIT_NN_INTERFACES
