// RUN: sennit-opt %s --exec-verify-exec -split-input-file -verify-diagnostics -o /dev/null

// Pieces that follow each other, in both roles.
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
    exec.launch @k1(%tokens, %a) domain all rows 0 to 1 lane compute accesses [0 read own, 1 write own] node "first" flops_per_row 0.0 bytes_fixed 0.0 bytes_per_row 0.0
    exec.launch @k1(%tokens, %a) domain all rows 1 to max lane compute accesses [0 read own, 1 write own] node "first" flops_per_row 0.0 bytes_fixed 0.0 bytes_per_row 0.0
    exec.copy %a to %b domain generated rows 0 to 2 lane compute accesses [0 read own, 1 write own]
    exec.copy %a to %b domain generated rows 2 to max lane compute accesses [0 read own, 1 write own]
    exec.copy %a to %b domain prompt lane compute accesses [0 read own, 1 write own]
    exec.copy %b to %c domain all rows 0 to 1 lane compute accesses [0 read own, 1 write own]
    exec.copy %b to %c domain all rows 1 to 3 lane compute accesses [0 read own, 1 write own]
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

// A row that no piece writes.
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
    exec.launch @k1(%tokens, %a) domain all rows 0 to 1 lane compute accesses [0 read own, 1 write own] node "first" flops_per_row 0.0 bytes_fixed 0.0 bytes_per_row 0.0
    exec.launch @k1(%tokens, %a) domain all rows 2 to max lane compute accesses [0 read own, 1 write own] node "first" flops_per_row 0.0 bytes_fixed 0.0 bytes_per_row 0.0
    // expected-error @+1 {{expected a write of buffer 'a' before copy reads it, found none of generated row 1}}
    exec.copy %a to %c domain all lane compute accesses [0 read own, 1 write own]
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

// Only the first rows are written.
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
    exec.launch @k1(%tokens, %a) domain all rows 0 to 2 lane compute accesses [0 read own, 1 write own] node "first" flops_per_row 0.0 bytes_fixed 0.0 bytes_per_row 0.0
    exec.copy %a to %c domain all rows 0 to 2 lane compute accesses [0 read own, 1 write own]
    // expected-error @+1 {{expected a write of buffer 'a' before copy reads it, found none of generated row 2}}
    exec.copy %a to %c domain all rows 2 to max lane compute accesses [0 read own, 1 write own]
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

// Prompt rows that no command writes are read in steps that have them,
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
    exec.launch @k1(%tokens, %a) domain generated lane compute accesses [0 read own, 1 write own] node "first" flops_per_row 0.0 bytes_fixed 0.0 bytes_per_row 0.0
    // expected-error @+1 {{expected a write of buffer 'a' before copy reads it, found none of prompt row 0}}
    exec.copy %a to %c domain all lane compute accesses [0 read own, 1 write own]
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

// and not in steps of generated rows.
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
    exec.launch @k1(%tokens, %a) domain generated lane compute accesses [0 read own, 1 write own] node "first" flops_per_row 0.0 bytes_fixed 0.0 bytes_per_row 0.0
    exec.copy %a to %c domain all lane compute accesses [0 read own, 1 write own]
    exec.return %c
  }
  exec.program @other signals 0 arena_bytes 192 arena_bytes_without_reuse 192 {
    %ba = exec.buffer "a" offset 0 row_bytes 16 rows 3
    %bb = exec.buffer "b" offset 64 row_bytes 16 rows 3
    %bc = exec.buffer "c" offset 128 row_bytes 16 rows 3
    %tokens = exec.slot step tokens
    %a = exec.slot arena %ba
    %b = exec.slot arena %bb
    %c = exec.slot arena %bc
    exec.launch @k1(%tokens, %a) domain all lane compute accesses [0 read own, 1 write own] node "first" flops_per_row 0.0 bytes_fixed 0.0 bytes_per_row 0.0
    exec.copy %a to %c domain all lane compute accesses [0 read own, 1 write own]
    exec.return %c
  }
  exec.entry "step" {
    exec.bucket rows 1 role generated program @step
    exec.bucket rows 1 role mixed program @other
    exec.bucket rows 1 role prompt program @other
    exec.bucket rows 2 role generated program @step
    exec.bucket rows 2 role mixed program @other
    exec.bucket rows 2 role prompt program @other
    exec.bucket rows 3 role generated program @step
    exec.bucket rows 3 role mixed program @other
    exec.bucket rows 3 role prompt program @other
  }
}

// -----

// `before` reads every row up to the end of the piece.
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
    exec.launch @k1(%tokens, %a) domain all rows 1 to max lane compute accesses [0 read own, 1 write own] node "first" flops_per_row 0.0 bytes_fixed 0.0 bytes_per_row 0.0
    exec.launch @k1(%a, %c) domain all rows 1 to 2 lane compute accesses [0 read own, 1 write own] node "n" flops_per_row 0.0 bytes_fixed 0.0 bytes_per_row 0.0
    // expected-error @+1 {{expected a write of buffer 'a' before launch 'n' reads it, found none of generated row 0}}
    exec.launch @k1(%a, %c) domain all rows 2 to max lane compute accesses [0 read before, 1 write own] node "n" flops_per_row 0.0 bytes_fixed 0.0 bytes_per_row 0.0
    exec.launch @k1(%tokens, %c) domain all rows 0 to 1 lane compute accesses [0 read own, 1 write own] node "n" flops_per_row 0.0 bytes_fixed 0.0 bytes_per_row 0.0
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

// Logits of some wanted rows only.
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
    exec.copy %a to %c domain wanted rows 0 to 2 lane compute accesses [0 read own, 1 write own]
    // expected-error @+1 {{expected a write of the logits, found none of wanted row 2}}
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

// Two lanes on rows that are apart; the second waits for the rows that it reads.
exec.package format_version 1 compiler "" levels [] {
  exec.model family "llama" name "" vocab_size 8 context_length 32 layers 1 hidden_size 4 bos_id -1 eos_ids [] chat_template "" parameters 0
  exec.step_layout fields [#exec.step_field_place<counts, offset = 0, count = 8>, #exec.step_field_place<tokens, offset = 64, count = 3>, #exec.step_field_place<positions, offset = 128, count = 3>, #exec.step_field_place<row_sequence, offset = 192, count = 3>, #exec.step_field_place<row_slot, offset = 256, count = 3>, #exec.step_field_place<sequence_segments, offset = 320, count = 2>, #exec.step_field_place<segment_pages, offset = 384, count = 2>, #exec.step_field_place<segment_length, offset = 448, count = 1>, #exec.step_field_place<segment_first, offset = 512, count = 1>, #exec.step_field_place<pages, offset = 576, count = 1>, #exec.step_field_place<wanted, offset = 640, count = 3>, #exec.step_field_place<row_blocks, offset = 704, count = 4>] bytes 768 max_rows 3 max_sequences 1 max_segments 1 max_pages 1
  exec.cache layers 1 kv_heads 1 head_dim 4 format f16
  exec.weight "w" rows 1 k 4 format f32 layout rows slices [#exec.slice<rows = 0 to 1, k = 0 to 4, offset = 0, bytes = 0>] chunk_hashes [] root_hash 0
  exec.kernel @k0 code [] operands 1 row_block 0 column_tiles 0 scratch_bytes 0 source ""
  exec.kernel @k1 code [] operands 2 row_block 0 column_tiles 0 scratch_bytes 0 source ""
  exec.kernel @k2 code [] operands 3 row_block 0 column_tiles 0 scratch_bytes 0 source ""
  exec.program @step signals 1 arena_bytes 192 arena_bytes_without_reuse 192 lane_shares [0.5, 0.5, 0.0] {
    %ba = exec.buffer "a" offset 0 row_bytes 16 rows 3
    %bb = exec.buffer "b" offset 64 row_bytes 16 rows 3
    %bc = exec.buffer "c" offset 128 row_bytes 16 rows 3
    %tokens = exec.slot step tokens
    %a = exec.slot arena %ba
    %b = exec.slot arena %bb
    %c = exec.slot arena %bc
    exec.launch @k1(%tokens, %a) domain all rows 0 to 1 lane compute accesses [0 read own, 1 write own] node "first" flops_per_row 0.0 bytes_fixed 0.0 bytes_per_row 0.0
    exec.signal 0 lane compute
    exec.wait 0 lane memory
    exec.launch @k1(%tokens, %a) domain all rows 1 to max lane compute accesses [0 read own, 1 write own] node "first" flops_per_row 0.0 bytes_fixed 0.0 bytes_per_row 0.0
    exec.copy %a to %c domain all rows 0 to 1 lane memory accesses [0 read own, 1 write own]
    exec.copy %a to %c domain all rows 1 to max lane compute accesses [0 read own, 1 write own]
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

// It reads one row more.
exec.package format_version 1 compiler "" levels [] {
  exec.model family "llama" name "" vocab_size 8 context_length 32 layers 1 hidden_size 4 bos_id -1 eos_ids [] chat_template "" parameters 0
  exec.step_layout fields [#exec.step_field_place<counts, offset = 0, count = 8>, #exec.step_field_place<tokens, offset = 64, count = 3>, #exec.step_field_place<positions, offset = 128, count = 3>, #exec.step_field_place<row_sequence, offset = 192, count = 3>, #exec.step_field_place<row_slot, offset = 256, count = 3>, #exec.step_field_place<sequence_segments, offset = 320, count = 2>, #exec.step_field_place<segment_pages, offset = 384, count = 2>, #exec.step_field_place<segment_length, offset = 448, count = 1>, #exec.step_field_place<segment_first, offset = 512, count = 1>, #exec.step_field_place<pages, offset = 576, count = 1>, #exec.step_field_place<wanted, offset = 640, count = 3>, #exec.step_field_place<row_blocks, offset = 704, count = 4>] bytes 768 max_rows 3 max_sequences 1 max_segments 1 max_pages 1
  exec.cache layers 1 kv_heads 1 head_dim 4 format f16
  exec.weight "w" rows 1 k 4 format f32 layout rows slices [#exec.slice<rows = 0 to 1, k = 0 to 4, offset = 0, bytes = 0>] chunk_hashes [] root_hash 0
  exec.kernel @k0 code [] operands 1 row_block 0 column_tiles 0 scratch_bytes 0 source ""
  exec.kernel @k1 code [] operands 2 row_block 0 column_tiles 0 scratch_bytes 0 source ""
  exec.kernel @k2 code [] operands 3 row_block 0 column_tiles 0 scratch_bytes 0 source ""
  exec.program @step signals 1 arena_bytes 192 arena_bytes_without_reuse 192 lane_shares [0.5, 0.5, 0.0] {
    %ba = exec.buffer "a" offset 0 row_bytes 16 rows 3
    %bb = exec.buffer "b" offset 64 row_bytes 16 rows 3
    %bc = exec.buffer "c" offset 128 row_bytes 16 rows 3
    %tokens = exec.slot step tokens
    %a = exec.slot arena %ba
    %b = exec.slot arena %bb
    %c = exec.slot arena %bc
    exec.launch @k1(%tokens, %a) domain all rows 0 to 1 lane compute accesses [0 read own, 1 write own] node "first" flops_per_row 0.0 bytes_fixed 0.0 bytes_per_row 0.0
    exec.signal 0 lane compute
    exec.wait 0 lane memory
    // expected-note @+1 {{the other command is here}}
    exec.launch @k1(%tokens, %a) domain all rows 1 to max lane compute accesses [0 read own, 1 write own] node "second" flops_per_row 0.0 bytes_fixed 0.0 bytes_per_row 0.0
    // expected-error @+2 {{expected a write of buffer 'a' before copy reads it, found none of generated row 1}}
    // expected-error @+1 {{expected copy to wait for launch 'second', since both touch buffer 'a' and one writes it, found no order}}
    exec.copy %a to %c domain all rows 0 to 2 lane memory accesses [0 read own, 1 write own]
    exec.copy %a to %c domain all rows 2 to max lane compute accesses [0 read own, 1 write own]
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

// Rows of one role on each lane are apart.
exec.package format_version 1 compiler "" levels [] {
  exec.model family "llama" name "" vocab_size 8 context_length 32 layers 1 hidden_size 4 bos_id -1 eos_ids [] chat_template "" parameters 0
  exec.step_layout fields [#exec.step_field_place<counts, offset = 0, count = 8>, #exec.step_field_place<tokens, offset = 64, count = 3>, #exec.step_field_place<positions, offset = 128, count = 3>, #exec.step_field_place<row_sequence, offset = 192, count = 3>, #exec.step_field_place<row_slot, offset = 256, count = 3>, #exec.step_field_place<sequence_segments, offset = 320, count = 2>, #exec.step_field_place<segment_pages, offset = 384, count = 2>, #exec.step_field_place<segment_length, offset = 448, count = 1>, #exec.step_field_place<segment_first, offset = 512, count = 1>, #exec.step_field_place<pages, offset = 576, count = 1>, #exec.step_field_place<wanted, offset = 640, count = 3>, #exec.step_field_place<row_blocks, offset = 704, count = 4>] bytes 768 max_rows 3 max_sequences 1 max_segments 1 max_pages 1
  exec.cache layers 1 kv_heads 1 head_dim 4 format f16
  exec.weight "w" rows 1 k 4 format f32 layout rows slices [#exec.slice<rows = 0 to 1, k = 0 to 4, offset = 0, bytes = 0>] chunk_hashes [] root_hash 0
  exec.kernel @k0 code [] operands 1 row_block 0 column_tiles 0 scratch_bytes 0 source ""
  exec.kernel @k1 code [] operands 2 row_block 0 column_tiles 0 scratch_bytes 0 source ""
  exec.kernel @k2 code [] operands 3 row_block 0 column_tiles 0 scratch_bytes 0 source ""
  exec.program @step signals 1 arena_bytes 192 arena_bytes_without_reuse 192 lane_shares [0.5, 0.5, 0.0] {
    %ba = exec.buffer "a" offset 0 row_bytes 16 rows 3
    %bb = exec.buffer "b" offset 64 row_bytes 16 rows 3
    %bc = exec.buffer "c" offset 128 row_bytes 16 rows 3
    %tokens = exec.slot step tokens
    %a = exec.slot arena %ba
    %b = exec.slot arena %bb
    %c = exec.slot arena %bc
    exec.launch @k1(%tokens, %a) domain all lane compute accesses [0 read own, 1 write own] node "first" flops_per_row 0.0 bytes_fixed 0.0 bytes_per_row 0.0
    exec.signal 0 lane compute
    exec.wait 0 lane memory
    exec.copy %a to %c domain generated lane memory accesses [0 read own, 1 write own]
    exec.copy %a to %c domain prompt lane compute accesses [0 read own, 1 write own]
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
