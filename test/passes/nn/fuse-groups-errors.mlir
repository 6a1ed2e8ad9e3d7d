// RUN: sennit-opt %s --nn-fuse-groups="target=%S/Inputs/broken.json" -split-input-file -verify-diagnostics

// Tests that a target that does not conform is an error that names the place.
// expected-error@+1 {{broken.json: expected at least 1, found 0 at /cores}}
module {
  func.func @step(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
    return %x : tensor<?x8xf32>
  }
}
