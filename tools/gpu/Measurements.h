// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// The measurements of a bundle. Each gives an object with `passed` and `summary`, and figures.
#pragma once

#include "tools/gpu/Bundle.h"

#include <nlohmann/json_fwd.hpp>

namespace sennit::gpu {

/// What the device and its driver say of themselves, and what it does at its best, by the kernels of the
/// package at `package`:
///   {name, capability, processors, driver, memory_bytes, clock_mhz, memory_clock_mhz, bus_bits, emulated,
///    copy_gb_per_s, driver_copy_gb_per_s, read_gb_per_s, upload_gb_per_s, mma_tflops, launch_us, join_us}
/// Null where the driver does not tell.
StatusOr<nlohmann::ordered_json> measureDevice(const std::string &package, const std::string &device);

/// Decode and prefill of a shape:
///   {load_seconds, prefill: {rows, ms: [each], tokens_per_s, flops, tflops, kernels}, decode: {tokens, ms,
///    tokens_per_s, bytes, gb_per_s, gap_share, launches, kernels}, device: measureDevice, copy_share,
///    mma_share}
StatusOr<nlohmann::ordered_json> measureSpeed(const std::string &package, const Shape &shape,
                                              const std::string &device);

/// Seconds from the start of sennit-run to its end after one token, twice; the second is the figure:
///   {seconds, first_seconds}
StatusOr<nlohmann::ordered_json> measureStart(const Bundle &bundle, const std::string &package,
                                              const std::string &device);

/// Steps of a package whose plans overlap, as planned, with its pieces one after another, and with no pieces:
///   {passed, equal, prompt: {rows, planned_ms, split_ms, sequential_ms}, decode: {sequences, the same}}
/// It passes where all give the same bytes.
StatusOr<nlohmann::ordered_json> measureOverlap(const std::string &package, const std::string &device);

/// A target of this GPU, as sennit calibrate makes it, from the bundle's skeletons:
///   {passed, summary, target}
StatusOr<nlohmann::ordered_json> calibrate(const Bundle &bundle, const std::string &device);

/// The models whose skeletons calibrate() needs: [{name, text, max_rows}]
nlohmann::ordered_json calibrationModels(bool emulated);

} // namespace sennit::gpu
