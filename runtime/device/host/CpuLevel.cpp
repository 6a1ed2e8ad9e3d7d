// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/device/host/CpuLevel.h"

#include <cpuid.h>
#include <cstdint>

namespace sennit {

namespace {

struct CpuidWords {
  uint32_t leaf1C = 0, leaf7B = 0, leaf7C = 0;
  uint64_t enabledState = 0; ///< XCR0: register files that the operating system saves
};

CpuidWords readCpuid() {
  CpuidWords words;
  uint32_t a, b, c, d;
  if (!__get_cpuid(1, &a, &b, &c, &d))
    return words;
  words.leaf1C = c;
  if (c & (1u << 27)) { // OSXSAVE
    uint32_t low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    words.enabledState = (uint64_t(high) << 32) | low;
  }
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d)) {
    words.leaf7B = b;
    words.leaf7C = c;
  }
  return words;
}

struct Feature {
  const char *name;
  uint32_t CpuidWords::*word;
  int bit;
};

constexpr Feature avx2Features[] = {
    {"AVX", &CpuidWords::leaf1C, 28}, {"FMA", &CpuidWords::leaf1C, 12}, {"F16C", &CpuidWords::leaf1C, 29},
    {"AVX2", &CpuidWords::leaf7B, 5}, {"BMI2", &CpuidWords::leaf7B, 8},
};
constexpr Feature avx512Features[] = {
    {"AVX512-F", &CpuidWords::leaf7B, 16},    {"AVX512-DQ", &CpuidWords::leaf7B, 17},
    {"AVX512-BW", &CpuidWords::leaf7B, 30},   {"AVX512-VL", &CpuidWords::leaf7B, 31},
    {"AVX512-VNNI", &CpuidWords::leaf7C, 11},
};
constexpr uint64_t avxState = 0x6;     // XMM, YMM
constexpr uint64_t avx512State = 0xe6; // and mask registers, upper ZMM halves, upper ZMM registers

template <size_t Count>
void listMissing(const CpuidWords &words, const Feature (&features)[Count], std::string &missing) {
  for (const Feature &feature : features)
    if (!((words.*feature.word >> feature.bit) & 1))
      missing += (missing.empty() ? "" : ", ") + std::string(feature.name);
}

} // namespace

const char *cpuLevelName(schema::CpuLevel level) {
  switch (level) {
  case schema::CpuLevel::Avx2:
    return "avx2";
  case schema::CpuLevel::Avx512:
    return "avx512";
  }
  return "unknown level";
}

std::string missingCpuFeatures(schema::CpuLevel level) {
  static const CpuidWords words = readCpuid();
  std::string missing;
  listMissing(words, avx2Features, missing);
  if (level == schema::CpuLevel::Avx512)
    listMissing(words, avx512Features, missing);
  const uint64_t state = level == schema::CpuLevel::Avx512 ? avx512State : avxState;
  if ((words.enabledState & state) != state)
    missing += (missing.empty() ? "" : ", ") + std::string("operating system support for its registers");
  return missing;
}

} // namespace sennit
