// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Attention: the body stays whole, since its primitives are made for it; the schedule says which part of it a
// function does.
#include "passes/tile/Variants.h"

namespace sennit {

using namespace mlir;
using tile::CudaAttr;
using tile::CudaForm;

FailureOr<SmallVector<tile::KernelOp>> splitAttention(tile::KernelOp kernel) {
  auto make = [&](CudaForm form, StringRef suffix, int64_t rows, int64_t threads, int64_t blocks) {
    return cloneAs(kernel,
                   CudaAttr::get(kernel.getContext(), form, kernel.getSymNameAttr(), /*group=*/0,
                                 /*most=*/0, rows, /*columns=*/0, /*stages=*/2, threads, blocks),
                   suffix);
  };
  SmallVector<tile::KernelOp> made;
  if (kernel.getDomain() == RowDomain::Generated) {
    made = {make(CudaForm::Generated, "_blocks", /*rows=*/1, /*threads=*/128, /*blocks=*/4),
            make(CudaForm::Merge, "_merge", /*rows=*/1, /*threads=*/128, /*blocks=*/8)};
  } else {
    made = {make(CudaForm::Prompt, "_prompt", /*rows=*/64, /*threads=*/128, /*blocks=*/2)};
  }
  kernel.erase();
  return made;
}

} // namespace sennit
