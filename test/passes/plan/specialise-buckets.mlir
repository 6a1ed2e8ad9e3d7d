// RUN: sennit-opt %s --plan-specialise-buckets="max-rows=5" | FileCheck %s
// RUN: sennit-opt %s --plan-specialise-buckets="max-rows=1" | FileCheck %s --check-prefix=ONE
// RUN: not sennit-opt %s --plan-specialise-buckets="max-rows=0" 2>&1 | FileCheck %s --check-prefix=ZERO
// ZERO: expected max-rows of 1 or more, found 0

// One copy for each bucket; bodies are shared, and a program that serves a bucket keeps it.
// CHECK-NOT: @step(
// CHECK: plan.program @step_1(%{{.*}}: tensor<?x8xf32>) -> tensor<?x8xf32> attributes {bucket_rows = 1 : i64, entry = "step"} {
// CHECK-NEXT: plan.node @body(%{{.*}}) name "n"
// CHECK: plan.program @step_2(
// CHECK-SAME: attributes {bucket_rows = 2 : i64, entry = "step"}
// CHECK-NOT: bucket_rows = 4 : i64, entry = "step"}
// CHECK: plan.program @step_5(
// CHECK-SAME: attributes {bucket_rows = 5 : i64, entry = "step"}
// CHECK: plan.program @mine(
// CHECK-SAME: attributes {bucket_rows = 4 : i64, entry = "step"}
// CHECK: plan.program @decode_1(
// CHECK-SAME: attributes {bucket_rows = 1 : i64, entry = "step", role = "generated"}
// CHECK: plan.program @decode_4(
// CHECK: plan.program @decode_5(
// ONE: plan.program @step_1(
// ONE-NOT: plan.program @step
// ONE: plan.program @mine(
// ONE: plan.program @decode_1(
func.func private @body(tensor<?x8xf32>) -> tensor<?x8xf32>
plan.program @step(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %y = plan.node @body(%x) name "n" domain all accesses [own] writes [own] inplace [none] pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x8xf32>) -> tensor<?x8xf32>
  plan.return %y : tensor<?x8xf32>
}
plan.program @mine(%x: tensor<?x8xf32>) -> tensor<?x8xf32> attributes {bucket_rows = 4 : i64, entry = "step"} {
  %y = plan.node @body(%x) name "n" domain all accesses [own] writes [own] inplace [none] pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x8xf32>) -> tensor<?x8xf32>
  plan.return %y : tensor<?x8xf32>
}
plan.program @decode(%x: tensor<?x8xf32>) -> tensor<?x8xf32> attributes {entry = "step", role = "generated"} {
  %y = plan.node @body(%x) name "n" domain all accesses [own] writes [own] inplace [none] pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x8xf32>) -> tensor<?x8xf32>
  plan.return %y : tensor<?x8xf32>
}
