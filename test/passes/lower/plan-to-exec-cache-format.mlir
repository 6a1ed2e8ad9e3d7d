// RUN: sennit-opt %s --lower-plan-to-exec="cache-format=q8_0" -verify-diagnostics -o /dev/null

// A cache holds floats.
// expected-error @+1 {{expected cache-format f16 or f32, found 'q8_0'}}
module attributes {nn.model = {family = "x", vocab_size = 8, context_length = 64, layers = 0, hidden_size = 8, kv_heads = 1, head_dim = 4}} {
  func.func private @body(tensor<?xi32>) -> tensor<?x8xf32>
  plan.program @step(%tokens: tensor<?xi32>) -> tensor<?x8xf32> {
    %y = plan.node @body(%tokens) name "n" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?xi32>) -> tensor<?x8xf32>
    plan.return %y : tensor<?x8xf32>
  }
}
