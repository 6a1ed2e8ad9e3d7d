// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// The folder that tools/gpu-bundle makes, and what its bundle.json lists.
#pragma once

#include "runtime/base/StatusOr.h"

#include <cstdint>
#include <string>
#include <vector>

namespace sennit::gpu {

/// A model with results to compare with. Files are relative to the bundle.
struct Case {
  std::string name, package;
  std::string reference; ///< JSON, see Reference.h
  bool split = false;    ///< steps are split into pieces
};

/// A shape whose weights are made up where the bundle runs.
struct Shape {
  std::string name; ///< "8b-bf16"
  std::string skeleton;
  std::string kernels; ///< bf16, q4_0: what its weights are
  int prefill = 0;     ///< rows of a prompt that is timed
  int decode = 0;      ///< tokens that are decoded after it
};

struct Bundle {
  std::string folder;  ///< where it is; ends without a slash
  std::string version; ///< of Sennit, and the commit that it was built from
  std::vector<Case> cases;
  std::vector<Shape> shapes; ///< the most important first
  std::string lanes;         ///< skeleton with overlapped plans, for comparing them; empty: none
  std::string calibration;   ///< folder of skeletons that calibration times; empty: none

  std::string path(const std::string &relative) const { return folder + "/" + relative; }
  /// NotFound-like InvalidInput names those that there are.
  StatusOr<Case> findCase(const std::string &name) const;
  StatusOr<Shape> findShape(const std::string &name) const;
};

/// Reads `folder`/bundle.json.
StatusOr<Bundle> readBundle(const std::string &folder);

/// The folder that this program lies in.
StatusOr<std::string> programFolder();

/// A folder for files of `bytes` in all: in memory where there is twice as much of it, else `bundle`'s own.
std::string workFolder(const Bundle &bundle, uint64_t bytes);

} // namespace sennit::gpu
