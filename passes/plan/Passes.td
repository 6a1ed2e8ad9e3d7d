// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#ifndef SENNIT_PASSES_PLAN
#define SENNIT_PASSES_PLAN

include "mlir/Pass/PassBase.td"

// What a machine does in a nanosecond, for passes that need durations. The defaults equal those of planner::Rates.
class Plan_TimedPass<string flag> : Pass<flag, "::mlir::ModuleOp"> {
  let options = [
    Option<"flops", "flops", "double", "50.0", "Arithmetic operations per nanosecond">,
    Option<"bytes", "bytes", "double", "20.0", "Bytes of memory traffic per nanosecond">,
    Option<"networkBytes", "network-bytes", "double", "1.0", "Bytes on the wire per nanosecond">,
    Option<"launch", "launch", "double", "1000.0", "Nanoseconds that every piece takes besides">,
    Option<"maxRows", "max-rows", "int64_t", "512", "Most rows of a step">
  ];
}

def ScheduleInOrderPass : Plan_TimedPass<"plan-schedule-in-order"> {
  let summary = "Run one node after the other";
  let description = [{
    Gives each node one piece: every row, alone on the compute lane, from the end of the node before it. Whatever pieces
    the node had are replaced. This is the schedule that every split must beat.

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
