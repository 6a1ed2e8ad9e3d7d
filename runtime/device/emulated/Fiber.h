// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Fibers for x86-64, told to AddressSanitizer where that is on. The switch is our own: kernels leave the
// rounding mode alone, so the control registers, which libraries of fibers save at more than half of the
// cost, stay.
#pragma once

#include <cstddef>

#if defined(__SANITIZE_ADDRESS__)
#define SENNIT_ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SENNIT_ADDRESS_SANITIZER 1
#endif
#endif
#ifdef SENNIT_ADDRESS_SANITIZER
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

namespace sennit::emulated {

/// One flow of control with a stack of its own. Used by one OS thread.
struct Fiber {
  void *context = nullptr; ///< where it goes on
  const void *stackBottom = nullptr;
  size_t stackBytes = 0;
  void *fakeStack = nullptr; ///< AddressSanitizer's
};

/// Puts the registers that a call keeps on the stack and the stack's place into *from; takes the stack `to`
/// and its registers, and returns there.
extern "C" void sennit_switch_stack(void **from, void *to);

/// Leaves `from`, goes on in `to`; returns when somebody switches to `from`.
inline void switchFiber(Fiber &from, Fiber &to, bool fromEnds = false) {
#ifdef SENNIT_ADDRESS_SANITIZER
  __sanitizer_start_switch_fiber(fromEnds ? nullptr : &from.fakeStack, to.stackBottom, to.stackBytes);
#endif
  sennit_switch_stack(&from.context, to.context);
#ifdef SENNIT_ADDRESS_SANITIZER
  __sanitizer_finish_switch_fiber(from.fakeStack, nullptr, nullptr);
#endif
}

/// Makes `fiber` begin with entry() on its stack, whose end is `stackEnd` (a multiple of 16). entry() calls
/// entered() first and never returns.
void prepareFiber(Fiber &fiber, void *stackEnd, void (*entry)());

/// Completes the switch that began a fiber; `scheduler` is the fiber of the OS thread's own stack.
inline void entered(Fiber &scheduler) {
#ifdef SENNIT_ADDRESS_SANITIZER
  const void *bottom = nullptr;
  size_t bytes = 0;
  __sanitizer_finish_switch_fiber(nullptr, &bottom, &bytes);
  if (!scheduler.stackBottom) { // the first fiber is begun by it
    scheduler.stackBottom = bottom;
    scheduler.stackBytes = bytes;
  }
#endif
}

} // namespace sennit::emulated
