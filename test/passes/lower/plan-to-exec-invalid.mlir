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

// A row between two pieces.
module attributes {nn.model = {family = "x", vocab_size = 8, context_length = 64, layers = 0, hidden_size = 8, kv_heads = 1, head_dim = 4}} {
  func.func private @body(tensor<?xi32>) -> tensor<?x8xf32>
  plan.program @step(%tokens: tensor<?xi32>) -> tensor<?x8xf32> {
    // expected-error @+1 {{expected pieces that cover every row once, found}}
    %y = plan.node @body(%tokens) name "n" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to 2, lane = compute, share = 1.0, start = 0.0>, #plan.piece<rows = 3 to max, lane = compute, share = 1.0, start = 0.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?xi32>) -> tensor<?x8xf32>
    plan.return %y : tensor<?x8xf32>
  }
}

// -----

// A row in two pieces.
module attributes {nn.model = {family = "x", vocab_size = 8, context_length = 64, layers = 0, hidden_size = 8, kv_heads = 1, head_dim = 4}} {
  func.func private @body(tensor<?xi32>) -> tensor<?x8xf32>
  plan.program @step(%tokens: tensor<?xi32>) -> tensor<?x8xf32> {
    // expected-error @+1 {{expected pieces that cover every row once, found}}
    %y = plan.node @body(%tokens) name "n" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to 2, lane = compute, share = 1.0, start = 0.0>, #plan.piece<rows = 1 to max, lane = compute, share = 1.0, start = 0.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?xi32>) -> tensor<?x8xf32>
    plan.return %y : tensor<?x8xf32>
  }
}

// -----

// Rows past the last piece.
module attributes {nn.model = {family = "x", vocab_size = 8, context_length = 64, layers = 0, hidden_size = 8, kv_heads = 1, head_dim = 4}} {
  func.func private @body(tensor<?xi32>) -> tensor<?x8xf32>
  plan.program @step(%tokens: tensor<?xi32>) -> tensor<?x8xf32> {
    // expected-error @+1 {{expected pieces that cover every row once, found}}
    %y = plan.node @body(%tokens) name "n" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to 5, lane = compute, share = 1.0, start = 0.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?xi32>) -> tensor<?x8xf32>
    plan.return %y : tensor<?x8xf32>
  }
}

// -----

// A piece that starts before what it reads; the one beside it does not.
module attributes {nn.model = {family = "x", vocab_size = 8, context_length = 64, layers = 0, hidden_size = 8, kv_heads = 1, head_dim = 4}} {
  func.func private @body(tensor<?xi32>) -> tensor<?x8xf32>
  func.func private @next(tensor<?x8xf32>) -> tensor<?x8xf32>
  plan.program @step(%tokens: tensor<?xi32>) -> tensor<?x8xf32> {
    %y = plan.node @body(%tokens) name "n" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to 2, lane = compute, share = 1.0, start = 0.0>, #plan.piece<rows = 2 to max, lane = compute, share = 1.0, start = 5.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?xi32>) -> tensor<?x8xf32>
    // expected-error @+1 {{expected #plan.piece<rows = 2 to max, lane = compute, share = 1.0, start = 4.0> to start after #plan.piece<rows = 2 to max, lane = compute, share = 1.0, start = 5.0> of 'n', which it depends on, found it before}}
    %z = plan.node @next(%y) name "z" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to 2, lane = compute, share = 1.0, start = 3.0>, #plan.piece<rows = 2 to max, lane = compute, share = 1.0, start = 4.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x8xf32>) -> tensor<?x8xf32>
    plan.return %z : tensor<?x8xf32>
  }
}

// -----

// Two programs for one bucket.
module attributes {nn.model = {family = "x", vocab_size = 8, context_length = 64, layers = 0, hidden_size = 8, kv_heads = 1, head_dim = 4}} {
  func.func private @body(tensor<?xi32>) -> tensor<?x8xf32>
  // expected-note @+1 {{the other program is here}}
  plan.program @a(%tokens: tensor<?xi32>) -> tensor<?x8xf32> attributes {entry = "step", bucket_rows = 2 : i64} {
    %y = plan.node @body(%tokens) name "n" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?xi32>) -> tensor<?x8xf32>
    plan.return %y : tensor<?x8xf32>
  }
  // expected-error @+1 {{expected one program of entry 'step' for its bucket, found two}}
  plan.program @b(%tokens: tensor<?xi32>) -> tensor<?x8xf32> attributes {entry = "step", bucket_rows = 2 : i64} {
    %y = plan.node @body(%tokens) name "n" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?xi32>) -> tensor<?x8xf32>
    plan.return %y : tensor<?x8xf32>
  }
}

// -----

// Rows of no bucket.
module attributes {nn.model = {family = "x", vocab_size = 8, context_length = 64, layers = 0, hidden_size = 8, kv_heads = 1, head_dim = 4}} {
  func.func private @body(tensor<?xi32>) -> tensor<?x8xf32>
  plan.program @step(%tokens: tensor<?xi32>) -> tensor<?x8xf32> {
    %y = plan.node @body(%tokens) name "n" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?xi32>) -> tensor<?x8xf32>
    plan.return %y : tensor<?x8xf32>
  }
  // expected-error @+1 {{expected bucket_rows of a bucket, 1, 2, 4, ... or 4, found 3}}
  plan.program @b(%tokens: tensor<?xi32>) -> tensor<?x8xf32> attributes {entry = "step", bucket_rows = 3 : i64} {
    %y = plan.node @body(%tokens) name "n" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?xi32>) -> tensor<?x8xf32>
    plan.return %y : tensor<?x8xf32>
  }
}

// -----

// Steps that no program serves.
module attributes {nn.model = {family = "x", vocab_size = 8, context_length = 64, layers = 0, hidden_size = 8, kv_heads = 1, head_dim = 4}} {
  func.func private @body(tensor<?xi32>) -> tensor<?x8xf32>
  // expected-error @+1 {{expected a program of entry 'step' for steps of 2 rows and role generated, found none}}
  plan.program @a(%tokens: tensor<?xi32>) -> tensor<?x8xf32> attributes {entry = "step", bucket_rows = 1 : i64} {
    %y = plan.node @body(%tokens) name "n" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?xi32>) -> tensor<?x8xf32>
    plan.return %y : tensor<?x8xf32>
  }
}

// -----

// Steps of a role that no program serves.
module attributes {nn.model = {family = "x", vocab_size = 8, context_length = 64, layers = 0, hidden_size = 8, kv_heads = 1, head_dim = 4}} {
  func.func private @body(tensor<?xi32>) -> tensor<?x8xf32>
  // expected-error @+1 {{expected a program of entry 'step' for steps of 1 rows and role mixed, found none}}
  plan.program @a(%tokens: tensor<?xi32>) -> tensor<?x8xf32> attributes {entry = "step", role = "generated"} {
    %y = plan.node @body(%tokens) name "n" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?xi32>) -> tensor<?x8xf32>
    plan.return %y : tensor<?x8xf32>
  }
}

// -----

// Programs of one entry with other arguments.
module attributes {nn.model = {family = "x", vocab_size = 8, context_length = 64, layers = 0, hidden_size = 8, kv_heads = 1, head_dim = 4}} {
  func.func private @body(tensor<?xi32>) -> tensor<?x8xf32>
  plan.program @step(%tokens: tensor<?xi32>) -> tensor<?x8xf32> {
    %y = plan.node @body(%tokens) name "n" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?xi32>) -> tensor<?x8xf32>
    plan.return %y : tensor<?x8xf32>
  }
  // expected-error @+1 {{expected the type of the other programs of entry 'step', '(tensor<?xi32>) -> tensor<?x8xf32>', found '(tensor<?xi32>, tensor<?xi32>) -> tensor<?x8xf32>'}}
  plan.program @b(%tokens: tensor<?xi32>, %p: tensor<?xi32>) -> tensor<?x8xf32> attributes {entry = "step", bucket_rows = 2 : i64} {
    %y = plan.node @body(%tokens) name "n" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
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
