// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/cli/plan/PackagePlans.h"

#include "tools/cli/Output.h"
#include "tools/cli/plan/Fields.h"
#include "tools/cli/plan/Report.h"

#include <nlohmann/json.hpp>

#include <algorithm>

using namespace sennit;
using namespace sennit::cli;
using nlohmann::json;

namespace {

/// One bucket's plan.
struct BucketPlan {
  int64_t rows = 0;
  std::string role, decision, condition;
  double predictedUs = 0, sequentialUs = 0, unsplitUs = 0, boundUs = 0;
  PlanSplit split;
  std::vector<PlanAlternative> why;
  std::vector<PlanPiece> pieces;
};

std::string keyOf(const json &entry) {
  auto rows = entry.find("rows"), role = entry.find("role");
  return (rows == entry.end() ? "?" : rows->dump()) + ":" +
         (role != entry.end() && role->is_string() ? role->get<std::string>() : "?");
}

BucketPlan readBucket(const json &entry, const std::string &path, std::string &error) {
  FieldReader reader(entry, path, error);
  BucketPlan plan;
  plan.rows = reader.count("rows", 1);
  plan.role = reader.text("role");
  plan.decision = reader.text("decision");
  plan.condition = reader.text("condition", "");
  plan.predictedUs = reader.number("predicted_us");
  plan.sequentialUs = reader.number("sequential_us");
  plan.unsplitUs = reader.number("unsplit_us");
  plan.boundUs = reader.number("bound_us");
  plan.split = readSplit(reader);
  plan.why = readAlternatives(reader);
  plan.pieces = readPieces(reader);
  return plan;
}

std::string summary(const std::vector<BucketPlan> &plans) {
  std::vector<std::vector<std::string>> rows;
  for (const BucketPlan &plan : plans)
    rows.push_back({std::to_string(plan.rows) + ":" + plan.role, plan.decision,
                    formatNumber(plan.predictedUs, 1), formatNumber(plan.unsplitUs, 1),
                    formatNumber(plan.sequentialUs, 1), formatNumber(plan.boundUs, 1), plan.condition});
  return formatTable(
      {"bucket", "decision", "plan us", "unsplit us", "sequential us", "bound us", "condition"}, rows);
}

/// Pieces that differ in the layer alone are one line.
struct PieceGroup {
  const PlanPiece *first;
  int64_t count = 0;
  double ms = 0;
};

std::string piecesTable(const BucketPlan &plan) {
  std::vector<PieceGroup> groups;
  for (const PlanPiece &piece : plan.pieces) {
    auto same = [&](const PieceGroup &group) {
      const PlanPiece &other = *group.first;
      return other.op == piece.op && other.rows == piece.rows && other.lane == piece.lane &&
             other.share == piece.share;
    };
    auto found = std::find_if(groups.begin(), groups.end(), same);
    if (found == groups.end())
      found = groups.insert(groups.end(), {&piece});
    ++found->count;
    found->ms += piece.end - piece.start;
  }
  std::vector<std::vector<std::string>> rows;
  for (const PieceGroup &group : groups) {
    const PlanPiece &piece = *group.first;
    rows.push_back({piece.op, piece.node, rowsText(piece.rows), laneName(piece.lane),
                    formatNumber(piece.share, 2), std::to_string(group.count),
                    formatNumber(piece.start * 1e3, 1),
                    formatNumber(group.ms * 1e3 / static_cast<double>(group.count), 1),
                    formatNumber(group.ms * 1e3, 1)});
  }
  return formatTable(
      {"op", "first node", "rows", "lane", "share", "pieces", "start us", "us each", "us in all"}, rows);
}

std::string details(const BucketPlan &plan) {
  std::string text = "bucket " + std::to_string(plan.rows) + ":" + plan.role + "\n";
  text += "decision  " + plan.decision + (plan.condition.empty() ? "" : ": " + plan.condition) + "\n";
  text += "plan " + formatNumber(plan.predictedUs, 1) + " us, unsplit " + formatNumber(plan.unsplitUs, 1) +
          " us, sequential " + formatNumber(plan.sequentialUs, 1) + " us, bound " +
          formatNumber(plan.boundUs, 1) + " us\n";
  // Ops in the order in which the step comes to them.
  auto firstOf = [&](const std::string &op) {
    return std::find_if(plan.pieces.begin(), plan.pieces.end(),
                        [&](const PlanPiece &piece) { return piece.op == op; });
  };
  PlanSplit split = plan.split;
  std::sort(split.begin(), split.end(), [&](const auto &a, const auto &b) {
    return std::pair(firstOf(a.first), a.first) < std::pair(firstOf(b.first), b.first);
  });
  for (const auto &[op, ranges] : split)
    text += "rows of " + op + ": " + rangesText(ranges) + "\n";
  for (const PlanAlternative &why : plan.why)
    text += "lost: " + why.alternative + (why.ms ? ", " + formatNumber(*why.ms * 1e3, 1) + " us" : "") +
            (why.losesByMs ? ", by " + formatNumber(*why.losesByMs * 1e3, 1) + " us" : "") +
            (why.condition.empty() ? "" : ": " + why.condition) + "\n";
  return plan.pieces.empty() ? text : text + "\n" + piecesTable(plan);
}

} // namespace

StatusOr<json> cli::selectPlans(const json &section, const std::string &bucket, const std::string &place) {
  auto plans = section.is_object() ? section.find("plans") : section.end();
  if (!section.is_object() || plans == section.end() || !plans->is_array() || plans->empty())
    return invalidInput(place +
                        ": expected the plans of its buckets, found none (it was compiled without planning, "
                        "or from a level below the plan)");
  if (bucket.empty())
    return *plans;
  json chosen = json::array();
  std::string known;
  for (const json &entry : *plans) {
    std::string key = entry.is_object() ? keyOf(entry) : "?";
    known += (known.empty() ? "" : ", ") + key;
    if (key == bucket)
      chosen.push_back(entry);
  }
  if (chosen.empty())
    return invalidInput("--bucket: expected one of " + known + ", found '" + bucket + "'");
  return chosen;
}

StatusOr<std::string> cli::renderPackagePlans(const json &plans, const std::string &place) {
  std::vector<BucketPlan> buckets;
  std::string error;
  for (const json &entry : plans)
    buckets.push_back(readBucket(entry, "plans[" + std::to_string(buckets.size()) + "]", error));
  if (!error.empty())
    return invalidInput(place + ": expected the plans of its buckets: " + error);
  if (buckets.size() == 1)
    return details(buckets.front());
  return summary(buckets) + "\n--bucket ROWS:ROLE shows the pieces of one\n";
}
