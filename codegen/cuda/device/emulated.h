// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// The machine of machine.cuh, emulated: compiled by a host compiler, every primitive that involves other
// threads or memory goes through a table of functions that the emulator (runtime/device/emulated) gives the
// module.
#pragma once

#include "emulated_machine.h"

#define SENNIT_DEVICE static inline
#define SENNIT_MEMBER inline
#define SENNIT_TABLE static const
#define SENNIT_UNROLL
#define SENNIT_NO_UNROLL
#define SENNIT_KERNEL(threads, blocks_per_sm) extern "C" __attribute__((visibility("default"))) void
#define SENNIT_PARAMETER const

struct uint4 {
  unsigned x, y, z, w;
};
struct uint2 {
  unsigned x, y;
};
struct float4 {
  float x, y, z, w;
};
struct float2 {
  float x, y;
};

/// Set by whoever loads the module, before the first launch.
extern "C" __attribute__((visibility("default"))) const EmulatedMachine *sennit_machine;
#ifdef SENNIT_EMULATED_MODULE
const EmulatedMachine *sennit_machine = nullptr;
#endif

// With -fsanitize-coverage=func,trace-loads,trace-stores clang calls these before each plain access, which
// lets the emulator find accesses to shared memory that no barrier orders.
#if defined(SENNIT_EMULATED_MODULE) && defined(SENNIT_EMULATED_RACES)
#define SENNIT_PLAIN_ACCESS(name, type, write)                                                               \
  extern "C" __attribute__((no_sanitize("coverage"))) void __sanitizer_cov_##name(type *place) {             \
    if (sennit_machine)                                                                                      \
      sennit_machine->access(place, sizeof(type), write);                                                    \
  }
SENNIT_PLAIN_ACCESS(load1, unsigned char, 0)
SENNIT_PLAIN_ACCESS(load2, unsigned short, 0)
SENNIT_PLAIN_ACCESS(load4, unsigned, 0)
SENNIT_PLAIN_ACCESS(load8, unsigned long long, 0)
SENNIT_PLAIN_ACCESS(load16, __uint128_t, 0)
SENNIT_PLAIN_ACCESS(store1, unsigned char, 1)
SENNIT_PLAIN_ACCESS(store2, unsigned short, 1)
SENNIT_PLAIN_ACCESS(store4, unsigned, 1)
SENNIT_PLAIN_ACCESS(store8, unsigned long long, 1)
SENNIT_PLAIN_ACCESS(store16, __uint128_t, 1)
#undef SENNIT_PLAIN_ACCESS
#endif

namespace sennit {

SENNIT_DEVICE const EmulatedThread &emulated_self() {
  return *reinterpret_cast<const EmulatedThread *>(
      emulated_thread_place(reinterpret_cast<unsigned long>(__builtin_frame_address(0))));
}

SENNIT_DEVICE int thread_index() {
  return emulated_self().thread;
}
SENNIT_DEVICE int lane_index() {
  return emulated_self().thread & 31;
}
SENNIT_DEVICE int warp_index() {
  return emulated_self().thread >> 5;
}
SENNIT_DEVICE int block_index() {
  return emulated_self().block;
}
SENNIT_DEVICE int block_count() {
  return emulated_self().blocks;
}
SENNIT_DEVICE unsigned char *shared_memory() {
  return emulated_self().shared;
}

SENNIT_DEVICE void block_barrier() {
  sennit_machine->barrier(0, emulated_self().threads);
}
SENNIT_DEVICE void group_barrier(int id, int threads) {
  sennit_machine->barrier(id, threads);
}
SENNIT_DEVICE void warp_barrier() {
  sennit_machine->warp_barrier();
}

SENNIT_DEVICE unsigned shuffle(unsigned value, int lane) {
  return sennit_machine->shuffle(value, lane & 31);
}
SENNIT_DEVICE int shuffle(int value, int lane) {
  return int(shuffle(unsigned(value), lane));
}
SENNIT_DEVICE float shuffle(float value, int lane) {
  return __builtin_bit_cast(float, shuffle(__builtin_bit_cast(unsigned, value), lane));
}
template <typename T>
SENNIT_DEVICE T shuffle_xor(T value, int mask) {
  return shuffle(value, lane_index() ^ mask);
}
SENNIT_DEVICE unsigned ballot(bool value) {
  return sennit_machine->ballot(value);
}

template <typename T>
SENNIT_DEVICE T load_global(const T *place) {
  sennit_machine->check(place, sizeof(T), alignof(T), 0);
  return *place;
}
SENNIT_DEVICE uint4 load_once(const uint4 *place) {
  sennit_machine->check(place, 16, 16, 0);
  return *place;
}
template <typename T>
SENNIT_DEVICE void store_global(T *place, T value) {
  sennit_machine->check(place, sizeof(T), alignof(T), 1);
  *place = value;
}
SENNIT_DEVICE unsigned add_global(unsigned *place, unsigned value) {
  sennit_machine->check(place, 4, 4, 1);
  return sennit_machine->add(place, value);
}
SENNIT_DEVICE unsigned add_shared(unsigned *place, unsigned value) {
  return sennit_machine->add_shared(place, value);
}
SENNIT_DEVICE unsigned long long add_global(unsigned long long *place, unsigned long long value) {
  sennit_machine->check(place, 8, 8, 1);
  return __atomic_fetch_add(place, value, __ATOMIC_RELAXED);
}
SENNIT_DEVICE unsigned long long add_shared(unsigned long long *place, unsigned long long value) {
  return __atomic_fetch_add(place, value, __ATOMIC_RELAXED);
}

SENNIT_DEVICE void copy_async(void *shared, const void *global, int valid = 16) {
  sennit_machine->copy_async(shared, global, valid);
}
SENNIT_DEVICE void commit_async() {
  sennit_machine->commit_async();
}
template <int Left>
SENNIT_DEVICE void wait_async() {
  sennit_machine->wait_async(Left);
}

SENNIT_DEVICE void load_matrices(unsigned (&r)[4], const void *row) {
  sennit_machine->load_matrices(r, row, 0);
}
SENNIT_DEVICE void load_matrices_transposed(unsigned (&r)[4], const void *row) {
  sennit_machine->load_matrices(r, row, 1);
}
SENNIT_DEVICE void multiply_f16(float (&d)[4], const unsigned (&a)[4], const unsigned (&b)[2]) {
  sennit_machine->multiply(0, d, a, b);
}
SENNIT_DEVICE void multiply_bf16(float (&d)[4], const unsigned (&a)[4], const unsigned (&b)[2]) {
  sennit_machine->multiply(1, d, a, b);
}

SENNIT_DEVICE unsigned emulated_f16(float value) {
  return __builtin_bit_cast(unsigned short, _Float16(value));
}
SENNIT_DEVICE unsigned emulated_bf16(float value) {
  const unsigned bits = __builtin_bit_cast(unsigned, value);
  if (value != value)
    return 0x7fff;
  return (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
}
SENNIT_DEVICE unsigned pack_f16(float low, float high) {
  return emulated_f16(low) | emulated_f16(high) << 16;
}
SENNIT_DEVICE unsigned pack_bf16(float low, float high) {
  return emulated_bf16(low) | emulated_bf16(high) << 16;
}
SENNIT_DEVICE float f16_to_f32(unsigned short bits) {
  return float(__builtin_bit_cast(_Float16, bits));
}
SENNIT_DEVICE float bf16_to_f32(unsigned short bits) {
  return __builtin_bit_cast(float, unsigned(bits) << 16);
}
SENNIT_DEVICE unsigned fma_f16x2(unsigned a, unsigned b, unsigned c) {
  // Exact in double: products of 11 bits by 11, and a sum of two numbers whose exponents differ by at most
  // 80, rounded to odd on the way where it does not fit, are rounded once by the conversion.
  unsigned r = 0;
  for (int i = 0; i < 2; ++i) {
    const auto at = [&](unsigned v) { return double(f16_to_f32((unsigned short)(v >> (16 * i)))); };
    r |= unsigned(__builtin_bit_cast(unsigned short, _Float16(at(a) * at(b) + at(c)))) << (16 * i);
  }
  return r;
}
SENNIT_DEVICE unsigned multiply_f16x2(unsigned a, unsigned b) {
  return emulated_f16(f16_to_f32((unsigned short)a) * f16_to_f32((unsigned short)b)) |
         emulated_f16(f16_to_f32((unsigned short)(a >> 16)) * f16_to_f32((unsigned short)(b >> 16))) << 16;
}
SENNIT_DEVICE unsigned subtract_f16x2(unsigned a, unsigned b) {
  return emulated_f16(f16_to_f32((unsigned short)a) - f16_to_f32((unsigned short)b)) |
         emulated_f16(f16_to_f32((unsigned short)(a >> 16)) - f16_to_f32((unsigned short)(b >> 16))) << 16;
}
SENNIT_DEVICE unsigned mask_or(unsigned value, unsigned mask, unsigned bits) {
  return (value & mask) | bits;
}
SENNIT_DEVICE unsigned long long multiply_high(unsigned long long a, unsigned long long b) {
  return (unsigned long long)(static_cast<unsigned __int128>(a) * b >> 64);
}
SENNIT_DEVICE int count_bits(unsigned bits) {
  return __builtin_popcount(bits);
}
SENNIT_DEVICE int unforeseen(int value) {
  return value;
}
SENNIT_DEVICE float float_of_bits(unsigned bits) {
  return __builtin_bit_cast(float, bits);
}
SENNIT_DEVICE unsigned bits_of_float(float value) {
  return __builtin_bit_cast(unsigned, value);
}

SENNIT_DEVICE float fma(float a, float b, float c) {
  return __builtin_fmaf(a, b, c);
}
SENNIT_DEVICE float exp(float x) {
  return __builtin_expf(x);
}
SENNIT_DEVICE float exp2_fast(float x) {
  return __builtin_exp2f(x);
}
SENNIT_DEVICE float log(float x) {
  return __builtin_logf(x);
}
SENNIT_DEVICE float sin(float x) {
  return __builtin_sinf(x);
}
SENNIT_DEVICE float cos(float x) {
  return __builtin_cosf(x);
}
SENNIT_DEVICE float tanh(float x) {
  return __builtin_tanhf(x);
}
SENNIT_DEVICE float erf(float x) {
  return __builtin_erff(x);
}
SENNIT_DEVICE float sqrt(float x) {
  return __builtin_sqrtf(x);
}
SENNIT_DEVICE float rsqrt(float x) {
  return 1.0f / __builtin_sqrtf(x);
}
SENNIT_DEVICE float maximum(float a, float b) {
  return a != a ? a : b != b ? b : a > b ? a : b;
}
SENNIT_DEVICE float absolute(float x) {
  return __builtin_fabsf(x);
}

} // namespace sennit
