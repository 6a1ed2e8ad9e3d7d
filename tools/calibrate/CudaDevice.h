// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// A GPU, timed through compiled kernels and the probes that every package carries.
#pragma once

#include "tools/calibrate/Measure.h"

#include <functional>
#include <memory>
#include <string>

namespace sennit::calibrate {

/// Makes the package `package` of the nn text in the file `text`, whose stem is the format of its weights,
/// with code for the target ("sm_90a"); weights are made up. At most `maxRows` rows. Compiles it, or fills a
/// skeleton of it.
using MakePackage = std::function<Status(const std::string &text, const std::string &package,
                                         const std::string &target, int64_t maxRows)>;

/// GPU number `ordinal`. Its packages lie in a folder of its own below `folder`, which is gone after
/// prepare(). Workers are multiprocessors. Errors: no driver, no such device.
StatusOr<std::unique_ptr<Device>> makeCudaDevice(int ordinal, const std::string &folder, MakePackage make);

/// What is compiled, once for each format of weights, for a device to time.
struct CudaModel {
  std::string text; ///< at level nn
  int64_t maxRows = 1;
};
CudaModel cudaModel(const Cases &cases, const WeightFormat &format, bool emulated);

/// The usual plan for a GPU; of an emulated one, whose readings mean nothing, the smallest that has every
/// case.
Plan cudaPlan(bool emulated, bool quick);

/// Whether the facts are those of an emulated GPU.
bool isEmulated(const DeviceFacts &facts);

} // namespace sennit::calibrate
