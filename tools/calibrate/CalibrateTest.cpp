// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// A device whose times follow formulas gives back what they were made from.
#include "runtime/device/host/CpuLevel.h"
#include "tools/calibrate/Accuracy.h"
#include "tools/calibrate/HostModel.h"
#include "tools/calibrate/HostPair.h"
#include "tools/calibrate/HostPeaks.h"
#include "tools/calibrate/MakeTarget.h"
#include "tools/calibrate/Measure.h"
#include "tools/calibrate/Report.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <atomic>
#include <chrono>
#include <cmath>
#include <set>
#include <thread>

namespace sennit::calibrate {
namespace {

/// Linears at a fixed fraction of the roofline, attention at others; noise only ever adds time.
class FakeDevice final : public Device {
public:
  static constexpr double f32 = 200e9, i8 = 800e9, readOne = 30e9, readAll = 50e9, launchTime = 2e-6,
                          joinTime = .3e-6, linearEfficiency = .8, decodeEfficiency = .6,
                          prefillEfficiency = .4, leanTime = .7;

  explicit FakeDevice(int workers = 2, double noise = 0) : noise(noise) {
    known = {"cpu", "cpu-avx2", "a made-up processor", workers, 0};
  }

  const DeviceFacts &facts() const override { return known; }
  Status prepare(const Cases &) override {
    ++prepared;
    return Status::okay();
  }
  StatusOr<double> peak(bool integer) override { return (integer ? i8 : f32) / slow(); }
  StatusOr<double> readBandwidth(int workers) override {
    return std::min(readAll, workers * readOne) / slow();
  }
  StatusOr<double> launch() override { return launchTime * slow(); }
  StatusOr<double> join() override { return joinTime * slow(); }

  StatusOr<std::vector<double>> linears(const WeightFormat &format, std::span<const Shape> shapes,
                                        int64_t rows) override {
    if (failing)
      return internalError("the fake device is broken");
    std::vector<double> seconds;
    for (const Shape &shape : shapes)
      seconds.push_back(linearSeconds(format, shape, rows) * (busy ? 2 : 1) * slow());
    return seconds;
  }

  double linearSeconds(const WeightFormat &format, const Shape &shape, int64_t rows) const {
    double weights = double(shape.n) * double(shape.k);
    double compute = 2 * weights * double(rows) / (known.workers * (format.integer ? i8 : f32));
    double memory = (format.bytes() * weights + 4. * double(rows * (shape.n + shape.k))) / readAll;
    return launchTime + std::max(compute, memory) / linearEfficiency;
  }

  StatusOr<Reading> attention(const AttentionCase &one) override {
    double rows = one.sequences * one.rowsEach, bytes = 1024 * rows * (one.context + one.rowsEach),
           flops = 4e6 * rows * (one.context + one.rowsEach) / (one.lean ? 4 : 1);
    double seconds = one.decode ? bytes / readAll / decodeEfficiency * (one.lean ? leanTime : 1)
                                : flops / (known.workers * f32) / prefillEfficiency;
    return Reading{(launchTime + seconds) * slow(), bytes, flops};
  }
  StatusOr<Reading> rowOp(int64_t rows) override {
    return Reading{(launchTime + double(rows) * 4096 / readAll) * slow(), double(rows) * 4096, 0};
  }
  StatusOr<PairReading> pair(const PairCase &one) override {
    double share = double(one.partnerWorkers) / known.workers;
    return PairReading{1 - share, one.partner == Partner::Attention ? std::sqrt(share) : dip};
  }
  std::shared_ptr<void> contend() override {
    busy = true;
    return std::shared_ptr<void>(this, [](void *self) { static_cast<FakeDevice *>(self)->busy = false; });
  }

  int prepared = 0;
  bool busy = false, failing = false;
  double dip = .5; ///< what a copy reaches on any number of workers

private:
  /// Half of the readings are disturbed, in no order.
  double slow() {
    dice = dice * 1664525u + 1013904223u;
    return dice >> 31 ? 1 : 1 + noise * double(dice >> 28);
  }

  DeviceFacts known;
  double noise;
  uint32_t dice = 1;
};

Status keepOn(double) {
  return Status::okay();
}

Plan planOf(bool quick = false) {
  Plan plan = usualPlan(quick);
  plan.rounds = 9;
  return plan;
}

struct Calibrated {
  Figures figures;
  std::string text;
  planner::Target target;
};

Calibrated calibrated(Device &device, const Plan &plan) {
  Calibrated made;
  auto figures = measure(device, plan, keepOn);
  EXPECT_TRUE(figures.ok()) << figures.status().message();
  made.figures = figures.take();
  auto builtin = planner::loadTarget(device.facts().builtin);
  EXPECT_TRUE(builtin.ok());
  made.text = makeTarget(made.figures, *builtin, "mine", "2026-11-24").dump(1);
  auto target = planner::parseTarget(made.text, "mine");
  EXPECT_TRUE(target.ok()) << target.status().message();
  if (target.ok())
    made.target = target.take();
  return made;
}

TEST(Calibrate, GivesBackTheParametersOfTheDevice) {
  FakeDevice device;
  Calibrated made = calibrated(device, planOf());
  EXPECT_EQ(device.prepared, 1);
  EXPECT_NEAR(made.target.f32GflopsPerCore, 200, 2);
  EXPECT_NEAR(made.target.i8GopsPerCore, 800, 8);
  EXPECT_NEAR(made.target.memoryGbPerSecond, 50, .5);
  EXPECT_NEAR(made.target.memoryGbPerSecondPerCore, 30, .3);
  EXPECT_NEAR(made.target.launchUs, 2, .02);
  EXPECT_NEAR(made.target.joinUs, .3, .003);
  EXPECT_EQ(made.target.cores, 2);
  EXPECT_EQ(made.target.cpuLevel, "avx2");
  EXPECT_EQ(made.target.linears.size(), 4 * 25u);
  ASSERT_FALSE(made.target.decodeEfficiency.y.empty());
  ASSERT_FALSE(made.target.prefillEfficiency.y.empty());
  EXPECT_NEAR(made.target.decodeEfficiency.y.back(), .6, .01); // large: the launch counts for little
  EXPECT_NEAR(made.target.prefillEfficiency.y.back(), .4, .01);
  ASSERT_FALSE(made.target.leanDecodeEfficiency.y.empty());
  EXPECT_NEAR(made.target.leanDecodeEfficiency.y.back(), .6 / FakeDevice::leanTime, .01);
  EXPECT_NEAR(made.target.decodeFlopsPerByte, 4e6 / 1024, 1);
  EXPECT_NEAR(made.target.leanDecodeFlopsPerByte, 1e6 / 1024, 1);
  auto builtin = planner::loadTarget("cpu-avx2");
  ASSERT_TRUE(builtin.ok());
  ASSERT_EQ(made.target.caches.size(), builtin->caches.size());
  EXPECT_EQ(made.target.caches.back().bytes, builtin->caches.back().bytes);
  EXPECT_EQ(made.target.absorbs.scratchBytes, builtin->absorbs.scratchBytes);
}

// A GPU's target has its own form; times at points of its table are those that were measured there, too.
TEST(Calibrate, MakesTargetsOfGpus) {
  FakeDevice device(132);
  Plan plan = planOf(true);
  for (WeightFormat &format : plan.cases.formats)
    format.integer = false;
  Figures figures = calibrated(device, plan).figures;
  figures.facts = {"gpu", "h100-x1", "a made-up GPU", 132, 80000000001};
  auto builtin = planner::loadTarget("h100-x1");
  ASSERT_TRUE(builtin.ok());
  const auto json = makeTarget(figures, *builtin, "mine", "2026-11-24");
  auto target = planner::parseTarget(json.dump(), "mine");
  ASSERT_TRUE(target.ok()) << target.status().message();
  EXPECT_EQ(target->kind, "gpu");
  EXPECT_EQ(target->tile.processors, 132);
  EXPECT_EQ(target->memoryBytes, 80000000001.);
  EXPECT_NEAR(target->memoryGbPerSecond, FakeDevice::readAll / 1e9, .01);
  EXPECT_EQ(target->absorbs.scratchBytes, builtin->absorbs.scratchBytes);
  EXPECT_EQ(target->memoryCurve.points().size(), 9u);
  EXPECT_LT(accuracyOf(*target, figures.linears).worst, .001) << accuracyOf(*target, figures.linears).worstAt;
  // Readings of an emulated device mean nothing, and still make a target.
  for (LinearFigures &linear : figures.linears)
    for (double &seconds : linear.seconds)
      seconds *= 1e5;
  figures.f32Peak = figures.i8Peak = 1;
  figures.readOne = figures.readAll = 1000;
  figures.launch = figures.join = 0;
  EXPECT_TRUE(planner::parseTarget(makeTarget(figures, *builtin, "mine", "2026-11-24").dump(), "mine").ok());
}

TEST(Calibrate, PredictsShapesThatWereLeftOut) {
  FakeDevice device;
  Calibrated made = calibrated(device, planOf());
  Accuracy leftOut = leaveOneShapeOut(made.target, made.figures.linears);
  EXPECT_LT(leftOut.mean, .001);
  EXPECT_LT(leftOut.worst, .01) << leftOut.worstAt;
  EXPECT_LT(accuracyOf(made.target, made.figures.linears).worst, .001);
  EXPECT_EQ(leftOut.byFormat.size(), 4u);
  EXPECT_EQ(leftOut.byRows.size(), planOf().cases.rows.size());
}

// An error that is known: one shape takes twice as long as its neighbours say.
TEST(Calibrate, FindsTheShapeThatIsPredictedWorst) {
  FakeDevice device;
  Calibrated made = calibrated(device, planOf());
  std::vector<LinearFigures> linears = made.figures.linears;
  linears[7].seconds[2] *= 2;
  Accuracy accuracy = accuracyOf(made.target, linears);
  EXPECT_NEAR(accuracy.worst, .5, .001);
  EXPECT_NEAR(accuracy.mean, .5 / double(linears.size() * linears[7].rows.size()), .001);
  EXPECT_EQ(accuracy.worstAt, linears[7].format.name + " " + std::to_string(linears[7].shape.n) + " x " +
                                  std::to_string(linears[7].shape.k) + ", 16 rows");
}

TEST(Calibrate, IsNotMisledByDisturbedReadings) {
  FakeDevice quiet, noisy(2, .2);
  Plan plan = planOf();
  plan.rounds = 33;
  Calibrated a = calibrated(quiet, plan), b = calibrated(noisy, plan);
  EXPECT_NEAR(b.target.f32GflopsPerCore, a.target.f32GflopsPerCore, .01 * a.target.f32GflopsPerCore);
  EXPECT_NEAR(b.target.memoryGbPerSecond, a.target.memoryGbPerSecond, .01 * a.target.memoryGbPerSecond);
  EXPECT_LT(accuracyOf(b.target, a.figures.linears).mean, .01);
}

TEST(Calibrate, PutsSharesOfWorkersIntoTheCurves) {
  FakeDevice device(4);
  Calibrated made = calibrated(device, planOf(true));
  using Points = std::vector<std::pair<double, double>>;
  Points points = made.target.memoryCurve.points();
  ASSERT_EQ(points.size(), 5u);
  for (int workers = 1; workers < 4; ++workers) {
    EXPECT_EQ(points[size_t(workers)].first, workers / 4.);
    EXPECT_NEAR(points[size_t(workers)].second, std::sqrt(workers / 4.), 1e-4);
  }
  EXPECT_EQ(made.target.networkCurve.points(), (Points{{0, 0}, {.25, .5}, {.5, .5}, {.75, .5}, {1, 1}}));
}

TEST(Calibrate, TakesSevenDivisionsOfManyWorkers) {
  for (auto [workers, expected] : {std::pair(7, 6), std::pair(8, 7), std::pair(9, 7), std::pair(63, 7)}) {
    FakeDevice device(workers);
    Calibrated made = calibrated(device, planOf(true));
    ASSERT_EQ(made.figures.pairs.size(), 2 * size_t(expected)) << workers;
    int before = 0;
    for (int i = 0; i < expected; ++i) {
      int count = made.figures.pairs[size_t(i)].partnerWorkers;
      EXPECT_GT(count, before);
      EXPECT_LT(count, workers);
      before = count;
    }
  }
}

// Noise can make a partner faster beside a linear than alone; a curve may not say so.
TEST(Calibrate, KeepsCurvesBelowOne) {
  FakeDevice device(3);
  device.dip = 1.2;
  Calibrated made = calibrated(device, planOf(true));
  EXPECT_EQ(made.target.networkCurve.at(1. / 3), 1);
}

TEST(Calibrate, NeedsNoPairsOnOneWorker) {
  FakeDevice device(1);
  Calibrated made = calibrated(device, planOf(true));
  EXPECT_TRUE(made.figures.pairs.empty());
  EXPECT_EQ(made.target.cores, 1);
  EXPECT_EQ(made.target.memoryCurve.points().size(), 2u);
}

TEST(Calibrate, RaisesPeaksToWhatOpsReach) {
  FakeDevice device;
  Plan plan = planOf(true);
  auto figures = measure(device, plan, keepOn);
  ASSERT_TRUE(figures.ok());
  Figures fast = figures.take();
  fast.launch /= 3;
  for (LinearFigures &linear : fast.linears)
    for (double &seconds : linear.seconds)
      seconds /= 3;
  auto builtin = planner::loadTarget("cpu-avx2");
  ASSERT_TRUE(builtin.ok());
  auto target = planner::parseTarget(makeTarget(fast, *builtin, "fast", "2026-11-24").dump(), "fast");
  ASSERT_TRUE(target.ok()) << target.status().message();
  EXPECT_GT(target->f32GflopsPerCore, 400);
  EXPECT_GT(target->memoryGbPerSecond, 100);
  EXPECT_LT(accuracyOf(*target, fast.linears).mean, .01);
}

TEST(Calibrate, NamesDateAndMachineClassAsSources) {
  FakeDevice device;
  Calibrated made = calibrated(device, planOf(true));
  std::set<std::string> groups;
  for (const auto &[group, source] : made.target.sources) {
    groups.insert(group);
    if (group != "caches" && group != "schedule" && group != "absorbs") {
      EXPECT_NE(source.find("2026-11-24"), std::string::npos) << group;
      EXPECT_NE(source.find("a made-up processor"), std::string::npos) << group;
    }
  }
  EXPECT_EQ(groups.size(), 10u);
}

TEST(Calibrate, SaysHowFarAQuietTableIsOffUnderLoad) {
  FakeDevice device;
  Plan plan = planOf(true);
  Calibrated made = calibrated(device, plan);
  {
    std::shared_ptr<void> busy = device.contend();
    auto contended = measureLinears(device, plan, keepOn);
    ASSERT_TRUE(contended.ok());
    EXPECT_NEAR(accuracyOf(made.target, *contended).mean, .5, .001); // everything takes twice as long
  }
  EXPECT_FALSE(device.busy);
}

TEST(Calibrate, EndsWithTheErrorOfTheDeviceOrOfWhoWatches) {
  FakeDevice device;
  device.failing = true;
  auto broken = measure(device, planOf(true), keepOn);
  EXPECT_EQ(broken.status().message(), "the fake device is broken");
  device.failing = false;
  int calls = 0;
  double last = -1;
  auto stopped = measure(device, planOf(true), [&](double done) {
    EXPECT_GT(done, last);
    last = done;
    return ++calls < 30 ? Status::okay() : Status(Code::Interrupted, "stopped");
  });
  EXPECT_EQ(stopped.status().message(), "stopped");
  EXPECT_EQ(calls, 30);
  EXPECT_LT(last, 1);
  auto whole = measure(device, planOf(true), [&](double done) {
    last = done;
    return Status::okay();
  });
  EXPECT_TRUE(whole.ok());
  EXPECT_EQ(last, 1);
}

TEST(Calibrate, ReportsTheSameAsDataAndText) {
  FakeDevice device;
  Calibrated made = calibrated(device, planOf(true));
  Report report{made.figures, made.target, leaveOneShapeOut(made.target, made.figures.linears), {}};
  nlohmann::ordered_json data = reportData(report);
  EXPECT_EQ(data["threads"], 2);
  EXPECT_TRUE(data["under_contention"].is_null());
  EXPECT_EQ(data["linears"].size(), made.figures.linears.size());
  EXPECT_NEAR(data["row_ops"][0]["us"].get<double>(), data["row_ops"][0]["roofline_us"].get<double>(), .01);
  EXPECT_EQ(data["interference"].size(), 2u);
  std::string text = reportText(report);
  EXPECT_NE(text.find("f32 200 GFLOP/s, 8-bit 800 GOP/s"), std::string::npos) << text;
  EXPECT_NE(text.find("attention on 1 of 2 threads runs at 0.71"), std::string::npos) << text;
  EXPECT_EQ(text.find("busy"), std::string::npos);
  EXPECT_EQ(text.find("measure again"), std::string::npos);
  report.leftOut.mean = usefulMean;
  EXPECT_EQ(reportText(report).find("measure again"), std::string::npos);
  report.leftOut.mean = .079;
  EXPECT_NE(reportText(report).find("more than 7.8 %: measure again"), std::string::npos);
  report.contended = report.leftOut;
  EXPECT_NE(reportText(report).find("busy"), std::string::npos);
  EXPECT_EQ(reportData(report)["under_contention"]["mean"], report.leftOut.mean);
}

// No time is asserted below: whoever else runs here decides it.
TEST(HostPeaks, RunsOnEveryLevelThatTheCpuHas) {
  for (schema::CpuLevel level : {schema::CpuLevel::Avx2, schema::CpuLevel::Avx512})
    for (bool integer : {false, true})
      for (int workers : {1, 2}) {
        if (!cpuHasLevel(level))
          continue;
        double rate = measurePeak(level, integer, workers, 1);
        EXPECT_TRUE(rate > 0 && std::isfinite(rate)) << cpuLevelName(level);
      }
}

TEST(HostPair, CountsWholeUnits) {
  int units = 0;
  Work slow = [&] {
    ++units;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  };
  double rate = rateOf(slow, 0);
  EXPECT_EQ(units, 2); // one to warm up, one at least to count
  EXPECT_LE(rate, 500);
  EXPECT_GT(rate, 0);
}

TEST(HostPair, RunsBothSidesUntilBothHaveCounted) {
  std::atomic<int> first{0}, second{0};
  Work quick = [&] { ++first; };
  Work slow = [&] {
    ++second;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  };
  auto [quickRate, slowRate] = ratesOf(quick, slow, .001);
  EXPECT_GT(quickRate, slowRate);
  EXPECT_LE(slowRate, 200);
  EXPECT_GE(second, 2);
  EXPECT_GE(first, 2);
}

TEST(HostPair, MakesLoadsThatEnd) {
  StatusOr<Work> copier = makeCopier(2);
  ASSERT_TRUE(copier.ok());
  for (int i = 0; i < 10; ++i) // once around its buffers and on
    (*copier)();
  makeBusyThread().reset();
  EXPECT_GE(measureLaunch(1), 0);
  EXPECT_GE(measureLaunch(2), 0);
  EXPECT_GT(measureJoin(), 0);
}

TEST(HostModel, WalksEachPairOnce) {
  for (size_t count : {1, 2, 3, 4, 5, 8}) {
    std::vector<size_t> walk = walkOfAllPairs(count);
    ASSERT_EQ(walk.size(), count * count);
    EXPECT_EQ(walk.front(), 0u);
    std::set<std::pair<size_t, size_t>> seen;
    for (size_t i = 0; i < walk.size(); ++i) {
      EXPECT_LT(walk[i], count);
      seen.emplace(walk[i], walk[(i + 1) % walk.size()]);
    }
    EXPECT_EQ(seen.size(), count * count);
  }
}

TEST(HostModel, ChainsLinearsOfAllPairsInEachCopy) {
  std::string text = modelText({64, 96}, "q8_0", 3, 128);
  auto count = [&](const std::string &part) {
    int found = 0;
    for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
      ++found;
    return found;
  };
  EXPECT_EQ(count("nn.linear"), 3 * 4 + 4); // and the three before the chain, and the head
  EXPECT_EQ(count("64x96, q8_0> ->"), 0);
  EXPECT_EQ(count("!nn.weight<64x96, q8_0>\n"), 3);
  EXPECT_EQ(count("!nn.weight<96x64, q8_0>\n"), 3);
  EXPECT_EQ(count("!nn.weight<96x96, q8_0>\n"), 3);
  EXPECT_EQ(count("!nn.weight<64x64, q8_0>\n"), 3);
}

} // namespace
} // namespace sennit::calibrate
