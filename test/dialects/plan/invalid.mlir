// RUN: sennit-opt %s -split-input-file -verify-diagnostics

// A range that ends where it begins.
func.func private @body(tensor<?x8xf32>) -> tensor<?x8xf32>
plan.program @piece_c1(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %y = plan.node @body(%x) name "n" domain all accesses [own] writes [own] inplace [none]
    pieces [
    // expected-error @+1 {{expected 0 <= begin < end of piece rows, found 4 to 4}}
    #plan.piece<rows = 4 to 4, lane = compute, share = 1.0, start = 0.0>]
    cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0> : (tensor<?x8xf32>) -> tensor<?x8xf32>
  plan.return %y : tensor<?x8xf32>
}

// -----

// A share above the whole.
func.func private @body(tensor<?x8xf32>) -> tensor<?x8xf32>
plan.program @piece_c2(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %y = plan.node @body(%x) name "n" domain all accesses [own] writes [own] inplace [none]
    pieces [
    // expected-error @+1 {{expected a share from 0 to 1, found 1.5}}
    #plan.piece<rows = 0 to max, lane = compute, share = 1.5, start = 0.0>]
    cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0> : (tensor<?x8xf32>) -> tensor<?x8xf32>
  plan.return %y : tensor<?x8xf32>
}

// -----

// No share on a lane that keeps its share.
func.func private @body(tensor<?x8xf32>) -> tensor<?x8xf32>
plan.program @piece_c2(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %y = plan.node @body(%x) name "n" domain all accesses [own] writes [own] inplace [none]
    pieces [
    // expected-error @+1 {{expected a share above 0 on lane memory, found 0}}
    #plan.piece<rows = 0 to max, lane = memory, share = 0.0, start = 0.0>]
    cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0> : (tensor<?x8xf32>) -> tensor<?x8xf32>
  plan.return %y : tensor<?x8xf32>
}

// -----

// An end before the start.
func.func private @body(tensor<?x8xf32>) -> tensor<?x8xf32>
plan.program @piece_c2(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %y = plan.node @body(%x) name "n" domain all accesses [own] writes [own] inplace [none]
    pieces [
    // expected-error @+1 {{expected an end that is finite and not before the start, 5.000000e+00, found 4.000000e+00}}
    #plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 5.0, end = 4.0>]
    cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0> : (tensor<?x8xf32>) -> tensor<?x8xf32>
  plan.return %y : tensor<?x8xf32>
}

// -----

// A start before the step.
func.func private @body(tensor<?x8xf32>) -> tensor<?x8xf32>
plan.program @piece_c3(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %y = plan.node @body(%x) name "n" domain all accesses [own] writes [own] inplace [none]
    pieces [
    // expected-error @+1 {{expected a start that is finite and not negative, found -1}}
    #plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = -1.0>]
    cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0> : (tensor<?x8xf32>) -> tensor<?x8xf32>
  plan.return %y : tensor<?x8xf32>
}

// -----

// A negative cost.
module attributes {test.cost =
  // expected-error @+1 {{expected bytes_per_row to be finite and not negative, found -1}}
  #plan.cost<other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = -1.0, network_bytes_per_row = 0.0>} {} // @cost_c1

// -----

// A second block.
// expected-error @+1 {{expected one block, found 2}}
plan.program @program_c1() {
  plan.return
^bb1:
  plan.return
}

// -----

// An op of another dialect between nodes.
plan.program @program_c2() {
  // expected-error @+1 {{expected only plan.param, plan.node and plan.return in a program}}
  %0 = arith.constant 0 : i32
  plan.return
}

// -----

// Two nodes of one name.
func.func private @body(tensor<?x8xf32>) -> tensor<?x8xf32>
plan.program @program_c3(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  // expected-note @+1 {{the other node is here}}
  %y = plan.node @body(%x) name "n" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>]
    cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0> : (tensor<?x8xf32>) -> tensor<?x8xf32>
  // expected-error @+1 {{expected a name of its own, found 'n' twice}}
  %z = plan.node @body(%x) name "n" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>]
    cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0> : (tensor<?x8xf32>) -> tensor<?x8xf32>
  plan.return %y : tensor<?x8xf32>
}

// -----

// A value too few.
plan.program @return_c1(%x: tensor<?x8xf32>) -> (tensor<?x8xf32>, tensor<?x8xf32>) {
  // expected-error @+1 {{expected 2 values, found 1}}
  plan.return %x : tensor<?x8xf32>
}

// -----

// A value of another type.
plan.program @return_c1_type(%x: tensor<?x8xf32>) -> tensor<?x4xf32> {
  // expected-error @+1 {{expected value 0 to have type 'tensor<?x4xf32>', found 'tensor<?x8xf32>'}}
  plan.return %x : tensor<?x8xf32>
}

// -----

// A param without a name.
plan.program @param_c1() {
  // expected-error @+1 {{expected a name, found an empty one}}
  %w = plan.param "" : tensor<8xf32>
  plan.return
}

// -----

// A body that does not exist.
func.func private @body(tensor<?x8xf32>) -> tensor<?x8xf32>
plan.program @node_c1(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  // expected-error @+1 {{expected a body named @missing, found no such symbol}}
  %y = plan.node @missing(%x) name "n" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>]
    cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0> : (tensor<?x8xf32>) -> tensor<?x8xf32>
  plan.return %y : tensor<?x8xf32>
}

// -----

// A body of another type.
// expected-note @+1 {{the body is here}}
func.func private @body(tensor<?x8xf32>) -> tensor<?x4xf32>
plan.program @node_c2(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  // expected-error @+1 {{expected the type of its body, '(tensor<?x8xf32>) -> tensor<?x4xf32>', found '(tensor<?x8xf32>) -> tensor<?x8xf32>'}}
  %y = plan.node @body(%x) name "n" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>]
    cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0> : (tensor<?x8xf32>) -> tensor<?x8xf32>
  plan.return %y : tensor<?x8xf32>
}

// -----

// No access for the operand.
func.func private @body(tensor<?x8xf32>) -> tensor<?x8xf32>
plan.program @node_c3(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  // expected-error @+1 {{expected one entry of accesses for each operand, 1, found 0}}
  %y = plan.node @body(%x) name "n" domain all accesses [] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>]
    cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0> : (tensor<?x8xf32>) -> tensor<?x8xf32>
  plan.return %y : tensor<?x8xf32>
}

// -----

// Two writes for one result.
func.func private @body(tensor<?x8xf32>) -> tensor<?x8xf32>
plan.program @node_c4(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  // expected-error @+1 {{expected one entry of writes for each result, 1, found 2}}
  %y = plan.node @body(%x) name "n" domain all accesses [own] writes [own, own] inplace [none]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>]
    cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0> : (tensor<?x8xf32>) -> tensor<?x8xf32>
  plan.return %y : tensor<?x8xf32>
}

// -----

// No entry of inplace for the result.
func.func private @body(tensor<?x8xf32>) -> tensor<?x8xf32>
plan.program @node_c5(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  // expected-error @+1 {{expected one entry of inplace for each result, 1, found 0}}
  %y = plan.node @body(%x) name "n" domain all accesses [own] writes [own] inplace []
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>]
    cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0> : (tensor<?x8xf32>) -> tensor<?x8xf32>
  plan.return %y : tensor<?x8xf32>
}

// -----

// A result that overwrites an operand that is not there.
func.func private @body(tensor<?x8xf32>) -> tensor<?x8xf32>
plan.program @node_c6(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  // expected-error @+1 {{expected inplace of result 0 to be an operand below 1, found 1}}
  %y = plan.node @body(%x) name "n" domain all accesses [own] writes [own] inplace [1]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>]
    cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0> : (tensor<?x8xf32>) -> tensor<?x8xf32>
  plan.return %y : tensor<?x8xf32>
}

// -----

// A result that overwrites an operand of another type.
func.func private @body(tensor<?x8xf32>) -> tensor<?x4xf32>
plan.program @node_c6_type(%x: tensor<?x8xf32>) {
  // expected-error @+1 {{expected result 0 to have the type of operand 0, which it overwrites: 'tensor<?x8xf32>', found 'tensor<?x4xf32>'}}
  %y = plan.node @body(%x) name "n" domain all accesses [own] writes [own] inplace [0]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>]
    cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0> : (tensor<?x8xf32>) -> tensor<?x4xf32>
  plan.return
}

// -----

// Two results that overwrite one operand.
func.func private @body(tensor<?x8xf32>) -> (tensor<?x8xf32>, tensor<?x8xf32>)
plan.program @node_c7(%x: tensor<?x8xf32>) {
  // expected-error @+1 {{expected operand 0 to be overwritten by one result, found two}}
  %y:2 = plan.node @body(%x) name "n" domain all accesses [own] writes [own, own] inplace [0, 0]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>]
    cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0> : (tensor<?x8xf32>) -> (tensor<?x8xf32>, tensor<?x8xf32>)
  plan.return
}

// -----

// A node without a piece.
func.func private @body(tensor<?x8xf32>) -> tensor<?x8xf32>
plan.program @node_c8(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  // expected-error @+1 {{expected a piece, found none}}
  %y = plan.node @body(%x) name "n" domain all accesses [own] writes [own] inplace [none]
    pieces []
    cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0> : (tensor<?x8xf32>) -> tensor<?x8xf32>
  plan.return %y : tensor<?x8xf32>
}

// -----

// A node without a name.
func.func private @body(tensor<?x8xf32>) -> tensor<?x8xf32>
plan.program @node_c9(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  // expected-error @+1 {{expected a name, found an empty one}}
  %y = plan.node @body(%x) name "" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>]
    cost <other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0> : (tensor<?x8xf32>) -> tensor<?x8xf32>
  plan.return %y : tensor<?x8xf32>
}

// -----

// A number that is no range; only the generic form can say it.
func.func private @body(tensor<?x8xf32>) -> tensor<?x8xf32>
plan.program @node_c4_range(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  // expected-error @+1 {{expected every access to be own, before or all, found number 7}}
  %y = "plan.node"(%x) <{accesses = array<i32: 0>, callee = @body, domain = 0 : i32, inplace = array<i32: -1>,
    name = "n", pieces = [#plan.piece<rows = 0 to max, lane = compute, share = 1.0, start = 0.0>],
    cost = #plan.cost<other, flops_fixed = 0.0, flops_per_row = 0.0, bytes_fixed = 0.0, bytes_per_row = 0.0, network_bytes_per_row = 0.0>,
    writes = array<i32: 7>}> : (tensor<?x8xf32>) -> tensor<?x8xf32>
  plan.return %y : tensor<?x8xf32>
}

// -----

// An entry point without a name.
// expected-error @+1 {{expected entry to name an entry point, found an empty one}}
plan.program @program_c4() attributes {entry = ""} {
  plan.return
}

// -----

// A bucket of no rows.
// expected-error @+1 {{expected positive bucket_rows, found 0}}
plan.program @program_c5() attributes {bucket_rows = 0 : i64} {
  plan.return
}

// -----

// A role that no step has.
// expected-error @+1 {{expected role generated, mixed or prompt, found 'both'}}
plan.program @program_c6() attributes {role = "both"} {
  plan.return
}
