// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "runtime/base/StatusOr.h"
#include "runtime/program/File.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>

namespace sennit {

/// Writes the package that a skeleton (PackageWriter::finishSkeleton, `sennit compile --weights none`) is
/// without its weights, which `rows` gives as for PackageWriter::finish. The same skeleton and rows give the
/// same bytes, and those of the package that would have been compiled with them. `interrupt` is borrowed and
/// may be null. Errors name what is wrong with the skeleton.
using RowsOfPackage =
    std::function<Status(const schema::PackageT &, size_t weight, int64_t row, uint8_t *out)>;
Status fillSkeleton(const std::string &skeleton, const std::string &path, const RowsOfPackage &rows,
                    const std::atomic<bool> *interrupt = nullptr);

/// Bytes that the weights of a skeleton take in its package.
StatusOr<uint64_t> skeletonWeightBytes(const std::string &skeleton);

} // namespace sennit
