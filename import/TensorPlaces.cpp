// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "import/TensorPlaces.h"

#include <algorithm>

using namespace sennit;

std::optional<uint64_t> sennit::elementCount(const std::vector<int64_t> &shape) {
  int64_t count = 1;
  bool empty = false;
  for (int64_t dim : shape) {
    // A zero must not hide that the other dimensions overflow.
    empty |= dim == 0;
    if (dim < 0 || __builtin_mul_overflow(count, std::max<int64_t>(dim, 1), &count))
      return std::nullopt;
  }
  return empty ? 0 : static_cast<uint64_t>(count);
}

std::string sennit::describeShape(const std::vector<int64_t> &shape) {
  std::string text = "[";
  for (size_t i = 0; i < shape.size(); ++i)
    text += (i ? ", " : "") + std::to_string(shape[i]);
  return text + "]";
}

Status sennit::checkNoOverlap(const std::vector<TensorInfo> &tensors, const std::string &file) {
  std::vector<const TensorInfo *> sorted;
  for (const TensorInfo &tensor : tensors)
    if (tensor.supported && tensor.bytes)
      sorted.push_back(&tensor);
  std::sort(sorted.begin(), sorted.end(), [](const TensorInfo *a, const TensorInfo *b) {
    return a->offset != b->offset ? a->offset < b->offset : a->name < b->name;
  });
  for (size_t i = 1; i < sorted.size(); ++i) {
    const TensorInfo &before = *sorted[i - 1], &after = *sorted[i];
    if (before.offset + before.bytes > after.offset)
      return invalidInput(file + ": expected tensors apart, found that '" + before.name + "' (bytes " +
                          std::to_string(before.offset) + " to " +
                          std::to_string(before.offset + before.bytes) + ") overlaps '" + after.name +
                          "' (from byte " + std::to_string(after.offset) + ")");
  }
  return Status::okay();
}
