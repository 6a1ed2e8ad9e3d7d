// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/gpu/Fill.h"

#include "runtime/program/Skeleton.h"
#include "runtime/weights/Pack.h"
#include "tools/compiler/MadeUpWeights.h"

#include <cstring>
#include <vector>

namespace sennit::gpu {
namespace {

/// No divisor of the rows of a tile, so that tiles differ.
constexpr int64_t differentRows = 61;

/// Rows of the weight that is being written.
class NoiseRows {
public:
  Status row(const schema::PackageT &package, size_t weight, int64_t row, uint8_t *out) {
    const schema::WeightT &one = *package.weights[weight];
    const size_t bytes = size_t(weights::rowBytes(one.format, int64_t(one.k)));
    if (weight != current || made.empty()) {
      current = weight;
      made.assign(size_t(differentRows), {});
    }
    std::vector<uint8_t> &stored = made[size_t(row % differentRows)];
    if (stored.empty()) {
      stored.resize(bytes);
      compiler::makeUpRow(one.format, weight, row % differentRows, int64_t(one.k), stored.data());
    }
    std::memcpy(out, stored.data(), bytes);
    return Status::okay();
  }

private:
  size_t current = 0;
  std::vector<std::vector<uint8_t>> made;
};

} // namespace

Status fillWithNoise(const std::string &skeleton, const std::string &path,
                     const std::atomic<bool> *interrupt) {
  NoiseRows noise;
  return fillSkeleton(
      skeleton, path,
      [&](const schema::PackageT &package, size_t weight, int64_t row, uint8_t *out) {
        return noise.row(package, weight, row, out);
      },
      interrupt);
}

} // namespace sennit::gpu
