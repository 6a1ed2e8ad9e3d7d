// RUN: sennit-opt %s --plan-split-nano-batches="parts=3 max-rows=512" | FileCheck %s
// RUN: sennit-opt %s --plan-split-nano-batches="parts=3" --plan-schedule-in-order --plan-verify-plan -o /dev/null
// RUN: not sennit-opt %s --plan-split-nano-batches="parts=0" 2>&1 | FileCheck %s --check-prefix=ZERO
// ZERO: expected parts and max-rows of 1 or more, found 0 and 512

func.func private @one(tensor<?x8xf32>) -> tensor<?x8xf32>
func.func private @two(tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>

// Cuts are those of step rows for every domain of the step; what writes or reads other rows than its own in a value that
// it overwrites stays whole, and so does what runs for wanted rows.
// CHECK-LABEL: plan.program @step(
// CHECK: name "all"
// CHECK-SAME: pieces [#plan.piece<rows = 0 to 170, lane = compute, share = 1.0, start = 0.0>, #plan.piece<rows = 170 to 341, lane = compute, share = 1.0, start = 0.0>, #plan.piece<rows = 341 to max, lane = compute, share = 1.0, start = 0.0>]
// CHECK: name "append"
// CHECK-SAME: pieces [#plan.piece<rows = 0 to 170, lane = compute, share = 1.0, start = 0.0>, #plan.piece<rows = 170 to 341, lane = compute, share = 1.0, start = 0.0>, #plan.piece<rows = 341 to max, lane = compute, share = 1.0, start = 0.0>]
// CHECK: name "generated"
// CHECK-SAME: pieces [#plan.piece<rows = 0 to 170, lane = compute, share = 1.0, start = 0.0>, #plan.piece<rows = 170 to 341, lane = compute, share = 1.0, start = 0.0>, #plan.piece<rows = 341 to max, lane = compute, share = 1.0, start = 0.0>]
// CHECK: name "prompt"
// CHECK-SAME: pieces [#plan.piece<rows = 0 to 170, lane = compute, share = 1.0, start = 0.0>, #plan.piece<rows = 170 to 341, lane = compute, share = 1.0, start = 0.0>, #plan.piece<rows = 341 to max, lane = compute, share = 1.0, start = 0.0>]
// CHECK: name "everything"
// CHECK-SAME: pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>]
// CHECK: name "overwritten"
// CHECK-SAME: pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>]
// CHECK: name "wanted"
// CHECK-SAME: pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>]
plan.program @step(%x: tensor<?x8xf32>, %c: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %a = plan.node @one(%x) name "all" domain all accesses [own] writes [own] inplace [none] pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %c1 = plan.node @two(%c, %a) name "append" domain all accesses [own, own] writes [own] inplace [0] pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
  %g = plan.node @two(%a, %c1) name "generated" domain generated accesses [own, before] writes [own] inplace [none] pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
  %p = plan.node @two(%g, %c1) name "prompt" domain prompt accesses [own, before] writes [own] inplace [0] pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
  %e = plan.node @one(%p) name "everything" domain all accesses [own] writes [all] inplace [none] pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %o = plan.node @one(%e) name "overwritten" domain all accesses [before] writes [own] inplace [0] pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %w = plan.node @one(%o) name "wanted" domain wanted accesses [all] writes [own] inplace [none] pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x8xf32>) -> tensor<?x8xf32>
  plan.return %w : tensor<?x8xf32>
}

// A bucket of one row has one part, one of two has two.
// CHECK-LABEL: plan.program @step_1(
// CHECK: name "all"
// CHECK-SAME: pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>]
// CHECK: name "append"
// CHECK-SAME: pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>]
// CHECK: name "generated"
// CHECK-SAME: pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>]
// CHECK: name "prompt"
// CHECK-SAME: pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>]
// CHECK: name "everything"
// CHECK-SAME: pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>]
// CHECK: name "overwritten"
// CHECK-SAME: pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>]
// CHECK: name "wanted"
// CHECK-SAME: pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>]
plan.program @step_1(%x: tensor<?x8xf32>, %c: tensor<?x8xf32>) -> tensor<?x8xf32> attributes {bucket_rows = 1 : i64, entry = "step"} {
  %a = plan.node @one(%x) name "all" domain all accesses [own] writes [own] inplace [none] pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %c1 = plan.node @two(%c, %a) name "append" domain all accesses [own, own] writes [own] inplace [0] pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
  %g = plan.node @two(%a, %c1) name "generated" domain generated accesses [own, before] writes [own] inplace [none] pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
  %p = plan.node @two(%g, %c1) name "prompt" domain prompt accesses [own, before] writes [own] inplace [0] pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
  %e = plan.node @one(%p) name "everything" domain all accesses [own] writes [all] inplace [none] pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %o = plan.node @one(%e) name "overwritten" domain all accesses [before] writes [own] inplace [0] pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %w = plan.node @one(%o) name "wanted" domain wanted accesses [all] writes [own] inplace [none] pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x8xf32>) -> tensor<?x8xf32>
  plan.return %w : tensor<?x8xf32>
}

// CHECK-LABEL: plan.program @step_2(
// CHECK: name "all"
// CHECK-SAME: pieces [#plan.piece<rows = 0 to 1, lane = compute, share = 1.0, start = 0.0>, #plan.piece<rows = 1 to max, lane = compute, share = 1.0, start = 0.0>]
// CHECK: name "append"
// CHECK-SAME: pieces [#plan.piece<rows = 0 to 1, lane = compute, share = 1.0, start = 0.0>, #plan.piece<rows = 1 to max, lane = compute, share = 1.0, start = 0.0>]
// CHECK: name "generated"
// CHECK-SAME: pieces [#plan.piece<rows = 0 to 1, lane = compute, share = 1.0, start = 0.0>, #plan.piece<rows = 1 to max, lane = compute, share = 1.0, start = 0.0>]
// CHECK: name "prompt"
// CHECK-SAME: pieces [#plan.piece<rows = 0 to 1, lane = compute, share = 1.0, start = 0.0>, #plan.piece<rows = 1 to max, lane = compute, share = 1.0, start = 0.0>]
// CHECK: name "everything"
// CHECK-SAME: pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>]
// CHECK: name "overwritten"
// CHECK-SAME: pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>]
// CHECK: name "wanted"
// CHECK-SAME: pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>]
plan.program @step_2(%x: tensor<?x8xf32>, %c: tensor<?x8xf32>) -> tensor<?x8xf32> attributes {bucket_rows = 2 : i64, entry = "step"} {
  %a = plan.node @one(%x) name "all" domain all accesses [own] writes [own] inplace [none] pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %c1 = plan.node @two(%c, %a) name "append" domain all accesses [own, own] writes [own] inplace [0] pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
  %g = plan.node @two(%a, %c1) name "generated" domain generated accesses [own, before] writes [own] inplace [none] pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
  %p = plan.node @two(%g, %c1) name "prompt" domain prompt accesses [own, before] writes [own] inplace [0] pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
  %e = plan.node @one(%p) name "everything" domain all accesses [own] writes [all] inplace [none] pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %o = plan.node @one(%e) name "overwritten" domain all accesses [before] writes [own] inplace [0] pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %w = plan.node @one(%o) name "wanted" domain wanted accesses [all] writes [own] inplace [none] pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x8xf32>) -> tensor<?x8xf32>
  plan.return %w : tensor<?x8xf32>
}

// A row more or less moves a cut by at most one.
// CHECK-LABEL: plan.program @step_7(
// CHECK: name "all"
// CHECK-SAME: pieces [#plan.piece<rows = 0 to 2, lane = compute, share = 1.0, start = 0.0>, #plan.piece<rows = 2 to 4, lane = compute, share = 1.0, start = 0.0>, #plan.piece<rows = 4 to max, lane = compute, share = 1.0, start = 0.0>]
// CHECK: name "append"
// CHECK-SAME: pieces [#plan.piece<rows = 0 to 2, lane = compute, share = 1.0, start = 0.0>, #plan.piece<rows = 2 to 4, lane = compute, share = 1.0, start = 0.0>, #plan.piece<rows = 4 to max, lane = compute, share = 1.0, start = 0.0>]
// CHECK: name "generated"
// CHECK-SAME: pieces [#plan.piece<rows = 0 to 2, lane = compute, share = 1.0, start = 0.0>, #plan.piece<rows = 2 to 4, lane = compute, share = 1.0, start = 0.0>, #plan.piece<rows = 4 to max, lane = compute, share = 1.0, start = 0.0>]
// CHECK: name "prompt"
// CHECK-SAME: pieces [#plan.piece<rows = 0 to 2, lane = compute, share = 1.0, start = 0.0>, #plan.piece<rows = 2 to 4, lane = compute, share = 1.0, start = 0.0>, #plan.piece<rows = 4 to max, lane = compute, share = 1.0, start = 0.0>]
// CHECK: name "everything"
// CHECK-SAME: pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>]
// CHECK: name "overwritten"
// CHECK-SAME: pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>]
// CHECK: name "wanted"
// CHECK-SAME: pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>]
plan.program @step_7(%x: tensor<?x8xf32>, %c: tensor<?x8xf32>) -> tensor<?x8xf32> attributes {bucket_rows = 7 : i64, entry = "step"} {
  %a = plan.node @one(%x) name "all" domain all accesses [own] writes [own] inplace [none] pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %c1 = plan.node @two(%c, %a) name "append" domain all accesses [own, own] writes [own] inplace [0] pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
  %g = plan.node @two(%a, %c1) name "generated" domain generated accesses [own, before] writes [own] inplace [none] pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
  %p = plan.node @two(%g, %c1) name "prompt" domain prompt accesses [own, before] writes [own] inplace [0] pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
  %e = plan.node @one(%p) name "everything" domain all accesses [own] writes [all] inplace [none] pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %o = plan.node @one(%e) name "overwritten" domain all accesses [before] writes [own] inplace [0] pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %w = plan.node @one(%o) name "wanted" domain wanted accesses [all] writes [own] inplace [none] pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x8xf32>) -> tensor<?x8xf32>
  plan.return %w : tensor<?x8xf32>
}

// CHECK-LABEL: plan.program @step_8(
// CHECK: name "all"
// CHECK-SAME: pieces [#plan.piece<rows = 0 to 2, lane = compute, share = 1.0, start = 0.0>, #plan.piece<rows = 2 to 5, lane = compute, share = 1.0, start = 0.0>, #plan.piece<rows = 5 to max, lane = compute, share = 1.0, start = 0.0>]
// CHECK: name "append"
// CHECK-SAME: pieces [#plan.piece<rows = 0 to 2, lane = compute, share = 1.0, start = 0.0>, #plan.piece<rows = 2 to 5, lane = compute, share = 1.0, start = 0.0>, #plan.piece<rows = 5 to max, lane = compute, share = 1.0, start = 0.0>]
// CHECK: name "generated"
// CHECK-SAME: pieces [#plan.piece<rows = 0 to 2, lane = compute, share = 1.0, start = 0.0>, #plan.piece<rows = 2 to 5, lane = compute, share = 1.0, start = 0.0>, #plan.piece<rows = 5 to max, lane = compute, share = 1.0, start = 0.0>]
// CHECK: name "prompt"
// CHECK-SAME: pieces [#plan.piece<rows = 0 to 2, lane = compute, share = 1.0, start = 0.0>, #plan.piece<rows = 2 to 5, lane = compute, share = 1.0, start = 0.0>, #plan.piece<rows = 5 to max, lane = compute, share = 1.0, start = 0.0>]
// CHECK: name "everything"
// CHECK-SAME: pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>]
// CHECK: name "overwritten"
// CHECK-SAME: pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>]
// CHECK: name "wanted"
// CHECK-SAME: pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>]
plan.program @step_8(%x: tensor<?x8xf32>, %c: tensor<?x8xf32>) -> tensor<?x8xf32> attributes {bucket_rows = 8 : i64, entry = "step"} {
  %a = plan.node @one(%x) name "all" domain all accesses [own] writes [own] inplace [none] pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %c1 = plan.node @two(%c, %a) name "append" domain all accesses [own, own] writes [own] inplace [0] pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
  %g = plan.node @two(%a, %c1) name "generated" domain generated accesses [own, before] writes [own] inplace [none] pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
  %p = plan.node @two(%g, %c1) name "prompt" domain prompt accesses [own, before] writes [own] inplace [0] pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
  %e = plan.node @one(%p) name "everything" domain all accesses [own] writes [all] inplace [none] pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %o = plan.node @one(%e) name "overwritten" domain all accesses [before] writes [own] inplace [0] pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %w = plan.node @one(%o) name "wanted" domain wanted accesses [all] writes [own] inplace [none] pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x8xf32>) -> tensor<?x8xf32>
  plan.return %w : tensor<?x8xf32>
}

// CHECK-LABEL: plan.program @step_9(
// CHECK: name "all"
// CHECK-SAME: pieces [#plan.piece<rows = 0 to 3, lane = compute, share = 1.0, start = 0.0>, #plan.piece<rows = 3 to 6, lane = compute, share = 1.0, start = 0.0>, #plan.piece<rows = 6 to max, lane = compute, share = 1.0, start = 0.0>]
// CHECK: name "append"
// CHECK-SAME: pieces [#plan.piece<rows = 0 to 3, lane = compute, share = 1.0, start = 0.0>, #plan.piece<rows = 3 to 6, lane = compute, share = 1.0, start = 0.0>, #plan.piece<rows = 6 to max, lane = compute, share = 1.0, start = 0.0>]
// CHECK: name "generated"
// CHECK-SAME: pieces [#plan.piece<rows = 0 to 3, lane = compute, share = 1.0, start = 0.0>, #plan.piece<rows = 3 to 6, lane = compute, share = 1.0, start = 0.0>, #plan.piece<rows = 6 to max, lane = compute, share = 1.0, start = 0.0>]
// CHECK: name "prompt"
// CHECK-SAME: pieces [#plan.piece<rows = 0 to 3, lane = compute, share = 1.0, start = 0.0>, #plan.piece<rows = 3 to 6, lane = compute, share = 1.0, start = 0.0>, #plan.piece<rows = 6 to max, lane = compute, share = 1.0, start = 0.0>]
// CHECK: name "everything"
// CHECK-SAME: pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>]
// CHECK: name "overwritten"
// CHECK-SAME: pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>]
// CHECK: name "wanted"
// CHECK-SAME: pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>]
plan.program @step_9(%x: tensor<?x8xf32>, %c: tensor<?x8xf32>) -> tensor<?x8xf32> attributes {bucket_rows = 9 : i64, entry = "step"} {
  %a = plan.node @one(%x) name "all" domain all accesses [own] writes [own] inplace [none] pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %c1 = plan.node @two(%c, %a) name "append" domain all accesses [own, own] writes [own] inplace [0] pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
  %g = plan.node @two(%a, %c1) name "generated" domain generated accesses [own, before] writes [own] inplace [none] pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
  %p = plan.node @two(%g, %c1) name "prompt" domain prompt accesses [own, before] writes [own] inplace [0] pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
  %e = plan.node @one(%p) name "everything" domain all accesses [own] writes [all] inplace [none] pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %o = plan.node @one(%e) name "overwritten" domain all accesses [before] writes [own] inplace [0] pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %w = plan.node @one(%o) name "wanted" domain wanted accesses [all] writes [own] inplace [none] pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x8xf32>) -> tensor<?x8xf32>
  plan.return %w : tensor<?x8xf32>
}
