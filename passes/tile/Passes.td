// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#ifndef SENNIT_PASSES_TILE
#define SENNIT_PASSES_TILE

include "mlir/Pass/PassBase.td"

def ChooseSchedulesPass : Pass<"tile-choose-schedules", "::mlir::ModuleOp"> {
  let summary = "Give each kernel with columns a schedule";
  let description = [{
    A schedule decides how a kernel runs, never what it computes. Kernels that have one keep it. The defaults are the
    measured ones: register tiles of up to 8 rows x 16 columns, four streams of weights prefetched 2048 bytes ahead when
    there is one row.

    Before:
    ```mlir
    tile.kernel @linear(...) rows(%m : all by 64) { ... tile.columns ... }
    ```
    After:
    ```mlir
    tile.kernel @linear(...) rows(%m : all by 64) schedule(#tile.cpu<rows = 8, streams = 4, ahead = 2048>) { ... tile.columns ... }
    ```

    Afterwards every kernel with columns has a schedule.
  }];
  let options = [
    Option<"rows", "rows", "int64_t", "8", "Most rows of a register tile, and most that attention handles together">,
    Option<"streams", "streams", "int64_t", "4", "Ranges of weights read side by side for one row">,
    Option<"ahead", "ahead", "int64_t", "2048", "Bytes that each of them is prefetched ahead">
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

    Changes nothing.
  }];
}

#endif // SENNIT_PASSES_TILE
