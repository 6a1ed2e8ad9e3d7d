// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "import/families/Rope.h"

#include <cmath>
#include <numbers>

using namespace sennit;

RopeConfig sennit::readRopeConfig(FamilyConfig &config) {
  RopeConfig rope;
  std::string group = config.hasGroup("rope_parameters") ? "rope_parameters" : "rope_scaling";
  rope.theta = config.positive(
      config.has("rope_parameters.rope_theta") ? "rope_parameters.rope_theta" : "rope_theta", 10000.0);
  std::string typeKey = config.has(group + ".rope_type") ? group + ".rope_type" : group + ".type";
  std::string type = config.word(typeKey, "default");
  for (const std::string &key : {group + ".partial_rotary_factor", std::string("partial_rotary_factor")})
    if (config.positive(key, 1.0) != 1.0)
      config.refuse(key, "1 (rotation of whole heads)");
  if (type == "default" || type == "none")
    return rope;
  if (type != "linear" && type != "llama3") {
    config.refuse(typeKey, "one of default, linear, llama3");
    return rope;
  }
  rope.factor = config.positive(group + ".factor");
  rope.scaling = RopeConfig::Scaling::Linear;
  if (type == "linear")
    return rope;
  rope.scaling = RopeConfig::Scaling::Llama3;
  rope.lowFreqFactor = config.positive(group + ".low_freq_factor");
  rope.highFreqFactor = config.positive(group + ".high_freq_factor");
  rope.originalContext = config.positive(group + ".original_max_position_embeddings");
  if (rope.highFreqFactor <= rope.lowFreqFactor)
    config.refuse(group + ".high_freq_factor", "a number above low_freq_factor");
  return rope;
}

/// Llama 3: long waves are stretched by the factor, short ones kept, those between blended.
static float scaleLlama3(const RopeConfig &config, float frequency) {
  auto factor = static_cast<float>(config.factor);
  auto original = static_cast<float>(config.originalContext);
  auto low = static_cast<float>(config.lowFreqFactor), high = static_cast<float>(config.highFreqFactor);
  float wavelength = static_cast<float>(2 * std::numbers::pi) / frequency;
  if (wavelength > static_cast<float>(config.originalContext / config.lowFreqFactor))
    return frequency / factor;
  if (wavelength < static_cast<float>(config.originalContext / config.highFreqFactor))
    return frequency;
  float smooth = (original / wavelength - low) / (high - low);
  return (1 - smooth) * frequency / factor + smooth * frequency;
}

std::vector<float> sennit::ropeFrequencies(const RopeConfig &config, int64_t headDim) {
  std::vector<float> frequencies;
  for (int64_t i = 0; i < headDim / 2; ++i) {
    // The power is taken in f64 and rounded once: the same on every libm.
    float exponent = static_cast<float>(2 * i) / static_cast<float>(headDim);
    float frequency = 1.0f / static_cast<float>(std::pow(static_cast<float>(config.theta), double(exponent)));
    if (config.scaling == RopeConfig::Scaling::Linear)
      frequency /= static_cast<float>(config.factor);
    else if (config.scaling == RopeConfig::Scaling::Llama3)
      frequency = scaleLlama3(config, frequency);
    frequencies.push_back(frequency);
  }
  return frequencies;
}
