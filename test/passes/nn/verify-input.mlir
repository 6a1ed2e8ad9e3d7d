// RUN: sennit-opt %s --nn-verify-input -split-input-file -verify-diagnostics

// Tests that a model is accepted.
module attributes {nn.model = {family = "t", vocab_size = 9, context_length = 8, layers = 1, hidden_size = 8, kv_heads = 2, head_dim = 4}} {
  func.func @step(%tokens: tensor<?xi32>, %positions: tensor<?xi32>, %wanted: tensor<?xi32>, %batch: !nn.batch, %c0: !nn.cache<2x4>)
      -> (tensor<?x9xf32>, !nn.cache<2x4>) {
    %e = nn.param "e" : !nn.weight<9x8, f32>
    %x = nn.embed %tokens, %e : (tensor<?xi32>, !nn.weight<9x8, f32>) -> tensor<?x8xf32>
    %c1 = nn.cache_append %c0, %x, %x, %batch : (!nn.cache<2x4>, tensor<?x8xf32>, tensor<?x8xf32>, !nn.batch) -> !nn.cache<2x4>
    %g = nn.attention generated %x, %c1, %batch, %positions {heads = 2 : i64, scale = 0.5 : f32}
      : (tensor<?x8xf32>, !nn.cache<2x4>, !nn.batch, tensor<?xi32>) -> tensor<?x8xf32>
    %p = nn.attention prompt %x, %c1, %batch, %positions into %g {heads = 2 : i64, scale = 0.5 : f32}
      : (tensor<?x8xf32>, !nn.cache<2x4>, !nn.batch, tensor<?xi32>, tensor<?x8xf32>) -> tensor<?x8xf32>
    %w = nn.gather_rows %p, %wanted : (tensor<?x8xf32>, tensor<?xi32>) -> tensor<?x8xf32>
    %l = nn.linear %w, %e : (tensor<?x8xf32>, !nn.weight<9x8, f32>) -> tensor<?x9xf32>
    return %l, %c1 : tensor<?x9xf32>, !nn.cache<2x4>
  }
}

// -----

// Tests that a module without anything is told all that it lacks.
// expected-error@+2 {{expected a dictionary nn.model on the module, found none}}
// expected-error@+1 {{expected a function @step with a body, found none}}
module {
}

// -----

// Tests that every wrong entry of nn.model is listed.
// expected-error@+4 {{expected a string "family" in nn.model}}
// expected-error@+3 {{expected "context_length" in nn.model to be at least 1, found 0}}
// expected-error@+2 {{expected an i64 "layers" in nn.model}}
// expected-error@+1 {{expected a function @step with a body, found none}}
module attributes {nn.model = {vocab_size = 9, context_length = 0, layers = "1", hidden_size = 8, kv_heads = 2, head_dim = 4}} {
}

// -----

// Tests the first arguments.
module attributes {nn.model = {family = "t", vocab_size = 9, context_length = 8, layers = 1, hidden_size = 8, kv_heads = 2, head_dim = 4}} {
  // expected-error@+1 {{expected @step to begin with arguments ('tensor<?xi32>', 'tensor<?xi32>', 'tensor<?xi32>', '!nn.batch'), found ('tensor<?xi32>')}}
  func.func @step(%tokens: tensor<?xi32>) {
    return
  }
}

// -----

// Tests that caches and logits are those of nn.model.
module attributes {nn.model = {family = "t", vocab_size = 10, context_length = 8, layers = 2, hidden_size = 8, kv_heads = 2, head_dim = 4}} {
  // expected-error@+3 {{expected one cache argument per layer, 2, found 1}}
  // expected-error@+2 {{expected cache argument 0 to be '!nn.cache<2x4>', found '!nn.cache<1x4>'}}
  // expected-error@+1 {{expected logits 'tensor<?x10xf32>', found 'tensor<?x9xf32>'}}
  func.func @step(%tokens: tensor<?xi32>, %positions: tensor<?xi32>, %wanted: tensor<?xi32>, %batch: !nn.batch, %c0: !nn.cache<1x4>)
      -> (tensor<?x9xf32>, !nn.cache<1x4>) {
    %e = nn.param "e" : !nn.weight<9x9, f32>
    %x = nn.embed %wanted, %e : (tensor<?xi32>, !nn.weight<9x9, f32>) -> tensor<?x9xf32>
    return %x, %c0 : tensor<?x9xf32>, !nn.cache<1x4>
  }
}

// -----

// Tests that caches come back.
module attributes {nn.model = {family = "t", vocab_size = 9, context_length = 8, layers = 1, hidden_size = 8, kv_heads = 2, head_dim = 4}} {
  // expected-error@+1 {{expected @step to return logits and one cache per layer, found ('tensor<?x9xf32>')}}
  func.func @step(%tokens: tensor<?xi32>, %positions: tensor<?xi32>, %wanted: tensor<?xi32>, %batch: !nn.batch, %c0: !nn.cache<2x4>)
      -> tensor<?x9xf32> {
    %e = nn.param "e" : !nn.weight<9x9, f32>
    %x = nn.embed %wanted, %e : (tensor<?xi32>, !nn.weight<9x9, f32>) -> tensor<?x9xf32>
    return %x : tensor<?x9xf32>
  }
}

// -----

// Tests everything that can be wrong inside, at once.
module attributes {nn.model = {family = "t", vocab_size = 8, context_length = 8, layers = 3, hidden_size = 8, kv_heads = 2, head_dim = 4}} {
  // expected-error@+2 {{expected cache 0 to be appended to once, found 0 times}}
  // expected-error@+1 {{expected cache 1 to be appended to once, found 2 times}}
  func.func @step(%tokens: tensor<?xi32>, %positions: tensor<?xi32>, %wanted: tensor<?xi32>, %batch: !nn.batch,
                  %c0: !nn.cache<2x4>, %c1: !nn.cache<2x4>, %c2: !nn.cache<2x4>)
      -> (tensor<?x8xf32>, !nn.cache<2x4>, !nn.cache<2x4>, !nn.cache<2x4>) {
    // expected-note@+1 {{first named here}}
    %e = nn.param "e" : !nn.weight<9x8, f32>
    // expected-error@+1 {{expected parameter "e" to be named once, found it again}}
    %f = nn.param "e" : !nn.weight<9x8, f32>
    %x = nn.embed %tokens, %e : (tensor<?xi32>, !nn.weight<9x8, f32>) -> tensor<?x8xf32>
    // expected-error@+2 {{expected attention to read an appended cache, found argument 4 of @step, which lacks this step's keys}}
    // expected-error@+1 {{expected an attention of the other role to take over rows of one role, found another reader}}
    %g = nn.attention generated %x, %c0, %batch, %positions {heads = 2 : i64, scale = 0.5 : f32}
      : (tensor<?x8xf32>, !nn.cache<2x4>, !nn.batch, tensor<?xi32>) -> tensor<?x8xf32>
    %a = nn.cache_append %c1, %x, %x, %batch : (!nn.cache<2x4>, tensor<?x8xf32>, tensor<?x8xf32>, !nn.batch) -> !nn.cache<2x4>
    %b = nn.cache_append %a, %x, %x, %batch : (!nn.cache<2x4>, tensor<?x8xf32>, tensor<?x8xf32>, !nn.batch) -> !nn.cache<2x4>
    %c = nn.cache_append %c2, %x, %x, %batch : (!nn.cache<2x4>, tensor<?x8xf32>, tensor<?x8xf32>, !nn.batch) -> !nn.cache<2x4>
    // expected-note@+2 {{read here}}
    // expected-error@+1 {{expected only nn ops in @step, found arith.addf}}
    %s = arith.addf %g, %x : tensor<?x8xf32>
    // expected-error@+1 {{expected result 3 of @step to be the appended cache 2}}
    return %s, %c0, %b, %c2 : tensor<?x8xf32>, !nn.cache<2x4>, !nn.cache<2x4>, !nn.cache<2x4>
  }
}
