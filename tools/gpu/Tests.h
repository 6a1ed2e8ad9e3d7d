// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// The tests of a bundle: results near those of a reference, and results that are the same bytes.
#pragma once

#include "tools/gpu/Bundle.h"

#include <nlohmann/json_fwd.hpp>

namespace sennit::gpu {

/// The case's prompt and what follows it, by prompt rows and by generated rows, beside its reference:
///   {passed, summary, rows, worst, worst_generated, tolerance, greedy, greedy_expected}
StatusOr<nlohmann::ordered_json> testNear(const Bundle &bundle, const Case &one, const std::string &device);

/// The case again: repeated, in steps of other sizes, in company, and with its steps split; all have the
/// bytes of the first:
///   {passed, summary, checks, different: [what]}
StatusOr<nlohmann::ordered_json> testBits(const Bundle &bundle, const Case &one, const std::string &device);

} // namespace sennit::gpu
