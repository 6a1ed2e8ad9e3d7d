// RUN: sennit-opt %s --nn-verify-fused -split-input-file -verify-diagnostics

// Tests that every offender is listed: ops outside of groups, and groups without a kernel form.
func.func @step(%x: tensor<?x8xf32>, %y: tensor<?x8xf32>, %p: tensor<?xi32>, %b: !nn.batch, %c: !nn.cache<2x4>) {
  %w = nn.param "w" : !nn.weight<8x8, f32>
  // expected-error@+1 {{expected only parameters and groups after fusing, found nn.silu}}
  %s = nn.silu %x : tensor<?x8xf32>
  // expected-error@+2 {{expected every operand of a group to be used, found operand 1 unused}}
  // expected-error@+1 {{expected every result of a group to be computed in it, found result 0 passed through}}
  %0:2 = nn.group "pass" (%a = %x, %unused = %y) : (tensor<?x8xf32>, tensor<?x8xf32>) -> (tensor<?x8xf32>, tensor<?x8xf32>) {
    %t = nn.silu %a : tensor<?x8xf32>
    nn.yield %a, %t : tensor<?x8xf32>, tensor<?x8xf32>
  }
  // expected-error@+1 {{expected at least one op in a group, found none}}
  nn.group "empty" () : () -> () {
    nn.yield
  }
  %reduced = nn.group "all_reduce_silu" (%a = %x) : (tensor<?x8xf32>) -> tensor<?x8xf32> {
    // expected-error@+1 {{expected a collective to be the only op of its group, found 2 ops}}
    %r = nn.all_reduce %a over ["tp"] ranks 2 bytes_per_row 32.0 : tensor<?x8xf32>
    %t = nn.silu %r : tensor<?x8xf32>
    nn.yield %t : tensor<?x8xf32>
  }
  %1 = nn.group "attention" (%q = %x, %k = %c, %d = %b, %i = %p)
      : (tensor<?x8xf32>, !nn.cache<2x4>, !nn.batch, tensor<?xi32>) -> tensor<?x8xf32> {
    // expected-error@+1 {{expected attention to be the only op of its group, found 2 ops}}
    %t = nn.attention prompt %q, %k, %d, %i {heads = 2 : i64, scale = 0.5 : f32}
      : (tensor<?x8xf32>, !nn.cache<2x4>, !nn.batch, tensor<?xi32>) -> tensor<?x8xf32>
    %u = nn.silu %t : tensor<?x8xf32>
    nn.yield %u : tensor<?x8xf32>
  }
  %2:2 = nn.group "apart" (%a = %x, %e = %y, %m = %w)
      : (tensor<?x8xf32>, tensor<?x8xf32>, !nn.weight<8x8, f32>) -> (tensor<?x8xf32>, tensor<?x8xf32>) {
    %t = nn.linear %a, %m : (tensor<?x8xf32>, !nn.weight<8x8, f32>) -> tensor<?x8xf32>
    // expected-error@+1 {{expected the linears of a group to read the same rows, found others}}
    %u = nn.linear %e, %m : (tensor<?x8xf32>, !nn.weight<8x8, f32>) -> tensor<?x8xf32>
    nn.yield %t, %u : tensor<?x8xf32>, tensor<?x8xf32>
  }
  // expected-error@+1 {{expected every result of a group with linears to come from one, found result 1 that does not}}
  %3:2 = nn.group "beside" (%a = %x, %m = %w, %i = %p)
      : (tensor<?x8xf32>, !nn.weight<8x8, f32>, tensor<?xi32>) -> (tensor<?x8xf32>, tensor<?x8xf32>) {
    %t = nn.linear %a, %m : (tensor<?x8xf32>, !nn.weight<8x8, f32>) -> tensor<?x8xf32>
    // expected-error@+1 {{expected no nn.rope in a group with linears}}
    %u = nn.rope %a, %i {frequencies = array<f32: 1.0>, head_dim = 8 : i64, heads = 1 : i64, scale = 1.0 : f32}
      : (tensor<?x8xf32>, tensor<?xi32>) -> tensor<?x8xf32>
    nn.yield %t, %u : tensor<?x8xf32>, tensor<?x8xf32>
  }
  return
}

// -----

// Tests that a linear over another linear's result is an offender.
func.func @step(%x: tensor<?x8xf32>) {
  %w = nn.param "w" : !nn.weight<8x8, f32>
  %0 = nn.group "chain" (%a = %x, %m = %w) : (tensor<?x8xf32>, !nn.weight<8x8, f32>) -> tensor<?x8xf32> {
    %t = nn.linear %a, %m : (tensor<?x8xf32>, !nn.weight<8x8, f32>) -> tensor<?x8xf32>
    // expected-error@+1 {{expected the linears of a group to read the same rows, found others}}
    %u = nn.linear %t, %m : (tensor<?x8xf32>, !nn.weight<8x8, f32>) -> tensor<?x8xf32>
    nn.yield %u : tensor<?x8xf32>
  }
  return
}

// -----

// expected-error@+1 {{expected a function @step of one block, found none}}
module {
}
