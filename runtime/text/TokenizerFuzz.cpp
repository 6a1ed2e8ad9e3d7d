// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors

// The section up to the last 0xFF byte, and after it a text to encode: neither may do harm, and what was
// encoded must decode.
#include "runtime/text/Tokenizer.h"

#include <cstdlib>
#include <cstring>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  size_t sectionSize = size;
  while (sectionSize > 0 && data[sectionSize - 1] != 0xFF)
    --sectionSize;
  std::string_view text(reinterpret_cast<const char *>(data) + sectionSize, size - sectionSize);
  if (sectionSize > 0)
    --sectionSize;
  std::vector<uint8_t> section(data, data + sectionSize); // aligned, unlike the input
  auto tokenizer = sennit::Tokenizer::load(section);
  if (!tokenizer.ok())
    return 0;
  auto ids = tokenizer->encode(text);
  if (ids.ok() && !tokenizer->decode(*ids).ok())
    std::abort();
  return 0;
}
