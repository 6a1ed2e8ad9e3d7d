// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Any bytes as a safetensors file, and as the JSON texts that lie beside one.
#include "import/Config.h"
#include "import/Safetensors.h"
#include "import/Tokenizers.h"

#include <cstdlib>

using namespace sennit;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  std::string_view text(reinterpret_cast<const char *>(data), size);
  (void)parseConfig(text, "fuzz").ok();
  (void)parseShardIndex(text, "fuzz").ok();
  (void)parseTokenizerJson(text, "fuzz").ok();
  StatusOr<std::vector<TensorInfo>> tensors = parseSafetensors({data, size}, "fuzz");
  if (!tensors.ok())
    return 0;
  for (const TensorInfo &tensor : *tensors)
    if (tensor.offset > size || tensor.bytes > size - tensor.offset)
      std::abort();
  return 0;
}
