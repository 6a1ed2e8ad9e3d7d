// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "codegen/cuda/emit/EmitFunction.h"

using namespace mlir;

namespace sennit {

CudaFunction FunctionEmitter::emitAttention() {
  error(function) << "has no form on a GPU here";
  return {};
}

} // namespace sennit
