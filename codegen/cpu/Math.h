// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Elementary functions as straight vector code: fixed sequences of multiplications, fused multiply-adds and integer ops,
// so they give the same bytes on both code levels and for every vector width, scalars included.
#pragma once

#include "mlir/IR/PatternMatch.h"

namespace sennit {

/// Adds patterns that expand f32 scalar and vector forms of these ops. Largest errors over all floats unless noted:
///   math.exp    2 ulp relative; exp(-inf) = 0, results below 2^-126 are flushed to 0 (x < -87.336), overflow gives inf
///   math.sin, math.cos  2e-7 absolute for |x| <= 1e5, 1e-5 beyond up to 1e6; inf gives NaN
///   math.tanh   3e-7 relative; +-1 at the ends
///   math.erf    3e-7 absolute; +-1 at the ends
///   math.log    2 ulp relative for normal x; log(0) = -inf, log(x < 0) = NaN, log(inf) = inf
///   math.rsqrt  1 / sqrt(x), both exactly rounded
/// NaN in gives NaN out everywhere.
void populateMathExpansionPatterns(mlir::RewritePatternSet &patterns);

} // namespace sennit
