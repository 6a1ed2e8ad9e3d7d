// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// What an emulated module and the emulator share.
#pragma once

/// The thread that runs now.
struct EmulatedThread {
  int thread, threads; ///< in the block
  int block, blocks;   ///< in the grid
  unsigned char *shared;
};

/// What the emulator gives a module. Each function is called by the thread that runs now.
struct EmulatedMachine {
  const EmulatedThread *(*self)();
  void (*barrier)(int id, int threads);
  void (*warp_barrier)();
  void (*fence)();
  unsigned (*shuffle)(unsigned value, int lane);
  unsigned (*ballot)(int value);
  /// A global access of `bytes` at `place`, which must be a multiple of `alignment`; `write` is 0 or 1.
  void (*check)(const void *place, unsigned bytes, unsigned alignment, int write);
  unsigned (*add)(unsigned *place, unsigned value);
  void (*copy_async)(void *shared, const void *global, int valid);
  void (*commit_async)();
  void (*wait_async)(int left);
  void (*load_matrices)(unsigned *r, const void *row, int transposed);
  /// kind 0: f16, 1: bf16
  void (*multiply)(int kind, float *d, const unsigned *a, const unsigned *b);
};
