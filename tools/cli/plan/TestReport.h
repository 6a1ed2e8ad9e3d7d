// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Small reports for tests.
#pragma once

#include "tools/cli/plan/Report.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace sennit::test {

/// Lines of text that begin in the line after the quote.
inline std::string block(const char *text) {
  return text + 1;
}

/// A report of one device without ops or pieces.
inline nlohmann::json emptyReport() {
  return nlohmann::json::parse(R"({
    "model": {"family": "llama", "name": "tiny", "layers": 0, "hidden_size": 64, "parameters": 131},
    "target": "cpu-avx2", "devices": 1, "layout": {}, "objective": "latency",
    "load": {"batch": 1, "generated_rows": 1, "prompt_rows": 0, "prompt": 1, "output": 0},
    "ops": [], "sequential_ms": 0, "unsplit_ms": 0, "bound_ms": 0, "plan_ms": 0, "steady_us_per_layer": 0,
    "tokens_per_s_per_gpu": 0, "valid": true, "violations": [], "scheduler": "list", "search_s": 0,
    "iterations": 0, "decision": "unsplit", "condition": "one row", "split": {}, "nodes": [], "why": []})");
}

/// The same with one op of one piece.
inline nlohmann::json oneNodeReport() {
  nlohmann::json report = emptyReport();
  report.update(nlohmann::json::parse(R"({
    "ops": [{"op": "kqv", "class": "compute", "gflop": 2, "gb_memory": 0.5, "gb_network": 0, "compute_ms": 1,
             "memory_ms": 0.25, "network_ms": 0, "ms": 1, "basis": "roofline"}],
    "sequential_ms": 1, "unsplit_ms": 1, "bound_ms": 1, "plan_ms": 1, "steady_us_per_layer": 1000,
    "tokens_per_s_per_gpu": 1000, "split": {"kqv": [[0, 1]]},
    "nodes": [{"node": "layers.0.q_proj:linear", "op": "kqv", "layer": 0, "rows": [0, 1], "lane": "compute",
               "share": 1, "start": 0, "end": 1}]})"));
  report["model"]["layers"] = 1;
  return report;
}

/// Three layers of 7 rows on two devices, cut after row 3 in attention and the network. In each layer of 3
/// ms: kqv 0-7, decode attention of both parts one after the other beside o, the network of the first part
/// beside o.
inline nlohmann::json splitReport() {
  nlohmann::json report = emptyReport();
  report.update(nlohmann::json::parse(R"({
    "target": "pair", "devices": 2, "layout": {"tp": 2}, "objective": "throughput",
    "load": {"batch": 7, "generated_rows": 5, "prompt_rows": 2, "prompt": 3, "output": 9},
    "ops": [
      {"op": "kqv", "class": "compute", "gflop": 27487.8, "gb_memory": 19.5, "gb_network": 0, "compute_ms": 2.5,
       "memory_ms": 1.22, "network_ms": 0, "ms": 3, "basis": "table"},
      {"op": "decode_attention", "class": "memory", "gflop": 1, "gb_memory": 4, "gb_network": 0, "compute_ms": 0.1,
       "memory_ms": 2.4, "network_ms": 0, "ms": 2.4, "basis": "table"},
      {"op": "o", "class": "compute", "gflop": 1, "gb_memory": 1, "gb_network": 0, "compute_ms": 3,
       "memory_ms": 1, "network_ms": 0, "ms": 3, "basis": "table"},
      {"op": "network", "class": "network", "gflop": 0, "gb_memory": 0, "gb_network": 2, "compute_ms": 0,
       "memory_ms": 0, "network_ms": 1.2, "ms": 1.2, "basis": "table"}],
    "sequential_ms": 9.6, "unsplit_ms": 9.5, "bound_ms": 8.75, "plan_ms": 9, "steady_us_per_layer": 3000,
    "tokens_per_s_per_gpu": 388.9, "scheduler": "search", "search_s": 0.5, "iterations": 42, "decision": "split",
    "condition": "wins by 0.5 ms",
    "split": {"kqv": [[0, 7]], "decode_attention": [[0, 3], [3, 7]], "o": [[0, 7]], "network": [[0, 3], [3, 7]]},
    "why": [{"alternative": "unsplit", "ms": 9.5, "loses_by_ms": 0.5, "condition": "nothing is hidden"},
            {"alternative": "tile-grained overlap", "ms": null, "loses_by_ms": null, "condition": "no blocks"}]})"));
  report["model"]["layers"] = 3;
  auto add = [&](int layer, const char *node, const char *op, std::pair<int, int> rows, const char *lane,
                 double share, double start, double end) {
    report["nodes"].push_back({{"node", "layers." + std::to_string(layer) + "." + node},
                               {"op", op},
                               {"layer", layer},
                               {"rows", {rows.first, rows.second}},
                               {"lane", lane},
                               {"share", share},
                               {"start", 3 * layer + start},
                               {"end", 3 * layer + end}});
  };
  for (int layer = 0; layer < 3; ++layer) {
    add(layer, "q_proj:linear", "kqv", {0, 7}, "compute", 1, 0, 1);
    add(layer, "attention:generated", "decode_attention", {0, 3}, "memory", 0.5, 1, 1.5);
    add(layer, "attention:generated", "decode_attention", {3, 7}, "memory", 0.5, 1.5, 2.5);
    add(layer, "o_proj:linear", "o", {0, 7}, "compute", 0.25, 1, 3);
    add(layer, "o_proj:all_reduce", "network", {0, 3}, "network", 0.25, 1.5, 2);
    add(layer, "o_proj:all_reduce", "network", {3, 7}, "network", 0.25, 2.5, 3);
  }
  return report;
}

/// The report that the JSON is; the test fails where it is none.
inline cli::PlanReport parsed(const nlohmann::json &report) {
  StatusOr<cli::PlanReport> result = cli::parsePlanReport(report, "test");
  if (result.ok())
    return *result;
  ADD_FAILURE() << result.status().message();
  return {};
}

} // namespace sennit::test
