// RUN: sennit-opt %s | sennit-opt | FileCheck %s

func.func private @body(tensor<?x8xf32>, tensor<8xf32>) -> tensor<?x8xf32>
func.func private @append(tensor<2xf32>, tensor<?x8xf32>) -> (tensor<2xf32>, tensor<?x8xf32>)

// A program keeps its signature, its params and everything that a node says.
// CHECK-LABEL: plan.program @step
// CHECK-SAME: (%[[X:.*]]: tensor<?x8xf32>, %[[C:.*]]: tensor<2xf32> {exec.note = 1 : i32}) -> (tensor<?x8xf32>, tensor<2xf32>)
// CHECK: %[[W:.*]] = plan.param "model.norm.weight" : tensor<8xf32>
// CHECK: %[[Y:.*]] = plan.node @body(%[[X]], %[[W]]) name "layer0.norm" domain all accesses [own, all] writes [own] inplace [none]
// CHECK-SAME: pieces [#plan.piece<rows = 0 to 128, lane = compute, share = 1.0, start = 0.0>, #plan.piece<rows = 128 to max, lane = memory, share = 0.25, start = 1500.5>]
// CHECK-SAME: cost <compute, flops_fixed = 0.0, flops_per_row = 8.0, bytes_fixed = 123456789.0, bytes_per_row = 1.0e+22, network_bytes_per_row = 0.0>
// CHECK: %[[R:.*]]:2 = plan.node @append(%[[C]], %[[Y]]) name "layer0.append" domain generated accesses [before, own] writes [own, all] inplace [0, none]
// CHECK-SAME: cost <memory,
// CHECK: plan.return %[[R]]#1, %[[R]]#0
plan.program @step(%x: tensor<?x8xf32>, %c: tensor<2xf32> {exec.note = 1 : i32}) -> (tensor<?x8xf32>, tensor<2xf32>) {
  %w = plan.param "model.norm.weight" : tensor<8xf32>
  %y = plan.node @body(%x, %w) name "layer0.norm" domain all accesses [own, all] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to 128, lane = compute, share = 1.0, start = 0.0>,
            #plan.piece<rows = 128 to max, lane = memory, share = 0.25, start = 1500.5>]
    cost <compute, flops_fixed = 0.0, flops_per_row = 8.0, bytes_fixed = 123456789.0, bytes_per_row = 1.0e22,
          network_bytes_per_row = 0.0> : (tensor<?x8xf32>, tensor<8xf32>) -> tensor<?x8xf32>
  %c1, %z = plan.node @append(%c, %y) name "layer0.append" domain generated accesses [before, own] writes [own, all]
    inplace [0, none] pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>]
    cost <memory, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0,
          network_bytes_per_row = 0.0> : (tensor<2xf32>, tensor<?x8xf32>) -> (tensor<2xf32>, tensor<?x8xf32>)
  plan.return %z, %c1 : tensor<?x8xf32>, tensor<2xf32>
}

// A program without values.
// CHECK-LABEL: plan.program @empty()
// CHECK: plan.return
plan.program @empty() {
  plan.return
}

// Programs of one entry point, each for a bucket.
// CHECK-LABEL: plan.program @decode_8()
// CHECK-SAME: attributes {bucket_rows = 8 : i64, entry = "empty", role = "generated"} {
plan.program @decode_8() attributes {bucket_rows = 8 : i64, entry = "empty", role = "generated"} {
  plan.return
}
