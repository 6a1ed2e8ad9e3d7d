// RUN: sennit-opt %s --nn-localize -split-input-file -verify-diagnostics

// expected-error@+1 {{expected a function @step of one block, found none}}
module {
  nn.mesh @mesh axes ["tp"] sizes [4]
}

// -----

// Tests that a sum without its reduction has no form on one rank.
module {
  nn.mesh @mesh axes ["tp"] sizes [4]
  func.func @step(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
    %w = nn.param "w" {nn.shardings = [#nn.sharding<@mesh, [["tp"], []]>]} : !nn.weight<8x8, f32>
    %y = nn.linear %x, %w {nn.shardings = [#nn.sharding<@mesh, [[], ["tp"]]>]} : (tensor<?x8xf32>, !nn.weight<8x8, f32>) -> tensor<?x8xf32>
    // expected-error@+1 {{expected shardings that nn-verify-collectives accepts, found operand 0 of func.return to be split over dimension 1 by "tp"}}
    return %y : tensor<?x8xf32>
  }
}

// -----

// Tests that a mesh is used in @step alone.
module {
  // expected-error@+1 {{expected shardings and collectives in @step alone, found @mesh used elsewhere}}
  nn.mesh @mesh axes ["tp"] sizes [4]
  func.func @step(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
    return %x : tensor<?x8xf32>
  }
  func.func @other(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
    %y = nn.all_reduce %x over ["tp"] on @mesh bytes_per_row 48.0 : tensor<?x8xf32>
    return %y : tensor<?x8xf32>
  }
}

// -----

// Tests that two attentions over the same queries with other groups of key heads cannot both have whole groups.
module {
  nn.mesh @mesh axes ["tp"] sizes [3]
  func.func @step(%x: tensor<?x8xf32>, %positions: tensor<?xi32>, %batch: !nn.batch,
      %cache0: !nn.cache<6x2> {nn.sharding = #nn.sharding<@mesh, [["tp"], []]>}, %cache1: !nn.cache<2x2> {nn.sharding = #nn.sharding<@mesh, [["tp"], []]>})
      -> (tensor<?x12xf32>, !nn.cache<6x2>, !nn.cache<2x2>) {
    %w0 = nn.param "w0" {nn.shardings = [#nn.sharding<@mesh, [["tp"], []]>]} : !nn.weight<12x8, f32>
    %w1 = nn.param "w1" {nn.shardings = [#nn.sharding<@mesh, [["tp"], []]>]} : !nn.weight<4x8, f32>
    %k0 = nn.linear %x, %w0 {nn.shardings = [#nn.sharding<@mesh, [[], ["tp"]]>]} : (tensor<?x8xf32>, !nn.weight<12x8, f32>) -> tensor<?x12xf32>
    %k1 = nn.linear %x, %w1 {nn.shardings = [#nn.sharding<@mesh, [[], ["tp"]]>]} : (tensor<?x8xf32>, !nn.weight<4x8, f32>) -> tensor<?x4xf32>
    %wq = nn.param "wq" {nn.shardings = [#nn.sharding<@mesh, [["tp"], []]>]} : !nn.weight<12x8, f32>
    %q = nn.linear %x, %wq {nn.shardings = [#nn.sharding<@mesh, [[], ["tp"]]>]} : (tensor<?x8xf32>, !nn.weight<12x8, f32>) -> tensor<?x12xf32>
    %c0 = nn.cache_append %cache0, %k0, %k0, %batch {nn.shardings = [#nn.sharding<@mesh, [["tp"], []]>]} : (!nn.cache<6x2>, tensor<?x12xf32>, tensor<?x12xf32>, !nn.batch) -> !nn.cache<6x2>
    %c1 = nn.cache_append %cache1, %k1, %k1, %batch {nn.shardings = [#nn.sharding<@mesh, [["tp"], []]>]} : (!nn.cache<2x2>, tensor<?x4xf32>, tensor<?x4xf32>, !nn.batch) -> !nn.cache<2x2>
    %a0 = nn.attention generated %q, %c0, %batch, %positions {heads = 6 : i64, nn.shardings = [#nn.sharding<@mesh, [[], ["tp"]]>], scale = 0.5 : f32} : (tensor<?x12xf32>, !nn.cache<6x2>, !nn.batch, tensor<?xi32>) -> tensor<?x12xf32>
    // expected-error@+1 {{expected heads to be split as by the attentions before, 2 of 6 on a rank, found 3}}
    %a1 = nn.attention prompt %q, %c1, %batch, %positions into %a0 {heads = 6 : i64, nn.shardings = [#nn.sharding<@mesh, [[], ["tp"]]>], scale = 0.5 : f32} : (tensor<?x12xf32>, !nn.cache<2x2>, !nn.batch, tensor<?xi32>, tensor<?x12xf32>) -> tensor<?x12xf32>
    %g = nn.all_gather %a1 over ["tp"] on @mesh bytes_per_row 32.0 : (tensor<?x12xf32>) -> tensor<?x12xf32>
    return %g, %c0, %c1 : tensor<?x12xf32>, !nn.cache<6x2>, !nn.cache<2x2>
  }
}

// -----

// Tests that what is split together is split among as many ranks: columns of two axes that are gathered along one are not.
module {
  nn.mesh @grid axes ["a", "b"] sizes [2, 3]
  func.func @step(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
    %v = nn.param "v" {nn.shardings = [#nn.sharding<@grid, [["a", "b"], []]>]} : !nn.weight<8x8, f32>
    %y = nn.linear %x, %v {nn.shardings = [#nn.sharding<@grid, [[], ["a", "b"]]>]} : (tensor<?x8xf32>, !nn.weight<8x8, f32>) -> tensor<?x8xf32>
    // expected-error@+1 {{expected what nn.all_gather splits together to be split among as many ranks, found 6 and 3}}
    %g = nn.all_gather %y over ["a"] on @grid bytes_per_row 16.0 {nn.shardings = [#nn.sharding<@grid, [[], ["b"]]>]} : (tensor<?x8xf32>) -> tensor<?x8xf32>
    %h = nn.all_gather %g over ["b"] on @grid bytes_per_row 21.333333333333332 : (tensor<?x8xf32>) -> tensor<?x8xf32>
    return %h : tensor<?x8xf32>
  }
}
