// RUN: sennit-opt %s | sennit-opt | FileCheck %s

// A norm in the prologue, two weights in one section, a residual in the other.
// CHECK-LABEL: tile.kernel @norm_linear(
// CHECK-SAME: %[[X:.*]]: !tile.view<?x64, f32, rows>
// CHECK-SAME: rows(%[[M:.*]] : all by 64) schedule(#tile.cpu<rows = 4, streams = 4, ahead = 640>) {
tile.kernel @norm_linear(%x: !tile.view<?x64, f32, rows>, %g: !tile.view<64, f16, rows>,
                         %w: !tile.view<40x64, q4_1, packed>, %u: !tile.view<40x64, q8_0, packed>,
                         %y: !tile.view<?x40, f32, rows>, %z: !tile.view<?x40, f32, rows>)
    rows(%m : all by 64) schedule(#tile.cpu<rows = 4, streams = 4, ahead = 640>) {
  %c0 = arith.constant 0 : index
  // CHECK: %[[A:.*]] = tile.prologue -> !tile.tile<?x64, q8, shared> {
  %a = tile.prologue -> !tile.tile<?x64, q8, shared> {
    // CHECK: tile.load %[[X]][%[[M]], %{{.*}}] : !tile.view<?x64, f32, rows> -> !tile.tile<?x64, f32, reg>
    %v = tile.load %x[%m, %c0] : !tile.view<?x64, f32, rows> -> !tile.tile<?x64, f32, reg>
    // CHECK: tile.reduce sum_squares %{{.*}} : !tile.tile<?x64, f32, reg> -> !tile.tile<?x1, f32, reg>
    %s = tile.reduce sum_squares %v : !tile.tile<?x64, f32, reg> -> !tile.tile<?x1, f32, reg>
    // CHECK: tile.load %{{.*}}[] : !tile.view<64, f16, rows> -> !tile.tile<1x64, f32, reg>
    %h = tile.load %g[] : !tile.view<64, f16, rows> -> !tile.tile<1x64, f32, reg>
    // CHECK: tile.map(%{{.*}}, %{{.*}}, %{{.*}}) : (!tile.tile<?x64, f32, reg>, !tile.tile<?x1, f32, reg>, !tile.tile<1x64, f32, reg>) -> !tile.tile<?x64, f32, reg> {
    // CHECK-NEXT: ^bb0(%{{.*}}: f32, %{{.*}}: f32, %{{.*}}: f32):
    %n = tile.map(%v, %s, %h) : (!tile.tile<?x64, f32, reg>, !tile.tile<?x1, f32, reg>, !tile.tile<1x64, f32, reg>) -> !tile.tile<?x64, f32, reg> {
    ^bb0(%e: f32, %q: f32, %f: f32):
      %r = math.rsqrt %q : f32
      %er = arith.mulf %e, %r : f32
      %erf = arith.mulf %er, %f : f32
      tile.yield %erf : f32
    }
    // CHECK: tile.encode %{{.*}} : !tile.tile<?x64, f32, reg> -> !tile.tile<?x64, q8, shared>
    %q = tile.encode %n : !tile.tile<?x64, f32, reg> -> !tile.tile<?x64, q8, shared>
    // CHECK: tile.yield %{{.*}} : !tile.tile<?x64, q8, shared>
    tile.yield %q : !tile.tile<?x64, q8, shared>
  }
  // CHECK: tile.columns %[[N:.*]] = 0 to 40 step 16 {
  tile.columns %n = 0 to 40 step 16 {
    // CHECK: tile.contract %[[A]], %{{.*}}[%[[N]]] : !tile.tile<?x64, q8, shared>, !tile.view<40x64, q4_1, packed> -> !tile.tile<?x16, f32, reg>
    %c = tile.contract %a, %w[%n] : !tile.tile<?x64, q8, shared>, !tile.view<40x64, q4_1, packed> -> !tile.tile<?x16, f32, reg>
    %d = tile.contract %a, %u[%n] : !tile.tile<?x64, q8, shared>, !tile.view<40x64, q8_0, packed> -> !tile.tile<?x16, f32, reg>
    %p = tile.map(%c, %d) : (!tile.tile<?x16, f32, reg>, !tile.tile<?x16, f32, reg>) -> !tile.tile<?x16, f32, reg> {
    ^bb0(%e: f32, %f: f32):
      %r = arith.mulf %e, %f : f32
      tile.yield %r : f32
    }
    // CHECK: tile.store %{{.*}}, %{{.*}}[%[[M]], %[[N]]] : !tile.tile<?x16, f32, reg>, !tile.view<?x40, f32, rows>
    tile.store %p, %y[%m, %n] : !tile.tile<?x16, f32, reg>, !tile.view<?x40, f32, rows>
  }
  tile.columns %n = 0 to 40 step 16 {
    %c = tile.contract %a, %w[%n] : !tile.tile<?x64, q8, shared>, !tile.view<40x64, q4_1, packed> -> !tile.tile<?x16, f32, reg>
    tile.store %c, %z[%m, %n] : !tile.tile<?x16, f32, reg>, !tile.view<?x40, f32, rows>
  }
}

// A row kernel: an indexed map, constants, a loop over heads, and a store into the cache.
// CHECK-LABEL: tile.kernel @rope_append(
// CHECK: rows(%{{.*}} : prompt by 8) {
tile.kernel @rope_append(%x: !tile.view<?x8, f32, rows>, %positions: !tile.view<?, i32, rows>, %slots: !tile.view<?, i32, rows>,
                         %k: !tile.view<?x2x4, f16, keys>) rows(%m : prompt by 8) {
  %c0 = arith.constant 0 : index
  %c4 = arith.constant 4 : index
  // CHECK: tile.load %{{.*}}[%{{.*}}] : !tile.view<?, i32, rows> -> !tile.tile<?x1, i32, reg>
  %p = tile.load %positions[%m] : !tile.view<?, i32, rows> -> !tile.tile<?x1, i32, reg>
  %s = tile.load %slots[%m] : !tile.view<?, i32, rows> -> !tile.tile<?x1, i32, reg>
  // Values keep all their digits.
  // CHECK: tile.constant [1.0, 0.3162277638912201, 0.25, -0.5] : !tile.tile<1x4, f32, reg>
  %f = tile.constant [1.0, 0.31622776389122009, 0.25, -0.5] : !tile.tile<1x4, f32, reg>
  // CHECK: tile.for %[[H:.*]] = 0 to 2 step 1 {
  tile.for %h = 0 to 2 step 1 {
    %c = arith.muli %h, %c4 : index
    %v = tile.load %x[%m, %c] : !tile.view<?x8, f32, rows> -> !tile.tile<?x4, f32, reg>
    // CHECK: tile.map indexed(%{{.*}}, %{{.*}}, %{{.*}}) : (
    %y = tile.map indexed(%v, %p, %f) : (!tile.tile<?x4, f32, reg>, !tile.tile<?x1, i32, reg>, !tile.tile<1x4, f32, reg>) -> !tile.tile<?x4, f32, reg> {
    ^bb0(%e: f32, %i: i32, %g: f32, %column: i32):
      %a = arith.addi %i, %column : i32
      %af = arith.sitofp %a : i32 to f32
      %ag = arith.mulf %af, %g : f32
      %cos = math.cos %ag : f32
      %r = arith.mulf %e, %cos : f32
      tile.yield %r : f32
    }
    // CHECK: tile.store %{{.*}}, %{{.*}}[%{{.*}}, %[[H]], %{{.*}}] : !tile.tile<?x4, f32, reg>, !tile.view<?x2x4, f16, keys>
    tile.store %y, %k[%s, %h, %c0] : !tile.tile<?x4, f32, reg>, !tile.view<?x2x4, f16, keys>
  }
}

// CHECK-LABEL: tile.kernel @embed(
tile.kernel @embed(%ids: !tile.view<?, i32, rows>, %w: !tile.view<100x32, q8_0, packed>, %y: !tile.view<?x32, f32, rows>)
    rows(%m : wanted by 64) attributes {note = "kept"} {
  %c0 = arith.constant 0 : index
  %i = tile.load %ids[%m] : !tile.view<?, i32, rows> -> !tile.tile<?x1, i32, reg>
  // CHECK: tile.gather %{{.*}}[%{{.*}}, %{{.*}}] : !tile.tile<?x1, i32, reg>, !tile.view<100x32, q8_0, packed> -> !tile.tile<?x32, f32, reg>
  %v = tile.gather %w[%i, %c0] : !tile.tile<?x1, i32, reg>, !tile.view<100x32, q8_0, packed> -> !tile.tile<?x32, f32, reg>
  tile.store %v, %y[%m, %c0] : !tile.tile<?x32, f32, reg>, !tile.view<?x32, f32, rows>
}

// CHECK-LABEL: tile.kernel @attention(
tile.kernel @attention(%x: !tile.view<?x8, f32, rows>, %k: !tile.view<?x1x4, f16, keys>, %v: !tile.view<?x1x4, f16, values>,
                       %y: !tile.view<?x8, f32, rows>, %rs: !tile.view<?, i32, rows>, %ps: !tile.view<?, i32, rows>,
                       %ss: !tile.view<?, i32, rows>, %sp: !tile.view<?, i32, rows>, %sl: !tile.view<?, i32, rows>,
                       %sf: !tile.view<?, i32, rows>, %pg: !tile.view<?, i32, rows>) rows(%m : generated by 64) {
  %c0 = arith.constant 0 : index
  tile.columns %h = 0 to 1 step 1 {
    %q = tile.load %x[%m, %c0] : !tile.view<?x8, f32, rows> -> !tile.tile<?x2x4, f32, shared>
    // CHECK: tile.fill 0.000000e+00 : !tile.tile<?x2x4, f32, shared>
    %o0 = tile.fill 0.0 : !tile.tile<?x2x4, f32, shared>
    // CHECK: tile.fill 0xFF800000 : !tile.tile<?x2x1, f32, shared>
    %m0 = tile.fill 0xFF800000 : !tile.tile<?x2x1, f32, shared>
    // CHECK: %{{.*}}:2 = tile.keys(%{{.*}}, {{.*}}) init(%{{.*}}, %{{.*}}) : (!tile.tile<?x2x4, f32, shared>, !tile.tile<?x2x1, f32, shared>) -> (!tile.tile<?x2x4, f32, shared>, !tile.tile<?x2x1, f32, shared>) {
    // CHECK-NEXT: ^bb0(%[[B:.*]]: !tile.block, %[[VALID:.*]]: !tile.tile<?x1x1, i32, reg>, %{{.*}}: !tile.tile<?x2x4, f32, shared>, %{{.*}}: !tile.tile<?x2x1, f32, shared>):
    %o, %mx = tile.keys(%m, %rs, %ps, %ss, %sp, %sl, %sf, %pg) init(%o0, %m0) : (!tile.tile<?x2x4, f32, shared>, !tile.tile<?x2x1, f32, shared>) -> (!tile.tile<?x2x4, f32, shared>, !tile.tile<?x2x1, f32, shared>) {
    ^bb0(%b: !tile.block, %valid: !tile.tile<?x1x1, i32, reg>, %o1: !tile.tile<?x2x4, f32, shared>, %m1: !tile.tile<?x2x1, f32, shared>):
      // CHECK: tile.contract %{{.*}}, %{{.*}}[%[[B]], %{{.*}}] : !tile.tile<?x2x4, f32, shared>, !tile.view<?x1x4, f16, keys> -> !tile.tile<?x2x256, f32, shared>
      %s = tile.contract %q, %k[%b, %h] : !tile.tile<?x2x4, f32, shared>, !tile.view<?x1x4, f16, keys> -> !tile.tile<?x2x256, f32, shared>
      // CHECK: tile.contract %{{.*}}, %{{.*}}[%[[B]], %{{.*}}] valid(%[[VALID]]) : !tile.tile<?x2x256, f32, shared>, !tile.view<?x1x4, f16, values> -> !tile.tile<?x2x4, f32, shared>
      %p = tile.contract %s, %v[%b, %h] valid(%valid) : !tile.tile<?x2x256, f32, shared>, !tile.view<?x1x4, f16, values> -> !tile.tile<?x2x4, f32, shared>
      tile.yield %p, %m1 : !tile.tile<?x2x4, f32, shared>, !tile.tile<?x2x1, f32, shared>
    }
    tile.store %o, %y[%m, %c0] : !tile.tile<?x2x4, f32, shared>, !tile.view<?x8, f32, rows>
  }
}
