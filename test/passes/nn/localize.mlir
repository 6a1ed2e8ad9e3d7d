// RUN: sennit-opt %S/Inputs/llama-block.mlir --nn-shard=layout=tp=4 --nn-insert-collectives --nn-localize --nn-verify-input | FileCheck %s --check-prefix=EVEN --implicit-check-not=nn.shard --implicit-check-not=nn.mesh
// RUN: sennit-opt %S/Inputs/llama-block.mlir --nn-shard='layout=tp=3 output=column' --nn-insert-collectives --nn-localize --nn-verify-input | FileCheck %s --check-prefix=ODD
// RUN: sennit-opt %S/Inputs/llama-block.mlir --nn-shard=layout=tp=8 --nn-insert-collectives --nn-localize --nn-verify-input | FileCheck %s --check-prefix=SHARED
// RUN: sennit-opt %s --nn-localize -split-input-file | FileCheck %s

// Tests even shares: two of 8 heads with their key head, 24 of 96 columns; kv_heads of the model is that of the rank.
// EVEN: kv_heads = 1 : i64
// EVEN: func.func @step({{.*}} !nn.cache<1x8>) -> (tensor<?x50xf32>, !nn.cache<1x8>)
// EVEN: nn.param "w_q0" : !nn.weight<16x64, f32>
// EVEN: nn.param "w_v0" : !nn.weight<8x64, f32>
// EVEN: nn.rope {{.*}} heads = 2 : i64, scale
// EVEN: nn.rope {{.*}} heads = 1 : i64, scale
// EVEN: nn.attention prompt {{.*}} {heads = 2 : i64, {{.*}} -> tensor<?x16xf32>
// EVEN: nn.param "w_o0" : !nn.weight<64x16, f32>
// EVEN: nn.all_reduce %{{.*}} over ["tp"] ranks 4 bytes_per_row 3.840000e+02 : tensor<?x64xf32>
// EVEN: nn.param "w_u0" : !nn.weight<24x64, f32>
// EVEN: nn.mul {{.*}} : tensor<?x24xf32>
// EVEN: nn.param "w_d0" : !nn.weight<64x24, f32>
// EVEN: nn.all_reduce

// Tests shares rounded up: 4 key heads on 3 ranks are 2 with their 4 heads, 64 columns are 22.
// ODD: kv_heads = 2 : i64
// ODD: nn.attention prompt {{.*}} {heads = 4 : i64, {{.*}} -> tensor<?x32xf32>
// ODD: nn.all_gather %{{.*}} over ["tp"] ranks 3 bytes_per_row 170.66666666666666 : (tensor<?x32xf32>) -> tensor<?x64xf32>
// ODD: nn.param "w_o0" : !nn.weight<22x64, f32>
// ODD: nn.all_gather %{{.*}} over ["tp"] ranks 3 bytes_per_row 170.66666666666666 : (tensor<?x22xf32>) -> tensor<?x64xf32>
// ODD: nn.param "w_d0" : !nn.weight<64x32, f32>

// Tests fewer key heads than ranks: two ranks share a key head, and each has one of its two heads.
// SHARED: kv_heads = 1 : i64
// SHARED: nn.param "w_q0" : !nn.weight<8x64, f32>
// SHARED: nn.param "w_k0" : !nn.weight<8x64, f32>
// SHARED: nn.attention prompt {{.*}} {heads = 1 : i64, {{.*}} -> tensor<?x8xf32>

// Tests 9 heads with 3 key heads on 4 ranks: whole groups, so one rank has none. A quantised reduction is cut between its
// blocks of 32 only: 3 heads of 32 elements are 3 blocks, 160 columns are 5.
// CHECK-LABEL: func.func @step
// CHECK: nn.param "wq" : !nn.weight<96x8, f32>
// CHECK: nn.cache_append {{.*}} -> !nn.cache<1x32>
// CHECK: nn.attention prompt {{.*}} {heads = 3 : i64
// CHECK: nn.param "wo" : !nn.weight<8x96, q8_0>
// CHECK: nn.param "wu" : !nn.weight<64x8, f32>
// CHECK: nn.param "bu" : !nn.weight<64, f32>
// CHECK: nn.param "wd" : !nn.weight<8x64, q4_1>
// CHECK: nn.param "bd" : !nn.weight<8, f32>
// CHECK: nn.linear {{.*}} : (tensor<?x64xf32>, !nn.weight<8x64, q4_1>, !nn.weight<8, f32>) -> tensor<?x8xf32>
module {
  nn.mesh @mesh axes ["tp"] sizes [4]
  func.func @step(%x: tensor<?x8xf32>, %positions: tensor<?xi32>, %batch: !nn.batch, %cache: !nn.cache<3x32> {nn.sharding = #nn.sharding<@mesh, [["tp"], []]>})
      -> (tensor<?x8xf32>, tensor<?x8xf32>, !nn.cache<3x32>) {
    %wq = nn.param "wq" {nn.shardings = [#nn.sharding<@mesh, [["tp"], []]>]} : !nn.weight<288x8, f32>
    %wk = nn.param "wk" {nn.shardings = [#nn.sharding<@mesh, [["tp"], []]>]} : !nn.weight<96x8, f32>
    %q = nn.linear %x, %wq {nn.shardings = [#nn.sharding<@mesh, [[], ["tp"]]>]} : (tensor<?x8xf32>, !nn.weight<288x8, f32>) -> tensor<?x288xf32>
    %k = nn.linear %x, %wk {nn.shardings = [#nn.sharding<@mesh, [[], ["tp"]]>]} : (tensor<?x8xf32>, !nn.weight<96x8, f32>) -> tensor<?x96xf32>
    %c = nn.cache_append %cache, %k, %k, %batch {nn.shardings = [#nn.sharding<@mesh, [["tp"], []]>]} : (!nn.cache<3x32>, tensor<?x96xf32>, tensor<?x96xf32>, !nn.batch) -> !nn.cache<3x32>
    %a = nn.attention prompt %q, %c, %batch, %positions {heads = 9 : i64, nn.shardings = [#nn.sharding<@mesh, [[], ["tp"]]>], scale = 0.5 : f32}
      : (tensor<?x288xf32>, !nn.cache<3x32>, !nn.batch, tensor<?xi32>) -> tensor<?x288xf32>
    %wo = nn.param "wo" {nn.shardings = [#nn.sharding<@mesh, [[], ["tp"]]>]} : !nn.weight<8x288, q8_0>
    %o = nn.linear %a, %wo {nn.shardings = [#nn.sharding<@mesh, [[], []], partial = ["tp"]>]} : (tensor<?x288xf32>, !nn.weight<8x288, q8_0>) -> tensor<?x8xf32>
    %or = nn.all_reduce %o over ["tp"] on @mesh bytes_per_row 48.0 : tensor<?x8xf32>
    %wu = nn.param "wu" {nn.shardings = [#nn.sharding<@mesh, [["tp"], []]>]} : !nn.weight<160x8, f32>
    %bu = nn.param "bu" {nn.shardings = [#nn.sharding<@mesh, [["tp"]]>]} : !nn.weight<160, f32>
    %u = nn.linear %x, %wu bias %bu {nn.shardings = [#nn.sharding<@mesh, [[], ["tp"]]>]} : (tensor<?x8xf32>, !nn.weight<160x8, f32>, !nn.weight<160, f32>) -> tensor<?x160xf32>
    %wd = nn.param "wd" {nn.shardings = [#nn.sharding<@mesh, [[], ["tp"]]>]} : !nn.weight<8x160, q4_1>
    %bd = nn.param "bd" {nn.shardings = [#nn.sharding<@mesh, [[]], partial = ["tp"]>]} : !nn.weight<8, f32>
    %d = nn.linear %u, %wd bias %bd {nn.shardings = [#nn.sharding<@mesh, [[], []], partial = ["tp"]>]} : (tensor<?x160xf32>, !nn.weight<8x160, q4_1>, !nn.weight<8, f32>) -> tensor<?x8xf32>
    %dr = nn.all_reduce %d over ["tp"] on @mesh bytes_per_row 48.0 : tensor<?x8xf32>
    return %or, %dr, %c : tensor<?x8xf32>, tensor<?x8xf32>, !nn.cache<3x32>
  }
}

// -----

// Tests heads of 48 elements before a quantised reduction: a rank needs two heads to end between blocks, so 3 of 4 ranks
// have all 6. The head axis of partial attention's sums follows, and so does a scattered sum.
// CHECK-LABEL: func.func @step
// CHECK: nn.attention_partial prompt {{.*}} heads = 2 : i64, {{.*}} -> (tensor<?x96xf32>, tensor<?x2xf32>)
// CHECK: nn.attention_merge {{.*}} : tensor<?x96xf32>, tensor<?x2xf32>
// CHECK: nn.reduce_scatter %{{.*}} over ["tp"] ranks 4 bytes_per_row 1.500000e+01 : (tensor<?x5xf32>) -> tensor<?x2xf32>
// CHECK: nn.silu {{.*}} : tensor<?x2xf32>
// CHECK: nn.all_gather %{{.*}} over ["tp"] ranks 4 bytes_per_row 1.500000e+01 : (tensor<?x2xf32>) -> tensor<?x5xf32>
module {
  nn.mesh @mesh axes ["tp"] sizes [4]
  func.func @step(%x: tensor<?x8xf32>, %positions: tensor<?xi32>, %batch: !nn.batch, %cache: !nn.cache<6x48> {nn.sharding = #nn.sharding<@mesh, [["tp"], []]>})
      -> (tensor<?x5xf32>, !nn.cache<6x48>) {
    %wq = nn.param "wq" {nn.shardings = [#nn.sharding<@mesh, [["tp"], []]>]} : !nn.weight<288x8, f32>
    %q = nn.linear %x, %wq {nn.shardings = [#nn.sharding<@mesh, [[], ["tp"]]>]} : (tensor<?x8xf32>, !nn.weight<288x8, f32>) -> tensor<?x288xf32>
    %c = nn.cache_append %cache, %q, %q, %batch {nn.shardings = [#nn.sharding<@mesh, [["tp"], []]>]} : (!nn.cache<6x48>, tensor<?x288xf32>, tensor<?x288xf32>, !nn.batch) -> !nn.cache<6x48>
    %a, %l = nn.attention_partial prompt %q, %c, %batch, %positions {first_key = 0 : i64, heads = 6 : i64, keys = 256 : i64, nn.shardings = [#nn.sharding<@mesh, [[], ["tp"]]>, #nn.sharding<@mesh, [[], ["tp"]]>], scale = 0.5 : f32}
      : (tensor<?x288xf32>, !nn.cache<6x48>, !nn.batch, tensor<?xi32>) -> (tensor<?x288xf32>, tensor<?x6xf32>)
    %m, %n = nn.attention_merge %a, %l with %a, %l {nn.shardings = [#nn.sharding<@mesh, [[], ["tp"]]>, #nn.sharding<@mesh, [[], ["tp"]]>]} : tensor<?x288xf32>, tensor<?x6xf32>
    %wo = nn.param "wo" {nn.shardings = [#nn.sharding<@mesh, [[], ["tp"]]>]} : !nn.weight<5x288, q8_0>
    %o = nn.linear %m, %wo {nn.shardings = [#nn.sharding<@mesh, [[], []], partial = ["tp"]>]} : (tensor<?x288xf32>, !nn.weight<5x288, q8_0>) -> tensor<?x5xf32>
    %s = nn.reduce_scatter %o over ["tp"] on @mesh bytes_per_row 15.0 {nn.shardings = [#nn.sharding<@mesh, [[], ["tp"]]>]} : (tensor<?x5xf32>) -> tensor<?x5xf32>
    %t = nn.silu %s {nn.shardings = [#nn.sharding<@mesh, [[], ["tp"]]>]} : tensor<?x5xf32>
    %g = nn.all_gather %t over ["tp"] on @mesh bytes_per_row 15.0 : (tensor<?x5xf32>) -> tensor<?x5xf32>
    return %g, %c : tensor<?x5xf32>, !nn.cache<6x48>
  }
}

// -----

// Tests that a module without a mesh is left as it is.
// CHECK-LABEL: func.func @step
// CHECK: nn.silu %{{.*}} : tensor<?x8xf32>
module {
  func.func @step(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
    %y = nn.silu %x : tensor<?x8xf32>
    return %y : tensor<?x8xf32>
  }
}
