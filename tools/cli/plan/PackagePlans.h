// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// `sennit explain --plan`: the plans that a package holds, one for each bucket.
#pragma once

#include "runtime/base/StatusOr.h"

#include <nlohmann/json_fwd.hpp>

#include <string>

namespace sennit::cli {

/// The entries of `planSection`'s "plans" for `bucket` ("512:mixed": rows and role), or all where it is
/// empty. Refuses a section without plans, and a bucket that it does not have, naming those that it has.
StatusOr<nlohmann::json> selectPlans(const nlohmann::json &planSection, const std::string &bucket,
                                     const std::string &place);

/// What selectPlans gave, for a reader: a table of all buckets where there are several; of one its times, its
/// row ranges, why other plans lost, and its pieces, equal ones of all layers in one line. Times of an entry
/// are in us, those of its nodes in ms, as in the report of `sennit plan`. Refuses entries with fields of
/// another kind.
StatusOr<std::string> renderPackagePlans(const nlohmann::json &plans, const std::string &place);

} // namespace sennit::cli
