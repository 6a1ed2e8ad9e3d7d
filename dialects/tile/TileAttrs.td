// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#ifndef SENNIT_TILE_ATTRS
#define SENNIT_TILE_ATTRS

include "dialects/tile/TileDialect.td"
include "dialects/tile/TileEnums.td"
include "mlir/IR/AttrTypeBase.td"

def Tile_CpuAttr : AttrDef<Tile_Dialect, "Cpu"> {
  let mnemonic = "cpu";
  let summary = "how a CPU runs a kernel";
  let description = [{
    A schedule changes speed, never bytes.
    - `rows`: the most activation rows in one register tile of a contraction (an emitter with fewer registers takes
      fewer), and the most rows of one sequence that attention handles together;
    - `streams`: contiguous ranges of weight tiles that are read side by side when there is one row;
    - `ahead`: bytes that each stream is prefetched ahead, 0 for none.

    Example: `#tile.cpu<rows = 8, streams = 4, ahead = 2048>`; a kernel for several code levels may have a dictionary,
    `{avx2 = #tile.cpu<...>, avx512 = #tile.cpu<...>}`.
  }];
  let parameters = (ins "int64_t":$rows, "int64_t":$streams, "int64_t":$ahead);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

def Tile_CudaAttr : AttrDef<Tile_Dialect, "Cuda"> {
  let mnemonic = "cuda";
  let summary = "how a CUDA function runs a part of a kernel";
  let description = [{
    Made by `tile-split-variants`: a kernel becomes one or more functions, for launches of few or many rows.
    - `form`: `row` runs the body for each row; `few` evaluates the prologue in each block, then multiplies; `encode`
      evaluates the prologue of each row into scratch, for `stream` and `many`, which multiply, the first with a ring of
      weights for each warp, the second with one for the block; `prompt` is attention of prompt rows, `generated` the
      partial result of each block of keys of a generated row, `merge` joins them;
    - `of`: the kernel that the function does a part of;
    - `group`: which of the kernel's groups of equal sections it does: those with one weight format and one activation;
    - `most`: the most rows of a launch that the function serves, 0: any;
    - `rows`: rows that a block (form `row`: a group of threads) works on together;
    - `columns`: weight rows that a block works on together, 0 where it sees none;
    - `stages`: slices of the weights along K that are in shared memory at one time;
    - `threads` of a block, and `blocks` that one multiprocessor holds, at least.

    Constraints
    - C1: `threads` is a multiple of 32 from 32 to 1024, `blocks` 1 to 32, `rows` at least 1, `stages` 1 to 16.
    - C2: `columns` is a positive multiple of 16 in the forms `few`, `stream` and `many`, 0 in others.

    Example: `#tile.cuda<form = many, of = "linear", rows = 64, columns = 64, stages = 4, threads = 128, blocks = 2>`
  }];
  let parameters = (ins EnumParameter<Tile_CudaForm>:$form, "::mlir::StringAttr":$of,
                        DefaultValuedParameter<"int64_t", "0">:$group,
                        DefaultValuedParameter<"int64_t", "0">:$most, DefaultValuedParameter<"int64_t", "1">:$rows,
                        DefaultValuedParameter<"int64_t", "0">:$columns,
                        DefaultValuedParameter<"int64_t", "1">:$stages, "int64_t":$threads,
                        DefaultValuedParameter<"int64_t", "1">:$blocks);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// Whether it reads what a function of form `encode` left in scratch.
    bool readsEncoded() const { return getForm() == CudaForm::Stream || getForm() == CudaForm::Many; }
  }];
}

def Tile_ScheduleAttr
    : AnyAttrOf<[Tile_CpuAttr, Tile_CudaAttr, DictionaryAttr], "a schedule or one for each code level">;

#endif // SENNIT_TILE_ATTRS
