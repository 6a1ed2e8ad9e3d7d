// RUN: sennit-opt %s --plan-split-nano-batches --plan-verify-plan | FileCheck %s --check-prefix=SPLIT
// RUN: sennit-opt %s --plan-split-nano-batches --plan-schedule=scheduler=list --plan-verify-plan -o /dev/null
// RUN: sennit-opt %s --plan-split-nano-batches="network-bytes=1e9" --plan-verify-plan="network-bytes=1e9" | FileCheck %s --check-prefix=WHOLE
// RUN: sennit-opt %s --plan-split-nano-batches="max-parts=1" | FileCheck %s --check-prefix=ONE
// RUN: not sennit-opt %s --plan-split-nano-batches="max-parts=9" 2>&1 | FileCheck %s --check-prefix=NINE

// The network is hidden behind arithmetic of other rows.
// SPLIT-LABEL: plan.program @step(
// SPLIT-NOT: plan.condition
// SPLIT: name "layers.1.reduce"
// SPLIT-SAME: lane = network
// SPLIT-SAME: lane = network

// Where it takes no time there is nothing to hide, and the program says so.
// WHOLE-LABEL: plan.program @step(
// WHOLE-SAME: plan.condition = "nothing to overlap: memory and network take 0.000 of
// WHOLE-NOT: rows = 0 to {{[0-9]}}

// ONE: plan.condition = "at most one part was asked for"
// NINE: expected parts and iterations of 0 or more and max-parts of 1 to 8, found 0, 2000 and 9
module attributes {plan.timing = {target = "a100-80g-x8", flops = 1.0, bytes = 1.0, network_bytes = 1.0, launch = 0.0, rows = 256 : i64, prompt = 512 : i64, output = 512 : i64}} {
func.func private @kqv(tensor<?x8xf32>) -> tensor<?x8xf32>
func.func private @attention(tensor<?x8xf32>) -> tensor<?x8xf32>
func.func private @o(tensor<?x8xf32>) -> tensor<?x8xf32>
func.func private @reduce(tensor<?x8xf32>) -> tensor<?x8xf32>

plan.program @step(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %kqv0 = plan.node @kqv(%x) name "layers.0.kqv" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>]
    cost <compute, flops_fixed = 0.0, flops_per_row = 40.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %attention0 = plan.node @attention(%kqv0) name "layers.0.attention" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>]
    cost <compute, flops_fixed = 0.0, flops_per_row = 30.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %o0 = plan.node @o(%attention0) name "layers.0.o" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>]
    cost <compute, flops_fixed = 0.0, flops_per_row = 30.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %reduce0 = plan.node @reduce(%o0) name "layers.0.reduce" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>]
    cost <network, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 30.0>
    : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %kqv1 = plan.node @kqv(%reduce0) name "layers.1.kqv" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>]
    cost <compute, flops_fixed = 0.0, flops_per_row = 40.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %attention1 = plan.node @attention(%kqv1) name "layers.1.attention" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>]
    cost <compute, flops_fixed = 0.0, flops_per_row = 30.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %o1 = plan.node @o(%attention1) name "layers.1.o" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>]
    cost <compute, flops_fixed = 0.0, flops_per_row = 30.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %reduce1 = plan.node @reduce(%o1) name "layers.1.reduce" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>]
    cost <network, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 30.0>
    : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %kqv2 = plan.node @kqv(%reduce1) name "layers.2.kqv" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>]
    cost <compute, flops_fixed = 0.0, flops_per_row = 40.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %attention2 = plan.node @attention(%kqv2) name "layers.2.attention" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>]
    cost <compute, flops_fixed = 0.0, flops_per_row = 30.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %o2 = plan.node @o(%attention2) name "layers.2.o" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>]
    cost <compute, flops_fixed = 0.0, flops_per_row = 30.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %reduce2 = plan.node @reduce(%o2) name "layers.2.reduce" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>]
    cost <network, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 30.0>
    : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %kqv3 = plan.node @kqv(%reduce2) name "layers.3.kqv" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>]
    cost <compute, flops_fixed = 0.0, flops_per_row = 40.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %attention3 = plan.node @attention(%kqv3) name "layers.3.attention" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>]
    cost <compute, flops_fixed = 0.0, flops_per_row = 30.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %o3 = plan.node @o(%attention3) name "layers.3.o" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>]
    cost <compute, flops_fixed = 0.0, flops_per_row = 30.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>
    : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %reduce3 = plan.node @reduce(%o3) name "layers.3.reduce" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>]
    cost <network, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 30.0>
    : (tensor<?x8xf32>) -> tensor<?x8xf32>
  plan.return %reduce3 : tensor<?x8xf32>
}
}
