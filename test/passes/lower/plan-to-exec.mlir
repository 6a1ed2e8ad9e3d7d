// RUN: sennit-opt %s --lower-plan-to-exec="max-rows=6 max-sequences=2" | FileCheck %s
// RUN: sennit-opt %s --lower-plan-to-exec="max-rows=6 max-sequences=2" --exec-verify-exec -o /dev/null
// RUN: sennit-opt %s --plan-schedule-in-order --lower-plan-to-exec="max-rows=6 max-sequences=2" | FileCheck %s
// RUN: sennit-opt %s --lower-plan-to-exec="max-rows=1 max-segments=7 max-pages=9 cache-format=f32 compiler=x" | FileCheck %s --check-prefix=OPTIONS

// Bodies and plan are gone; model, step and cache come from nn.model and the options.
// CHECK-NOT: func.func
// CHECK-NOT: plan.
// CHECK: exec.package format_version 1 compiler "sennit" levels []
// CHECK-NEXT: exec.model family "llama" name "" vocab_size 16 context_length 64 layers 1 hidden_size 32 {{.*}} parameters 544
// CHECK-NEXT: exec.step_layout {{.*}} bytes 768 max_rows 6 max_sequences 2 max_segments 4 max_pages 8
// CHECK-NEXT: exec.cache layers 1 kv_heads 1 head_dim 4 format f16
// OPTIONS: compiler "x"
// OPTIONS: max_rows 1 max_sequences 64 max_segments 7 max_pages 9
// OPTIONS: exec.cache {{.*}} format f32
// OPTIONS-COUNT-3: exec.bucket rows 1
// OPTIONS-NOT: exec.bucket

// One weight for each name, packed if it is a matrix; one kernel for each body, with the operands that it takes.
// CHECK-NEXT: exec.weight "embed" rows 16 k 32 format q8_0 layout packed slices [#exec.slice<rows = 0 to 16, k = 0 to 32,
// CHECK-NEXT: exec.weight "norm" rows 1 k 32 format f32 layout rows slices [#exec.slice<rows = 0 to 1, k = 0 to 32,
// CHECK-NEXT: exec.kernel @embed code [] operands 3
// CHECK-NEXT: exec.kernel @split code [] operands 4
// CHECK-NEXT: exec.kernel @append code [] operands 10
// CHECK-NEXT: exec.kernel @attend code [] operands 12
// CHECK-NEXT: exec.kernel @attend_into code [] operands 12
// CHECK-NEXT: exec.kernel @head code [] operands 4

// Steps of generated rows leave out the attention of prompt rows. "attend.generated" takes the place of "embed", which
// is not needed any more, "head" that of "split.0"; "split.0" is read by the launch that writes "attend.generated".
// CHECK-LABEL: exec.program @step_generated signals 0 arena_bytes 1664 arena_bytes_without_reuse 2816
// CHECK: exec.buffer "embed" offset 0 row_bytes 128 rows 6
// CHECK: exec.buffer "split.0" offset 768 row_bytes 128 rows 6
// CHECK: exec.buffer "split.1" offset 1536 row_bytes 16 rows 6
// CHECK: exec.buffer "attend.generated" offset 0 row_bytes 128 rows 6
// CHECK: exec.buffer "head" offset 768 row_bytes 64 rows 6
// CHECK: exec.launch @embed(%tokens, %[[E:.*]], %[[X:.*]]) domain all lane compute accesses [0 read own, 1 read all, 2 write own] node "embed" flops_per_row 1.0 bytes_fixed 2.0 bytes_per_row 3.0
// CHECK: exec.launch @split(%[[X]], %norm, %[[Q:.*]], %[[K:.*]]) domain all
// A cache gives its keys and its values, read and written; a batch gives its seven fields.
// CHECK: exec.launch @append(%keys0, %values0, %[[K]], %row_sequence, %row_slot, %sequence_segments, %segment_pages, %segment_length, %segment_first, %pages) domain all lane compute accesses [0 read own, 0 write own, 1 read own, 1 write own, 2 read own, 3 read all,
// CHECK: exec.launch @attend(%[[Q]], %keys0, %values0, {{.*}}, %positions, %[[A:.*]]) domain generated lane compute accesses [0 read own, 1 read before, 2 read before, {{.*}} 11 write own] node "attend.generated"
// CHECK-NOT: @attend_into
// CHECK: exec.launch @head(%[[A]], %[[E]], %wanted, %[[L:.*]]) domain wanted
// CHECK: exec.return %[[L]]

// Steps of both have both; the second one writes into the buffer of the first, which is one operand.
// CHECK-LABEL: exec.program @step_mixed
// CHECK: exec.launch @attend({{.*}}, %[[A:.*]]) domain generated
// CHECK: exec.launch @attend_into({{.*}}, %[[A]]) domain prompt lane compute accesses [{{.*}} 11 read own, 11 write own] node "attend.prompt"
// CHECK: exec.launch @head(%[[A]],

// CHECK-LABEL: exec.program @step_prompt
// CHECK-NOT: exec.launch @attend(
// CHECK: exec.launch @attend_into({{.*}}, %[[A:.*]]) domain prompt
// CHECK: exec.launch @head(%[[A]],

// Buckets double up to the most rows, which is the last one.
// CHECK-LABEL: exec.entry "step"
// CHECK-NEXT: exec.bucket rows 1 role generated program @step_generated
// CHECK-NEXT: exec.bucket rows 1 role mixed program @step_mixed
// CHECK-NEXT: exec.bucket rows 1 role prompt program @step_prompt
// CHECK-NEXT: exec.bucket rows 2 role generated program @step_generated
// CHECK: exec.bucket rows 4 role prompt program @step_prompt
// CHECK-NEXT: exec.bucket rows 6 role generated program @step_generated
// CHECK-NEXT: exec.bucket rows 6 role mixed program @step_mixed
// CHECK-NEXT: exec.bucket rows 6 role prompt program @step_prompt
// CHECK-NEXT: }
module attributes {nn.model = {family = "llama", vocab_size = 16, context_length = 64, layers = 1, hidden_size = 32, kv_heads = 1, head_dim = 4}} {
func.func private @embed(tensor<?xi32>, !nn.weight<16x32, q8_0>) -> tensor<?x32xf32>
func.func private @split(tensor<?x32xf32>, !nn.weight<32, f32>) -> (tensor<?x32xf32>, tensor<?x4xf32>)
func.func private @append(!nn.cache<1x4>, tensor<?x4xf32>, !nn.batch) -> !nn.cache<1x4>
func.func private @attend(tensor<?x32xf32>, !nn.cache<1x4>, !nn.batch, tensor<?xi32>) -> tensor<?x32xf32>
func.func private @attend_into(tensor<?x32xf32>, !nn.cache<1x4>, !nn.batch, tensor<?xi32>, tensor<?x32xf32>) -> tensor<?x32xf32>
func.func private @head(tensor<?x32xf32>, !nn.weight<16x32, q8_0>, tensor<?xi32>) -> tensor<?x16xf32>
plan.program @step(%tokens: tensor<?xi32>, %positions: tensor<?xi32>, %wanted: tensor<?xi32>, %batch: !nn.batch, %cache: !nn.cache<1x4>) -> (tensor<?x16xf32>, !nn.cache<1x4>) {
  %e = plan.param "embed" : !nn.weight<16x32, q8_0>
  %g = plan.param "norm" : !nn.weight<32, f32>
  %x = plan.node @embed(%tokens, %e) name "embed" domain all accesses [own, all] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>] cost <compute, flops_fixed = 0.0, flops_per_row = 1.0, bytes_fixed = 2.0, bytes_per_row = 3.0, network_bytes_per_row = 0.0>
    : (tensor<?xi32>, !nn.weight<16x32, q8_0>) -> tensor<?x32xf32>
  %q:2 = plan.node @split(%x, %g) name "split" domain all accesses [own, all] writes [own, own] inplace [none, none]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>] cost <compute, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x32xf32>, !nn.weight<32, f32>) -> (tensor<?x32xf32>, tensor<?x4xf32>)
  %c = plan.node @append(%cache, %q#1, %batch) name "append" domain all accesses [own, own, all] writes [own] inplace [0]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>] cost <compute, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (!nn.cache<1x4>, tensor<?x4xf32>, !nn.batch) -> !nn.cache<1x4>
  %a = plan.node @attend(%q#0, %c, %batch, %positions) name "attend.generated" domain generated accesses [own, before, all, own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>] cost <compute, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x32xf32>, !nn.cache<1x4>, !nn.batch, tensor<?xi32>) -> tensor<?x32xf32>
  %b = plan.node @attend_into(%q#0, %c, %batch, %positions, %a) name "attend.prompt" domain prompt accesses [own, before, all, own, own] writes [own] inplace [4]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>] cost <compute, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x32xf32>, !nn.cache<1x4>, !nn.batch, tensor<?xi32>, tensor<?x32xf32>) -> tensor<?x32xf32>
  %y = plan.node @head(%b, %e, %wanted) name "head" domain wanted accesses [all, all, own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>] cost <compute, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x32xf32>, !nn.weight<16x32, q8_0>, tensor<?xi32>) -> tensor<?x16xf32>
  plan.return %y, %c : tensor<?x16xf32>, !nn.cache<1x4>
}
}
