// RUN: sennit-opt %s -tile-verify-tile -split-input-file -verify-diagnostics

// A read of what other threads wrote.
tile.kernel @verify_tile_c5(%x: !tile.view<?x64, f32, rows>, %y: !tile.view<?x64, f32, rows>) rows(%m : all by 64)
    schedule(#tile.cuda<form = row, of = "k", rows = 4, threads = 128>) {
  %c0 = arith.constant 0 : index
  // expected-note @below {{another thread may still be here}}
  %v = tile.load %x[%m, %c0] : !tile.view<?x64, f32, rows> -> !tile.tile<?x64, f32, shared>
  // expected-error @below {{expected a barrier before it}}
  tile.store %v, %y[%m, %c0] : !tile.tile<?x64, f32, shared>, !tile.view<?x64, f32, rows>
  tile.barrier
}

// -----

// The next row would overwrite what is still read.
// expected-error @below {{expected a barrier at the end of its body}}
tile.kernel @verify_tile_c5(%x: !tile.view<?x64, f32, rows>, %y: !tile.view<?x64, f32, rows>) rows(%m : all by 64)
    schedule(#tile.cuda<form = row, of = "k", rows = 4, threads = 128>) {
  %c0 = arith.constant 0 : index
  %v = tile.load %x[%m, %c0] : !tile.view<?x64, f32, rows> -> !tile.tile<?x64, f32, shared>
  tile.barrier
  // expected-note @below {{another thread may still be here}}
  tile.store %v, %y[%m, %c0] : !tile.tile<?x64, f32, shared>, !tile.view<?x64, f32, rows>
}
