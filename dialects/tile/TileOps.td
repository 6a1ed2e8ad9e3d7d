// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#ifndef SENNIT_TILE_OPS
#define SENNIT_TILE_OPS

include "dialects/tile/TileDialect.td"
include "dialects/tile/TileTypes.td"
include "dialects/tile/TileAttrs.td"
include "mlir/IR/BuiltinAttributes.td"
include "mlir/IR/OpAsmInterface.td"
include "mlir/IR/RegionKindInterface.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

class Tile_Op<string mnemonic, list<Trait> traits = []> : Op<Tile_Dialect, mnemonic, traits>;

//===-- Structure ------------------------------------------------------------------------------------------------===//

/// Names of block arguments in printed text.
defvar Tile_NamesArguments = DeclareOpInterfaceMethods<OpAsmOpInterface, ["getAsmBlockArgumentNames"]>;

def Tile_KernelOp
    : Tile_Op<"kernel", [IsolatedFromAbove, Symbol, SingleBlock, NoTerminator, Tile_NamesArguments]> {
  let summary = "the work of one plan body on some rows and output tiles";
  let description = [{
    The block's arguments are the operands, all views, then the row index. A kernel has one of two forms. A *row
    kernel* has no columns: its body runs once for each row. Otherwise an optional prologue runs for all rows of a
    call, and the sections (`tile.columns`), concatenated, form the axis of output tiles that workers divide.
    `rows(%m : DOMAIN by BLOCK)`: the rows of the step that the kernel covers, and the most rows of one call.

    Added by PlanToTile; removed by the code generator of a target.

    Constraints
    - C1: the arguments are views, then one index.
    - C2: the block is at least 1.
    - C3: the body has no column sections (a row kernel), or only index arithmetic, at most one prologue and the
      sections, in that order, with barriers between them. A kernel of form `encode` has a prologue alone; one of form
      `stream` or `many` has `tile.encoded` in place of it.
    - C4: a section that holds a contraction with a packed weight is linear: step 16, from a multiple of 16.
    - C5: `tile.keys` stands directly in a section of step 1.
    - C6: the schedule is one for every code level, a dictionary with one for each of them, or a #tile.cuda.
    - C7: ops and elements of CUDA stand in kernels with a #tile.cuda schedule only.

    Example:
    ```mlir
    tile.kernel @silu(%x: !tile.view<?x64, f32, rows>, %y: !tile.view<?x64, f32, rows>) rows(%m : all by 64) {
      %c0 = arith.constant 0 : index
      %v = tile.load %x[%m, %c0] : !tile.view<?x64, f32, rows> -> !tile.tile<?x64, f32, reg>
      tile.store %v, %y[%m, %c0] : !tile.tile<?x64, f32, reg>, !tile.view<?x64, f32, rows>
    }
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, Sennit_RowDomain:$domain, I64Attr:$row_block,
                       OptionalAttr<Tile_ScheduleAttr>:$schedule);
  let regions = (region SizedRegion<1>:$body);
  // Custom: the operands and the row index are block arguments that the header names.
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
  let skipDefaultBuilders = 1;
  let builders = [
    // Makes the entry block; fill it after `OpBuilder::setInsertionPointToEnd(kernel.getBodyBlock())`.
    OpBuilder<(ins "::llvm::StringRef":$name, "::mlir::TypeRange":$views, "::sennit::RowDomain":$domain,
                   "int64_t":$rowBlock, CArg<"::mlir::Attribute", "{}">:$schedule)>
  ];
  let extraClassDeclaration = [{
    ::mlir::Block *getBodyBlock() { return &getBody().front(); }
    /// The operands, without the row index.
    ::llvm::ArrayRef<::mlir::BlockArgument> getViews() { return getBodyBlock()->getArguments().drop_back(); }
    ::mlir::BlockArgument getRow() { return getBodyBlock()->getArguments().back(); }
    /// The schedule for a code level ("avx2"), or the one that every target can run.
    CpuAttr getScheduleFor(::llvm::StringRef level);
    /// The CUDA schedule; null where it has another or none.
    CudaAttr getCudaSchedule() { return ::llvm::dyn_cast_if_present<CudaAttr>(getScheduleAttr()); }
    /// The schedules of all levels; the default one where there is none.
    ::llvm::SmallVector<CpuAttr> getSchedules();
    PrologueOp getPrologue();
    ::llvm::SmallVector<ColumnsOp> getSections();
  }];
}

def Tile_PrologueOp : Tile_Op<"prologue", [HasParent<"KernelOp">, SingleBlock]> {
  let summary = "what a call computes once, before its columns";
  let description = [{
    Runs for every row of the call and leaves the yielded tiles in the worker's scratch.

    Constraints
    - C1: the results are shared, or scratch where the kernel has form `encode`; the yielded tiles have their types.

    Example:
    ```mlir
    %a = tile.prologue -> !tile.tile<?x64, q8, shared> { ... tile.yield %q : !tile.tile<?x64, q8, shared> }
    ```
  }];
  let results = (outs Variadic<Tile_TileType>:$results);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "(`->` qualified(type($results))^)? $body attr-dict";
  let hasRegionVerifier = 1;
  let skipDefaultBuilders = 1;
  // Makes the block, without its tile.yield.
  let builders = [OpBuilder<(ins "::mlir::TypeRange":$results)>];
  let extraClassDeclaration = [{ ::mlir::Block *getBodyBlock() { return &getBody().front(); } }];
}

class Tile_RangeOp<string mnemonic, list<Trait> traits = []>
    : Tile_Op<mnemonic, !listconcat([SingleBlock, NoTerminator, Tile_NamesArguments], traits)> {
  let arguments = (ins I64Attr:$lower, I64Attr:$upper, I64Attr:$step);
  let regions = (region SizedRegion<1>:$body);
  // Custom: the index is a block argument that the header names.
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
  let skipDefaultBuilders = 1;
  // Makes the block with its index argument.
  let builders = [OpBuilder<(ins "int64_t":$lower, "int64_t":$upper, "int64_t":$step)>];
  let extraClassDeclaration = [{
    ::mlir::Block *getBodyBlock() { return &getBody().front(); }
    ::mlir::BlockArgument getIndex() { return getBodyBlock()->getArgument(0); }
    /// How many steps there are; the last may be part full.
    int64_t getCount() { return (getUpper() - getLower() + getStep() - 1) / getStep(); }
  }];
}

def Tile_ColumnsOp : Tile_RangeOp<"columns", [HasParent<"KernelOp">]> {
  let summary = "one section of a kernel's axis of output tiles";
  let description = [{
    The body runs for each step of the section and each row of the call, in an order that the backend chooses.

    Constraints
    - C1: 0 <= lower < upper, and step is at least 1.

    Example: `tile.columns %n = 0 to 1536 step 16 { ... }`
  }];
}

def Tile_ForOp : Tile_RangeOp<"for"> {
  let summary = "a loop inside one row";
  let description = [{
    Runs its body for each index, ascending. Nothing is carried; the body ends in stores.

    Constraints
    - C1: 0 <= lower < upper, and step is at least 1.

    Example: `tile.for %h = 0 to 9 step 1 { ... }`
  }];
}

def Tile_KeysOp : Tile_Op<"keys", [SingleBlock, Tile_NamesArguments]> {
  let summary = "walks the key blocks of the rows' sequence";
  let description = [{
    For rows of one sequence: its segments in listed order, and in each the blocks of 256 keys counted from the
    segment's start, ascending. The body gets the block, the number of its keys that each row may attend (in the
    last listed segment `position - first + 1` limits it, and never more than the segment holds), and the carried
    tiles; it yields their new values. Blocks in which no row may attend a key are skipped. A row with no valid key
    keeps its values only if the body's maps select on the number. Inside the body a last dimension of 256 that
    stands for keys ends at the largest number of valid keys: what lies behind is absent, and adds nothing to a
    reduction.

    Constraints
    - C1: the carried tiles are shared f32 and agree in all dimensions but the last.
    - C2: the block takes a block, a `?x1x1` reg tile of i32, and the carried tiles; results and yielded tiles match
      the inits (a yielded tile may be a reg tile).

    Example:
    ```mlir
    %o = tile.keys(%m, %row_sequence, %positions, %sequence_segments, %segment_pages, %segment_length,
                   %segment_first, %pages) init(%zero) : (!tile.tile<?x3x64, f32, shared>) -> !tile.tile<?x3x64, f32, shared> {
    ^bb0(%block: !tile.block, %valid: !tile.tile<?x1x1, i32, reg>, %o0: !tile.tile<?x3x64, f32, shared>):
      tile.yield %o0 : !tile.tile<?x3x64, f32, shared>
    }
    ```
  }];
  let arguments = (ins Index:$row, Tile_StepView:$row_sequence, Tile_StepView:$positions,
                       Tile_StepView:$sequence_segments, Tile_StepView:$segment_pages, Tile_StepView:$segment_length,
                       Tile_StepView:$segment_first, Tile_StepView:$pages, Variadic<Tile_TileType>:$inits);
  let results = (outs Variadic<Tile_TileType>:$results);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    `(` $row `,` $row_sequence `,` $positions `,` $sequence_segments `,` $segment_pages `,` $segment_length `,`
    $segment_first `,` $pages `)` `init` `(` $inits `)` attr-dict `:` functional-type($inits, $results) $body
  }];
  let hasRegionVerifier = 1;
  let skipDefaultBuilders = 1;
  let builders = [
    // `views`: row_sequence, positions, sequence_segments, segment_pages, segment_length, segment_first, pages. `body`
    // gets the block's arguments and returns what to yield.
    OpBuilder<(ins "::mlir::Value":$row, "::mlir::ValueRange":$views, "::mlir::ValueRange":$inits,
                   "::llvm::function_ref<::llvm::SmallVector<::mlir::Value>(::mlir::OpBuilder &, ::mlir::Location, ::mlir::ValueRange)>":$body)>
  ];
  let extraClassDeclaration = [{
    ::mlir::Block *getBodyBlock() { return &getBody().front(); }
    ::mlir::BlockArgument getBlock() { return getBodyBlock()->getArgument(0); }
    ::mlir::BlockArgument getValid() { return getBodyBlock()->getArgument(1); }
    ::llvm::ArrayRef<::mlir::BlockArgument> getCarried() { return getBodyBlock()->getArguments().drop_front(2); }
  }];
}

def Tile_YieldOp : Tile_Op<"yield", [Pure, Terminator, ParentOneOf<["PrologueOp", "KeysOp", "MapOp", "StageOp"]>]> {
  let summary = "ends a body with its values";
  let description = [{ Example: `tile.yield %r : f32` }];
  let arguments = (ins Variadic<AnyType>:$values);
  let assemblyFormat = "($values^ `:` qualified(type($values)))? attr-dict";
}

//===-- Memory ---------------------------------------------------------------------------------------------------===//

def Tile_LoadOp : Tile_Op<"load"> {
  let summary = "elements of a view as a tile";
  let description = [{
    From a rank 2 view: columns from the second index on, as many as the tile holds in a row; of row `%m` when the
    tile has rows. From a rank 1 view: the vector from its first column (`%b[]`) or from the column given on (`%b[%n]`, a bias
    under the columns of a section; lanes past the vector's end are absent), equal for all rows. From an array of the step:
    one element for each row. f16 and bf16 become f32. The memory must not change between the load and the uses of
    its result.

    Constraints
    - C1: the view has layout rows.
    - C2: the result is a reg or shared tile of f32, or of i32 from an i32 view.
    - C3: one index for each dimension of a view with rows, none or the first column for a vector.
    - C4: the tile has rows when the view has, and its elements fit into the view's width; 16 columns of
      a linear section may reach past it, those lanes are absent.

    Example: `%v = tile.load %x[%m, %c0] : !tile.view<?x576, f32, rows> -> !tile.tile<?x576, f32, reg>`
  }];
  let arguments = (ins Tile_ViewType:$view, Variadic<Index>:$indices);
  let results = (outs Tile_TileType:$result);
  let assemblyFormat = "$view `[` $indices `]` attr-dict `:` qualified(type($view)) `->` qualified(type($result))";
  let hasVerifier = 1;
}

def Tile_GatherOp : Tile_Op<"gather"> {
  let summary = "chosen rows of a view as a tile";
  let description = [{
    Row `i` of the result is row `index[i]` of the view, from `column` on. A packed view is dequantised: d * q (q8_0),
    d * (q - 8) (q4_0), d * q + m (q4_1, two roundings).

    Constraints
    - C1: the view has rank 2 and layout rows or packed; the index is `?x1`.
    - C2: the result is f32, or i32 from an i32 view, has rank 2 and rows, and is no wider than the view.
    - C3: from a packed view, a constant column is a multiple of 16.

    Example:
    ```mlir
    %v = tile.gather %w[%token, %c0] : !tile.tile<?x1, i32, reg>, !tile.view<4096x64, q8_0, packed> -> !tile.tile<?x64, f32, reg>
    ```
  }];
  let arguments = (ins Tile_ViewType:$view, Tile_ValidTile:$index, Index:$column);
  let results = (outs Tile_TileType:$result);
  let assemblyFormat = [{
    $view `[` $index `,` $column `]` attr-dict `:` qualified(type($index)) `,` qualified(type($view)) `->` qualified(type($result))
  }];
  let hasVerifier = 1;
}

def Tile_StoreOp : Tile_Op<"store"> {
  let summary = "writes a tile to a view";
  let description = [{
    To a rank 2 view: to columns from the second index on, of each row. To a cache: the columns of the tile to
    dimensions from the third index on of head `indices[1]`, at the position that the first index, a tile, holds for
    the row. f32 becomes f16 or bf16 by rounding to nearest even.

    Constraints
    - C1: the view has rank 2 and layout rows, or is a cache; it is indexed in each of its dimensions, a cache first by
      a `?x1` reg tile.
    - C2: the tile has rows, and its elements fit into the view's width; 16 columns of
      a linear section may reach past it, those lanes are absent.
    - C3: the tile holds f32, or i32 for an i32 view.
    - C4: a tile for a cache has rank 2.

    Example: `tile.store %z, %y[%m, %n] : !tile.tile<?x16, f32, reg>, !tile.view<?x1536, f32, rows>`
  }];
  let arguments = (ins Tile_TileType:$tile, Tile_ViewType:$view, Variadic<AnyTypeOf<[Index, Tile_ValidTile]>>:$indices);
  // Custom: the type of the first index follows from the layout of the view.
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
}

//===-- Values ---------------------------------------------------------------------------------------------------===//

def Tile_ConstantOp : Tile_Op<"constant", [Pure]> {
  let summary = "a row of constants";
  let description = [{
    Constraints
    - C1: the result is a f32 tile of shape 1xN, with N finite values given.

    Example: `%f = tile.constant [1.0, 0.5] : !tile.tile<1x2, f32, reg>`
  }];
  let arguments = (ins DenseF32ArrayAttr:$values);
  let results = (outs Tile_TileType:$result);
  // Custom list: upstream prints the floats of an array with six digits, which do not read back as the same values.
  let assemblyFormat = "custom<Floats>($values) attr-dict `:` qualified(type($result))";
  let hasVerifier = 1;
}

def Tile_FillOp : Tile_Op<"fill", [Pure]> {
  let summary = "a tile of one value";
  let description = [{
    Constraints
    - C1: the result is a tile of f32.

    Example: `%z = tile.fill 0.0 : !tile.tile<?x3x64, f32, shared>`
  }];
  let arguments = (ins F32Attr:$value);
  let results = (outs Tile_TileType:$result);
  let assemblyFormat = "$value attr-dict `:` qualified(type($result))";
  let hasVerifier = 1;
}

// Isolated, so that no pass moves a constant out of a body that is copied to where it is evaluated.
def Tile_MapOp : Tile_Op<"map", [IsolatedFromAbove, SingleBlock, RecursiveMemoryEffects]> {
  let summary = "an elementwise function of tiles";
  let description = [{
    The body computes one element from one element of each input. Dimensions of size 1 broadcast, and rank 2 is read
    as [rows, 1, columns]. With `indexed` the body gets the column of the element as a last i32 argument.

    Constraints
    - C1: the inputs are f32 or i32 tiles whose dimensions are 1 or those of the result.
    - C2: the body takes one scalar for each input, and an i32 more when indexed; it yields one scalar, the result's
      element.
    - C3: the body holds constants and elementwise ops of arith and math on f32, i32 and i1 only.

    Example:
    ```mlir
    %s = tile.map(%a, %b) : (!tile.tile<?x64, f32, reg>, !tile.tile<?x1, f32, reg>) -> !tile.tile<?x64, f32, reg> {
    ^bb0(%e: f32, %f: f32):
      %r = arith.mulf %e, %f : f32
      tile.yield %r : f32
    }
    ```
  }];
  let arguments = (ins UnitAttr:$indexed, Variadic<Tile_TileType>:$inputs);
  let results = (outs Tile_TileType:$result);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    (`indexed` $indexed^)? `(` $inputs `)` attr-dict `:` functional-type($inputs, $result) $body
  }];
  let hasRegionVerifier = 1;
  let skipDefaultBuilders = 1;
  let builders = [
    // `body` gets one scalar for each input (then the column when indexed) and returns the element.
    OpBuilder<(ins "TileType":$result, "::mlir::ValueRange":$inputs,
                   "::llvm::function_ref<::mlir::Value(::mlir::OpBuilder &, ::mlir::Location, ::mlir::ValueRange)>":$body,
                   CArg<"bool", "false">:$indexed)>
  ];
  let extraClassDeclaration = [{ ::mlir::Block *getBodyBlock() { return &getBody().front(); } }];
}

def Tile_ReduceOp : Tile_Op<"reduce", [Pure]> {
  let summary = "one value for each row, from its columns";
  let description = [{
    On 16 virtual lanes: lane j takes columns j, 16 + j, ... ascending, then lanes j and j + 8, j + 4, j + 2, j + 1
    are joined. `sum_squares` squares and adds with one rounding.

    Constraints
    - C1: the operand is a f32 tile; the result is too, with the same shape but a last dimension of 1.

    Example: `%s = tile.reduce sum_squares %v : !tile.tile<?x576, f32, reg> -> !tile.tile<?x1, f32, reg>`
  }];
  let arguments = (ins Tile_Reduction:$kind, Tile_TileType:$tile);
  let results = (outs Tile_TileType:$result);
  let assemblyFormat = "$kind $tile attr-dict `:` qualified(type($tile)) `->` qualified(type($result))";
  let hasVerifier = 1;
}

def Tile_EncodeOp : Tile_Op<"encode", [Pure]> {
  let summary = "activations in the form that a contraction multiplies";
  let description = [{
    q8: blocks of 32, each with d = amax / 127 (f32), the i32 sum of its bytes, and q = roundeven(x * (127 / amax)), 0
    where amax is 0. f16: each row times a power of two that keeps its largest element below 65504, with the inverse.
    bf16: rounded to nearest even. split: that, and the rest rounded in the same way.

    Constraints
    - C1: the operand is a f32 tile; the result is encoded, with the same shape.

    Example: `%q = tile.encode %u : !tile.tile<?x576, f32, reg> -> !tile.tile<?x576, q8, shared>`
  }];
  let arguments = (ins Tile_TileType:$tile);
  let results = (outs Tile_TileType:$result);
  let assemblyFormat = "$tile attr-dict `:` qualified(type($tile)) `->` qualified(type($result))";
  let hasVerifier = 1;
}

def Tile_ContractOp : Tile_Op<"contract", [AttrSizedOperandSegments]> {
  let summary = "sums of products along the last dimension";
  let description = [{
    - With a packed weight: rows of the activation against the 16 weight rows from `%n` on, k ascending.
    - With keys: each row and group member of the activation against each key of the block, for one head.
    - With values: the activation's last dimension stands for the keys of the block; each row sums over the first
      `valid` keys, ascending, for one head. Keys behind are never multiplied.

    Constraints
    - C1: with packed: one index; activation rank 2 and as wide as the weight; encoded or f32; result `?x16` f32 reg.
      A part that `tile.async_load` made is indexed by its first k; the activation is a part as well, or whole.
    - C2: with a cache: a block and a head as indices; activation f32 shared, rank 3.
    - C3: with keys: activation as wide as head_dim; result the same but 256 wide, f32 shared; no valid.
    - C4: with values: activation 256 wide; result the same but head_dim wide, f32 shared; valid present, a `?x1x1`
      reg tile.
    - C5: the view has a layout other than rows, and format i32 is none.
    - C6: a q8 activation meets a block format, a f16 one f16 or a block format, a bf16 one bf16, a split one f32.

    Example:
    ```mlir
    %c = tile.contract %a, %w[%n] : !tile.tile<?x576, q8, shared>, !tile.view<1536x576, q4_1, packed> -> !tile.tile<?x16, f32, reg>
    %o = tile.contract %p, %v[%block, %h] valid(%valid) : !tile.tile<?x3x256, f32, shared>, !tile.view<?x3x64, f16, values> -> !tile.tile<?x3x64, f32, shared>
    ```
  }];
  let arguments = (ins Tile_TileType:$activation, Tile_ViewType:$view,
                       Variadic<AnyTypeOf<[Index, Tile_BlockType]>>:$indices, Optional<Tile_ValidTile>:$valid);
  let results = (outs Tile_TileType:$result);
  // Custom: the types of the indices follow from the layout of the view.
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
  let builders = [
    OpBuilder<(ins "TileType":$result, "::mlir::Value":$activation, "::mlir::Value":$view,
                   "::mlir::ValueRange":$indices), [{
      build($_builder, $_state, result, activation, view, indices, ::mlir::Value());
    }]>
  ];
}

// These use the base class above.
include "dialects/tile/TileTargetOps.td"

#endif // SENNIT_TILE_OPS
