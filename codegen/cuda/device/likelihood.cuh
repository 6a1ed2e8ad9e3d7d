// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// The arithmetic of drawing a token, bit for bit that of runtime/sampling/{Likelihood,Philox}.h.
#pragma once

#include "machine.cuh"

namespace sennit::sampling {

using Units = unsigned long long;

/// The most likely token counts 2^42 units; what is less likely than one unit is never drawn.
constexpr int likelihood_bits = 42;
constexpr Units greatest_likelihood = Units(1) << likelihood_bits;

/// Orders floats as unsigned numbers: -0 and 0 are equal, NaN is less than everything.
SENNIT_DEVICE unsigned key_of(float value) {
  if (value != value)
    return 0;
  const unsigned bits = value == 0.0f ? 0u : bits_of_float(value);
  return bits ^ (bits >> 31 ? 0xffffffffu : 0x80000000u);
}
SENNIT_DEVICE float logit_of(unsigned key) {
  return float_of_bits(key ^ (key >> 31 ? 0x80000000u : 0xffffffffu));
}
/// Of minus infinity, which is never drawn beside anything else.
constexpr unsigned lowest_key = 0x007fffffu;

/// Where a logit stands below the largest one, in powers of two: 0 to -infinity.
struct Scale {
  float largest;
  double factor;
  SENNIT_MEMBER Scale(unsigned largest_key, float temperature)
      : largest(logit_of(largest_key)), factor(1.4426950408889634 / double(temperature)) {}
  SENNIT_MEMBER double power(float logit) const {
    return logit == largest ? 0.0 : (double(logit) - double(largest)) * factor;
  }
};

/// 2^42 2^power, rounded; 0 for a power below -42.
SENNIT_DEVICE Units likelihood_of(double power) {
  if (!(power >= -likelihood_bits))
    return 0;
  const int whole = int(power - 0.5);
  const double part = power - whole;
  double value = 4.4455382718708116e-10;
  value = value * part + 7.054911620801123e-09;
  value = value * part + 1.01780860092397e-07;
  value = value * part + 1.321548679014431e-06;
  value = value * part + 1.5252733804059841e-05;
  value = value * part + 1.540353039338161e-04;
  value = value * part + 0.0013333558146428443;
  value = value * part + 0.009618129107628477;
  value = value * part + 0.05550410866482158;
  value = value * part + 0.24022650695910072;
  value = value * part + 0.6931471805599453;
  value = value * part + 1.0;
  return Units(value * double(Units(1) << (likelihood_bits + whole)) + 0.5);
}

/// The least whole number that is at least share x total.
SENNIT_DEVICE Units share_of(float share, Units total) {
  const double exact = double(share) * double(total);
  const Units whole = Units(exact);
  return whole + (double(whole) < exact ? 1u : 0u);
}

/// 64 random bits for a position of a request: Philox 4x32 with 10 rounds.
SENNIT_DEVICE Units random_word(Units seed, Units position) {
  unsigned c0 = unsigned(position), c1 = unsigned(position >> 32), c2 = 0, c3 = 0;
  unsigned k0 = unsigned(seed), k1 = unsigned(seed >> 32);
  SENNIT_NO_UNROLL
  for (int round = 0; round < 10; ++round) {
    const Units a = Units(0xD2511F53u) * c0, b = Units(0xCD9E8D57u) * c2;
    c0 = unsigned(b >> 32) ^ c1 ^ k0;
    c1 = unsigned(b);
    c2 = unsigned(a >> 32) ^ c3 ^ k1;
    c3 = unsigned(a);
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  return Units(c0) << 32 | c1;
}

} // namespace sennit::sampling
