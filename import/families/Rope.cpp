// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "import/families/Rope.h"

#include <cmath>
#include <numbers>
#include <optional>
#include <string>

using namespace sennit;

static std::string sameAs(const FamilyConfig &config, const std::string &key) {
  return "the same as '" + key + "', " + config.shown(key);
}

/// Refuses a number under `key` that is not one, or not that of `newKey`. Where that is absent it says
/// `unset`, or nothing.
static void checkNumber(FamilyConfig &config, const std::string &key, const std::string &newKey,
                        std::optional<double> unset = std::nullopt) {
  if (!config.has(key))
    return;
  size_t before = config.problems().size();
  double value = config.positive(key);
  std::optional<double> wanted = config.has(newKey) ? config.number(newKey) : unset;
  if (config.problems().size() == before && wanted && value != *wanted)
    config.refuse(key, sameAs(config, newKey));
}

/// The same for a scaling type, which is "default" where it is absent.
static void checkType(FamilyConfig &config, const std::string &key, const std::string &newKey,
                      const std::string &wanted) {
  auto plain = [](const std::string &type) { return type == "none" ? "default" : type; };
  size_t before = config.problems().size();
  std::string type = config.word(key, wanted);
  if (config.problems().size() == before && plain(type) != plain(wanted))
    config.refuse(key, sameAs(config, newKey));
}

/// Holds the old spelling against rope_parameters, whose scaling type is `type`.
static void checkOldSpelling(FamilyConfig &config, const std::string &typeKey, const std::string &type) {
  const std::string now = "rope_parameters.", old = "rope_scaling.";
  if (config.has(now + "rope_theta"))
    checkNumber(config, "rope_theta", now + "rope_theta");
  checkType(config, old + "type", typeKey, type);
  checkType(config, old + "rope_type", typeKey, type);
  checkNumber(config, old + "factor", now + "factor", 1.0);
  for (const char *key : {"low_freq_factor", "high_freq_factor", "original_max_position_embeddings"})
    checkNumber(config, old + key, now + key);
}

RopeConfig sennit::readRopeConfig(FamilyConfig &config) {
  RopeConfig rope;
  for (const char *key : {"rope_parameters", "rope_scaling"})
    if (config.has(key))
      config.refuse(key, "an object");
  bool isNew = config.hasGroup("rope_parameters");
  std::string group = isNew ? "rope_parameters" : "rope_scaling";
  rope.theta = config.positive(
      config.has("rope_parameters.rope_theta") ? "rope_parameters.rope_theta" : "rope_theta", 10000.0);
  std::string typeKey = config.has(group + ".type") && !config.has(group + ".rope_type")
                            ? group + ".type"
                            : group + ".rope_type";
  std::string type = config.word(typeKey, "default");
  // Some checkpoints write both names of the type.
  if (typeKey == group + ".rope_type")
    checkType(config, group + ".type", typeKey, type);
  if (isNew)
    checkOldSpelling(config, typeKey, type);
  for (const char *key : {"rope_parameters.partial_rotary_factor", "rope_scaling.partial_rotary_factor",
                          "partial_rotary_factor"})
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
