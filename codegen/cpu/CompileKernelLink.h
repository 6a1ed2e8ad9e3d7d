// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// From one relocatable ELF object to one flat image: the in-process link step of compileKernels.
#pragma once

#include "runtime/base/StatusOr.h"
#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace sennit {

/// The flat code of an object, see NativeCode.
struct FlatImage {
  std::vector<uint8_t> image;
  std::vector<std::pair<std::string, uint64_t>> symbols;
};

/// Links the object (x86-64, position-independent) and lays its code and constants out from offset 0. Fails,
/// naming the offender, on undefined symbols, relocations left for a loader, and writable data. Thread-safe;
/// links are serialised.
StatusOr<FlatImage> linkFlatImage(llvm::StringRef object);

} // namespace sennit
