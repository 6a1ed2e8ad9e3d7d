// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/calibrate/CudaDevice.h"
#include "tools/calibrate/MakeTarget.h"
#include "tools/cli/Interrupt.h"
#include "tools/gpu/Fill.h"
#include "tools/gpu/Measurements.h"

#include <nlohmann/json.hpp>

#include <cstdlib>
#include <ctime>
#include <filesystem>

namespace sennit::gpu {

using json = nlohmann::ordered_json;

static std::string today() {
  char text[16] = "";
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  std::strftime(text, sizeof text, "%Y-%m-%d", &parts);
  return text;
}

StatusOr<json> calibrate(const Bundle &bundle, const std::string &device) {
  const int ordinal = device.size() > 5 ? std::atoi(device.c_str() + 5) : 0; // cuda:N
  const auto make = [&](const std::string &text, const std::string &package, const std::string &, int64_t) {
    const std::string format = std::filesystem::path(text).stem().string();
    return fillWithNoise(bundle.path(bundle.calibration + "/" + format + ".skeleton"), package,
                         &cli::interruptFlag());
  };
  constexpr uint64_t packageBytes = uint64_t(2) << 30;
  SENNIT_ASSIGN_OR_RETURN(const std::unique_ptr<calibrate::Device> gpu,
                          calibrate::makeCudaDevice(ordinal, workFolder(bundle, packageBytes), make));
  const calibrate::Plan plan = calibrate::cudaPlan(calibrate::isEmulated(gpu->facts()), /*quick=*/true);
  SENNIT_ASSIGN_OR_RETURN(const calibrate::Figures figures, calibrate::measure(*gpu, plan, [](double) {
                            return cli::interrupted() ? cli::interruptedStatus() : Status::okay();
                          }));
  SENNIT_ASSIGN_OR_RETURN(const planner::Target builtin, planner::loadTarget(gpu->facts().builtin));
  json target = calibrate::makeTarget(figures, builtin, "measured", today());
  // As whoever plans with it will read it.
  SENNIT_RETURN_IF_ERROR(planner::parseTarget(target.dump(), "the measured target").status());
  return json{{"passed", true},
              {"summary", "a target of " + std::to_string(figures.linears.size()) + " linears"},
              {"target", std::move(target)}};
}

json calibrationModels(bool emulated) {
  const calibrate::Plan plan = calibrate::cudaPlan(emulated, /*quick=*/true);
  json models = json::array();
  for (const calibrate::WeightFormat &format : plan.cases.formats) {
    const calibrate::CudaModel model = calibrate::cudaModel(plan.cases, format, emulated);
    models.push_back({{"name", format.name}, {"text", model.text}, {"max_rows", model.maxRows}});
  }
  return models;
}

} // namespace sennit::gpu
