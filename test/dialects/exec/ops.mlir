// RUN: sennit-opt %s | sennit-opt | FileCheck %s

// Every table and command keeps all of its fields.
// CHECK: exec.package format_version 1 compiler "sennit" levels [avx2, avx512] {
exec.package format_version 1 compiler "sennit" levels [avx2, avx512] {
  // CHECK-NEXT: exec.model family "llama" name "tiny" vocab_size 8 context_length 32 layers 1 hidden_size 4 bos_id -1 eos_ids [2, 3] chat_template "" parameters 40
  exec.model family "llama" name "tiny" vocab_size 8 context_length 32 layers 1 hidden_size 4 bos_id -1 eos_ids [2, 3] chat_template "" parameters 40
  // CHECK-NEXT: exec.step_layout fields [#exec.step_field_place<counts, offset = 0, count = 8>, #exec.step_field_place<tokens, offset = 64, count = 2>, #exec.step_field_place<positions, offset = 128, count = 2>, #exec.step_field_place<row_sequence, offset = 192, count = 2>, #exec.step_field_place<row_slot, offset = 256, count = 2>, #exec.step_field_place<sequence_segments, offset = 320, count = 2>, #exec.step_field_place<segment_pages, offset = 384, count = 2>, #exec.step_field_place<segment_length, offset = 448, count = 1>, #exec.step_field_place<segment_first, offset = 512, count = 1>, #exec.step_field_place<pages, offset = 576, count = 1>, #exec.step_field_place<wanted, offset = 640, count = 2>, #exec.step_field_place<row_blocks, offset = 704, count = 3>] bytes 768 max_rows 2 max_sequences 1 max_segments 1 max_pages 1
  exec.step_layout fields [#exec.step_field_place<counts, offset = 0, count = 8>, #exec.step_field_place<tokens, offset = 64, count = 2>, #exec.step_field_place<positions, offset = 128, count = 2>, #exec.step_field_place<row_sequence, offset = 192, count = 2>, #exec.step_field_place<row_slot, offset = 256, count = 2>, #exec.step_field_place<sequence_segments, offset = 320, count = 2>, #exec.step_field_place<segment_pages, offset = 384, count = 2>, #exec.step_field_place<segment_length, offset = 448, count = 1>, #exec.step_field_place<segment_first, offset = 512, count = 1>, #exec.step_field_place<pages, offset = 576, count = 1>, #exec.step_field_place<wanted, offset = 640, count = 2>, #exec.step_field_place<row_blocks, offset = 704, count = 3>] bytes 768 max_rows 2 max_sequences 1 max_segments 1 max_pages 1
  // CHECK-NEXT: exec.cache layers 1 kv_heads 1 head_dim 4 format f16
  exec.cache layers 1 kv_heads 1 head_dim 4 format f16
  // CHECK-NEXT: exec.weight "embed" rows 8 k 4 format f32 layout packed slices [#exec.slice<rows = 0 to 8, k = 0 to 4, offset = 4096, bytes = 256>] chunk_hashes [-1] root_hash 18446744073709551615
  exec.weight "embed" rows 8 k 4 format f32 layout packed slices [#exec.slice<rows = 0 to 8, k = 0 to 4, offset = 4096, bytes = 256>] chunk_hashes [-1] root_hash 18446744073709551615
  // CHECK-NEXT: exec.kernel @embed code [#exec.kernel_code<avx2, body = 0, prologue = 0, has_prologue = false>, #exec.kernel_code<avx512, body = 64, prologue = 192, has_prologue = true>] operands 3 row_block 64 column_tiles 1 scratch_bytes 128 source "model.mlir:3:4"
  exec.kernel @embed code [#exec.kernel_code<avx2, body = 0, prologue = 0, has_prologue = false>, #exec.kernel_code<avx512, body = 64, prologue = 192, has_prologue = true>] operands 3 row_block 64 column_tiles 1 scratch_bytes 128 source "model.mlir:3:4"

  // Names of values come from what they stand for.
  // CHECK-NEXT: exec.program @step signals 1 arena_bytes 128 arena_bytes_without_reuse 192 lane_shares [5.000000e-01, 2.500000e-01, 2.500000e-01] {
  exec.program @step signals 1 arena_bytes 128 arena_bytes_without_reuse 192 lane_shares [5.000000e-01, 2.500000e-01, 2.500000e-01] {
    // CHECK-NEXT: %x = exec.buffer "x" offset 0 row_bytes 16 rows 2
    %x = exec.buffer "x" offset 0 row_bytes 16 rows 2
    // CHECK-NEXT: %layer0.q = exec.buffer "layer0.q" offset 64 row_bytes 16 rows 2
    %layer0.q = exec.buffer "layer0.q" offset 64 row_bytes 16 rows 2
    // CHECK-NEXT: %tokens = exec.slot step tokens
    %tokens = exec.slot step tokens
    // CHECK-NEXT: %embed = exec.slot weight "embed"
    %embed = exec.slot weight "embed"
    // CHECK-NEXT: %keys0 = exec.slot key_cache layer 0
    %keys0 = exec.slot key_cache layer 0
    // CHECK-NEXT: %values0 = exec.slot value_cache layer 0
    %values0 = exec.slot value_cache layer 0
    // CHECK-NEXT: %s.x = exec.slot arena %x
    %s.x = exec.slot arena %x
    // CHECK-NEXT: %s.layer0.q = exec.slot arena %layer0.q
    %s.layer0.q = exec.slot arena %layer0.q
    // CHECK-NEXT: exec.launch @embed(%tokens, %embed, %s.x) domain all lane compute accesses [0 read own, 1 read all, 2 write own] node "embed" flops_per_row 0.1 bytes_fixed 0.0 bytes_per_row 1.0e+22
    exec.launch @embed(%tokens, %embed, %s.x) domain all lane compute accesses [0 read own, 1 read all, 2 write own] node "embed" flops_per_row 0.1 bytes_fixed 0.0 bytes_per_row 1.0e+22
    // CHECK-NEXT: exec.branch prompt skip 2
    exec.branch prompt skip 2
    // CHECK-NEXT: exec.copy %s.x to %s.layer0.q domain prompt rows 1 to max lane memory accesses [0 read before, 1 write own]
    exec.copy %s.x to %s.layer0.q domain prompt rows 1 to max lane memory accesses [0 read before, 1 write own]
    // CHECK-NEXT: exec.collective all_reduce(%s.x, %s.layer0.q) domain wanted rows 0 to 2 lane network accesses [0 read own, 0 write own]
    exec.collective all_reduce(%s.x, %s.layer0.q) domain wanted rows 0 to 2 lane network accesses [0 read own, 0 write own]
    // CHECK-NEXT: exec.signal 0 lane network
    exec.signal 0 lane network
    // CHECK-NEXT: exec.wait 0 lane compute
    exec.wait 0 lane compute
    // CHECK-NEXT: exec.return %s.x
    exec.return %s.x
  }

  // Buckets name their program.
  // CHECK: exec.entry "step" {
  exec.entry "step" {
    // CHECK-NEXT: exec.bucket rows 1 role generated program @step
    exec.bucket rows 1 role generated program @step
    // CHECK-NEXT: exec.bucket rows 1 role mixed program @step
    exec.bucket rows 1 role mixed program @step
    // CHECK-NEXT: exec.bucket rows 1 role prompt program @step
    exec.bucket rows 1 role prompt program @step
    // CHECK-NEXT: exec.bucket rows 2 role generated program @step
    exec.bucket rows 2 role generated program @step
  }

  // What is expected of a machine of each level.
  // CHECK: exec.rates avx2 memory_gb_per_s_per_core 21.0 memory_gb_per_s 40.5 f32_gflops_per_core 103.0 i8_gops_per_core 204.0
  exec.rates avx2 memory_gb_per_s_per_core 21.0 memory_gb_per_s 40.5 f32_gflops_per_core 103.0 i8_gops_per_core 204.0
  // CHECK-NEXT: exec.rates avx512 memory_gb_per_s_per_core 28.0 memory_gb_per_s 64.0 f32_gflops_per_core 117.0 i8_gops_per_core 330.0
  exec.rates avx512 memory_gb_per_s_per_core 28.0 memory_gb_per_s 64.0 f32_gflops_per_core 117.0 i8_gops_per_core 330.0
}
