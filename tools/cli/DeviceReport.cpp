// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/cli/DeviceReport.h"

#include <nlohmann/json.hpp>

#include <map>
#include <vector>

using namespace sennit;
using json = nlohmann::ordered_json;

namespace {

constexpr uint32_t anyRows = 0xffffffff;

using Reports = std::map<std::string_view, const schema::FunctionReport *>;

json describe(const schema::DeviceFunction &function, const schema::DeviceCode &code,
              const Reports &reports) {
  const schema::FunctionReport &report = *reports.at(function.entry()->string_view());
  json out = {{"kernel", report.kernel() ? report.kernel()->str() : ""},
              {"function", function.entry()->str()},
              {"target", code.target()->str()},
              {"threads", function.threads()},
              {"shared_bytes", std::max(report.shared_bytes(), function.shared_bytes())}};
  // PTX is assembled by the driver, and the emulator has no registers.
  if (code.kind() == schema::DeviceCodeKind::Cubin) {
    out["registers"] = report.registers();
    out["spill_bytes"] = report.spill_bytes();
  }
  if (code.kind() != schema::DeviceCodeKind::Ptx)
    out["code_bytes"] = report.code_bytes();
  return out;
}

} // namespace

json cli::describeDevices(const Package &package) {
  json out = json::array();
  const auto *devices = package.root().devices();
  for (uint32_t i = 0; devices && i < devices->size(); ++i) {
    const schema::DeviceCode &code = *devices->Get(i);
    uint64_t bytes = 0;
    for (const schema::DeviceModule *module : *code.modules())
      bytes += module->bytes();
    out.push_back({{"target", code.target()->str()},
                   {"modules", code.modules()->size()},
                   {"functions", code.reports()->size()},
                   {"bytes", bytes},
                   {"text_bytes", code.text_bytes()}});
  }
  return out;
}

json cli::describeDeviceFunctions(const Package &package) {
  json out = json::array();
  const auto *devices = package.root().devices();
  for (uint32_t i = 0; devices && i < devices->size(); ++i) {
    const schema::DeviceCode &code = *devices->Get(i);
    Reports reports;
    for (const schema::FunctionReport *report : *code.reports())
      reports[report->entry()->string_view()] = report;
    for (uint32_t k = 0; k < code.kernels()->size(); ++k) {
      // A function that several variants use is listed once, for the most rows.
      std::vector<const schema::DeviceFunction *> functions;
      std::map<std::string_view, uint32_t> mostRows;
      for (const schema::DeviceVariant *variant : *code.kernels()->Get(k)->variants())
        for (const schema::DeviceFunction *function : *variant->functions()) {
          const bool isNew = mostRows.emplace(function->entry()->string_view(), 0).second;
          mostRows[function->entry()->string_view()] = variant->max_rows();
          if (isNew)
            functions.push_back(function);
        }
      const schema::Kernel &kernel = *package.root().kernels()->Get(k);
      for (const schema::DeviceFunction *function : functions) {
        json entry = describe(*function, code, reports);
        if (const uint32_t rows = mostRows[function->entry()->string_view()]; rows != anyRows)
          entry["max_rows"] = rows;
        entry["source"] = kernel.source() ? kernel.source()->str() : "";
        out.push_back(std::move(entry));
      }
    }
    for (const schema::DeviceFunction *function : *code.utilities())
      out.push_back(describe(*function, code, reports));
  }
  return out;
}

StatusOr<std::string> cli::deviceSource(const Package &package, const std::string &name) {
  const schema::Package &root = package.root();
  if (!root.devices() || root.devices()->size() == 0)
    return invalidInput(package.path() + ": expected code for GPUs, found none");
  std::string known;
  for (uint32_t k = 0; k < root.kernels()->size(); ++k) {
    const std::string found = root.kernels()->Get(k)->name()->str();
    known += (known.empty() ? "" : ", ") + found;
    if (found != name)
      continue;
    std::vector<std::pair<std::string, std::string_view>> texts; // targets and their text
    for (const schema::DeviceCode *code : *root.devices()) {
      const std::string_view text = package.deviceText(*code->kernels()->Get(k));
      size_t at = 0;
      while (at < texts.size() && texts[at].second != text)
        ++at;
      if (at == texts.size())
        texts.emplace_back(code->target()->str(), text);
      else
        texts[at].first += ", " + code->target()->str();
    }
    std::string out;
    for (const auto &[targets, text] : texts)
      out += (out.empty() ? "// " : "\n// ") + targets + "\n" + std::string(text);
    return out;
  }
  return invalidInput(package.path() + ": expected --source of a kernel, one of " + known + ", found '" +
                      name + "'");
}
