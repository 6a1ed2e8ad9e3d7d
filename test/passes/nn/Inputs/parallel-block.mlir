// A block whose attention and feed-forward read the same rows and are added up before the residual.
module attributes {nn.model = {context_length = 64 : i64, family = "parallel", head_dim = 8 : i64, hidden_size = 64 : i64, kv_heads = 4 : i64, layers = 1 : i64, vocab_size = 50 : i64}} {
  func.func @step(%tokens: tensor<?xi32>, %positions: tensor<?xi32>, %wanted: tensor<?xi32>, %batch: !nn.batch, %cache0: !nn.cache<4x8>) -> (tensor<?x50xf32>, !nn.cache<4x8>) {
    %embed = nn.param "embed" : !nn.weight<50x64, f32>
    %x0 = nn.embed %tokens, %embed : (tensor<?xi32>, !nn.weight<50x64, f32>) -> tensor<?x64xf32>
    %g_attn0 = nn.param "g_attn0" : !nn.weight<64, f32>
    %n0 = nn.rms_norm %x0, %g_attn0 {eps = 1.0e-5 : f32} : (tensor<?x64xf32>, !nn.weight<64, f32>) -> tensor<?x64xf32>
    %w_q0 = nn.param "w_q0" : !nn.weight<64x64, f32>
    %q0 = nn.linear %n0, %w_q0 : (tensor<?x64xf32>, !nn.weight<64x64, f32>) -> tensor<?x64xf32>
    %w_k0 = nn.param "w_k0" : !nn.weight<32x64, f32>
    %k0 = nn.linear %n0, %w_k0 : (tensor<?x64xf32>, !nn.weight<32x64, f32>) -> tensor<?x32xf32>
    %w_v0 = nn.param "w_v0" : !nn.weight<32x64, f32>
    %v0 = nn.linear %n0, %w_v0 : (tensor<?x64xf32>, !nn.weight<32x64, f32>) -> tensor<?x32xf32>
    %qr0 = nn.rope %q0, %positions {frequencies = array<f32: 1.0, 0.1>, head_dim = 8 : i64, heads = 8 : i64, scale = 1.0 : f32} : (tensor<?x64xf32>, tensor<?xi32>) -> tensor<?x64xf32>
    %kr0 = nn.rope %k0, %positions {frequencies = array<f32: 1.0, 0.1>, head_dim = 8 : i64, heads = 4 : i64, scale = 1.0 : f32} : (tensor<?x32xf32>, tensor<?xi32>) -> tensor<?x32xf32>
    %c0 = nn.cache_append %cache0, %kr0, %v0, %batch : (!nn.cache<4x8>, tensor<?x32xf32>, tensor<?x32xf32>, !nn.batch) -> !nn.cache<4x8>
    %ag0 = nn.attention generated %qr0, %c0, %batch, %positions {heads = 8 : i64, scale = 0.25 : f32} : (tensor<?x64xf32>, !nn.cache<4x8>, !nn.batch, tensor<?xi32>) -> tensor<?x64xf32>
    %a0 = nn.attention prompt %qr0, %c0, %batch, %positions into %ag0 {heads = 8 : i64, scale = 0.25 : f32} : (tensor<?x64xf32>, !nn.cache<4x8>, !nn.batch, tensor<?xi32>, tensor<?x64xf32>) -> tensor<?x64xf32>
    %w_o0 = nn.param "w_o0" : !nn.weight<64x64, f32>
    %o0 = nn.linear %a0, %w_o0 : (tensor<?x64xf32>, !nn.weight<64x64, f32>) -> tensor<?x64xf32>
    %w_ga0 = nn.param "w_ga0" : !nn.weight<96x64, f32>
    %ga0 = nn.linear %n0, %w_ga0 : (tensor<?x64xf32>, !nn.weight<96x64, f32>) -> tensor<?x96xf32>
    %w_u0 = nn.param "w_u0" : !nn.weight<96x64, f32>
    %u0 = nn.linear %n0, %w_u0 : (tensor<?x64xf32>, !nn.weight<96x64, f32>) -> tensor<?x96xf32>
    %s0 = nn.silu %ga0 : tensor<?x96xf32>
    %p0 = nn.mul %s0, %u0 : tensor<?x96xf32>
    %w_d0 = nn.param "w_d0" : !nn.weight<64x96, f32>
    %d0 = nn.linear %p0, %w_d0 : (tensor<?x96xf32>, !nn.weight<64x96, f32>) -> tensor<?x64xf32>
    %b0 = nn.add %o0, %d0 : tensor<?x64xf32>
    %y0 = nn.add %x0, %b0 : tensor<?x64xf32>
    %w = nn.gather_rows %y0, %wanted : (tensor<?x64xf32>, tensor<?xi32>) -> tensor<?x64xf32>
    %g_final = nn.param "g_final" : !nn.weight<64, f32>
    %n = nn.rms_norm %w, %g_final {eps = 1.0e-5 : f32} : (tensor<?x64xf32>, !nn.weight<64, f32>) -> tensor<?x64xf32>
    %l = nn.linear %n, %embed : (tensor<?x64xf32>, !nn.weight<50x64, f32>) -> tensor<?x50xf32>
    return %l, %c0 : tensor<?x50xf32>, !nn.cache<4x8>
  }
}
