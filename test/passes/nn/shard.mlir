// RUN: sennit-opt %S/Inputs/llama-block.mlir --nn-shard=layout=tp=4 | FileCheck %s --check-prefix=LLAMA
// RUN: sennit-opt %S/Inputs/llama-block.mlir --nn-shard='layout=tp=4 output=column' | FileCheck %s --check-prefix=COLUMN
// RUN: sennit-opt %S/Inputs/gpt2-block.mlir --nn-shard=layout=tp=4 | FileCheck %s --check-prefix=GPT2
// RUN: sennit-opt %S/Inputs/parallel-block.mlir --nn-shard=layout=tp=4 | FileCheck %s --check-prefix=PARALLEL
// RUN: sennit-opt %s --nn-shard=layout=tp=2 -split-input-file | FileCheck %s
// RUN: sennit-opt %s --nn-shard=layout=tp=1 -split-input-file | FileCheck %s --check-prefix=ONE --implicit-check-not=nn.shard --implicit-check-not=nn.mesh
// RUN: sennit-opt %s --nn-shard -split-input-file | FileCheck %s --check-prefix=ONE --implicit-check-not=nn.shard --implicit-check-not=nn.mesh

// Tests the two seed rules: q, k and v by heads and the linear behind attention by its reduction, gate and up by columns and
// down by its reduction. Embedding, norms, residual and head are whole.
// LLAMA: nn.mesh @mesh axes ["tp"] sizes [4]
// LLAMA-LABEL: func.func @step
// LLAMA-SAME: !nn.cache<4x8> {nn.sharding = #nn.sharding<@mesh, {{\[\[}}"tp"], []]>}
// LLAMA: nn.param "embed" :
// LLAMA: nn.embed %{{[^ ]*}}, %{{[^ ]*}} :
// LLAMA: nn.rms_norm %{{[^ ]*}}, %{{[^ ]*}} {eps = {{[^ ]*}} : f32} :
// LLAMA: nn.param "w_q0" {nn.shardings = [#nn.sharding<@mesh, {{\[\[}}"tp"], []]>]}
// LLAMA: nn.linear {{.*}} {nn.shardings = [#nn.sharding<@mesh, {{\[\[}}], ["tp"]]>]}
// LLAMA: nn.param "w_k0" {nn.shardings = [#nn.sharding<@mesh, {{\[\[}}"tp"], []]>]}
// LLAMA: nn.param "w_v0" {nn.shardings = [#nn.sharding<@mesh, {{\[\[}}"tp"], []]>]}
// LLAMA: nn.rope {{.*}} nn.shardings = [#nn.sharding<@mesh, {{\[\[}}], ["tp"]]>]
// LLAMA: nn.cache_append {{.*}} {nn.shardings = [#nn.sharding<@mesh, {{\[\[}}"tp"], []]>]}
// LLAMA: nn.attention generated {{.*}} nn.shardings = [#nn.sharding<@mesh, {{\[\[}}], ["tp"]]>]
// LLAMA: nn.attention prompt {{.*}} nn.shardings = [#nn.sharding<@mesh, {{\[\[}}], ["tp"]]>]
// LLAMA: nn.param "w_o0" {nn.shardings = [#nn.sharding<@mesh, {{\[\[}}], ["tp"]]>]}
// LLAMA: nn.linear {{.*}} {nn.shardings = [#nn.sharding<@mesh, {{\[\[}}], []], partial = ["tp"]>]}
// LLAMA: nn.add %{{[^ ]*}}, %{{[^ ]*}} :
// LLAMA: nn.param "w_ga0" {nn.shardings = [#nn.sharding<@mesh, {{\[\[}}"tp"], []]>]}
// LLAMA: nn.param "w_u0" {nn.shardings = [#nn.sharding<@mesh, {{\[\[}}"tp"], []]>]}
// LLAMA: nn.silu {{.*}} {nn.shardings = [#nn.sharding<@mesh, {{\[\[}}], ["tp"]]>]}
// LLAMA: nn.mul {{.*}} {nn.shardings = [#nn.sharding<@mesh, {{\[\[}}], ["tp"]]>]}
// LLAMA: nn.param "w_d0" {nn.shardings = [#nn.sharding<@mesh, {{\[\[}}], ["tp"]]>]}
// LLAMA: nn.linear {{.*}} {nn.shardings = [#nn.sharding<@mesh, {{\[\[}}], []], partial = ["tp"]>]}
// LLAMA-NOT: nn.shardings

// Tests that the linear behind attention splits its output features instead, and the feed-forward is as before.
// COLUMN: nn.param "w_o0" {nn.shardings = [#nn.sharding<@mesh, {{\[\[}}"tp"], []]>]}
// COLUMN: nn.linear {{.*}} {nn.shardings = [#nn.sharding<@mesh, {{\[\[}}], ["tp"]]>]}
// COLUMN: nn.add %{{[^ ]*}}, %{{[^ ]*}} :
// COLUMN: nn.param "w_d0" {nn.shardings = [#nn.sharding<@mesh, {{\[\[}}], ["tp"]]>]}

// Tests biases: split with the output features, a summand of the pending sum otherwise.
// GPT2: nn.param "b_q0" {nn.shardings = [#nn.sharding<@mesh, {{\[\[}}"tp"]]>]}
// GPT2: nn.param "b_o0" {nn.shardings = [#nn.sharding<@mesh, {{\[\[}}]], partial = ["tp"]>]}
// GPT2: nn.param "b_u0" {nn.shardings = [#nn.sharding<@mesh, {{\[\[}}"tp"]]>]}
// GPT2: nn.gelu {{.*}} {nn.shardings = [#nn.sharding<@mesh, {{\[\[}}], ["tp"]]>]}
// GPT2: nn.param "b_d0" {nn.shardings = [#nn.sharding<@mesh, {{\[\[}}]], partial = ["tp"]>]}

// Tests that the sum of two pending sums is pending, and the residual sum is not.
// PARALLEL: nn.param "w_d0"
// PARALLEL: nn.add %{{[^ ]*}}, %{{[^ ]*}} {nn.shardings = [#nn.sharding<@mesh, {{\[\[}}], []], partial = ["tp"]>]}
// PARALLEL-NEXT: nn.add %{{[^ ]*}}, %{{[^ ]*}} :

// Tests that a chain of five linears alternates, and the fifth, which no other takes apart again, is whole. What is needed
// by someone else as well is reduced, so the gathered rows are whole.
// CHECK-LABEL: func.func @step
// CHECK: nn.param "w1" {nn.shardings = [#nn.sharding<@mesh, {{\[\[}}"tp"], []]>]}
// CHECK: nn.param "w2" {nn.shardings = [#nn.sharding<@mesh, {{\[\[}}], ["tp"]]>]}
// CHECK: nn.param "w3" {nn.shardings = [#nn.sharding<@mesh, {{\[\[}}"tp"], []]>]}
// CHECK: nn.param "w4" {nn.shardings = [#nn.sharding<@mesh, {{\[\[}}], ["tp"]]>]}
// CHECK: nn.param "w5" :
// CHECK: nn.linear {{.*}} {nn.shardings = [#nn.sharding<@mesh, {{\[\[}}], []], partial = ["tp"]>]}
// CHECK: nn.gather_rows %{{[^ ]*}}, %{{[^ ]*}} :
// CHECK: nn.linear %{{[^ ]*}}, %{{[^ ]*}} :
// CHECK: return
// ONE-LABEL: func.func @step
func.func @step(%x: tensor<?x6xf32>, %rows: tensor<?xi32>) -> (tensor<?x6xf32>, tensor<?x6xf32>) {
  %w1 = nn.param "w1" : !nn.weight<6x6, f32>
  %w2 = nn.param "w2" : !nn.weight<6x6, f32>
  %w3 = nn.param "w3" : !nn.weight<6x6, f32>
  %w4 = nn.param "w4" : !nn.weight<6x6, f32>
  %w5 = nn.param "w5" : !nn.weight<6x6, f32>
  %1 = nn.linear %x, %w1 : (tensor<?x6xf32>, !nn.weight<6x6, f32>) -> tensor<?x6xf32>
  %2 = nn.silu %1 : tensor<?x6xf32>
  %3 = nn.linear %2, %w2 : (tensor<?x6xf32>, !nn.weight<6x6, f32>) -> tensor<?x6xf32>
  %4 = nn.linear %3, %w3 : (tensor<?x6xf32>, !nn.weight<6x6, f32>) -> tensor<?x6xf32>
  %5 = nn.linear %4, %w4 : (tensor<?x6xf32>, !nn.weight<6x6, f32>) -> tensor<?x6xf32>
  %6 = nn.gather_rows %5, %rows : (tensor<?x6xf32>, tensor<?xi32>) -> tensor<?x6xf32>
  %7 = nn.linear %5, %w5 : (tensor<?x6xf32>, !nn.weight<6x6, f32>) -> tensor<?x6xf32>
  return %6, %7 : tensor<?x6xf32>, tensor<?x6xf32>
}

// -----

// Tests that a chain with a user that needs all columns stays whole, also where another user would do, and that a weight
// with two users is split only as both can take it: w3 is taken apart by columns and by its reduction.
// CHECK-LABEL: func.func @step
// CHECK-NOT: nn.shardings
// CHECK: return
// ONE-LABEL: func.func @step
func.func @step(%x: tensor<?x6xf32>) -> (tensor<?x6xf32>, tensor<?x6xf32>, tensor<?x6xf32>) {
  %w1 = nn.param "w1" : !nn.weight<6x6, f32>
  %w2 = nn.param "w2" : !nn.weight<6x6, f32>
  %w3 = nn.param "w3" : !nn.weight<6x6, f32>
  %1 = nn.linear %x, %w1 : (tensor<?x6xf32>, !nn.weight<6x6, f32>) -> tensor<?x6xf32>
  %2 = nn.softmax %1 : tensor<?x6xf32>
  %3 = nn.linear %1, %w2 : (tensor<?x6xf32>, !nn.weight<6x6, f32>) -> tensor<?x6xf32>
  %4 = nn.linear %x, %w3 : (tensor<?x6xf32>, !nn.weight<6x6, f32>) -> tensor<?x6xf32>
  %5 = nn.linear %4, %w3 : (tensor<?x6xf32>, !nn.weight<6x6, f32>) -> tensor<?x6xf32>
  return %2, %3, %5 : tensor<?x6xf32>, tensor<?x6xf32>, tensor<?x6xf32>
}

// -----

// Tests attention without a linear behind it: its heads are split, and its result is gathered where it is needed.
// CHECK-LABEL: func.func @step
// CHECK: nn.attention prompt {{.*}} nn.shardings = [#nn.sharding<@mesh, {{\[\[}}], ["tp"]]>]
// CHECK-NEXT: nn.softmax %{{[^ ]*}} :
// ONE-LABEL: func.func @step
func.func @step(%x: tensor<?x6xf32>, %positions: tensor<?xi32>, %batch: !nn.batch, %cache: !nn.cache<2x3>) -> (tensor<?x6xf32>, !nn.cache<2x3>) {
  %w = nn.param "w" : !nn.weight<6x6, f32>
  %q = nn.linear %x, %w : (tensor<?x6xf32>, !nn.weight<6x6, f32>) -> tensor<?x6xf32>
  %c = nn.cache_append %cache, %q, %q, %batch : (!nn.cache<2x3>, tensor<?x6xf32>, tensor<?x6xf32>, !nn.batch) -> !nn.cache<2x3>
  %a = nn.attention prompt %q, %c, %batch, %positions {heads = 2 : i64, scale = 0.5 : f32} : (tensor<?x6xf32>, !nn.cache<2x3>, !nn.batch, tensor<?xi32>) -> tensor<?x6xf32>
  %s = nn.softmax %a : tensor<?x6xf32>
  return %s, %c : tensor<?x6xf32>, !nn.cache<2x3>
}

// -----

// Tests that attention stays whole where its keys do not come from something that splits by heads: here from a norm.
// CHECK-LABEL: func.func @step
// CHECK-NOT: nn.shard
// ONE-LABEL: func.func @step
func.func @step(%x: tensor<?x6xf32>, %positions: tensor<?xi32>, %batch: !nn.batch, %cache: !nn.cache<2x3>) -> (tensor<?x6xf32>, !nn.cache<2x3>) {
  %w = nn.param "w" : !nn.weight<6x6, f32>
  %q = nn.linear %x, %w : (tensor<?x6xf32>, !nn.weight<6x6, f32>) -> tensor<?x6xf32>
  %k = nn.softmax %q : tensor<?x6xf32>
  %c = nn.cache_append %cache, %k, %k, %batch : (!nn.cache<2x3>, tensor<?x6xf32>, tensor<?x6xf32>, !nn.batch) -> !nn.cache<2x3>
  %a = nn.attention prompt %x, %c, %batch, %positions {heads = 2 : i64, scale = 0.5 : f32} : (tensor<?x6xf32>, !nn.cache<2x3>, !nn.batch, tensor<?xi32>) -> tensor<?x6xf32>
  return %a, %c : tensor<?x6xf32>, !nn.cache<2x3>
}
