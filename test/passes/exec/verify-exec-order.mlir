// RUN: sennit-opt %s --exec-verify-exec -split-input-file -verify-diagnostics -o /dev/null

// Buffers that share bytes while both are in use: the copy reads one and writes the other.
exec.package format_version 1 compiler "" levels [] {
  exec.model family "llama" name "" vocab_size 8 context_length 32 layers 1 hidden_size 4 bos_id -1 eos_ids [] chat_template "" parameters 0
  exec.step_layout fields [#exec.step_field_place<counts, offset = 0, count = 8>, #exec.step_field_place<tokens, offset = 64, count = 3>, #exec.step_field_place<positions, offset = 128, count = 3>, #exec.step_field_place<row_sequence, offset = 192, count = 3>, #exec.step_field_place<row_slot, offset = 256, count = 3>, #exec.step_field_place<sequence_segments, offset = 320, count = 2>, #exec.step_field_place<segment_pages, offset = 384, count = 2>, #exec.step_field_place<segment_length, offset = 448, count = 1>, #exec.step_field_place<segment_first, offset = 512, count = 1>, #exec.step_field_place<pages, offset = 576, count = 1>, #exec.step_field_place<wanted, offset = 640, count = 3>, #exec.step_field_place<row_blocks, offset = 704, count = 4>] bytes 768 max_rows 3 max_sequences 1 max_segments 1 max_pages 1
  exec.cache layers 1 kv_heads 1 head_dim 4 format f16
  exec.weight "w" rows 1 k 4 format f32 layout rows slices [#exec.slice<rows = 0 to 1, k = 0 to 4, offset = 0, bytes = 0>] chunk_hashes [] root_hash 0
  exec.kernel @k0 code [] operands 1 row_block 0 column_tiles 0 scratch_bytes 0 source ""
  exec.kernel @k1 code [] operands 2 row_block 0 column_tiles 0 scratch_bytes 0 source ""
  exec.kernel @k2 code [] operands 3 row_block 0 column_tiles 0 scratch_bytes 0 source ""
  exec.program @step signals 0 arena_bytes 192 arena_bytes_without_reuse 192 {
    // expected-note @+1 {{the other buffer is here}}
    %ba = exec.buffer "a" offset 0 row_bytes 16 rows 3
    // expected-error @+1 {{expected buffer 'b' to share no byte with 'a', which is in use at the same time, found them at 0 and 0}}
    %bb = exec.buffer "b" offset 0 row_bytes 16 rows 3
    %bc = exec.buffer "c" offset 128 row_bytes 16 rows 3
    %tokens = exec.slot step tokens
    %a = exec.slot arena %ba
    %b = exec.slot arena %bb
    %c = exec.slot arena %bc
    exec.launch @k1(%tokens, %a) domain all lane compute accesses [0 read own, 1 write own] node "first" flops_per_row 0.0 bytes_fixed 0.0 bytes_per_row 0.0
    exec.copy %a to %b domain all lane compute accesses [0 read own, 1 write own]
    exec.copy %b to %c domain all lane compute accesses [0 read own, 1 write own]
    exec.return %c
  }
  exec.entry "step" {
    exec.bucket rows 1 role generated program @step
    exec.bucket rows 1 role mixed program @step
    exec.bucket rows 1 role prompt program @step
    exec.bucket rows 2 role generated program @step
    exec.bucket rows 2 role mixed program @step
    exec.bucket rows 2 role prompt program @step
    exec.bucket rows 3 role generated program @step
    exec.bucket rows 3 role mixed program @step
    exec.bucket rows 3 role prompt program @step
  }
}

// -----

// A buffer that shares its last byte only.
exec.package format_version 1 compiler "" levels [] {
  exec.model family "llama" name "" vocab_size 8 context_length 32 layers 1 hidden_size 4 bos_id -1 eos_ids [] chat_template "" parameters 0
  exec.step_layout fields [#exec.step_field_place<counts, offset = 0, count = 8>, #exec.step_field_place<tokens, offset = 64, count = 3>, #exec.step_field_place<positions, offset = 128, count = 3>, #exec.step_field_place<row_sequence, offset = 192, count = 3>, #exec.step_field_place<row_slot, offset = 256, count = 3>, #exec.step_field_place<sequence_segments, offset = 320, count = 2>, #exec.step_field_place<segment_pages, offset = 384, count = 2>, #exec.step_field_place<segment_length, offset = 448, count = 1>, #exec.step_field_place<segment_first, offset = 512, count = 1>, #exec.step_field_place<pages, offset = 576, count = 1>, #exec.step_field_place<wanted, offset = 640, count = 3>, #exec.step_field_place<row_blocks, offset = 704, count = 4>] bytes 768 max_rows 3 max_sequences 1 max_segments 1 max_pages 1
  exec.cache layers 1 kv_heads 1 head_dim 4 format f16
  exec.weight "w" rows 1 k 4 format f32 layout rows slices [#exec.slice<rows = 0 to 1, k = 0 to 4, offset = 0, bytes = 0>] chunk_hashes [] root_hash 0
  exec.kernel @k0 code [] operands 1 row_block 0 column_tiles 0 scratch_bytes 0 source ""
  exec.kernel @k1 code [] operands 2 row_block 0 column_tiles 0 scratch_bytes 0 source ""
  exec.kernel @k2 code [] operands 3 row_block 0 column_tiles 0 scratch_bytes 0 source ""
  exec.program @step signals 0 arena_bytes 192 arena_bytes_without_reuse 192 {
    // expected-note @+1 {{the other buffer is here}}
    %ba = exec.buffer "a" offset 0 row_bytes 22 rows 3
    // expected-error @+1 {{expected buffer 'b' to share no byte with 'a'}}
    %bb = exec.buffer "b" offset 64 row_bytes 16 rows 3
    %bc = exec.buffer "c" offset 128 row_bytes 16 rows 3
    %tokens = exec.slot step tokens
    %a = exec.slot arena %ba
    %b = exec.slot arena %bb
    %c = exec.slot arena %bc
    exec.launch @k1(%tokens, %a) domain all lane compute accesses [0 read own, 1 write own] node "first" flops_per_row 0.0 bytes_fixed 0.0 bytes_per_row 0.0
    exec.copy %a to %b domain all lane compute accesses [0 read own, 1 write own]
    exec.copy %b to %c domain all lane compute accesses [0 read own, 1 write own]
    exec.return %c
  }
  exec.entry "step" {
    exec.bucket rows 1 role generated program @step
    exec.bucket rows 1 role mixed program @step
    exec.bucket rows 1 role prompt program @step
    exec.bucket rows 2 role generated program @step
    exec.bucket rows 2 role mixed program @step
    exec.bucket rows 2 role prompt program @step
    exec.bucket rows 3 role generated program @step
    exec.bucket rows 3 role mixed program @step
    exec.bucket rows 3 role prompt program @step
  }
}

// -----

// The logits are in use to the end.
exec.package format_version 1 compiler "" levels [] {
  exec.model family "llama" name "" vocab_size 8 context_length 32 layers 1 hidden_size 4 bos_id -1 eos_ids [] chat_template "" parameters 0
  exec.step_layout fields [#exec.step_field_place<counts, offset = 0, count = 8>, #exec.step_field_place<tokens, offset = 64, count = 3>, #exec.step_field_place<positions, offset = 128, count = 3>, #exec.step_field_place<row_sequence, offset = 192, count = 3>, #exec.step_field_place<row_slot, offset = 256, count = 3>, #exec.step_field_place<sequence_segments, offset = 320, count = 2>, #exec.step_field_place<segment_pages, offset = 384, count = 2>, #exec.step_field_place<segment_length, offset = 448, count = 1>, #exec.step_field_place<segment_first, offset = 512, count = 1>, #exec.step_field_place<pages, offset = 576, count = 1>, #exec.step_field_place<wanted, offset = 640, count = 3>, #exec.step_field_place<row_blocks, offset = 704, count = 4>] bytes 768 max_rows 3 max_sequences 1 max_segments 1 max_pages 1
  exec.cache layers 1 kv_heads 1 head_dim 4 format f16
  exec.weight "w" rows 1 k 4 format f32 layout rows slices [#exec.slice<rows = 0 to 1, k = 0 to 4, offset = 0, bytes = 0>] chunk_hashes [] root_hash 0
  exec.kernel @k0 code [] operands 1 row_block 0 column_tiles 0 scratch_bytes 0 source ""
  exec.kernel @k1 code [] operands 2 row_block 0 column_tiles 0 scratch_bytes 0 source ""
  exec.kernel @k2 code [] operands 3 row_block 0 column_tiles 0 scratch_bytes 0 source ""
  exec.program @step signals 0 arena_bytes 128 arena_bytes_without_reuse 192 {
    // expected-note @+1 {{the other buffer is here}}
    %ba = exec.buffer "a" offset 0 row_bytes 16 rows 3
    %bb = exec.buffer "b" offset 64 row_bytes 16 rows 3
    // expected-error @+1 {{expected buffer 'c' to share no byte with 'a', which is in use at the same time}}
    %bc = exec.buffer "c" offset 0 row_bytes 16 rows 3
    %tokens = exec.slot step tokens
    %a = exec.slot arena %ba
    %b = exec.slot arena %bb
    %c = exec.slot arena %bc
    exec.launch @k1(%tokens, %a) domain all lane compute accesses [0 read own, 1 write own] node "first" flops_per_row 0.0 bytes_fixed 0.0 bytes_per_row 0.0
    exec.copy %a to %b domain all lane compute accesses [0 read own, 1 write own]
    exec.copy %b to %c domain all lane compute accesses [0 read own, 1 write own]
    exec.return %a
  }
  exec.entry "step" {
    exec.bucket rows 1 role generated program @step
    exec.bucket rows 1 role mixed program @step
    exec.bucket rows 1 role prompt program @step
    exec.bucket rows 2 role generated program @step
    exec.bucket rows 2 role mixed program @step
    exec.bucket rows 2 role prompt program @step
    exec.bucket rows 3 role generated program @step
    exec.bucket rows 3 role mixed program @step
    exec.bucket rows 3 role prompt program @step
  }
}

// -----

// Lanes that are not ordered are in use at the same time.
exec.package format_version 1 compiler "" levels [] {
  exec.model family "llama" name "" vocab_size 8 context_length 32 layers 1 hidden_size 4 bos_id -1 eos_ids [] chat_template "" parameters 0
  exec.step_layout fields [#exec.step_field_place<counts, offset = 0, count = 8>, #exec.step_field_place<tokens, offset = 64, count = 3>, #exec.step_field_place<positions, offset = 128, count = 3>, #exec.step_field_place<row_sequence, offset = 192, count = 3>, #exec.step_field_place<row_slot, offset = 256, count = 3>, #exec.step_field_place<sequence_segments, offset = 320, count = 2>, #exec.step_field_place<segment_pages, offset = 384, count = 2>, #exec.step_field_place<segment_length, offset = 448, count = 1>, #exec.step_field_place<segment_first, offset = 512, count = 1>, #exec.step_field_place<pages, offset = 576, count = 1>, #exec.step_field_place<wanted, offset = 640, count = 3>, #exec.step_field_place<row_blocks, offset = 704, count = 4>] bytes 768 max_rows 3 max_sequences 1 max_segments 1 max_pages 1
  exec.cache layers 1 kv_heads 1 head_dim 4 format f16
  exec.weight "w" rows 1 k 4 format f32 layout rows slices [#exec.slice<rows = 0 to 1, k = 0 to 4, offset = 0, bytes = 0>] chunk_hashes [] root_hash 0
  exec.kernel @k0 code [] operands 1 row_block 0 column_tiles 0 scratch_bytes 0 source ""
  exec.kernel @k1 code [] operands 2 row_block 0 column_tiles 0 scratch_bytes 0 source ""
  exec.kernel @k2 code [] operands 3 row_block 0 column_tiles 0 scratch_bytes 0 source ""
  exec.program @step signals 0 arena_bytes 128 arena_bytes_without_reuse 192 {
    // expected-note @+1 {{the other buffer is here}}
    %ba = exec.buffer "a" offset 0 row_bytes 16 rows 3
    %bb = exec.buffer "b" offset 64 row_bytes 16 rows 3
    // expected-error @+1 {{expected buffer 'c' to share no byte with 'a', which is in use at the same time}}
    %bc = exec.buffer "c" offset 0 row_bytes 16 rows 3
    %tokens = exec.slot step tokens
    %a = exec.slot arena %ba
    %b = exec.slot arena %bb
    %c = exec.slot arena %bc
    exec.launch @k1(%tokens, %a) domain all lane compute accesses [0 read own, 1 write own] node "first" flops_per_row 0.0 bytes_fixed 0.0 bytes_per_row 0.0
    exec.copy %a to %b domain all lane compute accesses [0 read own, 1 write own]
    exec.launch @k1(%tokens, %c) domain all lane memory accesses [0 read own, 1 write own] node "other" flops_per_row 0.0 bytes_fixed 0.0 bytes_per_row 0.0
    exec.return %c
  }
  exec.entry "step" {
    exec.bucket rows 1 role generated program @step
    exec.bucket rows 1 role mixed program @step
    exec.bucket rows 1 role prompt program @step
    exec.bucket rows 2 role generated program @step
    exec.bucket rows 2 role mixed program @step
    exec.bucket rows 2 role prompt program @step
    exec.bucket rows 3 role generated program @step
    exec.bucket rows 3 role mixed program @step
    exec.bucket rows 3 role prompt program @step
  }
}

// -----

// Signals that are never raised, raised twice, never awaited, awaited before they are raised.
exec.package format_version 1 compiler "" levels [] {
  exec.model family "llama" name "" vocab_size 8 context_length 32 layers 1 hidden_size 4 bos_id -1 eos_ids [] chat_template "" parameters 0
  exec.step_layout fields [#exec.step_field_place<counts, offset = 0, count = 8>, #exec.step_field_place<tokens, offset = 64, count = 3>, #exec.step_field_place<positions, offset = 128, count = 3>, #exec.step_field_place<row_sequence, offset = 192, count = 3>, #exec.step_field_place<row_slot, offset = 256, count = 3>, #exec.step_field_place<sequence_segments, offset = 320, count = 2>, #exec.step_field_place<segment_pages, offset = 384, count = 2>, #exec.step_field_place<segment_length, offset = 448, count = 1>, #exec.step_field_place<segment_first, offset = 512, count = 1>, #exec.step_field_place<pages, offset = 576, count = 1>, #exec.step_field_place<wanted, offset = 640, count = 3>, #exec.step_field_place<row_blocks, offset = 704, count = 4>] bytes 768 max_rows 3 max_sequences 1 max_segments 1 max_pages 1
  exec.cache layers 1 kv_heads 1 head_dim 4 format f16
  exec.weight "w" rows 1 k 4 format f32 layout rows slices [#exec.slice<rows = 0 to 1, k = 0 to 4, offset = 0, bytes = 0>] chunk_hashes [] root_hash 0
  exec.kernel @k0 code [] operands 1 row_block 0 column_tiles 0 scratch_bytes 0 source ""
  exec.kernel @k1 code [] operands 2 row_block 0 column_tiles 0 scratch_bytes 0 source ""
  exec.kernel @k2 code [] operands 3 row_block 0 column_tiles 0 scratch_bytes 0 source ""
  // expected-error @+4 {{expected signal 0 to be raised once, found 0 times}}
  // expected-error @+3 {{expected a wait for signal 0, found none}}
  // expected-error @+2 {{expected signal 1 to be raised once, found 2 times}}
  // expected-error @+1 {{expected a wait for signal 2, found none}}
  exec.program @step signals 4 arena_bytes 192 arena_bytes_without_reuse 192 {
    %ba = exec.buffer "a" offset 0 row_bytes 16 rows 3
    %bb = exec.buffer "b" offset 64 row_bytes 16 rows 3
    %bc = exec.buffer "c" offset 128 row_bytes 16 rows 3
    %tokens = exec.slot step tokens
    %a = exec.slot arena %ba
    %b = exec.slot arena %bb
    %c = exec.slot arena %bc
    exec.launch @k1(%tokens, %a) domain all lane compute accesses [0 read own, 1 write own] node "first" flops_per_row 0.0 bytes_fixed 0.0 bytes_per_row 0.0
    exec.copy %a to %b domain all lane compute accesses [0 read own, 1 write own]
    exec.copy %b to %c domain all lane compute accesses [0 read own, 1 write own]
    exec.signal 1 lane compute
    exec.signal 1 lane compute
    exec.wait 1 lane memory
    exec.signal 2 lane compute
    // expected-error @+1 {{expected the wait for signal 3 after it is raised, found it before}}
    exec.wait 3 lane memory
    exec.signal 3 lane compute
    exec.return %c
  }
  exec.entry "step" {
    exec.bucket rows 1 role generated program @step
    exec.bucket rows 1 role mixed program @step
    exec.bucket rows 1 role prompt program @step
    exec.bucket rows 2 role generated program @step
    exec.bucket rows 2 role mixed program @step
    exec.bucket rows 2 role prompt program @step
    exec.bucket rows 3 role generated program @step
    exec.bucket rows 3 role mixed program @step
    exec.bucket rows 3 role prompt program @step
  }
}

// -----

// A branch that skips a signal and leaves its wait.
exec.package format_version 1 compiler "" levels [] {
  exec.model family "llama" name "" vocab_size 8 context_length 32 layers 1 hidden_size 4 bos_id -1 eos_ids [] chat_template "" parameters 0
  exec.step_layout fields [#exec.step_field_place<counts, offset = 0, count = 8>, #exec.step_field_place<tokens, offset = 64, count = 3>, #exec.step_field_place<positions, offset = 128, count = 3>, #exec.step_field_place<row_sequence, offset = 192, count = 3>, #exec.step_field_place<row_slot, offset = 256, count = 3>, #exec.step_field_place<sequence_segments, offset = 320, count = 2>, #exec.step_field_place<segment_pages, offset = 384, count = 2>, #exec.step_field_place<segment_length, offset = 448, count = 1>, #exec.step_field_place<segment_first, offset = 512, count = 1>, #exec.step_field_place<pages, offset = 576, count = 1>, #exec.step_field_place<wanted, offset = 640, count = 3>, #exec.step_field_place<row_blocks, offset = 704, count = 4>] bytes 768 max_rows 3 max_sequences 1 max_segments 1 max_pages 1
  exec.cache layers 1 kv_heads 1 head_dim 4 format f16
  exec.weight "w" rows 1 k 4 format f32 layout rows slices [#exec.slice<rows = 0 to 1, k = 0 to 4, offset = 0, bytes = 0>] chunk_hashes [] root_hash 0
  exec.kernel @k0 code [] operands 1 row_block 0 column_tiles 0 scratch_bytes 0 source ""
  exec.kernel @k1 code [] operands 2 row_block 0 column_tiles 0 scratch_bytes 0 source ""
  exec.kernel @k2 code [] operands 3 row_block 0 column_tiles 0 scratch_bytes 0 source ""
  exec.program @step signals 1 arena_bytes 192 arena_bytes_without_reuse 192 {
    %ba = exec.buffer "a" offset 0 row_bytes 16 rows 3
    %bb = exec.buffer "b" offset 64 row_bytes 16 rows 3
    %bc = exec.buffer "c" offset 128 row_bytes 16 rows 3
    %tokens = exec.slot step tokens
    %a = exec.slot arena %ba
    %b = exec.slot arena %bb
    %c = exec.slot arena %bc
    exec.launch @k1(%tokens, %a) domain all lane compute accesses [0 read own, 1 write own] node "first" flops_per_row 0.0 bytes_fixed 0.0 bytes_per_row 0.0
    exec.copy %a to %b domain all lane compute accesses [0 read own, 1 write own]
    exec.copy %b to %c domain all lane compute accesses [0 read own, 1 write own]
    // expected-error @+1 {{expected the branch to skip the wait for signal 0 along with the signal, found it outside}}
    exec.branch prompt skip 1
    exec.signal 0 lane compute
    exec.wait 0 lane memory
    exec.return %c
  }
  exec.entry "step" {
    exec.bucket rows 1 role generated program @step
    exec.bucket rows 1 role mixed program @step
    exec.bucket rows 1 role prompt program @step
    exec.bucket rows 2 role generated program @step
    exec.bucket rows 2 role mixed program @step
    exec.bucket rows 2 role prompt program @step
    exec.bucket rows 3 role generated program @step
    exec.bucket rows 3 role mixed program @step
    exec.bucket rows 3 role prompt program @step
  }
}

// -----

// A branch that skips both.
exec.package format_version 1 compiler "" levels [] {
  exec.model family "llama" name "" vocab_size 8 context_length 32 layers 1 hidden_size 4 bos_id -1 eos_ids [] chat_template "" parameters 0
  exec.step_layout fields [#exec.step_field_place<counts, offset = 0, count = 8>, #exec.step_field_place<tokens, offset = 64, count = 3>, #exec.step_field_place<positions, offset = 128, count = 3>, #exec.step_field_place<row_sequence, offset = 192, count = 3>, #exec.step_field_place<row_slot, offset = 256, count = 3>, #exec.step_field_place<sequence_segments, offset = 320, count = 2>, #exec.step_field_place<segment_pages, offset = 384, count = 2>, #exec.step_field_place<segment_length, offset = 448, count = 1>, #exec.step_field_place<segment_first, offset = 512, count = 1>, #exec.step_field_place<pages, offset = 576, count = 1>, #exec.step_field_place<wanted, offset = 640, count = 3>, #exec.step_field_place<row_blocks, offset = 704, count = 4>] bytes 768 max_rows 3 max_sequences 1 max_segments 1 max_pages 1
  exec.cache layers 1 kv_heads 1 head_dim 4 format f16
  exec.weight "w" rows 1 k 4 format f32 layout rows slices [#exec.slice<rows = 0 to 1, k = 0 to 4, offset = 0, bytes = 0>] chunk_hashes [] root_hash 0
  exec.kernel @k0 code [] operands 1 row_block 0 column_tiles 0 scratch_bytes 0 source ""
  exec.kernel @k1 code [] operands 2 row_block 0 column_tiles 0 scratch_bytes 0 source ""
  exec.kernel @k2 code [] operands 3 row_block 0 column_tiles 0 scratch_bytes 0 source ""
  exec.program @step signals 1 arena_bytes 192 arena_bytes_without_reuse 192 {
    %ba = exec.buffer "a" offset 0 row_bytes 16 rows 3
    %bb = exec.buffer "b" offset 64 row_bytes 16 rows 3
    %bc = exec.buffer "c" offset 128 row_bytes 16 rows 3
    %tokens = exec.slot step tokens
    %a = exec.slot arena %ba
    %b = exec.slot arena %bb
    %c = exec.slot arena %bc
    exec.launch @k1(%tokens, %a) domain all lane compute accesses [0 read own, 1 write own] node "first" flops_per_row 0.0 bytes_fixed 0.0 bytes_per_row 0.0
    exec.copy %a to %b domain all lane compute accesses [0 read own, 1 write own]
    exec.copy %b to %c domain all lane compute accesses [0 read own, 1 write own]
    exec.branch prompt skip 2
    exec.signal 0 lane compute
    exec.wait 0 lane memory
    exec.return %c
  }
  exec.entry "step" {
    exec.bucket rows 1 role generated program @step
    exec.bucket rows 1 role mixed program @step
    exec.bucket rows 1 role prompt program @step
    exec.bucket rows 2 role generated program @step
    exec.bucket rows 2 role mixed program @step
    exec.bucket rows 2 role prompt program @step
    exec.bucket rows 3 role generated program @step
    exec.bucket rows 3 role mixed program @step
    exec.bucket rows 3 role prompt program @step
  }
}

// -----

// Buckets that are missing, and one too many.
exec.package format_version 1 compiler "" levels [] {
  exec.model family "llama" name "" vocab_size 8 context_length 32 layers 1 hidden_size 4 bos_id -1 eos_ids [] chat_template "" parameters 0
  exec.step_layout fields [#exec.step_field_place<counts, offset = 0, count = 8>, #exec.step_field_place<tokens, offset = 64, count = 3>, #exec.step_field_place<positions, offset = 128, count = 3>, #exec.step_field_place<row_sequence, offset = 192, count = 3>, #exec.step_field_place<row_slot, offset = 256, count = 3>, #exec.step_field_place<sequence_segments, offset = 320, count = 2>, #exec.step_field_place<segment_pages, offset = 384, count = 2>, #exec.step_field_place<segment_length, offset = 448, count = 1>, #exec.step_field_place<segment_first, offset = 512, count = 1>, #exec.step_field_place<pages, offset = 576, count = 1>, #exec.step_field_place<wanted, offset = 640, count = 3>, #exec.step_field_place<row_blocks, offset = 704, count = 4>] bytes 768 max_rows 3 max_sequences 1 max_segments 1 max_pages 1
  exec.cache layers 1 kv_heads 1 head_dim 4 format f16
  exec.weight "w" rows 1 k 4 format f32 layout rows slices [#exec.slice<rows = 0 to 1, k = 0 to 4, offset = 0, bytes = 0>] chunk_hashes [] root_hash 0
  exec.kernel @k0 code [] operands 1 row_block 0 column_tiles 0 scratch_bytes 0 source ""
  exec.kernel @k1 code [] operands 2 row_block 0 column_tiles 0 scratch_bytes 0 source ""
  exec.kernel @k2 code [] operands 3 row_block 0 column_tiles 0 scratch_bytes 0 source ""
  exec.program @step signals 0 arena_bytes 192 arena_bytes_without_reuse 192 {
    %ba = exec.buffer "a" offset 0 row_bytes 16 rows 3
    %bb = exec.buffer "b" offset 64 row_bytes 16 rows 3
    %bc = exec.buffer "c" offset 128 row_bytes 16 rows 3
    %tokens = exec.slot step tokens
    %a = exec.slot arena %ba
    %b = exec.slot arena %bb
    %c = exec.slot arena %bc
    exec.launch @k1(%tokens, %a) domain all lane compute accesses [0 read own, 1 write own] node "first" flops_per_row 0.0 bytes_fixed 0.0 bytes_per_row 0.0
    exec.copy %a to %b domain all lane compute accesses [0 read own, 1 write own]
    exec.copy %b to %c domain all lane compute accesses [0 read own, 1 write own]
    exec.return %c
  }
  // expected-error @+3 {{expected a bucket of 2 rows for role mixed, found none}}
  // expected-error @+2 {{expected a bucket of 3 rows for role mixed, found none}}
  // expected-error @+1 {{expected a bucket of 3 rows for role prompt, found none}}
  exec.entry "step" {
    exec.bucket rows 1 role generated program @step
    exec.bucket rows 1 role mixed program @step
    exec.bucket rows 1 role prompt program @step
    exec.bucket rows 2 role generated program @step
    exec.bucket rows 2 role prompt program @step
    exec.bucket rows 3 role generated program @step
    // expected-error @+1 {{expected buckets of 1, 2, 4, ... and 3 rows, found 4}}
    exec.bucket rows 4 role mixed program @step
  }
}

// -----

// Kernels without code in a package that has a level.
exec.package format_version 1 compiler "" levels [avx2] {
  exec.model family "llama" name "" vocab_size 8 context_length 32 layers 1 hidden_size 4 bos_id -1 eos_ids [] chat_template "" parameters 0
  exec.step_layout fields [#exec.step_field_place<counts, offset = 0, count = 8>, #exec.step_field_place<tokens, offset = 64, count = 3>, #exec.step_field_place<positions, offset = 128, count = 3>, #exec.step_field_place<row_sequence, offset = 192, count = 3>, #exec.step_field_place<row_slot, offset = 256, count = 3>, #exec.step_field_place<sequence_segments, offset = 320, count = 2>, #exec.step_field_place<segment_pages, offset = 384, count = 2>, #exec.step_field_place<segment_length, offset = 448, count = 1>, #exec.step_field_place<segment_first, offset = 512, count = 1>, #exec.step_field_place<pages, offset = 576, count = 1>, #exec.step_field_place<wanted, offset = 640, count = 3>, #exec.step_field_place<row_blocks, offset = 704, count = 4>] bytes 768 max_rows 3 max_sequences 1 max_segments 1 max_pages 1
  exec.cache layers 1 kv_heads 1 head_dim 4 format f16
  exec.weight "w" rows 1 k 4 format f32 layout rows slices [#exec.slice<rows = 0 to 1, k = 0 to 4, offset = 0, bytes = 0>] chunk_hashes [] root_hash 0
  exec.kernel @k0 code [#exec.kernel_code<avx2, body = 0, prologue = 0, has_prologue = false>] operands 1 row_block 8 column_tiles 1 scratch_bytes 0 source ""
  // expected-error @+1 {{expected code, a row block and column tiles of kernel @k1, found 1, 0 and 1}}
  exec.kernel @k1 code [#exec.kernel_code<avx2, body = 0, prologue = 0, has_prologue = false>] operands 2 row_block 0 column_tiles 1 scratch_bytes 0 source ""
  // expected-error @+1 {{expected code, a row block and column tiles of kernel @k2, found 0, 0 and 0}}
  exec.kernel @k2 code [] operands 3 row_block 0 column_tiles 0 scratch_bytes 0 source ""
  exec.program @step signals 0 arena_bytes 192 arena_bytes_without_reuse 192 {
    %ba = exec.buffer "a" offset 0 row_bytes 16 rows 3
    %bb = exec.buffer "b" offset 64 row_bytes 16 rows 3
    %bc = exec.buffer "c" offset 128 row_bytes 16 rows 3
    %tokens = exec.slot step tokens
    %a = exec.slot arena %ba
    %b = exec.slot arena %bb
    %c = exec.slot arena %bc
    exec.launch @k1(%tokens, %a) domain all lane compute accesses [0 read own, 1 write own] node "first" flops_per_row 0.0 bytes_fixed 0.0 bytes_per_row 0.0
    exec.copy %a to %b domain all lane compute accesses [0 read own, 1 write own]
    exec.copy %b to %c domain all lane compute accesses [0 read own, 1 write own]
    exec.return %c
  }
  exec.entry "step" {
    exec.bucket rows 1 role generated program @step
    exec.bucket rows 1 role mixed program @step
    exec.bucket rows 1 role prompt program @step
    exec.bucket rows 2 role generated program @step
    exec.bucket rows 2 role mixed program @step
    exec.bucket rows 2 role prompt program @step
    exec.bucket rows 3 role generated program @step
    exec.bucket rows 3 role mixed program @step
    exec.bucket rows 3 role prompt program @step
  }
}
