// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "import/ParamSource.h"

#include "import/TensorPlaces.h"

#include <cstring>

using namespace sennit;

namespace {

/// A tensor seen as a matrix: a vector is one row.
struct Extent {
  int64_t rows, columns;
};

Extent extentOf(const TensorInfo &tensor) {
  if (tensor.shape.size() == 1)
    return {1, tensor.shape[0]};
  return {tensor.shape[0], tensor.shape[1]};
}

/// Where GGUF put element `index` of the heads' rows or bias.
int64_t interleaved(int64_t index, int64_t headDim) {
  int64_t head = index / headDim, within = index % headDim, half = headDim / 2;
  return head * headDim + 2 * (within % half) + within / half;
}

} // namespace

Status sennit::checkSource(const Checkpoint &checkpoint, const ParamSource &source) {
  if (source.tensor >= checkpoint.tensors.size())
    return internalError("parameter '" + source.name + "' reads a tensor that does not exist");
  const TensorInfo &tensor = checkpoint.tensors[source.tensor];
  auto wrong = [&](const std::string &what) {
    return internalError("parameter '" + source.name + "' on tensor '" + tensor.name + "' of shape " +
                         describeShape(tensor.shape) + ": " + what);
  };
  if (!tensor.supported || tensor.format != source.format)
    return wrong("expected the tensor's own format");
  if (tensor.shape.empty() || tensor.shape.size() > 2)
    return wrong("expected a tensor of one or two dimensions");
  Extent extent = extentOf(tensor);
  int64_t block = blockElements(tensor.format);
  if (source.rows <= 0 || source.k <= 0 || source.rowBegin < 0 || source.columnBegin < 0)
    return wrong("expected a rectangle that is not empty");
  int64_t rows = source.transposed ? extent.columns : extent.rows;
  int64_t columns = source.transposed ? extent.rows : extent.columns;
  if (source.rowBegin > rows || source.rows > rows - source.rowBegin || source.columnBegin > columns ||
      source.k > columns - source.columnBegin)
    return wrong("expected rows and columns inside it");
  if (block > 1 && (source.transposed || source.vector || source.k % block || source.columnBegin % block))
    return wrong("expected whole blocks along k");
  if (source.vector && source.rows != 1)
    return wrong("expected one row for a vector");
  if (source.ropeHeads) {
    int64_t length = source.vector ? source.k : source.rows;
    if (source.ropeHeads < 0 || length % source.ropeHeads || length / source.ropeHeads % 2 ||
        source.transposed || source.rowBegin || source.columnBegin)
      return wrong("expected whole heads of an even size");
  }
  return Status::okay();
}

void sennit::readRow(const Checkpoint &checkpoint, const ParamSource &source, int64_t row, uint8_t *out) {
  const TensorInfo &tensor = checkpoint.tensors[source.tensor];
  const uint8_t *data = checkpoint.files[tensor.file].bytes().data() + tensor.offset;
  Extent extent = extentOf(tensor);
  int64_t block = blockElements(source.format), size = blockBytes(source.format);
  int64_t stride = extent.columns / block * size; // bytes of a stored row
  if (source.transposed) {
    const uint8_t *from = data + source.columnBegin * stride + (source.rowBegin + row) * size;
    for (int64_t c = 0; c < source.k; ++c, from += stride)
      std::memcpy(out + c * size, from, size);
    return;
  }
  if (source.ropeHeads && source.vector) {
    for (int64_t c = 0; c < source.k; ++c)
      std::memcpy(out + c * size, data + interleaved(c, source.k / source.ropeHeads) * size, size);
    return;
  }
  int64_t stored = source.rowBegin + row;
  if (source.ropeHeads)
    stored = interleaved(row, source.rows / source.ropeHeads);
  std::memcpy(out, data + stored * stride + source.columnBegin / block * size, source.rowBytes());
}
