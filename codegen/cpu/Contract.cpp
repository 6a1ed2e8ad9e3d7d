// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "codegen/cpu/Contract.h"

#include "codegen/cpu/ContractTable.h"

namespace sennit {

const ContractEmitter *findContract(ContractKind kind) {
  switch (kind.activation) {
  case Activation::F32:
    return findFloatContract(kind.weight, kind.level);
  case Activation::Q8:
    return findBlockContract(kind.weight, kind.level);
  }
  return nullptr;
}

} // namespace sennit
