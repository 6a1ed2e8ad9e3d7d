// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/device/host/Processors.h"
#include "runtime/program/Session.h"
#include "runtime/sequence/CacheLayout.h"
#include "tools/cli/BenchBeside.h"
#include "tools/cli/BenchDriver.h"
#include "tools/cli/DeviceBench.h"
#include "tools/cli/Engine.h"
#include "tools/cli/Input.h"
#include "tools/cli/Interrupt.h"
#include "tools/cli/KernelBench.h"
#include "tools/cli/Output.h"
#include "tools/cli/ReadBandwidth.h"
#include "tools/cli/StepGaps.h"
#include "tools/cli/StepProfile.h"
#include "tools/cli/TraceFile.h"
#include "tools/cli/Verb.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>
#include <memory>

using namespace sennit;
using namespace sennit::cli;
using json = nlohmann::ordered_json;

namespace {

struct Options {
  std::string file, threads, level, kernel, trace, beside;
  int prefill = 512, decode = 128, batch = 1, context = 4, repeat = 3, rows = 1;
  bool prefillGiven = false, hasTrace = false, profile = false, planCompare = false, json = false;
  EngineFlags engine;
};

constexpr int mostTracedSteps = 16;

/// A buffer that no cache holds: four times the largest one of this CPU, within reason.
size_t bandwidthBytes() {
  size_t largest = 64 << 20;
  for (int index = 0; index < 8; ++index) {
    std::ifstream file("/sys/devices/system/cpu/cpu0/cache/index" + std::to_string(index) + "/size");
    size_t kilobytes = 0;
    if (file >> kilobytes)
      largest = std::max(largest, kilobytes << 10);
  }
  return std::min<size_t>(4 * largest, size_t(1) << 30);
}

/// Weight bytes that one decode step of `batch` sequences reads.
double decodeBytes(Session &session, int batch) {
  StepRows rows;
  rows.total = rows.generated = rows.sequences = rows.wanted = batch;
  double bytes = 0;
  const schema::Program &program = *session.package().programs()->Get(session.runner().programFor(rows));
  for (const schema::CommandEntry *entry : *program.commands())
    if (const schema::Launch *launch = entry->command_as_Launch())
      bytes += launch->bytes_fixed();
  return bytes;
}

/// Bytes of keys and values that a decode step of `batch` sequences reads, the mean over `steps` steps after
/// `context` positions; a step reads its own position too.
double cacheBytes(const Session &session, int batch, int context, int steps) {
  const double perPosition = static_cast<double>(CacheLayout::of(*session.package().cache()).pageBytes()) /
                             static_cast<double>(pagePositions);
  return batch * perPosition * (context + (steps + 1) / 2.0);
}

/// A round that a recorder watches.
struct WatchedRound {
  double prefillSeconds = 0, decodeSeconds = 0;
};

/// One prefill and `decodeSteps` decode steps, which `recorder` is told of.
StatusOr<WatchedRound> runWatched(Session &session, const Options &options, int decodeSteps,
                                  StepRecorder &recorder) {
  WatchedRound round;
  BenchDriver driver(session, options.batch);
  const auto watch = [&](bool on) { session.runner().setRecorder(on ? &recorder : nullptr); };
  if (options.prefill > 0) {
    watch(true);
    auto seconds = driver.prompt(options.prefill);
    watch(false);
    SENNIT_ASSIGN_OR_RETURN(round.prefillSeconds, std::move(seconds));
    SENNIT_RETURN_IF_ERROR(driver.free());
  }
  if (decodeSteps > 0) {
    SENNIT_RETURN_IF_ERROR(driver.prompt(options.context).status());
    watch(true);
    auto seconds = driver.decode(decodeSteps);
    watch(false);
    SENNIT_ASSIGN_OR_RETURN(round.decodeSeconds, std::move(seconds));
    SENNIT_RETURN_IF_ERROR(driver.free());
  }
  return round;
}

/// Rounds of their own, since a clock that is read for every launch, and in a trace for every chunk, costs
/// time.
Status observe(Session &session, const Package &package, const Options &options, TraceFile *trace,
               json &result) {
  using schema::StepRole;
  if (options.profile) {
    StepRecorder recorder(package, session.threads());
    SENNIT_ASSIGN_OR_RETURN(WatchedRound round, runWatched(session, options, options.decode, recorder));
    const char *rest = "between launches, sampling, other";
    result["prefill"] = profileSteps(package, recorder, {StepRole::Prompt}, round.prefillSeconds, {}, rest);
    result["decode"] = profileSteps(package, recorder, {StepRole::Generated}, round.decodeSeconds, {}, rest);
  }
  if (!trace)
    return Status::okay();
  StepRecorder recorder(package, session.threads(), TraceFile::limits(session.threads()));
  SENNIT_RETURN_IF_ERROR(
      runWatched(session, options, std::min(options.decode, mostTracedSteps), recorder).status());
  return trace->write(package, recorder);
}

/// Time between the commands of a decode step on a device, as a share of the step.
StatusOr<double> measureGaps(Session &session, const Package &package, const Options &options) {
  const int steps = std::min(options.decode, mostTracedSteps);
  StepRecorder recorder(package, session.threads(), {size_t(steps), size_t(1) << 16, 0});
  Options decodeAlone = options;
  decodeAlone.prefill = 0;
  SENNIT_RETURN_IF_ERROR(runWatched(session, decodeAlone, steps, recorder).status());
  return gapsOf(recorder, schema::StepRole::Generated).share();
}

/// Best of several rounds, each: read bandwidth, prefill, decode.
StatusOr<json> benchModel(const std::shared_ptr<const Package> &package, Options options, int threads,
                          TraceFile *trace) {
  if (!options.prefillGiven) // the default bows to a short context
    options.prefill = std::min<int>(options.prefill, package->root().model()->context_length());
  SessionOptions sessionOptions;
  const bool onCpu = options.engine.usesCpu();
  sessionOptions.device = options.engine.device;
  sessionOptions.threads = threads;
  sessionOptions.interrupt = &interruptFlag();
  int64_t longest = std::max(options.prefill, options.context + options.decode);
  sessionOptions.pages = std::max<int32_t>(SequenceTable::pagesFor(longest) * options.batch, 1);
  SENNIT_ASSIGN_OR_RETURN(std::unique_ptr<Session> session, Session::create(package, sessionOptions));
  if (longest > session->contextLength())
    return invalidInput("expected at most the context of " + std::to_string(session->contextLength()) +
                        " positions, found " + std::to_string(longest));
  if (options.batch > session->maxSequences())
    return invalidInput("--batch: expected at most " + std::to_string(session->maxSequences()) +
                        " sequences, as the package was compiled for, found " +
                        std::to_string(options.batch));

  double read = 0, prefill = 0, decode = 0;
  BenchDriver driver(*session, options.batch);
  for (int round = 0; round < options.repeat; ++round) {
    if (interrupted())
      return interruptedStatus();
    // Before and after what it is compared with, since others' use of the memory comes and goes.
    if (onCpu)
      read = std::max(read, measureReadBandwidth(threads, bandwidthBytes(), 2));
    if (options.prefill > 0) {
      SENNIT_ASSIGN_OR_RETURN(double seconds, driver.prompt(options.prefill));
      prefill = std::max(prefill, options.batch * double(options.prefill) / seconds);
      SENNIT_RETURN_IF_ERROR(driver.free());
    }
    if (options.decode > 0) {
      SENNIT_RETURN_IF_ERROR(driver.prompt(options.context).status());
      SENNIT_ASSIGN_OR_RETURN(double seconds, driver.decode(options.decode));
      decode = std::max(decode, options.batch * double(options.decode) / seconds);
      SENNIT_RETURN_IF_ERROR(driver.free());
      if (onCpu)
        read = std::max(read, measureReadBandwidth(threads, bandwidthBytes(), 2));
    }
  }
  double weightBytes = decodeBytes(*session, options.batch);
  double kvBytes = cacheBytes(*session, options.batch, options.context, options.decode);
  double decodeRate = decode / options.batch * (weightBytes + kvBytes);
  json result = {{"threads", threads},
                 {"prefill_tokens_per_s", prefill},
                 {"decode_tokens_per_s", decode},
                 {"weight_bytes_per_step", weightBytes},
                 {"kv_bytes_per_step", kvBytes},
                 {"decode_gb_per_s", decodeRate / 1e9}};
  if (onCpu)
    result.update({{"read_gb_per_s", read / 1e9}, {"read_share", read > 0 ? decodeRate / read : 0}});
  if (!onCpu && options.decode > 0) {
    SENNIT_ASSIGN_OR_RETURN(result["gap_share"], measureGaps(*session, *package, options));
  }
  SENNIT_RETURN_IF_ERROR(observe(*session, *package, options, trace, result));
  return result;
}

StatusOr<json> benchOneKernel(const Package &package, const Options &options, int threads) {
  KernelCase kernelCase{options.kernel, options.rows, options.context, threads};
  SENNIT_ASSIGN_OR_RETURN(KernelTime time, benchKernel(package, kernelCase));
  double read = measureReadBandwidth(threads, bandwidthBytes(), 2);
  return json{{"threads", threads},
              {"kernel", options.kernel},
              {"rows", options.rows},
              {"launches", time.launches},
              {"best_us", time.best * 1e6},
              {"mean_us", time.mean * 1e6},
              {"gb_per_s", time.bytes / time.mean / 1e9},
              {"gflop_per_s", time.flops / time.mean / 1e9},
              {"read_gb_per_s", read / 1e9}};
}

StatusOr<json> benchDevice(const std::shared_ptr<const Package> &package, const Options &options) {
  const std::string &device = options.engine.device;
  if (!options.kernel.empty()) {
    SENNIT_ASSIGN_OR_RETURN(
        const KernelTime time,
        benchDeviceKernel(package, device, {options.kernel, options.rows, options.context}));
    return json::array({{{"kernel", options.kernel},
                         {"rows", options.rows},
                         {"launches", time.launches},
                         {"best_us", time.best * 1e6},
                         {"mean_us", time.mean * 1e6},
                         {"gb_per_s", time.bytes / time.mean / 1e9},
                         {"gflop_per_s", time.flops / time.mean / 1e9}}});
  }
  PlanCase planCase{options.prefill, options.decode, options.batch, options.context, options.repeat};
  if (!options.prefillGiven) // the default bows to a short context
    planCase.prefill = std::min<int>(planCase.prefill, package->root().model()->context_length());
  SENNIT_ASSIGN_OR_RETURN(const std::vector<PlanTimes> times, comparePlans(package, device, planCase));
  json rows = json::array();
  const char *const names[] = {"sequential", "split only", "overlapped"};
  for (size_t i = 0; i < times.size(); ++i) {
    json row = {{"plan", names[i]}};
    if (planCase.prefill > 0)
      row.update({{"prefill_ms", times[i].prefill * 1e3},
                  {"prefill_speed_up", times[0].prefill / times[i].prefill}});
    if (planCase.decode > 0)
      row.update({{"decode_step_ms", times[i].decodeStep * 1e3},
                  {"decode_speed_up", times[0].decodeStep / times[i].decodeStep}});
    rows.push_back(row);
  }
  return rows;
}

/// The steps of `package` and of one beside it; --repeat makes no rounds of them, since every step is a
/// reading.
StatusOr<json> benchTwo(const std::shared_ptr<const Package> &package,
                        const std::shared_ptr<const Package> &beside, const Options &options, int threads) {
  const BesideCase wanted{threads,        options.batch,    options.context,
                          options.decode, &interruptFlag(), options.engine.device};
  SENNIT_ASSIGN_OR_RETURN(BesideTimes times, benchBeside({package, beside}, wanted));
  const double step = medianOf(times.seconds[0]), stepBeside = medianOf(times.seconds[1]);
  return json{{"threads", threads},
              {"step_ms", step * 1e3},
              {"beside_step_ms", stepBeside * 1e3},
              {"speed_up", step / stepBeside},
              {"equal_logits", times.equal},
              {"step_seconds", times.seconds[0]},
              {"beside_step_seconds", times.seconds[1]}};
}

void printResults(const json &results) {
  std::vector<std::string> headers;
  std::vector<std::vector<std::string>> rows;
  for (const json &result : results) {
    std::vector<std::string> row;
    headers.clear();
    for (const auto &[name, value] : result.items()) {
      if (value.is_structured() || value.is_null() || name.ends_with("_per_step"))
        continue; // with --json alone, or below
      headers.push_back(name);
      row.push_back(value.is_number_float()
                        ? formatNumber(value.get<double>(), name.ends_with("_share") ? 3 : 2)
                    : value.is_string() ? value.get<std::string>()
                                        : value.dump());
    }
    rows.push_back(row);
  }
  printTable(headers, rows);
  for (const json &result : results)
    for (const char *part : {"prefill", "decode"})
      if (result.contains(part) && !result[part].is_null())
        print("\n" + profileTable(std::string(part) + ", threads " + result["threads"].dump(), result[part]));
}

Status bench(const Options &options, const Services &services) {
  std::vector<int> threads{usableProcessors()};
  if (!options.threads.empty()) {
    SENNIT_ASSIGN_OR_RETURN(threads, parseCounts("--threads", options.threads));
  }
  std::unique_ptr<TraceFile> trace;
  if (options.hasTrace) {
    if (threads.size() != 1)
      return invalidInput("--trace: expected one number of threads, found " + std::to_string(threads.size()));
    SENNIT_ASSIGN_OR_RETURN(trace, TraceFile::create(options.trace, options.file));
  }
  SENNIT_ASSIGN_OR_RETURN(std::string path, services.package(options.file));
  EngineFlags flags = options.engine;
  flags.level = options.level;
  if (flags.usesCpu() && options.planCompare)
    return invalidInput(
        "--plan-compare: expected a GPU, --device cuda; two packages compare on the CPU with --beside");
  if (!flags.usesCpu())
    threads = {1}; // computes nothing
  SENNIT_ASSIGN_OR_RETURN(auto package, flags.openPackage(path));
  std::shared_ptr<const Package> beside;
  if (!options.beside.empty()) {
    if (options.decode == 0)
      return invalidInput("--decode: expected steps to take in turn with those of --beside, found 0");
    SENNIT_ASSIGN_OR_RETURN(std::string other, services.package(options.beside));
    SENNIT_ASSIGN_OR_RETURN(beside, flags.openPackage(other));
  }
  const bool deviceAlone = !flags.usesCpu() && (options.planCompare || !options.kernel.empty());
  json results = json::array();
  if (deviceAlone) {
    SENNIT_ASSIGN_OR_RETURN(results, benchDevice(package, options));
    threads.clear();
  }
  for (int count : threads) {
    auto result = beside                   ? benchTwo(package, beside, options, count)
                  : options.kernel.empty() ? benchModel(package, options, count, trace.get())
                                           : benchOneKernel(*package, options, count);
    if (!result.ok())
      return result.status();
    results.push_back(result.take());
  }
  if (options.json) {
    json report = {{"context", options.context}};
    if (flags.usesCpu())
      report["level"] = package->level() == schema::CpuLevel::Avx2 ? "avx2" : "avx512";
    else
      report["device"] = flags.device;
    if (beside)
      report.update({{"decode", options.decode}, {"batch", options.batch}});
    else if (options.kernel.empty())
      report.update({{"prefill", options.prefill}, {"decode", options.decode}, {"batch", options.batch}});
    report["results"] = results;
    printJson(report);
  } else {
    printResults(results);
  }
  return Status::okay();
}

} // namespace

Verb sennit::cli::benchVerb(const Services &services) {
  return {
      "bench", "Measure speed",
      "sennit bench smollm2.sennit --prefill 512 --decode 128 --threads 1,2\n"
      "  sennit bench smollm2.sennit --kernel NAME --rows 16",
      [services](CLI::App &app) {
        auto options = std::make_shared<Options>();
        auto count = [&](const char *name, int &value, int low, const char *text) {
          return app.add_option(name, value, text)->check(CLI::Range(low, 1 << 30))->capture_default_str();
        };
        app.add_option("FILE", options->file, "Package, or with sennit a checkpoint")->required();
        auto *prefill = count("--prefill", options->prefill, 0, "Prompt tokens; 0: no prefill");
        count("--decode", options->decode, 0, "Tokens to decode; 0: no decode");
        count("--batch", options->batch, 1, "Sequences at once; speeds are of all together");
        count("--context", options->context, 1, "Tokens before the first decode step");
        options->engine.addDevice(app);
        auto *repeat = count("--repeat", options->repeat, 1, "Rounds; the best counts");
        app.add_option("--threads", options->threads, "Numbers of threads to try: 1,2");
        app.add_option("--level", options->level, "Run this code level instead of the highest possible")
            ->check(CLI::IsMember({"avx2", "avx512"}));
        auto *kernel = app.add_option("--kernel", options->kernel, "Run this kernel alone, on random inputs");
        count("--rows", options->rows, 1, "With --kernel: rows of the step");
        auto *profile = app.add_flag(
            "--profile", options->profile,
            "Also run one round with a clock around every launch, and print where a prefill and a decode "
            "step go, kernel by kernel");
        profile->excludes(kernel);
        auto *trace =
            app.add_option("--trace", options->trace,
                           "Also run one round, the prefill and the first " +
                               std::to_string(mostTracedSteps) +
                               " decode steps at most, and write its trace to this file, for Perfetto: every "
                               "command and chunk as measured, and as the cost model predicts")
                ->excludes(kernel);
        app.add_option("--beside", options->beside,
                       "Decode with this package of the same model too, a few steps of each in turn, print "
                       "the median step of both, and say whether their logits are equal bytes")
            ->excludes(kernel)
            ->excludes(trace)
            ->excludes(profile)
            ->excludes(repeat)
            ->excludes(prefill);
        app.add_flag("--plan-compare", options->planCompare,
                     "On a GPU: the plan's nodes one after another, its pieces one after another, and "
                     "overlapped as "
                     "planned, side by side")
            ->excludes(kernel)
            ->excludes(trace)
            ->excludes(profile);
        app.add_flag("--json", options->json, "Print one JSON object");
        return [=] {
          options->prefillGiven = prefill->count() > 0;
          options->hasTrace = trace->count() > 0;
          return bench(*options, services);
        };
      }};
}
