// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace sennit {

/// The functions of a 64-bit ELF file (cubin or shared object) and the bytes of each, by name. What is no
/// such file, or a broken one, has none.
std::map<std::string, uint32_t> elfFunctions(std::string_view file);

} // namespace sennit
