// RUN: sennit-opt %s --split-input-file --verify-diagnostics --lower-plan-to-exec="max-rows=2" | FileCheck %s

// A plan for steps of generated rows alone leaves pieces of prompt rows at the start of the step, as it does those past
// the bucket's rows: none of them becomes a command, so none has to come after what it would read.
// CHECK-LABEL: exec.program @step_generated
// CHECK: exec.launch @body
// CHECK-NEXT: exec.launch @head
module attributes {nn.model = {family = "x", vocab_size = 8, context_length = 64, layers = 0, hidden_size = 8, kv_heads = 1, head_dim = 4}} {
  func.func private @body(tensor<?xi32>) -> tensor<?x8xf32>
  func.func private @into(tensor<?x8xf32>) -> tensor<?x8xf32>
  func.func private @head(tensor<?x8xf32>) -> tensor<?x8xf32>
  plan.program @step(%tokens: tensor<?xi32>) -> tensor<?x8xf32> {
    %y = plan.node @body(%tokens) name "n" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?xi32>) -> tensor<?x8xf32>
    %p = plan.node @into(%y) name "p" domain prompt accesses [own] writes [own] inplace [0]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 1.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x8xf32>) -> tensor<?x8xf32>
    %z = plan.node @head(%p) name "h" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 2.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x8xf32>) -> tensor<?x8xf32>
    plan.return %z : tensor<?x8xf32>
  }
  plan.program @step_2(%tokens: tensor<?xi32>) -> tensor<?x8xf32> attributes {bucket_rows = 2 : i64, entry = "step", role = "generated"} {
    %y = plan.node @body(%tokens) name "n" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to 2, lane = compute, share = 1.0, start = 5.0>, #plan.piece<rows = 2 to max, lane = compute, share = 1.0, start = 0.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?xi32>) -> tensor<?x8xf32>
    %p = plan.node @into(%y) name "p" domain prompt accesses [own] writes [own] inplace [0]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x8xf32>) -> tensor<?x8xf32>
    %z = plan.node @head(%p) name "h" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 6.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x8xf32>) -> tensor<?x8xf32>
    plan.return %z : tensor<?x8xf32>
  }
}

// -----

// The same order in a program of mixed steps, which have prompt rows.
module attributes {nn.model = {family = "x", vocab_size = 8, context_length = 64, layers = 0, hidden_size = 8, kv_heads = 1, head_dim = 4}} {
  func.func private @body(tensor<?xi32>) -> tensor<?x8xf32>
  func.func private @into(tensor<?x8xf32>) -> tensor<?x8xf32>
  plan.program @step_2(%tokens: tensor<?xi32>) -> tensor<?x8xf32> attributes {bucket_rows = 2 : i64, entry = "step", role = "mixed"} {
    %y = plan.node @body(%tokens) name "n" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 5.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?xi32>) -> tensor<?x8xf32>
    // expected-error @+1 {{start = 0.0> to start after}}
    %p = plan.node @into(%y) name "p" domain prompt accesses [own] writes [own] inplace [0]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x8xf32>) -> tensor<?x8xf32>
    plan.return %p : tensor<?x8xf32>
  }
}
