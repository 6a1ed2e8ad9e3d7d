// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include <string>

namespace sennit::emulated {

enum class FaultKind {
  IllegalAddress, ///< memory outside of what the kernel may use
  Misaligned,     ///< an address that is no multiple of what the primitive needs
  Failed,         ///< primitives used in a way that the device does not define
  Timeout,        ///< longer than the launch was given
};

/// Why a launch ended early.
struct Fault {
  FaultKind kind = FaultKind::Failed;
  std::string sentence; ///< names kernel, block, thread, and what happened
};

} // namespace sennit::emulated
