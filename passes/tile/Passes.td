// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#ifndef SENNIT_PASSES_TILE
#define SENNIT_PASSES_TILE

include "mlir/Pass/PassBase.td"

def ChooseSchedulesPass : Pass<"tile-choose-schedules", "::mlir::ModuleOp"> {
  let summary = "Give each kernel with columns a schedule";
  let description = [{
    A schedule decides how a kernel runs, never what it computes. Kernels that have one keep it. It comes from the
    descriptions of the targets, where the measured ones stand, one for each code level; options override them.

    Before:
    ```mlir
    tile.kernel @linear(...) rows(%m : all by 64) { ... tile.columns ... }
    ```
    After:
    ```mlir
    tile.kernel @linear(...) rows(%m : all by 64) schedule({avx2 = #tile.cpu<rows = 8, streams = 4, ahead = 2048>,
        avx512 = #tile.cpu<rows = 8, streams = 1, ahead = 0>}) { ... tile.columns ... }
    ```

    Afterwards every kernel with columns has a schedule.
  }];
  let options = [
    ListOption<"targets", "targets", "std::string", "Names of targets, or paths of their JSON descriptions, one for each "
               "code level; default: cpu-avx2,cpu-avx512">,
    Option<"rows", "rows", "int64_t", "0", "Most rows of a register tile, and most that attention handles together">,
    Option<"streams", "streams", "int64_t", "0", "Ranges of weights read side by side for one row">,
    Option<"ahead", "ahead", "int64_t", "-1", "Bytes that each of them is prefetched ahead">
  ];
  let statistics = [Statistic<"chosen", "chosen", "Kernels that got a schedule">];
}

def VerifyTilePass : Pass<"tile-verify-tile", "::mlir::ModuleOp"> {
  let summary = "Check that every kernel is ready for a code generator";
  let description = [{
    What the verifiers of single ops cannot see; every offender is listed.

    Constraints
    - C1: a kernel with columns has a schedule.
    - C2: a kernel holds ops of tile, arith and math only.
    - C3: a kernel stores at least one tile.
    - C4: a view is not written between a load of it and a use of what was loaded, since reg tiles are evaluated
      where they are used.
    - C5: in a kernel with a #tile.cuda schedule a barrier stands between two accesses of a shared tile or a view of
      which one is a write, unless they are of columns that are apart.

    Changes nothing.
  }];
}

def SplitVariantsPass : Pass<"tile-split-variants", "::mlir::ModuleOp"> {
  let summary = "Replace each kernel by the functions that do it on a GPU";
  let description = [{
    A GPU does one kernel in different ways for few and for many rows; each way is one or more functions, launched one
    after another. Each is a kernel of its own with a #tile.cuda schedule that names the kernel it does a part of. All
    give the same bytes for a row: operands are rounded in the same way, and sums run over k in the same order.

    - A row kernel stays one function: a block of threads for each row, or a warp where rows are narrow.
    - A linear becomes `NAME_few`, whose blocks evaluate the prologue themselves, and `NAME_encode` with `NAME_many` for more
      rows. The loop over K is a `tile.stage`.
    - Attention of prompt rows is one function; of generated rows `NAME_blocks` and `NAME_merge`.

    Before:
    ```mlir
    tile.kernel @silu(...) rows(%m : all by 64) { ... }
    ```
    After:
    ```mlir
    tile.kernel @silu(...) rows(%m : all by 64) schedule(#tile.cuda<form = row, of = "silu", rows = 4, threads = 128,
        blocks = 6>) { ... }
    ```

    Afterwards every kernel has a #tile.cuda schedule.
  }];
  let options = [Option<"arch", "arch", "std::string", "\"sm_90a\"", "Architecture that the functions are for">];
  let statistics = [Statistic<"functions", "functions", "Functions made">];
}

def InsertBarriersPass : Pass<"tile-insert-barriers", "::mlir::ModuleOp"> {
  let summary = "Let threads wait where one reads what another wrote";
  let description = [{
    In a kernel with a #tile.cuda schedule the columns of a row are spread over threads. A `tile.barrier` goes before an op
    that reads a shared tile or a view written since the last barrier, or writes one that was read or written since, and
    at the end of a body whose next round would do so. Stores to columns that are apart need none between them, nor do
    tiles of one column: every thread computes those.

    Before:
    ```mlir
    %e = tile.map(%x) ... -> !tile.tile<?x64, f32, shared> { ... }
    %s = tile.reduce sum %e : ...
    ```
    After:
    ```mlir
    %e = tile.map(%x) ... -> !tile.tile<?x64, f32, shared> { ... }
    tile.barrier
    %s = tile.reduce sum %e : ...
    tile.barrier
    ```

    Afterwards verify_tile_c5 holds.
  }];
  let statistics = [Statistic<"inserted", "inserted", "Barriers inserted">];
}

#endif // SENNIT_PASSES_TILE
