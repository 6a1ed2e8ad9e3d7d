// RUN: sennit-opt %s --nn-shard='layout=tp=2 output=diagonal' -verify-diagnostics

// Tests that output is row or column.
// expected-error@+1 {{expected output row or column, found 'diagonal'}}
module {
}
