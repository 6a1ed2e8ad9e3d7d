// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// What an emulated module and the emulator share.
#pragma once

/// Each thread runs on a stack of its own of this many bytes, which begins at a multiple of them.
constexpr unsigned long emulated_stack_bytes = 128ul << 10;
/// The bytes above a thread's frames that the emulator keeps for itself; EmulatedThread is the first thing
/// there.
constexpr unsigned long emulated_thread_bytes = 256;

/// Where those bytes of the stack that holds `frame` begin. Stacks are used from different heights on, since
/// the same place of each of them would fall into the same few lines of the processor's caches.
constexpr unsigned long emulated_thread_place(unsigned long frame) {
  const unsigned long end = (frame | (emulated_stack_bytes - 1)) + 1;
  return end - emulated_thread_bytes - (end / emulated_stack_bytes % 32) * (emulated_thread_bytes + 64);
}

/// The thread that runs now; found from the stack's address, so that it costs no call.
struct EmulatedThread {
  int thread, threads; ///< in the block
  int block, blocks;   ///< in the grid
  unsigned char *shared;
};

/// What the emulator gives a module. Each function is called by the thread that runs now.
struct EmulatedMachine {
  void (*barrier)(int id, int threads);
  void (*warp_barrier)();
  unsigned (*shuffle)(unsigned value, int lane);
  unsigned (*ballot)(int value);
  /// A global access of `bytes` at `place`, which must be a multiple of `alignment`; `write` is 0 or 1.
  void (*check)(const void *place, unsigned bytes, unsigned alignment, int write);
  /// Of global memory; `place` was checked.
  unsigned (*add)(unsigned *place, unsigned value);
  unsigned (*add_shared)(unsigned *place, unsigned value);
  void (*copy_async)(void *shared, const void *global, int valid);
  void (*commit_async)();
  void (*wait_async)(int left);
  void (*load_matrices)(unsigned *r, const void *row, int transposed);
  /// kind 0: f16, 1: bf16
  void (*multiply)(int kind, float *d, const unsigned *a, const unsigned *b);
  /// A plain access to any memory, before it happens; see SENNIT_EMULATED_RACES.
  void (*access)(const void *place, unsigned bytes, int write);
};
