// RUN: sennit-opt %s -split-input-file -verify-diagnostics

// One case per constraint of meshes, shardings and collectives that C++ checks, named after it.

// expected-error@+1 {{expected at least one axis and a size for each, found 0 axes and 0 sizes}}
nn.mesh @mesh_c1_none axes [] sizes []

// -----

// expected-error@+1 {{expected at least one axis and a size for each, found 1 axes and 2 sizes}}
nn.mesh @mesh_c1_sizes axes ["tp"] sizes [2, 4]

// -----

// expected-error@+1 {{expected names of axes, found an empty one}}
nn.mesh @mesh_c2_empty axes [""] sizes [2]

// -----

// expected-error@+1 {{expected each axis once, found "tp" again}}
nn.mesh @mesh_c2_twice axes ["tp", "tp"] sizes [2, 2]

// -----

// expected-error@+1 {{expected the size of axis "tp" to be at least 1, found 0}}
nn.mesh @mesh_c3 axes ["tp"] sizes [0]

// -----

nn.mesh @mesh axes ["tp"] sizes [4]
func.func @sharding_c1_dimensions(%x: tensor<?x8xf32>) {
  // expected-error@+1 {{expected lists of axis names, found ["tp", []] and ["tp", []]}}
  %y = nn.silu %x {nn.shardings = [#nn.sharding<@mesh, ["tp", []]>]} : tensor<?x8xf32>
  return
}

// -----

nn.mesh @mesh axes ["tp"] sizes [4]
func.func @sharding_c1_partial(%x: tensor<?x8xf32>) {
  // expected-error@+1 {{expected lists of axis names, found [[], []] and [1]}}
  %y = nn.silu %x {nn.shardings = [#nn.sharding<@mesh, [[], []], partial = [1]>]} : tensor<?x8xf32>
  return
}

// -----

nn.mesh @mesh axes ["tp"] sizes [4]
func.func @sharding_c2_dimensions(%x: tensor<?x8xf32>) {
  // expected-error@+1 {{expected each axis once, found "tp" again}}
  %y = nn.silu %x {nn.shardings = [#nn.sharding<@mesh, [["tp"], ["tp"]]>]} : tensor<?x8xf32>
  return
}

// -----

nn.mesh @mesh axes ["tp"] sizes [4]
func.func @sharding_c2_partial(%x: tensor<?x8xf32>) {
  // expected-error@+1 {{expected each axis once, found "tp" again}}
  %y = nn.silu %x {nn.shardings = [#nn.sharding<@mesh, [[], ["tp"]], partial = ["tp"]>]} : tensor<?x8xf32>
  return
}

// -----

nn.mesh @mesh axes ["tp"] sizes [4]
func.func @sharding_c2_empty(%x: tensor<?x8xf32>) {
  // expected-error@+1 {{expected names of axes, found an empty one}}
  %y = nn.silu %x {nn.shardings = [#nn.sharding<@mesh, [[], []], partial = [""]>]} : tensor<?x8xf32>
  return
}

// -----

nn.mesh @mesh axes ["tp"] sizes [4]
func.func @sharding_c3_results(%x: tensor<?x8xf32>) {
  // expected-error@+1 {{expected nn.shardings to have a sharding for each of 1 results, found []}}
  %y = nn.silu %x {nn.shardings = []} : tensor<?x8xf32>
  return
}

// -----

nn.mesh @mesh axes ["tp"] sizes [4]
func.func @sharding_c3_kind(%x: tensor<?x8xf32>) {
  // expected-error@+1 {{expected nn.shardings to have a sharding for each of 1 results, found [1]}}
  %y = nn.silu %x {nn.shardings = [1]} : tensor<?x8xf32>
  return
}

// -----

nn.mesh @mesh axes ["tp"] sizes [4]
func.func @sharding_c3_list(%x: tensor<?x8xf32>) {
  // expected-error@+1 {{expected nn.shardings to have a sharding for each of 1 results, found @mesh}}
  %y = nn.silu %x {nn.shardings = @mesh} : tensor<?x8xf32>
  return
}

// -----

nn.mesh @mesh axes ["tp"] sizes [4]
func.func @sharding_c4(%x: tensor<?x8xf32>) {
  // expected-error@+1 {{expected a sharding of 'tensor<?x8xf32>' to list 2 dimensions, found 1}}
  %y = nn.silu %x {nn.shardings = [#nn.sharding<@mesh, [[]]>]} : tensor<?x8xf32>
  return
}

// -----

nn.mesh @mesh axes ["tp"] sizes [4]
func.func @sharding_c4_vector(%x: tensor<?x8xf32>) {
  // expected-error@+1 {{expected a sharding of '!nn.weight<8, f32>' to list 1 dimensions, found 2}}
  %w = nn.param "w" {nn.shardings = [#nn.sharding<@mesh, [[], []]>]} : !nn.weight<8, f32>
  return
}

// -----

nn.mesh @mesh axes ["tp"] sizes [4]
// expected-error@+1 {{expected a sharding of '!nn.cache<2x4>' to list 2 dimensions, found 0}}
func.func @sharding_c4_cache(%c: !nn.cache<2x4> {nn.sharding = #nn.sharding<@mesh, []>}) {
  return
}
func.func @other() {
  return
}

// -----

nn.mesh @mesh axes ["tp"] sizes [4]
func.func @sharding_c5_mesh(%x: tensor<?x8xf32>) {
  // expected-error@+1 {{expected a nn.mesh @grid, found none}}
  %y = nn.silu %x {nn.shardings = [#nn.sharding<@grid, [[], []]>]} : tensor<?x8xf32>
  return
}

// -----

nn.mesh @mesh axes ["tp"] sizes [4]
func.func @sharding_c5_axis(%x: tensor<?x8xf32>) {
  // expected-error@+1 {{expected an axis of @mesh, found "dp"}}
  %y = nn.silu %x {nn.shardings = [#nn.sharding<@mesh, [[], ["dp"]]>]} : tensor<?x8xf32>
  return
}

// -----

nn.mesh @mesh axes ["tp"] sizes [4]
func.func @sharding_c5_partial(%x: tensor<?x8xf32>) {
  // expected-error@+1 {{expected an axis of @mesh, found "dp"}}
  %y = nn.silu %x {nn.shardings = [#nn.sharding<@mesh, [[], []], partial = ["dp"]>]} : tensor<?x8xf32>
  return
}

// -----

// expected-error@+1 {{expected nn.sharding to be a sharding of a function's argument, found 1 : i64}}
func.func @sharding_c6(%c: !nn.cache<2x4> {nn.sharding = 1}) {
  return
}

// -----

nn.mesh @mesh axes ["tp"] sizes [4]
func.func @all_reduce_c1_none(%x: tensor<?x8xf32>) {
  // expected-error@+1 {{expected at least one axis, found none}}
  %y = nn.all_reduce %x over [] on @mesh bytes_per_row 48.0 : tensor<?x8xf32>
  return
}

// -----

nn.mesh @mesh axes ["tp"] sizes [4]
func.func @all_reduce_c1_twice(%x: tensor<?x8xf32>) {
  // expected-error@+1 {{expected each axis once, found "tp" again}}
  %y = nn.all_reduce %x over ["tp", "tp"] on @mesh bytes_per_row 48.0 : tensor<?x8xf32>
  return
}

// -----

nn.mesh @mesh axes ["tp"] sizes [4]
func.func @all_reduce_c1_empty(%x: tensor<?x8xf32>) {
  // expected-error@+1 {{expected names of axes, found an empty one}}
  %y = nn.all_reduce %x over [""] on @mesh bytes_per_row 48.0 : tensor<?x8xf32>
  return
}

// -----

nn.mesh @mesh axes ["tp"] sizes [4]
func.func @all_reduce_c2_none(%x: tensor<?x8xf32>) {
  // expected-error@+1 {{expected either a mesh or a number of ranks, found none}}
  %y = nn.all_reduce %x over ["tp"] bytes_per_row 48.0 : tensor<?x8xf32>
  return
}

// -----

nn.mesh @mesh axes ["tp"] sizes [4]
func.func @all_reduce_c2_both(%x: tensor<?x8xf32>) {
  // expected-error@+1 {{expected either a mesh or a number of ranks, found both}}
  %y = nn.all_reduce %x over ["tp"] on @mesh ranks 4 bytes_per_row 48.0 : tensor<?x8xf32>
  return
}

// -----

nn.mesh @mesh axes ["tp"] sizes [4]
func.func @all_reduce_c2_ranks(%x: tensor<?x8xf32>) {
  // expected-error@+1 {{expected at least 1 rank, found 0}}
  %y = nn.all_reduce %x over ["tp"] ranks 0 bytes_per_row 48.0 : tensor<?x8xf32>
  return
}

// -----

nn.mesh @mesh axes ["tp"] sizes [4]
func.func @all_reduce_c3_mesh(%x: tensor<?x8xf32>) {
  // expected-error@+1 {{expected a nn.mesh @grid, found none}}
  %y = nn.all_reduce %x over ["tp"] on @grid bytes_per_row 48.0 : tensor<?x8xf32>
  return
}

// -----

nn.mesh @mesh axes ["tp"] sizes [4]
func.func @all_reduce_c3_axis(%x: tensor<?x8xf32>) {
  // expected-error@+1 {{expected an axis of @mesh, found "dp"}}
  %y = nn.all_reduce %x over ["dp"] on @mesh bytes_per_row 48.0 : tensor<?x8xf32>
  return
}

// -----

nn.mesh @mesh axes ["tp"] sizes [4]
func.func @all_reduce_c4_mesh(%x: tensor<?x8xf32>) {
  // expected-error@+1 {{expected bytes_per_row to be 4.800000e+01, found 4.900000e+01}}
  %y = nn.all_reduce %x over ["tp"] on @mesh bytes_per_row 49.0 : tensor<?x8xf32>
  return
}

// -----

nn.mesh @mesh axes ["tp"] sizes [4]
func.func @all_reduce_c4_ranks(%x: tensor<?x8xf32>) {
  // expected-error@+1 {{expected bytes_per_row to be 4.800000e+01, found 4.700000e+01}}
  %y = nn.all_reduce %x over ["tp"] ranks 4 bytes_per_row 47.0 : tensor<?x8xf32>
  return
}

// -----

nn.mesh @mesh axes ["tp"] sizes [4]
func.func @all_gather_c1_none(%x: tensor<?x8xf32>) {
  // expected-error@+1 {{expected at least one axis, found none}}
  %y = nn.all_gather %x over [] on @mesh bytes_per_row 24.0 : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return
}

// -----

nn.mesh @mesh axes ["tp"] sizes [4]
func.func @all_gather_c1_twice(%x: tensor<?x8xf32>) {
  // expected-error@+1 {{expected each axis once, found "tp" again}}
  %y = nn.all_gather %x over ["tp", "tp"] on @mesh bytes_per_row 24.0 : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return
}

// -----

nn.mesh @mesh axes ["tp"] sizes [4]
func.func @all_gather_c1_empty(%x: tensor<?x8xf32>) {
  // expected-error@+1 {{expected names of axes, found an empty one}}
  %y = nn.all_gather %x over [""] on @mesh bytes_per_row 24.0 : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return
}

// -----

nn.mesh @mesh axes ["tp"] sizes [4]
func.func @all_gather_c2_none(%x: tensor<?x8xf32>) {
  // expected-error@+1 {{expected either a mesh or a number of ranks, found none}}
  %y = nn.all_gather %x over ["tp"] bytes_per_row 24.0 : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return
}

// -----

nn.mesh @mesh axes ["tp"] sizes [4]
func.func @all_gather_c2_both(%x: tensor<?x8xf32>) {
  // expected-error@+1 {{expected either a mesh or a number of ranks, found both}}
  %y = nn.all_gather %x over ["tp"] on @mesh ranks 4 bytes_per_row 24.0 : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return
}

// -----

nn.mesh @mesh axes ["tp"] sizes [4]
func.func @all_gather_c2_ranks(%x: tensor<?x8xf32>) {
  // expected-error@+1 {{expected at least 1 rank, found 0}}
  %y = nn.all_gather %x over ["tp"] ranks 0 bytes_per_row 24.0 : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return
}

// -----

nn.mesh @mesh axes ["tp"] sizes [4]
func.func @all_gather_c3_mesh(%x: tensor<?x8xf32>) {
  // expected-error@+1 {{expected a nn.mesh @grid, found none}}
  %y = nn.all_gather %x over ["tp"] on @grid bytes_per_row 24.0 : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return
}

// -----

nn.mesh @mesh axes ["tp"] sizes [4]
func.func @all_gather_c3_axis(%x: tensor<?x8xf32>) {
  // expected-error@+1 {{expected an axis of @mesh, found "dp"}}
  %y = nn.all_gather %x over ["dp"] on @mesh bytes_per_row 24.0 : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return
}

// -----

nn.mesh @mesh axes ["tp"] sizes [4]
func.func @all_gather_c4_mesh(%x: tensor<?x8xf32>) {
  // expected-error@+1 {{expected bytes_per_row to be 2.400000e+01, found 2.500000e+01}}
  %y = nn.all_gather %x over ["tp"] on @mesh bytes_per_row 25.0 : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return
}

// -----

nn.mesh @mesh axes ["tp"] sizes [4]
func.func @all_gather_c4_ranks(%x: tensor<?x8xf32>) {
  // expected-error@+1 {{expected bytes_per_row to be 2.400000e+01, found 2.300000e+01}}
  %y = nn.all_gather %x over ["tp"] ranks 4 bytes_per_row 23.0 : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return
}

// -----

nn.mesh @mesh axes ["tp"] sizes [4]
func.func @all_gather_c5_mesh(%x: tensor<?x8xf32>) {
  // expected-error@+1 {{expected as many columns as the operand has, found 8 before and 9 after}}
  %y = nn.all_gather %x over ["tp"] on @mesh bytes_per_row 0.0 : (tensor<?x8xf32>) -> tensor<?x9xf32>
  return
}

// -----

nn.mesh @mesh axes ["tp"] sizes [4]
func.func @all_gather_c5_few(%x: tensor<?x8xf32>) {
  // expected-error@+1 {{expected a share of the columns, found 8 before and 7 after}}
  %y = nn.all_gather %x over ["tp"] ranks 4 bytes_per_row 0.0 : (tensor<?x8xf32>) -> tensor<?x7xf32>
  return
}

// -----

nn.mesh @mesh axes ["tp"] sizes [4]
func.func @all_gather_c5_many(%x: tensor<?x8xf32>) {
  // expected-error@+1 {{expected a share of the columns, found 8 before and 33 after}}
  %y = nn.all_gather %x over ["tp"] ranks 4 bytes_per_row 0.0 : (tensor<?x8xf32>) -> tensor<?x33xf32>
  return
}

// -----

nn.mesh @mesh axes ["tp"] sizes [4]
func.func @reduce_scatter_c1_none(%x: tensor<?x8xf32>) {
  // expected-error@+1 {{expected at least one axis, found none}}
  %y = nn.reduce_scatter %x over [] on @mesh bytes_per_row 24.0 : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return
}

// -----

nn.mesh @mesh axes ["tp"] sizes [4]
func.func @reduce_scatter_c1_twice(%x: tensor<?x8xf32>) {
  // expected-error@+1 {{expected each axis once, found "tp" again}}
  %y = nn.reduce_scatter %x over ["tp", "tp"] on @mesh bytes_per_row 24.0 : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return
}

// -----

nn.mesh @mesh axes ["tp"] sizes [4]
func.func @reduce_scatter_c1_empty(%x: tensor<?x8xf32>) {
  // expected-error@+1 {{expected names of axes, found an empty one}}
  %y = nn.reduce_scatter %x over [""] on @mesh bytes_per_row 24.0 : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return
}

// -----

nn.mesh @mesh axes ["tp"] sizes [4]
func.func @reduce_scatter_c2_none(%x: tensor<?x8xf32>) {
  // expected-error@+1 {{expected either a mesh or a number of ranks, found none}}
  %y = nn.reduce_scatter %x over ["tp"] bytes_per_row 24.0 : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return
}

// -----

nn.mesh @mesh axes ["tp"] sizes [4]
func.func @reduce_scatter_c2_both(%x: tensor<?x8xf32>) {
  // expected-error@+1 {{expected either a mesh or a number of ranks, found both}}
  %y = nn.reduce_scatter %x over ["tp"] on @mesh ranks 4 bytes_per_row 24.0 : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return
}

// -----

nn.mesh @mesh axes ["tp"] sizes [4]
func.func @reduce_scatter_c2_ranks(%x: tensor<?x8xf32>) {
  // expected-error@+1 {{expected at least 1 rank, found 0}}
  %y = nn.reduce_scatter %x over ["tp"] ranks 0 bytes_per_row 24.0 : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return
}

// -----

nn.mesh @mesh axes ["tp"] sizes [4]
func.func @reduce_scatter_c3_mesh(%x: tensor<?x8xf32>) {
  // expected-error@+1 {{expected a nn.mesh @grid, found none}}
  %y = nn.reduce_scatter %x over ["tp"] on @grid bytes_per_row 24.0 : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return
}

// -----

nn.mesh @mesh axes ["tp"] sizes [4]
func.func @reduce_scatter_c3_axis(%x: tensor<?x8xf32>) {
  // expected-error@+1 {{expected an axis of @mesh, found "dp"}}
  %y = nn.reduce_scatter %x over ["dp"] on @mesh bytes_per_row 24.0 : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return
}

// -----

nn.mesh @mesh axes ["tp"] sizes [4]
func.func @reduce_scatter_c4_mesh(%x: tensor<?x8xf32>) {
  // expected-error@+1 {{expected bytes_per_row to be 2.400000e+01, found 2.500000e+01}}
  %y = nn.reduce_scatter %x over ["tp"] on @mesh bytes_per_row 25.0 : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return
}

// -----

nn.mesh @mesh axes ["tp"] sizes [4]
func.func @reduce_scatter_c4_ranks(%x: tensor<?x8xf32>) {
  // expected-error@+1 {{expected bytes_per_row to be 2.400000e+01, found 2.300000e+01}}
  %y = nn.reduce_scatter %x over ["tp"] ranks 4 bytes_per_row 23.0 : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return
}

// -----

nn.mesh @mesh axes ["tp"] sizes [4]
func.func @reduce_scatter_c5_mesh(%x: tensor<?x8xf32>) {
  // expected-error@+1 {{expected as many columns as the operand has, found 8 before and 7 after}}
  %y = nn.reduce_scatter %x over ["tp"] on @mesh bytes_per_row 0.0 : (tensor<?x8xf32>) -> tensor<?x7xf32>
  return
}

// -----

nn.mesh @mesh axes ["tp"] sizes [4]
func.func @reduce_scatter_c5_few(%x: tensor<?x8xf32>) {
  // expected-error@+1 {{expected a share of the columns, found 8 before and 9 after}}
  %y = nn.reduce_scatter %x over ["tp"] ranks 4 bytes_per_row 0.0 : (tensor<?x8xf32>) -> tensor<?x9xf32>
  return
}

// -----

nn.mesh @mesh axes ["tp"] sizes [4]
func.func @reduce_scatter_c5_many(%x: tensor<?x8xf32>) {
  // expected-error@+1 {{expected a share of the columns, found 8 before and 1 after}}
  %y = nn.reduce_scatter %x over ["tp"] ranks 4 bytes_per_row 0.0 : (tensor<?x8xf32>) -> tensor<?x1xf32>
  return
}
