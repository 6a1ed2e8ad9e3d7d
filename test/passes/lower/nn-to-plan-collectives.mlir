// RUN: sennit-opt %s --lower-nn-to-plan --verify-lowering=level=plan | FileCheck %s --check-prefixes=CHECK,F32
// RUN: sennit-opt %s --lower-nn-to-plan=activation-bytes=2 | FileCheck %s --check-prefixes=CHECK,F16
// RUN: sennit-opt %s --lower-nn-to-plan --lower-plan-to-tile -verify-diagnostics

// Tests that a collective becomes a node of class network with the bytes that one rank sends for a row, which follow the
// bytes of an activation, and that equal ones share a body; no kernel is made of it.
// CHECK-LABEL: func.func private @all_gather
// CHECK-NEXT: nn.all_gather
// CHECK-LABEL: func.func private @all_reduce
// CHECK-NEXT: nn.all_reduce
// CHECK-NOT: func.func
// CHECK: plan.node @all_gather(%{{.*}}) name "all_gather" domain all accesses [own] writes [own] inplace [none]
// F32-SAME: cost <network, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 48.0, network_bytes_per_row = 24.0>
// F16-SAME: cost <network, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 24.0, network_bytes_per_row = 12.0>
// CHECK: plan.node @all_reduce(%{{.*}}) name "all_reduce"
// F32-SAME: network_bytes_per_row = 48.0>
// F16-SAME: network_bytes_per_row = 24.0>
// CHECK: plan.node @all_reduce(%{{.*}}) name "all_reduce#1"
module {
  func.func @step(%tokens: tensor<?xi32>, %positions: tensor<?xi32>, %wanted: tensor<?xi32>, %batch: !nn.batch, %x: tensor<?x4xf32>) -> tensor<?x8xf32> {
    // expected-error@+1 {{expected a plan of one rank, which runs without collectives, found nn.all_gather among 4 ranks}}
    %a = nn.group "all_gather" (%i = %x) : (tensor<?x4xf32>) -> (tensor<?x8xf32>) {
      %r = nn.all_gather %i over ["tp"] ranks 4 bytes_per_row 24.0 : (tensor<?x4xf32>) -> tensor<?x8xf32>
      nn.yield %r : tensor<?x8xf32>
    }
    %b = nn.group "all_reduce" (%i = %a) : (tensor<?x8xf32>) -> (tensor<?x8xf32>) {
      %r = nn.all_reduce %i over ["tp"] ranks 4 bytes_per_row 48.0 : tensor<?x8xf32>
      nn.yield %r : tensor<?x8xf32>
    }
    %c = nn.group "all_reduce" (%i = %b) : (tensor<?x8xf32>) -> (tensor<?x8xf32>) {
      %r = nn.all_reduce %i over ["tp"] ranks 4 bytes_per_row 48.0 : tensor<?x8xf32>
      nn.yield %r : tensor<?x8xf32>
    }
    return %c : tensor<?x8xf32>
  }
}
