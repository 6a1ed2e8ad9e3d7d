// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#ifndef SENNIT_PASSES_EXEC
#define SENNIT_PASSES_EXEC

include "mlir/Pass/PassBase.td"

def VerifyExecPass : Pass<"exec-verify-exec", "::mlir::ModuleOp"> {
  let summary = "Check that the programs of every package are safe to run";
  let description = [{
    Lists every offender. What runs before what is derived from lanes and signals, what is needed when from the accesses
    that commands declare; nothing is taken from the pass that placed the buffers.

    - a buffer lies within the arena and has room for the most rows of a step
    - every slot of a command has an access; weights and the step input are only read
    - every row of a buffer that a command reads is written before, in every step of the buckets that the program serves
    - two buffers that share bytes are not in use at the same time: one is done before the other begins
    - two accesses of one buffer or cache, one of them a write, are ordered, unless their rows are apart: by their
      ranges, or as the own rows of different roles
    - a signal is raised once, awaited, and not before it is raised; a branch does not skip it and leave a wait
    - an entry has a bucket for 1, 2, 4, ... and the most rows, each in every role
    - if the package has code levels, every kernel has code, a row block and columns

    Changes nothing.
  }];
  let statistics = [
    Statistic<"commands", "commands", "Commands checked">,
    Statistic<"buffers", "buffers", "Buffers checked">
  ];
}

#endif // SENNIT_PASSES_EXEC
