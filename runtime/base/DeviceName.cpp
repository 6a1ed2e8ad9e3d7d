// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/base/DeviceName.h"

#include <charconv>
#include <string>

namespace sennit {

StatusOr<std::optional<int>> parseDeviceName(std::string_view name) {
  if (name == "cpu")
    return std::optional<int>();
  int number = 0;
  if (name == "cuda")
    return std::optional(number);
  if (name.starts_with("cuda:")) {
    const char *const end = name.data() + name.size();
    const auto [last, error] = std::from_chars(name.data() + 5, end, number);
    if (error == std::errc() && last == end && number >= 0)
      return std::optional(number);
  }
  return invalidInput("device: expected cpu, cuda or cuda:N, found " + std::string(name));
}

} // namespace sennit
