// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// `run`, the program of a GPU bundle: all parts of a run, or one of them.
#include "runtime/base/StatusOr.h"
#include "tools/cli/Interrupt.h"
#include "tools/cli/Output.h"
#include "tools/cli/Verb.h"
#include "tools/gpu/Fill.h"
#include "tools/gpu/Measurements.h"
#include "tools/gpu/RunAll.h"
#include "tools/gpu/Tests.h"
#include "tools/gpu/Unpack.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <functional>
#include <memory>

using namespace sennit;
using namespace sennit::gpu;
using cli::Verb;

namespace {

StatusOr<Bundle> ownBundle() {
  SENNIT_ASSIGN_OR_RETURN(const std::string folder, programFolder());
  SENNIT_RETURN_IF_ERROR(unpackAll(folder));
  return readBundle(folder);
}

/// Prints a part's object, for the run that started it.
Status report(StatusOr<nlohmann::ordered_json> made) {
  if (!made.ok())
    return made.status();
  cli::printJson(*made);
  return Status::okay();
}

struct PartOptions {
  std::string device = "cuda", name, package;
};

using PartFunction = std::function<StatusOr<nlohmann::ordered_json>(const PartOptions &)>;

/// A part of a run as a verb; `hasName` and `hasPackage` say which arguments it takes, in this order.
Verb partVerb(const std::string &name, const std::string &summary, bool hasName, bool hasPackage,
              PartFunction run) {
  const std::string example = "run " + name + (hasName ? " llama" : "") + (hasPackage ? " m.sennit" : "");
  return {name, summary, example, [=](CLI::App &app) {
            auto options = std::make_shared<PartOptions>();
            if (hasName)
              app.add_option("NAME", options->name, "Of a case or a shape in bundle.json")->required();
            if (hasPackage)
              app.add_option("PACKAGE", options->package, "A package file")->required();
            app.add_option("--device", options->device, "cpu, cuda or cuda:N")->capture_default_str();
            return [options, run] { return report(run(*options)); };
          }};
}

Verb allVerb() {
  return {"all", "Run every part and write the results", "run\n  run all --only near --output results.json",
          [](CLI::App &app) {
            auto options = std::make_shared<RunOptions>();
            app.add_option("-o,--output", options->output, "JSON file to write")->capture_default_str();
            app.add_option("--device", options->device, "cuda, cuda:N; or cpu, to try the bundle itself")
                ->capture_default_str();
            app.add_option("--only", options->only, "Parts whose name contains this");
            app.add_option("--work", options->work,
                           "Folder for packages that are made on the spot, up to 25 GB");
            app.add_option("--seconds", options->seconds, "When to end")
                ->check(CLI::Range(1., 86400.))
                ->capture_default_str();
            return [options]() -> Status {
              SENNIT_ASSIGN_OR_RETURN(const Bundle bundle, ownBundle());
              return runAll(bundle, *options);
            };
          }};
}

Verb fillVerb() {
  return {"fill", "Write a skeleton's package, with made-up weights",
          "run fill shapes/8b-bf16.skeleton m.sennit", [](CLI::App &app) {
            auto paths = std::make_shared<std::pair<std::string, std::string>>();
            app.add_option("SKELETON", paths->first, "By sennit compile --weights none")->required();
            app.add_option("PACKAGE", paths->second, "File to write")->required();
            return [paths] { return fillWithNoise(paths->first, paths->second, &cli::interruptFlag()); };
          }};
}

Verb modelsVerb() {
  return {"calibration-models", "Print the models that the part calibrate times, for tools/gpu-bundle",
          "run calibration-models --emulated", [](CLI::App &app) {
            auto emulated = std::make_shared<bool>(false);
            app.add_flag("--emulated", *emulated, "The small ones for an emulated GPU");
            return [emulated] {
              return report(nlohmann::ordered_json{{"models", calibrationModels(*emulated)}});
            };
          }};
}

std::vector<Verb> verbs() {
  return {
      allVerb(),
      fillVerb(),
      partVerb("device", "What the GPU is, and what it does at its best", false, true,
               [](const PartOptions &options) { return measureDevice(options.package, options.device); }),
      partVerb("near", "A case beside its reference", true, false,
               [](const PartOptions &options) -> StatusOr<nlohmann::ordered_json> {
                 SENNIT_ASSIGN_OR_RETURN(const Bundle bundle, ownBundle());
                 SENNIT_ASSIGN_OR_RETURN(const Case one, bundle.findCase(options.name));
                 return testNear(bundle, one, options.device);
               }),
      partVerb("bits", "A case in other steps: the same bytes", true, false,
               [](const PartOptions &options) -> StatusOr<nlohmann::ordered_json> {
                 SENNIT_ASSIGN_OR_RETURN(const Bundle bundle, ownBundle());
                 SENNIT_ASSIGN_OR_RETURN(const Case one, bundle.findCase(options.name));
                 return testBits(bundle, one, options.device);
               }),
      partVerb("speed", "Decode and prefill of a shape", true, true,
               [](const PartOptions &options) -> StatusOr<nlohmann::ordered_json> {
                 SENNIT_ASSIGN_OR_RETURN(const Bundle bundle, ownBundle());
                 SENNIT_ASSIGN_OR_RETURN(const Shape shape, bundle.findShape(options.name));
                 return measureSpeed(options.package, shape, options.device);
               }),
      partVerb("start", "Time from the start of sennit-run to the first token", false, true,
               [](const PartOptions &options) -> StatusOr<nlohmann::ordered_json> {
                 SENNIT_ASSIGN_OR_RETURN(const Bundle bundle, ownBundle());
                 return measureStart(bundle, options.package, options.device);
               }),
      partVerb("calibrate", "A target of this GPU", false, false,
               [](const PartOptions &options) -> StatusOr<nlohmann::ordered_json> {
                 SENNIT_ASSIGN_OR_RETURN(const Bundle bundle, ownBundle());
                 return calibrate(bundle, options.device);
               }),
      modelsVerb(),
      partVerb("overlap", "Plans as they are, split only, and in sequence", false, true,
               [](const PartOptions &options) { return measureOverlap(options.package, options.device); })};
}

} // namespace

int main(int argc, char **argv) {
  // Without arguments: everything.
  std::string all = "all";
  char *whole[] = {argv[0], all.data(), nullptr};
  return cli::runTool(
      {"run", "Tests and measures this machine's GPU; without a verb it is `run all`", "all", verbs()},
      argc > 1 ? argc : 2, argc > 1 ? argv : whole);
}
