// RUN: sennit-opt %s -split-input-file -verify-diagnostics

// Two shares for three lanes.
exec.package format_version 1 compiler "" levels [avx2, avx512] {
  exec.model family "llama" name "tiny" vocab_size 8 context_length 32 layers 1 hidden_size 4 bos_id -1 eos_ids [2, 3] chat_template "" parameters 40
  exec.step_layout fields [#exec.step_field_place<counts, offset = 0, count = 8>, #exec.step_field_place<tokens, offset = 64, count = 2>, #exec.step_field_place<positions, offset = 128, count = 2>, #exec.step_field_place<row_sequence, offset = 192, count = 2>, #exec.step_field_place<row_slot, offset = 256, count = 2>, #exec.step_field_place<sequence_segments, offset = 320, count = 2>, #exec.step_field_place<segment_pages, offset = 384, count = 2>, #exec.step_field_place<segment_length, offset = 448, count = 1>, #exec.step_field_place<segment_first, offset = 512, count = 1>, #exec.step_field_place<pages, offset = 576, count = 1>, #exec.step_field_place<wanted, offset = 640, count = 2>, #exec.step_field_place<row_blocks, offset = 704, count = 3>] bytes 768 max_rows 2 max_sequences 1 max_segments 1 max_pages 1
  exec.cache layers 1 kv_heads 1 head_dim 4 format f16
  exec.weight "embed" rows 8 k 4 format f32 layout packed slices [#exec.slice<rows = 0 to 8, k = 0 to 4, offset = 4096, bytes = 256>] chunk_hashes [-1] root_hash 18446744073709551615
  exec.kernel @embed code [#exec.kernel_code<avx2, body = 0, prologue = 0, has_prologue = false>, #exec.kernel_code<avx512, body = 64, prologue = 192, has_prologue = true>] operands 3 row_block 64 column_tiles 1 scratch_bytes 128 source "model.mlir:3:4"
  // expected-error @+1 {{expected a share for each of 3 lanes, found 2}}
  exec.program @program_c2_count signals 1 arena_bytes 64 arena_bytes_without_reuse 64 lane_shares [5.0e-01, 5.0e-01] {
    %x = exec.buffer "x" offset 0 row_bytes 16 rows 2
    %tokens = exec.slot step tokens
    %w = exec.slot weight "embed"
    %logits = exec.slot arena %x
    exec.launch @embed(%tokens, %w, %logits) domain all lane compute accesses [0 read own, 1 read all, 2 write own] node "embed" flops_per_row 0.1 bytes_fixed 0.0 bytes_per_row 1.0e+22
    exec.return %logits
  }
}

// -----

// A negative share.
exec.package format_version 1 compiler "" levels [avx2, avx512] {
  exec.model family "llama" name "tiny" vocab_size 8 context_length 32 layers 1 hidden_size 4 bos_id -1 eos_ids [2, 3] chat_template "" parameters 40
  exec.step_layout fields [#exec.step_field_place<counts, offset = 0, count = 8>, #exec.step_field_place<tokens, offset = 64, count = 2>, #exec.step_field_place<positions, offset = 128, count = 2>, #exec.step_field_place<row_sequence, offset = 192, count = 2>, #exec.step_field_place<row_slot, offset = 256, count = 2>, #exec.step_field_place<sequence_segments, offset = 320, count = 2>, #exec.step_field_place<segment_pages, offset = 384, count = 2>, #exec.step_field_place<segment_length, offset = 448, count = 1>, #exec.step_field_place<segment_first, offset = 512, count = 1>, #exec.step_field_place<pages, offset = 576, count = 1>, #exec.step_field_place<wanted, offset = 640, count = 2>, #exec.step_field_place<row_blocks, offset = 704, count = 3>] bytes 768 max_rows 2 max_sequences 1 max_segments 1 max_pages 1
  exec.cache layers 1 kv_heads 1 head_dim 4 format f16
  exec.weight "embed" rows 8 k 4 format f32 layout packed slices [#exec.slice<rows = 0 to 8, k = 0 to 4, offset = 4096, bytes = 256>] chunk_hashes [-1] root_hash 18446744073709551615
  exec.kernel @embed code [#exec.kernel_code<avx2, body = 0, prologue = 0, has_prologue = false>, #exec.kernel_code<avx512, body = 64, prologue = 192, has_prologue = true>] operands 3 row_block 64 column_tiles 1 scratch_bytes 128 source "model.mlir:3:4"
  // expected-error @+1 {{expected lane shares from 0 to 1, found -1}}
  exec.program @program_c2_range signals 1 arena_bytes 64 arena_bytes_without_reuse 64 lane_shares [5.0e-01, -1.0, 0.0] {
    %x = exec.buffer "x" offset 0 row_bytes 16 rows 2
    %tokens = exec.slot step tokens
    %w = exec.slot weight "embed"
    %logits = exec.slot arena %x
    exec.launch @embed(%tokens, %w, %logits) domain all lane compute accesses [0 read own, 1 read all, 2 write own] node "embed" flops_per_row 0.1 bytes_fixed 0.0 bytes_per_row 1.0e+22
    exec.return %logits
  }
}

// -----

// More than the machine.
exec.package format_version 1 compiler "" levels [avx2, avx512] {
  exec.model family "llama" name "tiny" vocab_size 8 context_length 32 layers 1 hidden_size 4 bos_id -1 eos_ids [2, 3] chat_template "" parameters 40
  exec.step_layout fields [#exec.step_field_place<counts, offset = 0, count = 8>, #exec.step_field_place<tokens, offset = 64, count = 2>, #exec.step_field_place<positions, offset = 128, count = 2>, #exec.step_field_place<row_sequence, offset = 192, count = 2>, #exec.step_field_place<row_slot, offset = 256, count = 2>, #exec.step_field_place<sequence_segments, offset = 320, count = 2>, #exec.step_field_place<segment_pages, offset = 384, count = 2>, #exec.step_field_place<segment_length, offset = 448, count = 1>, #exec.step_field_place<segment_first, offset = 512, count = 1>, #exec.step_field_place<pages, offset = 576, count = 1>, #exec.step_field_place<wanted, offset = 640, count = 2>, #exec.step_field_place<row_blocks, offset = 704, count = 3>] bytes 768 max_rows 2 max_sequences 1 max_segments 1 max_pages 1
  exec.cache layers 1 kv_heads 1 head_dim 4 format f16
  exec.weight "embed" rows 8 k 4 format f32 layout packed slices [#exec.slice<rows = 0 to 8, k = 0 to 4, offset = 4096, bytes = 256>] chunk_hashes [-1] root_hash 18446744073709551615
  exec.kernel @embed code [#exec.kernel_code<avx2, body = 0, prologue = 0, has_prologue = false>, #exec.kernel_code<avx512, body = 64, prologue = 192, has_prologue = true>] operands 3 row_block 64 column_tiles 1 scratch_bytes 128 source "model.mlir:3:4"
  // expected-error @+1 {{expected lane shares that sum up to at most 1, found 1.5}}
  exec.program @program_c2_sum signals 1 arena_bytes 64 arena_bytes_without_reuse 64 lane_shares [1.0, 0.5, 0.0] {
    %x = exec.buffer "x" offset 0 row_bytes 16 rows 2
    %tokens = exec.slot step tokens
    %w = exec.slot weight "embed"
    %logits = exec.slot arena %x
    exec.launch @embed(%tokens, %w, %logits) domain all lane compute accesses [0 read own, 1 read all, 2 write own] node "embed" flops_per_row 0.1 bytes_fixed 0.0 bytes_per_row 1.0e+22
    exec.return %logits
  }
}

// -----

// A lane without a share.
exec.package format_version 1 compiler "" levels [avx2, avx512] {
  exec.model family "llama" name "tiny" vocab_size 8 context_length 32 layers 1 hidden_size 4 bos_id -1 eos_ids [2, 3] chat_template "" parameters 40
  exec.step_layout fields [#exec.step_field_place<counts, offset = 0, count = 8>, #exec.step_field_place<tokens, offset = 64, count = 2>, #exec.step_field_place<positions, offset = 128, count = 2>, #exec.step_field_place<row_sequence, offset = 192, count = 2>, #exec.step_field_place<row_slot, offset = 256, count = 2>, #exec.step_field_place<sequence_segments, offset = 320, count = 2>, #exec.step_field_place<segment_pages, offset = 384, count = 2>, #exec.step_field_place<segment_length, offset = 448, count = 1>, #exec.step_field_place<segment_first, offset = 512, count = 1>, #exec.step_field_place<pages, offset = 576, count = 1>, #exec.step_field_place<wanted, offset = 640, count = 2>, #exec.step_field_place<row_blocks, offset = 704, count = 3>] bytes 768 max_rows 2 max_sequences 1 max_segments 1 max_pages 1
  exec.cache layers 1 kv_heads 1 head_dim 4 format f16
  exec.weight "embed" rows 8 k 4 format f32 layout packed slices [#exec.slice<rows = 0 to 8, k = 0 to 4, offset = 4096, bytes = 256>] chunk_hashes [-1] root_hash 18446744073709551615
  exec.kernel @embed code [#exec.kernel_code<avx2, body = 0, prologue = 0, has_prologue = false>, #exec.kernel_code<avx512, body = 64, prologue = 192, has_prologue = true>] operands 3 row_block 64 column_tiles 1 scratch_bytes 128 source "model.mlir:3:4"
  exec.program @program_c3 signals 1 arena_bytes 64 arena_bytes_without_reuse 64 lane_shares [0.0, 0.5, 0.0] {
    %x = exec.buffer "x" offset 0 row_bytes 16 rows 2
    %tokens = exec.slot step tokens
    %w = exec.slot weight "embed"
    %logits = exec.slot arena %x
    // expected-error @+1 {{expected lane compute to have a share of the machine, found none}}
    exec.launch @embed(%tokens, %w, %logits) domain all lane compute accesses [0 read own, 1 read all, 2 write own] node "embed" flops_per_row 0.1 bytes_fixed 0.0 bytes_per_row 1.0e+22
    exec.return %logits
  }
}

// -----

// A launch of no rows.
exec.package format_version 1 compiler "" levels [avx2, avx512] {
  exec.model family "llama" name "tiny" vocab_size 8 context_length 32 layers 1 hidden_size 4 bos_id -1 eos_ids [2, 3] chat_template "" parameters 40
  exec.step_layout fields [#exec.step_field_place<counts, offset = 0, count = 8>, #exec.step_field_place<tokens, offset = 64, count = 2>, #exec.step_field_place<positions, offset = 128, count = 2>, #exec.step_field_place<row_sequence, offset = 192, count = 2>, #exec.step_field_place<row_slot, offset = 256, count = 2>, #exec.step_field_place<sequence_segments, offset = 320, count = 2>, #exec.step_field_place<segment_pages, offset = 384, count = 2>, #exec.step_field_place<segment_length, offset = 448, count = 1>, #exec.step_field_place<segment_first, offset = 512, count = 1>, #exec.step_field_place<pages, offset = 576, count = 1>, #exec.step_field_place<wanted, offset = 640, count = 2>, #exec.step_field_place<row_blocks, offset = 704, count = 3>] bytes 768 max_rows 2 max_sequences 1 max_segments 1 max_pages 1
  exec.cache layers 1 kv_heads 1 head_dim 4 format f16
  exec.weight "embed" rows 8 k 4 format f32 layout packed slices [#exec.slice<rows = 0 to 8, k = 0 to 4, offset = 4096, bytes = 256>] chunk_hashes [-1] root_hash 18446744073709551615
  exec.kernel @embed code [#exec.kernel_code<avx2, body = 0, prologue = 0, has_prologue = false>, #exec.kernel_code<avx512, body = 64, prologue = 192, has_prologue = true>] operands 3 row_block 64 column_tiles 1 scratch_bytes 128 source "model.mlir:3:4"
  exec.program @launch_c5 signals 1 arena_bytes 64 arena_bytes_without_reuse 64 {
    %x = exec.buffer "x" offset 0 row_bytes 16 rows 2
    %tokens = exec.slot step tokens
    %w = exec.slot weight "embed"
    %logits = exec.slot arena %x
    // expected-error @+1 {{expected row_begin below row_end, found 2 and 2}}
    exec.launch @embed(%tokens, %w, %logits) domain all rows 2 to 2 lane compute accesses [0 read own, 1 read all, 2 write own] node "embed" flops_per_row 0.1 bytes_fixed 0.0 bytes_per_row 1.0e+22
    exec.return %logits
  }
}

// -----

// A copy of rows that end before they begin.
exec.package format_version 1 compiler "" levels [avx2, avx512] {
  exec.model family "llama" name "tiny" vocab_size 8 context_length 32 layers 1 hidden_size 4 bos_id -1 eos_ids [2, 3] chat_template "" parameters 40
  exec.step_layout fields [#exec.step_field_place<counts, offset = 0, count = 8>, #exec.step_field_place<tokens, offset = 64, count = 2>, #exec.step_field_place<positions, offset = 128, count = 2>, #exec.step_field_place<row_sequence, offset = 192, count = 2>, #exec.step_field_place<row_slot, offset = 256, count = 2>, #exec.step_field_place<sequence_segments, offset = 320, count = 2>, #exec.step_field_place<segment_pages, offset = 384, count = 2>, #exec.step_field_place<segment_length, offset = 448, count = 1>, #exec.step_field_place<segment_first, offset = 512, count = 1>, #exec.step_field_place<pages, offset = 576, count = 1>, #exec.step_field_place<wanted, offset = 640, count = 2>, #exec.step_field_place<row_blocks, offset = 704, count = 3>] bytes 768 max_rows 2 max_sequences 1 max_segments 1 max_pages 1
  exec.cache layers 1 kv_heads 1 head_dim 4 format f16
  exec.weight "embed" rows 8 k 4 format f32 layout packed slices [#exec.slice<rows = 0 to 8, k = 0 to 4, offset = 4096, bytes = 256>] chunk_hashes [-1] root_hash 18446744073709551615
  exec.kernel @embed code [#exec.kernel_code<avx2, body = 0, prologue = 0, has_prologue = false>, #exec.kernel_code<avx512, body = 64, prologue = 192, has_prologue = true>] operands 3 row_block 64 column_tiles 1 scratch_bytes 128 source "model.mlir:3:4"
  exec.program @copy_c2 signals 1 arena_bytes 64 arena_bytes_without_reuse 64 {
    %x = exec.buffer "x" offset 0 row_bytes 16 rows 2
    %tokens = exec.slot step tokens
    %w = exec.slot weight "embed"
    %logits = exec.slot arena %x
    exec.launch @embed(%tokens, %w, %logits) domain all lane compute accesses [0 read own, 1 read all, 2 write own] node "embed" flops_per_row 0.1 bytes_fixed 0.0 bytes_per_row 1.0e+22
    // expected-error @+1 {{expected row_begin below row_end, found 3 and 2}}
    exec.copy %logits to %logits domain all rows 3 to 2 lane compute accesses []
    exec.return %logits
  }
}

// -----

// A collective of no rows.
exec.package format_version 1 compiler "" levels [avx2, avx512] {
  exec.model family "llama" name "tiny" vocab_size 8 context_length 32 layers 1 hidden_size 4 bos_id -1 eos_ids [2, 3] chat_template "" parameters 40
  exec.step_layout fields [#exec.step_field_place<counts, offset = 0, count = 8>, #exec.step_field_place<tokens, offset = 64, count = 2>, #exec.step_field_place<positions, offset = 128, count = 2>, #exec.step_field_place<row_sequence, offset = 192, count = 2>, #exec.step_field_place<row_slot, offset = 256, count = 2>, #exec.step_field_place<sequence_segments, offset = 320, count = 2>, #exec.step_field_place<segment_pages, offset = 384, count = 2>, #exec.step_field_place<segment_length, offset = 448, count = 1>, #exec.step_field_place<segment_first, offset = 512, count = 1>, #exec.step_field_place<pages, offset = 576, count = 1>, #exec.step_field_place<wanted, offset = 640, count = 2>, #exec.step_field_place<row_blocks, offset = 704, count = 3>] bytes 768 max_rows 2 max_sequences 1 max_segments 1 max_pages 1
  exec.cache layers 1 kv_heads 1 head_dim 4 format f16
  exec.weight "embed" rows 8 k 4 format f32 layout packed slices [#exec.slice<rows = 0 to 8, k = 0 to 4, offset = 4096, bytes = 256>] chunk_hashes [-1] root_hash 18446744073709551615
  exec.kernel @embed code [#exec.kernel_code<avx2, body = 0, prologue = 0, has_prologue = false>, #exec.kernel_code<avx512, body = 64, prologue = 192, has_prologue = true>] operands 3 row_block 64 column_tiles 1 scratch_bytes 128 source "model.mlir:3:4"
  exec.program @collective_c2 signals 1 arena_bytes 64 arena_bytes_without_reuse 64 {
    %x = exec.buffer "x" offset 0 row_bytes 16 rows 2
    %tokens = exec.slot step tokens
    %w = exec.slot weight "embed"
    %logits = exec.slot arena %x
    exec.launch @embed(%tokens, %w, %logits) domain all lane compute accesses [0 read own, 1 read all, 2 write own] node "embed" flops_per_row 0.1 bytes_fixed 0.0 bytes_per_row 1.0e+22
    // expected-error @+1 {{expected row_begin below row_end, found 1 and 1}}
    exec.collective all_reduce(%logits) domain all rows 1 to 1 lane compute accesses []
    exec.return %logits
  }
}
