// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <vector>

namespace sennit::planner {

/// Checks a document against the part of JSON Schema that targets/schema.json uses: type, enum, required,
/// properties, additionalProperties = false, items, minItems, minimum, exclusiveMinimum, $ref into the
/// document's own definitions, oneOf over references that differ in the value of their field "kind"
/// (description is ignored). Returns every offence as "expected X, found Y at /path", in document order; none
/// means that it conforms. A schema with another keyword is an offence too, so that a constraint can never be
/// written and then not be checked.
std::vector<std::string> findSchemaOffences(const nlohmann::ordered_json &schema,
                                            const nlohmann::ordered_json &document);

} // namespace sennit::planner
