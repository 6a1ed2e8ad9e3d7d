// RUN: sennit-opt %s --plan-verify-plan -split-input-file -verify-diagnostics -o /dev/null

// expected-error @+1 {{plan.timing: expected a dictionary as attribute of the module, found "fast"}}
module attributes {plan.timing = "fast"} {
}

// -----

// expected-error @+1 {{plan.timing: expected the name or file of a target as target, found 3 : i64}}
module attributes {plan.timing = {target = 3 : i64}} {
}

// -----

// expected-error @+1 {{found "abacus"}}
module attributes {plan.timing = {target = "abacus"}} {
}

// -----

// expected-error @+1 {{plan.timing: expected a number of at least 1 as rows, found 0 : i64}}
module attributes {plan.timing = {rows = 0 : i64}} {
}

// -----

// expected-error @+1 {{plan.timing: expected a number of at least 0 as output, found -1 : i64}}
module attributes {plan.timing = {output = -1 : i64}} {
}

// -----

// expected-error @+1 {{plan.timing: expected a number above 0.0 as flops, found -1.000000e+00}}
module attributes {plan.timing = {flops = -1.0}} {
}

// -----

// expected-error @+1 {{plan.timing: expected a number of at least 0.0 as launch, found -1.000000e+00}}
module attributes {plan.timing = {launch = -1.0}} {
}

// -----

// expected-error @+1 {{plan.timing: expected target, flops, bytes, network_bytes, launch, split_penalty, rows, prompt or output, found speed}}
module attributes {plan.timing = {speed = 1.0}} {
}

// -----

func.func private @f(tensor<?x8xf32>) -> tensor<?x8xf32>
plan.program @step(%x: tensor<?x8xf32>) -> tensor<?x8xf32> attributes {bucket_rows = 4 : i64, entry = "step"} {
  // expected-error @+1 {{expected pieces that begin within the 4 rows of the step, found rows 4 to max}}
  %y = plan.node @f(%x) name "n" domain all accesses [own] writes [own] inplace [none]
    pieces [#plan.piece<rows = 0 to 4, lane = compute, share = 1.0, start = 0.0>, #plan.piece<rows = 4 to max, lane = compute, share = 1.0, start = 9000.0>]
    cost <compute, flops_fixed = 0.0, flops_per_row = 1.0, bytes_fixed = 0.0, bytes_per_row = 1.0, network_bytes_per_row = 0.0>
    : (tensor<?x8xf32>) -> tensor<?x8xf32>
  plan.return %y : tensor<?x8xf32>
}
