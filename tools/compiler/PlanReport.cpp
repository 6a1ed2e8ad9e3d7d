// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/compiler/PlanReport.h"

#include "dialects/exec/Exec.h"
#include "dialects/plan/Plan.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <algorithm>
#include <cstdio>

namespace sennit::compiler {

using namespace mlir;
using nlohmann::json;

json describeBodies(ModuleOp module) {
  json bodies = json::object();
  for (auto body : module.getOps<func::FuncOp>()) {
    json ops = json::array();
    for (Operation &op : body.getBody().front().without_terminator())
      ops.push_back(op.getName().getStringRef().str());
    bodies[body.getName().str()] = ops;
  }
  return bodies;
}

/// A discardable attribute as JSON: strings, numbers, arrays and dictionaries of these.
static json toJson(Attribute attribute) {
  if (auto text = dyn_cast<StringAttr>(attribute))
    return text.str();
  if (auto number = dyn_cast<FloatAttr>(attribute))
    return number.getValueAsDouble();
  if (auto number = dyn_cast<IntegerAttr>(attribute))
    return number.getInt();
  if (auto array = dyn_cast<ArrayAttr>(attribute)) {
    json list = json::array();
    for (Attribute item : array)
      list.push_back(toJson(item));
    return list;
  }
  json object = json::object();
  if (auto dictionary = dyn_cast<DictionaryAttr>(attribute))
    for (NamedAttribute item : dictionary)
      object[item.getName().str()] = toJson(item.getValue());
  return object;
}

json describePlan(ModuleOp module, const json &bodies, int64_t loadPrompt, int64_t loadOutput) {
  json report;
  report["load"] = {{"prompt", loadPrompt}, {"output", loadOutput}};
  if (Attribute cuts = module->getAttr("nn.fuse_report"))
    report["cut_edges"] = toJson(cuts);
  // Programs of several buckets have the same nodes and differ in their pieces; the one for the most rows, or
  // for all, stands for them.
  json programs = json::array();
  plan::ProgramOp chosen;
  auto rowsOf = [](plan::ProgramOp program) { return program.getBucketRows().value_or(UINT64_MAX); };
  for (plan::ProgramOp program : module.getOps<plan::ProgramOp>()) {
    size_t most = 0;
    for (plan::NodeOp node : program.getBody().getOps<plan::NodeOp>())
      most = std::max<size_t>(most, node.getNumPieces());
    json entry = {
        {"name", program.getSymName().str()}, {"entry", program.getEntryName().str()}, {"parts", most}};
    entry["bucket_rows"] = program.getBucketRows() ? json(*program.getBucketRows()) : json();
    entry["role"] = program.getRole() ? json(program.getRole()->str()) : json();
    programs.push_back(entry);
    if (!chosen || rowsOf(program) > rowsOf(chosen))
      chosen = program;
  }
  report["plan_programs"] = programs;
  json nodes = json::array();
  if (!chosen)
    return report;
  chosen.walk([&](plan::NodeOp node) {
    plan::CostAttr cost = node.getCost();
    std::string body = node.getCallee().str();
    json entry = {{"name", node.getName().str()},
                  {"kernel", body},
                  {"domain", stringifyRowDomain(node.getDomain()).str()},
                  {"pass", "nn-fuse-groups"},
                  {"class", plan::stringifyCostClass(cost.getKind()).str()},
                  {"flops_fixed", cost.getFlopsFixed().convertToDouble()},
                  {"flops_per_row", cost.getFlopsPerRow().convertToDouble()},
                  {"bytes_fixed", cost.getBytesFixed().convertToDouble()},
                  {"bytes_per_row", cost.getBytesPerRow().convertToDouble()},
                  {"ops", bodies.value(body, json::array())}};
    json pieces = json::array();
    for (Attribute attribute : node.getPieces()) {
      auto piece = cast<plan::PieceAttr>(attribute);
      json end = piece.getEnd() == plan::PieceAttr::maxRows ? json("max") : json(piece.getEnd());
      pieces.push_back({{"rows", {piece.getBegin(), end}},
                        {"lane", stringifyLane(piece.getLane()).str()},
                        {"share", piece.shareValue()},
                        {"start", piece.startValue()}});
    }
    entry["pieces"] = pieces;
    if (Attribute fuse = node->getAttr("nn.fuse"))
      entry["fuse"] = toJson(fuse);
    nodes.push_back(entry);
  });
  report["nodes"] = nodes;
  return report;
}

void describePrograms(ModuleOp module, json &report) {
  json programs = json::array();
  uint64_t peak = 0, without = 0;
  module.walk([&](exec::ProgramOp program) {
    json buffers = json::array();
    for (auto buffer : program.getOps<exec::BufferOp>())
      buffers.push_back({{"name", buffer.getName().str()},
                         {"offset", buffer.getOffset()},
                         {"bytes", buffer.getRowBytes() * buffer.getRows()}});
    peak = std::max<uint64_t>(peak, program.getArenaBytes());
    without = std::max<uint64_t>(without, program.getArenaBytesWithoutReuse());
    programs.push_back({{"name", program.getSymName().str()},
                        {"launches", llvm::range_size(program.getOps<exec::LaunchOp>())},
                        {"arena_bytes", program.getArenaBytes()},
                        {"arena_bytes_without_reuse", program.getArenaBytesWithoutReuse()},
                        {"buffers", buffers}});
  });
  report["memory"] = {{"arena_bytes", peak}, {"arena_bytes_without_reuse", without}};
  report["programs"] = programs;
}

namespace {

std::string number(double value, const char *unit) {
  static constexpr const char *scales[] = {"", "k", "M", "G", "T"};
  int scale = 0;
  for (; value >= 1000 && scale < 4; ++scale)
    value /= 1000;
  char text[64];
  std::snprintf(text, sizeof text, value == static_cast<int64_t>(value) ? "%.0f %s%s" : "%.2f %s%s", value,
                scales[scale], unit);
  return text;
}

std::string joined(const json &list) {
  std::string text;
  for (const json &item : list)
    text += (text.empty() ? "" : ", ") + item.get<std::string>();
  return text;
}

bool contains(const json &node, const std::string &op) {
  auto same = [&](const std::string &text) { return text == op; };
  std::string name =
      node["name"]; // where the first op came from, then what the node is: "layers.0.o_proj:linear_add"
  if (same(name) || same(name.substr(0, name.find(':'))) || same(node["kernel"]))
    return true;
  return std::any_of(node["ops"].begin(), node["ops"].end(), [&](const json &name) { return same(name); });
}

/// One node, or `count` equal ones of which this is the first.
std::string renderNode(const json &node, size_t count) {
  std::string text = "kernel " + node["kernel"].get<std::string>() + ": ";
  text += count == 1 ? "node " : std::to_string(count) + " nodes, first ";
  text += node["name"].get<std::string>() + ", rows " + node["domain"].get<std::string>() + "\n";
  text += "  ops         " + joined(node["ops"]) + "\n";
  const json fuse = node.value("fuse", json::object());
  if (fuse.contains("ops_per_byte_before")) {
    char line[160];
    std::snprintf(line, sizeof line, "  ops/byte    %.2f before fusing, %.2f after; %s saved for each row\n",
                  fuse["ops_per_byte_before"].get<double>(), fuse["ops_per_byte_after"].get<double>(),
                  number(fuse.value("bytes_saved_per_row", 0.0), "B").c_str());
    text += line;
  }
  for (const char *kind : {"fused", "cut"})
    for (const json &sentence : fuse.value(kind, json::array()))
      text += std::string("  ") + kind + std::string(12 - std::string(kind).size(), ' ') +
              sentence.get<std::string>() + " [nn-fuse-groups]\n";
  text += "  cost        " + node["class"].get<std::string>() + ": " + number(node["flops_per_row"], "flop") +
          " and " + number(node["bytes_per_row"], "B") + " for each row, " +
          number(node["bytes_fixed"], "B") + " of weights\n";
  return text;
}

} // namespace

StatusOr<std::string> renderReport(const json &report, const std::string &op) {
  std::string text;
  const json nodes = report.value("nodes", json::array());
  if (!op.empty()) {
    std::string names;
    for (const json &node : nodes)
      if (contains(node, op))
        text += renderNode(node, 1);
    if (text.empty()) {
      for (const json &node : nodes)
        if (names.size() < 200)
          names += (names.empty() ? "" : ", ") + node["name"].get<std::string>();
      return invalidInput("expected a node, kernel or op of the plan, found '" + op + "'; nodes are " +
                          names + ", ...");
    }
    return text;
  }
  const json load = report.value("load", json::object());
  if (nodes.empty())
    text += "compiled from exec text: no plan to explain\n\n";
  else
    text += "costs at prompt " + std::to_string(load.value("prompt", 0)) + ", output " +
            std::to_string(load.value("output", 0)) + "; " + std::to_string(nodes.size()) + " nodes\n\n";
  std::vector<std::string> seen;
  for (const json &node : nodes) {
    std::string kernel = node["kernel"];
    if (std::find(seen.begin(), seen.end(), kernel) != seen.end())
      continue;
    seen.push_back(kernel);
    size_t count = std::count_if(nodes.begin(), nodes.end(),
                                 [&](const json &other) { return other["kernel"] == kernel; });
    text += renderNode(node, count) + "\n";
  }
  if (report.contains("cut_edges")) {
    text += "edges between kernels [nn-fuse-groups]\n";
    for (const json &cut : report["cut_edges"])
      text += "  " + (cut.is_string() ? cut.get<std::string>() : cut.dump()) + "\n";
    text += "\n";
  }
  if (report.contains("memory")) {
    const json &memory = report["memory"];
    text += "activations   " + number(memory["arena_bytes"], "B") + " at most, " +
            number(memory["arena_bytes_without_reuse"], "B") + " without reuse [lower-plan-to-exec]\n";
    for (const json &program : report["programs"])
      text += "program " + program["name"].get<std::string>() + ": " +
              std::to_string(program["launches"].get<int>()) + " launches, " +
              std::to_string(program["buffers"].size()) + " buffers\n";
  }
  return text;
}

} // namespace sennit::compiler
