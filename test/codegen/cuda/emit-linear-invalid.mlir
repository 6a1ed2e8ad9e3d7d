// RUN: sennit-opt %s --emit-cuda -split-input-file -verify-diagnostics

// Two loops over K.
tile.kernel @two_stages(%x: !tile.view<?x64, f32, rows>, %w: !tile.view<16x64, f16, packed>, %u: !tile.view<16x64, f16, packed>,
    %y: !tile.view<?x16, f32, rows>) rows(%m : all by 64) schedule(#tile.cuda<form = many, of = "k", rows = 64, columns = 64, stages = 4, threads = 128>) {
  %c0 = arith.constant 0 : index
  %a = tile.encoded 0 : !tile.tile<?x64, f16, scratch>
  // expected-error @below {{expected one tile.stage in each section}}
  tile.columns %n = 0 to 16 step 16 {
    %c = tile.stage to 64 step 32 ahead 3 -> !tile.tile<?x16, f32, reg> {
    ^bb0(%k: index):
      %p = tile.async_load %w[%n, %k] : !tile.view<16x64, f16, packed> -> !tile.view<16x32, f16, packed>
      %b = tile.async_load %a[%m, %k] : !tile.tile<?x64, f16, scratch> -> !tile.tile<?x32, f16, shared>
      tile.barrier
      %s = tile.contract %b, %p[%k] : !tile.tile<?x32, f16, shared>, !tile.view<16x32, f16, packed> -> !tile.tile<?x16, f32, reg>
      tile.yield %s : !tile.tile<?x16, f32, reg>
    }
    %d = tile.stage to 64 step 32 ahead 3 -> !tile.tile<?x16, f32, reg> {
    ^bb0(%k: index):
      %p = tile.async_load %w[%n, %k] : !tile.view<16x64, f16, packed> -> !tile.view<16x32, f16, packed>
      %b = tile.async_load %a[%m, %k] : !tile.tile<?x64, f16, scratch> -> !tile.tile<?x32, f16, shared>
      tile.barrier
      %s = tile.contract %b, %p[%k] : !tile.tile<?x32, f16, shared>, !tile.view<16x32, f16, packed> -> !tile.tile<?x16, f32, reg>
      tile.yield %s : !tile.tile<?x16, f32, reg>
    }
    tile.store %c, %y[%m, %n] : !tile.tile<?x16, f32, reg>, !tile.view<?x16, f32, rows>
  }
}

// -----

// Weights of other rows than the section's.
tile.kernel @row(%x: !tile.view<?x64, f32, rows>, %w: !tile.view<16x64, f16, packed>, %u: !tile.view<16x64, f16, packed>,
    %y: !tile.view<?x16, f32, rows>) rows(%m : all by 64) schedule(#tile.cuda<form = many, of = "k", rows = 64, columns = 64, stages = 4, threads = 128>) {
  %c0 = arith.constant 0 : index
  %a = tile.encoded 0 : !tile.tile<?x64, f16, scratch>
  tile.columns %n = 0 to 16 step 16 {
    // expected-error @below {{expected sums over slices of weights, loaded from the section's column and the stage's k on}}
    %c = tile.stage to 64 step 32 ahead 3 -> !tile.tile<?x16, f32, reg> {
    ^bb0(%k: index):
      %p = tile.async_load %w[%c0, %k] : !tile.view<16x64, f16, packed> -> !tile.view<16x32, f16, packed>
      %b = tile.async_load %a[%m, %k] : !tile.tile<?x64, f16, scratch> -> !tile.tile<?x32, f16, shared>
      tile.barrier
      %s = tile.contract %b, %p[%k] : !tile.tile<?x32, f16, shared>, !tile.view<16x32, f16, packed> -> !tile.tile<?x16, f32, reg>
      tile.yield %s : !tile.tile<?x16, f32, reg>
    }
    tile.store %c, %y[%m, %n] : !tile.tile<?x16, f32, reg>, !tile.view<?x16, f32, rows>
  }
}

// -----

// Activations of other columns than the slice's.
tile.kernel @column(%x: !tile.view<?x64, f32, rows>, %w: !tile.view<16x64, f16, packed>, %u: !tile.view<16x64, f16, packed>,
    %y: !tile.view<?x16, f32, rows>) rows(%m : all by 64) schedule(#tile.cuda<form = many, of = "k", rows = 64, columns = 64, stages = 4, threads = 128>) {
  %c0 = arith.constant 0 : index
  %a = tile.encoded 0 : !tile.tile<?x64, f16, scratch>
  tile.columns %n = 0 to 16 step 16 {
    %c = tile.stage to 64 step 32 ahead 3 -> !tile.tile<?x16, f32, reg> {
    ^bb0(%k: index):
      %p = tile.async_load %w[%n, %k] : !tile.view<16x64, f16, packed> -> !tile.view<16x32, f16, packed>
      %b = tile.async_load %a[%m, %c0] : !tile.tile<?x64, f16, scratch> -> !tile.tile<?x32, f16, shared>
      tile.barrier
      // expected-error @below {{expected activations loaded slice by slice from scratch}}
      %s = tile.contract %b, %p[%k] : !tile.tile<?x32, f16, shared>, !tile.view<16x32, f16, packed> -> !tile.tile<?x16, f32, reg>
      tile.yield %s : !tile.tile<?x16, f32, reg>
    }
    tile.store %c, %y[%m, %n] : !tile.tile<?x16, f32, reg>, !tile.view<?x16, f32, rows>
  }
}

// -----

// Columns of half the weight.
tile.kernel @half(%x: !tile.view<?x64, f32, rows>, %w: !tile.view<16x64, f16, packed>, %u: !tile.view<16x64, f16, packed>,
    %y: !tile.view<?x16, f32, rows>) rows(%m : all by 64) schedule(#tile.cuda<form = many, of = "k", rows = 64, columns = 64, stages = 4, threads = 128>) {
  %c0 = arith.constant 0 : index
  %a = tile.encoded 0 : !tile.tile<?x64, f16, scratch>
  // expected-error @below {{expected columns over all rows of the weight, found '!tile.view<16x64, f16, packed>'}}
  tile.columns %n = 0 to 8 step 16 {
    %c = tile.stage to 64 step 32 ahead 3 -> !tile.tile<?x16, f32, reg> {
    ^bb0(%k: index):
      %p = tile.async_load %w[%n, %k] : !tile.view<16x64, f16, packed> -> !tile.view<16x32, f16, packed>
      %b = tile.async_load %a[%m, %k] : !tile.tile<?x64, f16, scratch> -> !tile.tile<?x32, f16, shared>
      tile.barrier
      %s = tile.contract %b, %p[%k] : !tile.tile<?x32, f16, shared>, !tile.view<16x32, f16, packed> -> !tile.tile<?x16, f32, reg>
      tile.yield %s : !tile.tile<?x16, f32, reg>
    }
    tile.store %c, %y[%m, %n] : !tile.tile<?x16, f32, reg>, !tile.view<?x16, f32, rows>
  }
}

// -----

// Sections that differ in how many weights they have.
tile.kernel @counts(%x: !tile.view<?x64, f32, rows>, %w: !tile.view<16x64, f16, packed>, %u: !tile.view<16x64, f16, packed>,
    %y: !tile.view<?x16, f32, rows>) rows(%m : all by 64) schedule(#tile.cuda<form = many, of = "k", rows = 64, columns = 64, stages = 4, threads = 128>) {
  %c0 = arith.constant 0 : index
  %a = tile.encoded 0 : !tile.tile<?x64, f16, scratch>
  tile.columns %n = 0 to 16 step 16 {
    %c = tile.stage to 64 step 32 ahead 3 -> !tile.tile<?x16, f32, reg> {
    ^bb0(%k: index):
      %p = tile.async_load %w[%n, %k] : !tile.view<16x64, f16, packed> -> !tile.view<16x32, f16, packed>
      %b = tile.async_load %a[%m, %k] : !tile.tile<?x64, f16, scratch> -> !tile.tile<?x32, f16, shared>
      tile.barrier
      %s = tile.contract %b, %p[%k] : !tile.tile<?x32, f16, shared>, !tile.view<16x32, f16, packed> -> !tile.tile<?x16, f32, reg>
      tile.yield %s : !tile.tile<?x16, f32, reg>
    }
    tile.store %c, %y[%m, %n] : !tile.tile<?x16, f32, reg>, !tile.view<?x16, f32, rows>
  }
  tile.columns %n = 0 to 16 step 16 {
    // expected-error @below {{expected one or two weights, as many in each section, found 2}}
    %c:2 = tile.stage to 64 step 32 ahead 3 -> !tile.tile<?x16, f32, reg>, !tile.tile<?x16, f32, reg> {
    ^bb0(%k: index):
      %p = tile.async_load %w[%n, %k] : !tile.view<16x64, f16, packed> -> !tile.view<16x32, f16, packed>
      %p2 = tile.async_load %u[%n, %k] : !tile.view<16x64, f16, packed> -> !tile.view<16x32, f16, packed>
      %b = tile.async_load %a[%m, %k] : !tile.tile<?x64, f16, scratch> -> !tile.tile<?x32, f16, shared>
      tile.barrier
      %s = tile.contract %b, %p[%k] : !tile.tile<?x32, f16, shared>, !tile.view<16x32, f16, packed> -> !tile.tile<?x16, f32, reg>
      %s2 = tile.contract %b, %p2[%k] : !tile.tile<?x32, f16, shared>, !tile.view<16x32, f16, packed> -> !tile.tile<?x16, f32, reg>
      tile.yield %s, %s2 : !tile.tile<?x16, f32, reg>, !tile.tile<?x16, f32, reg>
    }
    tile.store %c#0, %y[%m, %n] : !tile.tile<?x16, f32, reg>, !tile.view<?x16, f32, rows>
  }
}

// -----

// Sections of two formats in one function.
tile.kernel @formats(%x: !tile.view<?x64, f32, rows>, %w: !tile.view<16x64, f16, packed>, %u: !tile.view<16x64, f16, packed>,
    %y: !tile.view<?x16, f32, rows>, %z: !tile.view<16x64, f32, packed>) rows(%m : all by 64) schedule(#tile.cuda<form = many, of = "k", rows = 64, columns = 64, stages = 4, threads = 128>) {
  %c0 = arith.constant 0 : index
  %a = tile.encoded 0 : !tile.tile<?x64, f16, scratch>
  %e = tile.encoded 0 : !tile.tile<?x64, split, scratch>
  tile.columns %n = 0 to 16 step 16 {
    %c = tile.stage to 64 step 32 ahead 3 -> !tile.tile<?x16, f32, reg> {
    ^bb0(%k: index):
      %p = tile.async_load %w[%n, %k] : !tile.view<16x64, f16, packed> -> !tile.view<16x32, f16, packed>
      %b = tile.async_load %a[%m, %k] : !tile.tile<?x64, f16, scratch> -> !tile.tile<?x32, f16, shared>
      tile.barrier
      %s = tile.contract %b, %p[%k] : !tile.tile<?x32, f16, shared>, !tile.view<16x32, f16, packed> -> !tile.tile<?x16, f32, reg>
      tile.yield %s : !tile.tile<?x16, f32, reg>
    }
    tile.store %c, %y[%m, %n] : !tile.tile<?x16, f32, reg>, !tile.view<?x16, f32, rows>
  }
  tile.columns %n = 0 to 16 step 16 {
    %c = tile.stage to 64 step 32 ahead 3 -> !tile.tile<?x16, f32, reg> {
    ^bb0(%k: index):
      %p = tile.async_load %z[%n, %k] : !tile.view<16x64, f32, packed> -> !tile.view<16x32, f32, packed>
      %b = tile.async_load %e[%m, %k] : !tile.tile<?x64, split, scratch> -> !tile.tile<?x32, split, shared>
      tile.barrier
      // expected-error @below {{expected weights of one format and width in a function, found '!tile.view<16x64, f32, packed>'}}
      %s = tile.contract %b, %p[%k] : !tile.tile<?x32, split, shared>, !tile.view<16x32, f32, packed> -> !tile.tile<?x16, f32, reg>
      tile.yield %s : !tile.tile<?x16, f32, reg>
    }
    tile.store %c, %y[%m, %n] : !tile.tile<?x16, f32, reg>, !tile.view<?x16, f32, rows>
  }
}

// -----

// A block of another size than a row's.
// expected-error @below {{expected 128 threads for a row, found 64}}
tile.kernel @threads(%x: !tile.view<?x64, f32, rows>, %w: !tile.view<16x64, f16, packed>, %u: !tile.view<16x64, f16, packed>,
    %y: !tile.view<?x16, f32, rows>) rows(%m : all by 64) schedule(#tile.cuda<form = row, of = "k", threads = 64>) {
  %c0 = arith.constant 0 : index
  %v = tile.load %x[%m, %c0] : !tile.view<?x64, f32, rows> -> !tile.tile<?x16, f32, reg>
  tile.store %v, %y[%m, %c0] : !tile.tile<?x16, f32, reg>, !tile.view<?x16, f32, rows>
}

// -----

// An encoded tile that no contraction multiplies.
tile.kernel @loops(%x: !tile.view<?x64, f32, rows>, %w: !tile.view<16x64, f16, packed>, %u: !tile.view<16x64, f16, packed>,
    %y: !tile.view<?x16, f32, rows>) rows(%m : all by 64) schedule(#tile.cuda<form = row, of = "k", threads = 128>) {
  %c0 = arith.constant 0 : index
  tile.for %i = 0 to 2 step 1 {
    tile.for %j = 0 to 2 step 1 {
      %v = tile.load %x[%m, %i] : !tile.view<?x64, f32, rows> -> !tile.tile<?x16, f32, reg>
      // expected-error @below {{'tile.encode' op expected an encoded tile to be what a prologue yields}}
      %s = tile.encode %v : !tile.tile<?x16, f32, reg> -> !tile.tile<?x16, f16, shared>
      tile.store %v, %y[%m, %c0] : !tile.tile<?x16, f32, reg>, !tile.view<?x16, f32, rows>
    }
  }
}
