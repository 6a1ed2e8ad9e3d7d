// RUN: sennit-opt %s --nn-shard=layout=tp=2 -split-input-file -verify-diagnostics

// Tests that there must be a step to shard.
// expected-error@+1 {{expected a function @step of one block, found none}}
module {
}

// -----

// Tests that a module is sharded once.
module {
  // expected-error@+1 {{expected a module that is not sharded yet, found a mesh}}
  nn.mesh @mesh axes ["tp"] sizes [2]
  func.func @step(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
    return %x : tensor<?x8xf32>
  }
}

// -----

// Tests that sharding comes before fusing.
module {
  func.func @step(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
    // expected-error@+1 {{expected a module that is not fused yet, found a group}}
    %y = nn.group "silu" (%a = %x) : (tensor<?x8xf32>) -> tensor<?x8xf32> {
      %s = nn.silu %a : tensor<?x8xf32>
      nn.yield %s : tensor<?x8xf32>
    }
    return %y : tensor<?x8xf32>
  }
}
