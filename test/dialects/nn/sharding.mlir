// RUN: sennit-opt %s | sennit-opt | FileCheck %s
// RUN: sennit-opt --mlir-print-op-generic %s | sennit-opt | FileCheck %s

// Tests that meshes, shardings and collectives print what they parse.
// CHECK: nn.mesh @mesh axes ["tp"] sizes [8]
nn.mesh @mesh axes ["tp"] sizes [8]
// CHECK: nn.mesh @grid axes ["dp", "tp"] sizes [1, 3]
nn.mesh @grid axes ["dp", "tp"] sizes [1, 3]

// CHECK-LABEL: func @whole
// CHECK-SAME: !nn.cache<2x4> {nn.sharding = #nn.sharding<@grid, {{\[\[}}"dp", "tp"], []]>}
func.func @whole(%x: tensor<?x64xf32>, %cache: !nn.cache<2x4> {nn.sharding = #nn.sharding<@grid, [["dp", "tp"], []]>}) -> tensor<?x64xf32> {
  // CHECK: nn.silu %{{.*}} {nn.shardings = [#nn.sharding<@grid, {{\[\[}}], ["tp"]], partial = ["dp"]>]}
  %s = nn.silu %x {nn.shardings = [#nn.sharding<@grid, [[], ["tp"]], partial = ["dp"]>]} : tensor<?x64xf32>
  // CHECK: nn.all_reduce %{{.*}} over ["tp"] on @mesh bytes_per_row 4.480000e+02 : tensor<?x64xf32>
  %a = nn.all_reduce %s over ["tp"] on @mesh bytes_per_row 448.0 : tensor<?x64xf32>
  // CHECK: nn.all_gather %{{.*}} over ["tp"] on @mesh bytes_per_row 2.240000e+02 : (tensor<?x64xf32>) -> tensor<?x64xf32>
  %g = nn.all_gather %a over ["tp"] on @mesh bytes_per_row 224.0 : (tensor<?x64xf32>) -> tensor<?x64xf32>
  // CHECK: nn.reduce_scatter %{{.*}} over ["dp", "tp"] on @grid bytes_per_row 170.66666666666666 : (tensor<?x64xf32>) -> tensor<?x64xf32>
  %r = nn.reduce_scatter %g over ["dp", "tp"] on @grid bytes_per_row 170.66666666666666 : (tensor<?x64xf32>) -> tensor<?x64xf32>
  return %r : tensor<?x64xf32>
}

// Tests the forms of one rank: one rank, the largest and the smallest share that ranks may have.
// CHECK-LABEL: func @one
func.func @one(%x: tensor<?x7xf32>) -> (tensor<?x7xf32>, tensor<?x21xf32>, tensor<?x7xf32>, tensor<?x3xf32>) {
  // CHECK: nn.all_reduce %{{.*}} over ["tp"] ranks 1 bytes_per_row 0.000000e+00 : tensor<?x7xf32>
  %a = nn.all_reduce %x over ["tp"] ranks 1 bytes_per_row 0.0 : tensor<?x7xf32>
  // CHECK: nn.all_gather %{{.*}} over ["tp"] ranks 3 bytes_per_row 5.600000e+01 : (tensor<?x7xf32>) -> tensor<?x21xf32>
  %g = nn.all_gather %a over ["tp"] ranks 3 bytes_per_row 56.0 : (tensor<?x7xf32>) -> tensor<?x21xf32>
  %h = nn.all_gather %a over ["tp"] ranks 7 bytes_per_row 24.0 : (tensor<?x7xf32>) -> tensor<?x7xf32>
  // CHECK: nn.reduce_scatter %{{.*}} over ["tp"] ranks 7 bytes_per_row 7.200000e+01 : (tensor<?x21xf32>) -> tensor<?x3xf32>
  %r = nn.reduce_scatter %g over ["tp"] ranks 7 bytes_per_row 72.0 : (tensor<?x21xf32>) -> tensor<?x3xf32>
  return %a, %g, %h, %r : tensor<?x7xf32>, tensor<?x21xf32>, tensor<?x7xf32>, tensor<?x3xf32>
}
