// RUN: sennit-opt %s --nn-print-costs -verify-diagnostics

// Tests what each op's cost interface says: hand-computed, at the sizes below.
func.func @step(%tokens: tensor<?xi32>, %positions: tensor<?xi32>, %batch: !nn.batch, %cache: !nn.cache<2x4>) {
  // expected-remark@+1 {{other}}
  %e = nn.param "e" : !nn.weight<100x64, q8_0>
  // expected-remark@+1 {{other}}
  %g = nn.param "g" : !nn.weight<64, f32>
  // expected-remark@+1 {{other}}
  %w = nn.param "w" : !nn.weight<16x64, q4_1>
  // expected-remark@+1 {{other}}
  %b = nn.param "b" : !nn.weight<16, f16>
  // expected-remark@+1 {{other}}
  %v = nn.param "v" : !nn.weight<8x16, bf16>
  // One row of the table: two blocks of 34 bytes.
  // expected-remark@+1 {{memory, flops 128/row, weights 68/row, read 4/row, written 256/row}}
  %x = nn.embed %tokens, %e : (tensor<?xi32>, !nn.weight<100x64, q8_0>) -> tensor<?x64xf32>
  // expected-remark@+1 {{other, flops 256/row, weights 256, read 256/row, written 256/row}}
  %n = nn.rms_norm %x, %g {eps = 1.0e-5 : f32} : (tensor<?x64xf32>, !nn.weight<64, f32>) -> tensor<?x64xf32>
  // expected-remark@+1 {{other, flops 512/row, weights 512, read 256/row, written 256/row}}
  %ln = nn.layer_norm %n, %g, %g {eps = 1.0e-5 : f32} : (tensor<?x64xf32>, !nn.weight<64, f32>, !nn.weight<64, f32>) -> tensor<?x64xf32>
  // 16 rows of two blocks of 20 bytes, and 16 biases of 2 bytes.
  // expected-remark@+1 {{compute, flops 2064/row, weights 672, read 256/row, written 64/row}}
  %y = nn.linear %ln, %w bias %b : (tensor<?x64xf32>, !nn.weight<16x64, q4_1>, !nn.weight<16, f16>) -> tensor<?x16xf32>
  // expected-remark@+1 {{compute, flops 256/row, weights 256, read 64/row, written 32/row}}
  %k = nn.linear %y, %v : (tensor<?x16xf32>, !nn.weight<8x16, bf16>) -> tensor<?x8xf32>
  // expected-remark@+1 {{other, flops 240/row, read 64/row, written 64/row}}
  %s = nn.silu %y : tensor<?x16xf32>
  // expected-remark@+1 {{other, flops 288/row, read 64/row, written 64/row}}
  %ge = nn.gelu tanh %s : tensor<?x16xf32>
  // expected-remark@+1 {{other, flops 16/row, read 128/row, written 64/row}}
  %m = nn.mul %ge, %y : tensor<?x16xf32>
  // expected-remark@+1 {{other, flops 16/row, read 128/row, written 64/row}}
  %a = nn.add %m, %y : tensor<?x16xf32>
  // expected-remark@+1 {{other, flops 256/row, read 64/row, written 64/row}}
  %sm = nn.softmax %a : tensor<?x16xf32>
  // expected-remark@+1 {{memory, read 68/row, written 64/row}}
  %ga = nn.gather_rows %sm, %tokens : (tensor<?x16xf32>, tensor<?xi32>) -> tensor<?x16xf32>
  // expected-remark@+1 {{other, flops 16/row, read 64/row, written 4/row}}
  %am = nn.argmax %ga : (tensor<?x16xf32>) -> tensor<?xi32>
  // Two angles of 27 flops, and two pairs of 4 heads of 6.
  // expected-remark@+1 {{other, flops 102/row, read 68/row, written 64/row}}
  %q = nn.rope %y, %positions {frequencies = array<f32: 1.0, 0.1>, head_dim = 4 : i64, heads = 4 : i64, scale = 1.0 : f32}
    : (tensor<?x16xf32>, tensor<?xi32>) -> tensor<?x16xf32>
  // expected-remark@+1 {{memory, read 64/row, cache written 32/row}}
  %c = nn.cache_append %cache, %k, %k, %batch : (!nn.cache<2x4>, tensor<?x8xf32>, tensor<?x8xf32>, !nn.batch) -> !nn.cache<2x4>
  // Four heads of 4 * 4 flops per key; 8 keys and 8 values of 2 bytes, for each key where the row is generated.
  // expected-remark@+1 {{memory, flops 64/row/key, read 68/row, written 64/row, cache read 32/row/key}}
  %ag = nn.attention generated %q, %c, %batch, %positions {heads = 4 : i64, scale = 0.5 : f32}
    : (tensor<?x16xf32>, !nn.cache<2x4>, !nn.batch, tensor<?xi32>) -> tensor<?x16xf32>
  // expected-remark@+1 {{compute, flops 64/row/key, read 68/row, written 64/row, cache read 32/row}}
  %ap = nn.attention prompt %q, %c, %batch, %positions into %ag {heads = 4 : i64, scale = 0.5 : f32}
    : (tensor<?x16xf32>, !nn.cache<2x4>, !nn.batch, tensor<?xi32>, tensor<?x16xf32>) -> tensor<?x16xf32>
  // expected-remark@+1 {{compute, flops 64/row/key, read 68/row, written 80/row, cache read 32/row}}
  %pa, %pl = nn.attention_partial prompt %q, %c, %batch, %positions {first_key = 0 : i64, heads = 4 : i64, keys = 8 : i64, scale = 0.5 : f32}
    : (tensor<?x16xf32>, !nn.cache<2x4>, !nn.batch, tensor<?xi32>) -> (tensor<?x16xf32>, tensor<?x4xf32>)
  // expected-remark@+1 {{other, flops 192/row, read 160/row, written 80/row}}
  %mo, %ml = nn.attention_merge %pa, %pl with %pa, %pl : tensor<?x16xf32>, tensor<?x4xf32>
  // A group moves activations only across its boundary: the norm's result stays inside.
  // expected-remark@+1 {{compute, flops 2304/row, weights 896, read 256/row, written 64/row}}
  %gr = nn.group "norm_linear" (%i = %x, %j = %g, %l = %w) : (tensor<?x64xf32>, !nn.weight<64, f32>, !nn.weight<16x64, q4_1>) -> tensor<?x16xf32> {
    // expected-remark@+1 {{other, flops 256/row, weights 256, read 256/row, written 256/row}}
    %o = nn.rms_norm %i, %j {eps = 1.0e-5 : f32} : (tensor<?x64xf32>, !nn.weight<64, f32>) -> tensor<?x64xf32>
    // expected-remark@+1 {{compute, flops 2048/row, weights 640, read 256/row, written 64/row}}
    %r = nn.linear %o, %l : (tensor<?x64xf32>, !nn.weight<16x64, q4_1>) -> tensor<?x16xf32>
    nn.yield %r : tensor<?x16xf32>
  }
  return
}
