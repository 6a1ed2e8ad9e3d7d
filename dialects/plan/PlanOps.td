// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#ifndef SENNIT_DIALECTS_PLAN_OPS
#define SENNIT_DIALECTS_PLAN_OPS

include "dialects/plan/PlanAttrs.td"
include "dialects/plan/PlanTypes.td"
include "mlir/IR/BuiltinAttributes.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/FunctionInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "mlir/IR/OpAsmInterface.td"

class Plan_Op<string mnemonic, list<Trait> traits = []> : Op<Plan_Dialect, mnemonic, traits>;

def Plan_ProgramOp : Plan_Op<"program", [IsolatedFromAbove, FunctionOpInterface, Symbol]> {
  let summary = "one step of a model as a list of nodes";
  let description = [{
    Arguments are what a step is given (tokens, positions, wanted rows, the batch, the caches), results what it leaves
    (logits, caches). The region holds one block of `plan.param` and `plan.node` ops ended by `plan.return`. The order
    of the nodes is a valid order of execution; the pieces may overlap it in time.

    An entry point may have several programs. `entry` names it, and is the program's own name where it is not given.
    `bucket_rows` and `role` (generated, mixed or prompt) say which bucket the program serves; one without them serves
    all. `lower-plan-to-exec` takes for each bucket the program that says most: rows and role, else rows, else role.

    Lifespan: made by `lower-nn-to-plan`, replaced by `lower-plan-to-exec`.

    **Constraints**
    - C1: the region has one block
    - C2: the block holds only `plan.param`, `plan.node` and the terminator
    - C3: no two nodes have one name
    - C4: `entry` is not empty
    - C5: `bucket_rows` is positive
    - C6: `role` is generated, mixed or prompt

    ```mlir
    plan.program @step(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
      plan.return %x : tensor<?x8xf32>
    }
    plan.program @step_8(%x: tensor<?x8xf32>) -> tensor<?x8xf32> attributes {bucket_rows = 8 : i64, entry = "step"} {
      plan.return %x : tensor<?x8xf32>
    }
    ```
  }];
  let arguments = (ins
    SymbolNameAttr:$sym_name,
    TypeAttrOf<FunctionType>:$function_type,
    OptionalAttr<StrAttr>:$entry,
    OptionalAttr<I64Attr>:$bucket_rows,
    OptionalAttr<StrAttr>:$role,
    OptionalAttr<StrAttr>:$sym_visibility,
    OptionalAttr<DictArrayAttr>:$arg_attrs,
    OptionalAttr<DictArrayAttr>:$res_attrs);
  let regions = (region AnyRegion:$body);
  let builders = [OpBuilder<(ins "::llvm::StringRef":$name, "::mlir::FunctionType":$type)>];
  let extraClassDeclaration = [{
    ::llvm::ArrayRef<::mlir::Type> getArgumentTypes() { return getFunctionType().getInputs(); }
    ::llvm::ArrayRef<::mlir::Type> getResultTypes() { return getFunctionType().getResults(); }
    ::mlir::Region *getCallableRegion() { return &getBody(); }
    /// The entry point that the program serves.
    ::llvm::StringRef getEntryName() { return getEntry().value_or(getSymName()); }
    /// Every program has a body; there are no declarations.
    bool isDeclaration() { return false; }
  }];
  // The signature is a function's; upstream's helpers parse it, which assemblyFormat cannot call.
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
}

def Plan_ReturnOp : Plan_Op<"return", [Pure, Terminator, HasParent<"ProgramOp">]> {
  let summary = "the values that a program leaves";
  let description = [{
    Lifespan: made by `lower-nn-to-plan`, gone with its program.

    **Constraints**
    - C1: operand types equal the program's result types

    ```mlir
    plan.program @step(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
      plan.return %x : tensor<?x8xf32>
    }
    ```
  }];
  let arguments = (ins Variadic<AnyType>:$values);
  let assemblyFormat = "($values^ `:` type($values))? attr-dict";
  let hasVerifier = 1;
}

def Plan_ParamOp : Plan_Op<"param", [Pure, HasParent<"ProgramOp">]> {
  let summary = "a named weight of the model";
  let description = [{
    Two params of one name are one weight.

    Lifespan: made by `lower-nn-to-plan`; becomes a weight and slots in `lower-plan-to-exec`.

    **Constraints**
    - C1: the name is not empty

    ```mlir
    plan.program @step(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
      %w = plan.param "model.norm.weight" : tensor<8xf32>
      plan.return %x : tensor<?x8xf32>
    }
    ```
  }];
  let arguments = (ins StrAttr:$name);
  let results = (outs AnyType:$result);
  let assemblyFormat = "$name attr-dict `:` type($result)";
  let hasVerifier = 1;
}

def Plan_PieceArrayAttr : TypedArrayAttrBase<Plan_PieceAttr, "an array of pieces">;

// Not pure: a node may write an operand in place, and its accesses say which; upstream passes must neither merge nor
// move nodes.
def Plan_NodeOp : Plan_Op<"node", [HasParent<"ProgramOp">, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "a piece of work of a step: one run of an outlined body";
  let description = [{
    Runs body `callee` for the rows of `domain`. For a run of rows [a, b), `accesses` says for each operand which rows
    it reads and `writes` for each result which rows it writes: `own` is [a, b) of its domain, `before` is [0, b) of
    the step, `all` is every row. A row needs no other row before it than those of its sequence, whose rows of one step
    have one role and ascend, so `before` holds for attention however generated and prompt rows are divided.

    `inplace` says for each result which operand it overwrites, or `none`: such a result shares the operand's storage,
    and rows that are not written keep what the operand held (a cache that is appended to, attention of prompt rows that
    writes beside that of generated rows). An operand that is overwritten counts as read and written.

    `pieces` is the schedule: together they cover every row once. `cost` is what all rows cost.

    Lifespan: made by `lower-nn-to-plan`; each piece becomes a launch in `lower-plan-to-exec`.

    **Constraints**
    - C1: `callee` is a symbol of the module
    - C2: if it is a function, its argument and result types equal those of the node's operands and results
    - C3: `accesses` has one entry for each operand, each a range
    - C4: `writes` has one entry for each result, each a range
    - C5: `inplace` has one entry for each result
    - C6: an entry of `inplace` names an operand of the result's type
    - C7: no operand is overwritten by two results
    - C8: there is a piece
    - C9: `name` is not empty

    ```mlir
    func.func private @body(tensor<?x8xf32>) -> tensor<?x8xf32>
    plan.program @step(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
      %y = plan.node @body(%x) name "layer0.act" domain all accesses [own] writes [own] inplace [none]
        pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>]
        cost <compute, flops_fixed = 0.0, flops_per_row = 8.0, bytes_fixed = 0.0, bytes_per_row = 64.0,
              network_bytes_per_row = 0.0> : (tensor<?x8xf32>) -> tensor<?x8xf32>
      plan.return %y : tensor<?x8xf32>
    }
    ```
  }];
  let arguments = (ins
    FlatSymbolRefAttr:$callee,
    Variadic<AnyType>:$args,
    StrAttr:$name,
    Sennit_RowDomain:$domain,
    DenseI32ArrayAttr:$accesses,
    DenseI32ArrayAttr:$writes,
    DenseI32ArrayAttr:$inplace,
    Plan_PieceArrayAttr:$pieces,
    Plan_CostAttr:$cost);
  let results = (outs Variadic<AnyType>:$outs);
  let builders = [
    // One piece: every row, alone on the compute lane, at the start of the step. Empty `inplace`: none.
    OpBuilder<(ins "::mlir::TypeRange":$types, "::llvm::StringRef":$callee, "::mlir::ValueRange":$args,
                   "::llvm::StringRef":$name, "::sennit::RowDomain":$domain,
                   "::llvm::ArrayRef<::sennit::AccessRange>":$accesses,
                   "::llvm::ArrayRef<::sennit::AccessRange>":$writes, "::llvm::ArrayRef<int32_t>":$inplace,
                   "CostAttr":$cost)>
  ];
  let extraClassDeclaration = [{
    /// The rows of operand `index` that a run reads.
    ::sennit::AccessRange getAccess(unsigned index) {
      return static_cast<::sennit::AccessRange>(getAccesses()[index]);
    }
    /// The rows of result `index` that a run writes.
    ::sennit::AccessRange getWrite(unsigned index) {
      return static_cast<::sennit::AccessRange>(getWrites()[index]);
    }
    /// The operand that result `index` overwrites, or -1.
    int32_t getInplaceOperand(unsigned index) { return getInplace()[index]; }
    /// The result that overwrites operand `index`, or -1.
    int32_t getOverwritingResult(unsigned index);
    unsigned getNumPieces() { return getPieces().size(); }
    PieceAttr getPiece(unsigned index) { return ::llvm::cast<PieceAttr>(getPieces()[index]); }
  }];
  let assemblyFormat = [{
    $callee `(` $args `)` `name` $name `domain` $domain `accesses` custom<Ranges>($accesses)
    `writes` custom<Ranges>($writes) `inplace` custom<Inplace>($inplace) `pieces` $pieces `cost` $cost attr-dict `:`
    functional-type($args, $outs)
  }];
  let hasVerifier = 1;
}

#endif // SENNIT_DIALECTS_PLAN_OPS
