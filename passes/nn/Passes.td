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

def ShardPass : Pass<"nn-shard", "::mlir::ModuleOp"> {
  let summary = "Divide the work of @step among ranks, as shardings of its values";
  let description = [{
    Adds a `nn.mesh` with the axis `tp`, and says with `#nn.sharding` what each rank holds of the results of ops and of the
    caches. Types stay those of the whole model, and no op is added. Two rules seed the shardings, both found on def-use
    chains and never by name:

    - attention is split by heads, so the linears that give q, k and v split their output features, and the linear that
      takes its result splits its reduction (`output=row`);
    - other linears alternate along a chain: one splits its output features, the next one its reduction, through ops that
      work column by column.

    From there a split spreads to everything that must be split with it; where something cannot be, the chain stays whole.
    A linear with a split reduction leaves a pending sum, which passes through ops that are linear in it and alone read it,
    so that a parallel attention and feed-forward, whose sums are added up, cost one reduction. Embedding, head and whatever
    no rule reaches are done by every rank. With `output=column` the linear after attention takes the gathered heads and
    splits its output features, which are gathered in turn: the same bytes on the wire in two halves.

    ```mlir
    %u = nn.linear %n, %wu : ...
    %s = nn.silu %u : ...
    %d = nn.linear %s, %wd : ...
    ```
    becomes, with `layout=tp=8`,
    ```mlir
    nn.mesh @mesh axes ["tp"] sizes [8]
    %u = nn.linear %n, %wu {nn.shardings = [#nn.sharding<@mesh, [[], ["tp"]]>]} : ...
    %s = nn.silu %u {nn.shardings = [#nn.sharding<@mesh, [[], ["tp"]]>]} : ...
    %d = nn.linear %s, %wd {nn.shardings = [#nn.sharding<@mesh, [[], []], partial = ["tp"]>]} : ...
    ```

    One rank, or an empty layout, changes nothing. Sizes need not divide evenly; nn-localize says who holds what.
  }];
  let options = [
    Option<"layout", "layout", "std::string", "\"\"", "Ranks along each axis, like tp=8; empty: one rank">,
    Option<"output", "output", "std::string", "\"row\"", "What the linear after attention splits: row (its reduction) or column">
  ];
  let statistics = [
    Statistic<"splitLinears", "split-linears", "Linears that ranks share">,
    Statistic<"wholeLinears", "whole-linears", "Linears that every rank does whole">
  ];
}

def InsertCollectivesPass : Pass<"nn-insert-collectives", "::mlir::ModuleOp"> {
  let summary = "Put a collective wherever ranks hold something else than what a use needs";
  let description = [{
    A pending sum whose use needs the whole value gets an `nn.all_reduce`, a split value an `nn.all_gather`, a pending sum
    whose use needs its columns an `nn.reduce_scatter`. The collective stands directly behind the definition of the value, and
    all uses with one need share it. It comes before fusing, since what is fused with a linear is done before its sum is
    complete. Each collective carries the bytes per row that one rank sends.

    Afterwards nn-verify-collectives holds. A mismatch that no collective repairs is an error.
  }];
  let statistics = [Statistic<"collectives", "collectives", "Collectives made">];
}

def StripCollectivesPass : Pass<"nn-strip-collectives", "::mlir::ModuleOp"> {
  let summary = "Remove every collective of a module with a mesh";
  let description = [{
    The inverse of nn-insert-collectives, which makes the same module again: kinds, places and bytes.
  }];
  let statistics = [Statistic<"collectives", "collectives", "Collectives removed">];
}

def VerifyCollectivesPass : Pass<"nn-verify-collectives", "::mlir::ModuleOp"> {
  let summary = "Check that no collective is missing, doubled or in another place";
  let description = [{
    Works out from the shardings what each use needs, and lists every offender:

    - operands and results of an op fit one of the ways in which it may run, so every pending sum is reduced before an op
      that is not linear in it, and every split value is gathered where all of it is needed;
    - a collective finds what it changes, and gives what its result is said to be: nothing is reduced that is no pending sum,
      nothing gathered that is not split;
    - a collective has a use, and stands directly behind the definition of its operand, each kind once;
    - `@step` returns whole activations, and caches as it was given them.

    A module without a mesh passes.
  }];
}

def LocalizePass : Pass<"nn-localize", "::mlir::ModuleOp"> {
  let summary = "Give the values of @step the types that they have on one rank";
  let description = [{
    From the module of all ranks to that of one, the rank with the largest share; shardings and the mesh are gone
    afterwards, and collectives name the number of ranks. A split dimension is cut into granules that are never divided:
    heads where an op sees heads, 32 elements where a block format runs along it, else columns. A rank has the granules
    divided by the ranks, rounded up. It has whole groups of query heads with their key heads, and where there are fewer
    key heads than ranks, one key head and its part of the query heads. A bias whose sum is pending keeps its type: the
    first rank has it, the others have zeros.

    ```mlir
    %d = nn.linear %s, %wd {nn.shardings = ...} : (tensor<?x96xf32>, !nn.weight<64x96, f32>) -> tensor<?x64xf32>
    %r = nn.all_reduce %d over ["tp"] on @mesh bytes_per_row 384.0 : tensor<?x64xf32>
    ```
    becomes, on 4 ranks,
    ```mlir
    %d = nn.linear %s, %wd : (tensor<?x24xf32>, !nn.weight<64x24, f32>) -> tensor<?x64xf32>
    %r = nn.all_reduce %d over ["tp"] ranks 4 bytes_per_row 384.0 : tensor<?x64xf32>
    ```

    `kv_heads` in `nn.model` is then that of one rank. A module without a mesh is left as it is.
  }];
}

def FuseGroupsPass : Pass<"nn-fuse-groups", "::mlir::ModuleOp"> {
  let summary = "Grow groups of ops that become one kernel each";
  let description = [{
    Moves every op of `@step` except parameters into an `nn.group`, a collective into one of its own. Groups grow along producer-consumer edges while the
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
    Option<"activationBytes", "activation-bytes", "int64_t", "4", "Bytes of one element of an activation">,
    Option<"onlySiblings", "only-siblings", "bool", "false",
           "Put nothing together but linears over the same rows, whatever the target absorbs">
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
    different rows or over another linear of the group, an attention or a collective beside another op, a result that nothing in the
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
