// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// The enums that several dialects share (Common.td), with MLIR attribute classes, and how numbers print.
#pragma once

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/OpImplementation.h"

#include "dialects/CommonEnums.h.inc"

namespace sennit {

/// The shortest decimal text that reads back as the same finite `value` and that MLIR lexes as a float:
/// "1.0", "123456789.0", "1.5e-07". Upstream's printing falls back to hexadecimal beyond six digits.
std::string formatNumber(double value);

} // namespace sennit
