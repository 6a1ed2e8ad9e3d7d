// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/cli/plan/Fields.h"

#include <cmath>

using namespace sennit;
using namespace sennit::cli;
using nlohmann::json;

FieldReader::FieldReader(const json &object, std::string path, std::string &error)
    : object(object), path(std::move(path)), error(error) {
  if (!object.is_object())
    wrong("", "an object", object);
}

const json &FieldReader::get(const std::string &key) const {
  static const json none;
  auto found = object.is_object() ? object.find(key) : object.end();
  return object.is_object() && found != object.end() ? *found : none;
}

void FieldReader::wrong(const std::string &key, const std::string &expected, const json &value) {
  if (!error.empty())
    return;
  std::string whole = path + (path.empty() || key.empty() ? "" : ".") + key;
  std::string found = value.dump(-1, ' ', false, json::error_handler_t::replace);
  error = "expected " + expected + (whole.empty() ? "" : " as '" + whole + "'") + ", found " +
          (value.is_null()     ? "none"
           : found.size() > 60 ? found.substr(0, 57) + "... (cut short)"
                               : found);
}

std::string FieldReader::text(const char *key, const char *fallback) {
  const json &value = get(key);
  if (value.is_string())
    return value.get<std::string>();
  if (!value.is_null() || !fallback)
    wrong(key, "text", value);
  return fallback ? fallback : "";
}

double FieldReader::number(const char *key) {
  const json &value = get(key);
  double found = value.is_number() ? value.get<double>() : -1;
  // What is beyond is no figure of a step, and would not stay finite in sums and ratios.
  if (found >= 0 && found <= 1e18)
    return found;
  wrong(key, "a number from 0 to 1e18", value);
  return 0;
}

double FieldReader::share(const char *key) {
  const json &value = get(key);
  double found = value.is_number() ? value.get<double>() : -1;
  if (found >= 0 && found <= 1)
    return found;
  wrong(key, "a number from 0 to 1", value);
  return 0;
}

std::optional<double> FieldReader::numberOrNone(const char *key) {
  const json &value = get(key);
  if (value.is_number() && std::abs(value.get<double>()) <= 1e18)
    return value.get<double>();
  if (!value.is_null())
    wrong(key, "a number or null", value);
  return std::nullopt;
}

int64_t FieldReader::count(const char *key, int64_t least) {
  const json &value = get(key);
  // Unsigned numbers beyond the signed range would turn negative.
  if (value.is_number_integer() && value.get<double>() < 9e18 && value.get<int64_t>() >= least)
    return value.get<int64_t>();
  wrong(key, "a whole number of at least " + std::to_string(least), value);
  return least;
}

bool FieldReader::flag(const char *key) {
  const json &value = get(key);
  if (!value.is_boolean())
    wrong(key, "true or false", value);
  return value.is_boolean() && value.get<bool>();
}

const json &FieldReader::list(const char *key, bool optional) {
  static const json none = json::array();
  const json &value = get(key);
  if (!value.is_array() && !(optional && value.is_null()))
    wrong(key, "a list", value);
  return value.is_array() ? value : none;
}

const json &FieldReader::members(const char *key) {
  static const json none = json::object();
  const json &value = get(key);
  if (!value.is_object())
    wrong(key, "an object", value);
  return value.is_object() ? value : none;
}

PlanRows FieldReader::rows(const json &value, const std::string &key) {
  auto isRow = [](const json &row) { return row.is_number_integer() && row.get<double>() < 9.3e18; };
  if (value.is_array() && value.size() == 2 && isRow(value[0]) && isRow(value[1]) &&
      value[0].get<int64_t>() >= 0 && value[0].get<int64_t>() <= value[1].get<int64_t>())
    return {value[0].get<int64_t>(), value[1].get<int64_t>()};
  wrong(key, "rows [begin, end)", value);
  return {};
}

FieldReader FieldReader::item(const json &list, const char *key, size_t index) {
  return {list[index], path + (path.empty() ? "" : ".") + key + "[" + std::to_string(index) + "]", error};
}

PlanSplit cli::readSplit(FieldReader &reader) {
  PlanSplit split;
  for (const auto &[op, ranges] : reader.members("split").items()) {
    std::vector<PlanRows> rows;
    if (!ranges.is_array())
      reader.wrong("split." + op, "a list of rows", ranges);
    else
      for (const json &range : ranges)
        rows.push_back(reader.rows(range, "split." + op));
    split.emplace_back(op, std::move(rows));
  }
  return split;
}

std::vector<PlanAlternative> cli::readAlternatives(FieldReader &reader) {
  std::vector<PlanAlternative> alternatives;
  const json &list = reader.list("why", true);
  for (size_t i = 0; i < list.size(); ++i) {
    FieldReader item = reader.item(list, "why", i);
    alternatives.push_back({item.text("alternative"), item.numberOrNone("ms"),
                            item.numberOrNone("loses_by_ms"), item.text("condition", "")});
  }
  return alternatives;
}

static PlanPiece readPiece(FieldReader item) {
  PlanPiece piece;
  piece.node = item.text("node");
  piece.op = item.text("op");
  if (const json &layer = item.get("layer"); !layer.is_null() && layer != json(-1)) // -1 as in the planner
    piece.layer = item.count("layer");
  piece.rows = item.rows(item.get("rows"), "rows");
  std::string lane = item.text("lane");
  if (lane == "memory")
    piece.lane = PlanLane::Memory;
  else if (lane == "network")
    piece.lane = PlanLane::Network;
  else if (lane != "compute")
    item.wrong("lane", "one of compute, memory, network", lane);
  piece.share = item.share("share");
  piece.start = item.number("start");
  piece.end = item.number("end");
  if (piece.end < piece.start)
    item.wrong("end", "a time that is not before the start", piece.end);
  return piece;
}

std::vector<PlanPiece> cli::readPieces(FieldReader &reader) {
  std::vector<PlanPiece> pieces;
  const json &list = reader.list("nodes");
  for (size_t i = 0; i < list.size(); ++i)
    pieces.push_back(readPiece(reader.item(list, "nodes", i)));
  return pieces;
}
