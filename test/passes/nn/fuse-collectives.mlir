// RUN: sennit-opt %s --nn-verify-input --nn-fuse-groups --nn-verify-fused | FileCheck %s

// Tests that a collective is a group of its own, and that the residual sum stays out of the linear whose sum is pending,
// also where the pending sums of two linears are added up before they are reduced.
// CHECK-LABEL: func.func @step
// CHECK: nn.group "linear_silu"
// CHECK: nn.group "linear"
// CHECK: %[[D:.*]] = nn.group "linear_add"
// CHECK: %[[R:.*]] = nn.group "all_reduce" (%[[A:.*]] = %[[D]])
// CHECK-SAME: cut = ["edge nn.all_reduce -> nn.add cut: every rank's part must have arrived first"]
// CHECK-NEXT: nn.all_reduce %[[A]] over ["tp"] ranks 2
// CHECK-NEXT: nn.yield
// CHECK: nn.group "add" (%{{.*}} = %[[R]]
module attributes {nn.model = {context_length = 8 : i64, family = "hand", head_dim = 2 : i64, hidden_size = 4 : i64, kv_heads = 1 : i64, layers = 1 : i64, vocab_size = 8 : i64}} {
  func.func @step(%tokens: tensor<?xi32>, %positions: tensor<?xi32>, %wanted: tensor<?xi32>, %batch: !nn.batch, %cache: !nn.cache<1x2>)
      -> (tensor<?x8xf32>, !nn.cache<1x2>) {
    %embed = nn.param "embed" : !nn.weight<8x4, f32>
    %wk = nn.param "wk" : !nn.weight<2x4, f32>
    %wu = nn.param "wu" : !nn.weight<6x4, f32>
    %wd = nn.param "wd" : !nn.weight<4x6, f32>
    %we = nn.param "we" : !nn.weight<4x2, f32>
    %x = nn.embed %tokens, %embed : (tensor<?xi32>, !nn.weight<8x4, f32>) -> tensor<?x4xf32>
    %k = nn.linear %x, %wk : (tensor<?x4xf32>, !nn.weight<2x4, f32>) -> tensor<?x2xf32>
    %c = nn.cache_append %cache, %k, %k, %batch : (!nn.cache<1x2>, tensor<?x2xf32>, tensor<?x2xf32>, !nn.batch) -> !nn.cache<1x2>
    %u = nn.linear %x, %wu : (tensor<?x4xf32>, !nn.weight<6x4, f32>) -> tensor<?x6xf32>
    %s = nn.silu %u : tensor<?x6xf32>
    %e = nn.linear %k, %we : (tensor<?x2xf32>, !nn.weight<4x2, f32>) -> tensor<?x4xf32>
    %d = nn.linear %s, %wd : (tensor<?x6xf32>, !nn.weight<4x6, f32>) -> tensor<?x4xf32>
    %p = nn.add %e, %d : tensor<?x4xf32>
    %r = nn.all_reduce %p over ["tp"] ranks 2 bytes_per_row 16.0 : tensor<?x4xf32>
    %y = nn.add %r, %x : tensor<?x4xf32>
    %w = nn.gather_rows %y, %wanted : (tensor<?x4xf32>, tensor<?xi32>) -> tensor<?x4xf32>
    %l = nn.linear %w, %embed : (tensor<?x4xf32>, !nn.weight<8x4, f32>) -> tensor<?x8xf32>
    return %l, %c : tensor<?x8xf32>, !nn.cache<1x2>
  }
}
