// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/calibrate/HostDevice.h"

#include "runtime/base/TemporaryFolder.h"
#include "runtime/device/host/CpuLevel.h"
#include "tools/calibrate/HostModel.h"
#include "tools/calibrate/HostPair.h"
#include "tools/calibrate/HostPeaks.h"
#include "tools/cli/KernelRig.h"
#include "tools/cli/ReadBandwidth.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <tuple>

namespace sennit::calibrate {
namespace {

using cli::KernelRig;
using cli::RigLaunch;
using cli::RigStep;

/// Weights of one format together: more than caches hold, so that a linear finds none of its own there.
constexpr double weightBytesWanted = 128e6;
constexpr size_t bandwidthBytes = 256u << 20;
constexpr int mostCopies = 64;

std::string textOfCpu() {
  std::ifstream file("/proc/cpuinfo");
  std::string name = "an x86-64 processor", family, model;
  for (std::string line; std::getline(file, line) && !line.empty();) {
    size_t colon = line.find(": ");
    std::string key = line.substr(0, line.find_last_not_of(" \t", line.find(':') - 1) + 1);
    std::string value = colon == std::string::npos ? "" : line.substr(colon + 2);
    if (key == "model name")
      name = value;
    else if (key == "cpu family")
      family = value;
    else if (key == "model")
      model = value;
  }
  return family.empty() ? name : name + " (family " + family + ", model " + model + ")";
}

/// Of two the smaller.
double medianOf(std::vector<double> values) {
  size_t middle = (values.size() - 1) / 2;
  std::nth_element(values.begin(), values.begin() + ptrdiff_t(middle), values.end());
  return values[middle];
}

class HostDevice final : public Device {
public:
  HostDevice(int workers, std::string parent, CompileModel compile)
      : parent(std::move(parent)), compile(std::move(compile)) {
    level = cpuHasLevel(schema::CpuLevel::Avx512) ? schema::CpuLevel::Avx512 : schema::CpuLevel::Avx2;
    const std::string name = cpuLevelName(level);
    known = {"cpu", "cpu-" + name,
             textOfCpu() + ", " + std::to_string(workers) + (workers == 1 ? " core, " : " cores, ") + name,
             workers, 0};
  }

  const DeviceFacts &facts() const override { return known; }

  Status prepare(const Cases &asked) override {
    cases = asked;
    int64_t maxRows = 1;
    for (int64_t rows : cases.rows)
      maxRows = std::max(maxRows, rows);
    int64_t context = maxRows;
    for (const AttentionCase &one : cases.attention) {
      maxRows = std::max(maxRows, int64_t(one.sequences) * one.rowsEach);
      context = std::max(context, int64_t(one.context) + one.rowsEach);
    }
    // Packages stay mapped when their folder goes, at the end of this, so whatever ends the process later
    // leaves no gigabyte behind.
    SENNIT_ASSIGN_OR_RETURN(std::unique_ptr<TemporaryFolder> folder,
                            TemporaryFolder::create("compiled models", parent));
    double weights = 0;
    for (int64_t n : cases.widths)
      for (int64_t k : cases.widths)
        weights += double(n) * double(k);
    for (const WeightFormat &format : cases.formats) {
      int copies =
          int(std::clamp(std::ceil(weightBytesWanted / (weights * format.bytes())), 1., double(mostCopies)));
      std::string text = folder->path() + "/" + format.name + ".mlir", path = text + ".sennit";
      std::ofstream(text) << modelText(cases.widths, format.name, copies, context + 4);
      SENNIT_RETURN_IF_ERROR(compile(text, path, cpuLevelName(level), maxRows));
      SENNIT_ASSIGN_OR_RETURN(packages[format.name], Package::open(path));
    }
    return Status::okay();
  }

  StatusOr<double> peak(bool integer) override { return measurePeak(level, integer, known.workers, 3); }

  StatusOr<double> readBandwidth(int workers) override {
    double rate = cli::measureReadBandwidth(workers, bandwidthBytes, 1);
    if (!(rate > 0))
      return resourceExhausted("expected memory for a buffer to read, found too little");
    return rate;
  }

  StatusOr<double> launch() override { return measureLaunch(known.workers); }
  StatusOr<double> join() override { return known.workers > 1 ? measureJoin() : measureLaunch(1); }

  StatusOr<std::vector<double>> linears(const WeightFormat &format, std::span<const Shape> shapes,
                                        int64_t rows) override {
    SENNIT_ASSIGN_OR_RETURN(KernelRig * rig, linearRig(format, rows, all()));
    std::vector<std::vector<double>> readings(shapes.size());
    for (const RigLaunch &launch : rig->launches()) {
      double seconds = rig->time(launch);
      for (size_t i = 0; i < shapes.size(); ++i)
        if (isLinear(launch, shapes[i]))
          readings[i].push_back(seconds);
    }
    std::vector<double> medians;
    for (size_t i = 0; i < shapes.size(); ++i) {
      if (readings[i].empty())
        return internalError("no linear of " + std::to_string(shapes[i].n) + " x " +
                             std::to_string(shapes[i].k) + " in the model that was compiled");
      medians.push_back(medianOf(std::move(readings[i])));
    }
    return medians;
  }

  StatusOr<Reading> attention(const AttentionCase &one) override {
    SENNIT_ASSIGN_OR_RETURN(KernelRig * rig, rigOf(cases.formats.front(), stepOf(one), all()));
    // As in a step, where the weights of a layer pass between one attention and the next: what earlier
    // readings left in caches would be no memory traffic.
    SENNIT_ASSIGN_OR_RETURN(KernelRig * weights, linearRig(cases.formats.front(), cases.rows.front(), all()));
    for (const RigLaunch &launch : weights->launches())
      weights->run(launch);
    const RigLaunch *launch = attentionOf(*rig, one.lean);
    return readingOf(*rig, [&](const RigLaunch &other) { return &other == launch; });
  }

  StatusOr<Reading> rowOp(int64_t rows) override {
    SENNIT_ASSIGN_OR_RETURN(KernelRig * rig, linearRig(cases.formats.front(), rows, all()));
    return readingOf(*rig, [](const RigLaunch &launch) { return !launch.readsCache && !launch.packed; });
  }

  StatusOr<PairReading> pair(const PairCase &one) override {
    const int left = known.workers - one.partnerWorkers;
    if (one.partnerWorkers < 1 || left < 1)
      return internalError("a pair needs a worker on each side");
    // The longest decoding: all of its keys and values do not fit the caches.
    AttentionCase longest;
    for (const AttentionCase &candidate : cases.attention)
      if (candidate.decode &&
          int64_t(candidate.sequences) * candidate.context >= int64_t(longest.sequences) * longest.context)
        longest = candidate;
    auto worker = [&](bool isLinearSide, Crew crew) -> StatusOr<Work> {
      if (!isLinearSide && one.partner == Partner::Copy)
        return makeCopier(crew.workers);
      SENNIT_ASSIGN_OR_RETURN(KernelRig * rig, isLinearSide
                                                   ? linearRig(one.format, one.rows, crew)
                                                   : rigOf(cases.formats.front(), stepOf(longest), crew));
      std::vector<const RigLaunch *> launches;
      for (const RigLaunch &launch : rig->launches())
        if (isLinearSide ? isLinear(launch, one.linear) : &launch == attentionOf(*rig, false))
          launches.push_back(&launch);
      if (launches.empty())
        return internalError("a pair names an op that the model lacks");
      return Work([rig, launches, next = size_t(0)]() mutable {
        rig->run(*launches[next]);
        next = (next + 1) % launches.size();
      });
    };
    SENNIT_ASSIGN_OR_RETURN(auto linearAlone, worker(true, all()));
    SENNIT_ASSIGN_OR_RETURN(auto partnerAlone, worker(false, all()));
    SENNIT_ASSIGN_OR_RETURN(auto linear, worker(true, Crew{left, false}));
    SENNIT_ASSIGN_OR_RETURN(auto partner, worker(false, Crew{one.partnerWorkers, true}));
    const double linearRate = rateOf(linearAlone, one.seconds),
                 partnerRate = rateOf(partnerAlone, one.seconds);
    const auto [beside, partnerBeside] = ratesOf(linear, partner, one.seconds);
    return PairReading{beside / linearRate, partnerBeside / partnerRate};
  }

  std::shared_ptr<void> contend() override { return makeBusyThread(); }

private:
  static bool isLinear(const RigLaunch &launch, const Shape &shape) {
    return launch.packed && !launch.readsCache && int64_t(launch.packed->rows()) == shape.n &&
           int64_t(launch.packed->k()) == shape.k;
  }

  /// The one with the most operations, or with the fewest; null where there is none.
  static const RigLaunch *attentionOf(const KernelRig &rig, bool lean) {
    const RigLaunch *found = nullptr;
    for (const RigLaunch &launch : rig.launches())
      if (launch.readsCache &&
          (!found || (lean ? launch.cost.flops < found->cost.flops : launch.cost.flops > found->cost.flops)))
        found = &launch;
    return found;
  }

  static RigStep stepOf(const AttentionCase &one) {
    return {one.sequences, one.rowsEach, one.context, one.decode};
  }

  /// Workers that are at one op. Two crews at once have pools of their own.
  struct Crew {
    int workers = 1;
    bool isPartner = false;
    auto operator<=>(const Crew &) const = default;
  };
  Crew all() const { return {known.workers, false}; }

  StatusOr<KernelRig *> linearRig(const WeightFormat &format, int64_t rows, Crew crew) {
    return rigOf(format, {1, int(rows), 4, rows == 1}, crew);
  }

  StatusOr<KernelRig *> rigOf(const WeightFormat &format, const RigStep &step, Crew crew) {
    auto key = std::tuple(format.name, step.sequences, step.rowsEach, step.context, step.generated, crew);
    std::unique_ptr<KernelRig> &rig = rigs[key];
    if (!rig) {
      std::unique_ptr<WorkerPool> &pool = pools[crew];
      if (!pool)
        pool = std::make_unique<WorkerPool>(crew.workers);
      auto made = std::make_unique<KernelRig>(*packages.at(format.name), *pool);
      SENNIT_RETURN_IF_ERROR(made->prepare(step));
      rig = std::move(made);
      for (const RigLaunch &launch : rig->launches())
        rig->run(launch); // pages of weights and arena are touched before any is timed
    }
    return rig.get();
  }

  template <typename Wanted>
  StatusOr<Reading> readingOf(KernelRig &rig, Wanted wanted) {
    for (const RigLaunch &launch : rig.launches())
      if (wanted(launch))
        return Reading{rig.time(launch), launch.cost.bytes, launch.cost.flops};
    return internalError("an op is asked for that the model lacks");
  }

  std::string parent; ///< of the folder that packages are compiled into
  CompileModel compile;
  DeviceFacts known;
  schema::CpuLevel level = schema::CpuLevel::Avx2;
  Cases cases;
  std::map<std::string, std::shared_ptr<const Package>> packages;
  std::map<Crew, std::unique_ptr<WorkerPool>> pools; ///< sleeping threads cost memory: shared by rigs
  std::map<std::tuple<std::string, int, int, int, bool, Crew>, std::unique_ptr<KernelRig>> rigs;
};

} // namespace

StatusOr<std::unique_ptr<Device>> makeHostDevice(int workers, const std::string &parent,
                                                 CompileModel compile) {
  if (std::string missing = missingCpuFeatures(schema::CpuLevel::Avx2); !missing.empty())
    return unsupported("expected a CPU with the features of level avx2, found one without " + missing);
  return std::unique_ptr<Device>(new HostDevice(workers, parent, std::move(compile)));
}

} // namespace sennit::calibrate
