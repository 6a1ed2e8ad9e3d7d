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

LogicalResult CudaAttr::verify(function_ref<InFlightDiagnostic()> emitError, CudaForm form, StringAttr of,
                               int64_t group, int64_t most, int64_t rows, int64_t columns, int64_t stages,
                               int64_t threads, int64_t blocks) {
  // cuda_c1
  if (threads < 32 || threads > 1024 || threads % 32 != 0)
    return emitError() << "expected 32 to 1024 threads in whole warps, found " << threads;
  if (blocks < 1 || blocks > 32)
    return emitError() << "expected 1 to 32 blocks of a multiprocessor, found " << blocks;
  if (rows < 1 || most < 0 || group < 0)
    return emitError() << "expected at least 1 row and no negative number, found rows = " << rows
                       << ", most = " << most << ", group = " << group;
  if (stages < 1 || stages > 16)
    return emitError() << "expected 1 to 16 stages, found " << stages;
  // cuda_c2
  bool multiplies = form == CudaForm::Few || form == CudaForm::Stream || form == CudaForm::Many;
  if (multiplies ? columns < 16 || columns % 16 != 0 : columns != 0)
    return emitError() << "expected " << (multiplies ? "a multiple of 16 columns" : "no columns")
                       << " in form " << stringifyCudaForm(form) << ", found " << columns;
  return success();
}

} // namespace sennit::tile
