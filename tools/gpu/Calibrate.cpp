// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/base/DeviceName.h"
#include "tools/calibrate/CudaDevice.h"
#include "tools/calibrate/MakeTarget.h"
#include "tools/cli/Interrupt.h"
#include "tools/cli/Output.h"
#include "tools/gpu/Fill.h"
#include "tools/gpu/Measurements.h"

#include <nlohmann/json.hpp>

#include <filesystem>

namespace sennit::gpu {

using json = nlohmann::ordered_json;

StatusOr<json> calibrate(const Bundle &bundle, const std::string &device) {
  SENNIT_ASSIGN_OR_RETURN(const std::optional<int> ordinal, parseDeviceName(device));
  const auto make = [&](const std::string &text, const std::string &package, const std::string &, int64_t) {
    const std::string format = std::filesystem::path(text).stem().string();
    return fillWithNoise(bundle.path(bundle.calibration + "/" + format + ".skeleton"), package,
                         &cli::interruptFlag());
  };
  constexpr uint64_t packageBytes = uint64_t(2) << 30;
  SENNIT_ASSIGN_OR_RETURN(
      const std::unique_ptr<calibrate::Device> gpu,
      calibrate::makeCudaDevice(ordinal.value_or(0), workFolder(bundle, packageBytes), make));
  const calibrate::Plan plan = calibrate::cudaPlan(calibrate::isEmulated(gpu->facts()), /*quick=*/true);
  SENNIT_ASSIGN_OR_RETURN(const calibrate::Figures figures, calibrate::measure(*gpu, plan, [](double) {
                            return cli::interrupted() ? cli::interruptedStatus() : Status::okay();
                          }));
  SENNIT_ASSIGN_OR_RETURN(const planner::Target builtin, planner::loadTarget(gpu->facts().builtin));
  json target = calibrate::makeTarget(figures, builtin, "measured", cli::utcNow("%Y-%m-%d"));
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
