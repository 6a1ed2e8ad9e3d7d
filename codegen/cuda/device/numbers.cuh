// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Arithmetic on sizes, for kernels and for the host that emits and launches them.
#pragma once

#ifdef __CUDACC__
#define SENNIT_SHAPE static __host__ __device__ constexpr
#else
#define SENNIT_SHAPE static constexpr
#endif

namespace sennit {

SENNIT_SHAPE int least(int a, int b) { return a < b ? a : b; }
SENNIT_SHAPE int most(int a, int b) { return a > b ? a : b; }
SENNIT_SHAPE int round_up(int value, int to) { return (value + to - 1) / to * to; }

} // namespace sennit
