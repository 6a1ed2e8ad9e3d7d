// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "dialects/plan/Plan.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace sennit;
using namespace sennit::plan;

#include "dialects/plan/PlanDialect.cpp.inc"
#include "dialects/plan/PlanEnums.cpp.inc"

/// The end of a row range; the largest number prints as `max`.
static ParseResult parseRowEnd(AsmParser &parser, int64_t &end) {
  if (succeeded(parser.parseOptionalKeyword("max"))) {
    end = PieceAttr::maxRows;
    return success();
  }
  return parser.parseInteger(end);
}

static void printRowEnd(AsmPrinter &printer, int64_t end) {
  if (end == PieceAttr::maxRows)
    printer << "max";
  else
    printer << end;
}

static ParseResult parseNumber(AsmParser &parser, FailureOr<APFloat> &number) {
  APFloat value(0.0);
  if (parser.parseFloat(APFloat::IEEEdouble(), value))
    return failure();
  number = value;
  return success();
}

static void printNumber(AsmPrinter &printer, const APFloat &number) {
  printer << formatNumber(number.convertToDouble());
}

#define GET_ATTRDEF_CLASSES
#include "dialects/plan/PlanAttrs.cpp.inc"

void PlanDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/plan/PlanAttrs.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialects/plan/PlanOps.cpp.inc"
      >();
}
