// RUN: sennit-opt %s -split-input-file -verify-diagnostics

// One case per constraint that C++ checks, named after it.

// expected-error@+1 {{expected a weight of 1 or 2 dimensions, found 3}}
func.func private @weight_c1_rank(!nn.weight<2x2x2, f32>)

// -----

// expected-error@+1 {{expected weight dimension 1 to be at least 1, found 0}}
func.func private @weight_c1_size(!nn.weight<2x0, f32>)

// -----

// expected-error@+1 {{expected a weight format, found i32}}
func.func private @weight_c2(!nn.weight<2x2, i32>)

// -----

// expected-error@+1 {{expected the last dimension of a q4_1 weight to be a multiple of 32, found 33}}
func.func private @weight_c3(!nn.weight<2x33, q4_1>)

// -----

// expected-error@+1 {{expected a cache of at least 1x1, found 0x8}}
func.func private @cache_c1(!nn.cache<0x8>)

// -----

// expected-error@+1 {{expected kv_heads x head_dim, found 1 dimensions}}
func.func private @cache_shape(!nn.cache<8>)

// -----

func.func @param_c1() {
  // expected-error@+1 {{expected a parameter name, found an empty string}}
  %w = nn.param "" : !nn.weight<8, f32>
  return
}

// -----

func.func @linear_c1(%x: tensor<?x9xf32>) {
  %w = nn.param "w" : !nn.weight<4x8, f32>
  // expected-error@+1 {{expected the columns of x to be 8, found 9}}
  %y = nn.linear %x, %w : (tensor<?x9xf32>, !nn.weight<4x8, f32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @linear_c2(%x: tensor<?x8xf32>) {
  %w = nn.param "w" : !nn.weight<4x8, f32>
  %b = nn.param "b" : !nn.weight<8, f32>
  // expected-error@+1 {{expected the elements of bias to be 4, found 8}}
  %y = nn.linear %x, %w bias %b : (tensor<?x8xf32>, !nn.weight<4x8, f32>, !nn.weight<8, f32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @rms_norm_c1(%x: tensor<?x8xf32>) {
  %w = nn.param "w" : !nn.weight<7, f32>
  // expected-error@+1 {{expected the elements of weight to be 8, found 7}}
  %y = nn.rms_norm %x, %w {eps = 1.0e-5 : f32} : (tensor<?x8xf32>, !nn.weight<7, f32>) -> tensor<?x8xf32>
  return
}

// -----

func.func @rms_norm_c2(%x: tensor<?x8xf32>) {
  %w = nn.param "w" : !nn.weight<8, f32>
  // expected-error@+1 {{expected eps to be finite and not negative, found -1.000000e+00}}
  %y = nn.rms_norm %x, %w {eps = -1.0 : f32} : (tensor<?x8xf32>, !nn.weight<8, f32>) -> tensor<?x8xf32>
  return
}

// -----

func.func @layer_norm_c1(%x: tensor<?x8xf32>) {
  %w = nn.param "w" : !nn.weight<7, f32>
  %b = nn.param "b" : !nn.weight<8, f32>
  // expected-error@+1 {{expected the elements of weight to be 8, found 7}}
  %y = nn.layer_norm %x, %w, %b {eps = 1.0e-5 : f32} : (tensor<?x8xf32>, !nn.weight<7, f32>, !nn.weight<8, f32>) -> tensor<?x8xf32>
  return
}

// -----

func.func @layer_norm_c2(%x: tensor<?x8xf32>) {
  %w = nn.param "w" : !nn.weight<8, f32>
  %b = nn.param "b" : !nn.weight<9, f32>
  // expected-error@+1 {{expected the elements of bias to be 8, found 9}}
  %y = nn.layer_norm %x, %w, %b {eps = 1.0e-5 : f32} : (tensor<?x8xf32>, !nn.weight<8, f32>, !nn.weight<9, f32>) -> tensor<?x8xf32>
  return
}

// -----

func.func @layer_norm_c3(%x: tensor<?x8xf32>) {
  %w = nn.param "w" : !nn.weight<8, f32>
  // expected-error@+1 {{expected eps to be finite and not negative}}
  %y = nn.layer_norm %x, %w, %w {eps = 0x7FC00000 : f32} : (tensor<?x8xf32>, !nn.weight<8, f32>, !nn.weight<8, f32>) -> tensor<?x8xf32>
  return
}

// -----

func.func @rope_c1(%x: tensor<?x8xf32>, %p: tensor<?xi32>) {
  // expected-error@+1 {{expected heads and head_dim to be at least 1, found 0 and 4}}
  %y = nn.rope %x, %p {frequencies = array<f32: 1.0>, head_dim = 4 : i64, heads = 0 : i64, scale = 1.0 : f32}
    : (tensor<?x8xf32>, tensor<?xi32>) -> tensor<?x8xf32>
  return
}

// -----

func.func @rope_c2(%x: tensor<?x9xf32>, %p: tensor<?xi32>) {
  // expected-error@+1 {{expected the columns of x to be heads * head_dim = 2 * 4, found 9}}
  %y = nn.rope %x, %p {frequencies = array<f32: 1.0>, head_dim = 4 : i64, heads = 2 : i64, scale = 1.0 : f32}
    : (tensor<?x9xf32>, tensor<?xi32>) -> tensor<?x9xf32>
  return
}

// -----

func.func @rope_c3(%x: tensor<?x8xf32>, %p: tensor<?xi32>) {
  // expected-error@+1 {{expected 1 to 2 frequencies, found 3}}
  %y = nn.rope %x, %p {frequencies = array<f32: 1.0, 0.1, 0.01>, head_dim = 4 : i64, heads = 2 : i64, scale = 1.0 : f32}
    : (tensor<?x8xf32>, tensor<?xi32>) -> tensor<?x8xf32>
  return
}

// -----

func.func @cache_append_c1(%c: !nn.cache<2x4>, %k: tensor<?x7xf32>, %v: tensor<?x8xf32>, %b: !nn.batch) {
  // expected-error@+1 {{expected the columns of k to be 8, found 7}}
  %y = nn.cache_append %c, %k, %v, %b : (!nn.cache<2x4>, tensor<?x7xf32>, tensor<?x8xf32>, !nn.batch) -> !nn.cache<2x4>
  return
}

// -----

func.func @cache_append_c2(%c: !nn.cache<2x4>, %k: tensor<?x8xf32>, %v: tensor<?x9xf32>, %b: !nn.batch) {
  // expected-error@+1 {{expected the columns of v to be 8, found 9}}
  %y = nn.cache_append %c, %k, %v, %b : (!nn.cache<2x4>, tensor<?x8xf32>, tensor<?x9xf32>, !nn.batch) -> !nn.cache<2x4>
  return
}

// -----

func.func @attention_c1(%q: tensor<?x12xf32>, %c: !nn.cache<2x4>, %b: !nn.batch, %p: tensor<?xi32>) {
  // expected-error@+1 {{expected heads to be a positive multiple of kv_heads = 2, found 3}}
  %y = nn.attention prompt %q, %c, %b, %p {heads = 3 : i64, scale = 0.5 : f32}
    : (tensor<?x12xf32>, !nn.cache<2x4>, !nn.batch, tensor<?xi32>) -> tensor<?x12xf32>
  return
}

// -----

func.func @attention_c2(%q: tensor<?x12xf32>, %c: !nn.cache<2x4>, %b: !nn.batch, %p: tensor<?xi32>) {
  // expected-error@+1 {{expected the columns of q to be heads * head_dim = 4 * 4, found 12}}
  %y = nn.attention prompt %q, %c, %b, %p {heads = 4 : i64, scale = 0.5 : f32}
    : (tensor<?x12xf32>, !nn.cache<2x4>, !nn.batch, tensor<?xi32>) -> tensor<?x12xf32>
  return
}

// -----

func.func @attention_c3(%q: tensor<?x8xf32>, %c: !nn.cache<2x4>, %b: !nn.batch, %p: tensor<?xi32>, %o: tensor<?x4xf32>) {
  // expected-error@+1 {{expected previous to have the type of q, 'tensor<?x8xf32>', found 'tensor<?x4xf32>'}}
  %y = nn.attention prompt %q, %c, %b, %p into %o {heads = 2 : i64, scale = 0.5 : f32}
    : (tensor<?x8xf32>, !nn.cache<2x4>, !nn.batch, tensor<?xi32>, tensor<?x4xf32>) -> tensor<?x8xf32>
  return
}

// -----

func.func @attention_partial_c1(%q: tensor<?x12xf32>, %c: !nn.cache<2x4>, %b: !nn.batch, %p: tensor<?xi32>) {
  // expected-error@+1 {{expected heads to be a positive multiple of kv_heads = 2, found 3}}
  %y, %l = nn.attention_partial prompt %q, %c, %b, %p {heads = 3 : i64, scale = 0.5 : f32, first_key = 0 : i64, keys = 1 : i64}
    : (tensor<?x12xf32>, !nn.cache<2x4>, !nn.batch, tensor<?xi32>) -> (tensor<?x12xf32>, tensor<?x3xf32>)
  return
}

// -----

func.func @attention_partial_c2(%q: tensor<?x12xf32>, %c: !nn.cache<2x4>, %b: !nn.batch, %p: tensor<?xi32>) {
  // expected-error@+1 {{expected the columns of q to be heads * head_dim = 2 * 4, found 12}}
  %y, %l = nn.attention_partial prompt %q, %c, %b, %p {heads = 2 : i64, scale = 0.5 : f32, first_key = 0 : i64, keys = 1 : i64}
    : (tensor<?x12xf32>, !nn.cache<2x4>, !nn.batch, tensor<?xi32>) -> (tensor<?x12xf32>, tensor<?x2xf32>)
  return
}

// -----

func.func @attention_partial_c3(%q: tensor<?x8xf32>, %c: !nn.cache<2x4>, %b: !nn.batch, %p: tensor<?xi32>) {
  // expected-error@+1 {{expected first_key of at least 0 and keys of at least 1, found 0 and 0}}
  %y, %l = nn.attention_partial prompt %q, %c, %b, %p {heads = 2 : i64, scale = 0.5 : f32, first_key = 0 : i64, keys = 0 : i64}
    : (tensor<?x8xf32>, !nn.cache<2x4>, !nn.batch, tensor<?xi32>) -> (tensor<?x8xf32>, tensor<?x2xf32>)
  return
}

// -----

func.func @attention_merge_c1(%a: tensor<?x8xf32>, %l: tensor<?x3xf32>) {
  // expected-error@+1 {{expected the columns of a to be a multiple of the columns of a_lse = 3, found 8}}
  %y, %m = nn.attention_merge %a, %l with %a, %l : tensor<?x8xf32>, tensor<?x3xf32>
  return
}

// -----

func.func @group_c1_count(%x: tensor<?x8xf32>) {
  // expected-error@+1 {{expected the block arguments to be 1, found 0}}
  "nn.group"(%x) <{kind = "g"}> ({
    "nn.yield"() : () -> ()
  }) : (tensor<?x8xf32>) -> ()
  return
}

// -----

func.func @group_c1_type(%x: tensor<?x8xf32>) {
  // expected-error@+1 {{expected block argument 0 to have the type of its operand, 'tensor<?x8xf32>', found 'tensor<?x9xf32>'}}
  "nn.group"(%x) <{kind = "g"}> ({
  ^bb0(%a: tensor<?x9xf32>):
    "nn.yield"() : () -> ()
  }) : (tensor<?x8xf32>) -> ()
  return
}

// -----

func.func @group_c2_end(%x: tensor<?x8xf32>) {
  // expected-error@+1 {{expected the block to end with nn.yield}}
  nn.group "g" (%a = %x) : (tensor<?x8xf32>) -> () {
    %y = nn.silu %a : tensor<?x8xf32>
  }
  return
}

// -----

func.func @group_c2_types(%x: tensor<?x8xf32>) {
  // expected-error@+1 {{expected nn.yield to give the types of the results}}
  %y = nn.group "g" (%a = %x) : (tensor<?x8xf32>) -> tensor<?x9xf32> {
    // expected-note@+1 {{found ('tensor<?x8xf32>')}}
    nn.yield %a : tensor<?x8xf32>
  }
  return
}

// -----

func.func @group_c3(%x: tensor<?x8xf32>) {
  // expected-error@+1 {{expected nn ops other than nn.param and nn.group in the region}}
  %y = nn.group "g" (%a = %x) : (tensor<?x8xf32>) -> tensor<?x8xf32> {
    // expected-note@+1 {{found nn.param}}
    %w = nn.param "w" : !nn.weight<8, f32>
    nn.yield %a : tensor<?x8xf32>
  }
  return
}

// -----

// Tests the syntax of a group: operands and types are as many.
func.func @group_types(%x: tensor<?x8xf32>) {
  // expected-error@+1 {{expected 1 operand types, found 0}}
  nn.group "g" (%a = %x) : () -> () {
    nn.yield
  }
  return
}
