// RUN: sennit-opt %s -tile-split-variants -split-input-file -verify-diagnostics

// Two weights of a section share one form of the activation.
tile.kernel @formats(%x: !tile.view<?x64, f32, rows>, %w: !tile.view<16x64, q4_0, packed>,
                     %u: !tile.view<16x64, q8_0, packed>, %y: !tile.view<?x16, f32, rows>) rows(%m : all by 64) {
  %a = tile.prologue -> !tile.tile<?x64, q8, shared> {
    %c0 = arith.constant 0 : index
    %l = tile.load %x[%m, %c0] : !tile.view<?x64, f32, rows> -> !tile.tile<?x64, f32, reg>
    %q = tile.encode %l : !tile.tile<?x64, f32, reg> -> !tile.tile<?x64, q8, shared>
    tile.yield %q : !tile.tile<?x64, q8, shared>
  }
  tile.columns %n = 0 to 16 step 16 {
    %c = tile.contract %a, %w[%n] : !tile.tile<?x64, q8, shared>, !tile.view<16x64, q4_0, packed> -> !tile.tile<?x16, f32, reg>
    // expected-error @below {{expected contractions of one section to have one format and one activation}}
    %d = tile.contract %a, %u[%n] : !tile.tile<?x64, q8, shared>, !tile.view<16x64, q8_0, packed> -> !tile.tile<?x16, f32, reg>
    tile.store %c, %y[%m, %n] : !tile.tile<?x16, f32, reg>, !tile.view<?x16, f32, rows>
    tile.store %d, %y[%m, %n] : !tile.tile<?x16, f32, reg>, !tile.view<?x16, f32, rows>
  }
}

// -----

// A part of a weight.
tile.kernel @part(%x: !tile.view<?x64, f32, rows>, %w: !tile.view<48x64, f16, packed>, %y: !tile.view<?x48, f32, rows>)
    rows(%m : all by 64) {
  %a = tile.prologue -> !tile.tile<?x64, f32, shared> {
    %c0 = arith.constant 0 : index
    %l = tile.load %x[%m, %c0] : !tile.view<?x64, f32, rows> -> !tile.tile<?x64, f32, shared>
    tile.yield %l : !tile.tile<?x64, f32, shared>
  }
  tile.columns %n = 0 to 32 step 16 {
    // expected-error @below {{expected columns over all rows of the weight, found '!tile.view<48x64, f16, packed>' in columns 0 to 32}}
    %c = tile.contract %a, %w[%n] : !tile.tile<?x64, f32, shared>, !tile.view<48x64, f16, packed> -> !tile.tile<?x16, f32, reg>
    tile.store %c, %y[%m, %n] : !tile.tile<?x16, f32, reg>, !tile.view<?x48, f32, rows>
  }
}

// -----

// More weights than a block has tiles for.
tile.kernel @three(%x: !tile.view<?x64, f32, rows>, %w: !tile.view<16x64, f16, packed>, %y: !tile.view<?x16, f32, rows>)
    rows(%m : all by 64) {
  %a = tile.prologue -> !tile.tile<?x64, f32, shared> {
    %c0 = arith.constant 0 : index
    %l = tile.load %x[%m, %c0] : !tile.view<?x64, f32, rows> -> !tile.tile<?x64, f32, shared>
    tile.yield %l : !tile.tile<?x64, f32, shared>
  }
  // expected-error @below {{expected at most 2 contractions in a section on a GPU, found 3}}
  tile.columns %n = 0 to 16 step 16 {
    %c = tile.contract %a, %w[%n] : !tile.tile<?x64, f32, shared>, !tile.view<16x64, f16, packed> -> !tile.tile<?x16, f32, reg>
    %d = tile.contract %a, %w[%n] : !tile.tile<?x64, f32, shared>, !tile.view<16x64, f16, packed> -> !tile.tile<?x16, f32, reg>
    %e = tile.contract %a, %w[%n] : !tile.tile<?x64, f32, shared>, !tile.view<16x64, f16, packed> -> !tile.tile<?x16, f32, reg>
    tile.store %e, %y[%m, %n] : !tile.tile<?x16, f32, reg>, !tile.view<?x16, f32, rows>
  }
}

// -----

// Columns that neither multiply nor walk keys.
// expected-error @below {{expected columns with a packed weight or with keys for a GPU}}
tile.kernel @neither(%y: !tile.view<?x16, f32, rows>) rows(%m : all by 64) {
  tile.columns %n = 0 to 1 step 1 {
    %c0 = arith.constant 0 : index
    %z = tile.fill 0.0 : !tile.tile<?x16, f32, reg>
    tile.store %z, %y[%m, %c0] : !tile.tile<?x16, f32, reg>, !tile.view<?x16, f32, rows>
  }
}

// -----

// A section that multiplies nothing beside one that does.
tile.kernel @beside(%x: !tile.view<?x64, f32, rows>, %w: !tile.view<16x64, f16, packed>, %y: !tile.view<?x16, f32, rows>)
    rows(%m : all by 64) {
  %a = tile.prologue -> !tile.tile<?x64, f32, shared> {
    %c0 = arith.constant 0 : index
    %l = tile.load %x[%m, %c0] : !tile.view<?x64, f32, rows> -> !tile.tile<?x64, f32, shared>
    tile.yield %l : !tile.tile<?x64, f32, shared>
  }
  tile.columns %n = 0 to 16 step 16 {
    %c = tile.contract %a, %w[%n] : !tile.tile<?x64, f32, shared>, !tile.view<16x64, f16, packed> -> !tile.tile<?x16, f32, reg>
    tile.store %c, %y[%m, %n] : !tile.tile<?x16, f32, reg>, !tile.view<?x16, f32, rows>
  }
  // expected-error @below {{expected a contraction in each section of a kernel with packed weights}}
  tile.columns %n = 0 to 16 step 16 {
    %z = tile.fill 0.0 : !tile.tile<?x16, f32, reg>
    tile.store %z, %y[%m, %n] : !tile.tile<?x16, f32, reg>, !tile.view<?x16, f32, rows>
  }
}
