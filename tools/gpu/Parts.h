// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// What a run of a bundle is made of.
#pragma once

#include "tools/gpu/Bundle.h"

#include <string>
#include <vector>

namespace sennit::gpu {

/// A part of a run: one child process, which prints a JSON object with `passed` and `summary`.
struct Part {
  std::string name;                   ///< "near llama"
  std::vector<std::string> arguments; ///< of this program
  double limit = 0;                   ///< seconds
  std::string fills; ///< skeleton whose package it needs; the path of the package is the last argument
};

/// The parts of a whole run on `device`, the most important first.
std::vector<Part> partsOf(const Bundle &bundle, const std::string &device);

} // namespace sennit::gpu
