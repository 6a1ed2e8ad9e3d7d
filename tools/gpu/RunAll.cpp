// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/gpu/RunAll.h"

#include "runtime/base/TemporaryFolder.h"
#include "runtime/program/Skeleton.h"
#include "tools/cli/Interrupt.h"
#include "tools/cli/Output.h"
#include "tools/gpu/Child.h"
#include "tools/gpu/Parts.h"
#include "tools/gpu/Results.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <map>
#include <mutex>
#include <thread>

namespace sennit::gpu {
namespace {

using json = nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;
namespace fs = std::filesystem;

/// Packages that are filled while other parts run, each by a process of its own; gone with their folder.
class Fills {
public:
  Fills(const Bundle &bundle, std::string program) : bundle(bundle), program(std::move(program)) {}
  ~Fills() {
    stop = true;
    for (auto &[skeleton, fill] : fills)
      fill.thread.join();
  }

  /// Those that `parts` need, below `parent`, or in a place with room for them where that is empty.
  Status start(const std::vector<Part> &parts, const std::string &parent, double limit) {
    uint64_t bytes = 0;
    for (const Part &part : parts)
      if (!part.fills.empty() && !fills.contains(part.fills)) {
        SENNIT_ASSIGN_OR_RETURN(const uint64_t more, skeletonWeightBytes(bundle.path(part.fills)));
        bytes += more;
        fills[part.fills];
      }
    if (fills.empty())
      return Status::okay();
    SENNIT_ASSIGN_OR_RETURN(folder,
                            TemporaryFolder::create(std::to_string(bytes) + " bytes of packages (--work)",
                                                    parent.empty() ? workFolder(bundle, bytes) : parent));
    size_t index = 0;
    for (auto &[skeleton, fill] : fills) {
      fill.path = folder->path() + "/" + std::to_string(index++) + ".sennit";
      fill.thread = std::thread([this, limit, from = bundle.path(skeleton), &fill = fill] {
        ChildEnd end = runChild({program, "fill", from, fill.path}, limit, &stop);
        const std::lock_guard lock(mutex);
        fill.end = std::move(end);
        fill.done = true;
        changed.notify_all();
      });
    }
    return Status::okay();
  }

  bool ready(const std::string &skeleton) {
    const std::lock_guard lock(mutex);
    return skeleton.empty() || fills.at(skeleton).done;
  }
  /// Until any is done that was not, or for a while.
  void waitForChange() {
    std::unique_lock lock(mutex);
    changed.wait_for(lock, std::chrono::milliseconds(200));
  }
  /// Of one that is ready: the package, or why there is none.
  StatusOr<std::string> package(const std::string &skeleton) {
    const std::lock_guard lock(mutex);
    const Fill &fill = fills.at(skeleton);
    if (fill.end.kind == ChildEnd::Kind::Exited && fill.end.code == 0)
      return fill.path;
    return Status(Code::Unavailable,
                  "its weights could not be made up: " + fill.end.text() + ": " + fill.end.errors);
  }
  /// A package that no part needs any more gives its room back.
  void drop(const std::string &skeleton) {
    std::error_code ignored;
    fs::remove(fills.at(skeleton).path, ignored);
  }

private:
  struct Fill {
    std::string path;
    std::thread thread;
    ChildEnd end;
    bool done = false;
  };
  const Bundle &bundle;
  const std::string program;
  std::unique_ptr<TemporaryFolder> folder;
  std::map<std::string, Fill> fills;
  std::atomic<bool> stop{false};
  std::mutex mutex;
  std::condition_variable changed;
};

/// The result of a part that ended, or how it broke.
json outcome(const Part &part, const ChildEnd &end) {
  json made = {{"name", part.name}, {"status", "broken"}, {"seconds", end.seconds}};
  const bool exited = end.kind == ChildEnd::Kind::Exited;
  json result = json::parse(end.output, nullptr, /*allow_exceptions=*/false);
  if (exited && end.code == 0 && result.is_object() && result.contains("passed") &&
      result.contains("summary")) {
    made["status"] = result["passed"] == true ? "passed" : "failed";
    made["result"] = std::move(result);
    return made;
  }
  // What a tool says of an error is a sentence; of a crash the last lines are what counts.
  const size_t tail = 2000;
  std::string errors = end.errors.size() > tail ? end.errors.substr(end.errors.size() - tail) : end.errors;
  while (!errors.empty() && errors.back() == '\n')
    errors.pop_back();
  made["error"] = exited && !errors.empty() ? errors : end.text() + (errors.empty() ? "" : ": ") + errors;
  return made;
}

void show(const json &part, size_t index, size_t count) {
  const std::string status = part["status"].get<std::string>();
  std::string line = part.contains("result") ? part["result"]["summary"].get<std::string>()
                                             : part.value("error", std::string());
  std::replace(line.begin(), line.end(), '\n', ' ');
  char head[96];
  std::snprintf(head, sizeof head, "[%2zu/%zu] %-22s %-7s %6.1f s  ", index, count,
                part["name"].get<std::string>().c_str(), status.c_str(), part["seconds"].get<double>());
  cli::printNow(head + line + "\n");
}

class Run {
public:
  Run(const Bundle &bundle, const RunOptions &options, const std::string &program)
      : options(options), program(program), results(options.output, bundle.version, options.device),
        fills(bundle, program) {
    for (Part &part : partsOf(bundle, options.device))
      if (options.only.empty() || part.name.find(options.only) != std::string::npos)
        parts.push_back(std::move(part));
  }

  Status run() {
    if (parts.empty())
      return invalidInput("--only: expected a part of a name, found " + options.only + ", which is in none");
    total = parts.size();
    // A part whose package cannot be made is skipped; the others run.
    if (const Status status = fills.start(parts, options.work, options.seconds); !status.ok())
      return status;
    while (!parts.empty()) {
      if (cli::interrupted())
        return cli::interruptedStatus();
      const double left = options.seconds - elapsed();
      const auto next =
          std::find_if(parts.begin(), parts.end(), [&](const Part &part) { return fills.ready(part.fills); });
      if (next == parts.end() && left > 0) {
        fills.waitForChange();
        continue;
      }
      const auto chosen = next == parts.end() ? parts.begin() : next;
      const Part part = std::move(*chosen);
      parts.erase(chosen);
      SENNIT_RETURN_IF_ERROR(
          finish(left > 0 ? runOne(part, left) : skipped(part, "no time was left for it")));
      if (!part.fills.empty() && std::none_of(parts.begin(), parts.end(),
                                              [&](const Part &other) { return other.fills == part.fills; }))
        fills.drop(part.fills);
    }
    const int passed = results.count("passed"), all = int(total);
    cli::print(std::to_string(passed) + " of " + std::to_string(all) + " parts passed in " +
               cli::formatNumber(elapsed(), 0) + " s; results are in " + options.output + "\n");
    return passed == all ? Status::okay()
                         : invalidInput(std::to_string(all - passed) + " of " + std::to_string(all) +
                                        " parts did not pass, see " + options.output);
  }

private:
  json runOne(const Part &part, double left) {
    std::vector<std::string> command{program};
    command.insert(command.end(), part.arguments.begin(), part.arguments.end());
    if (!part.fills.empty()) {
      StatusOr<std::string> package = fills.package(part.fills);
      if (!package.ok())
        return skipped(part, package.status().message());
      command.push_back(*package);
    }
    return outcome(part, runChild(command, std::min(part.limit, left), &cli::interruptFlag()));
  }

  static json skipped(const Part &part, const std::string &why) {
    return {{"name", part.name}, {"status", "skipped"}, {"seconds", 0.}, {"error", why}};
  }

  Status finish(json part) {
    show(part, total - parts.size(), total);
    return results.add(std::move(part), elapsed());
  }

  double elapsed() const { return std::chrono::duration<double>(Clock::now() - begin).count(); }

  const Clock::time_point begin = Clock::now();
  const RunOptions &options;
  const std::string program;
  std::vector<Part> parts; ///< that have not run
  size_t total = 0;
  Results results;
  Fills fills;
};

} // namespace

Status runAll(const Bundle &bundle, const RunOptions &options) {
  return Run(bundle, options, bundle.path("run")).run();
}

} // namespace sennit::gpu
