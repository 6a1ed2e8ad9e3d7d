// RUN: sennit-opt %s --lower-plan-to-exec="max-rows=4" -split-input-file -verify-diagnostics -o /dev/null

// A module that says nothing of its model.
// expected-error @+1 {{expected a module attribute nn.model, found none}}
module {
  func.func private @body(tensor<?xi32>) -> tensor<?x8xf32>
  plan.program @step(%tokens: tensor<?xi32>) -> tensor<?x8xf32> {
    %y = plan.node @body(%tokens) name "n" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?xi32>) -> tensor<?x8xf32>
    plan.return %y : tensor<?x8xf32>
  }
}

// -----

// A model without family.
// expected-error @+1 {{expected a string family in nn.model, found none}}
module attributes {nn.model = {vocab_size = 8, context_length = 64, layers = 0, hidden_size = 8, kv_heads = 1, head_dim = 4}} {
  func.func private @body(tensor<?xi32>) -> tensor<?x8xf32>
  plan.program @step(%tokens: tensor<?xi32>) -> tensor<?x8xf32> {
    %y = plan.node @body(%tokens) name "n" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?xi32>) -> tensor<?x8xf32>
    plan.return %y : tensor<?x8xf32>
  }
}

// -----

// A model without context.
// expected-error @+1 {{expected nn.model to have a number context_length of 32 bits, found none}}
module attributes {nn.model = {family = "x", vocab_size = 8, layers = 0, hidden_size = 8, kv_heads = 1, head_dim = 4}} {
  func.func private @body(tensor<?xi32>) -> tensor<?x8xf32>
  plan.program @step(%tokens: tensor<?xi32>) -> tensor<?x8xf32> {
    %y = plan.node @body(%tokens) name "n" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?xi32>) -> tensor<?x8xf32>
    plan.return %y : tensor<?x8xf32>
  }
}

// -----

// A negative number of layers.
// expected-error @+1 {{expected nn.model to have a number layers of 32 bits, found -1}}
module attributes {nn.model = {family = "x", vocab_size = 8, context_length = 64, layers = -1, hidden_size = 8, kv_heads = 1, head_dim = 4}} {
  func.func private @body(tensor<?xi32>) -> tensor<?x8xf32>
  plan.program @step(%tokens: tensor<?xi32>) -> tensor<?x8xf32> {
    %y = plan.node @body(%tokens) name "n" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?xi32>) -> tensor<?x8xf32>
    plan.return %y : tensor<?x8xf32>
  }
}

// -----

// No plan.
// expected-error @+1 {{expected a plan.program, found none}}
module attributes {nn.model = {family = "x", vocab_size = 8, context_length = 64, layers = 0, hidden_size = 8, kv_heads = 1, head_dim = 4}} {
}

// -----

// More layers than caches.
module attributes {nn.model = {family = "x", vocab_size = 8, context_length = 64, layers = 1, hidden_size = 8, kv_heads = 1, head_dim = 4}} {
  func.func private @body(tensor<?xi32>) -> tensor<?x8xf32>
  // expected-error @+1 {{expected a cache for each of 1 layers, found 0}}
  plan.program @step(%tokens: tensor<?xi32>) -> tensor<?x8xf32> {
    %y = plan.node @body(%tokens) name "n" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?xi32>) -> tensor<?x8xf32>
    plan.return %y : tensor<?x8xf32>
  }
}

// -----

// A cache of another shape.
module attributes {nn.model = {family = "x", vocab_size = 8, context_length = 64, layers = 1, hidden_size = 8, kv_heads = 2, head_dim = 4}} {
  func.func private @body(tensor<?xi32>) -> tensor<?x8xf32>
  // expected-error @+1 {{expected caches of nn.model's 2x4, found 1x4}}
  plan.program @step(%tokens: tensor<?xi32>, %c: !nn.cache<1x4>) -> tensor<?x8xf32> {
    %y = plan.node @body(%tokens) name "n" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?xi32>) -> tensor<?x8xf32>
    plan.return %y : tensor<?x8xf32>
  }
}

// -----

// An activation as an argument, and indices past the three that a step has.
module attributes {nn.model = {family = "x", vocab_size = 8, context_length = 64, layers = 0, hidden_size = 8, kv_heads = 1, head_dim = 4}} {
  func.func private @body(tensor<?xi32>) -> tensor<?x8xf32>
  // expected-error @+2 {{expected tokens, positions and wanted rows as the first arguments, then batches and caches, found argument 1 of type 'tensor<?x8xf32>'}}
  // expected-error @+1 {{found argument 3 of type 'tensor<?xi32>'}}
  plan.program @step(%tokens: tensor<?xi32>, %x: tensor<?x8xf32>, %w: tensor<?xi32>, %v: tensor<?xi32>) -> tensor<?x8xf32> {
    %y = plan.node @body(%tokens) name "n" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?xi32>) -> tensor<?x8xf32>
    plan.return %y : tensor<?x8xf32>
  }
}

// -----

// A param that is no weight.
module attributes {nn.model = {family = "x", vocab_size = 8, context_length = 64, layers = 0, hidden_size = 8, kv_heads = 1, head_dim = 4}} {
  func.func private @body(tensor<?xi32>) -> tensor<?x8xf32>
  plan.program @step(%tokens: tensor<?xi32>) -> tensor<?x8xf32> {
    // expected-error @+1 {{expected a weight, found 'tensor<8xf32>'}}
    %w = plan.param "w" : tensor<8xf32>
    %y = plan.node @body(%tokens) name "n" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?xi32>) -> tensor<?x8xf32>
    plan.return %y : tensor<?x8xf32>
  }
}

// -----

// A result without static columns.
module attributes {nn.model = {family = "x", vocab_size = 8, context_length = 64, layers = 0, hidden_size = 8, kv_heads = 1, head_dim = 4}} {
  func.func private @body(tensor<?xi32>) -> tensor<?x8xf32>
  func.func private @wide(tensor<?x8xf32>) -> tensor<?x?xf32>
  plan.program @step(%tokens: tensor<?xi32>) -> tensor<?x8xf32> {
    %y = plan.node @body(%tokens) name "n" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?xi32>) -> tensor<?x8xf32>
    // expected-error @+1 {{expected result 0 to be an activation, row indices or a cache, found 'tensor<?x?xf32>'}}
    %z = plan.node @wide(%y) name "z" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x8xf32>) -> tensor<?x?xf32>
    plan.return %y : tensor<?x8xf32>
  }
}

// -----

// A cache that comes from nowhere.
module attributes {nn.model = {family = "x", vocab_size = 8, context_length = 64, layers = 1, hidden_size = 8, kv_heads = 1, head_dim = 4}} {
  func.func private @body(tensor<?xi32>) -> tensor<?x8xf32>
  func.func private @make(tensor<?x8xf32>) -> !nn.cache<1x4>
  plan.program @step(%tokens: tensor<?xi32>, %c: !nn.cache<1x4>) -> tensor<?x8xf32> {
    %y = plan.node @body(%tokens) name "n" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?xi32>) -> tensor<?x8xf32>
    // expected-error @+1 {{expected cache result 0 to overwrite an operand, found none}}
    %z = plan.node @make(%y) name "z" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x8xf32>) -> !nn.cache<1x4>
    plan.return %y : tensor<?x8xf32>
  }
}

// -----

// A result that overwrites the step input.
module attributes {nn.model = {family = "x", vocab_size = 8, context_length = 64, layers = 0, hidden_size = 8, kv_heads = 1, head_dim = 4}} {
  func.func private @body(tensor<?xi32>) -> tensor<?x8xf32>
  func.func private @over(tensor<?xi32>) -> tensor<?xi32>
  plan.program @step(%tokens: tensor<?xi32>) -> tensor<?x8xf32> {
    %y = plan.node @body(%tokens) name "n" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?xi32>) -> tensor<?x8xf32>
    // expected-error @+1 {{expected result 0 to overwrite what a node made, found operand 0 of the program}}
    %z = plan.node @over(%tokens) name "z" domain all accesses [own] writes [own] inplace [0]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?xi32>) -> tensor<?xi32>
    plan.return %y : tensor<?x8xf32>
  }
}

// -----

// Two pieces.
module attributes {nn.model = {family = "x", vocab_size = 8, context_length = 64, layers = 0, hidden_size = 8, kv_heads = 1, head_dim = 4}} {
  func.func private @body(tensor<?xi32>) -> tensor<?x8xf32>
  plan.program @step(%tokens: tensor<?xi32>) -> tensor<?x8xf32> {
    // expected-error @+1 {{expected one piece of all rows on the compute lane, found}}
    %y = plan.node @body(%tokens) name "n" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to 2, lane = compute, share = 1.0, start = 0.0>, #plan.piece<rows = 2 to max, lane = compute, share = 1.0, start = 0.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?xi32>) -> tensor<?x8xf32>
    plan.return %y : tensor<?x8xf32>
  }
}

// -----

// A piece on another lane.
module attributes {nn.model = {family = "x", vocab_size = 8, context_length = 64, layers = 0, hidden_size = 8, kv_heads = 1, head_dim = 4}} {
  func.func private @body(tensor<?xi32>) -> tensor<?x8xf32>
  plan.program @step(%tokens: tensor<?xi32>) -> tensor<?x8xf32> {
    // expected-error @+1 {{expected one piece of all rows on the compute lane, found}}
    %y = plan.node @body(%tokens) name "n" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to max, lane = memory, share = 1.0, start = 0.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?xi32>) -> tensor<?x8xf32>
    plan.return %y : tensor<?x8xf32>
  }
}

// -----

// Logits that no node makes.
module attributes {nn.model = {family = "x", vocab_size = 8, context_length = 64, layers = 0, hidden_size = 8, kv_heads = 1, head_dim = 4}} {
  func.func private @body(tensor<?xi32>) -> tensor<?x8xf32>
  // expected-error @+1 {{expected the program's first result to be the logits that a node makes, found 'tensor<?xi32>'}}
  plan.program @step(%tokens: tensor<?xi32>) -> tensor<?xi32> {
    %y = plan.node @body(%tokens) name "n" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?xi32>) -> tensor<?x8xf32>
    plan.return %tokens : tensor<?xi32>
  }
}

// -----

// No result.
module attributes {nn.model = {family = "x", vocab_size = 8, context_length = 64, layers = 0, hidden_size = 8, kv_heads = 1, head_dim = 4}} {
  func.func private @body(tensor<?xi32>) -> tensor<?x8xf32>
  // expected-error @+1 {{expected the program's first result to be the logits that a node makes, found 'none'}}
  plan.program @step(%tokens: tensor<?xi32>) {
    %y = plan.node @body(%tokens) name "n" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?xi32>) -> tensor<?x8xf32>
    plan.return
  }
}

// -----

// A weight of two types.
module attributes {nn.model = {family = "x", vocab_size = 8, context_length = 64, layers = 0, hidden_size = 8, kv_heads = 1, head_dim = 4}} {
  func.func private @body(tensor<?xi32>) -> tensor<?x8xf32>
  plan.program @step(%tokens: tensor<?xi32>) -> tensor<?x8xf32> {
    // expected-note @+1 {{the other param is here}}
    %v = plan.param "w" : !nn.weight<8x8, f32>
    // expected-error @+1 {{expected weight 'w' to have one type, found '!nn.weight<8x4, f32>' and '!nn.weight<8x8, f32>'}}
    %w = plan.param "w" : !nn.weight<8x4, f32>
    %y = plan.node @body(%tokens) name "n" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?xi32>) -> tensor<?x8xf32>
    plan.return %y : tensor<?x8xf32>
  }
}

// -----

// One body with and without an operand in place.
module attributes {nn.model = {family = "x", vocab_size = 8, context_length = 64, layers = 0, hidden_size = 8, kv_heads = 1, head_dim = 4}} {
  func.func private @body(tensor<?xi32>) -> tensor<?x8xf32>
  func.func private @act(tensor<?x8xf32>) -> tensor<?x8xf32>
  plan.program @step(%tokens: tensor<?xi32>) -> tensor<?x8xf32> {
    %y = plan.node @body(%tokens) name "n" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?xi32>) -> tensor<?x8xf32>
    // expected-note @+1 {{the other node is here}}
    %z = plan.node @act(%y) name "z" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x8xf32>) -> tensor<?x8xf32>
    // expected-error @+1 {{expected kernel @act to take 2 operands in every node, found 1}}
    %v = plan.node @act(%z) name "v" domain all accesses [own] writes [own] inplace [0]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x8xf32>) -> tensor<?x8xf32>
    plan.return %v : tensor<?x8xf32>
  }
}
