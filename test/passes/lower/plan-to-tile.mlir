// RUN: sennit-opt %s --lower-nn-to-plan --lower-plan-to-tile --verify-lowering=level=tile | FileCheck %s

// A norm before linears is their prologue, encoded for block formats and kept as floats for others; gate and up meet in one
// section; a bias is loaded under the columns.
// CHECK-LABEL: tile.kernel @gate_up
// CHECK-SAME: !tile.view<40x32, q4_0, packed>
// CHECK-SAME: !tile.view<40x32, f16, packed>
// CHECK: %[[A:.*]]:2 = tile.prologue -> !tile.tile<?x32, q8, shared>, !tile.tile<?x32, f32, shared>
// CHECK: tile.reduce sum_squares
// CHECK: tile.encode
// CHECK: tile.columns %{{.*}} = 0 to 40 step 16
// CHECK: tile.contract %[[A]]#0
// CHECK: tile.contract %[[A]]#1
// CHECK: math.exp
// CHECK: tile.store

// Each result of a group is a section.
// CHECK-LABEL: tile.kernel @two
// CHECK: tile.columns %{{.*}} = 0 to 40 step 16
// CHECK: tile.columns %{{.*}} = 0 to 8 step 16
// CHECK: tile.load %{{.*}}[%{{.*}}] : !tile.view<8, f32, rows> -> !tile.tile<1x16, f32, reg>

// Rope goes head by head: keys into the cache, queries into their result.
// CHECK-LABEL: tile.kernel @rope_append
// CHECK: math.cos
// CHECK: math.sin
// CHECK: tile.for %[[H:.*]] = 0 to 2 step 1
// CHECK: tile.for

// CHECK-LABEL: tile.kernel @attention
// CHECK: tile.columns %{{.*}} = 0 to 1 step 1
// CHECK: tile.keys
// CHECK: tile.contract
// CHECK: tile.reduce max
// CHECK: tile.reduce sum
// CHECK: tile.contract {{.*}} valid

// CHECK-LABEL: plan.program @step
// CHECK: plan.node @gate_up
module {
  func.func @step(%tokens: tensor<?xi32>, %positions: tensor<?xi32>, %wanted: tensor<?xi32>, %batch: !nn.batch,
                  %cache: !nn.cache<1x4>, %x: tensor<?x32xf32>) -> (tensor<?x40xf32>, tensor<?x8xf32>, !nn.cache<1x4>) {
    %g = nn.param "g" : !nn.weight<32, f32>
    %w0 = nn.param "w0" : !nn.weight<40x32, q4_0>
    %w1 = nn.param "w1" : !nn.weight<40x32, f16>
    %w2 = nn.param "w2" : !nn.weight<8x32, f32>
    %b2 = nn.param "b2" : !nn.weight<8, f32>
    %w3 = nn.param "w3" : !nn.weight<8x4, f32>
    %a = nn.group "gate_up" (%i = %x, %n = %g, %u = %w0, %v = %w1) : (tensor<?x32xf32>, !nn.weight<32, f32>, !nn.weight<40x32, q4_0>, !nn.weight<40x32, f16>) -> (tensor<?x40xf32>) {
      %m = nn.rms_norm %i, %n {eps = 1.0e-5 : f32} : (tensor<?x32xf32>, !nn.weight<32, f32>) -> tensor<?x32xf32>
      %p = nn.linear %m, %u : (tensor<?x32xf32>, !nn.weight<40x32, q4_0>) -> tensor<?x40xf32>
      %q = nn.linear %m, %v : (tensor<?x32xf32>, !nn.weight<40x32, f16>) -> tensor<?x40xf32>
      %s = nn.silu %p : tensor<?x40xf32>
      %r = nn.mul %s, %q : tensor<?x40xf32>
      nn.yield %r : tensor<?x40xf32>
    }
    %c:2 = nn.group "two" (%i = %x, %u = %w0, %v = %w2, %w = %b2) : (tensor<?x32xf32>, !nn.weight<40x32, q4_0>, !nn.weight<8x32, f32>, !nn.weight<8, f32>) -> (tensor<?x40xf32>, tensor<?x8xf32>) {
      %p = nn.linear %i, %u : (tensor<?x32xf32>, !nn.weight<40x32, q4_0>) -> tensor<?x40xf32>
      %q = nn.linear %i, %v bias %w : (tensor<?x32xf32>, !nn.weight<8x32, f32>, !nn.weight<8, f32>) -> tensor<?x8xf32>
      nn.yield %p, %q : tensor<?x40xf32>, tensor<?x8xf32>
    }
    %k, %d = nn.group "rope_append" (%i = %cache, %q = %c#1, %t = %batch, %p = %positions, %m = %w3) : (!nn.cache<1x4>, tensor<?x8xf32>, !nn.batch, tensor<?xi32>, !nn.weight<8x4, f32>) -> (tensor<?x8xf32>, !nn.cache<1x4>) {
      %e = nn.rope %q, %p {frequencies = array<f32: 1.0, 0.01>, head_dim = 4 : i64, heads = 2 : i64, scale = 1.0 : f32} : (tensor<?x8xf32>, tensor<?xi32>) -> tensor<?x8xf32>
      %v = nn.embed %p, %m : (tensor<?xi32>, !nn.weight<8x4, f32>) -> tensor<?x4xf32>
      %f = nn.rope %v, %p {frequencies = array<f32: 1.0, 0.01>, head_dim = 4 : i64, heads = 1 : i64, scale = 1.0 : f32} : (tensor<?x4xf32>, tensor<?xi32>) -> tensor<?x4xf32>
      %r = nn.cache_append %i, %f, %v, %t : (!nn.cache<1x4>, tensor<?x4xf32>, tensor<?x4xf32>, !nn.batch) -> !nn.cache<1x4>
      nn.yield %e, %r : tensor<?x8xf32>, !nn.cache<1x4>
    }
    %h = nn.group "attention" (%q = %k, %i = %d, %t = %batch, %p = %positions) : (tensor<?x8xf32>, !nn.cache<1x4>, !nn.batch, tensor<?xi32>) -> (tensor<?x8xf32>) {
      %r = nn.attention generated %q, %i, %t, %p {heads = 2 : i64, scale = 0.5 : f32} : (tensor<?x8xf32>, !nn.cache<1x4>, !nn.batch, tensor<?xi32>) -> tensor<?x8xf32>
      nn.yield %r : tensor<?x8xf32>
    }
    return %a, %h, %d : tensor<?x40xf32>, tensor<?x8xf32>, !nn.cache<1x4>
  }
}
