// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/cli/TextStream.h"

#include <algorithm>

using namespace sennit;
using namespace sennit::cli;

std::string TextStream::add(int32_t id) {
  if (ended || tokenizer.isSpecial(id))
    return {};
  held += decoder.add(tokenizer.piece(id));
  return release(/*last=*/false);
}

std::string TextStream::finish() {
  if (ended)
    return {};
  held += decoder.finish();
  return release(/*last=*/true);
}

std::string TextStream::release(bool last) {
  size_t end = held.size();
  for (const std::string &stop : stops)
    if (size_t at = held.find(stop); at < end) {
      end = at;
      ended = true;
    }
  if (!ended && !last)
    // The longest tail that begins a stop text stays.
    for (const std::string &stop : stops)
      for (size_t length = std::min(stop.size() - 1, held.size()); length > 0; --length)
        if (held.compare(held.size() - length, length, stop, 0, length) == 0) {
          end = std::min(end, held.size() - length);
          break;
        }
  std::string out = held.substr(0, end);
  held.erase(0, ended ? held.size() : end);
  shown += out;
  return out;
}
