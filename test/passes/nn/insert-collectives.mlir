// RUN: sennit-opt %s --nn-insert-collectives --nn-verify-collectives -split-input-file -verify-diagnostics | FileCheck %s

// Tests each repair, behind the definition and shared by all uses with the same need: one all-reduce for two readers, and a
// reduce-scatter behind it for a reader of columns; one all-gather for a reader and the return.
// CHECK-LABEL: func @step
// CHECK: %[[D:.*]] = nn.linear {{.*}} partial = ["tp"]
// CHECK-NEXT: %[[R:.*]] = nn.all_reduce %[[D]] over ["tp"] on @mesh bytes_per_row 3.200000e+01 : tensor<?x6xf32>
// CHECK-NEXT: %[[S:.*]] = nn.reduce_scatter %[[D]] over ["tp"] on @mesh bytes_per_row 1.600000e+01 {nn.shardings = [#nn.sharding<@mesh, {{\[\[}}], ["tp"]]>]}
// CHECK-NEXT: nn.softmax %[[R]]
// CHECK-NEXT: nn.silu %[[R]]
// CHECK-NEXT: %[[C:.*]] = nn.silu %[[S]]
// CHECK-NEXT: %[[G:.*]] = nn.all_gather %[[C]] over ["tp"] on @mesh bytes_per_row 1.600000e+01 : (tensor<?x6xf32>) -> tensor<?x6xf32>
// CHECK-NEXT: nn.softmax %[[G]]
// CHECK-NEXT: nn.silu %[[C]]
// CHECK: return %{{.*}}, %{{.*}}, %{{.*}}, %[[G]]
nn.mesh @mesh axes ["tp"] sizes [3]
func.func @step(%x: tensor<?x6xf32>) -> (tensor<?x6xf32>, tensor<?x6xf32>, tensor<?x6xf32>, tensor<?x6xf32>) {
  %w1 = nn.param "w1" {nn.shardings = [#nn.sharding<@mesh, [["tp"], []]>]} : !nn.weight<6x6, f32>
  %w2 = nn.param "w2" {nn.shardings = [#nn.sharding<@mesh, [[], ["tp"]]>]} : !nn.weight<6x6, f32>
  %u = nn.linear %x, %w1 {nn.shardings = [#nn.sharding<@mesh, [[], ["tp"]]>]} : (tensor<?x6xf32>, !nn.weight<6x6, f32>) -> tensor<?x6xf32>
  %d = nn.linear %u, %w2 {nn.shardings = [#nn.sharding<@mesh, [[], []], partial = ["tp"]>]} : (tensor<?x6xf32>, !nn.weight<6x6, f32>) -> tensor<?x6xf32>
  %1 = nn.softmax %d : tensor<?x6xf32>
  %2 = nn.silu %d : tensor<?x6xf32>
  %3 = nn.silu %d {nn.shardings = [#nn.sharding<@mesh, [[], ["tp"]]>]} : tensor<?x6xf32>
  %4 = nn.softmax %3 : tensor<?x6xf32>
  %5 = nn.silu %3 {nn.shardings = [#nn.sharding<@mesh, [[], ["tp"]]>]} : tensor<?x6xf32>
  %6 = nn.linear %5, %w2 {nn.shardings = [#nn.sharding<@mesh, [[], []], partial = ["tp"]>]} : (tensor<?x6xf32>, !nn.weight<6x6, f32>) -> tensor<?x6xf32>
  %7 = nn.softmax %6 : tensor<?x6xf32>
  %8 = nn.add %4, %7 : tensor<?x6xf32>
  return %1, %2, %8, %3 : tensor<?x6xf32>, tensor<?x6xf32>, tensor<?x6xf32>, tensor<?x6xf32>
}

// -----

// Tests two axes: what is pending along one and split along the other is repaired along each, and no other axis changes.
// CHECK-LABEL: func @step
// CHECK: %[[Y:.*]] = nn.silu
// CHECK-NEXT: %[[A:.*]] = nn.all_gather %[[Y]] over ["a"] on @grid bytes_per_row 1.600000e+01 {nn.shardings = [#nn.sharding<@grid, {{\[\[}}], ["b"]]>]}
// CHECK-NEXT: %[[G:.*]] = nn.all_gather %[[Y]] over ["b"] on @grid bytes_per_row 1.200000e+01 {nn.shardings = [#nn.sharding<@grid, {{\[\[}}], ["a"]]>]}
// CHECK-NEXT: nn.silu %[[A]]
// CHECK-NEXT: nn.silu %[[G]]
nn.mesh @grid axes ["a", "b"] sizes [3, 2]
func.func @step(%x: tensor<?x6xf32>) {
  %w = nn.param "w" {nn.shardings = [#nn.sharding<@grid, [["a", "b"], []]>]} : !nn.weight<6x6, f32>
  %y = nn.linear %x, %w {nn.shardings = [#nn.sharding<@grid, [[], ["a", "b"]]>]} : (tensor<?x6xf32>, !nn.weight<6x6, f32>) -> tensor<?x6xf32>
  %s = nn.silu %y {nn.shardings = [#nn.sharding<@grid, [[], ["a", "b"]]>]} : tensor<?x6xf32>
  %1 = nn.silu %s {nn.shardings = [#nn.sharding<@grid, [[], ["b"]]>]} : tensor<?x6xf32>
  %2 = nn.silu %s {nn.shardings = [#nn.sharding<@grid, [[], ["a"]]>]} : tensor<?x6xf32>
  return
}

// -----

// Tests that a module without a mesh is left as it is.
// CHECK-LABEL: func @step
// CHECK-NEXT: nn.silu
// CHECK-NEXT: return
func.func @step(%x: tensor<?x6xf32>) {
  %1 = nn.silu %x : tensor<?x6xf32>
  return
}

// -----

// Tests that a result that the op cannot give is an error.
nn.mesh @mesh axes ["tp"] sizes [3]
func.func @step(%x: tensor<?x6xf32>) {
  // expected-error@+1 {{expected results as nn.softmax can give them along "tp", found [#nn.sharding<@mesh, [[], ["tp"]]>]}}
  %1 = nn.softmax %x {nn.shardings = [#nn.sharding<@mesh, [[], ["tp"]]>]} : tensor<?x6xf32>
  return
}

// -----

// Tests that what every rank has is not split by a collective, nor a weight changed by one.
nn.mesh @mesh axes ["tp"] sizes [3]
func.func @step(%x: tensor<?x6xf32>) {
  // expected-error@+1 {{expected operand 0 of nn.silu to be split over dimension 1 by "tp", found it the same on all ranks, which no collective changes}}
  %1 = nn.silu %x {nn.shardings = [#nn.sharding<@mesh, [[], ["tp"]]>]} : tensor<?x6xf32>
  return
}

// -----

nn.mesh @mesh axes ["tp"] sizes [3]
func.func @step(%x: tensor<?x6xf32>) {
  %w = nn.param "w" {nn.shardings = [#nn.sharding<@mesh, [["tp"], []]>]} : !nn.weight<6x6, f32>
  // expected-error@+1 {{expected operand 1 of nn.linear to be the same on all ranks, found it split over dimension 0 by "tp", which no collective changes}}
  %1 = nn.linear %x, %w : (tensor<?x6xf32>, !nn.weight<6x6, f32>) -> tensor<?x6xf32>
  return
}

// -----

nn.mesh @mesh axes ["tp"] sizes [3]
// expected-error@+1 {{expected one mesh in a module, found another, @grid}}
nn.mesh @grid axes ["tp"] sizes [3]
