// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/sennit/Verbs.h"

#include "runtime/base/DeviceName.h"
#include "runtime/base/NewFile.h"
#include "runtime/device/host/Processors.h"
#include "tools/calibrate/CudaDevice.h"
#include "tools/calibrate/HostDevice.h"
#include "tools/calibrate/MakeTarget.h"
#include "tools/calibrate/Measure.h"
#include "tools/calibrate/Report.h"
#include "tools/cli/Interrupt.h"
#include "tools/cli/Output.h"
#include "tools/sennit/CompilerLibrary.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>

#include <unistd.h>

using namespace sennit;
using namespace sennit::cli;
using namespace sennit::calibrate;

namespace {

struct Options {
  std::string device = "cpu", output;
  bool quick = false, json = false, contention = false;
  int threads = 0; ///< 0: all that this process may use
};

Status compileModel(const std::string &text, const std::string &package, const std::string &level,
                    int64_t maxRows) {
  nlohmann::json request = {{"input", text},   {"output", package},      {"from", "nn"},
                            {"target", level}, {"max_rows", maxRows},    {"max_sequences", 64},
                            {"kv", "f16"},     {"made_up_weights", true}};
  return compiler::compile(request).status();
}

/// Text for a person who watches, and the end where one asked for it.
Progress progressOf(const char *what) {
  const bool watched = isatty(STDERR_FILENO) == 1;
  return [=](double done) {
    if (interrupted())
      return interruptedStatus();
    if (watched)
      printNote("\r" + std::string(what) + " " + formatNumber(100 * done, 0) + " %  " +
                (done < 1 ? "" : "\n"));
    return Status::okay();
  };
}

StatusOr<std::unique_ptr<Device>> openDevice(const Options &options) {
  std::error_code error;
  const std::filesystem::path temporary = std::filesystem::temp_directory_path(error);
  const std::string folder = error ? "/tmp" : temporary.string();
  const StatusOr<std::optional<int>> ordinal = parseDeviceName(options.device);
  if (!ordinal.ok())
    return invalidInput("--" + ordinal.status().message());
  if (!*ordinal)
    return makeHostDevice(options.threads ? options.threads : usableProcessors(), folder, compileModel);
  if (options.contention)
    return invalidInput("--under-contention: expected --device cpu, found " + options.device);
  return makeCudaDevice(**ordinal, folder, compileModel);
}

Status measureAndWrite(const Options &options) {
  const auto start = std::chrono::steady_clock::now();
  // Before minutes of work: can the file be written?
  SENNIT_ASSIGN_OR_RETURN(std::unique_ptr<NewFile> file, NewFile::create(options.output, "a target"));
  SENNIT_ASSIGN_OR_RETURN(std::unique_ptr<Device> device, openDevice(options));
  Plan plan = options.device == "cpu" ? usualPlan(options.quick)
                                      : cudaPlan(isEmulated(device->facts()), options.quick);
  SENNIT_ASSIGN_OR_RETURN(Figures figures, measure(*device, plan, progressOf("measuring")));
  SENNIT_ASSIGN_OR_RETURN(planner::Target builtin, planner::loadTarget(device->facts().builtin));
  const std::string name = std::filesystem::path(options.output).stem().string();
  const std::string date = utcNow("%Y-%m-%d");
  const std::string text = makeTarget(figures, builtin, name, date).dump(1) + "\n";
  // Read back as whoever uses it will, so that no file is written that is refused later.
  SENNIT_ASSIGN_OR_RETURN(planner::Target target, planner::parseTarget(text, "the measured target"));
  Report report{figures, target, leaveOneShapeOut(target, figures.linears), {}};
  if (options.contention) {
    std::shared_ptr<void> busy = device->contend();
    plan.rounds =
        std::max(2, plan.rounds / 4); // it is the typical error that counts, not the table's precision
    SENNIT_ASSIGN_OR_RETURN(std::vector<LinearFigures> contended,
                            measureLinears(*device, plan, progressOf("measuring beside a busy thread")));
    report.contended = accuracyOf(target, contended);
  }
  SENNIT_RETURN_IF_ERROR(file->writeAt(0, text.data(), text.size()));
  SENNIT_RETURN_IF_ERROR(file->publish());
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  if (options.json) {
    nlohmann::ordered_json data = {{"output", options.output}, {"date", date}, {"seconds", seconds}};
    data.update(reportData(report));
    printJson(data);
  } else {
    print(reportText(report) + options.output + " in " + formatNumber(seconds, 0) + " s\n");
  }
  return Status::okay();
}

} // namespace

Verb sennit::calibrateVerb() {
  return {"calibrate", "Measure this machine, and write a target for plans",
          "sennit calibrate --device cpu -o targets/mine.json\n"
          "  sennit calibrate --device cuda -o targets/mine.json\n"
          "  sennit calibrate --quick --under-contention --json -o mine.json",
          [](CLI::App &app) {
            auto options = std::make_shared<Options>();
            app.add_option("--device", options->device, "What to measure: cpu, cuda or cuda:N")
                ->capture_default_str();
            app.add_option("-o,--output", options->output, "Target file to write (JSON)")->required();
            app.add_flag("--quick", options->quick, "Fewer shapes, formats and readings: under a minute");
            app.add_option("--threads", options->threads,
                           "Threads of the CPU; else all processors of this process")
                ->check(CLI::Range(1, 1 << 10));
            app.add_flag("--under-contention", options->contention,
                         "Measure linears again beside a busy thread, and say how far the table is off then");
            app.add_flag("--json", options->json, "Print one JSON object");
            return [options] { return measureAndWrite(*options); };
          }};
}
