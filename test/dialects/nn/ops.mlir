// RUN: sennit-opt %s | sennit-opt | FileCheck %s
// RUN: sennit-opt --mlir-print-op-generic %s | sennit-opt | FileCheck %s

// Tests that row-wise ops print what they parse.
// CHECK-LABEL: func @rows
func.func @rows(%tokens: tensor<?xi32>, %wanted: tensor<?xi32>) -> tensor<?xi32> {
  // CHECK: %[[EMBED:.*]] = nn.param "embed" : !nn.weight<131x64, q8_0>
  %embed = nn.param "embed" : !nn.weight<131x64, q8_0>
  // CHECK: nn.param "norm" : !nn.weight<64, f32>
  %norm = nn.param "norm" : !nn.weight<64, f32>
  %norm_bias = nn.param "norm_bias" : !nn.weight<64, f16>
  %up = nn.param "up" : !nn.weight<96x64, q4_1>
  %up_bias = nn.param "up_bias" : !nn.weight<96, bf16>
  %gate = nn.param "gate" : !nn.weight<96x64, q4_0>
  // CHECK: %[[X:.*]] = nn.embed %{{.*}}, %[[EMBED]] : (tensor<?xi32>, !nn.weight<131x64, q8_0>) -> tensor<?x64xf32>
  %x = nn.embed %tokens, %embed : (tensor<?xi32>, !nn.weight<131x64, q8_0>) -> tensor<?x64xf32>
  // CHECK: nn.rms_norm %[[X]], %{{.*}} {eps = {{.*}} : f32} : (tensor<?x64xf32>, !nn.weight<64, f32>) -> tensor<?x64xf32>
  %n = nn.rms_norm %x, %norm {eps = 1.0e-5 : f32} : (tensor<?x64xf32>, !nn.weight<64, f32>) -> tensor<?x64xf32>
  // CHECK: nn.layer_norm %{{.*}}, %{{.*}}, %{{.*}} {eps = {{.*}} : f32} :
  %l = nn.layer_norm %n, %norm, %norm_bias {eps = 1.0e-5 : f32}
    : (tensor<?x64xf32>, !nn.weight<64, f32>, !nn.weight<64, f16>) -> tensor<?x64xf32>
  // CHECK: %[[U:.*]] = nn.linear %{{.*}}, %{{.*}} bias %{{.*}} : (tensor<?x64xf32>, !nn.weight<96x64, q4_1>, !nn.weight<96, bf16>) -> tensor<?x96xf32>
  %u = nn.linear %l, %up bias %up_bias : (tensor<?x64xf32>, !nn.weight<96x64, q4_1>, !nn.weight<96, bf16>) -> tensor<?x96xf32>
  // CHECK: %[[G:.*]] = nn.linear %{{.*}}, %{{.*}} : (tensor<?x64xf32>, !nn.weight<96x64, q4_0>) -> tensor<?x96xf32>
  %g = nn.linear %l, %gate : (tensor<?x64xf32>, !nn.weight<96x64, q4_0>) -> tensor<?x96xf32>
  // CHECK: nn.silu %[[G]] : tensor<?x96xf32>
  %s = nn.silu %g : tensor<?x96xf32>
  // CHECK: nn.gelu tanh %{{.*}} : tensor<?x96xf32>
  %t = nn.gelu tanh %s : tensor<?x96xf32>
  // CHECK: nn.gelu none %{{.*}} : tensor<?x96xf32>
  %e = nn.gelu none %t : tensor<?x96xf32>
  // CHECK: nn.mul %{{.*}}, %[[U]] : tensor<?x96xf32>
  %m = nn.mul %e, %u : tensor<?x96xf32>
  // CHECK: nn.add %{{.*}}, %[[U]] : tensor<?x96xf32>
  %a = nn.add %m, %u : tensor<?x96xf32>
  // CHECK: nn.gather_rows %{{.*}}, %{{.*}} : (tensor<?x96xf32>, tensor<?xi32>) -> tensor<?x96xf32>
  %w = nn.gather_rows %a, %wanted : (tensor<?x96xf32>, tensor<?xi32>) -> tensor<?x96xf32>
  // CHECK: nn.softmax %{{.*}} : tensor<?x96xf32>
  %p = nn.softmax %w : tensor<?x96xf32>
  // CHECK: nn.argmax %{{.*}} : (tensor<?x96xf32>) -> tensor<?xi32>
  %r = nn.argmax %p : (tensor<?x96xf32>) -> tensor<?xi32>
  return %r : tensor<?xi32>
}

// Tests rope, the cache and both forms of attention.
// CHECK-LABEL: func @attention
func.func @attention(%x: tensor<?x16xf32>, %k: tensor<?x8xf32>, %positions: tensor<?xi32>, %batch: !nn.batch, %cache: !nn.cache<2x4>)
    -> (tensor<?x16xf32>, tensor<?x16xf32>, !nn.cache<2x4>) {
  // CHECK: nn.rope %{{.*}}, %{{.*}} {frequencies = array<f32: {{.*}}>, head_dim = 4 : i64, heads = 4 : i64, scale = 1.0{{.*}} : f32}
  %q = nn.rope %x, %positions {frequencies = array<f32: 1.0, 0.01>, head_dim = 4 : i64, heads = 4 : i64, scale = 1.0 : f32}
    : (tensor<?x16xf32>, tensor<?xi32>) -> tensor<?x16xf32>
  // CHECK: %[[C:.*]] = nn.cache_append
  %c = nn.cache_append %cache, %k, %k, %batch : (!nn.cache<2x4>, tensor<?x8xf32>, tensor<?x8xf32>, !nn.batch) -> !nn.cache<2x4>
  // CHECK: %[[G:.*]] = nn.attention generated %{{.*}}, %[[C]], %{{.*}}, %{{.*}} {heads = 4 : i64, scale = 5.000000e-01 : f32}
  %g = nn.attention generated %q, %c, %batch, %positions {heads = 4 : i64, scale = 0.5 : f32}
    : (tensor<?x16xf32>, !nn.cache<2x4>, !nn.batch, tensor<?xi32>) -> tensor<?x16xf32>
  // CHECK: nn.attention prompt %{{.*}}, %[[C]], %{{.*}}, %{{.*}} into %[[G]] {
  %p = nn.attention prompt %q, %c, %batch, %positions into %g {heads = 4 : i64, scale = 0.5 : f32}
    : (tensor<?x16xf32>, !nn.cache<2x4>, !nn.batch, tensor<?xi32>, tensor<?x16xf32>) -> tensor<?x16xf32>
  // CHECK: %[[A:.*]], %[[LA:.*]] = nn.attention_partial prompt
  %a, %la = nn.attention_partial prompt %q, %c, %batch, %positions {first_key = 0 : i64, heads = 4 : i64, keys = 256 : i64, scale = 0.5 : f32}
    : (tensor<?x16xf32>, !nn.cache<2x4>, !nn.batch, tensor<?xi32>) -> (tensor<?x16xf32>, tensor<?x4xf32>)
  // CHECK: nn.attention_merge %[[A]], %[[LA]] with %[[A]], %[[LA]] : tensor<?x16xf32>, tensor<?x4xf32>
  %m, %lm = nn.attention_merge %a, %la with %a, %la : tensor<?x16xf32>, tensor<?x4xf32>
  return %p, %m, %c : tensor<?x16xf32>, tensor<?x16xf32>, !nn.cache<2x4>
}

// Tests that a group prints its bindings and keeps its attributes.
// CHECK-LABEL: func @group
func.func @group(%x: tensor<?x8xf32>) -> tensor<?x4xf32> {
  %gamma = nn.param "gamma" : !nn.weight<8, f32>
  %w = nn.param "w" : !nn.weight<4x8, f32>
  // CHECK: %[[Y:.*]] = nn.group "norm_linear" (%[[A:.*]] = %{{.*}}, %[[B:.*]] = %{{.*}}, %[[M:.*]] = %{{.*}}) : (tensor<?x8xf32>, !nn.weight<8, f32>, !nn.weight<4x8, f32>) -> tensor<?x4xf32>
  // CHECK-SAME: attributes {nn.fuse = {reasons = ["because"]}}
  %y = nn.group "norm_linear" (%a = %x, %g = %gamma, %m = %w)
      : (tensor<?x8xf32>, !nn.weight<8, f32>, !nn.weight<4x8, f32>) -> (tensor<?x4xf32>) attributes {nn.fuse = {reasons = ["because"]}} {
    // CHECK: %[[N:.*]] = nn.rms_norm %[[A]], %[[B]]
    %n = nn.rms_norm %a, %g {eps = 0.0 : f32} : (tensor<?x8xf32>, !nn.weight<8, f32>) -> tensor<?x8xf32>
    // CHECK: %[[R:.*]] = nn.linear %[[N]], %[[M]]
    %r = nn.linear %n, %m : (tensor<?x8xf32>, !nn.weight<4x8, f32>) -> tensor<?x4xf32>
    // CHECK: nn.yield %[[R]] : tensor<?x4xf32>
    nn.yield %r : tensor<?x4xf32>
  }
  return %y : tensor<?x4xf32>
}
