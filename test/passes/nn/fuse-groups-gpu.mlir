// RUN: sennit-opt %s --nn-fuse-groups="target=h100-x8" --nn-verify-fused | FileCheck %s
// RUN: sennit-opt %s --nn-fuse-groups="target=a100-80g-x8" --nn-verify-fused | FileCheck %s --check-prefix=A100

// Tests that a norm which every processor would repeat stays apart even where a product could take it in.
// A100-LABEL: func.func @step
// A100: "edge nn.rms_norm -> nn.linear cut: done by every core it costs 1.4{{[0-9]}} ns a row, done once and moved 0.27 ns"

// Tests that an operand which never passes through registers keeps its norm out of the product, while siblings and what
// follows them still join.
// CHECK-LABEL: func.func @step
// CHECK: nn.group "norm"
// CHECK-SAME: "edge nn.rms_norm -> nn.linear cut: target h100-x8 does not absorb prologue rms_norm"
// CHECK-NEXT: nn.rms_norm
// CHECK-NEXT: nn.yield
// CHECK: nn.group "linear_silu_mul"{{.*}}
// CHECK-NEXT: %[[GATE:.*]] = nn.linear
// CHECK-NEXT: %[[UP:.*]] = nn.linear
// CHECK-NEXT: %[[SILU:.*]] = nn.silu %[[GATE]]
// CHECK-NEXT: %[[H:.*]] = nn.mul %[[SILU]], %[[UP]]
// CHECK-NEXT: nn.yield %[[H]]
func.func @step(%x: tensor<?x64xf32>) -> tensor<?x96xf32> {
  %g = nn.param "g" : !nn.weight<64, f32>
  %wg = nn.param "wg" : !nn.weight<96x64, f16>
  %wu = nn.param "wu" : !nn.weight<96x64, f16>
  %n = nn.rms_norm %x, %g {eps = 1.0e-5 : f32} : (tensor<?x64xf32>, !nn.weight<64, f32>) -> tensor<?x64xf32>
  %gate = nn.linear %n, %wg : (tensor<?x64xf32>, !nn.weight<96x64, f16>) -> tensor<?x96xf32>
  %up = nn.linear %n, %wu : (tensor<?x64xf32>, !nn.weight<96x64, f16>) -> tensor<?x96xf32>
  %s = nn.silu %gate : tensor<?x96xf32>
  %h = nn.mul %s, %up : tensor<?x96xf32>
  return %h : tensor<?x96xf32>
}
