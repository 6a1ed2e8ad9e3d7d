// RUN: sennit-opt %s --nn-fuse-groups -split-input-file -verify-diagnostics

// Tests that ops of other dialects are errors, each of them.
module {
  func.func @step(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
    // expected-error@+1 {{expected only nn ops before fusing, found arith.addf}}
    %y = arith.addf %x, %x : tensor<?x8xf32>
    // expected-error@+1 {{expected only nn ops before fusing, found arith.mulf}}
    %z = arith.mulf %y, %x : tensor<?x8xf32>
    return %z : tensor<?x8xf32>
  }
}

// -----

// expected-error@+1 {{expected a function @step of one block, found none}}
module {
}
