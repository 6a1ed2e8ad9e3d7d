// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "passes/nn/Layout.h"

#include <charconv>
#include <string>

namespace sennit {

StatusOr<Layout> parseLayout(std::string_view text) {
  Layout layout;
  if (text.empty())
    return layout;
  std::string found = ", found '" + std::string(text) + "'";
  size_t equals = text.find('=');
  if (equals == std::string_view::npos || text.substr(0, equals) != Layout::tensorParallelAxis)
    return invalidInput("expected a layout like tp=8" + found);
  std::string_view number = text.substr(equals + 1);
  auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), layout.tensorParallel);
  if (error != std::errc() || end != number.data() + number.size() || layout.tensorParallel < 1 ||
      layout.tensorParallel > Layout::mostRanks)
    return invalidInput("expected 1 to " + std::to_string(Layout::mostRanks) + " ranks in a layout" + found);
  return layout;
}

} // namespace sennit
