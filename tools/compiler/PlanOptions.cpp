// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/compiler/PlanOptions.h"

#include "planner/GivenTimes.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

namespace sennit::compiler {

using nlohmann::json;

namespace {

constexpr int64_t mostTokens = int64_t(1) << 24;
constexpr int mostParts = 8;
/// What a report can hold: tokens per second come from the least time, sums from the greatest.
constexpr double leastMs = 1e-6, mostMs = 1e12, mostPenalty = 1e3;

constexpr std::array objectives = {std::pair("throughput", PlanObjective::Throughput),
                                   std::pair("latency", PlanObjective::Latency)};
constexpr std::array schedulers = {
    std::pair("sequential", planner::Scheduler::Sequential), std::pair("list", planner::Scheduler::List),
    std::pair("search", planner::Scheduler::Search), std::pair("exact", planner::Scheduler::Exact)};
/// A value for a message, cut short.
std::string shown(const json &value) {
  std::string text = value.dump(-1, ' ', false, json::error_handler_t::replace);
  return text.size() > 60 ? text.substr(0, 57) + "... (cut short)" : text;
}

Status wrong(const std::string &flag, const std::string &expected, const std::string &found) {
  return invalidInput(flag + ": expected " + expected + ", found " + found);
}

template <typename Table>
std::string wordsOf(const Table &table) {
  std::string words;
  for (const auto &[word, value] : table)
    words += (words.empty() ? "" : ", ") + std::string(word);
  return words;
}

/// Leaves `out` as it is where the field is absent.
template <typename Table, typename Value>
Status readWord(const json &options, const char *field, const char *flag, const Table &table, Value &out) {
  auto found = options.find(field);
  if (found == options.end())
    return Status::okay();
  for (const auto &[word, value] : table)
    if (*found == word) {
      out = value;
      return Status::okay();
    }
  return wrong(flag, "one of " + wordsOf(table), shown(*found));
}

template <typename Integer>
Status readCount(const json &options, const char *field, const char *flag, int64_t least, int64_t most,
                 Integer &out) {
  auto found = options.find(field);
  if (found == options.end())
    return Status::okay();
  // Unsigned numbers beyond the signed range would turn negative.
  bool inRange = found->is_number_integer() && found->get<double>() < 9e18 &&
                 found->get<int64_t>() >= least && found->get<int64_t>() <= most;
  if (!inRange)
    return wrong(flag, "a whole number from " + std::to_string(least) + " to " + std::to_string(most),
                 shown(*found));
  out = static_cast<Integer>(found->get<int64_t>());
  return Status::okay();
}

Status readNumber(const json &options, const char *field, const std::string &flag, double &out) {
  auto found = options.find(field);
  if (found == options.end())
    return Status::okay();
  double value = found->is_number() ? found->get<double>() : -1;
  if (!(value >= 0 && std::isfinite(value)))
    return wrong(flag, "a number of at least 0", shown(*found));
  out = value;
  return Status::okay();
}

Status readText(const json &options, const char *field, const char *flag, std::string &out) {
  auto found = options.find(field);
  if (found == options.end() || !found->is_string() || found->get_ref<const std::string &>().empty())
    return wrong(flag, "a name or a path", found == options.end() ? "none" : shown(*found));
  out = found->get<std::string>();
  return Status::okay();
}

Status readLayout(const json &options, int64_t &tensorParallel) {
  auto found = options.find("layout");
  if (found == options.end() || found->is_null())
    return Status::okay();
  if (!found->is_object() || found->empty())
    return wrong("--layout", "a mesh axis and its devices, such as tp=8", shown(*found));
  for (const auto &[axis, size] : found->items())
    if (axis != "tp")
      return wrong("--layout", "the mesh axis tp alone", "'" + axis + "'");
  return readCount(*found, "tp", "--layout tp", 1, 1 << 16, tensorParallel);
}

Status readOpTimes(const json &options, std::map<std::string, double> &out) {
  auto found = options.find("op_times");
  if (found == options.end())
    return Status::okay();
  if (!found->is_object())
    return wrong("--op-times", "an object of milliseconds by op", shown(*found));
  const std::vector<std::string> &ops = planner::timedOps();
  std::string names;
  for (const std::string &op : ops)
    names += (names.empty() ? "" : ", ") + op;
  for (const auto &[op, ms] : found->items())
    if (std::find(ops.begin(), ops.end(), op) == ops.end())
      return wrong("--op-times", "the ops " + names, "'" + op + "'");
  double sum = 0;
  for (const std::string &op : ops) {
    if (!found->contains(op))
      return wrong("--op-times", "the ops " + names, "no '" + op + "'");
    SENNIT_RETURN_IF_ERROR(readNumber(*found, op.c_str(), "--op-times '" + op + "'", out[op]));
    if (out[op] > mostMs)
      return wrong("--op-times '" + op + "'", "at most 1e12 ms", shown(found->at(op)));
    sum += out[op];
  }
  if (sum < leastMs)
    return wrong("--op-times", "at least 1e-06 ms in all", shown(sum));
  return Status::okay();
}

/// `split` is a word or a number, also one in text as the command line has it.
Status readSplit(const json &options, PlanOptions &plan) {
  auto found = options.find("split");
  if (found == options.end() || *found == "auto")
    return Status::okay();
  if (*found == "off") {
    plan.split = PlanSplitMode::Off;
    return Status::okay();
  }
  int64_t parts = 0;
  if (found->is_string()) {
    const auto &text = found->get_ref<const std::string &>();
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), parts);
    if (error != std::errc() || end != text.data() + text.size())
      parts = 0;
  } else if (found->is_number_integer() && found->get<double>() < 9e18) {
    parts = found->get<int64_t>();
  }
  if (parts < 1 || parts > mostParts)
    return wrong("--split", "auto, off, or a number of equal parts from 1 to " + std::to_string(mostParts),
                 shown(*found));
  plan.split = PlanSplitMode::Equal;
  plan.equalParts = static_cast<int>(parts);
  return Status::okay();
}

Status checkContradictions(const json &options, PlanOptions &plan) {
  bool limited = options.contains("max_parts");
  if (plan.split == PlanSplitMode::Equal) {
    if (limited && plan.equalParts > plan.maxParts)
      return wrong("--split", "at most the " + std::to_string(plan.maxParts) + " parts of --max-parts",
                   std::to_string(plan.equalParts));
    plan.maxParts = std::max(plan.maxParts, plan.equalParts);
    if (plan.equalParts > plan.batch)
      return wrong("--split", "at most as many parts as there are rows, " + std::to_string(plan.batch),
                   std::to_string(plan.equalParts));
  }
  if (plan.split == PlanSplitMode::Equal && plan.equalParts > 1 &&
      plan.scheduler == planner::Scheduler::Sequential)
    return wrong("--split", "auto, off or 1 beside --scheduler sequential", std::to_string(plan.equalParts));
  if (plan.split == PlanSplitMode::Off && limited && plan.maxParts > 1)
    return wrong("--max-parts", "1 or none beside --split off", std::to_string(plan.maxParts));
  if (plan.split == PlanSplitMode::Off && plan.splitPenalty > 0)
    return wrong("--split-penalty", "0 or none beside --split off", shown(options["split_penalty"]));
  return Status::okay();
}

template <typename Table, typename Value>
const char *wordOf(const Table &table, Value value) {
  for (const auto &[word, known] : table)
    if (known == value)
      return word;
  return "?";
}

} // namespace

StatusOr<PlanOptions> parsePlanOptions(const json &options) {
  static constexpr std::array fields = {"config", "target",    "layout",        "batch",     "prompt",
                                        "output", "op_times",  "split_penalty", "objective", "budget",
                                        "split",  "max_parts", "scheduler",     "seed",      "emit",
                                        "sweep",  "buckets",   "iterations"};
  if (!options.is_object())
    return invalidInput("expected an object of plan options, found " + shown(options));
  for (const auto &[field, value] : options.items()) {
    bool known = false;
    for (const char *name : fields)
      known |= field == name;
    if (!known)
      return invalidInput("expected plan options, found the unknown '" + field + "'");
  }
  PlanOptions plan;
  SENNIT_RETURN_IF_ERROR(readText(options, "config", "CONFIG", plan.config));
  SENNIT_RETURN_IF_ERROR(readText(options, "target", "--target", plan.target));
  SENNIT_RETURN_IF_ERROR(readLayout(options, plan.tensorParallel));
  SENNIT_RETURN_IF_ERROR(readCount(options, "prompt", "--prompt", 1, mostTokens, plan.prompt));
  SENNIT_RETURN_IF_ERROR(readCount(options, "output", "--output", 0, mostTokens, plan.output));
  SENNIT_RETURN_IF_ERROR(readOpTimes(options, plan.opTimes));
  SENNIT_RETURN_IF_ERROR(readNumber(options, "split_penalty", "--split-penalty", plan.splitPenalty));
  if (plan.splitPenalty > mostPenalty)
    return wrong("--split-penalty", "at most 1000", shown(options["split_penalty"]));
  SENNIT_RETURN_IF_ERROR(readWord(options, "objective", "--objective", objectives, plan.objective));
  const bool latency = plan.objective == PlanObjective::Latency;
  plan.batch = latency ? 1 : plan.batch;
  SENNIT_RETURN_IF_ERROR(readCount(options, "batch", "--batch", 1, mostTokens, plan.batch));
  if (auto prefill = plan.opTimes.find("prefill_attention");
      latency && prefill != plan.opTimes.end() && prefill->second > 0)
    return wrong("--op-times",
                 "no time for prefill_attention beside --objective latency, whose steps have no prompt rows",
                 std::to_string(prefill->second));
  SENNIT_RETURN_IF_ERROR(readNumber(options, "budget", "--budget", plan.budgetSeconds));
  SENNIT_RETURN_IF_ERROR(readCount(options, "iterations", "--iterations", 0, 100'000'000, plan.iterations));
  SENNIT_RETURN_IF_ERROR(readSplit(options, plan));
  SENNIT_RETURN_IF_ERROR(readCount(options, "max_parts", "--max-parts", 1, mostParts, plan.maxParts));
  SENNIT_RETURN_IF_ERROR(readWord(options, "scheduler", "--scheduler", schedulers, plan.scheduler));
  SENNIT_RETURN_IF_ERROR(readCount(options, "seed", "--seed", 0, int64_t(1) << 62, plan.seed));
  for (auto [field, place] :
       {std::pair("emit", &plan.emit), std::pair("sweep", &plan.sweep), std::pair("buckets", &plan.buckets)})
    if (auto flag = options.find(field); flag != options.end()) {
      if (!flag->is_boolean())
        return wrong(field, "true or false", shown(*flag));
      *place = flag->get<bool>();
    }
  for (auto [flag, asked] : {std::pair("--sweep", plan.sweep), std::pair("--buckets", plan.buckets)}) {
    if (asked && !plan.opTimes.empty())
      return wrong(flag, "times by the target", "--op-times, which are those of one batch");
    if (asked && plan.split != PlanSplitMode::Auto)
      return wrong(flag, "--split auto, since it asks where to split", "--split " + shown(options["split"]));
  }
  SENNIT_RETURN_IF_ERROR(checkContradictions(options, plan));
  return plan;
}

const char *nameOf(PlanObjective objective) {
  return wordOf(objectives, objective);
}
const char *nameOf(planner::Scheduler scheduler) {
  return wordOf(schedulers, scheduler);
}

} // namespace sennit::compiler
