// RUN: sennit-opt %s --nn-fuse-groups --nn-verify-fused -split-input-file | FileCheck %s
// RUN: sennit-opt %s --nn-fuse-groups="target=%S/Inputs/bare.json" --nn-verify-fused -split-input-file | FileCheck %s --check-prefix=BARE
// RUN: sennit-opt %s --nn-fuse-groups="target=%S/Inputs/small.json" --nn-verify-fused -split-input-file | FileCheck %s --check-prefix=SMALL
// RUN: sennit-opt %s --nn-fuse-groups="target=%S/Inputs/many-cores.json" --nn-verify-fused -split-input-file | FileCheck %s --check-prefix=MANY
// RUN: sennit-opt %s --nn-fuse-groups --nn-fuse-groups --nn-verify-fused -split-input-file | FileCheck %s

// Tests a whole llama layer: which ops share a group, and that the report says why the others do not.
// CHECK-LABEL: module attributes
// CHECK-SAME: "edge nn.linear -> nn.rope cut: a linear's columns are done in parts, and nn.rope needs whole rows or heads (2 times)"
// CHECK-SAME: "edge nn.cache_append -> nn.attention cut: attention reads keys that other rows of the step wrote (2 times)"
// CHECK: func.func @step
// CHECK: nn.group "embed"{{.*}}
// CHECK: nn.group "norm_linear"
// CHECK-SAME: bytes_saved_per_row = 1024
// CHECK-SAME: fused = ["edge nn.rms_norm -> nn.linear fused"]{{.*}}
// CHECK-NEXT: %[[NORM:.*]] = nn.rms_norm
// CHECK-NEXT: %[[Q:.*]] = nn.linear %[[NORM]]
// CHECK-NEXT: %[[K:.*]] = nn.linear %[[NORM]]
// CHECK-NEXT: %[[V:.*]] = nn.linear %[[NORM]]
// CHECK-NEXT: nn.yield %[[Q]], %[[K]], %[[V]]
// CHECK: nn.group "rope_append"{{.*}}
// CHECK-NEXT: nn.rope
// CHECK-NEXT: nn.rope
// CHECK-NEXT: nn.cache_append
// CHECK-NEXT: nn.yield
// CHECK: %[[G:.*]] = nn.group "attention_generated"
// CHECK: nn.group "attention_prompt" ({{.*}} = %[[G]]){{.*}}
// CHECK: nn.group "linear_add"{{.*}}
// CHECK-NEXT: nn.linear
// CHECK-NEXT: nn.add
// CHECK-NEXT: nn.yield
// CHECK: nn.group "norm_linear_silu_mul"{{.*}}
// CHECK-NEXT: nn.rms_norm
// CHECK-NEXT: %[[GATE:.*]] = nn.linear
// CHECK-NEXT: %[[UP:.*]] = nn.linear
// CHECK-NEXT: %[[SILU:.*]] = nn.silu %[[GATE]]
// CHECK-NEXT: %[[H:.*]] = nn.mul %[[SILU]], %[[UP]]
// CHECK-NEXT: nn.yield %[[H]]
// CHECK: nn.group "linear_add"{{.*}}
// CHECK: nn.group "gather_norm_linear"{{.*}}
// CHECK-NEXT: nn.gather_rows
// CHECK-NEXT: nn.rms_norm
// CHECK-NEXT: nn.linear
// CHECK-NEXT: nn.yield
// CHECK-NEXT: }
// CHECK-NEXT: return

// Tests that a target which absorbs nothing gets a group for each op, and that the report names the target.
// BARE-LABEL: module attributes
// BARE-SAME: "edge nn.rms_norm -> nn.linear cut: target bare does not absorb prologue rms_norm (6 times)"
// BARE-SAME: "edge nn.rope -> nn.cache_append cut: target bare does not absorb before cache_append rope (1 times)"
// BARE-SAME: "edge nn.linear -> nn.silu cut: target bare does not absorb epilogue silu (1 times)"
// BARE: func.func @step
// BARE: nn.group "norm"{{.*}}
// BARE-NEXT: nn.rms_norm
// BARE-NEXT: nn.yield
// BARE: nn.group "linear"{{.*}}
// BARE-NEXT: nn.linear
// BARE-NEXT: nn.yield

// Tests that a prologue whose rows do not fit on chip is cut.
// SMALL-LABEL: module attributes
// SMALL-SAME: "edge nn.rms_norm -> nn.linear cut: 4 rows take 1024 bytes, more than the 1000 on chip (6 times)"

func.func @step(%tokens: tensor<?xi32>, %positions: tensor<?xi32>, %wanted: tensor<?xi32>, %batch: !nn.batch, %cache: !nn.cache<2x16>)
    -> (tensor<?x131xf32>, !nn.cache<2x16>) {
  %embed = nn.param "embed" : !nn.weight<131x64, q8_0>
  %g0 = nn.param "g0" : !nn.weight<64, f32>
  %wq = nn.param "wq" : !nn.weight<64x64, q4_1>
  %wk = nn.param "wk" : !nn.weight<32x64, q4_1>
  %wv = nn.param "wv" : !nn.weight<32x64, q8_0>
  %wo = nn.param "wo" : !nn.weight<64x64, q4_1>
  %g1 = nn.param "g1" : !nn.weight<64, f32>
  %wg = nn.param "wg" : !nn.weight<96x64, q4_1>
  %wu = nn.param "wu" : !nn.weight<96x64, q4_1>
  %wd = nn.param "wd" : !nn.weight<64x96, q4_1>
  %g2 = nn.param "g2" : !nn.weight<64, f32>
  %x = nn.embed %tokens, %embed : (tensor<?xi32>, !nn.weight<131x64, q8_0>) -> tensor<?x64xf32>
  %n = nn.rms_norm %x, %g0 {eps = 1.0e-5 : f32} : (tensor<?x64xf32>, !nn.weight<64, f32>) -> tensor<?x64xf32>
  %q = nn.linear %n, %wq : (tensor<?x64xf32>, !nn.weight<64x64, q4_1>) -> tensor<?x64xf32>
  %k = nn.linear %n, %wk : (tensor<?x64xf32>, !nn.weight<32x64, q4_1>) -> tensor<?x32xf32>
  %v = nn.linear %n, %wv : (tensor<?x64xf32>, !nn.weight<32x64, q8_0>) -> tensor<?x32xf32>
  %qr = nn.rope %q, %positions {frequencies = array<f32: 1.0, 0.1>, head_dim = 16 : i64, heads = 4 : i64, scale = 1.0 : f32}
    : (tensor<?x64xf32>, tensor<?xi32>) -> tensor<?x64xf32>
  %kr = nn.rope %k, %positions {frequencies = array<f32: 1.0, 0.1>, head_dim = 16 : i64, heads = 2 : i64, scale = 1.0 : f32}
    : (tensor<?x32xf32>, tensor<?xi32>) -> tensor<?x32xf32>
  %c = nn.cache_append %cache, %kr, %v, %batch : (!nn.cache<2x16>, tensor<?x32xf32>, tensor<?x32xf32>, !nn.batch) -> !nn.cache<2x16>
  %ag = nn.attention generated %qr, %c, %batch, %positions {heads = 4 : i64, scale = 0.25 : f32}
    : (tensor<?x64xf32>, !nn.cache<2x16>, !nn.batch, tensor<?xi32>) -> tensor<?x64xf32>
  %ap = nn.attention prompt %qr, %c, %batch, %positions into %ag {heads = 4 : i64, scale = 0.25 : f32}
    : (tensor<?x64xf32>, !nn.cache<2x16>, !nn.batch, tensor<?xi32>, tensor<?x64xf32>) -> tensor<?x64xf32>
  %o = nn.linear %ap, %wo : (tensor<?x64xf32>, !nn.weight<64x64, q4_1>) -> tensor<?x64xf32>
  %m = nn.add %x, %o : tensor<?x64xf32>
  %n1 = nn.rms_norm %m, %g1 {eps = 1.0e-5 : f32} : (tensor<?x64xf32>, !nn.weight<64, f32>) -> tensor<?x64xf32>
  %gate = nn.linear %n1, %wg : (tensor<?x64xf32>, !nn.weight<96x64, q4_1>) -> tensor<?x96xf32>
  %up = nn.linear %n1, %wu : (tensor<?x64xf32>, !nn.weight<96x64, q4_1>) -> tensor<?x96xf32>
  %s = nn.silu %gate : tensor<?x96xf32>
  %h = nn.mul %s, %up : tensor<?x96xf32>
  %d = nn.linear %h, %wd : (tensor<?x96xf32>, !nn.weight<64x96, q4_1>) -> tensor<?x64xf32>
  %y = nn.add %m, %d : tensor<?x64xf32>
  %w = nn.gather_rows %y, %wanted : (tensor<?x64xf32>, tensor<?xi32>) -> tensor<?x64xf32>
  %n2 = nn.rms_norm %w, %g2 {eps = 1.0e-5 : f32} : (tensor<?x64xf32>, !nn.weight<64, f32>) -> tensor<?x64xf32>
  %l = nn.linear %n2, %embed : (tensor<?x64xf32>, !nn.weight<131x64, q8_0>) -> tensor<?x131xf32>
  return %l, %c : tensor<?x131xf32>, !nn.cache<2x16>
}

// -----

// Tests the ops of gpt2: embeddings with their sum, a cache without rope, biases and gelu.
// CHECK-LABEL: module attributes
// CHECK: func.func @step
// CHECK: nn.group "embed_add"{{.*}}
// CHECK-NEXT: nn.embed
// CHECK-NEXT: nn.embed
// CHECK-NEXT: nn.add
// CHECK-NEXT: nn.yield
// CHECK: nn.group "append"{{.*}}
// CHECK-NEXT: nn.cache_append
// CHECK-NEXT: nn.yield
// CHECK: nn.group "norm_linear_gelu"{{.*}}
// CHECK-NEXT: nn.layer_norm
// CHECK-NEXT: nn.linear {{.*}} bias
// CHECK-NEXT: nn.gelu tanh
// CHECK-NEXT: nn.yield
// BARE-LABEL: module attributes
// BARE: func.func @step
// BARE: nn.group "add"{{.*}}
func.func @step(%tokens: tensor<?xi32>, %positions: tensor<?xi32>, %wanted: tensor<?xi32>, %batch: !nn.batch, %cache: !nn.cache<1x8>)
    -> (tensor<?x16xf32>, !nn.cache<1x8>) {
  %wte = nn.param "wte" : !nn.weight<9x8, f32>
  %wpe = nn.param "wpe" : !nn.weight<32x8, f32>
  %g = nn.param "g" : !nn.weight<8, f32>
  %b = nn.param "b" : !nn.weight<8, f32>
  %w = nn.param "w" : !nn.weight<16x8, f32>
  %wb = nn.param "wb" : !nn.weight<16, f32>
  %t = nn.embed %tokens, %wte : (tensor<?xi32>, !nn.weight<9x8, f32>) -> tensor<?x8xf32>
  %p = nn.embed %positions, %wpe : (tensor<?xi32>, !nn.weight<32x8, f32>) -> tensor<?x8xf32>
  %x = nn.add %t, %p : tensor<?x8xf32>
  %c = nn.cache_append %cache, %x, %x, %batch : (!nn.cache<1x8>, tensor<?x8xf32>, tensor<?x8xf32>, !nn.batch) -> !nn.cache<1x8>
  %n = nn.layer_norm %x, %g, %b {eps = 1.0e-5 : f32} : (tensor<?x8xf32>, !nn.weight<8, f32>, !nn.weight<8, f32>) -> tensor<?x8xf32>
  %f = nn.linear %n, %w bias %wb : (tensor<?x8xf32>, !nn.weight<16x8, f32>, !nn.weight<16, f32>) -> tensor<?x16xf32>
  %a = nn.gelu tanh %f : tensor<?x16xf32>
  return %a, %c : tensor<?x16xf32>, !nn.cache<1x8>
}

// -----

// Tests that a value which others need is not hidden in a group: neither a norm that the residual takes too, nor a linear
// that is a result, nor a norm that the linear's own epilogue reads.
// CHECK-LABEL: module attributes
// CHECK-SAME: "edge nn.rms_norm -> nn.linear cut: nn.add needs the value too (1 times)"
// CHECK-SAME: "edge nn.linear -> nn.silu cut: the value is a result of @step (1 times)"
// CHECK: func.func @step
// CHECK: nn.group "norm"{{.*}}
// CHECK: nn.group "linear_add"{{.*}}
// CHECK: nn.group "linear"{{.*}}
// CHECK: nn.group "silu"{{.*}}
func.func @step(%x: tensor<?x8xf32>) -> (tensor<?x8xf32>, tensor<?x8xf32>) {
  %g = nn.param "g" : !nn.weight<8, f32>
  %w = nn.param "w" : !nn.weight<8x8, f32>
  %v = nn.param "v" : !nn.weight<8x8, f32>
  %n = nn.rms_norm %x, %g {eps = 1.0e-5 : f32} : (tensor<?x8xf32>, !nn.weight<8, f32>) -> tensor<?x8xf32>
  %y = nn.linear %n, %w : (tensor<?x8xf32>, !nn.weight<8x8, f32>) -> tensor<?x8xf32>
  %z = nn.add %n, %y : tensor<?x8xf32>
  %u = nn.linear %z, %v : (tensor<?x8xf32>, !nn.weight<8x8, f32>) -> tensor<?x8xf32>
  %s = nn.silu %u : tensor<?x8xf32>
  return %u, %s : tensor<?x8xf32>, tensor<?x8xf32>
}

// -----

// Tests that no cycle arises: the second operand of the sum depends on the first linear through an op that stays outside,
// so the sum joins the second linear.
// CHECK-LABEL: module attributes
// CHECK: func.func @step
// CHECK: %[[A:.*]] = nn.group "linear"{{.*}}
// CHECK: %[[S:.*]] = nn.group "softmax_linear_add" ({{.*}} = %[[A]]
func.func @step(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %w = nn.param "w" : !nn.weight<8x8, f32>
  %v = nn.param "v" : !nn.weight<8x8, f32>
  %a = nn.linear %x, %w : (tensor<?x8xf32>, !nn.weight<8x8, f32>) -> tensor<?x8xf32>
  %s = nn.softmax %a : tensor<?x8xf32>
  %b = nn.linear %s, %v : (tensor<?x8xf32>, !nn.weight<8x8, f32>) -> tensor<?x8xf32>
  %y = nn.add %a, %b : tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// -----

// Tests that siblings with an op of the first between them in program order are put in an order that holds, and that dead
// ops and parameters go.
// CHECK-LABEL: module attributes
// CHECK: func.func @step
// CHECK-NOT: "dead"
// CHECK: nn.group "linear_silu" {{.*}} -> (tensor<?x8xf32>, tensor<?x8xf32>){{.*}}
// CHECK-NEXT: nn.linear
// CHECK-NEXT: nn.silu
// CHECK-NEXT: nn.linear
// CHECK-NEXT: nn.yield
// CHECK-NOT: nn.group
func.func @step(%x: tensor<?x8xf32>) -> (tensor<?x8xf32>, tensor<?x8xf32>) {
  %w = nn.param "w" : !nn.weight<8x8, f32>
  %v = nn.param "v" : !nn.weight<8x8, f32>
  %d = nn.param "dead" : !nn.weight<8x8, f32>
  %dead = nn.linear %x, %d : (tensor<?x8xf32>, !nn.weight<8x8, f32>) -> tensor<?x8xf32>
  %a = nn.linear %x, %w : (tensor<?x8xf32>, !nn.weight<8x8, f32>) -> tensor<?x8xf32>
  %s = nn.silu %a : tensor<?x8xf32>
  %b = nn.linear %x, %v : (tensor<?x8xf32>, !nn.weight<8x8, f32>) -> tensor<?x8xf32>
  return %s, %b : tensor<?x8xf32>, tensor<?x8xf32>
}

// -----

// Tests that a group which stands already keeps its ops and its attributes.
// CHECK-LABEL: module attributes
// CHECK: func.func @step
// CHECK: nn.group "mine" {{.*}} attributes {nn.fuse = {note = "by hand"}}
// CHECK-NEXT: nn.silu
// CHECK-NEXT: nn.yield
// CHECK: nn.group "linear"{{.*}}
func.func @step(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %w = nn.param "w" : !nn.weight<8x8, f32>
  %s = nn.group "mine" (%a = %x) : (tensor<?x8xf32>) -> tensor<?x8xf32> attributes {nn.fuse = {note = "by hand"}} {
    %b = nn.silu %a : tensor<?x8xf32>
    nn.yield %b : tensor<?x8xf32>
  }
  %y = nn.linear %s, %w : (tensor<?x8xf32>, !nn.weight<8x8, f32>) -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// -----

// Tests that a prologue is cut where so many cores would repeat it that moving its result is cheaper: 8 columns of 15 flops
// at 103 GFLOP/s, or a 64th of that and 64 bytes at 200 GB/s.
// CHECK-LABEL: module attributes
// CHECK: nn.group "silu_linear"
// MANY: "edge nn.silu -> nn.linear cut: done by every core it costs 1.17 ns a row, done once and moved 0.34 ns (1 times)"
// MANY: nn.group "silu"
func.func @step(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %w = nn.param "w" : !nn.weight<8x8, f32>
  %s = nn.silu %x : tensor<?x8xf32>
  %y = nn.linear %s, %w : (tensor<?x8xf32>, !nn.weight<8x8, f32>) -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}
