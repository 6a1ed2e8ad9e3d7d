// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
// The mesh of ranks and the ops that ranks do together. Included by NnOps.td, which defines the base classes.
#ifndef SENNIT_NN_COLLECTIVE_OPS
#define SENNIT_NN_COLLECTIVE_OPS

include "mlir/IR/SymbolInterfaces.td"

def Nn_MeshOp : Op<Nn_Dialect, "mesh", [Symbol]> {
  let summary = "Names the ranks that a model is divided among, as a grid with named axes";
  let description = [{
    A rank has one coordinate for each axis. `#nn.sharding` and collectives name the mesh and its axes.

    Lifespan: made by nn-shard, removed by nn-localize.

    **Constraints**
    - C1: there is at least one axis, and one size for each
    - C2: names of axes are not empty and distinct
    - C3: each size is at least 1

    Example:
    ```mlir
    nn.mesh @mesh axes ["tp"] sizes [8]
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, StrArrayAttr:$axes, DenseI64ArrayAttr:$sizes);
  let assemblyFormat = "$sym_name `axes` $axes `sizes` $sizes attr-dict";
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// The size of an axis, 0 where the mesh has no such axis.
    int64_t getSize(::llvm::StringRef axis);
  }];
}

class Nn_CollectiveOp<string mnemonic, string taken, string given, list<Trait> traits = []>
    : Nn_Op<mnemonic, !listconcat([DeclareOpInterfaceMethods<SymbolUserOpInterface>,
                                   DeclareOpInterfaceMethods<Nn_CollectiveInterface,
                                     ["getTakenState", "getGivenState", "getRankCount"]>], traits)> {
  let arguments = (ins Nn_Activation:$x, StrArrayAttr:$axes, OptionalAttr<FlatSymbolRefAttr>:$mesh,
                       OptionalAttr<I64Attr>:$ranks, F64Attr:$bytes_per_row);
  let results = (outs Nn_Activation:$result);
  let hasVerifier = 1;
  let extraClassDefinition = [{
    ::sennit::nn::AxisState $cppClass::getTakenState() { return ::sennit::nn::AxisState::}] # taken # [{; }
    ::sennit::nn::AxisState $cppClass::getGivenState() { return ::sennit::nn::AxisState::}] # given # [{; }
    int64_t $cppClass::getRankCount() { return ::sennit::nn::rankCount(*this); }
    ::llvm::SmallVector<::sennit::nn::ShardingCase> $cppClass::getShardingCases() {
      return {{{getTakenState()}, {getGivenState()}}};
    }
    ::sennit::nn::OpCost $cppClass::getCost(const ::sennit::nn::CostOptions &options) {
      return ::sennit::nn::collectiveCost(*this, options);
    }
    ::mlir::LogicalResult $cppClass::verifySymbolUses(::mlir::SymbolTableCollection &symbols) {
      return ::sennit::nn::verifyMeshUse(*this, symbols);
    }
  }];
}

def Nn_AllReduceOp : Nn_CollectiveOp<"all_reduce", "partial()", "replicated()", [AllTypesMatch<["x", "result"]>]> {
  let summary = "Adds up what each rank holds, for every rank";
  let description = [{
    Before, the value is a pending sum along the axes: each rank has a summand. Afterwards every rank has the sum. As a
    function of the whole value it is the identity.

    Lifespan: made by nn-insert-collectives in a module with a mesh; nn-localize names the number of ranks instead of the
    mesh; moved into a group of its own by nn-fuse-groups. The interpreter takes it on whole values only.

    **Constraints**
    - C1: axes are named, distinct, and at least one
    - C2: either mesh or ranks is there, and ranks is at least 1
    - C3: mesh is a nn.mesh that has the axes
    - C4: bytes_per_row is 2 (N - 1) / N times the f32 bytes of a row of the whole value, N being the ranks along the axes

    Example:
    ```mlir
    %y = nn.all_reduce %x over ["tp"] on @mesh bytes_per_row 448.0 : tensor<?x64xf32>
    ```
  }];
  let assemblyFormat = [{
    $x `over` $axes (`on` $mesh^)? (`ranks` $ranks^)? `bytes_per_row` $bytes_per_row attr-dict `:` type($x)
  }];
}

def Nn_AllGatherOp : Nn_CollectiveOp<"all_gather", "split(1)", "replicated()"> {
  let summary = "Puts the columns that each rank holds together, for every rank";
  let description = [{
    Before, the columns of the value are split along the axes. Afterwards every rank has all of them. As a function of the
    whole value it is the identity, and its types are equal; on one rank it goes from the rank's columns to all.

    Lifespan: as nn.all_reduce.

    **Constraints**
    - C1: axes are named, distinct, and at least one
    - C2: either mesh or ranks is there, and ranks is at least 1
    - C3: mesh is a nn.mesh that has the axes
    - C4: bytes_per_row is (N - 1) / N times the f32 bytes of a row of the whole value, N being the ranks along the axes
    - C5: on a mesh the result has the columns of x; on one of several ranks it has at least as many, and at most ranks times
      as many

    Example:
    ```mlir
    %y = nn.all_gather %x over ["tp"] ranks 8 bytes_per_row 224.0 : (tensor<?x8xf32>) -> tensor<?x64xf32>
    ```
  }];
  let assemblyFormat = [{
    $x `over` $axes (`on` $mesh^)? (`ranks` $ranks^)? `bytes_per_row` $bytes_per_row attr-dict
    `:` functional-type(operands, results)
  }];
}

def Nn_ReduceScatterOp : Nn_CollectiveOp<"reduce_scatter", "partial()", "split(1)"> {
  let summary = "Adds up what each rank holds, and leaves each rank its columns of the sum";
  let description = [{
    Before, the value is a pending sum along the axes. Afterwards its columns are split along them. As a function of the
    whole value it is the identity, and its types are equal; on one rank it goes from all columns to the rank's.

    Lifespan: as nn.all_reduce.

    **Constraints**
    - C1: axes are named, distinct, and at least one
    - C2: either mesh or ranks is there, and ranks is at least 1
    - C3: mesh is a nn.mesh that has the axes
    - C4: bytes_per_row is (N - 1) / N times the f32 bytes of a row of the whole value, N being the ranks along the axes
    - C5: on a mesh the result has the columns of x; on one of several ranks x has at least as many, and at most ranks times
      as many

    Example:
    ```mlir
    %y = nn.reduce_scatter %x over ["tp"] ranks 8 bytes_per_row 224.0 : (tensor<?x64xf32>) -> tensor<?x8xf32>
    ```
  }];
  let assemblyFormat = [{
    $x `over` $axes (`on` $mesh^)? (`ranks` $ranks^)? `bytes_per_row` $bytes_per_row attr-dict
    `:` functional-type(operands, results)
  }];
}

#endif // SENNIT_NN_COLLECTIVE_OPS
