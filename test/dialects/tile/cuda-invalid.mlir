// RUN: sennit-opt %s -allow-unregistered-dialect -split-input-file -verify-diagnostics

// Sizes that no block can have.
// expected-error @below {{expected 32 to 1024 threads in whole warps, found 100}}
"test.cuda_c1"() {schedule = #tile.cuda<form = row, of = "k", threads = 100>} : () -> ()

// -----

// Sizes that no block can have.
// expected-error @below {{expected 1 to 32 blocks of a multiprocessor, found 33}}
"test.cuda_c1"() {schedule = #tile.cuda<form = row, of = "k", threads = 128, blocks = 33>} : () -> ()

// -----

// Sizes that no block can have.
// expected-error @below {{expected at least 1 row and no negative number, found rows = 0, most = 0, group = 0}}
"test.cuda_c1"() {schedule = #tile.cuda<form = row, of = "k", rows = 0, threads = 128>} : () -> ()

// -----

// Sizes that no block can have.
// expected-error @below {{expected 1 to 16 stages, found 17}}
"test.cuda_c1"() {schedule = #tile.cuda<form = row, of = "k", stages = 17, threads = 128>} : () -> ()

// -----

// Columns belong to the forms that multiply.
// expected-error @below {{expected a multiple of 16 columns in form many, found 24}}
"test.cuda_c2"() {schedule = #tile.cuda<form = many, of = "k", columns = 24, threads = 128>} : () -> ()

// -----

// Columns belong to the forms that multiply.
// expected-error @below {{expected no columns in form row, found 16}}
"test.cuda_c2"() {schedule = #tile.cuda<form = row, of = "k", columns = 16, threads = 128>} : () -> ()

// -----

// Operands of tensor cores live in memory; only they live in scratch.
// expected-error @below {{a tile of f16 must be shared or scratch, and of rank 2}}
"test.tile_c3"() : () -> !tile.tile<?x64, f16, reg>

// -----

// Operands of tensor cores live in memory; only they live in scratch.
// expected-error @below {{a scratch tile must hold f16, bf16 or split, found f32}}
"test.tile_c3"() : () -> !tile.tile<?x64, f32, scratch>

// -----

// What is for CUDA needs its schedule.
tile.kernel @kernel_c7(%x: !tile.view<?x64, f32, rows>) rows(%m : all by 64) {
  // expected-error @below {{'tile.barrier' op expected a #tile.cuda schedule of its kernel}}
  tile.barrier
}

// -----

// What is for CUDA needs its schedule.
tile.kernel @kernel_c7(%x: !tile.view<?x64, f32, rows>) rows(%m : all by 64) {
  %c0 = arith.constant 0 : index
  %v = tile.load %x[%m, %c0] : !tile.view<?x64, f32, rows> -> !tile.tile<?x64, f32, reg>
  // expected-error @below {{'tile.encode' op expected a #tile.cuda schedule of its kernel for a result of bf16}}
  %q = tile.encode %v : !tile.tile<?x64, f32, reg> -> !tile.tile<?x64, bf16, shared>
}

// -----

// A prologue of form encode fills scratch.
tile.kernel @prologue_c1(%x: !tile.view<?x64, f32, rows>, %w: !tile.view<16x64, f16, packed>, %y: !tile.view<?x16, f32, rows>)
    rows(%m : all by 64) schedule(#tile.cuda<form = encode, of = "k", threads = 128>) {
  %c0 = arith.constant 0 : index
  // expected-error @below {{expected scratch results, found '!tile.tile<?x64, f16, shared>'}}
  %a = tile.prologue -> !tile.tile<?x64, f16, shared> {
    %v = tile.load %x[%m, %c0] : !tile.view<?x64, f32, rows> -> !tile.tile<?x64, f32, reg>
    %q = tile.encode %v : !tile.tile<?x64, f32, reg> -> !tile.tile<?x64, f16, shared>
    tile.yield %q : !tile.tile<?x64, f16, shared>
  }
}

// -----

// A slice is whole steps, and some are ahead.
tile.kernel @stage_c1(%x: !tile.view<?x64, f32, rows>, %w: !tile.view<16x64, f16, packed>, %y: !tile.view<?x16, f32, rows>)
    rows(%m : all by 64) schedule(#tile.cuda<form = many, of = "k", columns = 64, threads = 128>) {
  %a = tile.encoded 0 : !tile.tile<?x64, f16, scratch>
  tile.columns %n = 0 to 16 step 16 {
    // expected-error @below {{expected an upper bound of at least 1, a step in multiples of 32 and 1 to 15 slices ahead, found to 64 step 16 ahead 3}}
    %c = tile.stage to 64 step 16 ahead 3 -> !tile.tile<?x16, f32, reg> {
    ^bb0(%k: index):
      %p = tile.async_load %w[%n, %k] : !tile.view<16x64, f16, packed> -> !tile.view<16x32, f16, packed>
      %b = tile.async_load %a[%m, %k] : !tile.tile<?x64, f16, scratch> -> !tile.tile<?x32, f16, shared>
      tile.barrier
      %s = tile.contract %b, %p[%k] : !tile.tile<?x32, f16, shared>, !tile.view<16x32, f16, packed> -> !tile.tile<?x16, f32, reg>
      tile.yield %s : !tile.tile<?x16, f32, reg>
    }
  }
}

// -----

// A slice is whole steps, and some are ahead.
tile.kernel @stage_c1(%x: !tile.view<?x64, f32, rows>, %w: !tile.view<16x64, f16, packed>, %y: !tile.view<?x16, f32, rows>)
    rows(%m : all by 64) schedule(#tile.cuda<form = many, of = "k", columns = 64, threads = 128>) {
  %a = tile.encoded 0 : !tile.tile<?x64, f16, scratch>
  tile.columns %n = 0 to 16 step 16 {
    // expected-error @below {{expected an upper bound of at least 1, a step in multiples of 32 and 1 to 15 slices ahead, found to 64 step 32 ahead 0}}
    %c = tile.stage to 64 step 32 ahead 0 -> !tile.tile<?x16, f32, reg> {
    ^bb0(%k: index):
      %p = tile.async_load %w[%n, %k] : !tile.view<16x64, f16, packed> -> !tile.view<16x32, f16, packed>
      %b = tile.async_load %a[%m, %k] : !tile.tile<?x64, f16, scratch> -> !tile.tile<?x32, f16, shared>
      tile.barrier
      %s = tile.contract %b, %p[%k] : !tile.tile<?x32, f16, shared>, !tile.view<16x32, f16, packed> -> !tile.tile<?x16, f32, reg>
      tile.yield %s : !tile.tile<?x16, f32, reg>
    }
  }
}

// -----

// What is summed over slices is a contraction of the slice.
tile.kernel @stage_c2(%x: !tile.view<?x64, f32, rows>, %w: !tile.view<16x64, f16, packed>, %y: !tile.view<?x16, f32, rows>)
    rows(%m : all by 64) schedule(#tile.cuda<form = many, of = "k", columns = 64, threads = 128>) {
  %a = tile.encoded 0 : !tile.tile<?x64, f16, scratch>
  tile.columns %n = 0 to 16 step 16 {
    // expected-error @below {{expected a ?x16 sum of a contraction of the body as value 0}}
    %c = tile.stage to 64 step 32 ahead 3 -> !tile.tile<?x16, f32, reg> {
    ^bb0(%k: index):
      %p = tile.async_load %w[%n, %k] : !tile.view<16x64, f16, packed> -> !tile.view<16x32, f16, packed>
      %b = tile.async_load %a[%m, %k] : !tile.tile<?x64, f16, scratch> -> !tile.tile<?x32, f16, shared>
      tile.barrier
      %s = tile.contract %b, %p[%k] : !tile.tile<?x32, f16, shared>, !tile.view<16x32, f16, packed> -> !tile.tile<?x16, f32, reg>
      %z = tile.fill 0.0 : !tile.tile<?x16, f32, reg>
      tile.yield %z : !tile.tile<?x16, f32, reg>
    }
  }
}

// -----

// What is summed over slices is a contraction of the slice.
tile.kernel @stage_c2(%x: !tile.view<?x64, f32, rows>, %w: !tile.view<16x64, f16, packed>, %y: !tile.view<?x16, f32, rows>)
    rows(%m : all by 64) schedule(#tile.cuda<form = many, of = "k", columns = 64, threads = 128>) {
  %a = tile.encoded 0 : !tile.tile<?x64, f16, scratch>
  tile.columns %n = 0 to 16 step 16 {
    // expected-error @below {{expected to yield exactly its result types}}
    %c = tile.stage to 64 step 32 ahead 3 -> !tile.tile<?x32, f32, reg> {
    ^bb0(%k: index):
      %p = tile.async_load %w[%n, %k] : !tile.view<16x64, f16, packed> -> !tile.view<16x32, f16, packed>
      %b = tile.async_load %a[%m, %k] : !tile.tile<?x64, f16, scratch> -> !tile.tile<?x32, f16, shared>
      tile.barrier
      %s = tile.contract %b, %p[%k] : !tile.tile<?x32, f16, shared>, !tile.view<16x32, f16, packed> -> !tile.tile<?x16, f32, reg>
      tile.yield %s : !tile.tile<?x16, f32, reg>
    }
  }
}

// -----

// No load is used before a barrier.
tile.kernel @stage_c3(%x: !tile.view<?x64, f32, rows>, %w: !tile.view<16x64, f16, packed>, %y: !tile.view<?x16, f32, rows>)
    rows(%m : all by 64) schedule(#tile.cuda<form = many, of = "k", columns = 64, threads = 128>) {
  %a = tile.encoded 0 : !tile.tile<?x64, f16, scratch>
  tile.columns %n = 0 to 16 step 16 {
    %c = tile.stage to 64 step 32 ahead 3 -> !tile.tile<?x16, f32, reg> {
    ^bb0(%k: index):
      // expected-error @below {{expected a barrier between the load and its use}}
      %p = tile.async_load %w[%n, %k] : !tile.view<16x64, f16, packed> -> !tile.view<16x32, f16, packed>
      %b = tile.async_load %a[%m, %k] : !tile.tile<?x64, f16, scratch> -> !tile.tile<?x32, f16, shared>
      %s = tile.contract %b, %p[%k] : !tile.tile<?x32, f16, shared>, !tile.view<16x32, f16, packed> -> !tile.tile<?x16, f32, reg>
      tile.barrier
      tile.yield %s : !tile.tile<?x16, f32, reg>
    }
  }
}

// -----

// No load is used before a barrier.
tile.kernel @stage_c3(%x: !tile.view<?x64, f32, rows>, %w: !tile.view<16x64, f16, packed>, %y: !tile.view<?x16, f32, rows>)
    rows(%m : all by 64) schedule(#tile.cuda<form = many, of = "k", columns = 64, threads = 128>) {
  %a = tile.encoded 0 : !tile.tile<?x64, f16, scratch>
  tile.columns %n = 0 to 16 step 16 {
    %c = tile.stage to 64 step 32 ahead 3 -> !tile.tile<?x16, f32, reg> {
    ^bb0(%k: index):
      %p = tile.async_load %w[%n, %k] : !tile.view<16x64, f16, packed> -> !tile.view<16x32, f16, packed>
      %b = tile.async_load %a[%m, %k] : !tile.tile<?x64, f16, scratch> -> !tile.tile<?x32, f16, shared>
      tile.barrier
      %s = tile.contract %b, %p[%k] : !tile.tile<?x32, f16, shared>, !tile.view<16x32, f16, packed> -> !tile.tile<?x16, f32, reg>
      // expected-error @below {{expected a barrier behind the load}}
      %late = tile.async_load %w[%n, %k] : !tile.view<16x64, f16, packed> -> !tile.view<16x32, f16, packed>
      tile.yield %s : !tile.tile<?x16, f32, reg>
    }
  }
}

// -----

// A slice has 16 rows.
tile.kernel @async_load_c1(%x: !tile.view<?x64, f32, rows>, %w: !tile.view<16x64, f16, packed>, %y: !tile.view<?x16, f32, rows>)
    rows(%m : all by 64) schedule(#tile.cuda<form = many, of = "k", columns = 64, threads = 128>) {
  %a = tile.encoded 0 : !tile.tile<?x64, f16, scratch>
  tile.columns %n = 0 to 16 step 16 {
    %c = tile.stage to 64 step 32 ahead 3 -> !tile.tile<?x16, f32, reg> {
    ^bb0(%k: index):
      // expected-error @below {{cannot load '!tile.view<32x32, f16, packed>' from '!tile.view<16x64, f16, packed>'}}
      %p = tile.async_load %w[%n, %k] : !tile.view<16x64, f16, packed> -> !tile.view<32x32, f16, packed>
      %b = tile.async_load %a[%m, %k] : !tile.tile<?x64, f16, scratch> -> !tile.tile<?x32, f16, shared>
      tile.barrier
      %s = tile.contract %b, %p[%k] : !tile.tile<?x32, f16, shared>, !tile.view<32x32, f16, packed> -> !tile.tile<?x16, f32, reg>
      tile.yield %s : !tile.tile<?x16, f32, reg>
    }
  }
}

// -----

// Only later functions find activations in scratch.
tile.kernel @encoded_c1(%x: !tile.view<?x64, f32, rows>, %w: !tile.view<16x64, f16, packed>, %y: !tile.view<?x16, f32, rows>)
    rows(%m : all by 64) schedule(#tile.cuda<form = few, of = "k", columns = 64, threads = 128>) {
  // expected-error @below {{expected a kernel of form stream or many, found few}}
  %a = tile.encoded 0 : !tile.tile<?x64, f16, scratch>
}

// -----

// Only later functions find activations in scratch.
tile.kernel @encoded_c1(%x: !tile.view<?x64, f32, rows>, %w: !tile.view<16x64, f16, packed>, %y: !tile.view<?x16, f32, rows>)
    rows(%m : all by 64) schedule(#tile.cuda<form = many, of = "k", columns = 64, threads = 128>) {
  // expected-error @below {{expected a scratch tile, found '!tile.tile<?x64, f16, shared>'}}
  %a = tile.encoded 0 : !tile.tile<?x64, f16, shared>
}

// -----

// Each format has its operand.
tile.kernel @contract_c6(%x: !tile.view<?x64, f32, rows>, %w: !tile.view<16x64, f16, packed>, %y: !tile.view<?x16, f32, rows>)
    rows(%m : all by 64) schedule(#tile.cuda<form = many, of = "k", columns = 64, threads = 128>) {
  %a = tile.encoded 0 : !tile.tile<?x64, bf16, scratch>
  tile.columns %n = 0 to 16 step 16 {
    %c = tile.stage to 64 step 32 ahead 3 -> !tile.tile<?x16, f32, reg> {
    ^bb0(%k: index):
      %p = tile.async_load %w[%n, %k] : !tile.view<16x64, f16, packed> -> !tile.view<16x32, f16, packed>
      %b = tile.async_load %a[%m, %k] : !tile.tile<?x64, bf16, scratch> -> !tile.tile<?x32, bf16, shared>
      tile.barrier
      // expected-error @below {{a weight of f16 meets an activation of f16, found bf16}}
      %s = tile.contract %b, %p[%k] : !tile.tile<?x32, bf16, shared>, !tile.view<16x32, f16, packed> -> !tile.tile<?x16, f32, reg>
      tile.yield %s : !tile.tile<?x16, f32, reg>
    }
  }
}

// -----

// Slices of activation and weight are as wide.
tile.kernel @contract_c1(%x: !tile.view<?x64, f32, rows>, %w: !tile.view<16x64, f16, packed>, %y: !tile.view<?x16, f32, rows>)
    rows(%m : all by 64) schedule(#tile.cuda<form = many, of = "k", columns = 64, threads = 128>) {
  %a = tile.encoded 0 : !tile.tile<?x64, f16, scratch>
  tile.columns %n = 0 to 16 step 16 {
    %c = tile.stage to 64 step 32 ahead 3 -> !tile.tile<?x16, f32, reg> {
    ^bb0(%k: index):
      %p = tile.async_load %w[%n, %k] : !tile.view<16x64, f16, packed> -> !tile.view<16x32, f16, packed>
      %b = tile.async_load %a[%m, %k] : !tile.tile<?x64, f16, scratch> -> !tile.tile<?x16, f16, shared>
      tile.barrier
      // expected-error @below {{cannot contract '!tile.tile<?x16, f16, shared>' with '!tile.view<16x32, f16, packed>'}}
      %s = tile.contract %b, %p[%k] : !tile.tile<?x16, f16, shared>, !tile.view<16x32, f16, packed> -> !tile.tile<?x16, f32, reg>
      tile.yield %s : !tile.tile<?x16, f32, reg>
    }
  }
}
