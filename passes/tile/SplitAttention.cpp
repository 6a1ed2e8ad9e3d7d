// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Attention: the body stays whole, since its primitives are made for it; the schedule says which part of it a
// function does.
#include "passes/tile/Variants.h"

#include "codegen/cuda/device/attention_shape.cuh"

namespace sennit {

using namespace mlir;
using tile::CudaAttr;
using tile::CudaForm;

FailureOr<SmallVector<tile::KernelOp>> splitAttention(tile::KernelOp kernel) {
  tile::ContractOp scores;
  kernel.getBody().walk([&](tile::ContractOp contract) {
    if (contract.getView().getType().getLayout() == tile::ViewLayout::Keys)
      scores = contract;
  });
  if (!scores)
    return kernel.emitOpError("expected a contraction with keys beside its tile.keys"), failure();
  tile::ViewType view = scores.getView().getType();
  const AttentionShape shape{view.getFormat() == Format::F32 ? 4 : 2, static_cast<int>(view.getWidth()),
                             static_cast<int>(scores.getActivation().getType().getGroup()),
                             static_cast<int>(view.getShape()[1])};
  auto make = [&](CudaForm form, StringRef suffix, int64_t rows, int64_t stages, int64_t blocks) {
    return cloneAs(kernel,
                   CudaAttr::get(kernel.getContext(), form, kernel.getSymNameAttr(), /*group=*/0, /*most=*/0,
                                 rows,
                                 /*columns=*/0, stages, attention_threads, blocks),
                   suffix);
  };
  SmallVector<tile::KernelOp> made;
  if (kernel.getDomain() == RowDomain::Generated) {
    made = {make(CudaForm::Generated, "_blocks", 1, shape.partial_stages(), shape.partial_blocks_per_sm()),
            make(CudaForm::Merge, "_merge", 1, 1, 8)};
  } else {
    made = {make(CudaForm::Prompt, "_rows", shape.prompt_rows(), 2, shape.prompt_blocks_per_sm())};
  }
  kernel.erase();
  return made;
}

} // namespace sennit
