// RUN: sennit-opt %s --nn-verify-collectives -split-input-file -verify-diagnostics

// Tests that every offender is listed; a gtest damages whole blocks in every way.
nn.mesh @mesh axes ["tp"] sizes [2]
func.func @step(%x: tensor<?x8xf32>, %batch: !nn.batch, %cache: !nn.cache<2x4> {nn.sharding = #nn.sharding<@mesh, [["tp"], []]>})
    -> (tensor<?x8xf32>, !nn.cache<2x4>) {
  %w1 = nn.param "w1" {nn.shardings = [#nn.sharding<@mesh, [["tp"], []]>]} : !nn.weight<8x8, f32>
  %w2 = nn.param "w2" {nn.shardings = [#nn.sharding<@mesh, [[], ["tp"]]>]} : !nn.weight<8x8, f32>
  // expected-error@+2 {{expected nn.all_reduce directly behind the definition of its operand, found it behind another op}}
  // expected-error@+1 {{expected the operand of nn.all_reduce to be a pending sum along "tp", found it the same on all ranks}}
  %r0 = nn.all_reduce %x over ["tp"] on @mesh bytes_per_row 32.0 : tensor<?x8xf32>
  // expected-error@+2 {{expected a use of the result of nn.all_gather, found none}}
  // expected-error@+1 {{expected the operand of nn.all_gather to be split over dimension 1 by "tp", found it the same on all ranks}}
  %g0 = nn.all_gather %x over ["tp"] on @mesh bytes_per_row 16.0 : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %u = nn.linear %r0, %w1 {nn.shardings = [#nn.sharding<@mesh, [[], ["tp"]]>]} : (tensor<?x8xf32>, !nn.weight<8x8, f32>) -> tensor<?x8xf32>
  %d = nn.linear %u, %w2 {nn.shardings = [#nn.sharding<@mesh, [[], []], partial = ["tp"]>]} : (tensor<?x8xf32>, !nn.weight<8x8, f32>) -> tensor<?x8xf32>
  // expected-error@+1 {{expected the result of nn.reduce_scatter to be split over dimension 1 by "tp", found it the same on all ranks}}
  %s = nn.reduce_scatter %d over ["tp"] on @mesh bytes_per_row 16.0 : (tensor<?x8xf32>) -> tensor<?x8xf32>
  // expected-error@+1 {{expected nn.all_reduce before nn.reduce_scatter of the same value}}
  %r1 = nn.all_reduce %d over ["tp"] on @mesh bytes_per_row 32.0 : tensor<?x8xf32>
  // expected-error@+1 {{expected nn.all_reduce of a value once, found it again}}
  %r2 = nn.all_reduce %d over ["tp"] on @mesh bytes_per_row 32.0 : tensor<?x8xf32>
  // expected-error@+1 {{expected operands and results that go together in nn.add, found (the same on all ranks, a pending sum along "tp") and (the same on all ranks)}}
  %a = nn.add %r1, %d : tensor<?x8xf32>
  %b = nn.add %r2, %s : tensor<?x8xf32>
  // expected-error@+1 {{expected operands and results that go together in nn.silu, found (a pending sum along "tp") and (a pending sum along "tp")}}
  %c = nn.silu %d {nn.shardings = [#nn.sharding<@mesh, [[], []], partial = ["tp"]>]} : tensor<?x8xf32>
  // expected-error@+1 {{expected operands and results that go together in nn.cache_append, found (split over dimension 0 by "tp", the same on all ranks, the same on all ranks, the same on all ranks) and (the same on all ranks)}}
  %cache1 = nn.cache_append %cache, %x, %x, %batch : (!nn.cache<2x4>, tensor<?x8xf32>, tensor<?x8xf32>, !nn.batch) -> !nn.cache<2x4>
  // expected-error@+2 {{expected result 0 of @step to be the same on all ranks, found it a pending sum along "tp"}}
  // expected-error@+1 {{expected result 1 of @step to be split over dimension 0 by "tp", found it the same on all ranks}}
  return %d, %cache1 : tensor<?x8xf32>, !nn.cache<2x4>
}

// -----

// Tests that a collective changes its own axes alone.
nn.mesh @grid axes ["a", "b"] sizes [2, 2]
func.func @step(%x: tensor<?x8xf32>) {
  %w1 = nn.param "w1" {nn.shardings = [#nn.sharding<@grid, [["a", "b"], []]>]} : !nn.weight<8x8, f32>
  %u = nn.linear %x, %w1 {nn.shardings = [#nn.sharding<@grid, [[], ["a", "b"]]>]} : (tensor<?x8xf32>, !nn.weight<8x8, f32>) -> tensor<?x8xf32>
  // expected-error@+1 {{expected the result of nn.all_gather to be split over dimension 1 by "b", found it the same on all ranks}}
  %g = nn.all_gather %u over ["a"] on @grid bytes_per_row 16.0 : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %s = nn.silu %g : tensor<?x8xf32>
  return
}

// -----

// Tests that a collective of an argument stands at the start of the block.
nn.mesh @mesh axes ["tp"] sizes [2]
func.func @step(%x: tensor<?x8xf32> {nn.sharding = #nn.sharding<@mesh, [[], ["tp"]]>}) -> (tensor<?x8xf32>, tensor<?x8xf32>) {
  %g = nn.all_gather %x over ["tp"] on @mesh bytes_per_row 16.0 : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %s = nn.silu %g : tensor<?x8xf32>
  // expected-error@+1 {{expected nn.all_gather directly behind the definition of its operand, found it behind another op}}
  %h = nn.all_gather %x over ["tp"] on @mesh bytes_per_row 16.0 : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return %s, %h : tensor<?x8xf32>, tensor<?x8xf32>
}

// -----

// Tests that without a mesh nothing is asked.
func.func @step(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %s = nn.silu %x : tensor<?x8xf32>
  %r = nn.all_reduce %x over ["tp"] ranks 2 bytes_per_row 32.0 : tensor<?x8xf32>
  return %r : tensor<?x8xf32>
}
