// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Any bytes as a GGUF file: parsed, then everything read that a parsed file promises to be readable.
#include "import/Gguf.h"
#include "import/Tokenizers.h"

#include <cstdlib>

using namespace sennit;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  StatusOr<GgufFile> file = parseGguf({data, size}, "fuzz");
  if (!file.ok())
    return 0;
  for (const auto &[key, value] : file->metadata) {
    (void)value.integer();
    (void)value.number();
    (void)value.boolean();
    (void)value.string();
    (void)value.strings();
    (void)value.integers();
  }
  for (const TensorInfo &tensor : file->tensors) {
    if (!tensor.supported)
      continue;
    if (tensor.offset > size || tensor.bytes > size - tensor.offset)
      std::abort();
    volatile uint8_t ends = data[tensor.offset] ^ data[tensor.offset + tensor.bytes - 1];
    (void)ends;
  }
  (void)readGgufTokenizer(*file, "fuzz").ok();
  return 0;
}
