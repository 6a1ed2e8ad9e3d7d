// RUN: sennit-opt %s --plan-verify-plan="flops=1 bytes=1 network-bytes=1 launch=0 max-rows=100 prompt=512 output=512" -split-input-file -verify-diagnostics -o /dev/null

// Two halves of a batch, each on its lane with its half of the machine, is a valid schedule.
func.func private @body(tensor<?x8xf32>) -> tensor<?x8xf32>
func.func private @join(tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
plan.program @split(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %a = plan.node @body(%x) name "a" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to 50, lane = compute, share = 1.0, start = 0.0>, #plan.piece<rows = 50 to max, lane = compute, share = 0.5, start = 500.0>]
    cost <compute, flops_fixed = 0.0, flops_per_row = 10.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0> : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %b = plan.node @body(%a) name "b" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to 50, lane = memory, share = 0.5, start = 500.0>, #plan.piece<rows = 50 to max, lane = memory, share = 0.5, start = 1500.0>]
    cost <memory, flops_fixed = 0.0, flops_per_row = 10.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0> : (tensor<?x8xf32>) -> tensor<?x8xf32>
  plan.return %b : tensor<?x8xf32>
}

// -----

// Rows that no piece covers, and rows that two cover.
func.func private @body(tensor<?x8xf32>) -> tensor<?x8xf32>
func.func private @join(tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
plan.program @rows(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  // expected-error @+1 {{a: expected a piece for rows 50 to 60, found none}}
  %a = plan.node @body(%x) name "a" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to 50, lane = compute, share = 1.0, start = 0.0>, #plan.piece<rows = 60 to max, lane = compute, share = 1.0, start = 500.0>]
    cost <compute, flops_fixed = 0.0, flops_per_row = 10.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0> : (tensor<?x8xf32>) -> tensor<?x8xf32>
  // expected-error @+1 {{b: expected one piece for each row, found two for rows 49 to 50}}
  %b = plan.node @body(%a) name "b" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to 50, lane = compute, share = 1.0, start = 1000.0>, #plan.piece<rows = 49 to max, lane = compute, share = 1.0, start = 1500.0>]
    cost <compute, flops_fixed = 0.0, flops_per_row = 10.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0> : (tensor<?x8xf32>) -> tensor<?x8xf32>
  plan.return %b : tensor<?x8xf32>
}

// -----

// A lane that is taken. The nodes do not depend on each other.
func.func private @body(tensor<?x8xf32>) -> tensor<?x8xf32>
func.func private @join(tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
plan.program @lane(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  // expected-note @+1 {{the other node is here}}
  %a = plan.node @body(%x) name "a" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>]
    cost <compute, flops_fixed = 0.0, flops_per_row = 10.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0> : (tensor<?x8xf32>) -> tensor<?x8xf32>
  // expected-error @+1 {{expected lane Compute to be free at 999 for rows 0 to max of 'b', found rows 0 to max of 'a' until 1000}}
  %b = plan.node @body(%x) name "b" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 999.0>]
    cost <compute, flops_fixed = 0.0, flops_per_row = 10.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0> : (tensor<?x8xf32>) -> tensor<?x8xf32>
  plan.return %b : tensor<?x8xf32>
}

// -----

// A lane that is not that of the node's class.
func.func private @body(tensor<?x8xf32>) -> tensor<?x8xf32>
func.func private @join(tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
plan.program @class(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  // expected-error @+1 {{expected rows 0 to max of 'a' on lane Compute, found lane Memory}}
  %a = plan.node @body(%x) name "a" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to max, lane = memory, share = 0.5, start = 0.0>]
    cost <compute, flops_fixed = 0.0, flops_per_row = 10.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0> : (tensor<?x8xf32>) -> tensor<?x8xf32>
  // expected-error @+1 {{expected rows 0 to max of 'b' on lane Compute or Memory, found lane Network}}
  %b = plan.node @body(%x) name "b" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to max, lane = network, share = 0.5, start = 0.0>]
    cost <memory, flops_fixed = 0.0, flops_per_row = 10.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0> : (tensor<?x8xf32>) -> tensor<?x8xf32>
  plan.return %b : tensor<?x8xf32>
}

// -----

// More than the whole machine, and more than others leave to arithmetic.
func.func private @body(tensor<?x8xf32>) -> tensor<?x8xf32>
func.func private @join(tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
plan.program @share(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %a = plan.node @body(%x) name "a" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to max, lane = memory, share = 0.75, start = 0.0>]
    cost <memory, flops_fixed = 0.0, flops_per_row = 10.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0> : (tensor<?x8xf32>) -> tensor<?x8xf32>
  // expected-error @+1 {{expected shares of at most 1 at 100, found 1.25}}
  %b = plan.node @body(%x) name "b" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to max, lane = network, share = 0.5, start = 100.0>]
    cost <network, flops_fixed = 0.0, flops_per_row = 10.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0> : (tensor<?x8xf32>) -> tensor<?x8xf32>
  // expected-error @+1 {{expected a share of at most 0 for rows 0 to max of 'c', which others leave to it, found 0.5}}
  %c = plan.node @body(%x) name "c" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 0.5, start = 0.0>]
    cost <compute, flops_fixed = 0.0, flops_per_row = 10.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0> : (tensor<?x8xf32>) -> tensor<?x8xf32>
  plan.return %b : tensor<?x8xf32>
}

// -----

// A reader that starts before its rows are written, and slows down what writes them.
func.func private @body(tensor<?x8xf32>) -> tensor<?x8xf32>
func.func private @join(tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
plan.program @flow(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  // expected-note @+1 {{the other node is here}}
  %a = plan.node @body(%x) name "a" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 0.5, start = 0.0>]
    cost <compute, flops_fixed = 0.0, flops_per_row = 10.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0> : (tensor<?x8xf32>) -> tensor<?x8xf32>
  // expected-error @+1 {{expected rows 0 to max of 'b' to start at 1100 or later, when rows 0 to max of 'a' ends, found 900}}
  %b = plan.node @body(%a) name "b" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to max, lane = memory, share = 0.5, start = 900.0>]
    cost <memory, flops_fixed = 0.0, flops_per_row = 10.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0> : (tensor<?x8xf32>) -> tensor<?x8xf32>
  plan.return %b : tensor<?x8xf32>
}

// -----

// A reader of all rows needs both halves; own rows need only their own.
func.func private @body(tensor<?x8xf32>) -> tensor<?x8xf32>
func.func private @join(tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
plan.program @ranges(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  // expected-note @+1 {{the other node is here}}
  %a = plan.node @body(%x) name "a" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to 50, lane = compute, share = 1.0, start = 0.0>, #plan.piece<rows = 50 to max, lane = compute, share = 0.5, start = 500.0>]
    cost <compute, flops_fixed = 0.0, flops_per_row = 10.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0> : (tensor<?x8xf32>) -> tensor<?x8xf32>
  // expected-error @+1 {{expected rows 0 to 50 of 'b' to start at 1500 or later, when rows 50 to max of 'a' ends, found 500}}
  %b = plan.node @body(%a) name "b" domain all accesses [all] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to 50, lane = memory, share = 0.5, start = 500.0>, #plan.piece<rows = 50 to max, lane = memory, share = 0.5, start = 1500.0>]
    cost <memory, flops_fixed = 0.0, flops_per_row = 10.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0> : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %c = plan.node @body(%a) name "c" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to 50, lane = network, share = 0.25, start = 2500.0>, #plan.piece<rows = 50 to max, lane = network, share = 0.25, start = 4500.0>]
    cost <network, flops_fixed = 0.0, flops_per_row = 10.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0> : (tensor<?x8xf32>) -> tensor<?x8xf32>
  plan.return %c : tensor<?x8xf32>
}

// -----

// A node that overwrites in place what another still reads.
func.func private @body(tensor<?x8xf32>) -> tensor<?x8xf32>
func.func private @join(tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
plan.program @anti(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %a = plan.node @body(%x) name "a" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>]
    cost <compute, flops_fixed = 0.0, flops_per_row = 10.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0> : (tensor<?x8xf32>) -> tensor<?x8xf32>
  // expected-note @+1 {{the other node is here}}
  %b = plan.node @body(%a) name "b" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 0.5, start = 1000.0>]
    cost <compute, flops_fixed = 0.0, flops_per_row = 10.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0> : (tensor<?x8xf32>) -> tensor<?x8xf32>
  // expected-error @+1 {{expected rows 0 to max of 'c' to start at 2500 or later, when rows 0 to max of 'b' ends, found 1500}}
  %c = plan.node @body(%a) name "c" domain all accesses [own] writes [own] inplace [0]
    pieces [#plan.piece<rows = 0 to max, lane = memory, share = 0.5, start = 1500.0>]
    cost <memory, flops_fixed = 0.0, flops_per_row = 10.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0> : (tensor<?x8xf32>) -> tensor<?x8xf32>
  plan.return %b : tensor<?x8xf32>
}

// -----

// Generated and prompt rows of one value are written side by side, and both before they are read.
func.func private @body(tensor<?x8xf32>) -> tensor<?x8xf32>
func.func private @join(tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
plan.program @roles(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  // expected-note @+1 {{the other node is here}}
  %a = plan.node @body(%x) name "a" domain generated accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 0.5, start = 0.0>]
    cost <compute, flops_fixed = 0.0, flops_per_row = 10.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0> : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %b = plan.node @join(%x, %a) name "b" domain prompt accesses [own, own] writes [own] inplace [1]
    pieces [#plan.piece<rows = 0 to max, lane = memory, share = 0.5, start = 0.0>]
    cost <memory, flops_fixed = 0.0, flops_per_row = 5.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0> : (tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
  // expected-error @+1 {{expected rows 0 to max of 'c' to start at 900 or later, when rows 0 to max of 'a' ends, found 600}}
  %c = plan.node @body(%b) name "c" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to max, lane = network, share = 0.5, start = 600.0>]
    cost <network, flops_fixed = 0.0, flops_per_row = 10.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0> : (tensor<?x8xf32>) -> tensor<?x8xf32>
  plan.return %c : tensor<?x8xf32>
}
