// RUN: sennit-opt %s --lower-plan-to-exec="max-rows=6 max-sequences=2" | FileCheck %s
// RUN: sennit-opt %s --lower-plan-to-exec="max-rows=6 max-sequences=2" --exec-verify-exec -o /dev/null
// RUN: sennit-opt %s --lower-plan-to-exec="max-rows=3" --exec-verify-exec -o /dev/null
// RUN: sennit-opt %s --lower-plan-to-exec="max-rows=1" --exec-verify-exec -o /dev/null

// Up to two rows no piece is cut: the first one reaches to the last row, and the second one has none. No two lanes run at
// the same time there, so the machine is not divided.
// CHECK-LABEL: exec.program @step_generated signals 3 arena_bytes 1536 arena_bytes_without_reuse 2816 {
// CHECK: exec.launch @embed({{.*}}) domain all lane compute
// CHECK-NOT: rows {{[0-9]+}} to

// With more rows every piece is a launch, in the order of starts. Attention waits for what its rows read, `own` and
// before; the next nano-batch goes on beside it.
// CHECK-LABEL: exec.program @step_generated_0 signals 5
// CHECK-SAME: lane_shares [5.000000e-01, 2.500000e-01, 2.500000e-01]
// CHECK: exec.launch @append({{.*}}) domain all rows 0 to 2 lane compute
// CHECK-NEXT: exec.signal 0 lane compute
// CHECK-NEXT: exec.launch @keys({{.*}}) domain all rows 2 to max lane compute
// CHECK-NEXT: exec.wait 0 lane memory
// CHECK-NEXT: exec.launch @attend({{.*}}) domain generated rows 0 to 2 lane memory

// Steps of both roles. The buffers of keys and of what is reduced share bytes, since the reduction waits for attention,
// which waits for the keys; that of the embedding is read by attention until late, and is shared with the logits only.
// CHECK-LABEL: exec.program @step_mixed_1 signals 8 arena_bytes 2304 arena_bytes_without_reuse 2816
// CHECK: %embed = exec.buffer "embed" offset 0
// CHECK-NEXT: %keys = exec.buffer "keys" offset 1536
// CHECK-NEXT: %attend.generated = exec.buffer "attend.generated" offset 768
// CHECK-NEXT: %reduce = exec.buffer "reduce" offset 1536
// CHECK-NEXT: %head = exec.buffer "head" offset 0
// CHECK: exec.launch @attend({{.*}}) domain generated rows 2 to max lane memory
// CHECK-NEXT: exec.signal 3 lane memory
// CHECK-NEXT: exec.launch @attend_into({{.*}}) domain prompt rows 0 to 2 lane compute
// CHECK-NEXT: exec.signal 4 lane compute
// The reduction waits for attention in both roles. What follows it on the compute lane waits until it has begun.
// CHECK-NEXT: exec.wait 1 lane network
// CHECK-NEXT: exec.wait 4 lane network
// CHECK-NEXT: exec.signal 5 lane network
// CHECK-NEXT: exec.launch @reduce({{.*}}) domain all rows 0 to 2 lane network
// CHECK-NEXT: exec.wait 5 lane compute
// CHECK-NEXT: exec.launch @attend_into({{.*}}) domain prompt rows 2 to max lane compute
// CHECK-NEXT: exec.signal 6 lane compute
// CHECK-NEXT: exec.wait 3 lane network
// CHECK-NEXT: exec.wait 6 lane network
// CHECK-NEXT: exec.launch @reduce({{.*}}) domain all rows 2 to max lane network
// CHECK-NEXT: exec.signal 7 lane network
// One wait is enough for both reductions, and for all that they waited for.
// CHECK-NEXT: exec.wait 7 lane compute
// CHECK-NEXT: exec.launch @head({{.*}}) domain wanted lane compute
// CHECK-NEXT: exec.return

// Without generated rows nothing is on the memory lane.
// CHECK-LABEL: exec.program @step_prompt_2 signals 4
// CHECK-SAME: lane_shares [7.500000e-01, 0.000000e+00, 2.500000e-01]
// CHECK-NOT: lane memory

// CHECK-LABEL: exec.entry "step"
// CHECK: exec.bucket rows 2 role mixed program @step_mixed
// CHECK: exec.bucket rows 4 role generated program @step_generated_0
// CHECK: exec.bucket rows 6 role mixed program @step_mixed_1
module attributes {nn.model = {family = "llama", vocab_size = 16, context_length = 64, layers = 1, hidden_size = 32, kv_heads = 1, head_dim = 4}} {
func.func private @embed(tensor<?xi32>) -> tensor<?x32xf32>
func.func private @keys(tensor<?x32xf32>) -> tensor<?x4xf32>
func.func private @append(!nn.cache<1x4>, tensor<?x4xf32>, !nn.batch) -> !nn.cache<1x4>
func.func private @attend(tensor<?x32xf32>, !nn.cache<1x4>, !nn.batch, tensor<?xi32>) -> tensor<?x32xf32>
func.func private @attend_into(tensor<?x32xf32>, !nn.cache<1x4>, !nn.batch, tensor<?xi32>, tensor<?x32xf32>) -> tensor<?x32xf32>
func.func private @reduce(tensor<?x32xf32>) -> tensor<?x32xf32>
func.func private @head(tensor<?x32xf32>, tensor<?xi32>) -> tensor<?x16xf32>
plan.program @step(%tokens: tensor<?xi32>, %positions: tensor<?xi32>, %wanted: tensor<?xi32>, %batch: !nn.batch, %cache: !nn.cache<1x4>) -> tensor<?x16xf32> {
  %x = plan.node @embed(%tokens) name "embed" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to 2, lane = compute, share = 1.0, start = 0.0>, #plan.piece<rows = 2 to max, lane = compute, share = 1.0, start = 1.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?xi32>) -> tensor<?x32xf32>
  %k = plan.node @keys(%x) name "keys" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to 2, lane = compute, share = 1.0, start = 2.0>, #plan.piece<rows = 2 to max, lane = compute, share = 1.0, start = 4.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x32xf32>) -> tensor<?x4xf32>
  %c = plan.node @append(%cache, %k, %batch) name "append" domain all accesses [own, own, all] writes [own] inplace [0]
    pieces [#plan.piece<rows = 0 to 2, lane = compute, share = 1.0, start = 3.0>, #plan.piece<rows = 2 to max, lane = compute, share = 1.0, start = 5.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (!nn.cache<1x4>, tensor<?x4xf32>, !nn.batch) -> !nn.cache<1x4>
  %a = plan.node @attend(%x, %c, %batch, %positions) name "attend.generated" domain generated accesses [own, before, all, own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to 2, lane = memory, share = 0.25, start = 4.0>, #plan.piece<rows = 2 to max, lane = memory, share = 0.25, start = 6.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x32xf32>, !nn.cache<1x4>, !nn.batch, tensor<?xi32>) -> tensor<?x32xf32>
  %b = plan.node @attend_into(%x, %c, %batch, %positions, %a) name "attend.prompt" domain prompt accesses [own, before, all, own, own] writes [own] inplace [4]
    pieces [#plan.piece<rows = 0 to 2, lane = compute, share = 1.0, start = 6.5>, #plan.piece<rows = 2 to max, lane = compute, share = 1.0, start = 8.5>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x32xf32>, !nn.cache<1x4>, !nn.batch, tensor<?xi32>, tensor<?x32xf32>) -> tensor<?x32xf32>
  %r = plan.node @reduce(%b) name "reduce" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to 2, lane = network, share = 0.25, start = 8.0>, #plan.piece<rows = 2 to max, lane = network, share = 0.25, start = 9.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x32xf32>) -> tensor<?x32xf32>
  %y = plan.node @head(%r, %wanted) name "head" domain wanted accesses [all, own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 12.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x32xf32>, tensor<?xi32>) -> tensor<?x16xf32>
  plan.return %y : tensor<?x16xf32>
}
}
