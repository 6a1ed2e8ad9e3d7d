// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Elementary functions as straight vector code: fixed sequences of multiplications, fused multiply-adds and
// integer ops, so they give the same bytes on both code levels and for every vector width, scalars included.
#pragma once

#include "mlir/IR/PatternMatch.h"

namespace sennit {

/// Adds patterns that expand f32 scalar and vector forms of these ops. Largest errors found over all
/// exponents:
///   math.exp    8e-8 relative for x >= -86.9; below, results under 2^-125 become 0; exp(-inf) = 0; overflow
///   gives inf math.sin, math.cos  1.2e-7 absolute for |x| <= 1e5, 2e-7 to 1e6; beyond, something in [-1, 1];
///   inf gives NaN math.tanh   1.3e-7 relative math.erf    1.5e-7 absolute math.log    8e-8 relative; log(0)
///   = -inf, log(x < 0) = NaN math.rsqrt  1 / sqrt(x), both correctly rounded
/// NaN in gives NaN out everywhere.
void populateMathExpansionPatterns(mlir::RewritePatternSet &patterns);

} // namespace sennit
