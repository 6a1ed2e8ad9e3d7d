// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#ifndef SENNIT_PASSES_PLAN
#define SENNIT_PASSES_PLAN

include "mlir/Pass/PassBase.td"

// What durations follow from: the module attribute `plan.timing` (see passes/plan/PlanProblem.h), where an option does not say
// otherwise.
defvar timedOptions = [
  Option<"target", "target", "std::string", "\"\"", "Name or file of the target; empty: as plan.timing says">,
  Option<"flops", "flops", "double", "0.0", "Arithmetic operations per nanosecond, instead of what the target does">,
  Option<"bytes", "bytes", "double", "0.0", "Bytes of memory traffic per nanosecond, likewise">,
  Option<"networkBytes", "network-bytes", "double", "0.0", "Bytes on the wire per nanosecond, likewise">,
  Option<"launch", "launch", "double", "-1.0", "Nanoseconds that every piece takes besides, likewise">,
  Option<"maxRows", "max-rows", "int64_t", "0", "Rows of the step, where the program serves no bucket of its own">,
  Option<"prompt", "prompt", "int64_t", "0", "Prompt tokens per request: with output, which rows are generated ones">,
  Option<"output", "output", "int64_t", "-1", "Generated tokens per request">
];
class Plan_TimedPass<string flag> : Pass<flag, "::mlir::ModuleOp"> { let options = timedOptions; }

// How a search goes.
defvar searchOptions = [
  Option<"maxParts", "max-parts", "int64_t", "4", "Most pieces of a node, 1 to 8">,
  Option<"iterations", "iterations", "int64_t", "2000", "Schedules that the search looks at">,
  Option<"seed", "seed", "int64_t", "1", "Of the search's random choices">
];

def SpecialiseBucketsPass : Pass<"plan-specialise-buckets", "::mlir::ModuleOp"> {
  let summary = "Give each bucket of rows a plan of its own";
  let description = [{
    Each `plan.program` without `bucket_rows` becomes one for each bucket of 1, 2, 4, ... and max-rows rows, equal but for
    name, `entry` and `bucket_rows`, so that later passes can plan each by itself. Bodies are shared. A program that
    serves a bucket already stays, and its bucket gets no copy of another program of its entry and role.

    ```mlir
    plan.program @step(%x: tensor<?x8xf32>) -> tensor<?x8xf32> { ... }
    ```
    becomes, with max-rows=2
    ```mlir
    plan.program @step_1(%x: tensor<?x8xf32>) -> tensor<?x8xf32> attributes {bucket_rows = 1 : i64, entry = "step"} { ... }
    plan.program @step_2(%x: tensor<?x8xf32>) -> tensor<?x8xf32> attributes {bucket_rows = 2 : i64, entry = "step"} { ... }
    ```

    Afterwards every program has `bucket_rows`.
  }];
  let options = [Option<"maxRows", "max-rows", "int64_t", "512", "Most rows of a step">];
}

def SplitNanoBatchesPass : Pass<"plan-split-nano-batches", "::mlir::ModuleOp"> {
  let summary = "Divide the rows of nodes into nano-batches";
  let description = [{
    With `parts`, each node gets as many pieces of nearly equal ranges of the rows of its program's bucket (`bucket_rows`, or
    the rows of the timing where it has none), or as many as there are rows. Cuts are the same for all nodes, so that a
    nano-batch is one range of step rows; the last piece reaches to `max`. Lane and share are those of the node's first piece;
    a scheduler must follow, since all pieces of a node start together.

    Without `parts` the planner searches for cuts, shares, lanes and starts together (planner/StepPlanner.h), nodes cut
    differently where that is better, and makes no cut where none beats the whole by the cost model. Then the program has the
    attribute `plan.condition`, which says what stands against a split.

    Nodes of wanted rows stay whole, and so do nodes that write other rows than their own, or read other rows of a value that
    they overwrite.

    Before, and after with `parts=2` for a bucket of 5 rows:
    ```mlir
    %1 = plan.node @a(%0) ... pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>]

    %1 = plan.node @a(%0) ... pieces [#plan.piece<rows = 0 to 2, lane = compute, share = 1.0, start = 0.0>,
                                      #plan.piece<rows = 2 to max, lane = compute, share = 1.0, start = 0.0>]
    ```
  }];
  let options = !listconcat(timedOptions, searchOptions, [
    Option<"parts", "parts", "int64_t", "0", "Pieces of each node; 0: as the planner decides">
  ]);
  let statistics = [Statistic<"split", "nodes-split", "Nodes that were divided">];
}

def SchedulePass : Pass<"plan-schedule", "::mlir::ModuleOp"> {
  let summary = "Give the pieces that there are lanes, shares and starts";
  let description = [{
    Row ranges stay as they are. `sequential` puts one piece after the other on the compute lane, `list` takes the best of a
    fixed grid of shares and lags, `search` goes on from there over shares and order, `exact` tries everything in small
    programs, of equal nodes alone. All nodes of one place in the layers must be cut alike for `list` and `search`.

    Afterwards the plan is valid for `plan-verify-plan` with the same timing.
  }];
  let options = !listconcat(timedOptions, searchOptions, [
    Option<"scheduler", "scheduler", "std::string", "\"list\"", "sequential, list, search or exact">
  ]);
}

def ScheduleInOrderPass : Plan_TimedPass<"plan-schedule-in-order"> {
  let summary = "Run one piece after the other";
  let description = [{
    Puts every piece alone on the compute lane, from the end of the piece before it: in the order of the program, the
    pieces of a node by their rows. Row ranges stay, so that the pieces of each nano-batch keep the order of the nodes.
    For whole nodes this is the schedule that every split must beat.

    Before:
    ```mlir
    %1 = plan.node @a(%0) ... pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>]
    %2 = plan.node @b(%1) ... pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>]
    ```
    After, where `@a` takes 1300 nanoseconds:
    ```mlir
    %1 = plan.node @a(%0) ... pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>]
    %2 = plan.node @b(%1) ... pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 1300.0>]
    ```

    Afterwards the plan is valid for `plan-verify-plan` with the same options. Starts are whole nanoseconds.
  }];
}

def VerifyPlanPass : Plan_TimedPass<"plan-verify-plan"> {
  let summary = "Check that the schedule of every plan is right";
  let description = [{
    Lists every node whose pieces do not cover the rows once, that runs on a lane that is taken, that makes the shares
    sum up to more than 1, or that starts before a piece that it depends on has ended. Dependences are computed from
    accesses. The check itself is planner/Validator.h and shares no code with what makes schedules.

    Changes nothing.
  }];
  let statistics = [
    Statistic<"nodes", "nodes", "Nodes checked">,
    Statistic<"predicted", "predicted-nanoseconds", "When the last piece ends">
  ];
}

#endif // SENNIT_PASSES_PLAN
