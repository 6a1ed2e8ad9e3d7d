// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// How likely a token is, as a whole number. Sums of whole numbers do not depend on their order, so however
// many threads share the work, on whatever machine, the same token is drawn. codegen/cuda/device/sample.cuh
// has the same functions for devices; a test compares them bit by bit.
#pragma once

#include <cstdint>

namespace sennit {

/// The most likely token counts 2^42 units: what is less likely than 2^-42 of it is never drawn, and a
/// vocabulary of up to 2^21 tokens sums up in 64 bits.
constexpr int likelihoodBits = 42;
constexpr uint64_t greatestLikelihood = uint64_t(1) << likelihoodBits;
constexpr uint64_t mostTokens = uint64_t(1) << 21;

/// What a difference of logits is multiplied by to give a power of two.
constexpr double likelihoodScale(float temperature) {
  return 1.4426950408889634 / double(temperature); // log2(e)
}

/// Units of a token whose logit is `logit` where the largest is `largest`: 2^42 exp((logit - largest) /
/// temperature), rounded. An infinite largest logit leaves a chance to its equals alone. Multiplies and adds
/// alone, in one order, so every machine gives the same bits; never less for a larger logit where it is 0.
constexpr uint64_t likelihoodOf(float logit, float largest, double scale) {
  if (logit == largest)
    return greatestLikelihood;
  const double power = (double(logit) - double(largest)) * scale;
  if (!(power >= -likelihoodBits))
    return 0;
  const int whole = int(power - 0.5);
  const double part = power - whole; // -0.5 to 0.5
  // The series of 2^x: the first term left out is below 7e-15.
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
  // By way of signed numbers, which processors convert at once.
  return uint64_t(int64_t(value * double(int64_t(1) << (likelihoodBits + whole)) + 0.5));
}

/// The least whole number that is at least share x total.
constexpr uint64_t shareOf(float share, uint64_t total) {
  const double exact = double(share) * double(total);
  const uint64_t whole = uint64_t(exact);
  return whole + (double(whole) < exact);
}

/// `word` / 2^64 of `total`, rounded down.
constexpr uint64_t placeIn(uint64_t total, uint64_t word) {
  return uint64_t((static_cast<unsigned __int128>(total) * word) >> 64);
}

} // namespace sennit
