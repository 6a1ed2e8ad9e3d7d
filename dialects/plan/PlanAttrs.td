// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#ifndef SENNIT_DIALECTS_PLAN_ATTRS
#define SENNIT_DIALECTS_PLAN_ATTRS

include "dialects/Common.td"
include "dialects/plan/PlanDialect.td"
include "dialects/plan/PlanEnums.td"

class Plan_Attr<string name, string attrMnemonic> : AttrDef<Plan_Dialect, name> {
  let mnemonic = attrMnemonic;
}

def Plan_PieceAttr : Plan_Attr<"Piece", "piece"> {
  let summary = "a row range of a node with its lane, share and start";
  let description = [{
    The rows of the node's domain within [begin, end). Rows of `all`, `generated` and `prompt` are those of the step,
    in one numbering: generated rows [0, D) come before prompt rows [D, T), and D and T are known only when the step
    runs. So a nano-batch is one range of step rows, whatever the domains of its nodes, and pieces of different nodes
    depend on each other by their ranges alone. Rows of `wanted` are those of the wanted rows, numbered apart. `max`
    stands for the last row; a piece without rows in a step does nothing. A lane runs one piece at a time; `share` is the part of the machine that the piece gets
    while others run on other lanes. `start`, and `end` where it is stated, are in nanoseconds from the start of the step, as the cost
    model predicts them; `plan-verify-plan` rejects an end that the tables do not allow so early.

    **Constraints**
    - C1: 0 <= begin < end
    - C2: 0 <= share <= 1, and above 0 but on the compute lane, where a piece may stand still for a while
    - C3: start is finite and not negative
    - C4: end is finite, and 0 (not stated) or not before start

    Example: `#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>`
  }];
  let parameters = (ins
    "int64_t":$begin,
    "int64_t":$end,
    EnumParameter<Sennit_Lane>:$lane,
    APFloatParameter<"part of the machine">:$share,
    APFloatParameter<"nanoseconds from the start of the step">:$start,
    DefaultValuedParameter<"::llvm::APFloat", "::llvm::APFloat(0.0)", "nanoseconds; 0: not stated">:$finish);
  let builders = [AttrBuilder<(ins "int64_t":$begin, "int64_t":$end, "::sennit::Lane":$lane, "double":$share,
                                   "double":$start, CArg<"double", "0.0">:$finish), [{
    return $_get($_ctxt, begin, end, lane, ::llvm::APFloat(share), ::llvm::APFloat(start), ::llvm::APFloat(finish));
  }]>];
  let extraClassDeclaration = [{
    /// The `end` of a piece that reaches the last row, printed as `max`.
    static constexpr int64_t maxRows = std::numeric_limits<int64_t>::max();
    double shareValue() const { return getShare().convertToDouble(); }
    double startValue() const { return getStart().convertToDouble(); }
    double finishValue() const { return getFinish().convertToDouble(); }
  }];
  let assemblyFormat = [{
    `<` `rows` `=` $begin `to` custom<RowEnd>($end) `,` `lane` `=` $lane `,` `share` `=` custom<Number>($share) `,`
    `start` `=` custom<Number>($start) (`,` `end` `=` custom<Number>($finish)^)? `>`
  }];
  let genVerifyDecl = 1;
}

def Plan_CostAttr : Plan_Attr<"Cost", "cost"> {
  let summary = "what a node costs, as a part that is fixed and a part for each row";
  let description = [{
    Of a step with R rows in the node's domain: `flops_fixed + R * flops_per_row` arithmetic operations,
    `bytes_fixed + R * bytes_per_row` bytes of memory traffic (weights are the fixed part), and
    `R * network_bytes_per_row` bytes on the wire.

    **Constraints**
    - C1: every number is finite and not negative

    Example: `#plan.cost<compute, flops_fixed = 0.0, flops_per_row = 100.0, bytes_fixed = 64.0, bytes_per_row = 8.0,
    network_bytes_per_row = 0.0>`
  }];
  let parameters = (ins
    EnumParameter<Plan_CostClass>:$kind,
    APFloatParameter<"">:$flopsFixed,
    APFloatParameter<"">:$flopsPerRow,
    APFloatParameter<"">:$bytesFixed,
    APFloatParameter<"">:$bytesPerRow,
    APFloatParameter<"">:$networkBytesPerRow);
  let builders = [AttrBuilder<(ins "CostClass":$kind, "double":$flopsFixed, "double":$flopsPerRow,
                                   "double":$bytesFixed, "double":$bytesPerRow,
                                   CArg<"double", "0.0">:$networkBytesPerRow), [{
    return $_get($_ctxt, kind, ::llvm::APFloat(flopsFixed), ::llvm::APFloat(flopsPerRow),
                 ::llvm::APFloat(bytesFixed), ::llvm::APFloat(bytesPerRow), ::llvm::APFloat(networkBytesPerRow));
  }]>];
  let assemblyFormat = [{
    `<` $kind `,` `flops_fixed` `=` custom<Number>($flopsFixed) `,` `flops_per_row` `=` custom<Number>($flopsPerRow) `,`
    `bytes_fixed` `=` custom<Number>($bytesFixed) `,` `bytes_per_row` `=` custom<Number>($bytesPerRow) `,`
    `network_bytes_per_row` `=` custom<Number>($networkBytesPerRow) `>`
  }];
  let genVerifyDecl = 1;
}

#endif // SENNIT_DIALECTS_PLAN_ATTRS
