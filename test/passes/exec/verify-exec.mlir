// RUN: sennit-opt %s --exec-verify-exec -split-input-file -verify-diagnostics -o /dev/null

// A chain whose last buffer takes the place of the first.
exec.package format_version 1 compiler "" levels [] {
  exec.model family "llama" name "" vocab_size 8 context_length 32 layers 1 hidden_size 4 bos_id -1 eos_ids [] chat_template "" parameters 0
  exec.step_layout fields [#exec.step_field_place<counts, offset = 0, count = 8>, #exec.step_field_place<tokens, offset = 64, count = 3>, #exec.step_field_place<positions, offset = 128, count = 3>, #exec.step_field_place<row_sequence, offset = 192, count = 3>, #exec.step_field_place<row_slot, offset = 256, count = 3>, #exec.step_field_place<sequence_segments, offset = 320, count = 2>, #exec.step_field_place<segment_pages, offset = 384, count = 2>, #exec.step_field_place<segment_length, offset = 448, count = 1>, #exec.step_field_place<segment_first, offset = 512, count = 1>, #exec.step_field_place<pages, offset = 576, count = 1>, #exec.step_field_place<wanted, offset = 640, count = 3>, #exec.step_field_place<row_blocks, offset = 704, count = 4>] bytes 768 max_rows 3 max_sequences 1 max_segments 1 max_pages 1
  exec.cache layers 1 kv_heads 1 head_dim 4 format f16
  exec.weight "w" rows 1 k 4 format f32 layout rows slices [#exec.slice<rows = 0 to 1, k = 0 to 4, offset = 0, bytes = 0>] chunk_hashes [] root_hash 0
  exec.kernel @k0 code [] operands 1 row_block 0 column_tiles 0 scratch_bytes 0 source ""
  exec.kernel @k1 code [] operands 2 row_block 0 column_tiles 0 scratch_bytes 0 source ""
  exec.kernel @k2 code [] operands 3 row_block 0 column_tiles 0 scratch_bytes 0 source ""
  exec.program @step signals 0 arena_bytes 128 arena_bytes_without_reuse 192 {
    %ba = exec.buffer "a" offset 0 row_bytes 16 rows 3
    %bb = exec.buffer "b" offset 64 row_bytes 16 rows 3
    %bc = exec.buffer "c" offset 0 row_bytes 16 rows 3
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

// A buffer that is overwritten in place counts as written, and reads what its own launch writes.
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
    exec.launch @k1(%tokens, %a) domain all lane compute accesses [0 read own, 1 read own, 1 write own] node "first" flops_per_row 0.0 bytes_fixed 0.0 bytes_per_row 0.0
    exec.launch @k0(%a) domain all lane compute accesses [0 read own, 0 write own] node "twice" flops_per_row 0.0 bytes_fixed 0.0 bytes_per_row 0.0
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

// A buffer past the end of the arena.
exec.package format_version 1 compiler "" levels [] {
  exec.model family "llama" name "" vocab_size 8 context_length 32 layers 1 hidden_size 4 bos_id -1 eos_ids [] chat_template "" parameters 0
  exec.step_layout fields [#exec.step_field_place<counts, offset = 0, count = 8>, #exec.step_field_place<tokens, offset = 64, count = 3>, #exec.step_field_place<positions, offset = 128, count = 3>, #exec.step_field_place<row_sequence, offset = 192, count = 3>, #exec.step_field_place<row_slot, offset = 256, count = 3>, #exec.step_field_place<sequence_segments, offset = 320, count = 2>, #exec.step_field_place<segment_pages, offset = 384, count = 2>, #exec.step_field_place<segment_length, offset = 448, count = 1>, #exec.step_field_place<segment_first, offset = 512, count = 1>, #exec.step_field_place<pages, offset = 576, count = 1>, #exec.step_field_place<wanted, offset = 640, count = 3>, #exec.step_field_place<row_blocks, offset = 704, count = 4>] bytes 768 max_rows 3 max_sequences 1 max_segments 1 max_pages 1
  exec.cache layers 1 kv_heads 1 head_dim 4 format f16
  exec.weight "w" rows 1 k 4 format f32 layout rows slices [#exec.slice<rows = 0 to 1, k = 0 to 4, offset = 0, bytes = 0>] chunk_hashes [] root_hash 0
  exec.kernel @k0 code [] operands 1 row_block 0 column_tiles 0 scratch_bytes 0 source ""
  exec.kernel @k1 code [] operands 2 row_block 0 column_tiles 0 scratch_bytes 0 source ""
  exec.kernel @k2 code [] operands 3 row_block 0 column_tiles 0 scratch_bytes 0 source ""
  exec.program @step signals 0 arena_bytes 175 arena_bytes_without_reuse 192 {
    %ba = exec.buffer "a" offset 0 row_bytes 16 rows 3
    %bb = exec.buffer "b" offset 64 row_bytes 16 rows 3
    // expected-error @+1 {{expected buffer 'c' to end within the arena's 175 bytes, found 48 bytes at 128}}
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

// A buffer that lacks the last row.
exec.package format_version 1 compiler "" levels [] {
  exec.model family "llama" name "" vocab_size 8 context_length 32 layers 1 hidden_size 4 bos_id -1 eos_ids [] chat_template "" parameters 0
  exec.step_layout fields [#exec.step_field_place<counts, offset = 0, count = 8>, #exec.step_field_place<tokens, offset = 64, count = 3>, #exec.step_field_place<positions, offset = 128, count = 3>, #exec.step_field_place<row_sequence, offset = 192, count = 3>, #exec.step_field_place<row_slot, offset = 256, count = 3>, #exec.step_field_place<sequence_segments, offset = 320, count = 2>, #exec.step_field_place<segment_pages, offset = 384, count = 2>, #exec.step_field_place<segment_length, offset = 448, count = 1>, #exec.step_field_place<segment_first, offset = 512, count = 1>, #exec.step_field_place<pages, offset = 576, count = 1>, #exec.step_field_place<wanted, offset = 640, count = 3>, #exec.step_field_place<row_blocks, offset = 704, count = 4>] bytes 768 max_rows 3 max_sequences 1 max_segments 1 max_pages 1
  exec.cache layers 1 kv_heads 1 head_dim 4 format f16
  exec.weight "w" rows 1 k 4 format f32 layout rows slices [#exec.slice<rows = 0 to 1, k = 0 to 4, offset = 0, bytes = 0>] chunk_hashes [] root_hash 0
  exec.kernel @k0 code [] operands 1 row_block 0 column_tiles 0 scratch_bytes 0 source ""
  exec.kernel @k1 code [] operands 2 row_block 0 column_tiles 0 scratch_bytes 0 source ""
  exec.kernel @k2 code [] operands 3 row_block 0 column_tiles 0 scratch_bytes 0 source ""
  exec.program @step signals 0 arena_bytes 192 arena_bytes_without_reuse 192 {
    // expected-error @+1 {{expected buffer 'a' to have room for 3 rows, found 2}}
    %ba = exec.buffer "a" offset 0 row_bytes 16 rows 2
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

// A slot that the launch does not declare to touch.
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
    // expected-error @+1 {{expected launch 'first' to declare an access of slot 0, found none}}
    exec.launch @k1(%tokens, %a) domain all lane compute accesses [1 write own] node "first" flops_per_row 0.0 bytes_fixed 0.0 bytes_per_row 0.0
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

// Writes to a weight and to the step input.
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
    %w = exec.slot weight "w"
    exec.launch @k1(%tokens, %a) domain all lane compute accesses [0 read own, 1 write own] node "first" flops_per_row 0.0 bytes_fixed 0.0 bytes_per_row 0.0
    exec.copy %a to %b domain all lane compute accesses [0 read own, 1 write own]
    exec.copy %b to %c domain all lane compute accesses [0 read own, 1 write own]
    // expected-error @+1 {{expected launch 'bad' to only read slot 0 in space weight, found a write}}
    exec.launch @k0(%w) domain all lane compute accesses [0 write own] node "bad" flops_per_row 0.0 bytes_fixed 0.0 bytes_per_row 0.0
    // expected-error @+1 {{expected copy to only read slot 1 in space step, found a write}}
    exec.copy %a to %tokens domain all lane compute accesses [0 read own, 1 write own]
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

// A read of what nothing wrote, and logits that nothing wrote.
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
    // expected-error @+1 {{expected a write of buffer 'a' before copy reads it, found none}}
    exec.copy %a to %b domain all lane compute accesses [0 read own, 1 write own]
    // expected-error @+1 {{expected a write of the logits, found none}}
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

// A write that is not ordered before the read.
exec.package format_version 1 compiler "" levels [] {
  exec.model family "llama" name "" vocab_size 8 context_length 32 layers 1 hidden_size 4 bos_id -1 eos_ids [] chat_template "" parameters 0
  exec.step_layout fields [#exec.step_field_place<counts, offset = 0, count = 8>, #exec.step_field_place<tokens, offset = 64, count = 3>, #exec.step_field_place<positions, offset = 128, count = 3>, #exec.step_field_place<row_sequence, offset = 192, count = 3>, #exec.step_field_place<row_slot, offset = 256, count = 3>, #exec.step_field_place<sequence_segments, offset = 320, count = 2>, #exec.step_field_place<segment_pages, offset = 384, count = 2>, #exec.step_field_place<segment_length, offset = 448, count = 1>, #exec.step_field_place<segment_first, offset = 512, count = 1>, #exec.step_field_place<pages, offset = 576, count = 1>, #exec.step_field_place<wanted, offset = 640, count = 3>, #exec.step_field_place<row_blocks, offset = 704, count = 4>] bytes 768 max_rows 3 max_sequences 1 max_segments 1 max_pages 1
  exec.cache layers 1 kv_heads 1 head_dim 4 format f16
  exec.weight "w" rows 1 k 4 format f32 layout rows slices [#exec.slice<rows = 0 to 1, k = 0 to 4, offset = 0, bytes = 0>] chunk_hashes [] root_hash 0
  exec.kernel @k0 code [] operands 1 row_block 0 column_tiles 0 scratch_bytes 0 source ""
  exec.kernel @k1 code [] operands 2 row_block 0 column_tiles 0 scratch_bytes 0 source ""
  exec.kernel @k2 code [] operands 3 row_block 0 column_tiles 0 scratch_bytes 0 source ""
  // expected-error @+1 {{expected signal 0 to be raised once, found 0 times}}
  exec.program @step signals 1 arena_bytes 192 arena_bytes_without_reuse 192 {
    %ba = exec.buffer "a" offset 0 row_bytes 16 rows 3
    %bb = exec.buffer "b" offset 64 row_bytes 16 rows 3
    %bc = exec.buffer "c" offset 128 row_bytes 16 rows 3
    %tokens = exec.slot step tokens
    %a = exec.slot arena %ba
    %b = exec.slot arena %bb
    %c = exec.slot arena %bc
    // expected-note @+1 {{the other command is here}}
    exec.launch @k1(%tokens, %a) domain all lane compute accesses [0 read own, 1 write own] node "first" flops_per_row 0.0 bytes_fixed 0.0 bytes_per_row 0.0
    // expected-error @+2 {{expected a write of buffer 'a' before copy reads it, found none}}
    // expected-error @+1 {{expected copy to wait for launch 'first', since both touch buffer 'a' and one writes it, found no order}}
    exec.copy %a to %b domain all lane memory accesses [0 read own, 1 write own]
    exec.wait 0 lane memory
    exec.copy %b to %c domain all lane memory accesses [0 read own, 1 write own]
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

// The same with a signal is fine.
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
    exec.signal 0 lane compute
    exec.wait 0 lane memory
    exec.copy %a to %b domain all lane memory accesses [0 read own, 1 write own]
    exec.copy %b to %c domain all lane memory accesses [0 read own, 1 write own]
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

// A cache that two lanes write.
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
    %keys0 = exec.slot key_cache layer 0
    exec.launch @k1(%tokens, %a) domain all lane compute accesses [0 read own, 1 write own] node "first" flops_per_row 0.0 bytes_fixed 0.0 bytes_per_row 0.0
    exec.copy %a to %b domain all lane compute accesses [0 read own, 1 write own]
    exec.copy %b to %c domain all lane compute accesses [0 read own, 1 write own]
    // expected-note @+1 {{the other command is here}}
    exec.launch @k0(%keys0) domain all lane compute accesses [0 write own] node "append" flops_per_row 0.0 bytes_fixed 0.0 bytes_per_row 0.0
    // expected-error @+1 {{expected launch 'attend' to wait for launch 'append', since both touch keys of layer 0 and one writes it, found no order}}
    exec.launch @k0(%keys0) domain all lane memory accesses [0 read before] node "attend" flops_per_row 0.0 bytes_fixed 0.0 bytes_per_row 0.0
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

// Generated and prompt rows of one buffer may be written at once.
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
    exec.launch @k0(%a) domain generated lane compute accesses [0 write own] node "first" flops_per_row 0.0 bytes_fixed 0.0 bytes_per_row 0.0
    exec.signal 0 lane compute
    exec.launch @k0(%a) domain prompt lane memory accesses [0 write own] node "second" flops_per_row 0.0 bytes_fixed 0.0 bytes_per_row 0.0
    exec.wait 0 lane memory
    exec.copy %a to %c domain all lane memory accesses [0 read own, 1 write own]
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

// Keys of all rows are not those of one role.
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
    %keys0 = exec.slot key_cache layer 0
    exec.launch @k1(%tokens, %a) domain all lane compute accesses [0 read own, 1 write own] node "first" flops_per_row 0.0 bytes_fixed 0.0 bytes_per_row 0.0
    exec.copy %a to %b domain all lane compute accesses [0 read own, 1 write own]
    exec.copy %b to %c domain all lane compute accesses [0 read own, 1 write own]
    // expected-note @+1 {{the other command is here}}
    exec.launch @k0(%keys0) domain generated lane compute accesses [0 write own] node "append" flops_per_row 0.0 bytes_fixed 0.0 bytes_per_row 0.0
    // expected-error @+1 {{expected launch 'attend' to wait for launch 'append', since both touch keys of layer 0}}
    exec.launch @k0(%keys0) domain prompt lane memory accesses [0 read before] node "attend" flops_per_row 0.0 bytes_fixed 0.0 bytes_per_row 0.0
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
