// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// The machine that kernels are written against: the only file with PTX. The same names exist for the emulated
// machine, so a kernel's text is compiled unchanged for either.
#pragma once

#ifdef SENNIT_EMULATED
#include "emulated.h"
#else

#define SENNIT_DEVICE static __device__ __forceinline__
/// A member function.
#define SENNIT_MEMBER __device__ __forceinline__
/// An array of constants that all kernels of a text can read.
#define SENNIT_TABLE static __device__ const
#define SENNIT_UNROLL _Pragma("unroll")
#define SENNIT_NO_UNROLL _Pragma("unroll 1")
#define SENNIT_KERNEL(threads, blocks_per_sm) extern "C" __global__ void __launch_bounds__(threads, blocks_per_sm)
#define SENNIT_PARAMETER const __grid_constant__

namespace sennit {

// --- Where a thread is -------------------------------------------------------------------------------------
SENNIT_DEVICE int thread_index() { return int(threadIdx.x); }
SENNIT_DEVICE int lane_index() { return int(threadIdx.x) & 31; }
SENNIT_DEVICE int warp_index() { return int(threadIdx.x) >> 5; }
SENNIT_DEVICE int block_index() { return int(blockIdx.x); }
SENNIT_DEVICE int block_count() { return int(gridDim.x); }
/// The block's shared memory, 1024-byte aligned; its size is given at the launch.
SENNIT_DEVICE unsigned char *shared_memory() {
  extern __shared__ __align__(1024) unsigned char sennit_shared[];
  return sennit_shared;
}

// --- Waiting for other threads -----------------------------------------------------------------------------
/// All threads of the block; what they wrote to shared or global memory is seen behind it.
SENNIT_DEVICE void block_barrier() { __syncthreads(); }
/// `threads` threads of the block (a multiple of 32), on barrier `id` in [1, 16).
SENNIT_DEVICE void group_barrier(int id, int threads) {
  asm volatile("bar.sync %0, %1;" ::"r"(id), "r"(threads) : "memory");
}
SENNIT_DEVICE void warp_barrier() { __syncwarp(); }

// --- Exchange in a warp; all 32 lanes take part ------------------------------------------------------------
SENNIT_DEVICE float shuffle(float value, int lane) { return __shfl_sync(~0u, value, lane); }
SENNIT_DEVICE unsigned shuffle(unsigned value, int lane) { return __shfl_sync(~0u, value, lane); }
SENNIT_DEVICE int shuffle(int value, int lane) { return __shfl_sync(~0u, value, lane); }
SENNIT_DEVICE float shuffle_xor(float value, int mask) { return __shfl_xor_sync(~0u, value, mask); }
SENNIT_DEVICE unsigned shuffle_xor(unsigned value, int mask) { return __shfl_xor_sync(~0u, value, mask); }
SENNIT_DEVICE int shuffle_xor(int value, int mask) { return __shfl_xor_sync(~0u, value, mask); }
/// Bit l is set where lane l gave true.
SENNIT_DEVICE unsigned ballot(bool value) { return __ballot_sync(~0u, value); }

// --- Global memory -----------------------------------------------------------------------------------------
template <typename T> SENNIT_DEVICE T load_global(const T *place) { return *place; }
/// Of memory that no kernel of this launch writes: read once, not kept in the first cache.
SENNIT_DEVICE uint4 load_once(const uint4 *place) {
  uint4 v;
  asm volatile("ld.global.nc.L1::no_allocate.v4.u32 {%0, %1, %2, %3}, [%4];"
               : "=r"(v.x), "=r"(v.y), "=r"(v.z), "=r"(v.w)
               : "l"(place));
  return v;
}
template <typename T> SENNIT_DEVICE void store_global(T *place, T value) { *place = value; }
SENNIT_DEVICE unsigned add_global(unsigned *place, unsigned value) { return atomicAdd(place, value); }
SENNIT_DEVICE unsigned add_shared(unsigned *place, unsigned value) { return atomicAdd(place, value); }
SENNIT_DEVICE unsigned long long add_global(unsigned long long *place, unsigned long long value) {
  return atomicAdd(place, value);
}
SENNIT_DEVICE unsigned long long add_shared(unsigned long long *place, unsigned long long value) {
  return atomicAdd(place, value);
}

// --- Asynchronous copies from global to shared memory ------------------------------------------------------
SENNIT_DEVICE unsigned shared_address(const void *place) { return unsigned(__cvta_generic_to_shared(place)); }
/// Copies 16 bytes, both places aligned to 16; bytes from `valid` (0 to 16) on become zero and are not read.
SENNIT_DEVICE void copy_async(void *shared, const void *global, int valid = 16) {
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(shared_address(shared)), "l"(global),
               "r"(valid)
               : "memory");
}
/// Ends a group of this thread's copies.
SENNIT_DEVICE void commit_async() { asm volatile("cp.async.commit_group;" ::: "memory"); }
/// Until at most `Left` of this thread's newest groups are under way; others see the bytes behind a barrier.
template <int Left> SENNIT_DEVICE void wait_async() { asm volatile("cp.async.wait_group %0;" ::"n"(Left) : "memory"); }

// --- Matrices of 8 x 8 elements of 16 bits -----------------------------------------------------------------
/// Lane l gives the address of row l % 8 of matrix l / 8 (16 bytes, aligned); register i gets matrix i: lane l
/// holds columns 2 (l % 4) and 2 (l % 4) + 1 of row l / 4.
SENNIT_DEVICE void load_matrices(unsigned (&r)[4], const void *row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
               : "r"(shared_address(row))
               : "memory");
}
/// As load_matrices, of the transposes: lane l holds rows 2 (l % 4) and 2 (l % 4) + 1 of column l / 4.
SENNIT_DEVICE void load_matrices_transposed(unsigned (&r)[4], const void *row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
               : "r"(shared_address(row))
               : "memory");
}
/// d += a b on 16 x 16 times 16 x 8, sums in f32. With g = lane / 4 and t = lane % 4 a lane holds of
/// a: [g][2t, 2t+1], [g+8][2t, 2t+1], [g][2t+8, 2t+9], [g+8][2t+8, 2t+9]; b: [2t, 2t+1][g], [2t+8, 2t+9][g];
/// d: [g][2t], [g][2t+1], [g+8][2t], [g+8][2t+1].
SENNIT_DEVICE void multiply_f16(float (&d)[4], const unsigned (&a)[4], const unsigned (&b)[2]) {
  asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
               "{%0, %1, %2, %3};"
               : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
               : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}
SENNIT_DEVICE void multiply_bf16(float (&d)[4], const unsigned (&a)[4], const unsigned (&b)[2]) {
  asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
               "{%0, %1, %2, %3};"
               : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
               : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}

// --- Elements of 16 bits, as bits; two in a word, the first in the low half --------------------------------
/// Rounded to nearest even.
SENNIT_DEVICE unsigned pack_f16(float low, float high) {
  unsigned r;
  asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(r) : "f"(high), "f"(low));
  return r;
}
SENNIT_DEVICE unsigned pack_bf16(float low, float high) {
  unsigned r;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(r) : "f"(high), "f"(low));
  return r;
}
SENNIT_DEVICE float f16_to_f32(unsigned short bits) {
  float r;
  asm("cvt.f32.f16 %0, %1;" : "=f"(r) : "h"(bits));
  return r;
}
SENNIT_DEVICE float bf16_to_f32(unsigned short bits) { return __uint_as_float(unsigned(bits) << 16); }
SENNIT_DEVICE unsigned fma_f16x2(unsigned a, unsigned b, unsigned c) {
  unsigned r;
  asm("fma.rn.f16x2 %0, %1, %2, %3;" : "=r"(r) : "r"(a), "r"(b), "r"(c));
  return r;
}
SENNIT_DEVICE unsigned multiply_f16x2(unsigned a, unsigned b) {
  unsigned r;
  asm("mul.rn.f16x2 %0, %1, %2;" : "=r"(r) : "r"(a), "r"(b));
  return r;
}
SENNIT_DEVICE unsigned subtract_f16x2(unsigned a, unsigned b) {
  unsigned r;
  asm("sub.rn.f16x2 %0, %1, %2;" : "=r"(r) : "r"(a), "r"(b));
  return r;
}
/// The upper half of the product.
SENNIT_DEVICE unsigned long long multiply_high(unsigned long long a, unsigned long long b) { return __umul64hi(a, b); }
/// How many bits are set.
SENNIT_DEVICE int count_bits(unsigned bits) { return __popc(bits); }
/// The same value, of unknown origin: what follows from it is computed where it is used, and not kept in registers from
/// the start of the kernel on.
SENNIT_DEVICE int unforeseen(int value) {
  asm volatile("" : "+r"(value));
  return value;
}
/// (value & mask) | bits, in one instruction.
SENNIT_DEVICE unsigned mask_or(unsigned value, unsigned mask, unsigned bits) {
  unsigned r;
  asm("lop3.b32 %0, %1, %2, %3, 0xea;" : "=r"(r) : "r"(value), "r"(mask), "r"(bits));
  return r;
}
SENNIT_DEVICE float float_of_bits(unsigned bits) { return __uint_as_float(bits); }
SENNIT_DEVICE unsigned bits_of_float(float value) { return __float_as_uint(value); }

// --- Functions ---------------------------------------------------------------------------------------------
/// One rounding; a * b + c elsewhere is never contracted.
SENNIT_DEVICE float fma(float a, float b, float c) { return __fmaf_rn(a, b, c); }
SENNIT_DEVICE float exp(float x) { return expf(x); }
/// 2 to the x, to about 2 units in the last place; 0 for minus infinity.
SENNIT_DEVICE float exp2_fast(float x) {
  float r;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(r) : "f"(x));
  return r;
}
SENNIT_DEVICE float log(float x) { return logf(x); }
SENNIT_DEVICE float sin(float x) { return sinf(x); }
SENNIT_DEVICE float cos(float x) { return cosf(x); }
SENNIT_DEVICE float tanh(float x) { return tanhf(x); }
SENNIT_DEVICE float erf(float x) { return erff(x); }
SENNIT_DEVICE float sqrt(float x) { return __fsqrt_rn(x); }
SENNIT_DEVICE float rsqrt(float x) { return __fdiv_rn(1.0f, __fsqrt_rn(x)); }
/// NaN where either is.
SENNIT_DEVICE float maximum(float a, float b) {
  float r;
  asm("max.NaN.f32 %0, %1, %2;" : "=f"(r) : "f"(a), "f"(b));
  return r;
}
SENNIT_DEVICE float absolute(float x) { return fabsf(x); }

} // namespace sennit

#endif
