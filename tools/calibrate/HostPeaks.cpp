// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/calibrate/HostPeaks.h"

#include <algorithm>
#include <atomic>
#include <barrier>
#include <chrono>
#include <cstdint>
#include <thread>
#include <vector>

#include <immintrin.h>

namespace sennit::calibrate {
namespace {

constexpr int accumulators = 12; ///< independent sums: more than latency times units, fewer than registers
constexpr int64_t turns = 1 << 20;

// Each loop does `turns` rounds of `accumulators` vector operations; the barrier of assembly text keeps the
// compiler from merging rounds, and costs nothing.

__attribute__((target("avx2,fma"))) void loopF32Avx2() {
  __m256 sums[accumulators] = {}, a = _mm256_set1_ps(.5f), b = _mm256_set1_ps(.25f);
  for (int64_t turn = 0; turn < turns; ++turn)
#pragma GCC unroll 12
    for (__m256 &sum : sums) {
      sum = _mm256_fmadd_ps(a, b, sum);
      asm volatile("" : "+x"(sum));
    }
}

__attribute__((target("avx512f"))) void loopF32Avx512() {
  __m512 sums[accumulators] = {}, a = _mm512_set1_ps(.5f), b = _mm512_set1_ps(.25f);
  for (int64_t turn = 0; turn < turns; ++turn)
#pragma GCC unroll 12
    for (__m512 &sum : sums) {
      sum = _mm512_fmadd_ps(a, b, sum);
      asm volatile("" : "+v"(sum));
    }
}

__attribute__((target("avx2"))) void loopI8Avx2() {
  __m256i sums[accumulators] = {}, a = _mm256_set1_epi8(3), b = _mm256_set1_epi8(-2);
  const __m256i ones = _mm256_set1_epi16(1);
  for (int64_t turn = 0; turn < turns; ++turn)
#pragma GCC unroll 12
    for (__m256i &sum : sums) {
      asm volatile("" : "+x"(a));
      sum = _mm256_add_epi32(sum, _mm256_madd_epi16(_mm256_maddubs_epi16(a, b), ones));
      asm volatile("" : "+x"(sum));
    }
}

__attribute__((target("avx512f,avx512bw,avx512vnni"))) void loopI8Avx512() {
  __m512i sums[accumulators] = {}, a = _mm512_set1_epi8(3), b = _mm512_set1_epi8(-2);
  for (int64_t turn = 0; turn < turns; ++turn)
#pragma GCC unroll 12
    for (__m512i &sum : sums) {
      sum = _mm512_dpbusd_epi32(sum, a, b);
      asm volatile("" : "+v"(sum));
    }
}

} // namespace

double measurePeak(schema::CpuLevel level, bool integer, int workers, int tries) {
  const bool wide = level == schema::CpuLevel::Avx512;
  void (*loop)() = integer ? (wide ? loopI8Avx512 : loopI8Avx2) : (wide ? loopF32Avx512 : loopF32Avx2);
  const double lanes = (wide ? 64 : 32) / (integer ? 1 : 4);
  std::barrier<> together(workers);
  double best = 0;
  std::vector<double> seconds(static_cast<size_t>(workers));
  auto work = [&](size_t index) {
    for (int attempt = 0; attempt < tries; ++attempt) {
      together.arrive_and_wait();
      auto start = std::chrono::steady_clock::now();
      loop();
      seconds[index] = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
      together.arrive_and_wait();
      if (index == 0)
        best = std::max(best,
                        2 * lanes * accumulators * turns / *std::max_element(seconds.begin(), seconds.end()));
    }
  };
  std::vector<std::thread> others;
  for (size_t index = 1; index < static_cast<size_t>(workers); ++index)
    others.emplace_back(work, index);
  work(0);
  for (std::thread &thread : others)
    thread.join();
  return best;
}

} // namespace sennit::calibrate
