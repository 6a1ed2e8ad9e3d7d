// A GPT-2 block between embedding and head: biases everywhere, a feed-forward without a gate.
module attributes {nn.model = {context_length = 64 : i64, family = "gpt2", head_dim = 8 : i64, hidden_size = 64 : i64, kv_heads = 8 : i64, layers = 1 : i64, vocab_size = 50 : i64}} {
  func.func @step(%tokens: tensor<?xi32>, %positions: tensor<?xi32>, %wanted: tensor<?xi32>, %batch: !nn.batch, %cache0: !nn.cache<8x8>) -> (tensor<?x50xf32>, !nn.cache<8x8>) {
    %embed = nn.param "embed" : !nn.weight<50x64, f32>
    %x0 = nn.embed %tokens, %embed : (tensor<?xi32>, !nn.weight<50x64, f32>) -> tensor<?x64xf32>
    %g_attn0 = nn.param "g_attn0" : !nn.weight<64, f32>
    %gb_attn0 = nn.param "gb_attn0" : !nn.weight<64, f32>
    %n0 = nn.layer_norm %x0, %g_attn0, %gb_attn0 {eps = 1.0e-5 : f32} : (tensor<?x64xf32>, !nn.weight<64, f32>, !nn.weight<64, f32>) -> tensor<?x64xf32>
    %w_q0 = nn.param "w_q0" : !nn.weight<64x64, f32>
    %b_q0 = nn.param "b_q0" : !nn.weight<64, f32>
    %q0 = nn.linear %n0, %w_q0 bias %b_q0 : (tensor<?x64xf32>, !nn.weight<64x64, f32>, !nn.weight<64, f32>) -> tensor<?x64xf32>
    %w_k0 = nn.param "w_k0" : !nn.weight<64x64, f32>
    %b_k0 = nn.param "b_k0" : !nn.weight<64, f32>
    %k0 = nn.linear %n0, %w_k0 bias %b_k0 : (tensor<?x64xf32>, !nn.weight<64x64, f32>, !nn.weight<64, f32>) -> tensor<?x64xf32>
    %w_v0 = nn.param "w_v0" : !nn.weight<64x64, f32>
    %b_v0 = nn.param "b_v0" : !nn.weight<64, f32>
    %v0 = nn.linear %n0, %w_v0 bias %b_v0 : (tensor<?x64xf32>, !nn.weight<64x64, f32>, !nn.weight<64, f32>) -> tensor<?x64xf32>
    %c0 = nn.cache_append %cache0, %k0, %v0, %batch : (!nn.cache<8x8>, tensor<?x64xf32>, tensor<?x64xf32>, !nn.batch) -> !nn.cache<8x8>
    %ag0 = nn.attention generated %q0, %c0, %batch, %positions {heads = 8 : i64, scale = 0.25 : f32} : (tensor<?x64xf32>, !nn.cache<8x8>, !nn.batch, tensor<?xi32>) -> tensor<?x64xf32>
    %a0 = nn.attention prompt %q0, %c0, %batch, %positions into %ag0 {heads = 8 : i64, scale = 0.25 : f32} : (tensor<?x64xf32>, !nn.cache<8x8>, !nn.batch, tensor<?xi32>, tensor<?x64xf32>) -> tensor<?x64xf32>
    %w_o0 = nn.param "w_o0" : !nn.weight<64x64, f32>
    %b_o0 = nn.param "b_o0" : !nn.weight<64, f32>
    %o0 = nn.linear %a0, %w_o0 bias %b_o0 : (tensor<?x64xf32>, !nn.weight<64x64, f32>, !nn.weight<64, f32>) -> tensor<?x64xf32>
    %r0 = nn.add %x0, %o0 : tensor<?x64xf32>
    %g_mlp0 = nn.param "g_mlp0" : !nn.weight<64, f32>
    %gb_mlp0 = nn.param "gb_mlp0" : !nn.weight<64, f32>
    %m0 = nn.layer_norm %r0, %g_mlp0, %gb_mlp0 {eps = 1.0e-5 : f32} : (tensor<?x64xf32>, !nn.weight<64, f32>, !nn.weight<64, f32>) -> tensor<?x64xf32>
    %w_u0 = nn.param "w_u0" : !nn.weight<96x64, f32>
    %b_u0 = nn.param "b_u0" : !nn.weight<96, f32>
    %u0 = nn.linear %m0, %w_u0 bias %b_u0 : (tensor<?x64xf32>, !nn.weight<96x64, f32>, !nn.weight<96, f32>) -> tensor<?x96xf32>
    %p0 = nn.gelu tanh %u0 : tensor<?x96xf32>
    %w_d0 = nn.param "w_d0" : !nn.weight<64x96, f32>
    %b_d0 = nn.param "b_d0" : !nn.weight<64, f32>
    %d0 = nn.linear %p0, %w_d0 bias %b_d0 : (tensor<?x96xf32>, !nn.weight<64x96, f32>, !nn.weight<64, f32>) -> tensor<?x64xf32>
    %y0 = nn.add %r0, %d0 : tensor<?x64xf32>
    %w = nn.gather_rows %y0, %wanted : (tensor<?x64xf32>, tensor<?xi32>) -> tensor<?x64xf32>
    %g_final = nn.param "g_final" : !nn.weight<64, f32>
    %gb_final = nn.param "gb_final" : !nn.weight<64, f32>
    %n = nn.layer_norm %w, %g_final, %gb_final {eps = 1.0e-5 : f32} : (tensor<?x64xf32>, !nn.weight<64, f32>, !nn.weight<64, f32>) -> tensor<?x64xf32>
    %l = nn.linear %n, %embed : (tensor<?x64xf32>, !nn.weight<50x64, f32>) -> tensor<?x50xf32>
    return %l, %c0 : tensor<?x50xf32>, !nn.cache<8x8>
  }
}
