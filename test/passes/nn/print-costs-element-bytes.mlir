// RUN: sennit-opt %s --nn-print-costs='activation-bytes=2 cache-element-bytes=4' -verify-diagnostics

// Tests that bytes of activations and of the cache follow the options, and that weights, indices and flops do not.
func.func @step(%x: tensor<?x16xf32>, %tokens: tensor<?xi32>, %positions: tensor<?xi32>, %batch: !nn.batch, %cache: !nn.cache<1x3>) {
  // expected-remark@+1 {{other}}
  %w = nn.param "w" : !nn.weight<3x16, f32>
  // expected-remark@+1 {{compute, flops 96/row, weights 192, read 32/row, written 6/row}}
  %k = nn.linear %x, %w : (tensor<?x16xf32>, !nn.weight<3x16, f32>) -> tensor<?x3xf32>
  // expected-remark@+1 {{memory, read 12/row, cache written 24/row}}
  %c = nn.cache_append %cache, %k, %k, %batch : (!nn.cache<1x3>, tensor<?x3xf32>, tensor<?x3xf32>, !nn.batch) -> !nn.cache<1x3>
  // expected-remark@+1 {{memory, flops 12/row/key, read 10/row, written 6/row, cache read 24/row/key}}
  %ag = nn.attention generated %k, %c, %batch, %positions {heads = 1 : i64, scale = 0.5 : f32}
    : (tensor<?x3xf32>, !nn.cache<1x3>, !nn.batch, tensor<?xi32>) -> tensor<?x3xf32>
  // expected-remark@+1 {{compute, flops 12/row/key, read 10/row, written 6/row, cache read 24/row}}
  %ap = nn.attention prompt %k, %c, %batch, %positions into %ag {heads = 1 : i64, scale = 0.5 : f32}
    : (tensor<?x3xf32>, !nn.cache<1x3>, !nn.batch, tensor<?xi32>, tensor<?x3xf32>) -> tensor<?x3xf32>
  // expected-remark@+1 {{memory, read 10/row, written 6/row}}
  %g = nn.gather_rows %ap, %tokens : (tensor<?x3xf32>, tensor<?xi32>) -> tensor<?x3xf32>
  // expected-remark@+1 {{compute, flops 96/row, weights 192, read 32/row, written 6/row}}
  %y = nn.group "linear" (%i = %x, %m = %w) : (tensor<?x16xf32>, !nn.weight<3x16, f32>) -> tensor<?x3xf32> {
    // expected-remark@+1 {{compute, flops 96/row, weights 192, read 32/row, written 6/row}}
    %r = nn.linear %i, %m : (tensor<?x16xf32>, !nn.weight<3x16, f32>) -> tensor<?x3xf32>
    nn.yield %r : tensor<?x3xf32>
  }
  return
}
