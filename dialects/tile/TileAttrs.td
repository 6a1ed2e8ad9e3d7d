// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#ifndef SENNIT_TILE_ATTRS
#define SENNIT_TILE_ATTRS

include "dialects/tile/TileDialect.td"
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

def Tile_ScheduleAttr : AnyAttrOf<[Tile_CpuAttr, DictionaryAttr], "a schedule or one for each code level">;

#endif // SENNIT_TILE_ATTRS
