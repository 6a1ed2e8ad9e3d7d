// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#ifndef SENNIT_PASSES_NN
#define SENNIT_PASSES_NN

include "mlir/Pass/PassBase.td"

def VerifyNnInputPass : Pass<"nn-verify-input", "::mlir::ModuleOp"> {
  let summary = "Check that a module is a model that the later passes can take";
  let description = [{
    Op verifiers see one op; this pass checks what holds across a module, and lists every offender rather than the first:

    - the module's attribute `nn.model` has the family and the sizes;
    - the entry `@step` has one block and the signature tokens, positions, wanted rows, batch, one cache per layer to logits
      and the caches, with the sizes of `nn.model`;
    - `@step` holds only nn ops and its return;
    - a parameter is named by one `nn.param`;
    - each layer's cache is appended to exactly once, the appended cache is returned in its place, and attention reads
      only appended caches, so that this step's keys are in them;
    - rows that an attention leaves undefined (those of the other role) are filled by the attention that takes it over.

    Nothing is changed. Result types need no pass: every op infers them, and its verifier compares.
  }];
}

def FuseGroupsPass : Pass<"nn-fuse-groups", "::mlir::ModuleOp"> {
  let summary = "Grow groups of ops that become one kernel each";
  let description = [{
    Moves every op of `@step` except parameters into an `nn.group`. Groups grow along producer-consumer edges while the
    target absorbs the op, nobody else needs the value in between, the rows of a prologue fit on chip and are worth doing on
    every core, and no cycle arises:

    1. linears over the same rows become one group (q, k and v; gate and up);
    2. elementwise ops that read a linear's result join it (silu and product of a gated layer, the residual sum);
    3. norms, gathered rows and elementwise ops that only one group's linears read join them;
    4. ropes join the write into the cache that their attention reads;
    5. embeddings and elementwise ops without a linear join each other.

    ```mlir
    %n = nn.rms_norm %x, %g {...} : ...
    %q = nn.linear %n, %wq : ...
    %k = nn.linear %n, %wk : ...
    ```
    becomes
    ```mlir
    %q, %k = nn.group "norm_linear" (%a = %x, %b = %g, %c = %wq, %d = %wk) : ... attributes {nn.fuse = {...}} {
      %n = nn.rms_norm %a, %b {...} : ...
      %0 = nn.linear %n, %c : ...
      %1 = nn.linear %n, %d : ...
      nn.yield %0, %1 : ...
    }
    ```

    Groups that stand already (hand-written, or from an earlier run) are kept as they are.

    Each group that is made carries `nn.fuse`: `fused` and `cut` (a sentence for each edge inside and out of it), `ops_per_byte_before` and
    `ops_per_byte_after` at the given load, and `bytes_saved_per_row`. The module carries `nn.fuse_report`: every distinct
    sentence about a cut edge with how often it holds.

    Afterwards `@step` holds parameters, groups and the return, which nn-verify-fused checks.
  }];
  let options = [
    Option<"target", "target", "std::string", "\"cpu-avx2\"", "A target's name, or the path of its JSON description">,
    Option<"rows", "rows", "int64_t", "64", "Rows of the step that ops per byte are reported at">,
    Option<"context", "context", "int64_t", "512", "Positions that a row attends to, for the same">,
    Option<"cacheElementBytes", "cache-element-bytes", "int64_t", "2", "Bytes of one element of the KV cache">,
    Option<"activationBytes", "activation-bytes", "int64_t", "4", "Bytes of one element of an activation">
  ];
  let statistics = [
    Statistic<"groups", "groups", "Groups made">,
    Statistic<"fusedEdges", "fused-edges", "Edges that stay inside a group">,
    Statistic<"cutEdges", "cut-edges", "Edges between groups">
  ];
}

def VerifyFusedPass : Pass<"nn-verify-fused", "::mlir::ModuleOp"> {
  let summary = "Check that @step holds only groups that become one kernel each";
  let description = [{
    Lists every op of `@step` that is no parameter, group or return, and every group that has no kernel form: linears over
    different rows or over another linear of the group, an attention beside another op, a result that nothing in the
    group computes, an unused operand.
  }];
}

def PrintCostsPass : Pass<"nn-print-costs", "::mlir::ModuleOp"> {
  let summary = "Remark at each nn op what its cost interface says";
  let description = [{
    For people and tests. A number is `fixed`, `+ N/row` and `+ N/row/key`, parts that are zero left out. Nothing is changed.
  }];
  let options = [
    Option<"cacheElementBytes", "cache-element-bytes", "int64_t", "2", "Bytes of one element of the KV cache">,
    Option<"activationBytes", "activation-bytes", "int64_t", "4", "Bytes of one element of an activation">
  ];
}

#endif // SENNIT_PASSES_NN
