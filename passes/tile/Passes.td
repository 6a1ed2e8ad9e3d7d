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

    Changes nothing.
  }];
}

#endif // SENNIT_PASSES_TILE
