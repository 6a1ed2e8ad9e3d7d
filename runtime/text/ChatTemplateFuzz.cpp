// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors

// Any bytes as a chat template: parsing and rendering must end, in text or in one sentence.
#include "runtime/text/ChatTemplate.h"
#include "runtime/text/Utf8.h"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  auto chat = sennit::ChatTemplate::parse({reinterpret_cast<const char *>(data), size});
  if (!chat.ok())
    return 0;
  const sennit::ChatMessage messages[] = {{"system", " s\n"}, {"user", "q <é>"}, {"assistant", "a"}};
  sennit::TemplateLimits limits;
  limits.steps = 20'000;
  limits.bytes = 1 << 20;
  auto text = chat->render(messages, true, "<s>", "</s>", {}, limits);
  if (text.ok() && sennit::findInvalidUtf8(*text))
    std::abort();
  return 0;
}
