// RUN: sennit-opt %s -split-input-file -verify-diagnostics

// A weight before the cache.
exec.package format_version 1 compiler "package_c1" levels [avx2, avx512] {
  exec.model family "llama" name "tiny" vocab_size 8 context_length 32 layers 1 hidden_size 4 bos_id -1 eos_ids [2, 3] chat_template "" parameters 40
  exec.step_layout fields [#exec.step_field_place<counts, offset = 0, count = 8>, #exec.step_field_place<tokens, offset = 64, count = 2>, #exec.step_field_place<positions, offset = 128, count = 2>, #exec.step_field_place<row_sequence, offset = 192, count = 2>, #exec.step_field_place<row_slot, offset = 256, count = 2>, #exec.step_field_place<sequence_segments, offset = 320, count = 2>, #exec.step_field_place<segment_pages, offset = 384, count = 2>, #exec.step_field_place<segment_length, offset = 448, count = 1>, #exec.step_field_place<segment_first, offset = 512, count = 1>, #exec.step_field_place<pages, offset = 576, count = 1>, #exec.step_field_place<wanted, offset = 640, count = 2>, #exec.step_field_place<row_blocks, offset = 704, count = 3>] bytes 768 max_rows 2 max_sequences 1 max_segments 1 max_pages 1
  exec.weight "embed" rows 8 k 4 format f32 layout packed slices [#exec.slice<rows = 0 to 8, k = 0 to 4, offset = 4096, bytes = 256>] chunk_hashes [-1] root_hash 18446744073709551615
  // expected-error @+1 {{expected one model, one step_layout, one cache, then weights, kernels, programs, entries and rates, in this order}}
  exec.cache layers 1 kv_heads 1 head_dim 4 format f16
}

// -----

// Two models.
exec.package format_version 1 compiler "package_c1_twice" levels [avx2, avx512] {
  exec.model family "llama" name "tiny" vocab_size 8 context_length 32 layers 1 hidden_size 4 bos_id -1 eos_ids [2, 3] chat_template "" parameters 40
  // expected-error @+1 {{expected one model, one step_layout, one cache, then weights}}
  exec.model family "llama" name "tiny" vocab_size 8 context_length 32 layers 1 hidden_size 4 bos_id -1 eos_ids [2, 3] chat_template "" parameters 40
  exec.step_layout fields [#exec.step_field_place<counts, offset = 0, count = 8>, #exec.step_field_place<tokens, offset = 64, count = 2>, #exec.step_field_place<positions, offset = 128, count = 2>, #exec.step_field_place<row_sequence, offset = 192, count = 2>, #exec.step_field_place<row_slot, offset = 256, count = 2>, #exec.step_field_place<sequence_segments, offset = 320, count = 2>, #exec.step_field_place<segment_pages, offset = 384, count = 2>, #exec.step_field_place<segment_length, offset = 448, count = 1>, #exec.step_field_place<segment_first, offset = 512, count = 1>, #exec.step_field_place<pages, offset = 576, count = 1>, #exec.step_field_place<wanted, offset = 640, count = 2>, #exec.step_field_place<row_blocks, offset = 704, count = 3>] bytes 768 max_rows 2 max_sequences 1 max_segments 1 max_pages 1
  exec.cache layers 1 kv_heads 1 head_dim 4 format f16
}

// -----

// No cache.
// expected-error @+1 {{expected one model, one step_layout and one cache, found 2 of the three}}
exec.package format_version 1 compiler "package_c1_missing" levels [avx2, avx512] {
  exec.model family "llama" name "tiny" vocab_size 8 context_length 32 layers 1 hidden_size 4 bos_id -1 eos_ids [2, 3] chat_template "" parameters 40
  exec.step_layout fields [#exec.step_field_place<counts, offset = 0, count = 8>, #exec.step_field_place<tokens, offset = 64, count = 2>, #exec.step_field_place<positions, offset = 128, count = 2>, #exec.step_field_place<row_sequence, offset = 192, count = 2>, #exec.step_field_place<row_slot, offset = 256, count = 2>, #exec.step_field_place<sequence_segments, offset = 320, count = 2>, #exec.step_field_place<segment_pages, offset = 384, count = 2>, #exec.step_field_place<segment_length, offset = 448, count = 1>, #exec.step_field_place<segment_first, offset = 512, count = 1>, #exec.step_field_place<pages, offset = 576, count = 1>, #exec.step_field_place<wanted, offset = 640, count = 2>, #exec.step_field_place<row_blocks, offset = 704, count = 3>] bytes 768 max_rows 2 max_sequences 1 max_segments 1 max_pages 1
}

// -----

// An op that is no table.
exec.package format_version 1 compiler "package_c1_foreign" levels [avx2, avx512] {
  exec.model family "llama" name "tiny" vocab_size 8 context_length 32 layers 1 hidden_size 4 bos_id -1 eos_ids [2, 3] chat_template "" parameters 40
  exec.step_layout fields [#exec.step_field_place<counts, offset = 0, count = 8>, #exec.step_field_place<tokens, offset = 64, count = 2>, #exec.step_field_place<positions, offset = 128, count = 2>, #exec.step_field_place<row_sequence, offset = 192, count = 2>, #exec.step_field_place<row_slot, offset = 256, count = 2>, #exec.step_field_place<sequence_segments, offset = 320, count = 2>, #exec.step_field_place<segment_pages, offset = 384, count = 2>, #exec.step_field_place<segment_length, offset = 448, count = 1>, #exec.step_field_place<segment_first, offset = 512, count = 1>, #exec.step_field_place<pages, offset = 576, count = 1>, #exec.step_field_place<wanted, offset = 640, count = 2>, #exec.step_field_place<row_blocks, offset = 704, count = 3>] bytes 768 max_rows 2 max_sequences 1 max_segments 1 max_pages 1
  exec.cache layers 1 kv_heads 1 head_dim 4 format f16
  // expected-error @+1 {{expected a table of the package}}
  %0 = arith.constant 0 : i32
}

// -----

// Levels in the wrong order.
// expected-error @+1 {{expected levels to ascend}}
exec.package format_version 1 compiler "package_c2" levels [avx512, avx2] {
  exec.model family "llama" name "tiny" vocab_size 8 context_length 32 layers 1 hidden_size 4 bos_id -1 eos_ids [2, 3] chat_template "" parameters 40
  exec.step_layout fields [#exec.step_field_place<counts, offset = 0, count = 8>, #exec.step_field_place<tokens, offset = 64, count = 2>, #exec.step_field_place<positions, offset = 128, count = 2>, #exec.step_field_place<row_sequence, offset = 192, count = 2>, #exec.step_field_place<row_slot, offset = 256, count = 2>, #exec.step_field_place<sequence_segments, offset = 320, count = 2>, #exec.step_field_place<segment_pages, offset = 384, count = 2>, #exec.step_field_place<segment_length, offset = 448, count = 1>, #exec.step_field_place<segment_first, offset = 512, count = 1>, #exec.step_field_place<pages, offset = 576, count = 1>, #exec.step_field_place<wanted, offset = 640, count = 2>, #exec.step_field_place<row_blocks, offset = 704, count = 3>] bytes 768 max_rows 2 max_sequences 1 max_segments 1 max_pages 1
  exec.cache layers 1 kv_heads 1 head_dim 4 format f16
}

// -----

// Two weights of one name.
exec.package format_version 1 compiler "package_c3" levels [avx2, avx512] {
  exec.model family "llama" name "tiny" vocab_size 8 context_length 32 layers 1 hidden_size 4 bos_id -1 eos_ids [2, 3] chat_template "" parameters 40
  exec.step_layout fields [#exec.step_field_place<counts, offset = 0, count = 8>, #exec.step_field_place<tokens, offset = 64, count = 2>, #exec.step_field_place<positions, offset = 128, count = 2>, #exec.step_field_place<row_sequence, offset = 192, count = 2>, #exec.step_field_place<row_slot, offset = 256, count = 2>, #exec.step_field_place<sequence_segments, offset = 320, count = 2>, #exec.step_field_place<segment_pages, offset = 384, count = 2>, #exec.step_field_place<segment_length, offset = 448, count = 1>, #exec.step_field_place<segment_first, offset = 512, count = 1>, #exec.step_field_place<pages, offset = 576, count = 1>, #exec.step_field_place<wanted, offset = 640, count = 2>, #exec.step_field_place<row_blocks, offset = 704, count = 3>] bytes 768 max_rows 2 max_sequences 1 max_segments 1 max_pages 1
  exec.cache layers 1 kv_heads 1 head_dim 4 format f16
  exec.weight "embed" rows 8 k 4 format f32 layout packed slices [#exec.slice<rows = 0 to 8, k = 0 to 4, offset = 4096, bytes = 256>] chunk_hashes [-1] root_hash 18446744073709551615
  // expected-error @+1 {{expected a name of its own, found 'embed' twice}}
  exec.weight "embed" rows 8 k 4 format f32 layout packed slices [#exec.slice<rows = 0 to 8, k = 0 to 4, offset = 4096, bytes = 256>] chunk_hashes [-1] root_hash 18446744073709551615
}

// -----

// Two entries of one name.
exec.package format_version 1 compiler "package_c4" levels [avx2, avx512] {
  exec.model family "llama" name "tiny" vocab_size 8 context_length 32 layers 1 hidden_size 4 bos_id -1 eos_ids [2, 3] chat_template "" parameters 40
  exec.step_layout fields [#exec.step_field_place<counts, offset = 0, count = 8>, #exec.step_field_place<tokens, offset = 64, count = 2>, #exec.step_field_place<positions, offset = 128, count = 2>, #exec.step_field_place<row_sequence, offset = 192, count = 2>, #exec.step_field_place<row_slot, offset = 256, count = 2>, #exec.step_field_place<sequence_segments, offset = 320, count = 2>, #exec.step_field_place<segment_pages, offset = 384, count = 2>, #exec.step_field_place<segment_length, offset = 448, count = 1>, #exec.step_field_place<segment_first, offset = 512, count = 1>, #exec.step_field_place<pages, offset = 576, count = 1>, #exec.step_field_place<wanted, offset = 640, count = 2>, #exec.step_field_place<row_blocks, offset = 704, count = 3>] bytes 768 max_rows 2 max_sequences 1 max_segments 1 max_pages 1
  exec.cache layers 1 kv_heads 1 head_dim 4 format f16
  exec.entry "step" {}
  // expected-error @+1 {{expected a name of its own, found 'step' twice}}
  exec.entry "step" {}
}

// -----

// Rates of one level twice.
exec.package format_version 1 compiler "package_c5" levels [avx2, avx512] {
  exec.model family "llama" name "tiny" vocab_size 8 context_length 32 layers 1 hidden_size 4 bos_id -1 eos_ids [2, 3] chat_template "" parameters 40
  exec.step_layout fields [#exec.step_field_place<counts, offset = 0, count = 8>, #exec.step_field_place<tokens, offset = 64, count = 2>, #exec.step_field_place<positions, offset = 128, count = 2>, #exec.step_field_place<row_sequence, offset = 192, count = 2>, #exec.step_field_place<row_slot, offset = 256, count = 2>, #exec.step_field_place<sequence_segments, offset = 320, count = 2>, #exec.step_field_place<segment_pages, offset = 384, count = 2>, #exec.step_field_place<segment_length, offset = 448, count = 1>, #exec.step_field_place<segment_first, offset = 512, count = 1>, #exec.step_field_place<pages, offset = 576, count = 1>, #exec.step_field_place<wanted, offset = 640, count = 2>, #exec.step_field_place<row_blocks, offset = 704, count = 3>] bytes 768 max_rows 2 max_sequences 1 max_segments 1 max_pages 1
  exec.cache layers 1 kv_heads 1 head_dim 4 format f16
  exec.rates avx2 memory_gb_per_s_per_core 21.0 memory_gb_per_s 40.0 f32_gflops_per_core 103.0 i8_gops_per_core 204.0
  // expected-error @+1 {{expected rates to ascend by level, found avx2 after avx2}}
  exec.rates avx2 memory_gb_per_s_per_core 21.0 memory_gb_per_s 40.0 f32_gflops_per_core 103.0 i8_gops_per_core 204.0
}

// -----

// A machine that reads nothing.
exec.package format_version 1 compiler "rates_c1" levels [avx2, avx512] {
  exec.model family "llama" name "tiny" vocab_size 8 context_length 32 layers 1 hidden_size 4 bos_id -1 eos_ids [2, 3] chat_template "" parameters 40
  exec.step_layout fields [#exec.step_field_place<counts, offset = 0, count = 8>, #exec.step_field_place<tokens, offset = 64, count = 2>, #exec.step_field_place<positions, offset = 128, count = 2>, #exec.step_field_place<row_sequence, offset = 192, count = 2>, #exec.step_field_place<row_slot, offset = 256, count = 2>, #exec.step_field_place<sequence_segments, offset = 320, count = 2>, #exec.step_field_place<segment_pages, offset = 384, count = 2>, #exec.step_field_place<segment_length, offset = 448, count = 1>, #exec.step_field_place<segment_first, offset = 512, count = 1>, #exec.step_field_place<pages, offset = 576, count = 1>, #exec.step_field_place<wanted, offset = 640, count = 2>, #exec.step_field_place<row_blocks, offset = 704, count = 3>] bytes 768 max_rows 2 max_sequences 1 max_segments 1 max_pages 1
  exec.cache layers 1 kv_heads 1 head_dim 4 format f16
  // expected-error @+1 {{expected memory_gb_per_s to be finite and positive, found 0}}
  exec.rates avx2 memory_gb_per_s_per_core 21.0 memory_gb_per_s 0.0 f32_gflops_per_core 103.0 i8_gops_per_core 204.0
}

// -----

// Rates before the entries.
exec.package format_version 1 compiler "package_c1" levels [avx2, avx512] {
  exec.model family "llama" name "tiny" vocab_size 8 context_length 32 layers 1 hidden_size 4 bos_id -1 eos_ids [2, 3] chat_template "" parameters 40
  exec.step_layout fields [#exec.step_field_place<counts, offset = 0, count = 8>, #exec.step_field_place<tokens, offset = 64, count = 2>, #exec.step_field_place<positions, offset = 128, count = 2>, #exec.step_field_place<row_sequence, offset = 192, count = 2>, #exec.step_field_place<row_slot, offset = 256, count = 2>, #exec.step_field_place<sequence_segments, offset = 320, count = 2>, #exec.step_field_place<segment_pages, offset = 384, count = 2>, #exec.step_field_place<segment_length, offset = 448, count = 1>, #exec.step_field_place<segment_first, offset = 512, count = 1>, #exec.step_field_place<pages, offset = 576, count = 1>, #exec.step_field_place<wanted, offset = 640, count = 2>, #exec.step_field_place<row_blocks, offset = 704, count = 3>] bytes 768 max_rows 2 max_sequences 1 max_segments 1 max_pages 1
  exec.cache layers 1 kv_heads 1 head_dim 4 format f16
  exec.rates avx2 memory_gb_per_s_per_core 21.0 memory_gb_per_s 40.0 f32_gflops_per_core 103.0 i8_gops_per_core 204.0
  // expected-error @+1 {{expected one model, one step_layout, one cache, then weights, kernels, programs, entries and rates, in this order}}
  exec.entry "step" {}
}

// -----

// A field too few.
exec.package format_version 1 compiler "step_layout_c1" levels [avx2, avx512] {
  exec.model family "llama" name "tiny" vocab_size 8 context_length 32 layers 1 hidden_size 4 bos_id -1 eos_ids [2, 3] chat_template "" parameters 40
  // expected-error @+1 {{expected 12 fields, found 10}}
  exec.step_layout fields [#exec.step_field_place<counts, offset = 0, count = 8>, #exec.step_field_place<tokens, offset = 64, count = 2>, #exec.step_field_place<positions, offset = 128, count = 2>, #exec.step_field_place<row_sequence, offset = 192, count = 2>, #exec.step_field_place<row_slot, offset = 256, count = 2>, #exec.step_field_place<sequence_segments, offset = 320, count = 2>, #exec.step_field_place<segment_pages, offset = 384, count = 2>, #exec.step_field_place<segment_length, offset = 448, count = 1>, #exec.step_field_place<segment_first, offset = 512, count = 1>, #exec.step_field_place<pages, offset = 576, count = 1>] bytes 704 max_rows 2 max_sequences 1 max_segments 1 max_pages 1
  exec.cache layers 1 kv_heads 1 head_dim 4 format f16
}

// -----

// Fields in the wrong order.
exec.package format_version 1 compiler "step_layout_c1_order" levels [avx2, avx512] {
  exec.model family "llama" name "tiny" vocab_size 8 context_length 32 layers 1 hidden_size 4 bos_id -1 eos_ids [2, 3] chat_template "" parameters 40
  // expected-error @+1 {{expected field 1 to be tokens, found positions}}
  exec.step_layout fields [#exec.step_field_place<counts, offset = 0, count = 8>, #exec.step_field_place<positions, offset = 64, count = 2>, #exec.step_field_place<tokens, offset = 128, count = 2>, #exec.step_field_place<row_sequence, offset = 192, count = 2>, #exec.step_field_place<row_slot, offset = 256, count = 2>, #exec.step_field_place<sequence_segments, offset = 320, count = 2>, #exec.step_field_place<segment_pages, offset = 384, count = 2>, #exec.step_field_place<segment_length, offset = 448, count = 1>, #exec.step_field_place<segment_first, offset = 512, count = 1>, #exec.step_field_place<pages, offset = 576, count = 1>, #exec.step_field_place<wanted, offset = 640, count = 2>, #exec.step_field_place<row_blocks, offset = 704, count = 3>] bytes 768 max_rows 2 max_sequences 1 max_segments 1 max_pages 1
  exec.cache layers 1 kv_heads 1 head_dim 4 format f16
}

// -----

// A field that begins inside the one before it.
exec.package format_version 1 compiler "step_layout_c2" levels [avx2, avx512] {
  exec.model family "llama" name "tiny" vocab_size 8 context_length 32 layers 1 hidden_size 4 bos_id -1 eos_ids [2, 3] chat_template "" parameters 40
  // expected-error @+1 {{expected positions to lie at a multiple of 4 from 72 within 768 bytes, found 8 bytes at 68}}
  exec.step_layout fields [#exec.step_field_place<counts, offset = 0, count = 8>, #exec.step_field_place<tokens, offset = 64, count = 2>, #exec.step_field_place<positions, offset = 68, count = 2>, #exec.step_field_place<row_sequence, offset = 192, count = 2>, #exec.step_field_place<row_slot, offset = 256, count = 2>, #exec.step_field_place<sequence_segments, offset = 320, count = 2>, #exec.step_field_place<segment_pages, offset = 384, count = 2>, #exec.step_field_place<segment_length, offset = 448, count = 1>, #exec.step_field_place<segment_first, offset = 512, count = 1>, #exec.step_field_place<pages, offset = 576, count = 1>, #exec.step_field_place<wanted, offset = 640, count = 2>, #exec.step_field_place<row_blocks, offset = 704, count = 3>] bytes 768 max_rows 2 max_sequences 1 max_segments 1 max_pages 1
  exec.cache layers 1 kv_heads 1 head_dim 4 format f16
}

// -----

// A field that ends past the input.
exec.package format_version 1 compiler "step_layout_c2_end" levels [avx2, avx512] {
  exec.model family "llama" name "tiny" vocab_size 8 context_length 32 layers 1 hidden_size 4 bos_id -1 eos_ids [2, 3] chat_template "" parameters 40
  // expected-error @+1 {{expected row_blocks to lie at a multiple of 4 from 648 within 708 bytes, found 12 bytes at 704}}
  exec.step_layout fields [#exec.step_field_place<counts, offset = 0, count = 8>, #exec.step_field_place<tokens, offset = 64, count = 2>, #exec.step_field_place<positions, offset = 128, count = 2>, #exec.step_field_place<row_sequence, offset = 192, count = 2>, #exec.step_field_place<row_slot, offset = 256, count = 2>, #exec.step_field_place<sequence_segments, offset = 320, count = 2>, #exec.step_field_place<segment_pages, offset = 384, count = 2>, #exec.step_field_place<segment_length, offset = 448, count = 1>, #exec.step_field_place<segment_first, offset = 512, count = 1>, #exec.step_field_place<pages, offset = 576, count = 1>, #exec.step_field_place<wanted, offset = 640, count = 2>, #exec.step_field_place<row_blocks, offset = 704, count = 3>] bytes 708 max_rows 2 max_sequences 1 max_segments 1 max_pages 1
  exec.cache layers 1 kv_heads 1 head_dim 4 format f16
}

// -----

// A field without room for the last row.
exec.package format_version 1 compiler "step_layout_c3" levels [avx2, avx512] {
  exec.model family "llama" name "tiny" vocab_size 8 context_length 32 layers 1 hidden_size 4 bos_id -1 eos_ids [2, 3] chat_template "" parameters 40
  // expected-error @+1 {{expected 2 elements of tokens, found 1}}
  exec.step_layout fields [#exec.step_field_place<counts, offset = 0, count = 8>, #exec.step_field_place<tokens, offset = 64, count = 1>, #exec.step_field_place<positions, offset = 128, count = 2>, #exec.step_field_place<row_sequence, offset = 192, count = 2>, #exec.step_field_place<row_slot, offset = 256, count = 2>, #exec.step_field_place<sequence_segments, offset = 320, count = 2>, #exec.step_field_place<segment_pages, offset = 384, count = 2>, #exec.step_field_place<segment_length, offset = 448, count = 1>, #exec.step_field_place<segment_first, offset = 512, count = 1>, #exec.step_field_place<pages, offset = 576, count = 1>, #exec.step_field_place<wanted, offset = 640, count = 2>, #exec.step_field_place<row_blocks, offset = 704, count = 3>] bytes 768 max_rows 2 max_sequences 1 max_segments 1 max_pages 1
  exec.cache layers 1 kv_heads 1 head_dim 4 format f16
}

// -----

// A step without pages.
exec.package format_version 1 compiler "step_layout_c4" levels [avx2, avx512] {
  exec.model family "llama" name "tiny" vocab_size 8 context_length 32 layers 1 hidden_size 4 bos_id -1 eos_ids [2, 3] chat_template "" parameters 40
  // expected-error @+1 {{expected positive maxima}}
  exec.step_layout fields [#exec.step_field_place<counts, offset = 0, count = 8>, #exec.step_field_place<tokens, offset = 64, count = 2>, #exec.step_field_place<positions, offset = 128, count = 2>, #exec.step_field_place<row_sequence, offset = 192, count = 2>, #exec.step_field_place<row_slot, offset = 256, count = 2>, #exec.step_field_place<sequence_segments, offset = 320, count = 2>, #exec.step_field_place<segment_pages, offset = 384, count = 2>, #exec.step_field_place<segment_length, offset = 448, count = 1>, #exec.step_field_place<segment_first, offset = 512, count = 1>, #exec.step_field_place<pages, offset = 576, count = 1>, #exec.step_field_place<wanted, offset = 640, count = 2>, #exec.step_field_place<row_blocks, offset = 704, count = 3>] bytes 768 max_rows 2 max_sequences 1 max_segments 1 max_pages 0
  exec.cache layers 1 kv_heads 1 head_dim 4 format f16
}

// -----

// A cache of quantised numbers.
exec.package format_version 1 compiler "cache_c1" levels [avx2, avx512] {
  exec.model family "llama" name "tiny" vocab_size 8 context_length 32 layers 1 hidden_size 4 bos_id -1 eos_ids [2, 3] chat_template "" parameters 40
  exec.step_layout fields [#exec.step_field_place<counts, offset = 0, count = 8>, #exec.step_field_place<tokens, offset = 64, count = 2>, #exec.step_field_place<positions, offset = 128, count = 2>, #exec.step_field_place<row_sequence, offset = 192, count = 2>, #exec.step_field_place<row_slot, offset = 256, count = 2>, #exec.step_field_place<sequence_segments, offset = 320, count = 2>, #exec.step_field_place<segment_pages, offset = 384, count = 2>, #exec.step_field_place<segment_length, offset = 448, count = 1>, #exec.step_field_place<segment_first, offset = 512, count = 1>, #exec.step_field_place<pages, offset = 576, count = 1>, #exec.step_field_place<wanted, offset = 640, count = 2>, #exec.step_field_place<row_blocks, offset = 704, count = 3>] bytes 768 max_rows 2 max_sequences 1 max_segments 1 max_pages 1
  // expected-error @+1 {{expected format f16 or f32, found q8_0}}
  exec.cache layers 1 kv_heads 1 head_dim 4 format q8_0
}

// -----

// A cache without heads.
exec.package format_version 1 compiler "cache_c2" levels [avx2, avx512] {
  exec.model family "llama" name "tiny" vocab_size 8 context_length 32 layers 1 hidden_size 4 bos_id -1 eos_ids [2, 3] chat_template "" parameters 40
  exec.step_layout fields [#exec.step_field_place<counts, offset = 0, count = 8>, #exec.step_field_place<tokens, offset = 64, count = 2>, #exec.step_field_place<positions, offset = 128, count = 2>, #exec.step_field_place<row_sequence, offset = 192, count = 2>, #exec.step_field_place<row_slot, offset = 256, count = 2>, #exec.step_field_place<sequence_segments, offset = 320, count = 2>, #exec.step_field_place<segment_pages, offset = 384, count = 2>, #exec.step_field_place<segment_length, offset = 448, count = 1>, #exec.step_field_place<segment_first, offset = 512, count = 1>, #exec.step_field_place<pages, offset = 576, count = 1>, #exec.step_field_place<wanted, offset = 640, count = 2>, #exec.step_field_place<row_blocks, offset = 704, count = 3>] bytes 768 max_rows 2 max_sequences 1 max_segments 1 max_pages 1
  // expected-error @+1 {{expected positive kv_heads and head_dim, found 0 and 4}}
  exec.cache layers 1 kv_heads 0 head_dim 4 format f16
}

// -----

// A slice that begins inside a tile.
exec.package format_version 1 compiler "slice_c1" levels [avx2, avx512] {
  exec.model family "llama" name "tiny" vocab_size 8 context_length 32 layers 1 hidden_size 4 bos_id -1 eos_ids [2, 3] chat_template "" parameters 40
  exec.step_layout fields [#exec.step_field_place<counts, offset = 0, count = 8>, #exec.step_field_place<tokens, offset = 64, count = 2>, #exec.step_field_place<positions, offset = 128, count = 2>, #exec.step_field_place<row_sequence, offset = 192, count = 2>, #exec.step_field_place<row_slot, offset = 256, count = 2>, #exec.step_field_place<sequence_segments, offset = 320, count = 2>, #exec.step_field_place<segment_pages, offset = 384, count = 2>, #exec.step_field_place<segment_length, offset = 448, count = 1>, #exec.step_field_place<segment_first, offset = 512, count = 1>, #exec.step_field_place<pages, offset = 576, count = 1>, #exec.step_field_place<wanted, offset = 640, count = 2>, #exec.step_field_place<row_blocks, offset = 704, count = 3>] bytes 768 max_rows 2 max_sequences 1 max_segments 1 max_pages 1
  exec.cache layers 1 kv_heads 1 head_dim 4 format f16
  exec.weight "w" rows 32 k 64 format f32 layout packed slices [
  // expected-error @+1 {{expected slice rows to begin at a multiple of 16 below their end, found 8 to 32}}
  #exec.slice<rows = 8 to 32, k = 0 to 64, offset = 0, bytes = 0>] chunk_hashes [] root_hash 0
}

// -----

// A slice that begins inside a block.
exec.package format_version 1 compiler "slice_c2" levels [avx2, avx512] {
  exec.model family "llama" name "tiny" vocab_size 8 context_length 32 layers 1 hidden_size 4 bos_id -1 eos_ids [2, 3] chat_template "" parameters 40
  exec.step_layout fields [#exec.step_field_place<counts, offset = 0, count = 8>, #exec.step_field_place<tokens, offset = 64, count = 2>, #exec.step_field_place<positions, offset = 128, count = 2>, #exec.step_field_place<row_sequence, offset = 192, count = 2>, #exec.step_field_place<row_slot, offset = 256, count = 2>, #exec.step_field_place<sequence_segments, offset = 320, count = 2>, #exec.step_field_place<segment_pages, offset = 384, count = 2>, #exec.step_field_place<segment_length, offset = 448, count = 1>, #exec.step_field_place<segment_first, offset = 512, count = 1>, #exec.step_field_place<pages, offset = 576, count = 1>, #exec.step_field_place<wanted, offset = 640, count = 2>, #exec.step_field_place<row_blocks, offset = 704, count = 3>] bytes 768 max_rows 2 max_sequences 1 max_segments 1 max_pages 1
  exec.cache layers 1 kv_heads 1 head_dim 4 format f16
  exec.weight "w" rows 32 k 64 format f32 layout packed slices [
  // expected-error @+1 {{expected slice k to begin at a multiple of 32 below its end, found 16 to 64}}
  #exec.slice<rows = 0 to 32, k = 16 to 64, offset = 0, bytes = 0>] chunk_hashes [] root_hash 0
}

// -----

// No slice.
exec.package format_version 1 compiler "weight_c1" levels [avx2, avx512] {
  exec.model family "llama" name "tiny" vocab_size 8 context_length 32 layers 1 hidden_size 4 bos_id -1 eos_ids [2, 3] chat_template "" parameters 40
  exec.step_layout fields [#exec.step_field_place<counts, offset = 0, count = 8>, #exec.step_field_place<tokens, offset = 64, count = 2>, #exec.step_field_place<positions, offset = 128, count = 2>, #exec.step_field_place<row_sequence, offset = 192, count = 2>, #exec.step_field_place<row_slot, offset = 256, count = 2>, #exec.step_field_place<sequence_segments, offset = 320, count = 2>, #exec.step_field_place<segment_pages, offset = 384, count = 2>, #exec.step_field_place<segment_length, offset = 448, count = 1>, #exec.step_field_place<segment_first, offset = 512, count = 1>, #exec.step_field_place<pages, offset = 576, count = 1>, #exec.step_field_place<wanted, offset = 640, count = 2>, #exec.step_field_place<row_blocks, offset = 704, count = 3>] bytes 768 max_rows 2 max_sequences 1 max_segments 1 max_pages 1
  exec.cache layers 1 kv_heads 1 head_dim 4 format f16
  // expected-error @+1 {{expected slices that cover 32 x 64 once, sorted by row_begin, then k_begin}}
  exec.weight "w" rows 32 k 64 format f32 layout packed slices [] chunk_hashes [] root_hash 0
}

// -----

// A hole at the end of the rows.
exec.package format_version 1 compiler "weight_c1_rows" levels [avx2, avx512] {
  exec.model family "llama" name "tiny" vocab_size 8 context_length 32 layers 1 hidden_size 4 bos_id -1 eos_ids [2, 3] chat_template "" parameters 40
  exec.step_layout fields [#exec.step_field_place<counts, offset = 0, count = 8>, #exec.step_field_place<tokens, offset = 64, count = 2>, #exec.step_field_place<positions, offset = 128, count = 2>, #exec.step_field_place<row_sequence, offset = 192, count = 2>, #exec.step_field_place<row_slot, offset = 256, count = 2>, #exec.step_field_place<sequence_segments, offset = 320, count = 2>, #exec.step_field_place<segment_pages, offset = 384, count = 2>, #exec.step_field_place<segment_length, offset = 448, count = 1>, #exec.step_field_place<segment_first, offset = 512, count = 1>, #exec.step_field_place<pages, offset = 576, count = 1>, #exec.step_field_place<wanted, offset = 640, count = 2>, #exec.step_field_place<row_blocks, offset = 704, count = 3>] bytes 768 max_rows 2 max_sequences 1 max_segments 1 max_pages 1
  exec.cache layers 1 kv_heads 1 head_dim 4 format f16
  // expected-error @+1 {{expected slices that cover 32 x 64 once, sorted by row_begin, then k_begin}}
  exec.weight "w" rows 32 k 64 format f32 layout packed slices [#exec.slice<rows = 0 to 16, k = 0 to 64, offset = 0, bytes = 0>] chunk_hashes [] root_hash 0
}

// -----

// A hole in k.
exec.package format_version 1 compiler "weight_c1_k" levels [avx2, avx512] {
  exec.model family "llama" name "tiny" vocab_size 8 context_length 32 layers 1 hidden_size 4 bos_id -1 eos_ids [2, 3] chat_template "" parameters 40
  exec.step_layout fields [#exec.step_field_place<counts, offset = 0, count = 8>, #exec.step_field_place<tokens, offset = 64, count = 2>, #exec.step_field_place<positions, offset = 128, count = 2>, #exec.step_field_place<row_sequence, offset = 192, count = 2>, #exec.step_field_place<row_slot, offset = 256, count = 2>, #exec.step_field_place<sequence_segments, offset = 320, count = 2>, #exec.step_field_place<segment_pages, offset = 384, count = 2>, #exec.step_field_place<segment_length, offset = 448, count = 1>, #exec.step_field_place<segment_first, offset = 512, count = 1>, #exec.step_field_place<pages, offset = 576, count = 1>, #exec.step_field_place<wanted, offset = 640, count = 2>, #exec.step_field_place<row_blocks, offset = 704, count = 3>] bytes 768 max_rows 2 max_sequences 1 max_segments 1 max_pages 1
  exec.cache layers 1 kv_heads 1 head_dim 4 format f16
  // expected-error @+1 {{expected slices that cover 32 x 64 once, sorted by row_begin, then k_begin}}
  exec.weight "w" rows 32 k 64 format f32 layout packed slices [#exec.slice<rows = 0 to 32, k = 0 to 32, offset = 0, bytes = 0>] chunk_hashes [] root_hash 0
}

// -----

// Bands that overlap.
exec.package format_version 1 compiler "weight_c1_overlap" levels [avx2, avx512] {
  exec.model family "llama" name "tiny" vocab_size 8 context_length 32 layers 1 hidden_size 4 bos_id -1 eos_ids [2, 3] chat_template "" parameters 40
  exec.step_layout fields [#exec.step_field_place<counts, offset = 0, count = 8>, #exec.step_field_place<tokens, offset = 64, count = 2>, #exec.step_field_place<positions, offset = 128, count = 2>, #exec.step_field_place<row_sequence, offset = 192, count = 2>, #exec.step_field_place<row_slot, offset = 256, count = 2>, #exec.step_field_place<sequence_segments, offset = 320, count = 2>, #exec.step_field_place<segment_pages, offset = 384, count = 2>, #exec.step_field_place<segment_length, offset = 448, count = 1>, #exec.step_field_place<segment_first, offset = 512, count = 1>, #exec.step_field_place<pages, offset = 576, count = 1>, #exec.step_field_place<wanted, offset = 640, count = 2>, #exec.step_field_place<row_blocks, offset = 704, count = 3>] bytes 768 max_rows 2 max_sequences 1 max_segments 1 max_pages 1
  exec.cache layers 1 kv_heads 1 head_dim 4 format f16
  // expected-error @+1 {{expected slices that cover 32 x 64 once, sorted by row_begin, then k_begin}}
  exec.weight "w" rows 32 k 64 format f32 layout packed slices [#exec.slice<rows = 0 to 32, k = 0 to 64, offset = 0, bytes = 0>, #exec.slice<rows = 16 to 32, k = 0 to 64, offset = 0, bytes = 0>] chunk_hashes [] root_hash 0
}

// -----

// Slices in the wrong order.
exec.package format_version 1 compiler "weight_c1_order" levels [avx2, avx512] {
  exec.model family "llama" name "tiny" vocab_size 8 context_length 32 layers 1 hidden_size 4 bos_id -1 eos_ids [2, 3] chat_template "" parameters 40
  exec.step_layout fields [#exec.step_field_place<counts, offset = 0, count = 8>, #exec.step_field_place<tokens, offset = 64, count = 2>, #exec.step_field_place<positions, offset = 128, count = 2>, #exec.step_field_place<row_sequence, offset = 192, count = 2>, #exec.step_field_place<row_slot, offset = 256, count = 2>, #exec.step_field_place<sequence_segments, offset = 320, count = 2>, #exec.step_field_place<segment_pages, offset = 384, count = 2>, #exec.step_field_place<segment_length, offset = 448, count = 1>, #exec.step_field_place<segment_first, offset = 512, count = 1>, #exec.step_field_place<pages, offset = 576, count = 1>, #exec.step_field_place<wanted, offset = 640, count = 2>, #exec.step_field_place<row_blocks, offset = 704, count = 3>] bytes 768 max_rows 2 max_sequences 1 max_segments 1 max_pages 1
  exec.cache layers 1 kv_heads 1 head_dim 4 format f16
  // expected-error @+1 {{expected slices that cover 32 x 64 once, sorted by row_begin, then k_begin}}
  exec.weight "w" rows 32 k 64 format f32 layout packed slices [#exec.slice<rows = 16 to 32, k = 0 to 64, offset = 0, bytes = 0>, #exec.slice<rows = 0 to 16, k = 0 to 64, offset = 0, bytes = 0>] chunk_hashes [] root_hash 0
}

// -----

// Slices past the end of k.
exec.package format_version 1 compiler "weight_c1_past" levels [avx2, avx512] {
  exec.model family "llama" name "tiny" vocab_size 8 context_length 32 layers 1 hidden_size 4 bos_id -1 eos_ids [2, 3] chat_template "" parameters 40
  exec.step_layout fields [#exec.step_field_place<counts, offset = 0, count = 8>, #exec.step_field_place<tokens, offset = 64, count = 2>, #exec.step_field_place<positions, offset = 128, count = 2>, #exec.step_field_place<row_sequence, offset = 192, count = 2>, #exec.step_field_place<row_slot, offset = 256, count = 2>, #exec.step_field_place<sequence_segments, offset = 320, count = 2>, #exec.step_field_place<segment_pages, offset = 384, count = 2>, #exec.step_field_place<segment_length, offset = 448, count = 1>, #exec.step_field_place<segment_first, offset = 512, count = 1>, #exec.step_field_place<pages, offset = 576, count = 1>, #exec.step_field_place<wanted, offset = 640, count = 2>, #exec.step_field_place<row_blocks, offset = 704, count = 3>] bytes 768 max_rows 2 max_sequences 1 max_segments 1 max_pages 1
  exec.cache layers 1 kv_heads 1 head_dim 4 format f16
  // expected-error @+1 {{expected slices that cover 32 x 64 once, sorted by row_begin, then k_begin}}
  exec.weight "w" rows 32 k 64 format f32 layout packed slices [#exec.slice<rows = 0 to 32, k = 0 to 96, offset = 0, bytes = 0>] chunk_hashes [] root_hash 0
}

// -----

// A block that is cut.
exec.package format_version 1 compiler "weight_c2" levels [avx2, avx512] {
  exec.model family "llama" name "tiny" vocab_size 8 context_length 32 layers 1 hidden_size 4 bos_id -1 eos_ids [2, 3] chat_template "" parameters 40
  exec.step_layout fields [#exec.step_field_place<counts, offset = 0, count = 8>, #exec.step_field_place<tokens, offset = 64, count = 2>, #exec.step_field_place<positions, offset = 128, count = 2>, #exec.step_field_place<row_sequence, offset = 192, count = 2>, #exec.step_field_place<row_slot, offset = 256, count = 2>, #exec.step_field_place<sequence_segments, offset = 320, count = 2>, #exec.step_field_place<segment_pages, offset = 384, count = 2>, #exec.step_field_place<segment_length, offset = 448, count = 1>, #exec.step_field_place<segment_first, offset = 512, count = 1>, #exec.step_field_place<pages, offset = 576, count = 1>, #exec.step_field_place<wanted, offset = 640, count = 2>, #exec.step_field_place<row_blocks, offset = 704, count = 3>] bytes 768 max_rows 2 max_sequences 1 max_segments 1 max_pages 1
  exec.cache layers 1 kv_heads 1 head_dim 4 format f16
  // expected-error @+1 {{expected k of format q4_0 to be a multiple of 32, found 40}}
  exec.weight "w" rows 16 k 40 format q4_0 layout packed slices [#exec.slice<rows = 0 to 16, k = 0 to 40, offset = 0, bytes = 0>] chunk_hashes [] root_hash 0
}

// -----

// A vector of blocks.
exec.package format_version 1 compiler "weight_c3" levels [avx2, avx512] {
  exec.model family "llama" name "tiny" vocab_size 8 context_length 32 layers 1 hidden_size 4 bos_id -1 eos_ids [2, 3] chat_template "" parameters 40
  exec.step_layout fields [#exec.step_field_place<counts, offset = 0, count = 8>, #exec.step_field_place<tokens, offset = 64, count = 2>, #exec.step_field_place<positions, offset = 128, count = 2>, #exec.step_field_place<row_sequence, offset = 192, count = 2>, #exec.step_field_place<row_slot, offset = 256, count = 2>, #exec.step_field_place<sequence_segments, offset = 320, count = 2>, #exec.step_field_place<segment_pages, offset = 384, count = 2>, #exec.step_field_place<segment_length, offset = 448, count = 1>, #exec.step_field_place<segment_first, offset = 512, count = 1>, #exec.step_field_place<pages, offset = 576, count = 1>, #exec.step_field_place<wanted, offset = 640, count = 2>, #exec.step_field_place<row_blocks, offset = 704, count = 3>] bytes 768 max_rows 2 max_sequences 1 max_segments 1 max_pages 1
  exec.cache layers 1 kv_heads 1 head_dim 4 format f16
  // expected-error @+1 {{expected layout rows to have no block format, found q8_0}}
  exec.weight "w" rows 1 k 64 format q8_0 layout rows slices [#exec.slice<rows = 0 to 1, k = 0 to 64, offset = 0, bytes = 0>] chunk_hashes [] root_hash 0
}

// -----

// A kernel without code for the second level.
exec.package format_version 1 compiler "kernel_c1" levels [avx2, avx512] {
  exec.model family "llama" name "tiny" vocab_size 8 context_length 32 layers 1 hidden_size 4 bos_id -1 eos_ids [2, 3] chat_template "" parameters 40
  exec.step_layout fields [#exec.step_field_place<counts, offset = 0, count = 8>, #exec.step_field_place<tokens, offset = 64, count = 2>, #exec.step_field_place<positions, offset = 128, count = 2>, #exec.step_field_place<row_sequence, offset = 192, count = 2>, #exec.step_field_place<row_slot, offset = 256, count = 2>, #exec.step_field_place<sequence_segments, offset = 320, count = 2>, #exec.step_field_place<segment_pages, offset = 384, count = 2>, #exec.step_field_place<segment_length, offset = 448, count = 1>, #exec.step_field_place<segment_first, offset = 512, count = 1>, #exec.step_field_place<pages, offset = 576, count = 1>, #exec.step_field_place<wanted, offset = 640, count = 2>, #exec.step_field_place<row_blocks, offset = 704, count = 3>] bytes 768 max_rows 2 max_sequences 1 max_segments 1 max_pages 1
  exec.cache layers 1 kv_heads 1 head_dim 4 format f16
  exec.weight "embed" rows 8 k 4 format f32 layout packed slices [#exec.slice<rows = 0 to 8, k = 0 to 4, offset = 4096, bytes = 256>] chunk_hashes [-1] root_hash 18446744073709551615
  // expected-error @+1 {{expected code for each of the package's 2 levels, in their order, found 1 entries}}
  exec.kernel @embed code [#exec.kernel_code<avx2, body = 0, prologue = 0, has_prologue = false>] operands 3 row_block 64 column_tiles 1 scratch_bytes 128 source "model.mlir:3:4"
}
