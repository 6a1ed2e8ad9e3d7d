// One of the 80 layers of LLaMA-2-70B, with f16 weights.
module attributes {nn.model = {context_length = 64 : i64, family = "llama", head_dim = 128 : i64, hidden_size = 8192 : i64, kv_heads = 8 : i64, layers = 1 : i64, vocab_size = 32000 : i64}} {
  func.func @step(%tokens: tensor<?xi32>, %positions: tensor<?xi32>, %wanted: tensor<?xi32>, %batch: !nn.batch, %cache0: !nn.cache<8x128>) -> (tensor<?x32000xf32>, !nn.cache<8x128>) {
    %embed = nn.param "embed" : !nn.weight<32000x8192, f32>
    %x0 = nn.embed %tokens, %embed : (tensor<?xi32>, !nn.weight<32000x8192, f32>) -> tensor<?x8192xf32>
    %g_attn0 = nn.param "g_attn0" : !nn.weight<8192, f32>
    %n0 = nn.rms_norm %x0, %g_attn0 {eps = 1.0e-5 : f32} : (tensor<?x8192xf32>, !nn.weight<8192, f32>) -> tensor<?x8192xf32>
    %w_q0 = nn.param "w_q0" : !nn.weight<8192x8192, f16>
    %q0 = nn.linear %n0, %w_q0 : (tensor<?x8192xf32>, !nn.weight<8192x8192, f16>) -> tensor<?x8192xf32>
    %w_k0 = nn.param "w_k0" : !nn.weight<1024x8192, f16>
    %k0 = nn.linear %n0, %w_k0 : (tensor<?x8192xf32>, !nn.weight<1024x8192, f16>) -> tensor<?x1024xf32>
    %w_v0 = nn.param "w_v0" : !nn.weight<1024x8192, f16>
    %v0 = nn.linear %n0, %w_v0 : (tensor<?x8192xf32>, !nn.weight<1024x8192, f16>) -> tensor<?x1024xf32>
    %qr0 = nn.rope %q0, %positions {frequencies = array<f32: 1.0, 0.1>, head_dim = 128 : i64, heads = 64 : i64, scale = 1.0 : f32} : (tensor<?x8192xf32>, tensor<?xi32>) -> tensor<?x8192xf32>
    %kr0 = nn.rope %k0, %positions {frequencies = array<f32: 1.0, 0.1>, head_dim = 128 : i64, heads = 8 : i64, scale = 1.0 : f32} : (tensor<?x1024xf32>, tensor<?xi32>) -> tensor<?x1024xf32>
    %c0 = nn.cache_append %cache0, %kr0, %v0, %batch : (!nn.cache<8x128>, tensor<?x1024xf32>, tensor<?x1024xf32>, !nn.batch) -> !nn.cache<8x128>
    %ag0 = nn.attention generated %qr0, %c0, %batch, %positions {heads = 64 : i64, scale = 0.25 : f32} : (tensor<?x8192xf32>, !nn.cache<8x128>, !nn.batch, tensor<?xi32>) -> tensor<?x8192xf32>
    %a0 = nn.attention prompt %qr0, %c0, %batch, %positions into %ag0 {heads = 64 : i64, scale = 0.25 : f32} : (tensor<?x8192xf32>, !nn.cache<8x128>, !nn.batch, tensor<?xi32>, tensor<?x8192xf32>) -> tensor<?x8192xf32>
    %w_o0 = nn.param "w_o0" : !nn.weight<8192x8192, f16>
    %o0 = nn.linear %a0, %w_o0 : (tensor<?x8192xf32>, !nn.weight<8192x8192, f16>) -> tensor<?x8192xf32>
    %r0 = nn.add %x0, %o0 : tensor<?x8192xf32>
    %g_mlp0 = nn.param "g_mlp0" : !nn.weight<8192, f32>
    %m0 = nn.rms_norm %r0, %g_mlp0 {eps = 1.0e-5 : f32} : (tensor<?x8192xf32>, !nn.weight<8192, f32>) -> tensor<?x8192xf32>
    %w_ga0 = nn.param "w_ga0" : !nn.weight<28672x8192, f16>
    %ga0 = nn.linear %m0, %w_ga0 : (tensor<?x8192xf32>, !nn.weight<28672x8192, f16>) -> tensor<?x28672xf32>
    %w_u0 = nn.param "w_u0" : !nn.weight<28672x8192, f16>
    %u0 = nn.linear %m0, %w_u0 : (tensor<?x8192xf32>, !nn.weight<28672x8192, f16>) -> tensor<?x28672xf32>
    %s0 = nn.silu %ga0 : tensor<?x28672xf32>
    %p0 = nn.mul %s0, %u0 : tensor<?x28672xf32>
    %w_d0 = nn.param "w_d0" : !nn.weight<8192x28672, f16>
    %d0 = nn.linear %p0, %w_d0 : (tensor<?x28672xf32>, !nn.weight<8192x28672, f16>) -> tensor<?x8192xf32>
    %y0 = nn.add %r0, %d0 : tensor<?x8192xf32>
    %w = nn.gather_rows %y0, %wanted : (tensor<?x8192xf32>, tensor<?xi32>) -> tensor<?x8192xf32>
    %g_final = nn.param "g_final" : !nn.weight<8192, f32>
    %n = nn.rms_norm %w, %g_final {eps = 1.0e-5 : f32} : (tensor<?x8192xf32>, !nn.weight<8192, f32>) -> tensor<?x8192xf32>
    %l = nn.linear %n, %embed : (tensor<?x8192xf32>, !nn.weight<32000x8192, f32>) -> tensor<?x32000xf32>
    return %l, %c0 : tensor<?x32000xf32>, !nn.cache<8x128>
  }
}
