// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/device/emulated/Fiber.h"

#include <cstdint>

namespace sennit::emulated {

// The jump, rather than a return: a return would be predicted to go where this function was called, which is
// wrong each time that another fiber goes on.
__asm__(R"(
.text
.globl sennit_switch_stack
.hidden sennit_switch_stack
.type sennit_switch_stack, @function
.p2align 4
sennit_switch_stack:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  popq %rcx
  jmpq *%rcx
.size sennit_switch_stack, .-sennit_switch_stack
)");

void prepareFiber(Fiber &fiber, void *stackEnd, void (*entry)()) {
  // As if entry() had been called: the stack is 8 bytes off a multiple of 16 where it begins.
  auto *top = static_cast<uint64_t *>(stackEnd);
  *--top = 0; // where entry() would return to
  *--top = reinterpret_cast<uint64_t>(entry);
  for (int i = 0; i < 6; ++i)
    *--top = 0;
  fiber.context = top;
}

} // namespace sennit::emulated
