// RUN: sennit-opt %s --lower-nn-to-plan | FileCheck %s --check-prefixes=CHECK,F32
// RUN: sennit-opt %s --lower-nn-to-plan=activation-bytes=2 | FileCheck %s --check-prefixes=CHECK,F16

// Tests that the bytes of activations follow the option, and that the weights (512 bytes) do not.
// CHECK-LABEL: plan.program @step
// CHECK: plan.node @linear
// F32-SAME: bytes_fixed = 512.0, bytes_per_row = 96.0, network_bytes_per_row = 0.0
// F16-SAME: bytes_fixed = 512.0, bytes_per_row = 48.0, network_bytes_per_row = 0.0
func.func @step(%tokens: tensor<?xi32>, %positions: tensor<?xi32>, %wanted: tensor<?xi32>, %batch: !nn.batch,
                %x: tensor<?x8xf32>) -> tensor<?x16xf32> {
  %w = nn.param "w" : !nn.weight<16x8, f32>
  %a = nn.group "linear" (%i = %x, %m = %w) : (tensor<?x8xf32>, !nn.weight<16x8, f32>) -> (tensor<?x16xf32>) {
    %r = nn.linear %i, %m : (tensor<?x8xf32>, !nn.weight<16x8, f32>) -> tensor<?x16xf32>
    nn.yield %r : tensor<?x16xf32>
  }
  return %a : tensor<?x16xf32>
}
