// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Ops that passes/tile inserts for one target.
#ifndef SENNIT_TILE_TARGET_OPS
#define SENNIT_TILE_TARGET_OPS

//===-- CUDA -----------------------------------------------------------------------------------------------------===//

def Tile_BarrierOp : Tile_Op<"barrier"> {
  let summary = "the threads that share memory wait for each other";
  let description = [{
    Behind it all threads that work on the same rows see what any of them wrote to shared tiles and to views, and in a
    stage what was loaded for it.

    Added by `tile-insert-barriers`, in stages by `tile-split-variants`; removed by the code generator.

    Example: `tile.barrier`
  }];
  let assemblyFormat = "attr-dict";
}

def Tile_StageOp : Tile_Op<"stage", [SingleBlock, HasParent<"ColumnsOp">, Tile_NamesArguments]> {
  let summary = "a loop over slices of K that are loaded ahead";
  let description = [{
    Runs its body for k = 0, step, 2 step, ... below `upper`; the loads of the next `ahead` slices are under way while a
    slice is worked on. The yielded sums of all slices are added up, k ascending, in one accumulator for each element.

    Added by `tile-split-variants`; removed by the code generator.

    Constraints
    - C1: `upper` is at least 1, `step` a positive multiple of 32, `ahead` 1 to 15; the block has an index, k.
    - C2: the results are f32 reg tiles `?x16`; it yields exactly those, each made by a contraction of the body.
    - C3: every `tile.async_load` of the body stands before a `tile.barrier`, and that before every use of it.

    Example:
    ```mlir
    %c = tile.stage to 576 step 64 ahead 3 -> !tile.tile<?x16, f32, reg> {
    ^bb0(%k: index):
      %p = tile.async_load %w[%n, %k] : !tile.view<48x576, f16, packed> -> !tile.view<16x64, f16, packed>
      tile.barrier
      %s = tile.contract %a, %p[%k] : !tile.tile<?x576, f16, shared>, !tile.view<16x64, f16, packed> -> !tile.tile<?x16, f32, reg>
      tile.yield %s : !tile.tile<?x16, f32, reg>
    }
    ```
  }];
  let arguments = (ins I64Attr:$upper, I64Attr:$step, I64Attr:$ahead);
  let results = (outs Variadic<Tile_TileType>:$results);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    `to` $upper `step` $step `ahead` $ahead `->` qualified(type($results)) $body attr-dict
  }];
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
  let skipDefaultBuilders = 1;
  // Makes the block with its index k, without its tile.yield.
  let builders = [OpBuilder<(ins "int64_t":$upper, "int64_t":$step, "int64_t":$ahead, "::mlir::TypeRange":$results)>];
  let extraClassDeclaration = [{
    ::mlir::Block *getBodyBlock() { return &getBody().front(); }
    ::mlir::BlockArgument getIndex() { return getBodyBlock()->getArgument(0); }
  }];
}

def Tile_AsyncLoadOp : Tile_Op<"async_load", [HasParent<"StageOp">]> {
  let summary = "a slice along K that arrives in shared memory while earlier slices are worked on";
  let description = [{
    Of a packed weight: the 16 rows from the first index on; of encoded activations in scratch: the rows at hand. Columns
    from the second index on. Bytes are copied as they are, so block formats stay packed. Columns past the end are absent.

    Added by `tile-split-variants`; removed by the code generator.

    Constraints
    - C1: a packed view gives a packed view of 16 rows in the same format, a scratch tile a shared one of the same
      element; both no wider than the source.

    Example: `%p = tile.async_load %w[%n, %k] : !tile.view<48x576, f16, packed> -> !tile.view<16x64, f16, packed>`
  }];
  let arguments = (ins AnyTypeOf<[Tile_ViewType, Tile_TileType]>:$source, Index:$row, Index:$column);
  let results = (outs AnyTypeOf<[Tile_ViewType, Tile_TileType]>:$result);
  let assemblyFormat = [{
    $source `[` $row `,` $column `]` attr-dict `:` qualified(type($source)) `->` qualified(type($result))
  }];
  let hasVerifier = 1;
}

def Tile_EncodedOp : Tile_Op<"encoded", [HasParent<"KernelOp">]> {
  let summary = "activations that the function of form encode left in scratch";
  let description = [{
    Result `number` of that function's prologue.

    Added by `tile-split-variants`; removed by the code generator.

    Constraints
    - C1: the result is a scratch tile; its kernel has form `stream` or `many`.

    Example: `%a = tile.encoded 0 : !tile.tile<?x576, f16, scratch>`
  }];
  let arguments = (ins I64Attr:$number);
  let results = (outs Tile_TileType:$result);
  let assemblyFormat = "$number attr-dict `:` qualified(type($result))";
  let hasVerifier = 1;
}

#endif // SENNIT_TILE_TARGET_OPS
