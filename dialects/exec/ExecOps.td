// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// The tables of a package but for the commands, which ExecCommandOps.td holds.
#ifndef SENNIT_DIALECTS_EXEC_OPS
#define SENNIT_DIALECTS_EXEC_OPS

include "dialects/exec/ExecAttrs.td"
include "dialects/exec/ExecTypes.td"
include "mlir/IR/BuiltinAttributes.td"
include "mlir/IR/OpAsmInterface.td"
include "mlir/IR/RegionKindInterface.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

// Unsigned numbers print bare and refuse a sign. Upstream's have no builder from a C++ number.
class Exec_Unsigned<int width, string cppType>
    : TypedUnsignedIntegerAttrBase<UI<width>, cppType, width # "-bit unsigned integer attribute"> {
  let constBuilderCall = "$_builder.getIntegerAttr($_builder.getIntegerType(" # width # ", false), " #
                         "::llvm::APInt(" # width # ", $0))";
}
def Exec_U32 : Exec_Unsigned<32, "uint32_t">;
def Exec_U64 : Exec_Unsigned<64, "uint64_t">;

class Exec_Op<string mnemonic, list<Trait> traits = []> : Op<Exec_Dialect, mnemonic, traits> {
  // The names of attributes and operands, for the test that holds them against the schema's fields.
  let extraClassDeclaration = [{
    static ::llvm::ArrayRef<::llvm::StringRef> getFieldNames() {
      static const ::llvm::StringRef names[] = {}]
      # !interleave(!foreach(i, !range(!size(arguments)), "\"" # !getdagname(arguments, i) # "\""), ", ") # [{};
      return names;
    }
  }];
}

def Exec_PackageOp : Exec_Op<"package", [IsolatedFromAbove, SymbolTable, SingleBlock, NoTerminator,
                                         NoRegionArguments]> {
  let summary = "the metadata of a package";
  let description = [{
    `levels` are the CPU code levels that the package has code for; none until kernels are compiled.

    Lifespan: made by `lower-plan-to-exec`; written by codegen/program.

    **Constraints**
    - C1: the region holds, in this order: one model, one step_layout, one cache, then weights, kernels, programs,
      entries and rates
    - C2: levels ascend
    - C3: no two weights have one name
    - C4: no two entries have one name
    - C5: rates ascend by level

    ```mlir
    exec.package format_version 1 compiler "sennit" levels [] {
      exec.model family "llama" name "tiny" vocab_size 8 context_length 32 layers 0 hidden_size 4 bos_id -1
        eos_ids [] chat_template "" parameters 0
      exec.step_layout fields [#exec.step_field_place<counts, offset = 0, count = 8>,
        #exec.step_field_place<tokens, offset = 64, count = 1>,
        #exec.step_field_place<positions, offset = 128, count = 1>,
        #exec.step_field_place<row_sequence, offset = 192, count = 1>,
        #exec.step_field_place<row_slot, offset = 256, count = 1>,
        #exec.step_field_place<sequence_segments, offset = 320, count = 2>,
        #exec.step_field_place<segment_pages, offset = 384, count = 2>,
        #exec.step_field_place<segment_length, offset = 448, count = 1>,
        #exec.step_field_place<segment_first, offset = 512, count = 1>,
        #exec.step_field_place<pages, offset = 576, count = 1>,
        #exec.step_field_place<wanted, offset = 640, count = 1>,
        #exec.step_field_place<row_blocks, offset = 704, count = 2>]
        bytes 768 max_rows 1 max_sequences 1 max_segments 1 max_pages 1
      exec.cache layers 0 kv_heads 1 head_dim 4 format f16
    }
    ```
  }];
  let arguments = (ins Exec_U32:$format_version, StrAttr:$compiler, DenseI32ArrayAttr:$levels);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    `format_version` $format_version `compiler` $compiler `levels` custom<Levels>($levels) attr-dict-with-keyword
    $body
  }];
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
}

def Exec_ModelOp : Exec_Op<"model", [HasParent<"PackageOp">]> {
  let summary = "table Model: what a tool needs to know about the model";
  let description = [{
    Lifespan: that of its package; see there for an example.
  }];
  let arguments = (ins StrAttr:$family, StrAttr:$name, Exec_U32:$vocab_size, Exec_U32:$context_length,
                       Exec_U32:$layers, Exec_U32:$hidden_size, I32Attr:$bos_id, DenseI32ArrayAttr:$eos_ids,
                       StrAttr:$chat_template, Exec_U64:$parameters);
  let assemblyFormat = [{
    `family` $family `name` $name `vocab_size` $vocab_size `context_length` $context_length `layers` $layers
    `hidden_size` $hidden_size `bos_id` $bos_id `eos_ids` custom<Ids>($eos_ids) `chat_template` $chat_template
    `parameters` $parameters attr-dict
  }];
}

def Exec_StepFieldPlaceArrayAttr : TypedArrayAttrBase<Exec_StepFieldPlaceAttr, "an array of step field places">;

def Exec_StepLayoutOp : Exec_Op<"step_layout", [HasParent<"PackageOp">]> {
  let summary = "table StepLayout: the layout of the step input";
  let description = [{
    Lifespan: that of its package; see there for an example.

    **Constraints**
    - C1: every field once, in the order of StepField
    - C2: a field starts at a multiple of 4, not before the end of the one before it, and ends within `bytes`
    - C3: a field has the elements that the maxima ask for
    - C4: max_rows, max_sequences, max_segments and max_pages are positive
  }];
  let arguments = (ins Exec_StepFieldPlaceArrayAttr:$fields, Exec_U64:$bytes, Exec_U32:$max_rows,
                       Exec_U32:$max_sequences, Exec_U32:$max_segments, Exec_U32:$max_pages);
  let assemblyFormat = [{
    `fields` $fields `bytes` $bytes `max_rows` $max_rows `max_sequences` $max_sequences `max_segments` $max_segments
    `max_pages` $max_pages attr-dict
  }];
  let hasVerifier = 1;
}

def Exec_CacheOp : Exec_Op<"cache", [HasParent<"PackageOp">]> {
  let summary = "table Cache: one key pool and one value pool for each layer";
  let description = [{
    Lifespan: that of its package; see there for an example.

    **Constraints**
    - C1: format is f16 or f32
    - C2: kv_heads and head_dim are positive
  }];
  let arguments = (ins Exec_U32:$layers, Exec_U32:$kv_heads, Exec_U32:$head_dim, Sennit_Format:$format);
  let assemblyFormat = "`layers` $layers `kv_heads` $kv_heads `head_dim` $head_dim `format` $format attr-dict";
  let hasVerifier = 1;
}

def Exec_SliceArrayAttr : TypedArrayAttrBase<Exec_SliceAttr, "an array of slices">;

def Exec_WeightOp : Exec_Op<"weight", [HasParent<"PackageOp">]> {
  let summary = "table Weight: a stored weight";
  let description = [{
    Offsets, bytes and hashes are 0 or empty until the package is written.

    Lifespan: that of its package.

    **Constraints**
    - C1: slices are sorted by row_begin, then k_begin, and cover rows x k once
    - C2: a packed block format has a k that is a multiple of 32; f32, f16, bf16 have any
    - C3: layout rows has no block format

    ```mlir
    // inside exec.package, after exec.cache
    exec.weight "model.norm.weight" rows 1 k 576 format f32 layout rows
      slices [#exec.slice<rows = 0 to 1, k = 0 to 576, offset = 0, bytes = 0>] chunk_hashes [] root_hash 0
    ```
  }];
  let arguments = (ins StrAttr:$name, Exec_U64:$rows, Exec_U64:$k, Sennit_Format:$format, Exec_Layout:$layout,
                       Exec_SliceArrayAttr:$slices, DenseI64ArrayAttr:$chunk_hashes, Exec_U64:$root_hash);
  let assemblyFormat = [{
    $name `rows` $rows `k` $k `format` $format `layout` $layout `slices` $slices `chunk_hashes`
    custom<Hashes>($chunk_hashes) `root_hash` $root_hash attr-dict
  }];
  let hasVerifier = 1;
}

def Exec_KernelCodeArrayAttr : TypedArrayAttrBase<Exec_KernelCodeAttr, "an array of kernel codes">;

def Exec_KernelOp : Exec_Op<"kernel", [HasParent<"PackageOp">, Symbol]> {
  let summary = "table Kernel: a kernel and where its code begins";
  let description = [{
    `code` is empty and row_block, column_tiles, scratch_bytes and part_bytes are 0 until the kernel is compiled.

    Lifespan: that of its package.

    **Constraints**
    - C1: code has one entry for each level of the package, in its order, or none

    ```mlir
    // inside exec.package, after its weights
    exec.kernel @norm_linear code [] operands 4 row_block 64 column_tiles 96 scratch_bytes 0 source ""
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, Exec_KernelCodeArrayAttr:$code, Exec_U32:$operands,
                       Exec_U32:$row_block, Exec_U32:$column_tiles, Exec_U64:$scratch_bytes, StrAttr:$source,
                       DefaultValuedAttr<Exec_U64, "0">:$part_bytes);
  let assemblyFormat = [{
    $sym_name `code` $code `operands` $operands `row_block` $row_block `column_tiles` $column_tiles `scratch_bytes`
    $scratch_bytes `source` $source (`part_bytes` $part_bytes^)? attr-dict
  }];
  let hasVerifier = 1;
}

def Exec_ProgramOp : Exec_Op<"program", [HasParent<"PackageOp">, Symbol, SingleBlock, NoRegionArguments]> {
  let summary = "table Program: what one rank does in one step";
  let description = [{
    Buffers, then slots, then commands, ended by `exec.return`, which names the slot of the logits. `signals` counts
    the signals that commands raise. arena_bytes_without_reuse is what the arena would take if every buffer had a
    place of its own. Commands of one lane run in the order of the text, those of different lanes at the same time,
    held together by signals; the text as a whole is a valid order too. `lane_shares` gives each lane its part of the
    machine, 0 to one that is not used; without it no two lanes run at the same time, and each command has the whole
    machine.

    Lifespan: that of its package.

    **Constraints**
    - C1: the region holds, in this order: buffers, slots, commands, return
    - C2: lane_shares is empty, or has a share from 0 to 1 for each lane and sums up to at most 1
    - C3: a lane that commands name has a share

    ```mlir
    // inside exec.package, after its kernels
    exec.program @step signals 0 arena_bytes 64 arena_bytes_without_reuse 64 {
      %x = exec.buffer "x" offset 0 row_bytes 16 rows 4
      %tokens = exec.slot step tokens
      %logits = exec.slot arena %x
      exec.launch @embed(%tokens, %logits) domain all lane compute accesses [0 read own, 1 write own]
        node "embed" flops_per_row 0.0 bytes_fixed 0.0 bytes_per_row 32.0
      exec.return %logits
    }
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, Exec_U32:$signals, Exec_U64:$arena_bytes,
                       Exec_U64:$arena_bytes_without_reuse,
                       DefaultValuedAttr<DenseF64ArrayAttr, "{}">:$lane_shares);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    $sym_name `signals` $signals `arena_bytes` $arena_bytes `arena_bytes_without_reuse` $arena_bytes_without_reuse
    (`lane_shares` $lane_shares^)? attr-dict-with-keyword $body
  }];
  let hasRegionVerifier = 1;
}

def Exec_BufferOp : Exec_Op<"buffer", [HasParent<"ProgramOp">,
    DeclareOpInterfaceMethods<OpAsmOpInterface, ["getAsmResultNames"]>]> {
  let summary = "table Buffer: a piece of the arena, placed at compile time";
  let description = [{
    Lifespan: that of its program; see there for an example.

    **Constraints**
    - C1: offset is a multiple of 64
    - C2: row_bytes and rows are positive and their product stays below 2^63
  }];
  let arguments = (ins StrAttr:$name, Exec_U64:$offset, Exec_U64:$row_bytes, Exec_U64:$rows);
  let results = (outs Exec_Buffer:$result);
  let assemblyFormat = "$name `offset` $offset `row_bytes` $row_bytes `rows` $rows attr-dict";
  let hasVerifier = 1;
}

def Exec_SlotOp : Exec_Op<"slot", [HasParent<"ProgramOp">,
    DeclareOpInterfaceMethods<OpAsmOpInterface, ["getAsmResultNames"]>]> {
  let summary = "table Slot: a place that commands read and write";
  let description = [{
    The schema's `index` is here what it stands for in each space: a buffer (arena), the name of a weight (weight), a
    layer (key_cache, value_cache), a field of the step input (step).

    Lifespan: that of its program; see there for an example.

    **Constraints**
    - C1: a buffer in space arena, a weight's name in space weight, a layer in the caches, a field in space step, and
      no other of these
    - C2: a weight's name is that of a weight of the package
    - C3: a layer is below the cache's layers
  }];
  let arguments = (ins Exec_Space:$space, Optional<Exec_Buffer>:$buffer, OptionalAttr<StrAttr>:$weight,
                       OptionalAttr<Exec_U32>:$layer, OptionalAttr<Exec_StepField>:$field);
  let results = (outs Exec_Slot:$result);
  let builders = [
    OpBuilder<(ins "::mlir::Value":$buffer)>,
    OpBuilder<(ins "::mlir::StringAttr":$weight)>,
    OpBuilder<(ins "Space":$space, "uint32_t":$layer)>,
    OpBuilder<(ins "StepField":$field)>
  ];
  let assemblyFormat = [{
    $space ($buffer^)? ($weight^)? (`layer` $layer^)? ($field^)? attr-dict
  }];
  let hasVerifier = 1;
}

def Exec_ReturnOp : Exec_Op<"return", [Terminator, HasParent<"ProgramOp">]> {
  let summary = "ends a program and names its logits";
  let description = [{
    `logits` is field Program.logits: f32 [wanted rows][vocab_size].

    Lifespan: that of its program; see there for an example.

    **Constraints**
    - C1: the slot is in the arena
  }];
  let arguments = (ins Exec_Slot:$logits);
  let assemblyFormat = "$logits attr-dict";
  let hasVerifier = 1;
}

def Exec_EntryOp : Exec_Op<"entry", [HasParent<"PackageOp">, SingleBlock, NoTerminator, NoRegionArguments]> {
  let summary = "table Entry: an entry point and its buckets";
  let description = [{
    A step of T rows takes the bucket of its role with the fewest rows that hold T.

    Lifespan: that of its package.

    **Constraints**
    - C1: the region holds buckets only
    - C2: buckets are sorted by rows, then role, without repetition

    ```mlir
    // inside exec.package, after its programs
    exec.entry "step" {
      exec.bucket rows 1 role generated program @step
    }
    ```
  }];
  let arguments = (ins StrAttr:$name);
  let regions = (region SizedRegion<1>:$buckets);
  let assemblyFormat = "$name attr-dict-with-keyword $buckets";
  let hasRegionVerifier = 1;
}

def Exec_BucketOp : Exec_Op<"bucket", [HasParent<"EntryOp">, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "table Bucket: which program serves steps of some size and role";
  let description = [{
    Lifespan: that of its package; see `exec.entry` for an example.

    **Constraints**
    - C1: `program` is an exec.program of the package
    - C2: rows is positive
  }];
  let arguments = (ins Exec_U32:$rows, Exec_StepRole:$role, FlatSymbolRefAttr:$program);
  let assemblyFormat = "`rows` $rows `role` $role `program` $program attr-dict";
  let hasVerifier = 1;
}

def Exec_RatesOp : Exec_Op<"rates", [HasParent<"PackageOp">]> {
  let summary = "table Rates: what the compiler expects of a machine of one code level";
  let description = [{
    Predictions of times are made from it, as in traces. Compiling a package adds those of its levels that are missing,
    from the target.

    Lifespan: that of its package.

    **Constraints**
    - C1: rates are finite and positive

    ```mlir
    // inside exec.package, after its entries
    exec.rates avx2 memory_gb_per_s_per_core 21.0 memory_gb_per_s 40.0 f32_gflops_per_core 103.0
      i8_gops_per_core 204.0
    ```
  }];
  let arguments = (ins Exec_CpuLevel:$level, F64Attr:$memory_gb_per_s_per_core, F64Attr:$memory_gb_per_s,
                       F64Attr:$f32_gflops_per_core, F64Attr:$i8_gops_per_core);
  let assemblyFormat = [{
    $level `memory_gb_per_s_per_core` custom<Number>($memory_gb_per_s_per_core) `memory_gb_per_s`
    custom<Number>($memory_gb_per_s) `f32_gflops_per_core` custom<Number>($f32_gflops_per_core) `i8_gops_per_core`
    custom<Number>($i8_gops_per_core) attr-dict
  }];
  let hasVerifier = 1;
}

include "dialects/exec/ExecCommandOps.td"

#endif // SENNIT_DIALECTS_EXEC_OPS
