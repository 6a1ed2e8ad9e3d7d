// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// The frequencies of rotary position embeddings, with a checkpoint's scaling folded in.
#pragma once

#include "import/families/FamilyConfig.h"

#include <cstdint>
#include <span>
#include <vector>

namespace sennit {

/// How a checkpoint scales the frequencies.
struct RopeConfig {
  enum class Scaling { None, Linear, Llama3 };
  Scaling scaling = Scaling::None;
  double theta = 10000;
  double factor = 1;
  double lowFreqFactor = 1;
  double highFreqFactor = 4;
  double originalContext = 8192;
};

/// Reads either spelling: rope_theta and rope_scaling {type or rope_type}, or rope_parameters. Where both are
/// there they must say the same. Other scalings are refused.
RopeConfig readRopeConfig(FamilyConfig &config);

/// theta^(-2i / headDim) for i in [0, headDim / 2), scaled, all in f32 as transformers computes them.
std::vector<float> ropeFrequencies(const RopeConfig &config, int64_t headDim);

} // namespace sennit
