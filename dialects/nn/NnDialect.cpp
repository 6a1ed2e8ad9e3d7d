// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "dialects/nn/Nn.h"

#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace sennit;
using namespace sennit::nn;

#include "dialects/nn/NnDialect.cpp.inc"
#include "dialects/nn/NnEnums.cpp.inc"
#include "dialects/nn/NnInterfaces.cpp.inc"

/// `576x1536`, as in a tensor type but with static dimensions only.
static ParseResult parseStaticShape(AsmParser &parser, SmallVector<int64_t> &shape) {
  return parser.parseDimensionList(shape, /*allowDynamic=*/false, /*withTrailingX=*/false);
}

static void printStaticShape(AsmPrinter &printer, ArrayRef<int64_t> shape) {
  printer.printDimensionList(shape);
}

/// `3x64`: kv heads and head dimension.
static ParseResult parseHeadShape(AsmParser &parser, int64_t &kvHeads, int64_t &headDim) {
  SmallVector<int64_t> shape;
  SMLoc location = parser.getCurrentLocation();
  if (parser.parseDimensionList(shape, /*allowDynamic=*/false, /*withTrailingX=*/false))
    return failure();
  if (shape.size() != 2)
    return parser.emitError(location, "expected kv_heads x head_dim, found ")
           << shape.size() << " dimensions";
  kvHeads = shape[0];
  headDim = shape[1];
  return success();
}

static void printHeadShape(AsmPrinter &printer, int64_t kvHeads, int64_t headDim) {
  printer.printDimensionList({kvHeads, headDim});
}

#define GET_ATTRDEF_CLASSES
#include "dialects/nn/NnAttrs.cpp.inc"
#define GET_TYPEDEF_CLASSES
#include "dialects/nn/NnTypes.cpp.inc"

void NnDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/nn/NnAttrs.cpp.inc"
      >();
  addTypes<
#define GET_TYPEDEF_LIST
#include "dialects/nn/NnTypes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialects/nn/NnOps.cpp.inc"
      >();
}

int64_t sennit::nn::storedRowBytes(Format format, int64_t k) {
  switch (format) {
  case Format::F32:
  case Format::I32:
    return 4 * k;
  case Format::F16:
  case Format::BF16:
    return 2 * k;
  case Format::Q8_0:
    return k / 32 * 34;
  case Format::Q4_0:
    return k / 32 * 18;
  case Format::Q4_1:
    return k / 32 * 20;
  }
  llvm_unreachable("a format that is not in Common.td");
}

int64_t WeightType::getRowBytes() const {
  return storedRowBytes(getFormat(), getK());
}

RankedTensorType sennit::nn::activationType(MLIRContext *context, int64_t columns) {
  return RankedTensorType::get({ShapedType::kDynamic, columns}, Float32Type::get(context));
}

RankedTensorType sennit::nn::indicesType(MLIRContext *context) {
  return RankedTensorType::get({ShapedType::kDynamic}, IntegerType::get(context, 32));
}
