// RUN: sennit-opt %s -split-input-file -verify-diagnostics

// A slot after a command.
exec.package format_version 1 compiler "" levels [avx2, avx512] {
  exec.model family "llama" name "tiny" vocab_size 8 context_length 32 layers 1 hidden_size 4 bos_id -1 eos_ids [2, 3] chat_template "" parameters 40
  exec.step_layout fields [#exec.step_field_place<counts, offset = 0, count = 8>, #exec.step_field_place<tokens, offset = 64, count = 2>, #exec.step_field_place<positions, offset = 128, count = 2>, #exec.step_field_place<row_sequence, offset = 192, count = 2>, #exec.step_field_place<row_slot, offset = 256, count = 2>, #exec.step_field_place<sequence_segments, offset = 320, count = 2>, #exec.step_field_place<segment_pages, offset = 384, count = 2>, #exec.step_field_place<segment_length, offset = 448, count = 1>, #exec.step_field_place<segment_first, offset = 512, count = 1>, #exec.step_field_place<pages, offset = 576, count = 1>, #exec.step_field_place<wanted, offset = 640, count = 2>, #exec.step_field_place<row_blocks, offset = 704, count = 3>] bytes 768 max_rows 2 max_sequences 1 max_segments 1 max_pages 1
  exec.cache layers 1 kv_heads 1 head_dim 4 format f16
  exec.weight "embed" rows 8 k 4 format f32 layout packed slices [#exec.slice<rows = 0 to 8, k = 0 to 4, offset = 4096, bytes = 256>] chunk_hashes [-1] root_hash 18446744073709551615
  exec.kernel @embed code [#exec.kernel_code<avx2, body = 0, prologue = 0, has_prologue = false>, #exec.kernel_code<avx512, body = 64, prologue = 192, has_prologue = true>] operands 3 row_block 64 column_tiles 1 scratch_bytes 128 source "model.mlir:3:4"
  exec.program @program_c1 signals 1 arena_bytes 64 arena_bytes_without_reuse 64 {
    %x = exec.buffer "x" offset 0 row_bytes 16 rows 2
    %tokens = exec.slot step tokens
    %w = exec.slot weight "embed"
    %logits = exec.slot arena %x
    exec.launch @embed(%tokens, %w, %logits) domain all lane compute accesses [0 read own, 1 read all, 2 write own] node "embed" flops_per_row 0.1 bytes_fixed 0.0 bytes_per_row 1.0e+22
    // expected-error @+1 {{expected buffers, slots, commands and return, in this order}}
    %late = exec.slot step wanted
    exec.return %logits
  }
}

// -----

// An op that is no part of a program.
exec.package format_version 1 compiler "" levels [avx2, avx512] {
  exec.model family "llama" name "tiny" vocab_size 8 context_length 32 layers 1 hidden_size 4 bos_id -1 eos_ids [2, 3] chat_template "" parameters 40
  exec.step_layout fields [#exec.step_field_place<counts, offset = 0, count = 8>, #exec.step_field_place<tokens, offset = 64, count = 2>, #exec.step_field_place<positions, offset = 128, count = 2>, #exec.step_field_place<row_sequence, offset = 192, count = 2>, #exec.step_field_place<row_slot, offset = 256, count = 2>, #exec.step_field_place<sequence_segments, offset = 320, count = 2>, #exec.step_field_place<segment_pages, offset = 384, count = 2>, #exec.step_field_place<segment_length, offset = 448, count = 1>, #exec.step_field_place<segment_first, offset = 512, count = 1>, #exec.step_field_place<pages, offset = 576, count = 1>, #exec.step_field_place<wanted, offset = 640, count = 2>, #exec.step_field_place<row_blocks, offset = 704, count = 3>] bytes 768 max_rows 2 max_sequences 1 max_segments 1 max_pages 1
  exec.cache layers 1 kv_heads 1 head_dim 4 format f16
  exec.weight "embed" rows 8 k 4 format f32 layout packed slices [#exec.slice<rows = 0 to 8, k = 0 to 4, offset = 4096, bytes = 256>] chunk_hashes [-1] root_hash 18446744073709551615
  exec.kernel @embed code [#exec.kernel_code<avx2, body = 0, prologue = 0, has_prologue = false>, #exec.kernel_code<avx512, body = 64, prologue = 192, has_prologue = true>] operands 3 row_block 64 column_tiles 1 scratch_bytes 128 source "model.mlir:3:4"
  exec.program @program_c1_foreign signals 1 arena_bytes 64 arena_bytes_without_reuse 64 {
    %x = exec.buffer "x" offset 0 row_bytes 16 rows 2
    %tokens = exec.slot step tokens
    %w = exec.slot weight "embed"
    %logits = exec.slot arena %x
    exec.launch @embed(%tokens, %w, %logits) domain all lane compute accesses [0 read own, 1 read all, 2 write own] node "embed" flops_per_row 0.1 bytes_fixed 0.0 bytes_per_row 1.0e+22
    // expected-error @+1 {{expected buffers, slots, commands and return, in this order}}
    %0 = arith.constant 0 : i32
    exec.return %logits
  }
}

// -----

// A buffer that is not aligned.
exec.package format_version 1 compiler "" levels [avx2, avx512] {
  exec.model family "llama" name "tiny" vocab_size 8 context_length 32 layers 1 hidden_size 4 bos_id -1 eos_ids [2, 3] chat_template "" parameters 40
  exec.step_layout fields [#exec.step_field_place<counts, offset = 0, count = 8>, #exec.step_field_place<tokens, offset = 64, count = 2>, #exec.step_field_place<positions, offset = 128, count = 2>, #exec.step_field_place<row_sequence, offset = 192, count = 2>, #exec.step_field_place<row_slot, offset = 256, count = 2>, #exec.step_field_place<sequence_segments, offset = 320, count = 2>, #exec.step_field_place<segment_pages, offset = 384, count = 2>, #exec.step_field_place<segment_length, offset = 448, count = 1>, #exec.step_field_place<segment_first, offset = 512, count = 1>, #exec.step_field_place<pages, offset = 576, count = 1>, #exec.step_field_place<wanted, offset = 640, count = 2>, #exec.step_field_place<row_blocks, offset = 704, count = 3>] bytes 768 max_rows 2 max_sequences 1 max_segments 1 max_pages 1
  exec.cache layers 1 kv_heads 1 head_dim 4 format f16
  exec.weight "embed" rows 8 k 4 format f32 layout packed slices [#exec.slice<rows = 0 to 8, k = 0 to 4, offset = 4096, bytes = 256>] chunk_hashes [-1] root_hash 18446744073709551615
  exec.kernel @embed code [#exec.kernel_code<avx2, body = 0, prologue = 0, has_prologue = false>, #exec.kernel_code<avx512, body = 64, prologue = 192, has_prologue = true>] operands 3 row_block 64 column_tiles 1 scratch_bytes 128 source "model.mlir:3:4"
  exec.program @buffer_c1 signals 1 arena_bytes 64 arena_bytes_without_reuse 64 {
    // expected-error @+1 {{expected an offset that is a multiple of 64, found 32}}
    %x = exec.buffer "x" offset 32 row_bytes 16 rows 2
    %tokens = exec.slot step tokens
    %w = exec.slot weight "embed"
    %logits = exec.slot arena %x
    exec.launch @embed(%tokens, %w, %logits) domain all lane compute accesses [0 read own, 1 read all, 2 write own] node "embed" flops_per_row 0.1 bytes_fixed 0.0 bytes_per_row 1.0e+22
    exec.return %logits
  }
}

// -----

// A buffer without rows.
exec.package format_version 1 compiler "" levels [avx2, avx512] {
  exec.model family "llama" name "tiny" vocab_size 8 context_length 32 layers 1 hidden_size 4 bos_id -1 eos_ids [2, 3] chat_template "" parameters 40
  exec.step_layout fields [#exec.step_field_place<counts, offset = 0, count = 8>, #exec.step_field_place<tokens, offset = 64, count = 2>, #exec.step_field_place<positions, offset = 128, count = 2>, #exec.step_field_place<row_sequence, offset = 192, count = 2>, #exec.step_field_place<row_slot, offset = 256, count = 2>, #exec.step_field_place<sequence_segments, offset = 320, count = 2>, #exec.step_field_place<segment_pages, offset = 384, count = 2>, #exec.step_field_place<segment_length, offset = 448, count = 1>, #exec.step_field_place<segment_first, offset = 512, count = 1>, #exec.step_field_place<pages, offset = 576, count = 1>, #exec.step_field_place<wanted, offset = 640, count = 2>, #exec.step_field_place<row_blocks, offset = 704, count = 3>] bytes 768 max_rows 2 max_sequences 1 max_segments 1 max_pages 1
  exec.cache layers 1 kv_heads 1 head_dim 4 format f16
  exec.weight "embed" rows 8 k 4 format f32 layout packed slices [#exec.slice<rows = 0 to 8, k = 0 to 4, offset = 4096, bytes = 256>] chunk_hashes [-1] root_hash 18446744073709551615
  exec.kernel @embed code [#exec.kernel_code<avx2, body = 0, prologue = 0, has_prologue = false>, #exec.kernel_code<avx512, body = 64, prologue = 192, has_prologue = true>] operands 3 row_block 64 column_tiles 1 scratch_bytes 128 source "model.mlir:3:4"
  exec.program @buffer_c2 signals 1 arena_bytes 64 arena_bytes_without_reuse 64 {
    // expected-error @+1 {{expected positive row_bytes and rows with a product below 2^63, found 16 and 0}}
    %x = exec.buffer "x" offset 0 row_bytes 16 rows 0
    %tokens = exec.slot step tokens
    %w = exec.slot weight "embed"
    %logits = exec.slot arena %x
    exec.launch @embed(%tokens, %w, %logits) domain all lane compute accesses [0 read own, 1 read all, 2 write own] node "embed" flops_per_row 0.1 bytes_fixed 0.0 bytes_per_row 1.0e+22
    exec.return %logits
  }
}

// -----

// A buffer whose bytes multiply past the limit.
exec.package format_version 1 compiler "" levels [avx2, avx512] {
  exec.model family "llama" name "tiny" vocab_size 8 context_length 32 layers 1 hidden_size 4 bos_id -1 eos_ids [2, 3] chat_template "" parameters 40
  exec.step_layout fields [#exec.step_field_place<counts, offset = 0, count = 8>, #exec.step_field_place<tokens, offset = 64, count = 2>, #exec.step_field_place<positions, offset = 128, count = 2>, #exec.step_field_place<row_sequence, offset = 192, count = 2>, #exec.step_field_place<row_slot, offset = 256, count = 2>, #exec.step_field_place<sequence_segments, offset = 320, count = 2>, #exec.step_field_place<segment_pages, offset = 384, count = 2>, #exec.step_field_place<segment_length, offset = 448, count = 1>, #exec.step_field_place<segment_first, offset = 512, count = 1>, #exec.step_field_place<pages, offset = 576, count = 1>, #exec.step_field_place<wanted, offset = 640, count = 2>, #exec.step_field_place<row_blocks, offset = 704, count = 3>] bytes 768 max_rows 2 max_sequences 1 max_segments 1 max_pages 1
  exec.cache layers 1 kv_heads 1 head_dim 4 format f16
  exec.weight "embed" rows 8 k 4 format f32 layout packed slices [#exec.slice<rows = 0 to 8, k = 0 to 4, offset = 4096, bytes = 256>] chunk_hashes [-1] root_hash 18446744073709551615
  exec.kernel @embed code [#exec.kernel_code<avx2, body = 0, prologue = 0, has_prologue = false>, #exec.kernel_code<avx512, body = 64, prologue = 192, has_prologue = true>] operands 3 row_block 64 column_tiles 1 scratch_bytes 128 source "model.mlir:3:4"
  exec.program @buffer_c2_large signals 1 arena_bytes 64 arena_bytes_without_reuse 64 {
    // expected-error @+1 {{expected positive row_bytes and rows with a product below 2^63, found 4294967296 and 2147483648}}
    %x = exec.buffer "x" offset 0 row_bytes 4294967296 rows 2147483648
    %tokens = exec.slot step tokens
    %w = exec.slot weight "embed"
    %logits = exec.slot arena %x
    exec.launch @embed(%tokens, %w, %logits) domain all lane compute accesses [0 read own, 1 read all, 2 write own] node "embed" flops_per_row 0.1 bytes_fixed 0.0 bytes_per_row 1.0e+22
    exec.return %logits
  }
}

// -----

// An arena slot without a buffer.
exec.package format_version 1 compiler "" levels [avx2, avx512] {
  exec.model family "llama" name "tiny" vocab_size 8 context_length 32 layers 1 hidden_size 4 bos_id -1 eos_ids [2, 3] chat_template "" parameters 40
  exec.step_layout fields [#exec.step_field_place<counts, offset = 0, count = 8>, #exec.step_field_place<tokens, offset = 64, count = 2>, #exec.step_field_place<positions, offset = 128, count = 2>, #exec.step_field_place<row_sequence, offset = 192, count = 2>, #exec.step_field_place<row_slot, offset = 256, count = 2>, #exec.step_field_place<sequence_segments, offset = 320, count = 2>, #exec.step_field_place<segment_pages, offset = 384, count = 2>, #exec.step_field_place<segment_length, offset = 448, count = 1>, #exec.step_field_place<segment_first, offset = 512, count = 1>, #exec.step_field_place<pages, offset = 576, count = 1>, #exec.step_field_place<wanted, offset = 640, count = 2>, #exec.step_field_place<row_blocks, offset = 704, count = 3>] bytes 768 max_rows 2 max_sequences 1 max_segments 1 max_pages 1
  exec.cache layers 1 kv_heads 1 head_dim 4 format f16
  exec.weight "embed" rows 8 k 4 format f32 layout packed slices [#exec.slice<rows = 0 to 8, k = 0 to 4, offset = 4096, bytes = 256>] chunk_hashes [-1] root_hash 18446744073709551615
  exec.kernel @embed code [#exec.kernel_code<avx2, body = 0, prologue = 0, has_prologue = false>, #exec.kernel_code<avx512, body = 64, prologue = 192, has_prologue = true>] operands 3 row_block 64 column_tiles 1 scratch_bytes 128 source "model.mlir:3:4"
  exec.program @slot_c1 signals 1 arena_bytes 64 arena_bytes_without_reuse 64 {
    %x = exec.buffer "x" offset 0 row_bytes 16 rows 2
    %tokens = exec.slot step tokens
    %w = exec.slot weight "embed"
    %logits = exec.slot arena %x
    // expected-error @+1 {{expected a slot in space arena to have a buffer and nothing else}}
    %a = exec.slot arena
    exec.launch @embed(%tokens, %w, %logits) domain all lane compute accesses [0 read own, 1 read all, 2 write own] node "embed" flops_per_row 0.1 bytes_fixed 0.0 bytes_per_row 1.0e+22
    exec.return %logits
  }
}

// -----

// A step slot with a layer.
exec.package format_version 1 compiler "" levels [avx2, avx512] {
  exec.model family "llama" name "tiny" vocab_size 8 context_length 32 layers 1 hidden_size 4 bos_id -1 eos_ids [2, 3] chat_template "" parameters 40
  exec.step_layout fields [#exec.step_field_place<counts, offset = 0, count = 8>, #exec.step_field_place<tokens, offset = 64, count = 2>, #exec.step_field_place<positions, offset = 128, count = 2>, #exec.step_field_place<row_sequence, offset = 192, count = 2>, #exec.step_field_place<row_slot, offset = 256, count = 2>, #exec.step_field_place<sequence_segments, offset = 320, count = 2>, #exec.step_field_place<segment_pages, offset = 384, count = 2>, #exec.step_field_place<segment_length, offset = 448, count = 1>, #exec.step_field_place<segment_first, offset = 512, count = 1>, #exec.step_field_place<pages, offset = 576, count = 1>, #exec.step_field_place<wanted, offset = 640, count = 2>, #exec.step_field_place<row_blocks, offset = 704, count = 3>] bytes 768 max_rows 2 max_sequences 1 max_segments 1 max_pages 1
  exec.cache layers 1 kv_heads 1 head_dim 4 format f16
  exec.weight "embed" rows 8 k 4 format f32 layout packed slices [#exec.slice<rows = 0 to 8, k = 0 to 4, offset = 4096, bytes = 256>] chunk_hashes [-1] root_hash 18446744073709551615
  exec.kernel @embed code [#exec.kernel_code<avx2, body = 0, prologue = 0, has_prologue = false>, #exec.kernel_code<avx512, body = 64, prologue = 192, has_prologue = true>] operands 3 row_block 64 column_tiles 1 scratch_bytes 128 source "model.mlir:3:4"
  exec.program @slot_c1_both signals 1 arena_bytes 64 arena_bytes_without_reuse 64 {
    %x = exec.buffer "x" offset 0 row_bytes 16 rows 2
    %tokens = exec.slot step tokens
    %w = exec.slot weight "embed"
    %logits = exec.slot arena %x
    // expected-error @+1 {{expected a slot in space step to have a field and nothing else}}
    %a = exec.slot step layer 0 tokens
    exec.launch @embed(%tokens, %w, %logits) domain all lane compute accesses [0 read own, 1 read all, 2 write own] node "embed" flops_per_row 0.1 bytes_fixed 0.0 bytes_per_row 1.0e+22
    exec.return %logits
  }
}

// -----

// A weight that the package lacks.
exec.package format_version 1 compiler "" levels [avx2, avx512] {
  exec.model family "llama" name "tiny" vocab_size 8 context_length 32 layers 1 hidden_size 4 bos_id -1 eos_ids [2, 3] chat_template "" parameters 40
  exec.step_layout fields [#exec.step_field_place<counts, offset = 0, count = 8>, #exec.step_field_place<tokens, offset = 64, count = 2>, #exec.step_field_place<positions, offset = 128, count = 2>, #exec.step_field_place<row_sequence, offset = 192, count = 2>, #exec.step_field_place<row_slot, offset = 256, count = 2>, #exec.step_field_place<sequence_segments, offset = 320, count = 2>, #exec.step_field_place<segment_pages, offset = 384, count = 2>, #exec.step_field_place<segment_length, offset = 448, count = 1>, #exec.step_field_place<segment_first, offset = 512, count = 1>, #exec.step_field_place<pages, offset = 576, count = 1>, #exec.step_field_place<wanted, offset = 640, count = 2>, #exec.step_field_place<row_blocks, offset = 704, count = 3>] bytes 768 max_rows 2 max_sequences 1 max_segments 1 max_pages 1
  exec.cache layers 1 kv_heads 1 head_dim 4 format f16
  exec.weight "embed" rows 8 k 4 format f32 layout packed slices [#exec.slice<rows = 0 to 8, k = 0 to 4, offset = 4096, bytes = 256>] chunk_hashes [-1] root_hash 18446744073709551615
  exec.kernel @embed code [#exec.kernel_code<avx2, body = 0, prologue = 0, has_prologue = false>, #exec.kernel_code<avx512, body = 64, prologue = 192, has_prologue = true>] operands 3 row_block 64 column_tiles 1 scratch_bytes 128 source "model.mlir:3:4"
  exec.program @slot_c2 signals 1 arena_bytes 64 arena_bytes_without_reuse 64 {
    %x = exec.buffer "x" offset 0 row_bytes 16 rows 2
    %tokens = exec.slot step tokens
    %w = exec.slot weight "embed"
    %logits = exec.slot arena %x
    // expected-error @+1 {{expected a weight of the package, found 'other'}}
    %a = exec.slot weight "other"
    exec.launch @embed(%tokens, %w, %logits) domain all lane compute accesses [0 read own, 1 read all, 2 write own] node "embed" flops_per_row 0.1 bytes_fixed 0.0 bytes_per_row 1.0e+22
    exec.return %logits
  }
}

// -----

// A layer that the cache lacks.
exec.package format_version 1 compiler "" levels [avx2, avx512] {
  exec.model family "llama" name "tiny" vocab_size 8 context_length 32 layers 1 hidden_size 4 bos_id -1 eos_ids [2, 3] chat_template "" parameters 40
  exec.step_layout fields [#exec.step_field_place<counts, offset = 0, count = 8>, #exec.step_field_place<tokens, offset = 64, count = 2>, #exec.step_field_place<positions, offset = 128, count = 2>, #exec.step_field_place<row_sequence, offset = 192, count = 2>, #exec.step_field_place<row_slot, offset = 256, count = 2>, #exec.step_field_place<sequence_segments, offset = 320, count = 2>, #exec.step_field_place<segment_pages, offset = 384, count = 2>, #exec.step_field_place<segment_length, offset = 448, count = 1>, #exec.step_field_place<segment_first, offset = 512, count = 1>, #exec.step_field_place<pages, offset = 576, count = 1>, #exec.step_field_place<wanted, offset = 640, count = 2>, #exec.step_field_place<row_blocks, offset = 704, count = 3>] bytes 768 max_rows 2 max_sequences 1 max_segments 1 max_pages 1
  exec.cache layers 1 kv_heads 1 head_dim 4 format f16
  exec.weight "embed" rows 8 k 4 format f32 layout packed slices [#exec.slice<rows = 0 to 8, k = 0 to 4, offset = 4096, bytes = 256>] chunk_hashes [-1] root_hash 18446744073709551615
  exec.kernel @embed code [#exec.kernel_code<avx2, body = 0, prologue = 0, has_prologue = false>, #exec.kernel_code<avx512, body = 64, prologue = 192, has_prologue = true>] operands 3 row_block 64 column_tiles 1 scratch_bytes 128 source "model.mlir:3:4"
  exec.program @slot_c3 signals 1 arena_bytes 64 arena_bytes_without_reuse 64 {
    %x = exec.buffer "x" offset 0 row_bytes 16 rows 2
    %tokens = exec.slot step tokens
    %w = exec.slot weight "embed"
    %logits = exec.slot arena %x
    // expected-error @+1 {{expected a layer below 1, found 1}}
    %a = exec.slot key_cache layer 1
    exec.launch @embed(%tokens, %w, %logits) domain all lane compute accesses [0 read own, 1 read all, 2 write own] node "embed" flops_per_row 0.1 bytes_fixed 0.0 bytes_per_row 1.0e+22
    exec.return %logits
  }
}

// -----

// Logits in a weight.
exec.package format_version 1 compiler "" levels [avx2, avx512] {
  exec.model family "llama" name "tiny" vocab_size 8 context_length 32 layers 1 hidden_size 4 bos_id -1 eos_ids [2, 3] chat_template "" parameters 40
  exec.step_layout fields [#exec.step_field_place<counts, offset = 0, count = 8>, #exec.step_field_place<tokens, offset = 64, count = 2>, #exec.step_field_place<positions, offset = 128, count = 2>, #exec.step_field_place<row_sequence, offset = 192, count = 2>, #exec.step_field_place<row_slot, offset = 256, count = 2>, #exec.step_field_place<sequence_segments, offset = 320, count = 2>, #exec.step_field_place<segment_pages, offset = 384, count = 2>, #exec.step_field_place<segment_length, offset = 448, count = 1>, #exec.step_field_place<segment_first, offset = 512, count = 1>, #exec.step_field_place<pages, offset = 576, count = 1>, #exec.step_field_place<wanted, offset = 640, count = 2>, #exec.step_field_place<row_blocks, offset = 704, count = 3>] bytes 768 max_rows 2 max_sequences 1 max_segments 1 max_pages 1
  exec.cache layers 1 kv_heads 1 head_dim 4 format f16
  exec.weight "embed" rows 8 k 4 format f32 layout packed slices [#exec.slice<rows = 0 to 8, k = 0 to 4, offset = 4096, bytes = 256>] chunk_hashes [-1] root_hash 18446744073709551615
  exec.kernel @embed code [#exec.kernel_code<avx2, body = 0, prologue = 0, has_prologue = false>, #exec.kernel_code<avx512, body = 64, prologue = 192, has_prologue = true>] operands 3 row_block 64 column_tiles 1 scratch_bytes 128 source "model.mlir:3:4"
  exec.program @return_c1 signals 0 arena_bytes 64 arena_bytes_without_reuse 64 {
    %x = exec.buffer "x" offset 0 row_bytes 16 rows 2
    %tokens = exec.slot step tokens
    %w = exec.slot weight "embed"
    %logits = exec.slot arena %x
    exec.launch @embed(%tokens, %w, %logits) domain all lane compute accesses [0 read own, 1 read all, 2 write own] node "embed" flops_per_row 0.1 bytes_fixed 0.0 bytes_per_row 1.0e+22
    // expected-error @+1 {{expected logits in the arena, found them in weight}}
    exec.return %w
  }
}

// -----

// Logits that are no slot.
exec.package format_version 1 compiler "" levels [avx2, avx512] {
  exec.model family "llama" name "tiny" vocab_size 8 context_length 32 layers 1 hidden_size 4 bos_id -1 eos_ids [2, 3] chat_template "" parameters 40
  exec.step_layout fields [#exec.step_field_place<counts, offset = 0, count = 8>, #exec.step_field_place<tokens, offset = 64, count = 2>, #exec.step_field_place<positions, offset = 128, count = 2>, #exec.step_field_place<row_sequence, offset = 192, count = 2>, #exec.step_field_place<row_slot, offset = 256, count = 2>, #exec.step_field_place<sequence_segments, offset = 320, count = 2>, #exec.step_field_place<segment_pages, offset = 384, count = 2>, #exec.step_field_place<segment_length, offset = 448, count = 1>, #exec.step_field_place<segment_first, offset = 512, count = 1>, #exec.step_field_place<pages, offset = 576, count = 1>, #exec.step_field_place<wanted, offset = 640, count = 2>, #exec.step_field_place<row_blocks, offset = 704, count = 3>] bytes 768 max_rows 2 max_sequences 1 max_segments 1 max_pages 1
  exec.cache layers 1 kv_heads 1 head_dim 4 format f16
  exec.weight "embed" rows 8 k 4 format f32 layout packed slices [#exec.slice<rows = 0 to 8, k = 0 to 4, offset = 4096, bytes = 256>] chunk_hashes [-1] root_hash 18446744073709551615
  exec.kernel @embed code [#exec.kernel_code<avx2, body = 0, prologue = 0, has_prologue = false>, #exec.kernel_code<avx512, body = 64, prologue = 192, has_prologue = true>] operands 3 row_block 64 column_tiles 1 scratch_bytes 128 source "model.mlir:3:4"
  exec.program @return_c1_foreign signals 0 arena_bytes 64 arena_bytes_without_reuse 64 {
    %x = exec.buffer "x" offset 0 row_bytes 16 rows 2
    %tokens = exec.slot step tokens
    %w = exec.slot weight "embed"
    %logits = exec.slot arena %x
    exec.launch @embed(%tokens, %w, %logits) domain all lane compute accesses [0 read own, 1 read all, 2 write own] node "embed" flops_per_row 0.1 bytes_fixed 0.0 bytes_per_row 1.0e+22
  %f = builtin.unrealized_conversion_cast to !exec.slot
    // expected-error @+1 {{expected logits in the arena, found them in no slot}}
    exec.return %f
  }
}

// -----

// A kernel that the package lacks.
exec.package format_version 1 compiler "" levels [avx2, avx512] {
  exec.model family "llama" name "tiny" vocab_size 8 context_length 32 layers 1 hidden_size 4 bos_id -1 eos_ids [2, 3] chat_template "" parameters 40
  exec.step_layout fields [#exec.step_field_place<counts, offset = 0, count = 8>, #exec.step_field_place<tokens, offset = 64, count = 2>, #exec.step_field_place<positions, offset = 128, count = 2>, #exec.step_field_place<row_sequence, offset = 192, count = 2>, #exec.step_field_place<row_slot, offset = 256, count = 2>, #exec.step_field_place<sequence_segments, offset = 320, count = 2>, #exec.step_field_place<segment_pages, offset = 384, count = 2>, #exec.step_field_place<segment_length, offset = 448, count = 1>, #exec.step_field_place<segment_first, offset = 512, count = 1>, #exec.step_field_place<pages, offset = 576, count = 1>, #exec.step_field_place<wanted, offset = 640, count = 2>, #exec.step_field_place<row_blocks, offset = 704, count = 3>] bytes 768 max_rows 2 max_sequences 1 max_segments 1 max_pages 1
  exec.cache layers 1 kv_heads 1 head_dim 4 format f16
  exec.weight "embed" rows 8 k 4 format f32 layout packed slices [#exec.slice<rows = 0 to 8, k = 0 to 4, offset = 4096, bytes = 256>] chunk_hashes [-1] root_hash 18446744073709551615
  exec.kernel @embed code [#exec.kernel_code<avx2, body = 0, prologue = 0, has_prologue = false>, #exec.kernel_code<avx512, body = 64, prologue = 192, has_prologue = true>] operands 3 row_block 64 column_tiles 1 scratch_bytes 128 source "model.mlir:3:4"
  exec.program @launch_c1 signals 1 arena_bytes 64 arena_bytes_without_reuse 64 {
    %x = exec.buffer "x" offset 0 row_bytes 16 rows 2
    %tokens = exec.slot step tokens
    %w = exec.slot weight "embed"
    %logits = exec.slot arena %x
    // expected-error @+1 {{expected a kernel of the package, found @other}}
    exec.launch @other(%tokens, %w, %logits) domain all lane compute accesses [0 read own, 1 read all, 2 write own] node "embed" flops_per_row 0.1 bytes_fixed 0.0 bytes_per_row 1.0e+22
    exec.return %logits
  }
}

// -----

// A slot too few.
exec.package format_version 1 compiler "" levels [avx2, avx512] {
  exec.model family "llama" name "tiny" vocab_size 8 context_length 32 layers 1 hidden_size 4 bos_id -1 eos_ids [2, 3] chat_template "" parameters 40
  exec.step_layout fields [#exec.step_field_place<counts, offset = 0, count = 8>, #exec.step_field_place<tokens, offset = 64, count = 2>, #exec.step_field_place<positions, offset = 128, count = 2>, #exec.step_field_place<row_sequence, offset = 192, count = 2>, #exec.step_field_place<row_slot, offset = 256, count = 2>, #exec.step_field_place<sequence_segments, offset = 320, count = 2>, #exec.step_field_place<segment_pages, offset = 384, count = 2>, #exec.step_field_place<segment_length, offset = 448, count = 1>, #exec.step_field_place<segment_first, offset = 512, count = 1>, #exec.step_field_place<pages, offset = 576, count = 1>, #exec.step_field_place<wanted, offset = 640, count = 2>, #exec.step_field_place<row_blocks, offset = 704, count = 3>] bytes 768 max_rows 2 max_sequences 1 max_segments 1 max_pages 1
  exec.cache layers 1 kv_heads 1 head_dim 4 format f16
  exec.weight "embed" rows 8 k 4 format f32 layout packed slices [#exec.slice<rows = 0 to 8, k = 0 to 4, offset = 4096, bytes = 256>] chunk_hashes [-1] root_hash 18446744073709551615
  // expected-note @+1 {{the kernel is here}}
  exec.kernel @embed code [#exec.kernel_code<avx2, body = 0, prologue = 0, has_prologue = false>, #exec.kernel_code<avx512, body = 64, prologue = 192, has_prologue = true>] operands 3 row_block 64 column_tiles 1 scratch_bytes 128 source "model.mlir:3:4"
  exec.program @launch_c2 signals 1 arena_bytes 64 arena_bytes_without_reuse 64 {
    %x = exec.buffer "x" offset 0 row_bytes 16 rows 2
    %tokens = exec.slot step tokens
    %w = exec.slot weight "embed"
    %logits = exec.slot arena %x
    // expected-error @+1 {{expected 3 slots, one for each operand of the kernel, found 2}}
    exec.launch @embed(%tokens, %logits) domain all lane compute accesses [] node "embed" flops_per_row 0.0 bytes_fixed 0.0 bytes_per_row 0.0
    exec.return %logits
  }
}

// -----

// An access to a slot that the launch lacks.
exec.package format_version 1 compiler "" levels [avx2, avx512] {
  exec.model family "llama" name "tiny" vocab_size 8 context_length 32 layers 1 hidden_size 4 bos_id -1 eos_ids [2, 3] chat_template "" parameters 40
  exec.step_layout fields [#exec.step_field_place<counts, offset = 0, count = 8>, #exec.step_field_place<tokens, offset = 64, count = 2>, #exec.step_field_place<positions, offset = 128, count = 2>, #exec.step_field_place<row_sequence, offset = 192, count = 2>, #exec.step_field_place<row_slot, offset = 256, count = 2>, #exec.step_field_place<sequence_segments, offset = 320, count = 2>, #exec.step_field_place<segment_pages, offset = 384, count = 2>, #exec.step_field_place<segment_length, offset = 448, count = 1>, #exec.step_field_place<segment_first, offset = 512, count = 1>, #exec.step_field_place<pages, offset = 576, count = 1>, #exec.step_field_place<wanted, offset = 640, count = 2>, #exec.step_field_place<row_blocks, offset = 704, count = 3>] bytes 768 max_rows 2 max_sequences 1 max_segments 1 max_pages 1
  exec.cache layers 1 kv_heads 1 head_dim 4 format f16
  exec.weight "embed" rows 8 k 4 format f32 layout packed slices [#exec.slice<rows = 0 to 8, k = 0 to 4, offset = 4096, bytes = 256>] chunk_hashes [-1] root_hash 18446744073709551615
  exec.kernel @embed code [#exec.kernel_code<avx2, body = 0, prologue = 0, has_prologue = false>, #exec.kernel_code<avx512, body = 64, prologue = 192, has_prologue = true>] operands 3 row_block 64 column_tiles 1 scratch_bytes 128 source "model.mlir:3:4"
  exec.program @launch_c3 signals 1 arena_bytes 64 arena_bytes_without_reuse 64 {
    %x = exec.buffer "x" offset 0 row_bytes 16 rows 2
    %tokens = exec.slot step tokens
    %w = exec.slot weight "embed"
    %logits = exec.slot arena %x
    // expected-error @+1 {{expected access 2 to name a slot below 3, found 3}}
    exec.launch @embed(%tokens, %w, %logits) domain all lane compute accesses [0 read own, 1 read all, 3 write own] node "embed" flops_per_row 0.1 bytes_fixed 0.0 bytes_per_row 1.0e+22
    exec.return %logits
  }
}

// -----

// A negative cost.
exec.package format_version 1 compiler "" levels [avx2, avx512] {
  exec.model family "llama" name "tiny" vocab_size 8 context_length 32 layers 1 hidden_size 4 bos_id -1 eos_ids [2, 3] chat_template "" parameters 40
  exec.step_layout fields [#exec.step_field_place<counts, offset = 0, count = 8>, #exec.step_field_place<tokens, offset = 64, count = 2>, #exec.step_field_place<positions, offset = 128, count = 2>, #exec.step_field_place<row_sequence, offset = 192, count = 2>, #exec.step_field_place<row_slot, offset = 256, count = 2>, #exec.step_field_place<sequence_segments, offset = 320, count = 2>, #exec.step_field_place<segment_pages, offset = 384, count = 2>, #exec.step_field_place<segment_length, offset = 448, count = 1>, #exec.step_field_place<segment_first, offset = 512, count = 1>, #exec.step_field_place<pages, offset = 576, count = 1>, #exec.step_field_place<wanted, offset = 640, count = 2>, #exec.step_field_place<row_blocks, offset = 704, count = 3>] bytes 768 max_rows 2 max_sequences 1 max_segments 1 max_pages 1
  exec.cache layers 1 kv_heads 1 head_dim 4 format f16
  exec.weight "embed" rows 8 k 4 format f32 layout packed slices [#exec.slice<rows = 0 to 8, k = 0 to 4, offset = 4096, bytes = 256>] chunk_hashes [-1] root_hash 18446744073709551615
  exec.kernel @embed code [#exec.kernel_code<avx2, body = 0, prologue = 0, has_prologue = false>, #exec.kernel_code<avx512, body = 64, prologue = 192, has_prologue = true>] operands 3 row_block 64 column_tiles 1 scratch_bytes 128 source "model.mlir:3:4"
  exec.program @launch_c4 signals 1 arena_bytes 64 arena_bytes_without_reuse 64 {
    %x = exec.buffer "x" offset 0 row_bytes 16 rows 2
    %tokens = exec.slot step tokens
    %w = exec.slot weight "embed"
    %logits = exec.slot arena %x
    // expected-error @+1 {{expected bytes_fixed to be finite and not negative, found -1}}
    exec.launch @embed(%tokens, %w, %logits) domain all lane compute accesses [0 read own, 1 read all, 2 write own] node "embed" flops_per_row 0.1 bytes_fixed -1.0 bytes_per_row 1.0e+22
    exec.return %logits
  }
}

// -----

// An access to a third slot of a copy.
exec.package format_version 1 compiler "" levels [avx2, avx512] {
  exec.model family "llama" name "tiny" vocab_size 8 context_length 32 layers 1 hidden_size 4 bos_id -1 eos_ids [2, 3] chat_template "" parameters 40
  exec.step_layout fields [#exec.step_field_place<counts, offset = 0, count = 8>, #exec.step_field_place<tokens, offset = 64, count = 2>, #exec.step_field_place<positions, offset = 128, count = 2>, #exec.step_field_place<row_sequence, offset = 192, count = 2>, #exec.step_field_place<row_slot, offset = 256, count = 2>, #exec.step_field_place<sequence_segments, offset = 320, count = 2>, #exec.step_field_place<segment_pages, offset = 384, count = 2>, #exec.step_field_place<segment_length, offset = 448, count = 1>, #exec.step_field_place<segment_first, offset = 512, count = 1>, #exec.step_field_place<pages, offset = 576, count = 1>, #exec.step_field_place<wanted, offset = 640, count = 2>, #exec.step_field_place<row_blocks, offset = 704, count = 3>] bytes 768 max_rows 2 max_sequences 1 max_segments 1 max_pages 1
  exec.cache layers 1 kv_heads 1 head_dim 4 format f16
  exec.weight "embed" rows 8 k 4 format f32 layout packed slices [#exec.slice<rows = 0 to 8, k = 0 to 4, offset = 4096, bytes = 256>] chunk_hashes [-1] root_hash 18446744073709551615
  exec.kernel @embed code [#exec.kernel_code<avx2, body = 0, prologue = 0, has_prologue = false>, #exec.kernel_code<avx512, body = 64, prologue = 192, has_prologue = true>] operands 3 row_block 64 column_tiles 1 scratch_bytes 128 source "model.mlir:3:4"
  exec.program @copy_c1 signals 1 arena_bytes 64 arena_bytes_without_reuse 64 {
    %x = exec.buffer "x" offset 0 row_bytes 16 rows 2
    %tokens = exec.slot step tokens
    %w = exec.slot weight "embed"
    %logits = exec.slot arena %x
    // expected-error @+1 {{expected access 0 to name a slot below 2, found 2}}
    exec.copy %logits to %logits domain all lane memory accesses [2 read own]
    exec.return %logits
  }
}

// -----

// An access to a slot that the collective lacks.
exec.package format_version 1 compiler "" levels [avx2, avx512] {
  exec.model family "llama" name "tiny" vocab_size 8 context_length 32 layers 1 hidden_size 4 bos_id -1 eos_ids [2, 3] chat_template "" parameters 40
  exec.step_layout fields [#exec.step_field_place<counts, offset = 0, count = 8>, #exec.step_field_place<tokens, offset = 64, count = 2>, #exec.step_field_place<positions, offset = 128, count = 2>, #exec.step_field_place<row_sequence, offset = 192, count = 2>, #exec.step_field_place<row_slot, offset = 256, count = 2>, #exec.step_field_place<sequence_segments, offset = 320, count = 2>, #exec.step_field_place<segment_pages, offset = 384, count = 2>, #exec.step_field_place<segment_length, offset = 448, count = 1>, #exec.step_field_place<segment_first, offset = 512, count = 1>, #exec.step_field_place<pages, offset = 576, count = 1>, #exec.step_field_place<wanted, offset = 640, count = 2>, #exec.step_field_place<row_blocks, offset = 704, count = 3>] bytes 768 max_rows 2 max_sequences 1 max_segments 1 max_pages 1
  exec.cache layers 1 kv_heads 1 head_dim 4 format f16
  exec.weight "embed" rows 8 k 4 format f32 layout packed slices [#exec.slice<rows = 0 to 8, k = 0 to 4, offset = 4096, bytes = 256>] chunk_hashes [-1] root_hash 18446744073709551615
  exec.kernel @embed code [#exec.kernel_code<avx2, body = 0, prologue = 0, has_prologue = false>, #exec.kernel_code<avx512, body = 64, prologue = 192, has_prologue = true>] operands 3 row_block 64 column_tiles 1 scratch_bytes 128 source "model.mlir:3:4"
  exec.program @collective_c1 signals 1 arena_bytes 64 arena_bytes_without_reuse 64 {
    %x = exec.buffer "x" offset 0 row_bytes 16 rows 2
    %tokens = exec.slot step tokens
    %w = exec.slot weight "embed"
    %logits = exec.slot arena %x
    // expected-error @+1 {{expected access 0 to name a slot below 1, found 1}}
    exec.collective broadcast(%logits) domain all lane network accesses [1 read own]
    exec.return %logits
  }
}

// -----

// A signal past the last.
exec.package format_version 1 compiler "" levels [avx2, avx512] {
  exec.model family "llama" name "tiny" vocab_size 8 context_length 32 layers 1 hidden_size 4 bos_id -1 eos_ids [2, 3] chat_template "" parameters 40
  exec.step_layout fields [#exec.step_field_place<counts, offset = 0, count = 8>, #exec.step_field_place<tokens, offset = 64, count = 2>, #exec.step_field_place<positions, offset = 128, count = 2>, #exec.step_field_place<row_sequence, offset = 192, count = 2>, #exec.step_field_place<row_slot, offset = 256, count = 2>, #exec.step_field_place<sequence_segments, offset = 320, count = 2>, #exec.step_field_place<segment_pages, offset = 384, count = 2>, #exec.step_field_place<segment_length, offset = 448, count = 1>, #exec.step_field_place<segment_first, offset = 512, count = 1>, #exec.step_field_place<pages, offset = 576, count = 1>, #exec.step_field_place<wanted, offset = 640, count = 2>, #exec.step_field_place<row_blocks, offset = 704, count = 3>] bytes 768 max_rows 2 max_sequences 1 max_segments 1 max_pages 1
  exec.cache layers 1 kv_heads 1 head_dim 4 format f16
  exec.weight "embed" rows 8 k 4 format f32 layout packed slices [#exec.slice<rows = 0 to 8, k = 0 to 4, offset = 4096, bytes = 256>] chunk_hashes [-1] root_hash 18446744073709551615
  exec.kernel @embed code [#exec.kernel_code<avx2, body = 0, prologue = 0, has_prologue = false>, #exec.kernel_code<avx512, body = 64, prologue = 192, has_prologue = true>] operands 3 row_block 64 column_tiles 1 scratch_bytes 128 source "model.mlir:3:4"
  exec.program @signal_c1 signals 1 arena_bytes 64 arena_bytes_without_reuse 64 {
    %x = exec.buffer "x" offset 0 row_bytes 16 rows 2
    %tokens = exec.slot step tokens
    %w = exec.slot weight "embed"
    %logits = exec.slot arena %x
    // expected-error @+1 {{expected a signal below 1, found 1}}
    exec.signal 1 lane compute
    exec.return %logits
  }
}

// -----

// A wait for a signal past the last.
exec.package format_version 1 compiler "" levels [avx2, avx512] {
  exec.model family "llama" name "tiny" vocab_size 8 context_length 32 layers 1 hidden_size 4 bos_id -1 eos_ids [2, 3] chat_template "" parameters 40
  exec.step_layout fields [#exec.step_field_place<counts, offset = 0, count = 8>, #exec.step_field_place<tokens, offset = 64, count = 2>, #exec.step_field_place<positions, offset = 128, count = 2>, #exec.step_field_place<row_sequence, offset = 192, count = 2>, #exec.step_field_place<row_slot, offset = 256, count = 2>, #exec.step_field_place<sequence_segments, offset = 320, count = 2>, #exec.step_field_place<segment_pages, offset = 384, count = 2>, #exec.step_field_place<segment_length, offset = 448, count = 1>, #exec.step_field_place<segment_first, offset = 512, count = 1>, #exec.step_field_place<pages, offset = 576, count = 1>, #exec.step_field_place<wanted, offset = 640, count = 2>, #exec.step_field_place<row_blocks, offset = 704, count = 3>] bytes 768 max_rows 2 max_sequences 1 max_segments 1 max_pages 1
  exec.cache layers 1 kv_heads 1 head_dim 4 format f16
  exec.weight "embed" rows 8 k 4 format f32 layout packed slices [#exec.slice<rows = 0 to 8, k = 0 to 4, offset = 4096, bytes = 256>] chunk_hashes [-1] root_hash 18446744073709551615
  exec.kernel @embed code [#exec.kernel_code<avx2, body = 0, prologue = 0, has_prologue = false>, #exec.kernel_code<avx512, body = 64, prologue = 192, has_prologue = true>] operands 3 row_block 64 column_tiles 1 scratch_bytes 128 source "model.mlir:3:4"
  exec.program @wait_c1 signals 1 arena_bytes 64 arena_bytes_without_reuse 64 {
    %x = exec.buffer "x" offset 0 row_bytes 16 rows 2
    %tokens = exec.slot step tokens
    %w = exec.slot weight "embed"
    %logits = exec.slot arena %x
    // expected-error @+1 {{expected a signal below 1, found 1}}
    exec.wait 1 lane compute
    exec.return %logits
  }
}

// -----

// A branch past the end.
exec.package format_version 1 compiler "" levels [avx2, avx512] {
  exec.model family "llama" name "tiny" vocab_size 8 context_length 32 layers 1 hidden_size 4 bos_id -1 eos_ids [2, 3] chat_template "" parameters 40
  exec.step_layout fields [#exec.step_field_place<counts, offset = 0, count = 8>, #exec.step_field_place<tokens, offset = 64, count = 2>, #exec.step_field_place<positions, offset = 128, count = 2>, #exec.step_field_place<row_sequence, offset = 192, count = 2>, #exec.step_field_place<row_slot, offset = 256, count = 2>, #exec.step_field_place<sequence_segments, offset = 320, count = 2>, #exec.step_field_place<segment_pages, offset = 384, count = 2>, #exec.step_field_place<segment_length, offset = 448, count = 1>, #exec.step_field_place<segment_first, offset = 512, count = 1>, #exec.step_field_place<pages, offset = 576, count = 1>, #exec.step_field_place<wanted, offset = 640, count = 2>, #exec.step_field_place<row_blocks, offset = 704, count = 3>] bytes 768 max_rows 2 max_sequences 1 max_segments 1 max_pages 1
  exec.cache layers 1 kv_heads 1 head_dim 4 format f16
  exec.weight "embed" rows 8 k 4 format f32 layout packed slices [#exec.slice<rows = 0 to 8, k = 0 to 4, offset = 4096, bytes = 256>] chunk_hashes [-1] root_hash 18446744073709551615
  exec.kernel @embed code [#exec.kernel_code<avx2, body = 0, prologue = 0, has_prologue = false>, #exec.kernel_code<avx512, body = 64, prologue = 192, has_prologue = true>] operands 3 row_block 64 column_tiles 1 scratch_bytes 128 source "model.mlir:3:4"
  exec.program @branch_c1 signals 1 arena_bytes 64 arena_bytes_without_reuse 64 {
    %x = exec.buffer "x" offset 0 row_bytes 16 rows 2
    %tokens = exec.slot step tokens
    %w = exec.slot weight "embed"
    %logits = exec.slot arena %x
    // expected-error @+1 {{expected to skip at least 1 and at most the 1 commands that follow, found 2}}
    exec.branch prompt skip 2
    exec.launch @embed(%tokens, %w, %logits) domain all lane compute accesses [0 read own, 1 read all, 2 write own] node "embed" flops_per_row 0.1 bytes_fixed 0.0 bytes_per_row 1.0e+22
    exec.return %logits
  }
}

// -----

// A branch over nothing.
exec.package format_version 1 compiler "" levels [avx2, avx512] {
  exec.model family "llama" name "tiny" vocab_size 8 context_length 32 layers 1 hidden_size 4 bos_id -1 eos_ids [2, 3] chat_template "" parameters 40
  exec.step_layout fields [#exec.step_field_place<counts, offset = 0, count = 8>, #exec.step_field_place<tokens, offset = 64, count = 2>, #exec.step_field_place<positions, offset = 128, count = 2>, #exec.step_field_place<row_sequence, offset = 192, count = 2>, #exec.step_field_place<row_slot, offset = 256, count = 2>, #exec.step_field_place<sequence_segments, offset = 320, count = 2>, #exec.step_field_place<segment_pages, offset = 384, count = 2>, #exec.step_field_place<segment_length, offset = 448, count = 1>, #exec.step_field_place<segment_first, offset = 512, count = 1>, #exec.step_field_place<pages, offset = 576, count = 1>, #exec.step_field_place<wanted, offset = 640, count = 2>, #exec.step_field_place<row_blocks, offset = 704, count = 3>] bytes 768 max_rows 2 max_sequences 1 max_segments 1 max_pages 1
  exec.cache layers 1 kv_heads 1 head_dim 4 format f16
  exec.weight "embed" rows 8 k 4 format f32 layout packed slices [#exec.slice<rows = 0 to 8, k = 0 to 4, offset = 4096, bytes = 256>] chunk_hashes [-1] root_hash 18446744073709551615
  exec.kernel @embed code [#exec.kernel_code<avx2, body = 0, prologue = 0, has_prologue = false>, #exec.kernel_code<avx512, body = 64, prologue = 192, has_prologue = true>] operands 3 row_block 64 column_tiles 1 scratch_bytes 128 source "model.mlir:3:4"
  exec.program @branch_c1_nothing signals 1 arena_bytes 64 arena_bytes_without_reuse 64 {
    %x = exec.buffer "x" offset 0 row_bytes 16 rows 2
    %tokens = exec.slot step tokens
    %w = exec.slot weight "embed"
    %logits = exec.slot arena %x
    // expected-error @+1 {{expected to skip at least 1 and at most the 1 commands that follow, found 0}}
    exec.branch prompt skip 0
    exec.launch @embed(%tokens, %w, %logits) domain all lane compute accesses [0 read own, 1 read all, 2 write own] node "embed" flops_per_row 0.1 bytes_fixed 0.0 bytes_per_row 1.0e+22
    exec.return %logits
  }
}

// -----

// An op that is no bucket.
exec.package format_version 1 compiler "" levels [avx2, avx512] {
  exec.model family "llama" name "tiny" vocab_size 8 context_length 32 layers 1 hidden_size 4 bos_id -1 eos_ids [2, 3] chat_template "" parameters 40
  exec.step_layout fields [#exec.step_field_place<counts, offset = 0, count = 8>, #exec.step_field_place<tokens, offset = 64, count = 2>, #exec.step_field_place<positions, offset = 128, count = 2>, #exec.step_field_place<row_sequence, offset = 192, count = 2>, #exec.step_field_place<row_slot, offset = 256, count = 2>, #exec.step_field_place<sequence_segments, offset = 320, count = 2>, #exec.step_field_place<segment_pages, offset = 384, count = 2>, #exec.step_field_place<segment_length, offset = 448, count = 1>, #exec.step_field_place<segment_first, offset = 512, count = 1>, #exec.step_field_place<pages, offset = 576, count = 1>, #exec.step_field_place<wanted, offset = 640, count = 2>, #exec.step_field_place<row_blocks, offset = 704, count = 3>] bytes 768 max_rows 2 max_sequences 1 max_segments 1 max_pages 1
  exec.cache layers 1 kv_heads 1 head_dim 4 format f16
  exec.weight "embed" rows 8 k 4 format f32 layout packed slices [#exec.slice<rows = 0 to 8, k = 0 to 4, offset = 4096, bytes = 256>] chunk_hashes [-1] root_hash 18446744073709551615
  exec.kernel @embed code [#exec.kernel_code<avx2, body = 0, prologue = 0, has_prologue = false>, #exec.kernel_code<avx512, body = 64, prologue = 192, has_prologue = true>] operands 3 row_block 64 column_tiles 1 scratch_bytes 128 source "model.mlir:3:4"
  exec.program @step signals 1 arena_bytes 64 arena_bytes_without_reuse 64 {
    %x = exec.buffer "x" offset 0 row_bytes 16 rows 2
    %tokens = exec.slot step tokens
    %w = exec.slot weight "embed"
    %logits = exec.slot arena %x
    exec.launch @embed(%tokens, %w, %logits) domain all lane compute accesses [0 read own, 1 read all, 2 write own] node "embed" flops_per_row 0.1 bytes_fixed 0.0 bytes_per_row 1.0e+22
    exec.return %logits
  }
  exec.entry "step" {
    // expected-error @+1 {{expected only buckets in an entry}}
    %0 = arith.constant 0 : i32
  }
  // @entry_c1
}

// -----

// Buckets in the wrong order.
exec.package format_version 1 compiler "" levels [avx2, avx512] {
  exec.model family "llama" name "tiny" vocab_size 8 context_length 32 layers 1 hidden_size 4 bos_id -1 eos_ids [2, 3] chat_template "" parameters 40
  exec.step_layout fields [#exec.step_field_place<counts, offset = 0, count = 8>, #exec.step_field_place<tokens, offset = 64, count = 2>, #exec.step_field_place<positions, offset = 128, count = 2>, #exec.step_field_place<row_sequence, offset = 192, count = 2>, #exec.step_field_place<row_slot, offset = 256, count = 2>, #exec.step_field_place<sequence_segments, offset = 320, count = 2>, #exec.step_field_place<segment_pages, offset = 384, count = 2>, #exec.step_field_place<segment_length, offset = 448, count = 1>, #exec.step_field_place<segment_first, offset = 512, count = 1>, #exec.step_field_place<pages, offset = 576, count = 1>, #exec.step_field_place<wanted, offset = 640, count = 2>, #exec.step_field_place<row_blocks, offset = 704, count = 3>] bytes 768 max_rows 2 max_sequences 1 max_segments 1 max_pages 1
  exec.cache layers 1 kv_heads 1 head_dim 4 format f16
  exec.weight "embed" rows 8 k 4 format f32 layout packed slices [#exec.slice<rows = 0 to 8, k = 0 to 4, offset = 4096, bytes = 256>] chunk_hashes [-1] root_hash 18446744073709551615
  exec.kernel @embed code [#exec.kernel_code<avx2, body = 0, prologue = 0, has_prologue = false>, #exec.kernel_code<avx512, body = 64, prologue = 192, has_prologue = true>] operands 3 row_block 64 column_tiles 1 scratch_bytes 128 source "model.mlir:3:4"
  exec.program @step signals 1 arena_bytes 64 arena_bytes_without_reuse 64 {
    %x = exec.buffer "x" offset 0 row_bytes 16 rows 2
    %tokens = exec.slot step tokens
    %w = exec.slot weight "embed"
    %logits = exec.slot arena %x
    exec.launch @embed(%tokens, %w, %logits) domain all lane compute accesses [0 read own, 1 read all, 2 write own] node "embed" flops_per_row 0.1 bytes_fixed 0.0 bytes_per_row 1.0e+22
    exec.return %logits
  }
  exec.entry "step" {
    exec.bucket rows 2 role mixed program @step
    // expected-error @+1 {{expected buckets sorted by rows, then role, without repetition}}
    exec.bucket rows 2 role generated program @step
  }
  // @entry_c2
}

// -----

// A bucket twice.
exec.package format_version 1 compiler "" levels [avx2, avx512] {
  exec.model family "llama" name "tiny" vocab_size 8 context_length 32 layers 1 hidden_size 4 bos_id -1 eos_ids [2, 3] chat_template "" parameters 40
  exec.step_layout fields [#exec.step_field_place<counts, offset = 0, count = 8>, #exec.step_field_place<tokens, offset = 64, count = 2>, #exec.step_field_place<positions, offset = 128, count = 2>, #exec.step_field_place<row_sequence, offset = 192, count = 2>, #exec.step_field_place<row_slot, offset = 256, count = 2>, #exec.step_field_place<sequence_segments, offset = 320, count = 2>, #exec.step_field_place<segment_pages, offset = 384, count = 2>, #exec.step_field_place<segment_length, offset = 448, count = 1>, #exec.step_field_place<segment_first, offset = 512, count = 1>, #exec.step_field_place<pages, offset = 576, count = 1>, #exec.step_field_place<wanted, offset = 640, count = 2>, #exec.step_field_place<row_blocks, offset = 704, count = 3>] bytes 768 max_rows 2 max_sequences 1 max_segments 1 max_pages 1
  exec.cache layers 1 kv_heads 1 head_dim 4 format f16
  exec.weight "embed" rows 8 k 4 format f32 layout packed slices [#exec.slice<rows = 0 to 8, k = 0 to 4, offset = 4096, bytes = 256>] chunk_hashes [-1] root_hash 18446744073709551615
  exec.kernel @embed code [#exec.kernel_code<avx2, body = 0, prologue = 0, has_prologue = false>, #exec.kernel_code<avx512, body = 64, prologue = 192, has_prologue = true>] operands 3 row_block 64 column_tiles 1 scratch_bytes 128 source "model.mlir:3:4"
  exec.program @step signals 1 arena_bytes 64 arena_bytes_without_reuse 64 {
    %x = exec.buffer "x" offset 0 row_bytes 16 rows 2
    %tokens = exec.slot step tokens
    %w = exec.slot weight "embed"
    %logits = exec.slot arena %x
    exec.launch @embed(%tokens, %w, %logits) domain all lane compute accesses [0 read own, 1 read all, 2 write own] node "embed" flops_per_row 0.1 bytes_fixed 0.0 bytes_per_row 1.0e+22
    exec.return %logits
  }
  exec.entry "step" {
    exec.bucket rows 2 role mixed program @step
    // expected-error @+1 {{expected buckets sorted by rows, then role, without repetition}}
    exec.bucket rows 2 role mixed program @step
  }
  // @entry_c2_twice
}

// -----

// A bucket whose program is a kernel.
exec.package format_version 1 compiler "" levels [avx2, avx512] {
  exec.model family "llama" name "tiny" vocab_size 8 context_length 32 layers 1 hidden_size 4 bos_id -1 eos_ids [2, 3] chat_template "" parameters 40
  exec.step_layout fields [#exec.step_field_place<counts, offset = 0, count = 8>, #exec.step_field_place<tokens, offset = 64, count = 2>, #exec.step_field_place<positions, offset = 128, count = 2>, #exec.step_field_place<row_sequence, offset = 192, count = 2>, #exec.step_field_place<row_slot, offset = 256, count = 2>, #exec.step_field_place<sequence_segments, offset = 320, count = 2>, #exec.step_field_place<segment_pages, offset = 384, count = 2>, #exec.step_field_place<segment_length, offset = 448, count = 1>, #exec.step_field_place<segment_first, offset = 512, count = 1>, #exec.step_field_place<pages, offset = 576, count = 1>, #exec.step_field_place<wanted, offset = 640, count = 2>, #exec.step_field_place<row_blocks, offset = 704, count = 3>] bytes 768 max_rows 2 max_sequences 1 max_segments 1 max_pages 1
  exec.cache layers 1 kv_heads 1 head_dim 4 format f16
  exec.weight "embed" rows 8 k 4 format f32 layout packed slices [#exec.slice<rows = 0 to 8, k = 0 to 4, offset = 4096, bytes = 256>] chunk_hashes [-1] root_hash 18446744073709551615
  exec.kernel @embed code [#exec.kernel_code<avx2, body = 0, prologue = 0, has_prologue = false>, #exec.kernel_code<avx512, body = 64, prologue = 192, has_prologue = true>] operands 3 row_block 64 column_tiles 1 scratch_bytes 128 source "model.mlir:3:4"
  exec.program @step signals 1 arena_bytes 64 arena_bytes_without_reuse 64 {
    %x = exec.buffer "x" offset 0 row_bytes 16 rows 2
    %tokens = exec.slot step tokens
    %w = exec.slot weight "embed"
    %logits = exec.slot arena %x
    exec.launch @embed(%tokens, %w, %logits) domain all lane compute accesses [0 read own, 1 read all, 2 write own] node "embed" flops_per_row 0.1 bytes_fixed 0.0 bytes_per_row 1.0e+22
    exec.return %logits
  }
  exec.entry "step" {
    // expected-error @+1 {{expected a program of the package, found @embed}}
    exec.bucket rows 2 role mixed program @embed
  }
  // @bucket_c1
}

// -----

// A bucket of no rows.
exec.package format_version 1 compiler "" levels [avx2, avx512] {
  exec.model family "llama" name "tiny" vocab_size 8 context_length 32 layers 1 hidden_size 4 bos_id -1 eos_ids [2, 3] chat_template "" parameters 40
  exec.step_layout fields [#exec.step_field_place<counts, offset = 0, count = 8>, #exec.step_field_place<tokens, offset = 64, count = 2>, #exec.step_field_place<positions, offset = 128, count = 2>, #exec.step_field_place<row_sequence, offset = 192, count = 2>, #exec.step_field_place<row_slot, offset = 256, count = 2>, #exec.step_field_place<sequence_segments, offset = 320, count = 2>, #exec.step_field_place<segment_pages, offset = 384, count = 2>, #exec.step_field_place<segment_length, offset = 448, count = 1>, #exec.step_field_place<segment_first, offset = 512, count = 1>, #exec.step_field_place<pages, offset = 576, count = 1>, #exec.step_field_place<wanted, offset = 640, count = 2>, #exec.step_field_place<row_blocks, offset = 704, count = 3>] bytes 768 max_rows 2 max_sequences 1 max_segments 1 max_pages 1
  exec.cache layers 1 kv_heads 1 head_dim 4 format f16
  exec.weight "embed" rows 8 k 4 format f32 layout packed slices [#exec.slice<rows = 0 to 8, k = 0 to 4, offset = 4096, bytes = 256>] chunk_hashes [-1] root_hash 18446744073709551615
  exec.kernel @embed code [#exec.kernel_code<avx2, body = 0, prologue = 0, has_prologue = false>, #exec.kernel_code<avx512, body = 64, prologue = 192, has_prologue = true>] operands 3 row_block 64 column_tiles 1 scratch_bytes 128 source "model.mlir:3:4"
  exec.program @step signals 1 arena_bytes 64 arena_bytes_without_reuse 64 {
    %x = exec.buffer "x" offset 0 row_bytes 16 rows 2
    %tokens = exec.slot step tokens
    %w = exec.slot weight "embed"
    %logits = exec.slot arena %x
    exec.launch @embed(%tokens, %w, %logits) domain all lane compute accesses [0 read own, 1 read all, 2 write own] node "embed" flops_per_row 0.1 bytes_fixed 0.0 bytes_per_row 1.0e+22
    exec.return %logits
  }
  exec.entry "step" {
    // expected-error @+1 {{expected positive rows, found 0}}
    exec.bucket rows 0 role mixed program @step
  }
  // @bucket_c2
}
