// RUN: sennit-opt %s --nn-strip-collectives -split-input-file -verify-diagnostics | FileCheck %s

// Tests that what read a collective reads its operand, through several.
// CHECK-LABEL: func @step
// CHECK-NEXT: nn.silu %arg0
// CHECK-NEXT: return %arg0
nn.mesh @mesh axes ["tp"] sizes [2]
func.func @step(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %s = nn.reduce_scatter %x over ["tp"] on @mesh bytes_per_row 16.0 : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %g = nn.all_gather %s over ["tp"] on @mesh bytes_per_row 16.0 : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %r = nn.all_reduce %x over ["tp"] on @mesh bytes_per_row 32.0 : tensor<?x8xf32>
  %a = nn.silu %g : tensor<?x8xf32>
  return %r : tensor<?x8xf32>
}

// -----

// Tests that those of one rank stay: without them its values would be others.
func.func @step(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  // expected-error@+1 {{expected a collective over a mesh, found one among ranks, which stands for other columns}}
  %r = nn.all_reduce %x over ["tp"] ranks 2 bytes_per_row 32.0 : tensor<?x8xf32>
  return %r : tensor<?x8xf32>
}
