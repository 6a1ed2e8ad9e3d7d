// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/gpu/Reference.h"
#include "tools/gpu/Tests.h"
#include "tools/gpu/Text.h"

#include "runtime/program/Generate.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdio>

namespace sennit::gpu {
namespace {

using json = nlohmann::ordered_json;

/// The largest distance over the reference's rows.
double worstOf(const Rows &rows, const Reference &reference) {
  double worst = 0;
  for (const Reference::Row &row : reference.rows)
    worst = std::max(worst, distance(rows[size_t(row.position)], row.logits));
  return worst;
}

StatusOr<std::vector<int32_t>> generateGreedily(Session &session, const Reference &reference) {
  Request request;
  request.prompt = reference.ids;
  request.maxTokens = int32_t(reference.greedy.size());
  request.ignoreEos = true;
  Generator generator(session);
  std::vector<Completion> completions;
  SENNIT_RETURN_IF_ERROR(generator.run({&request, 1}, completions));
  SENNIT_RETURN_IF_ERROR(completions.front().status);
  return std::move(completions.front().ids);
}

std::string shortNumber(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1e", value);
  return text;
}

} // namespace

StatusOr<json> testNear(const Bundle &bundle, const Case &one, const std::string &device) {
  SENNIT_ASSIGN_OR_RETURN(const Reference reference, readReference(bundle.path(one.reference)));
  SENNIT_ASSIGN_OR_RETURN(std::unique_ptr<Session> session, openSession(bundle.path(one.package), device));
  Text prompt(*session), generated(*session);
  SENNIT_RETURN_IF_ERROR(prompt.append(reference.ids));
  const std::span<const int32_t> ids = reference.ids;
  SENNIT_RETURN_IF_ERROR(generated.append(ids.first(1)));
  Text *const only[] = {&generated};
  for (size_t i = 1; i < ids.size(); ++i)
    SENNIT_RETURN_IF_ERROR(Text::appendTogether(only, ids.subspan(i, 1)));
  std::vector<int32_t> greedy;
  if (!reference.greedy.empty()) {
    SENNIT_ASSIGN_OR_RETURN(greedy, generateGreedily(*session, reference));
  }
  // The CPU rounds activations to 8 bits where weights are quantised; it is only asked to try a bundle.
  const double tolerance = reference.tolerance * (device == "cpu" ? 2 : 1);
  const double worst = worstOf(prompt.rows(), reference),
               worstGenerated = worstOf(generated.rows(), reference);
  const bool same = greedy == reference.greedy;
  const std::string furthest = shortNumber(std::max(worst, worstGenerated)) +
                               " of the largest logit, allowed " + shortNumber(tolerance);
  // Infinity has no JSON; null says that a logit was no number.
  const auto number = [](double value) { return value <= 1e30 ? json(value) : json(nullptr); };
  return json{{"passed", std::max(worst, worstGenerated) <= tolerance && same},
              {"summary", furthest + (same ? "" : ", other greedy tokens")},
              {"rows", reference.rows.size()},
              {"worst", number(worst)},
              {"worst_generated", number(worstGenerated)},
              {"tolerance", tolerance},
              {"greedy", greedy},
              {"greedy_expected", reference.greedy}};
}

} // namespace sennit::gpu
