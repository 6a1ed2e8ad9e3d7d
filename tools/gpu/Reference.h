// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// What a case compares with: results that the reference interpreter, or another implementation, computed
// where the bundle was made.
#pragma once

#include "runtime/base/StatusOr.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace sennit::gpu {

struct Reference {
  std::vector<int32_t> ids; ///< a prompt
  struct Row {
    int32_t position = 0;
    std::vector<float> logits; ///< [vocab_size] behind that position
  };
  std::vector<Row> rows;       ///< ascending by position
  double tolerance = 0;        ///< largest difference, as a share of a row's largest logit
  std::vector<int32_t> greedy; ///< what greedy generation goes on with, as far as no choice is nearly a tie
};

/// Reads {ids, rows: [{position, logits}], tolerance, greedy}. Errors name the file and the field.
StatusOr<Reference> readReference(const std::string &path);

/// Largest difference from `expected`, as a share of its largest magnitude; infinite where one is no number
/// or the lengths differ.
double distance(std::span<const float> logits, std::span<const float> expected);

} // namespace sennit::gpu
