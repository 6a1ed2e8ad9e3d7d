// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/cli/TraceFile.h"

#include "runtime/device/host/CpuLevel.h"
#include "tools/cli/Output.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <limits>

using namespace sennit;
using namespace sennit::cli;

namespace {

enum Process { Measured = 1, Predicted = 2 };
constexpr int stepTrack = 0, firstWorkerTrack = 1;
constexpr size_t lanes = size_t(schema::Lane::MAX) + 1;
constexpr size_t bufferBytes = 1 << 20;

std::string jsonText(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", value);
  return text;
}

std::string field(const char *name, const std::string &value) {
  return std::string(",\"") + name + "\":" + value;
}

/// Nanoseconds as the microseconds of the format, exactly.
std::string microseconds(int64_t nanoseconds) {
  char text[32];
  std::snprintf(text, sizeof text, "%lld.%03lld", static_cast<long long>(nanoseconds / 1000),
                static_cast<long long>(nanoseconds % 1000));
  return text;
}

std::string laneName(schema::Lane lane) {
  std::string name = schema::EnumNameLane(lane);
  name[0] = char(std::tolower(name[0]));
  return name;
}

std::string stepName(const StepRows &rows, size_t index) {
  const char *role = rows.role() == schema::StepRole::Generated ? "decode"
                     : rows.role() == schema::StepRole::Prompt  ? "prefill"
                                                                : "mixed";
  return std::string(role) + " step " + std::to_string(index);
}

} // namespace

/// Puts events one after another into the file. Lives for one call.
class TraceFile::Writer {
public:
  Writer(NewFile &file, const Package &package, const StepRecorder &recorder)
      : file(file), package(package), root(package.root()), recorder(recorder) {
    for (const schema::Program *program : *root.programs()) {
      std::vector<Label> &made = labels.emplace_back();
      for (const schema::CommandEntry *entry : *program->commands()) {
        const schema::Launch *launch = entry->command_as_Launch();
        if (!launch) {
          made.push_back({"\"copy\"", "null"});
          continue;
        }
        made.push_back({jsonText(root.kernels()->Get(launch->kernel())->name()->string_view()),
                        launch->node() ? jsonText(launch->node()->string_view()) : "null"});
      }
    }
  }

  Status write() {
    text = "{\"displayTimeUnit\":\"ns\",\"otherData\":{\"package\":" + jsonText(package.path()) +
           field("level", jsonText(cpuLevelName(package.level()))) +
           field("threads", std::to_string(recorder.workers())) +
           field("steps", std::to_string(recorder.steps().size())) +
           field("steps_dropped", std::to_string(recorder.stepsDropped())) + "},\n\"traceEvents\":[";
    nameTracks();
    for (size_t i = 0; i < recorder.steps().size(); ++i)
      SENNIT_RETURN_IF_ERROR(addStep(i));
    for (int worker = 0; worker < recorder.workers(); ++worker)
      for (const ChunkEvent &chunk : recorder.chunks(worker))
        SENNIT_RETURN_IF_ERROR(addChunk(worker, chunk));
    text += "\n]}\n";
    return flush();
  }

private:
  /// A command's kernel and plan node, as JSON.
  struct Label {
    std::string kernel, node;
  };

  /// Commands of the compute lane stand beside the steps, those of others, which run at the same time, on
  /// tracks of their own.
  int laneTrack(schema::Lane lane) const {
    return lane == schema::Lane::Compute ? stepTrack : firstWorkerTrack + recorder.workers() + int(lane) - 1;
  }

  bool predicts() const {
    return !recorder.commands().empty() && recorder.commands().front().cost.predictedSeconds >= 0;
  }

  void add(const std::string &event) {
    text += isFirst ? "\n{" : ",\n{";
    text += event + "}";
    isFirst = false;
  }

  void addMetadata(const char *what, int process, int track, const std::string &args) {
    add(std::string("\"name\":\"") + what + "\",\"ph\":\"M\",\"pid\":" + std::to_string(process) +
        field("tid", std::to_string(track)) + ",\"args\":{" + args + "}");
  }

  void nameTracks() {
    std::array<bool, lanes> used{};
    for (const CommandEvent &event : recorder.commands())
      used[size_t(event.lane)] = true;
    for (auto [process, name] : {std::pair(Measured, "measured"), std::pair(Predicted, "predicted")}) {
      if (process == Predicted && !predicts())
        continue;
      addMetadata("process_name", process, stepTrack, "\"name\":" + jsonText(name));
      addMetadata("process_sort_index", process, stepTrack, "\"sort_index\":" + std::to_string(process));
      addMetadata("thread_name", process, stepTrack, "\"name\":\"steps and commands\"");
      for (size_t lane = 1; lane < lanes; ++lane)
        if (used[lane])
          addMetadata("thread_name", process, laneTrack(schema::Lane(lane)),
                      "\"name\":" + jsonText("lane " + laneName(schema::Lane(lane))));
    }
    for (int worker = 0; worker < recorder.workers(); ++worker)
      addMetadata("thread_name", Measured, firstWorkerTrack + worker,
                  "\"name\":" +
                      jsonText("worker " + std::to_string(worker) + (worker ? "" : ", the caller")));
  }

  /// A complete event; `args` are its fields, each after a comma.
  void addSpan(const std::string &name, const char *category, int process, int track, int64_t begin,
               int64_t end, const std::string &args) {
    add("\"name\":" + name + ",\"cat\":\"" + category + "\",\"ph\":\"X\",\"pid\":" + std::to_string(process) +
        field("tid", std::to_string(track)) + field("ts", microseconds(begin)) +
        field("dur", microseconds(end - begin)) + ",\"args\":{" + args.substr(args.empty() ? 0 : 1) + "}");
  }

  Status addStep(size_t index) {
    const StepEvent &step = recorder.steps()[index];
    const StepRows &rows = step.rows;
    const std::string name = jsonText(stepName(rows, index));
    const std::string args =
        field("step", std::to_string(index)) +
        field("program", jsonText(root.programs()->Get(step.program)->name()->str())) +
        field("rows", std::to_string(rows.total)) + field("generated", std::to_string(rows.generated)) +
        field("sequences", std::to_string(rows.sequences)) + field("wanted", std::to_string(rows.wanted));
    addSpan(name, "step", Measured, stepTrack, step.begin, step.end, args);
    const auto commands = recorder.commands().subspan(step.firstCommand, step.commands);
    for (const CommandEvent &event : commands) {
      addCommand(step, event, Measured, event.begin, event.end);
      SENNIT_RETURN_IF_ERROR(flushWhenLong());
    }
    if (!predicts())
      return Status::okay();
    // A step that is predicted to take longer than it did would run into the next one, which then waits.
    const int64_t begin = predictedEnd = std::max(step.begin, predictedEnd);
    // What a lane waits for is not predicted: each one is as long as its commands.
    std::array<int64_t, lanes> ends;
    ends.fill(begin);
    for (const CommandEvent &event : commands)
      ends[size_t(event.lane)] += std::llround(event.cost.predictedSeconds * 1e9);
    predictedEnd = *std::max_element(ends.begin(), ends.end());
    addSpan(name, "step", Predicted, stepTrack, begin, predictedEnd, args);
    std::array<int64_t, lanes> at;
    at.fill(begin);
    for (const CommandEvent &event : commands) {
      int64_t &next = at[size_t(event.lane)];
      const int64_t end = next + std::llround(event.cost.predictedSeconds * 1e9);
      addCommand(step, event, Predicted, next, end);
      SENNIT_RETURN_IF_ERROR(flushWhenLong());
      next = end;
    }
    return Status::okay();
  }

  void addCommand(const StepEvent &step, const CommandEvent &event, Process process, int64_t begin,
                  int64_t end) {
    const Label &label = labels[step.program][event.command];
    const double measured = static_cast<double>(std::max<int64_t>(event.end - event.begin, 1));
    const CommandCost &cost = event.cost;
    addSpan(label.kernel, "command", process, laneTrack(event.lane), begin, end,
            field("node", label.node) + field("kernel", label.kernel) +
                field("lane", jsonText(laneName(event.lane))) + field("step", std::to_string(event.step)) +
                field("command", std::to_string(event.command)) + field("rows", std::to_string(cost.rows)) +
                field("bytes", number(cost.bytes)) + field("flops", number(cost.flops)) +
                field("gb_per_s", number(cost.bytes / measured)) +
                field("gflop_per_s", number(cost.flops / measured)) +
                field("measured_us", number(measured / 1e3)) +
                field("predicted_us", predicts() ? number(cost.predictedSeconds * 1e6) : "null"));
  }

  Status addChunk(int worker, const ChunkEvent &chunk) {
    const Label &label = labels[recorder.steps()[chunk.step].program][chunk.command];
    const int track = firstWorkerTrack + worker;
    addSpan(label.kernel, "chunk", Measured, track, chunk.begin, chunk.end,
            field("node", label.node) + field("step", std::to_string(chunk.step)) +
                field("command", std::to_string(chunk.command)) +
                field("row_begin", std::to_string(chunk.rowBegin)) +
                field("row_end", std::to_string(chunk.rowEnd)) +
                field("tile_begin", std::to_string(chunk.tileBegin)) +
                field("tile_end", std::to_string(chunk.tileEnd)) +
                field("parts", std::to_string(chunk.parts)));
    if (chunk.prologueEnd > chunk.begin)
      addSpan("\"prologue\"", "prologue", Measured, track, chunk.begin, chunk.prologueEnd, "");
    return flushWhenLong();
  }

  Status flushWhenLong() { return text.size() < bufferBytes ? Status::okay() : flush(); }

  Status flush() {
    SENNIT_RETURN_IF_ERROR(file.writeAt(offset, text.data(), text.size()));
    offset += text.size();
    text.clear();
    return Status::okay();
  }

  NewFile &file;
  const Package &package;
  const schema::Package &root;
  const StepRecorder &recorder;
  std::vector<std::vector<Label>> labels; ///< by program and command
  std::string text;                       ///< not yet in the file
  uint64_t offset = 0;
  bool isFirst = true;
  int64_t predictedEnd = 0;
};

StatusOr<std::unique_ptr<TraceFile>> TraceFile::create(const std::string &path, const std::string &input) {
  if (path.empty())
    return invalidInput("--trace: expected a file name, found an empty one");
  std::error_code missing; // a file that is not there is not the input
  if (std::filesystem::equivalent(path, input, missing))
    return invalidInput("--trace: expected another file than the model, found " + path);
  SENNIT_ASSIGN_OR_RETURN(std::unique_ptr<NewFile> file, NewFile::create(path, "a trace"));
  return std::unique_ptr<TraceFile>(new TraceFile(std::move(file)));
}

RecorderLimits TraceFile::limits(int workers) {
  // A decode step of a small model has some hundred commands and a thousand chunks; all workers together hold
  // some ten megabytes of them.
  const size_t chunks = (size_t(1) << 19) / static_cast<size_t>(workers);
  return {.steps = 1 << 12,
          .commands = 1 << 16,
          .chunksPerWorker = std::clamp<size_t>(chunks, 256, size_t(1) << 17)};
}

Status TraceFile::write(const Package &package, const StepRecorder &recorder) {
  SENNIT_RETURN_IF_ERROR(Writer(*file, package, recorder).write());
  SENNIT_RETURN_IF_ERROR(file->publish());
  if (recorder.stepsDropped())
    printNote(file->path() + ": it holds the first " + std::to_string(recorder.steps().size()) + " steps; " +
              std::to_string(recorder.stepsDropped()) + " more found no room\n");
  return Status::okay();
}
