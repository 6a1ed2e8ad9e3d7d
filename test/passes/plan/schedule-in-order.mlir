// RUN: sennit-opt %s --plan-schedule-in-order="flops=1 bytes=1 network-bytes=1 launch=0 max-rows=100" | FileCheck %s
// RUN: sennit-opt %s --plan-schedule-in-order="flops=1 bytes=1 network-bytes=1 launch=0 max-rows=100" --plan-verify-plan="flops=1 bytes=1 network-bytes=1 launch=0 max-rows=100" -o /dev/null
// RUN: sennit-opt %s --plan-schedule-in-order --plan-verify-plan -o /dev/null

func.func private @body(tensor<?x8xf32>) -> tensor<?x8xf32>
func.func private @join(tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>

// Pieces run one after the other for as long as they cost, by their rows; starts are whole nanoseconds.
// CHECK-LABEL: plan.program @chain
// CHECK: name "a"
// CHECK-SAME: pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>]
// CHECK: name "b"
// CHECK-SAME: pieces [#plan.piece<rows = 0 to 64, lane = compute, share = 1.0, start = 1000.0>, #plan.piece<rows = 64 to max, lane = compute, share = 1.0, start = 1214.0>]
// CHECK: name "c"
// CHECK-SAME: pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 1334.0>]
plan.program @chain(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %a = plan.node @body(%x) name "a" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 7.0>]
    cost <compute, flops_fixed = 0.0, flops_per_row = 10.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0> : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %b = plan.node @body(%a) name "b" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 64 to max, lane = memory, share = 1.0, start = 0.0>, #plan.piece<rows = 0 to 64, lane = compute, share = 1.0, start = 0.0>]
    cost <compute, flops_fixed = 0.0, flops_per_row = 3.333, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0> : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %c = plan.node @body(%b) name "c" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>]
    cost <compute, flops_fixed = 0.0, flops_per_row = 10.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0> : (tensor<?x8xf32>) -> tensor<?x8xf32>
  plan.return %c : tensor<?x8xf32>
}

// A program without nodes has nothing to schedule.
// CHECK-LABEL: plan.program @empty
plan.program @empty(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  plan.return %x : tensor<?x8xf32>
}
