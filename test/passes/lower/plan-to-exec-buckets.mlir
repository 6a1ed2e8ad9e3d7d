// RUN: sennit-opt %s --lower-plan-to-exec="max-rows=6 max-sequences=2" --exec-verify-exec | FileCheck %s
// RUN: sennit-opt %s --verify-lowering=level=plan -o /dev/null

// Each bucket has the program that says most of it: rows and role, else rows, else role. A plan whose cut lies past the
// rows of a bucket is there the plan without the cut, and equal programs are one.
// CHECK: exec.program @decode_generated signals 0
// CHECK-NOT: rows {{[0-9]+}} to
// CHECK: exec.program @step_mixed signals 0
// CHECK: exec.program @step_prompt signals 0
// CHECK: exec.program @step_4_mixed signals 0
// CHECK: exec.launch @embed({{.*}}) domain all rows 0 to 3 lane compute
// CHECK: exec.launch @embed({{.*}}) domain all rows 3 to max lane compute
// CHECK: exec.program @step_4_prompt signals 0
// CHECK: exec.program @decode_generated_0 signals 0
// CHECK: domain generated rows 3 to max
// CHECK-NOT: exec.program
// CHECK-LABEL: exec.entry "step"
// CHECK-NEXT: exec.bucket rows 1 role generated program @decode_generated
// CHECK-NEXT: exec.bucket rows 1 role mixed program @step_mixed
// CHECK-NEXT: exec.bucket rows 1 role prompt program @step_prompt
// CHECK-NEXT: exec.bucket rows 2 role generated program @decode_generated
// CHECK-NEXT: exec.bucket rows 2 role mixed program @step_mixed
// CHECK-NEXT: exec.bucket rows 2 role prompt program @step_prompt
// CHECK-NEXT: exec.bucket rows 4 role generated program @decode_generated
// CHECK-NEXT: exec.bucket rows 4 role mixed program @step_4_mixed
// CHECK-NEXT: exec.bucket rows 4 role prompt program @step_4_prompt
// CHECK-NEXT: exec.bucket rows 6 role generated program @decode_generated_0
// CHECK-NEXT: exec.bucket rows 6 role mixed program @step_mixed
// CHECK-NEXT: exec.bucket rows 6 role prompt program @step_prompt
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
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?xi32>) -> tensor<?x32xf32>
  %k = plan.node @keys(%x) name "keys" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 1.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x32xf32>) -> tensor<?x4xf32>
  %c = plan.node @append(%cache, %k, %batch) name "append" domain all accesses [own, own, all] writes [own] inplace [0]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 2.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (!nn.cache<1x4>, tensor<?x4xf32>, !nn.batch) -> !nn.cache<1x4>
  %a = plan.node @attend(%x, %c, %batch, %positions) name "attend.generated" domain generated accesses [own, before, all, own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 3.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x32xf32>, !nn.cache<1x4>, !nn.batch, tensor<?xi32>) -> tensor<?x32xf32>
  %b = plan.node @attend_into(%x, %c, %batch, %positions, %a) name "attend.prompt" domain prompt accesses [own, before, all, own, own] writes [own] inplace [4]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 4.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x32xf32>, !nn.cache<1x4>, !nn.batch, tensor<?xi32>, tensor<?x32xf32>) -> tensor<?x32xf32>
  %r = plan.node @reduce(%b) name "reduce" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 5.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x32xf32>) -> tensor<?x32xf32>
  %y = plan.node @head(%r, %wanted) name "head" domain wanted accesses [all, own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 6.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x32xf32>, tensor<?xi32>) -> tensor<?x16xf32>
  plan.return %y : tensor<?x16xf32>
}
plan.program @step_4(%tokens: tensor<?xi32>, %positions: tensor<?xi32>, %wanted: tensor<?xi32>, %batch: !nn.batch, %cache: !nn.cache<1x4>) -> tensor<?x16xf32> attributes {bucket_rows = 4 : i64, entry = "step"} {
  %x = plan.node @embed(%tokens) name "embed" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to 3, lane = compute, share = 1.0, start = 0.0>, #plan.piece<rows = 3 to max, lane = compute, share = 1.0, start = 1.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?xi32>) -> tensor<?x32xf32>
  %k = plan.node @keys(%x) name "keys" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to 3, lane = compute, share = 1.0, start = 2.0>, #plan.piece<rows = 3 to max, lane = compute, share = 1.0, start = 3.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x32xf32>) -> tensor<?x4xf32>
  %c = plan.node @append(%cache, %k, %batch) name "append" domain all accesses [own, own, all] writes [own] inplace [0]
    pieces [#plan.piece<rows = 0 to 3, lane = compute, share = 1.0, start = 4.0>, #plan.piece<rows = 3 to max, lane = compute, share = 1.0, start = 5.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (!nn.cache<1x4>, tensor<?x4xf32>, !nn.batch) -> !nn.cache<1x4>
  %a = plan.node @attend(%x, %c, %batch, %positions) name "attend.generated" domain generated accesses [own, before, all, own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to 3, lane = compute, share = 1.0, start = 6.0>, #plan.piece<rows = 3 to max, lane = compute, share = 1.0, start = 7.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x32xf32>, !nn.cache<1x4>, !nn.batch, tensor<?xi32>) -> tensor<?x32xf32>
  %b = plan.node @attend_into(%x, %c, %batch, %positions, %a) name "attend.prompt" domain prompt accesses [own, before, all, own, own] writes [own] inplace [4]
    pieces [#plan.piece<rows = 0 to 3, lane = compute, share = 1.0, start = 8.0>, #plan.piece<rows = 3 to max, lane = compute, share = 1.0, start = 9.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x32xf32>, !nn.cache<1x4>, !nn.batch, tensor<?xi32>, tensor<?x32xf32>) -> tensor<?x32xf32>
  %r = plan.node @reduce(%b) name "reduce" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to 3, lane = compute, share = 1.0, start = 10.0>, #plan.piece<rows = 3 to max, lane = compute, share = 1.0, start = 11.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x32xf32>) -> tensor<?x32xf32>
  %y = plan.node @head(%r, %wanted) name "head" domain wanted accesses [all, own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 12.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x32xf32>, tensor<?xi32>) -> tensor<?x16xf32>
  plan.return %y : tensor<?x16xf32>
}
plan.program @decode(%tokens: tensor<?xi32>, %positions: tensor<?xi32>, %wanted: tensor<?xi32>, %batch: !nn.batch, %cache: !nn.cache<1x4>) -> tensor<?x16xf32> attributes {entry = "step", role = "generated"} {
  %x = plan.node @embed(%tokens) name "embed" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to 3, lane = compute, share = 1.0, start = 0.0>, #plan.piece<rows = 3 to max, lane = compute, share = 1.0, start = 1.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?xi32>) -> tensor<?x32xf32>
  %k = plan.node @keys(%x) name "keys" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to 3, lane = compute, share = 1.0, start = 2.0>, #plan.piece<rows = 3 to max, lane = compute, share = 1.0, start = 3.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x32xf32>) -> tensor<?x4xf32>
  %c = plan.node @append(%cache, %k, %batch) name "append" domain all accesses [own, own, all] writes [own] inplace [0]
    pieces [#plan.piece<rows = 0 to 3, lane = compute, share = 1.0, start = 4.0>, #plan.piece<rows = 3 to max, lane = compute, share = 1.0, start = 5.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (!nn.cache<1x4>, tensor<?x4xf32>, !nn.batch) -> !nn.cache<1x4>
  %a = plan.node @attend(%x, %c, %batch, %positions) name "attend.generated" domain generated accesses [own, before, all, own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to 3, lane = compute, share = 1.0, start = 6.0>, #plan.piece<rows = 3 to max, lane = compute, share = 1.0, start = 7.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x32xf32>, !nn.cache<1x4>, !nn.batch, tensor<?xi32>) -> tensor<?x32xf32>
  %b = plan.node @attend_into(%x, %c, %batch, %positions, %a) name "attend.prompt" domain prompt accesses [own, before, all, own, own] writes [own] inplace [4]
    pieces [#plan.piece<rows = 0 to 3, lane = compute, share = 1.0, start = 8.0>, #plan.piece<rows = 3 to max, lane = compute, share = 1.0, start = 9.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x32xf32>, !nn.cache<1x4>, !nn.batch, tensor<?xi32>, tensor<?x32xf32>) -> tensor<?x32xf32>
  %r = plan.node @reduce(%b) name "reduce" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to 3, lane = compute, share = 1.0, start = 10.0>, #plan.piece<rows = 3 to max, lane = compute, share = 1.0, start = 11.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x32xf32>) -> tensor<?x32xf32>
  %y = plan.node @head(%r, %wanted) name "head" domain wanted accesses [all, own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 12.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x32xf32>, tensor<?xi32>) -> tensor<?x16xf32>
  plan.return %y : tensor<?x16xf32>
}
plan.program @decode_4(%tokens: tensor<?xi32>, %positions: tensor<?xi32>, %wanted: tensor<?xi32>, %batch: !nn.batch, %cache: !nn.cache<1x4>) -> tensor<?x16xf32> attributes {bucket_rows = 4 : i64, entry = "step", role = "generated"} {
  %x = plan.node @embed(%tokens) name "embed" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?xi32>) -> tensor<?x32xf32>
  %k = plan.node @keys(%x) name "keys" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 1.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x32xf32>) -> tensor<?x4xf32>
  %c = plan.node @append(%cache, %k, %batch) name "append" domain all accesses [own, own, all] writes [own] inplace [0]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 2.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (!nn.cache<1x4>, tensor<?x4xf32>, !nn.batch) -> !nn.cache<1x4>
  %a = plan.node @attend(%x, %c, %batch, %positions) name "attend.generated" domain generated accesses [own, before, all, own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 3.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x32xf32>, !nn.cache<1x4>, !nn.batch, tensor<?xi32>) -> tensor<?x32xf32>
  %b = plan.node @attend_into(%x, %c, %batch, %positions, %a) name "attend.prompt" domain prompt accesses [own, before, all, own, own] writes [own] inplace [4]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 4.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x32xf32>, !nn.cache<1x4>, !nn.batch, tensor<?xi32>, tensor<?x32xf32>) -> tensor<?x32xf32>
  %r = plan.node @reduce(%b) name "reduce" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 5.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x32xf32>) -> tensor<?x32xf32>
  %y = plan.node @head(%r, %wanted) name "head" domain wanted accesses [all, own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 6.0>] cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x32xf32>, tensor<?xi32>) -> tensor<?x16xf32>
  plan.return %y : tensor<?x16xf32>
}
}
