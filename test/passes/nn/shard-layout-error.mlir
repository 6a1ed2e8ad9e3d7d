// RUN: sennit-opt %s --nn-shard=layout=dp=2 -verify-diagnostics

// Tests that a layout of other axes is refused; gtest has the other texts.
// expected-error@+1 {{expected a layout like tp=8, found 'dp=2'}}
module {
}
