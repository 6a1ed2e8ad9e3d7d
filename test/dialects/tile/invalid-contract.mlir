// RUN: sennit-opt %s -split-input-file -verify-diagnostics

tile.kernel @contract_c1(%x: !tile.view<?x64, f32, rows>, %w: !tile.view<32x32, f32, packed>) rows(%m : all by 64) {
  %c0 = arith.constant 0 : index
  %a = tile.prologue -> !tile.tile<?x64, f32, shared> {
    %v = tile.load %x[%m, %c0] : !tile.view<?x64, f32, rows> -> !tile.tile<?x64, f32, shared>
    tile.yield %v : !tile.tile<?x64, f32, shared>
  }
  tile.columns %n = 0 to 32 step 16 {
    // expected-error @below {{cannot contract '!tile.tile<?x64, f32, shared>' with '!tile.view<32x32, f32, packed>'}}
    %c = tile.contract %a, %w[%n] : !tile.tile<?x64, f32, shared>, !tile.view<32x32, f32, packed> -> !tile.tile<?x16, f32, reg>
  }
}

// -----

tile.kernel @contract_c1_indices(%x: !tile.view<?x64, f32, rows>, %w: !tile.view<32x64, f32, packed>) rows(%m : all by 64) {
  %c0 = arith.constant 0 : index
  %a = tile.prologue -> !tile.tile<?x64, f32, shared> {
    %v = tile.load %x[%m, %c0] : !tile.view<?x64, f32, rows> -> !tile.tile<?x64, f32, shared>
    tile.yield %v : !tile.tile<?x64, f32, shared>
  }
  tile.columns %n = 0 to 32 step 16 {
    // expected-error @below {{expected one index and no valid for a packed weight}}
    %c = tile.contract %a, %w[%n, %n] : !tile.tile<?x64, f32, shared>, !tile.view<32x64, f32, packed> -> !tile.tile<?x16, f32, reg>
  }
}

// -----

tile.kernel @contract_c1_result(%x: !tile.view<?x64, f32, rows>, %w: !tile.view<32x64, f32, packed>) rows(%m : all by 64) {
  %c0 = arith.constant 0 : index
  %a = tile.prologue -> !tile.tile<?x64, f32, shared> {
    %v = tile.load %x[%m, %c0] : !tile.view<?x64, f32, rows> -> !tile.tile<?x64, f32, shared>
    tile.yield %v : !tile.tile<?x64, f32, shared>
  }
  tile.columns %n = 0 to 32 step 16 {
    // expected-error @below {{expected '!tile.tile<?x16, f32, reg>' as result, found '!tile.tile<?x32, f32, reg>'}}
    %c = tile.contract %a, %w[%n] : !tile.tile<?x64, f32, shared>, !tile.view<32x64, f32, packed> -> !tile.tile<?x32, f32, reg>
  }
}

// -----

tile.kernel @contract_c5(%x: !tile.view<?x64, f32, rows>, %w: !tile.view<32x64, f32, packed>) rows(%m : all by 64) {
  %c0 = arith.constant 0 : index
  %a = tile.prologue -> !tile.tile<?x64, f32, shared> {
    %v = tile.load %x[%m, %c0] : !tile.view<?x64, f32, rows> -> !tile.tile<?x64, f32, shared>
    tile.yield %v : !tile.tile<?x64, f32, shared>
  }
  tile.columns %n = 0 to 32 step 16 {
    // expected-error @below {{expected a packed weight or a cache, found '!tile.view<?x64, f32, rows>'}}
    %c = tile.contract %a, %x[%n] : !tile.tile<?x64, f32, shared>, !tile.view<?x64, f32, rows> -> !tile.tile<?x16, f32, reg>
  }
}

// -----

tile.kernel @contract_c6(%x: !tile.view<?x64, f32, rows>, %w: !tile.view<32x64, f32, packed>) rows(%m : all by 64) {
  %c0 = arith.constant 0 : index
  %a = tile.prologue -> !tile.tile<?x64, q8, shared> {
    %v = tile.load %x[%m, %c0] : !tile.view<?x64, f32, rows> -> !tile.tile<?x64, f32, reg>
    %q = tile.encode %v : !tile.tile<?x64, f32, reg> -> !tile.tile<?x64, q8, shared>
    tile.yield %q : !tile.tile<?x64, q8, shared>
  }
  tile.columns %n = 0 to 32 step 16 {
    // expected-error @below {{a q8 activation meets f32, which is no block format}}
    %c = tile.contract %a, %w[%n] : !tile.tile<?x64, q8, shared>, !tile.view<32x64, f32, packed> -> !tile.tile<?x16, f32, reg>
  }
}

// -----

tile.kernel @contract_c2(%rs: !tile.view<?, i32, rows>, %k: !tile.view<?x1x4, f16, keys>, %v: !tile.view<?x1x4, f16, values>) rows(%m : all by 64) {
  %c0 = arith.constant 0 : index
  tile.columns %h = 0 to 1 step 1 {
    %q = tile.fill 0.0 : !tile.tile<?x2x4, f32, shared>
    tile.keys(%m, %rs, %rs, %rs, %rs, %rs, %rs, %rs) init() : () -> () {
    ^bb0(%b: !tile.block, %valid: !tile.tile<?x1x1, i32, reg>):
      // expected-error @below {{expected a block and a head as indices of a cache}}
      %s = tile.contract %q, %k[%b] : !tile.tile<?x2x4, f32, shared>, !tile.view<?x1x4, f16, keys> -> !tile.tile<?x2x256, f32, shared>
      tile.yield
    }
  }
}

// -----

tile.kernel @contract_c2_activation(%rs: !tile.view<?, i32, rows>, %k: !tile.view<?x1x4, f16, keys>, %v: !tile.view<?x1x4, f16, values>) rows(%m : all by 64) {
  %c0 = arith.constant 0 : index
  tile.columns %h = 0 to 1 step 1 {
    %q = tile.fill 0.0 : !tile.tile<?x4, f32, shared>
    tile.keys(%m, %rs, %rs, %rs, %rs, %rs, %rs, %rs) init() : () -> () {
    ^bb0(%b: !tile.block, %valid: !tile.tile<?x1x1, i32, reg>):
      // expected-error @below {{expected a shared f32 activation of rank 3, found '!tile.tile<?x4, f32, shared>'}}
      %s = tile.contract %q, %k[%b, %h] : !tile.tile<?x4, f32, shared>, !tile.view<?x1x4, f16, keys> -> !tile.tile<?x2x256, f32, shared>
      tile.yield
    }
  }
}

// -----

tile.kernel @contract_c3(%rs: !tile.view<?, i32, rows>, %k: !tile.view<?x1x4, f16, keys>, %v: !tile.view<?x1x4, f16, values>) rows(%m : all by 64) {
  %c0 = arith.constant 0 : index
  tile.columns %h = 0 to 1 step 1 {
    %q = tile.fill 0.0 : !tile.tile<?x2x8, f32, shared>
    tile.keys(%m, %rs, %rs, %rs, %rs, %rs, %rs, %rs) init() : () -> () {
    ^bb0(%b: !tile.block, %valid: !tile.tile<?x1x1, i32, reg>):
      // expected-error @below {{expected an activation 4 wide, found '!tile.tile<?x2x8, f32, shared>'}}
      %s = tile.contract %q, %k[%b, %h] : !tile.tile<?x2x8, f32, shared>, !tile.view<?x1x4, f16, keys> -> !tile.tile<?x2x256, f32, shared>
      tile.yield
    }
  }
}

// -----

tile.kernel @contract_c3_valid(%rs: !tile.view<?, i32, rows>, %k: !tile.view<?x1x4, f16, keys>, %v: !tile.view<?x1x4, f16, values>) rows(%m : all by 64) {
  %c0 = arith.constant 0 : index
  tile.columns %h = 0 to 1 step 1 {
    %q = tile.fill 0.0 : !tile.tile<?x2x4, f32, shared>
    tile.keys(%m, %rs, %rs, %rs, %rs, %rs, %rs, %rs) init() : () -> () {
    ^bb0(%b: !tile.block, %valid: !tile.tile<?x1x1, i32, reg>):
      // expected-error @below {{keys take no valid}}
      %s = tile.contract %q, %k[%b, %h] valid(%valid) : !tile.tile<?x2x4, f32, shared>, !tile.view<?x1x4, f16, keys> -> !tile.tile<?x2x256, f32, shared>
      tile.yield
    }
  }
}

// -----

tile.kernel @contract_c4(%rs: !tile.view<?, i32, rows>, %k: !tile.view<?x1x4, f16, keys>, %v: !tile.view<?x1x4, f16, values>) rows(%m : all by 64) {
  %c0 = arith.constant 0 : index
  tile.columns %h = 0 to 1 step 1 {
    %q = tile.fill 0.0 : !tile.tile<?x2x256, f32, shared>
    tile.keys(%m, %rs, %rs, %rs, %rs, %rs, %rs, %rs) init() : () -> () {
    ^bb0(%b: !tile.block, %valid: !tile.tile<?x1x1, i32, reg>):
      // expected-error @below {{expected '!tile.tile<?x2x4, f32, shared>' as result, found '!tile.tile<?x2x256, f32, shared>'}}
      %s = tile.contract %q, %v[%b, %h] valid(%valid) : !tile.tile<?x2x256, f32, shared>, !tile.view<?x1x4, f16, values> -> !tile.tile<?x2x256, f32, shared>
      tile.yield
    }
  }
}

// -----

tile.kernel @contract_c4_valid(%rs: !tile.view<?, i32, rows>, %k: !tile.view<?x1x4, f16, keys>, %v: !tile.view<?x1x4, f16, values>) rows(%m : all by 64) {
  %c0 = arith.constant 0 : index
  tile.columns %h = 0 to 1 step 1 {
    %q = tile.fill 0.0 : !tile.tile<?x2x256, f32, shared>
    tile.keys(%m, %rs, %rs, %rs, %rs, %rs, %rs, %rs) init() : () -> () {
    ^bb0(%b: !tile.block, %valid: !tile.tile<?x1x1, i32, reg>):
      // expected-error @below {{values need valid}}
      %s = tile.contract %q, %v[%b, %h] : !tile.tile<?x2x256, f32, shared>, !tile.view<?x1x4, f16, values> -> !tile.tile<?x2x4, f32, shared>
      tile.yield
    }
  }
}

// -----

tile.kernel @contract_c4_count(%rs: !tile.view<?, i32, rows>, %v: !tile.view<?x1x4, f16, values>) rows(%m : all by 64) {
  tile.columns %h = 0 to 1 step 1 {
    %q = tile.fill 0.0 : !tile.tile<?x2x256, f32, shared>
    %i = tile.load %rs[%m] : !tile.view<?, i32, rows> -> !tile.tile<?x1, i32, reg>
    tile.keys(%m, %rs, %rs, %rs, %rs, %rs, %rs, %rs) init() : () -> () {
    ^bb0(%b: !tile.block, %valid: !tile.tile<?x1x1, i32, reg>):
      // expected-error @below {{expected '!tile.tile<?x1x1, i32, reg>' as valid, found '!tile.tile<?x1, i32, reg>'}}
      %s = "tile.contract"(%q, %v, %b, %h, %i) {operandSegmentSizes = array<i32: 1, 1, 2, 1>} : (!tile.tile<?x2x256, f32, shared>, !tile.view<?x1x4, f16, values>, !tile.block, index, !tile.tile<?x1, i32, reg>) -> !tile.tile<?x2x4, f32, shared>
      tile.yield
    }
  }
}
