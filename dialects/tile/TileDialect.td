// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#ifndef SENNIT_TILE_DIALECT
#define SENNIT_TILE_DIALECT

include "mlir/IR/OpBase.td"

def Tile_Dialect : Dialect {
  let name = "tile";
  let summary = "How one kernel works: views of memory, tiles of values, contractions";
  let description = [{
    A `tile.kernel` is the work of one distinct plan body. Its operands are views; everything between a load and a
    store is a value. `tile.contract` alone has emitters shaped for a machine; the rest lowers generically.

    Version log:
    - 1: kernel, prologue, columns, for, keys, load, gather, store, constant, fill, map, reduce, encode, contract, yield.
    - 2: #tile.cuda; elements f16, bf16, split; level scratch; async_load, barrier, stage, encoded.
  }];
  let cppNamespace = "::sennit::tile";
  let useDefaultTypePrinterParser = 1;
  let useDefaultAttributePrinterParser = 1;
  let extraClassDeclaration = [{
    void registerTileTypes();
  }];
}

#endif // SENNIT_TILE_DIALECT
