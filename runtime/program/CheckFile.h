// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Checks of a package file's frame: header, section table, hashes of sections, zeros between them.
#pragma once

#include "runtime/base/Status.h"
#include "runtime/program/File.h"

#include <cstdint>
#include <string>

namespace sennit {

enum class FileKind {
  Whole,    ///< a package: weights are its last section
  Skeleton, ///< by PackageWriter::finishSkeleton: it has none
};

/// Checks the first page of a file of `bytes` bytes, and copies it to `header`.
Status checkHeader(const uint8_t *data, uint64_t bytes, FileHeader &header);

/// Sections ascend in kind and place, are hashed right, and have only zeros between them.
Status checkSections(const uint8_t *data, const FileHeader &header, FileKind kind);

/// Bytes [begin, end) are zero; `what` is where they are, for the message.
Status checkZero(const uint8_t *data, uint64_t begin, uint64_t end, const std::string &what);

} // namespace sennit
