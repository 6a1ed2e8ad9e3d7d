// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// The parts of the contraction table, one for each family of formats. Internal to findContract.
#pragma once

#include "codegen/cpu/Contract.h"

namespace sennit {

/// q8_0, q4_0, q4_1 weights with Q8 activations, or null.
const ContractEmitter *findBlockContract(Format weight, schema::CpuLevel level);

/// f32, f16, bf16 weights with F32 activations, or null. The same ops serve both levels.
const ContractEmitter *findFloatContract(Format weight, schema::CpuLevel level);

} // namespace sennit
