// RUN: sennit-opt %s -tile-verify-tile -split-input-file -verify-diagnostics

// A kernel that is ready passes; so does a view that is read after it was written.
tile.kernel @good(%x: !tile.view<?x16, f32, rows>, %y: !tile.view<?x16, f32, rows>) rows(%m : all by 64) {
  %c0 = arith.constant 0 : index
  %v = tile.load %x[%m, %c0] : !tile.view<?x16, f32, rows> -> !tile.tile<?x16, f32, reg>
  tile.store %v, %y[%m, %c0] : !tile.tile<?x16, f32, reg>, !tile.view<?x16, f32, rows>
  %w = tile.load %y[%m, %c0] : !tile.view<?x16, f32, rows> -> !tile.tile<?x16, f32, reg>
  tile.store %w, %x[%m, %c0] : !tile.tile<?x16, f32, reg>, !tile.view<?x16, f32, rows>
}

// -----

// expected-error @below {{expected a schedule in a kernel with columns}}
tile.kernel @verify_tile_c1(%x: !tile.view<?x16, f32, rows>) rows(%m : all by 64) {
  tile.columns %h = 0 to 1 step 1 {
    %c0 = arith.constant 0 : index
    %v = tile.fill 0.0 : !tile.tile<?x16, f32, reg>
    tile.store %v, %x[%m, %c0] : !tile.tile<?x16, f32, reg>, !tile.view<?x16, f32, rows>
  }
}

// -----

tile.kernel @verify_tile_c2(%x: !tile.view<?x16, f32, rows>) rows(%m : all by 64) {
  %c0 = arith.constant 0 : index
  // expected-error @below {{expected only ops of tile, arith and math in a kernel}}
  %c1 = index.constant 1
  %v = tile.fill 0.0 : !tile.tile<?x16, f32, reg>
  tile.store %v, %x[%m, %c0] : !tile.tile<?x16, f32, reg>, !tile.view<?x16, f32, rows>
}

// -----

// expected-error @below {{expected at least one store}}
tile.kernel @verify_tile_c3(%x: !tile.view<?x16, f32, rows>) rows(%m : all by 64) {
}

// -----

// The second half is turned with a first half that is gone by then.
tile.kernel @verify_tile_c4(%x: !tile.view<?x32, f32, rows>) rows(%m : all by 64) {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  // expected-error @below {{expected the view to keep what is loaded until the last use of it}}
  %low = tile.load %x[%m, %c0] : !tile.view<?x32, f32, rows> -> !tile.tile<?x16, f32, reg>
  %high = tile.load %x[%m, %c16] : !tile.view<?x32, f32, rows> -> !tile.tile<?x16, f32, reg>
  %s = tile.map(%low) : (!tile.tile<?x16, f32, reg>) -> !tile.tile<?x16, f32, reg> {
  ^bb0(%e: f32):
    %r = arith.negf %e : f32
    tile.yield %r : f32
  }
  // expected-note @below {{it is written here}}
  tile.store %high, %x[%m, %c0] : !tile.tile<?x16, f32, reg>, !tile.view<?x32, f32, rows>
  tile.store %s, %x[%m, %c16] : !tile.tile<?x16, f32, reg>, !tile.view<?x32, f32, rows>
}
