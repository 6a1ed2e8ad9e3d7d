// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/gpu/Reference.h"

#include "import/Json.h"
#include "tools/gpu/ReadJson.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace sennit::gpu {
namespace {

Status readIds(const nlohmann::json &json, const char *key, std::vector<int32_t> &out) {
  const nlohmann::json *list = member(json, key);
  if (!list || !list->is_array())
    return invalidInput(std::string("expected a list '") + key + "'");
  for (const nlohmann::json &one : *list) {
    const std::optional<int64_t> id = asIndex(&one, INT32_MAX);
    if (!id)
      return invalidInput(std::string("expected token ids in '") + key + "', found " + brief(one));
    out.push_back(int32_t(*id));
  }
  return Status::okay();
}

Status readRow(const nlohmann::json &json, size_t positions, Reference::Row &row) {
  const std::optional<int64_t> position = asIndex(member(json, "position"), int64_t(positions) - 1);
  const nlohmann::json *logits = member(json, "logits");
  if (!position || !logits || !logits->is_array())
    return invalidInput("expected each of 'rows' to have a position of the prompt and logits");
  row.position = int32_t(*position);
  for (const nlohmann::json &one : *logits) {
    if (!one.is_number())
      return invalidInput("expected numbers as logits, found " + brief(one));
    row.logits.push_back(one.get<float>());
  }
  return Status::okay();
}

Status read(const nlohmann::json &json, Reference &reference) {
  SENNIT_RETURN_IF_ERROR(readIds(json, "ids", reference.ids));
  SENNIT_RETURN_IF_ERROR(readIds(json, "greedy", reference.greedy));
  const nlohmann::json *tolerance = member(json, "tolerance"), *rows = member(json, "rows");
  if (reference.ids.empty() || !tolerance || !tolerance->is_number() || !rows || !rows->is_array() ||
      rows->empty())
    return invalidInput("expected ids, a tolerance and rows");
  reference.tolerance = tolerance->get<double>();
  for (const nlohmann::json &one : *rows)
    SENNIT_RETURN_IF_ERROR(readRow(one, reference.ids.size(), reference.rows.emplace_back()));
  return Status::okay();
}

} // namespace

StatusOr<Reference> readReference(const std::string &path) {
  SENNIT_ASSIGN_OR_RETURN(const nlohmann::json json, readJson(path));
  Reference reference;
  if (const Status status = read(json, reference); !status.ok())
    return Status(status.code(), path + ": " + status.message());
  return reference;
}

double distance(std::span<const float> logits, std::span<const float> expected) {
  double worst = 0, largest = 0;
  if (logits.size() != expected.size())
    return std::numeric_limits<double>::infinity();
  for (size_t i = 0; i < logits.size(); ++i) {
    if (!std::isfinite(logits[i]))
      return std::numeric_limits<double>::infinity();
    worst = std::max(worst, std::abs(double(logits[i]) - double(expected[i])));
    largest = std::max(largest, std::abs(double(expected[i])));
  }
  return worst / largest;
}

} // namespace sennit::gpu
