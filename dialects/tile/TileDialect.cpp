// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "dialects/tile/Tile.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

#include "dialects/tile/TileDialect.cpp.inc"
#include "dialects/tile/TileEnums.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/tile/TileAttrs.cpp.inc"

namespace sennit::tile {

void TileDialect::initialize() {
  registerTileTypes();
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/tile/TileAttrs.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialects/tile/TileOps.cpp.inc"
      >();
}

LogicalResult CpuAttr::verify(function_ref<InFlightDiagnostic()> emitError, int64_t rows, int64_t streams,
                              int64_t ahead) {
  if (rows < 1 || rows > 8)
    return emitError() << "expected 1 to 8 rows, found " << rows;
  if (streams < 1 || streams > 16)
    return emitError() << "expected 1 to 16 streams, found " << streams;
  if (ahead < 0 || ahead > 65536)
    return emitError() << "expected to prefetch 0 to 65536 bytes ahead, found " << ahead;
  return success();
}

} // namespace sennit::tile
