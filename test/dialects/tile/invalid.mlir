// RUN: sennit-opt %s -split-input-file -verify-diagnostics

// expected-error @below {{a view with layout rows cannot have rank 3}}
func.func private @view_c1(!tile.view<?x3x64, f32, rows>)

// -----

// expected-error @below {{a view with layout keys cannot have rank 2}}
func.func private @view_c1_cache(!tile.view<?x64, f16, keys>)

// -----

// expected-error @below {{expected positive sizes, and '?' at most in the first of a view that is not packed}}
func.func private @view_c2(!tile.view<?x64, f32, packed>)

// -----

// expected-error @below {{expected positive sizes}}
func.func private @view_c2_inner(!tile.view<4x?, f32, rows>)

// -----

// expected-error @below {{a view with layout values cannot hold bf16}}
func.func private @view_c3(!tile.view<?x3x64, bf16, values>)

// -----

// expected-error @below {{a view with layout rows cannot hold q8_0}}
func.func private @view_c3_rows(!tile.view<?x64, q8_0, rows>)

// -----

// expected-error @below {{expected a multiple of 32 for the width of q4_1, found 40}}
func.func private @view_c4(!tile.view<16x40, q4_1, packed>)

// -----

// expected-error @below {{expected a tile of rank 2 or 3, found rank 1}}
func.func private @tile_c1(!tile.tile<?, f32, reg>)

// -----

// expected-error @below {{expected '?' or 1 as the first size of a tile, and positive sizes after it}}
func.func private @tile_c1_rows(!tile.tile<4x16, f32, reg>)

// -----

// expected-error @below {{a q8 tile must be shared, of rank 2, and a multiple of 32 wide}}
func.func private @tile_c2(!tile.tile<?x32, q8, reg>)

// -----

tile.kernel @cpu_c1(%x: !tile.view<?x64, f32, rows>) rows(%m : all by 64)
    // expected-error @below {{expected 1 to 8 rows, found 0}}
    schedule(#tile.cpu<rows = 0, streams = 4, ahead = 0>) {
}

// -----

tile.kernel @cpu_c2(%x: !tile.view<?x64, f32, rows>) rows(%m : all by 64)
    // expected-error @below {{expected 1 to 16 streams, found 17}}
    schedule(#tile.cpu<rows = 4, streams = 17, ahead = 0>) {
}

// -----

tile.kernel @cpu_c3(%x: !tile.view<?x64, f32, rows>) rows(%m : all by 64)
    // expected-error @below {{expected to prefetch 0 to 65536 bytes ahead, found -1}}
    schedule(#tile.cpu<rows = 4, streams = 4, ahead = -1>) {
}

// -----

// expected-error @below {{expected #tile.cpu schedules for avx2 and avx512, found "sse2" = #tile.cpu<rows = 4, streams = 4, ahead = 0>}}
tile.kernel @kernel_c6(%x: !tile.view<?x64, f32, rows>) rows(%m : all by 64)
    schedule({sse2 = #tile.cpu<rows = 4, streams = 4, ahead = 0>}) {
}

// -----

// expected-error @below {{expected a view for argument 0, found 'i32'}}
tile.kernel @kernel_c1(%x: i32) rows(%m : all by 64) {
  %c0 = arith.constant 0 : index
}

// -----

// expected-error @below {{expected a block of at least 1 row, found 0}}
tile.kernel @kernel_c2(%x: !tile.view<?x64, f32, rows>) rows(%m : all by 0) {
  %c0 = arith.constant 0 : index
}

// -----

tile.kernel @kernel_c3(%x: !tile.view<?x64, f32, rows>) rows(%m : all by 64) {
  %c0 = arith.constant 0 : index
  // expected-error @below {{expected only a prologue and column sections in a kernel with columns}}
  %v = tile.load %x[%m, %c0] : !tile.view<?x64, f32, rows> -> !tile.tile<?x64, f32, reg>
  tile.columns %n = 0 to 16 step 16 {
  }
}

// -----

tile.kernel @kernel_c3_prologue(%x: !tile.view<?x64, f32, rows>) rows(%m : all by 64) {
  %c0 = arith.constant 0 : index
  // expected-error @below {{expected at most one prologue, before the column sections of its kernel}}
  tile.prologue {
    tile.yield
  }
}

// -----

tile.kernel @kernel_c4(%x: !tile.view<?x64, f32, rows>, %w: !tile.view<32x64, f32, packed>) rows(%m : all by 64) {
  %c0 = arith.constant 0 : index
  %a = tile.prologue -> !tile.tile<?x64, f32, shared> {
    %v = tile.load %x[%m, %c0] : !tile.view<?x64, f32, rows> -> !tile.tile<?x64, f32, shared>
    tile.yield %v : !tile.tile<?x64, f32, shared>
  }
  tile.columns %n = 0 to 32 step 8 {
    // expected-error @below {{expected a packed weight directly in columns of step 16 from a multiple of 16}}
    %c = tile.contract %a, %w[%n] : !tile.tile<?x64, f32, shared>, !tile.view<32x64, f32, packed> -> !tile.tile<?x16, f32, reg>
  }
}

// -----

tile.kernel @kernel_c5(%rs: !tile.view<?, i32, rows>) rows(%m : all by 64) {
  %c0 = arith.constant 0 : index
  // expected-error @below {{expected keys directly in columns of step 1}}
  tile.keys(%m, %rs, %rs, %rs, %rs, %rs, %rs, %rs) init() : () -> () {
  ^bb0(%b: !tile.block, %valid: !tile.tile<?x1x1, i32, reg>):
    tile.yield
  }
}

// -----

tile.kernel @prologue_c1(%x: !tile.view<?x64, f32, rows>) rows(%m : all by 64) {
  %c0 = arith.constant 0 : index
  // expected-error @below {{expected to yield exactly its result types}}
  %a = tile.prologue -> !tile.tile<?x64, f32, shared> {
    %v = tile.load %x[%m, %c0] : !tile.view<?x64, f32, rows> -> !tile.tile<?x64, f32, reg>
    tile.yield %v : !tile.tile<?x64, f32, reg>
  }
  tile.columns %n = 0 to 16 step 16 {
  }
}

// -----

tile.kernel @prologue_c1_level(%x: !tile.view<?x64, f32, rows>) rows(%m : all by 64) {
  %c0 = arith.constant 0 : index
  // expected-error @below {{expected shared results, found '!tile.tile<?x64, f32, reg>'}}
  %a = tile.prologue -> !tile.tile<?x64, f32, reg> {
    %v = tile.load %x[%m, %c0] : !tile.view<?x64, f32, rows> -> !tile.tile<?x64, f32, reg>
    tile.yield %v : !tile.tile<?x64, f32, reg>
  }
  tile.columns %n = 0 to 16 step 16 {
  }
}

// -----

tile.kernel @columns_c1(%x: !tile.view<?x64, f32, rows>) rows(%m : all by 64) {
  %c0 = arith.constant 0 : index
  // expected-error @below {{expected 0 <= lower < upper and a step of at least 1, found 16 to 16 step 16}}
  tile.columns %n = 16 to 16 step 16 {
  }
}

// -----

tile.kernel @for_c1(%x: !tile.view<?x64, f32, rows>) rows(%m : all by 64) {
  %c0 = arith.constant 0 : index
  // expected-error @below {{expected 0 <= lower < upper and a step of at least 1, found 0 to 4 step 0}}
  tile.for %n = 0 to 4 step 0 {
  }
}

// -----

tile.kernel @keys_c1(%rs: !tile.view<?, i32, rows>) rows(%m : all by 64) {
  %c0 = arith.constant 0 : index
  tile.columns %h = 0 to 1 step 1 {
    %z0 = tile.fill 0.0 : !tile.tile<?x2x4, f32, reg>
    // expected-error @below {{expected carried tiles that are shared f32 and agree in all but the last dimension}}
    %o = tile.keys(%m, %rs, %rs, %rs, %rs, %rs, %rs, %rs) init(%z0) : (!tile.tile<?x2x4, f32, reg>) -> (!tile.tile<?x2x4, f32, reg>) {
    ^bb0(%b: !tile.block, %valid: !tile.tile<?x1x1, i32, reg>, %o0: !tile.tile<?x2x4, f32, reg>):
      tile.yield %o0 : !tile.tile<?x2x4, f32, reg>
    }
  }
}

// -----

tile.kernel @keys_c2(%rs: !tile.view<?, i32, rows>) rows(%m : all by 64) {
  %c0 = arith.constant 0 : index
  tile.columns %h = 0 to 1 step 1 {
    %z0 = tile.fill 0.0 : !tile.tile<?x2x4, f32, shared>
    // expected-error @below {{expected a block, a ?x1x1 reg tile of i32 and the carried tiles as block arguments}}
    %o = tile.keys(%m, %rs, %rs, %rs, %rs, %rs, %rs, %rs) init(%z0) : (!tile.tile<?x2x4, f32, shared>) -> (!tile.tile<?x2x4, f32, shared>) {
    ^bb0(%b: !tile.block, %o0: !tile.tile<?x2x4, f32, shared>):
      tile.yield %o0 : !tile.tile<?x2x4, f32, shared>
    }
  }
}

// -----

tile.kernel @keys_c2_yield(%rs: !tile.view<?, i32, rows>) rows(%m : all by 64) {
  %c0 = arith.constant 0 : index
  tile.columns %h = 0 to 1 step 1 {
    %z0 = tile.fill 0.0 : !tile.tile<?x2x4, f32, shared>
    // expected-error @below {{expected to yield '!tile.tile<?x2x4, f32, shared>', found '!tile.tile<?x1x1, i32, reg>'}}
    %o = tile.keys(%m, %rs, %rs, %rs, %rs, %rs, %rs, %rs) init(%z0) : (!tile.tile<?x2x4, f32, shared>) -> (!tile.tile<?x2x4, f32, shared>) {
    ^bb0(%b: !tile.block, %valid: !tile.tile<?x1x1, i32, reg>, %o0: !tile.tile<?x2x4, f32, shared>):
      tile.yield %valid : !tile.tile<?x1x1, i32, reg>
    }
  }
}

// -----

tile.kernel @keys_c2_results(%rs: !tile.view<?, i32, rows>) rows(%m : all by 64) {
  %c0 = arith.constant 0 : index
  tile.columns %h = 0 to 1 step 1 {
    %z0 = tile.fill 0.0 : !tile.tile<?x2x4, f32, shared>
    // expected-error @below {{expected results and yielded tiles for exactly the carried tiles}}
    %o = tile.keys(%m, %rs, %rs, %rs, %rs, %rs, %rs, %rs) init(%z0) : (!tile.tile<?x2x4, f32, shared>) -> (!tile.tile<?x2x8, f32, shared>) {
    ^bb0(%b: !tile.block, %valid: !tile.tile<?x1x1, i32, reg>, %o0: !tile.tile<?x2x4, f32, shared>):
      tile.yield %o0 : !tile.tile<?x2x4, f32, shared>
    }
  }
}

// -----

tile.kernel @load_c1(%w: !tile.view<32x64, f32, packed>) rows(%m : all by 64) {
  %c0 = arith.constant 0 : index
  // expected-error @below {{expected a view with layout rows, found '!tile.view<32x64, f32, packed>'}}
  %v = tile.load %w[%m, %c0] : !tile.view<32x64, f32, packed> -> !tile.tile<?x64, f32, reg>
}

// -----

tile.kernel @load_c2(%x: !tile.view<?x64, f32, rows>) rows(%m : all by 64) {
  %c0 = arith.constant 0 : index
  // expected-error @below {{expected a tile of f32, found '!tile.tile<?x64, i32, reg>'}}
  %v = tile.load %x[%m, %c0] : !tile.view<?x64, f32, rows> -> !tile.tile<?x64, i32, reg>
}

// -----

tile.kernel @load_c3(%x: !tile.view<?x64, f32, rows>) rows(%m : all by 64) {
  %c0 = arith.constant 0 : index
  // expected-error @below {{expected 2 indices, found 1}}
  %v = tile.load %x[%m] : !tile.view<?x64, f32, rows> -> !tile.tile<?x64, f32, reg>
}

// -----

tile.kernel @load_c4(%x: !tile.view<?x64, f32, rows>) rows(%m : all by 64) {
  %c0 = arith.constant 0 : index
  // expected-error @below {{cannot load '!tile.tile<?x65, f32, reg>' from '!tile.view<?x64, f32, rows>'}}
  %v = tile.load %x[%m, %c0] : !tile.view<?x64, f32, rows> -> !tile.tile<?x65, f32, reg>
}

// -----

tile.kernel @gather_c1(%rs: !tile.view<?, i32, rows>, %k: !tile.view<?x3x64, f16, keys>) rows(%m : all by 64) {
  %c0 = arith.constant 0 : index
  %i = tile.load %rs[%m] : !tile.view<?, i32, rows> -> !tile.tile<?x1, i32, reg>
  // expected-error @below {{expected a view of rank 2 with layout rows or packed, found '!tile.view<?x3x64, f16, keys>'}}
  %v = tile.gather %k[%i, %c0] : !tile.tile<?x1, i32, reg>, !tile.view<?x3x64, f16, keys> -> !tile.tile<?x64, f32, reg>
}

// -----

tile.kernel @gather_c1_index(%rs: !tile.view<?, i32, rows>, %w: !tile.view<32x64, f32, packed>, %n: !tile.view<?x2, i32, rows>) rows(%m : all by 64) {
  %c0 = arith.constant 0 : index
  %i = tile.load %n[%m, %c0] : !tile.view<?x2, i32, rows> -> !tile.tile<?x2, i32, reg>
  // expected-error @below {{expected a ?x1 index, found '!tile.tile<?x2, i32, reg>'}}
  %v = tile.gather %w[%i, %c0] : !tile.tile<?x2, i32, reg>, !tile.view<32x64, f32, packed> -> !tile.tile<?x64, f32, reg>
}

// -----

tile.kernel @gather_c2(%rs: !tile.view<?, i32, rows>, %w: !tile.view<32x64, f32, packed>) rows(%m : all by 64) {
  %c0 = arith.constant 0 : index
  %i = tile.load %rs[%m] : !tile.view<?, i32, rows> -> !tile.tile<?x1, i32, reg>
  // expected-error @below {{cannot gather '!tile.tile<?x65, f32, reg>' from '!tile.view<32x64, f32, packed>'}}
  %v = tile.gather %w[%i, %c0] : !tile.tile<?x1, i32, reg>, !tile.view<32x64, f32, packed> -> !tile.tile<?x65, f32, reg>
}

// -----

tile.kernel @gather_c3(%rs: !tile.view<?, i32, rows>, %w: !tile.view<32x64, f32, packed>) rows(%m : all by 64) {
  %c0 = arith.constant 0 : index
  %i = tile.load %rs[%m] : !tile.view<?, i32, rows> -> !tile.tile<?x1, i32, reg>
  %c8 = arith.constant 8 : index
  // expected-error @below {{expected a column that is a multiple of 16, found 8}}
  %v = tile.gather %w[%i, %c8] : !tile.tile<?x1, i32, reg>, !tile.view<32x64, f32, packed> -> !tile.tile<?x32, f32, reg>
}

// -----

tile.kernel @store_c1(%x: !tile.view<?x64, f32, rows>, %w: !tile.view<32x64, f32, packed>) rows(%m : all by 64) {
  %c0 = arith.constant 0 : index
  %v = tile.load %x[%m, %c0] : !tile.view<?x64, f32, rows> -> !tile.tile<?x64, f32, reg>
  // expected-error @below {{expected rows of rank 2 or a cache, found '!tile.view<32x64, f32, packed>'}}
  tile.store %v, %w[%m, %c0] : !tile.tile<?x64, f32, reg>, !tile.view<32x64, f32, packed>
}

// -----

tile.kernel @store_c1_indices(%x: !tile.view<?x64, f32, rows>) rows(%m : all by 64) {
  %c0 = arith.constant 0 : index
  %v = tile.load %x[%m, %c0] : !tile.view<?x64, f32, rows> -> !tile.tile<?x64, f32, reg>
  // expected-error @below {{expected 2 indices, found 1}}
  tile.store %v, %x[%m] : !tile.tile<?x64, f32, reg>, !tile.view<?x64, f32, rows>
}

// -----

tile.kernel @store_c2(%x: !tile.view<?x64, f32, rows>, %y: !tile.view<?x63, f32, rows>) rows(%m : all by 64) {
  %c0 = arith.constant 0 : index
  %v = tile.load %x[%m, %c0] : !tile.view<?x64, f32, rows> -> !tile.tile<?x64, f32, reg>
  // expected-error @below {{cannot store '!tile.tile<?x64, f32, reg>' to '!tile.view<?x63, f32, rows>'}}
  tile.store %v, %y[%m, %c0] : !tile.tile<?x64, f32, reg>, !tile.view<?x63, f32, rows>
}

// -----

tile.kernel @store_c3(%x: !tile.view<?x64, f32, rows>, %y: !tile.view<?x64, i32, rows>) rows(%m : all by 64) {
  %c0 = arith.constant 0 : index
  %v = tile.load %x[%m, %c0] : !tile.view<?x64, f32, rows> -> !tile.tile<?x64, f32, reg>
  // expected-error @below {{expected a tile of i32, found '!tile.tile<?x64, f32, reg>'}}
  tile.store %v, %y[%m, %c0] : !tile.tile<?x64, f32, reg>, !tile.view<?x64, i32, rows>
}

// -----

tile.kernel @store_c4(%x: !tile.view<?x64, f32, rows>, %rs: !tile.view<?, i32, rows>, %k: !tile.view<?x1x64, f16, keys>) rows(%m : all by 64) {
  %c0 = arith.constant 0 : index
  %i = tile.load %rs[%m] : !tile.view<?, i32, rows> -> !tile.tile<?x1, i32, reg>
  %v = tile.load %x[%m, %c0] : !tile.view<?x64, f32, rows> -> !tile.tile<?x2x32, f32, reg>
  // expected-error @below {{expected a tile of rank 2 for a cache, found '!tile.tile<?x2x32, f32, reg>'}}
  tile.store %v, %k[%i, %c0, %c0] : !tile.tile<?x2x32, f32, reg>, !tile.view<?x1x64, f16, keys>
}

// -----

tile.kernel @constant_c1(%x: !tile.view<?x64, f32, rows>) rows(%m : all by 64) {
  %c0 = arith.constant 0 : index
  // expected-error @below {{expected 2 values, found 1}}
  %v = tile.constant [1.0] : !tile.tile<1x2, f32, reg>
}

// -----

tile.kernel @constant_c1_type(%x: !tile.view<?x64, f32, rows>) rows(%m : all by 64) {
  %c0 = arith.constant 0 : index
  // expected-error @below {{expected a 1xN tile of f32, found '!tile.tile<?x1, f32, reg>'}}
  %v = tile.constant [1.0] : !tile.tile<?x1, f32, reg>
}

// -----

tile.kernel @constant_c1_finite(%x: !tile.view<?x64, f32, rows>) rows(%m : all by 64) {
  // expected-error @below {{expected finite values, found INF}}
  %v = tile.constant [1.0e60] : !tile.tile<1x1, f32, reg>
}

// -----

tile.kernel @fill_c1(%x: !tile.view<?x64, f32, rows>) rows(%m : all by 64) {
  %c0 = arith.constant 0 : index
  // expected-error @below {{expected a tile of f32, found '!tile.tile<?x1, i32, reg>'}}
  %v = tile.fill 1.0 : !tile.tile<?x1, i32, reg>
}

// -----

tile.kernel @map_c1(%x: !tile.view<?x64, f32, rows>) rows(%m : all by 64) {
  %c0 = arith.constant 0 : index
  %v = tile.load %x[%m, %c0] : !tile.view<?x64, f32, rows> -> !tile.tile<?x64, f32, reg>
  // expected-error @below {{cannot broadcast '!tile.tile<?x64, f32, reg>' to '!tile.tile<?x32, f32, reg>'}}
  %z = tile.map(%v) : (!tile.tile<?x64, f32, reg>) -> !tile.tile<?x32, f32, reg> {
  ^bb0(%e: f32):
    tile.yield %e : f32
  }
}

// -----

tile.kernel @map_c2(%x: !tile.view<?x64, f32, rows>) rows(%m : all by 64) {
  %c0 = arith.constant 0 : index
  %v = tile.load %x[%m, %c0] : !tile.view<?x64, f32, rows> -> !tile.tile<?x64, f32, reg>
  // expected-error @below {{expected one scalar block argument for each input, and an i32 when indexed}}
  %z = tile.map(%v) : (!tile.tile<?x64, f32, reg>) -> !tile.tile<?x64, f32, reg> {
  ^bb0(%e: f32, %f: f32):
    tile.yield %e : f32
  }
}

// -----

tile.kernel @map_c2_yield(%x: !tile.view<?x64, f32, rows>) rows(%m : all by 64) {
  %c0 = arith.constant 0 : index
  %v = tile.load %x[%m, %c0] : !tile.view<?x64, f32, rows> -> !tile.tile<?x64, f32, reg>
  // expected-error @below {{expected to yield one 'f32'}}
  %z = tile.map(%v) : (!tile.tile<?x64, f32, reg>) -> !tile.tile<?x64, f32, reg> {
  ^bb0(%e: f32):
    tile.yield %e, %e : f32, f32
  }
}

// -----

tile.kernel @map_c3(%x: !tile.view<?x64, f32, rows>) rows(%m : all by 64) {
  %c0 = arith.constant 0 : index
  %v = tile.load %x[%m, %c0] : !tile.view<?x64, f32, rows> -> !tile.tile<?x64, f32, reg>
  %z = tile.map(%v) : (!tile.tile<?x64, f32, reg>) -> !tile.tile<?x64, f32, reg> {
  ^bb0(%e: f32):
    // expected-error @below {{expected a constant or an elementwise op on f32, i32 or i1 in a map}}
    %d = arith.extf %e : f32 to f64
    tile.yield %e : f32
  }
}

// -----

tile.kernel @reduce_c1(%x: !tile.view<?x64, f32, rows>) rows(%m : all by 64) {
  %c0 = arith.constant 0 : index
  %v = tile.load %x[%m, %c0] : !tile.view<?x64, f32, rows> -> !tile.tile<?x64, f32, reg>
  // expected-error @below {{cannot reduce '!tile.tile<?x64, f32, reg>' to '!tile.tile<?x2, f32, reg>'}}
  %s = tile.reduce sum %v : !tile.tile<?x64, f32, reg> -> !tile.tile<?x2, f32, reg>
}

// -----

tile.kernel @encode_c1(%x: !tile.view<?x64, f32, rows>) rows(%m : all by 64) {
  %c0 = arith.constant 0 : index
  %v = tile.load %x[%m, %c0] : !tile.view<?x64, f32, rows> -> !tile.tile<?x64, f32, reg>
  // expected-error @below {{cannot encode '!tile.tile<?x64, f32, reg>' as '!tile.tile<?x32, q8, shared>'}}
  %s = tile.encode %v : !tile.tile<?x64, f32, reg> -> !tile.tile<?x32, q8, shared>
}

// -----

// Types that only the generic form can give.
tile.kernel @store_c1_slot(%x: !tile.view<?x64, f32, rows>, %k: !tile.view<?x1x64, f16, keys>) rows(%m : all by 64) {
  %c0 = arith.constant 0 : index
  %v = tile.load %x[%m, %c0] : !tile.view<?x64, f32, rows> -> !tile.tile<?x64, f32, reg>
  // expected-error @below {{expected a ?x1 reg tile of i32 as the first index of a cache and index values elsewhere}}
  "tile.store"(%v, %k, %c0, %c0, %c0) : (!tile.tile<?x64, f32, reg>, !tile.view<?x1x64, f16, keys>, index, index, index) -> ()
}

// -----

// A map is isolated: its constants stay in its body.
tile.kernel @map_isolated(%x: !tile.view<?x64, f32, rows>) rows(%m : all by 64) {
  %c0 = arith.constant 0 : index
  %v = tile.load %x[%m, %c0] : !tile.view<?x64, f32, rows> -> !tile.tile<?x64, f32, reg>
  %one = arith.constant 1.0 : f32
  // expected-note @below {{required by region isolation constraints}}
  %z = tile.map(%v) : (!tile.tile<?x64, f32, reg>) -> !tile.tile<?x64, f32, reg> {
  ^bb0(%e: f32):
    // expected-error @below {{using value defined outside the region}}
    %r = arith.addf %e, %one : f32
    tile.yield %r : f32
  }
}
