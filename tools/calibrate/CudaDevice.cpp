// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/calibrate/CudaDevice.h"

#include "runtime/base/TemporaryFolder.h"
#include "runtime/program/Session.h"
#include "runtime/program/StepRecorder.h"
#include "tools/calibrate/CudaProbe.h"
#include "tools/calibrate/HostModel.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <set>

namespace sennit::calibrate {
namespace {

using schema::StepRole;

/// Weights of one format together: several times what the second cache of a device holds.
constexpr double weightBytesWanted = 512e6, emulatedWeightBytesWanted = 1;
constexpr int mostCopies = 64, contextOfLinears = 4;
const char *const emulatedWord = "emulated";

/// One command of a step, as the device timed it.
struct Timed {
  double seconds = 0, bytes = 0, flops = 0;
  int64_t n = 0, k = 0; ///< of its packed weight; 0: it has none
  bool readsCache = false, writesCache = false;
};

class CudaDevice final : public Device {
public:
  CudaDevice(std::unique_ptr<cuda::Device> device, int ordinal, std::string parent, MakePackage make)
      : gpu(std::move(device)), ordinal(ordinal), parent(std::move(parent)), make(std::move(make)) {
    const int architecture = gpu->architecture();
    // Absorbing, tiles and interference are those of the nearest kind that has figures.
    const std::string builtin = architecture == 90    ? "h100-x1"
                                : architecture >= 100 ? "b200-x8"
                                                      : "a100-80g-x8";
    known = {"gpu", builtin,
             (gpu->emulated() ? std::string(emulatedWord) + " device, " : "") + nameOfKind() +
                 ", compute capability " + std::to_string(architecture / 10) + "." +
                 std::to_string(architecture % 10) + ", driver for CUDA " +
                 cuda::versionText(gpu->api().version),
             gpu->multiprocessors(), 0};
  }

  const DeviceFacts &facts() const override { return known; }

  Status prepare(const Cases &asked) override {
    cases = asked;
    SENNIT_RETURN_IF_ERROR(readMemory());
    SENNIT_ASSIGN_OR_RETURN(const std::unique_ptr<TemporaryFolder> folder,
                            TemporaryFolder::create("compiled models", parent));
    for (const WeightFormat &format : cases.formats) {
      const CudaModel model = cudaModel(cases, format, gpu->emulated());
      const std::string text = folder->path() + "/" + format.name + ".mlir", path = text + ".sennit";
      std::ofstream(text) << model.text;
      SENNIT_RETURN_IF_ERROR(make(text, path, targetName(), model.maxRows));
      Rig &rig = rigs[format.name];
      SENNIT_ASSIGN_OR_RETURN(rig.package, Package::open(path, {std::nullopt, /*executable=*/false}));
      SessionOptions options;
      options.device = "cuda:" + std::to_string(ordinal);
      SENNIT_ASSIGN_OR_RETURN(rig.session, Session::create(rig.package, options));
    }
    SENNIT_ASSIGN_OR_RETURN(probe, CudaProbe::create(*gpu, *first().package));
    return Status::okay();
  }

  StatusOr<double> peak(bool) override {
    SENNIT_ASSIGN_OR_RETURN(const double all, probe->multiply());
    return all / known.workers;
  }
  StatusOr<double> readBandwidth(int workers) override { return probe->read(workers); }
  StatusOr<double> launch() override { return probe->launch(); }
  StatusOr<double> join() override { return probe->join(); }

  StatusOr<std::vector<double>> linears(const WeightFormat &format, std::span<const Shape> shapes,
                                        int64_t rows) override {
    Rig &rig = rigs.at(format.name);
    SENNIT_ASSIGN_OR_RETURN(const std::vector<Timed> commands,
                            take(rig, 1, int(rows), contextOfLinears, rows == 1));
    std::vector<double> medians;
    for (const Shape &shape : shapes) {
      std::vector<double> readings;
      for (const Timed &command : commands)
        if (command.n == shape.n && command.k == shape.k && !command.readsCache)
          readings.push_back(command.seconds);
      if (readings.empty())
        return internalError("no linear of " + std::to_string(shape.n) + " x " + std::to_string(shape.k) +
                             " in the model that was made");
      std::nth_element(readings.begin(), readings.begin() + ptrdiff_t(readings.size() / 2), readings.end());
      medians.push_back(readings[readings.size() / 2]);
    }
    return medians;
  }

  StatusOr<Reading> attention(const AttentionCase &one) override {
    SENNIT_ASSIGN_OR_RETURN(const std::vector<Timed> commands,
                            take(first(), one.sequences, one.rowsEach, one.context, one.decode));
    const Timed *found = nullptr;
    for (const Timed &command : commands)
      if (command.readsCache && !command.writesCache &&
          (!found || (one.lean ? command.flops < found->flops : command.flops > found->flops)))
        found = &command;
    return readingOf(found);
  }

  StatusOr<Reading> rowOp(int64_t rows) override {
    SENNIT_ASSIGN_OR_RETURN(const std::vector<Timed> commands,
                            take(first(), 1, int(rows), contextOfLinears, rows == 1));
    const auto found = std::find_if(commands.begin(), commands.end(), [](const Timed &command) {
      return (!command.readsCache || command.writesCache) && command.n == 0;
    });
    return readingOf(found == commands.end() ? nullptr : &*found);
  }

  /// By probes: multiplying beside reading, or beside copying, each on its part of the processors.
  StatusOr<PairReading> pair(const PairCase &one) override {
    const bool copies = one.partner == Partner::Copy;
    SENNIT_ASSIGN_OR_RETURN(const CudaProbe::Beside beside, probe->beside(one.partnerWorkers, copies));
    return PairReading{beside.multiply, beside.partner};
  }

  std::shared_ptr<void> contend() override { return nullptr; }

private:
  /// A model of one format on the device.
  struct Rig {
    std::shared_ptr<const Package> package;
    std::unique_ptr<Session> session;
    std::map<int, std::vector<SequenceId>> sequences; ///< by positions that they have between readings
  };

  Status readMemory() {
    const cuda::Device::Use use(*gpu);
    SENNIT_RETURN_IF_ERROR(use.status());
    size_t free = 0, total = 0;
    SENNIT_RETURN_IF_ERROR(gpu->check(gpu->api().memGetInfo(&free, &total), "cuMemGetInfo", "its memory"));
    known.memoryBytes = total;
    return Status::okay();
  }

  Rig &first() { return rigs.at(cases.formats.front().name); }

  std::string nameOfKind() const {
    const std::string &name = gpu->name(); // "cuda:0 (NVIDIA H100)"
    const size_t open = name.find('(');
    return open == std::string::npos ? name : name.substr(open + 1, name.size() - open - 2);
  }

  std::string targetName() const {
    const auto architecture = uint32_t(gpu->architecture());
    return deviceTargetName(
        {gpu->emulated() ? schema::DeviceCodeKind::Emulated : schema::DeviceCodeKind::Cubin, architecture,
         architecture >= 90 && architecture < 120});
  }

  static StatusOr<Reading> readingOf(const Timed *command) {
    if (!command)
      return internalError("an op is asked for that the model lacks");
    return Reading{command->seconds, command->bytes, command->flops};
  }

  /// The first `count` sequences of `context` positions.
  StatusOr<std::span<const SequenceId>> sequencesOf(Rig &rig, int count, int context) {
    std::vector<SequenceId> &ready = rig.sequences[context];
    const std::vector<int32_t> tokens(size_t(context), 1);
    while (ready.size() < size_t(count)) {
      SENNIT_ASSIGN_OR_RETURN(const SequenceId sequence, rig.session->createSequence());
      ready.push_back(sequence);
      const StepItem item{sequence, tokens, StepRole::Prompt, Wanted::None};
      if (context > 0)
        SENNIT_RETURN_IF_ERROR(rig.session->step({&item, 1}, [](size_t, int32_t, std::span<const float>) {}));
    }
    return std::span<const SequenceId>(ready).first(size_t(count));
  }

  /// One step, every command timed, and back to where the sequences were.
  StatusOr<std::vector<Timed>> take(Rig &rig, int count, int rowsEach, int context, bool generated) {
    SENNIT_ASSIGN_OR_RETURN(const std::span<const SequenceId> sequences, sequencesOf(rig, count, context));
    const std::vector<int32_t> tokens(size_t(rowsEach), 1);
    std::vector<StepItem> items;
    for (SequenceId sequence : sequences)
      items.push_back({sequence, tokens, generated ? StepRole::Generated : StepRole::Prompt, Wanted::Last});
    StepRecorder recorder(*rig.package, 1, {1, size_t(1) << 14, 0});
    rig.session->runner().setRecorder(&recorder);
    const Status status = rig.session->step(items, [](size_t, int32_t, std::span<const float>) {});
    rig.session->runner().setRecorder(nullptr);
    SENNIT_RETURN_IF_ERROR(status);
    for (SequenceId sequence : sequences)
      SENNIT_RETURN_IF_ERROR(rig.session->truncateSequence(sequence, context));
    return timedOf(rig, recorder);
  }

  static StatusOr<std::vector<Timed>> timedOf(const Rig &rig, const StepRecorder &recorder) {
    if (recorder.steps().size() != 1)
      return internalError("a reading took other than one step");
    const schema::Package &root = rig.package->root();
    const schema::Program &program = *root.programs()->Get(recorder.steps().front().program);
    std::vector<Timed> commands;
    for (const CommandEvent &event : recorder.commands()) {
      const schema::Launch *launch = program.commands()->Get(event.command)->command_as_Launch();
      if (!launch)
        continue;
      Timed timed{double(event.end - event.begin) / 1e9, event.cost.bytes, event.cost.flops};
      // The clock of events has steps of half a microsecond.
      timed.seconds = std::max(timed.seconds, 5e-7);
      for (const schema::Access *access : *launch->accesses())
        if (program.slots()->Get(access->slot())->space() == schema::Space::KeyCache)
          (access->mode() == schema::AccessMode::Write ? timed.writesCache : timed.readsCache) = true;
      for (uint32_t index : *launch->slots()) {
        const schema::Slot &slot = *program.slots()->Get(index);
        if (slot.space() != schema::Space::Weight ||
            root.weights()->Get(slot.index())->layout() != schema::Layout::Packed)
          continue;
        timed.n = int64_t(root.weights()->Get(slot.index())->rows());
        timed.k = int64_t(root.weights()->Get(slot.index())->k());
      }
      commands.push_back(timed);
    }
    return commands;
  }

  std::unique_ptr<cuda::Device> gpu;
  int ordinal;
  std::string parent; ///< of the folder that packages lie in while they are made
  MakePackage make;
  DeviceFacts known;
  Cases cases;
  std::map<std::string, Rig> rigs; ///< by format
  std::unique_ptr<CudaProbe> probe;
};

} // namespace

StatusOr<std::unique_ptr<Device>> makeCudaDevice(int ordinal, const std::string &folder, MakePackage make) {
  SENNIT_ASSIGN_OR_RETURN(std::unique_ptr<cuda::Device> gpu, cuda::Device::open(ordinal));
  return std::unique_ptr<Device>(new CudaDevice(std::move(gpu), ordinal, folder, std::move(make)));
}

CudaModel cudaModel(const Cases &cases, const WeightFormat &format, bool emulated) {
  int64_t maxRows = 1;
  for (int64_t rows : cases.rows)
    maxRows = std::max(maxRows, rows);
  int64_t context = maxRows + contextOfLinears;
  for (const AttentionCase &one : cases.attention) {
    maxRows = std::max(maxRows, int64_t(one.sequences) * one.rowsEach);
    context = std::max(context, int64_t(one.context) + one.rowsEach);
  }
  double weights = 0;
  for (int64_t n : cases.widths)
    for (int64_t k : cases.widths)
      weights += double(n) * double(k);
  const double wanted = emulated ? emulatedWeightBytesWanted : weightBytesWanted;
  const double copies = std::clamp(std::ceil(wanted / (weights * format.bytes())), 1., double(mostCopies));
  return {modelText(cases.widths, format.name, int(copies), context), maxRows};
}

bool isEmulated(const DeviceFacts &facts) {
  return facts.machine.starts_with(emulatedWord);
}

Plan cudaPlan(bool emulated, bool quick) {
  Plan plan = usualPlan(quick);
  const std::vector<WeightFormat> &all = knownFormats();
  if (emulated) {
    plan.cases.widths = {64, 96};
    plan.cases.formats = {all[0], all[3]};
    plan.cases.rows = {1, 16};
    plan.cases.attention = {{true, 1, 1, 40, false}, {true, 1, 1, 40, true}, {false, 1, 16, 0}};
    plan.rowOpRows = 16;
    plan.rounds = 1;
  }
  // Weights are multiplied as floats of 16 bits, whatever they are stored as.
  for (WeightFormat &format : plan.cases.formats)
    format.integer = false;
  return plan;
}

} // namespace sennit::calibrate
