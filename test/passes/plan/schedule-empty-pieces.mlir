// RUN: sennit-opt %s --plan-schedule=scheduler=list | FileCheck %s
// RUN: sennit-opt %s --plan-schedule=scheduler=list --plan-verify-plan --lower-plan-to-exec=max-rows=8 --exec-verify-exec -o /dev/null

// At this load the first four rows are generated ones and the others are of prompts. A step of the bucket may be divided
// otherwise, so a piece that has no rows here has a place all the same: after what it depends on has begun.
module attributes {nn.model = {family = "x", vocab_size = 8, context_length = 64, layers = 0, hidden_size = 8, kv_heads = 1, head_dim = 4},
                   plan.timing = {prompt = 1 : i64, output = 1 : i64, rows = 8 : i64}} {
  func.func private @body(tensor<?xi32>) -> tensor<?x8xf32>
  func.func private @attend(tensor<?x8xf32>) -> tensor<?x8xf32>
  func.func private @into(tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
  func.func private @head(tensor<?x8xf32>) -> tensor<?x8xf32>
  // CHECK-LABEL: plan.program @step
  plan.program @step(%tokens: tensor<?xi32>) -> tensor<?x8xf32> {
    // CHECK: plan.node @body{{.*}}rows = 4 to max, lane = compute, share = {{[0-9.]+}}, start = [[BODY:[0-9.]+]],
    %y = plan.node @body(%tokens) name "body" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to 4, lane = compute, share = 1.0, start = 0.0>, #plan.piece<rows = 4 to max, lane = compute, share = 1.0, start = 0.0>] cost <other, flops_fixed = 0.0, flops_per_row = 1000.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?xi32>) -> tensor<?x8xf32>
    // CHECK: plan.node @attend{{.*}}rows = 4 to max, lane = memory, share = 0.4, start = [[BODY]]>
    %g = plan.node @attend(%y) name "attend.generated" domain generated accesses [before] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to 4, lane = compute, share = 1.0, start = 0.0>, #plan.piece<rows = 4 to max, lane = compute, share = 1.0, start = 0.0>] cost <memory, flops_fixed = 0.0, flops_per_row = 1000.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x8xf32>) -> tensor<?x8xf32>
    %p = plan.node @into(%y, %g) name "attend.prompt" domain prompt accesses [before, own] writes [own] inplace [1]
    pieces [#plan.piece<rows = 0 to 4, lane = compute, share = 1.0, start = 0.0>, #plan.piece<rows = 4 to max, lane = compute, share = 1.0, start = 0.0>] cost <other, flops_fixed = 0.0, flops_per_row = 1000.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
    %z = plan.node @head(%p) name "head" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to 4, lane = compute, share = 1.0, start = 0.0>, #plan.piece<rows = 4 to max, lane = compute, share = 1.0, start = 0.0>] cost <other, flops_fixed = 0.0, flops_per_row = 1000.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x8xf32>) -> tensor<?x8xf32>
    plan.return %z : tensor<?x8xf32>
  }
}
