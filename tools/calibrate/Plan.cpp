// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/calibrate/Measure.h"

namespace sennit::calibrate {

const std::vector<WeightFormat> &knownFormats() {
  static const std::vector<WeightFormat> formats = {
      {"q4_0", 4.5, true}, {"q4_1", 5, true}, {"q8_0", 8.5, true}, {"f16", 16, false}, {"f32", 32, false}};
  return formats;
}

Plan usualPlan(bool quick) {
  Plan plan;
  const std::vector<WeightFormat> &all = knownFormats();
  if (quick) {
    plan.cases.widths = {512, 1536, 4096};
    plan.cases.formats = {all[0], all[3]};
    plan.cases.rows = {1, 16, 64, 256};
    plan.rounds = 4;
  } else {
    plan.cases.widths = {512, 1024, 2048, 4096, 8192};
    plan.cases.formats = {all[0], all[1], all[2], all[3]};
    plan.cases.rows = {1, 4, 16, 64, 256, 512};
    plan.rounds = 8;
  }
  for (int sequences : {1, 4, 16, 64})
    for (bool lean : {false, true})
      plan.cases.attention.push_back({true, sequences, 1, 1024, lean});
  for (int rows : {16, 64, 256})
    plan.cases.attention.push_back({false, 1, rows, 0});
  return plan;
}

} // namespace sennit::calibrate
