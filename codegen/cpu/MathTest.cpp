// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Each expansion against the double function of libm, over every exponent and densely where it is used most;
// the same bytes from both code levels and from scalar code.
#include "codegen/cpu/CompileKernelTesting.h"

#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <gtest/gtest.h>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

using namespace sennit;

namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float nan = std::numeric_limits<float>::quiet_NaN();
constexpr const char *names[] = {"exp", "sin", "cos", "tanh", "erf", "log", "rsqrt"};

/// void NAME(const float *in, float *out): 16 lanes at once; NAME_scalar: one.
using Function = void(const float *in, float *out);

std::string source() {
  std::string text;
  for (std::string name : names)
    for (std::string type : {"vector<16xf32>", "f32"})
      text += "func.func @" + name + (type == "f32" ? "_scalar" : "") +
              "(%in: !llvm.ptr, %out: !llvm.ptr) {\n"
              "  %x = llvm.load %in {alignment = 4} : !llvm.ptr -> " +
              type +
              "\n"
              "  %y = math." +
              name + " %x : " + type +
              "\n"
              "  llvm.store %y, %out {alignment = 4} : " +
              type +
              ", !llvm.ptr\n"
              "  return\n}\n";
  return text;
}

/// Compiled once for each level; null where this machine lacks the level.
const LoadedCode *load(schema::CpuLevel level) {
  static std::unique_ptr<LoadedCode> loaded[2];
  std::unique_ptr<LoadedCode> &entry = loaded[static_cast<int>(level)];
  if (entry || !hostRuns(level))
    return entry.get();
  mlir::DialectRegistry registry;
  registerKernelDialects(registry);
  mlir::MLIRContext context(registry);
  mlir::OwningOpRef<mlir::ModuleOp> module = mlir::parseSourceString<mlir::ModuleOp>(source(), &context);
  if (!module || failed(lowerToLLVMDialect(*module)))
    return nullptr;
  StatusOr<NativeCode> code = compileKernels(*module, level);
  EXPECT_TRUE(code.ok()) << code.status().message();
  if (code.ok())
    entry = std::make_unique<LoadedCode>(*code);
  return entry.get();
}

std::vector<float> apply(const LoadedCode &code, const std::string &name, std::vector<float> in) {
  size_t count = in.size();
  in.resize((count + 15) / 16 * 16);
  std::vector<float> out(in.size());
  auto *function = code.find<Function>(name);
  if (!function)
    return {};
  for (size_t at = 0; at < in.size(); at += 16)
    function(in.data() + at, out.data() + at);
  out.resize(count);
  return out;
}

/// Every 1009th float from -largest to largest, so every exponent and many mantissas.
std::vector<float> sweep(float largest) {
  std::vector<float> values;
  for (uint32_t bits = 0; bits <= std::bit_cast<uint32_t>(largest); bits += 1009) {
    values.push_back(std::bit_cast<float>(bits));
    values.push_back(-values.back());
  }
  return values;
}

class MathTest : public testing::TestWithParam<schema::CpuLevel> {
protected:
  void SetUp() override {
    if (!hostRuns(GetParam()))
      GTEST_SKIP() << "this machine lacks " << schema::EnumNameCpuLevel(GetParam());
    code = load(GetParam());
    ASSERT_NE(code, nullptr);
  }

  float at(const std::string &name, float x) { return apply(*code, name, {x}).at(0); }

  /// Largest error over the values; relative errors are relative to max(|f(x)|, floor).
  double error(const std::string &name, double (*expected)(double), const std::vector<float> &values,
               bool relative, double floor = 0x1p-126) {
    std::vector<float> found = apply(*code, name, values);
    double worst = 0;
    for (size_t i = 0; i < values.size(); ++i) {
      double exact = expected(values[i]);
      double difference = std::abs(found[i] - exact);
      if (relative)
        difference /= std::max(std::abs(exact), floor);
      if (!(difference <= worst)) // a NaN is an error, too
        worst = std::isnan(difference) ? infinity : difference;
    }
    std::ostringstream text;
    text << worst;
    RecordProperty(name, text.str());
    return worst;
  }

  const LoadedCode *code = nullptr;
};

TEST_P(MathTest, Exp) {
  std::vector<float> values;
  for (float x : sweep(88.72f))
    if (x >= -86.9f)
      values.push_back(x);
  EXPECT_LT(error("exp", std::exp, values, true), 8e-8);
  EXPECT_EQ(at("exp", 0.0f), 1.0f);
  EXPECT_EQ(at("exp", -infinity), 0.0f);
  EXPECT_EQ(at("exp", -1e30f), 0.0f);
  EXPECT_EQ(at("exp", -90.0f), 0.0f);
  EXPECT_EQ(at("exp", infinity), infinity);
  EXPECT_EQ(at("exp", 88.73f), infinity);
  EXPECT_EQ(at("exp", 3e38f), infinity);
  EXPECT_TRUE(std::isnan(at("exp", nan)));
  EXPECT_TRUE(std::isnan(at("exp", -nan)));
  // What is flushed to zero is below 2^-125.
  for (float x = -88.0f; x < -86.9f; x += 1e-3f)
    EXPECT_LE(std::abs(at("exp", x) - std::exp(double(x))), 0x1p-125) << x;
}

TEST_P(MathTest, SinAndCos) {
  EXPECT_LT(error("sin", std::sin, sweep(1e5f), false), 1.2e-7);
  EXPECT_LT(error("cos", std::cos, sweep(1e5f), false), 1.2e-7);
  // Whole radians, the angles of the fastest rotary pair.
  std::vector<float> whole;
  for (int i = 0; i < 1000000; i += 7)
    whole.push_back(static_cast<float>(i));
  EXPECT_LT(error("sin", std::sin, whole, false), 2e-7);
  EXPECT_LT(error("cos", std::cos, whole, false), 2e-7);
  for (const char *name : {"sin", "cos"}) {
    EXPECT_TRUE(std::isnan(at(name, infinity)));
    EXPECT_TRUE(std::isnan(at(name, -infinity)));
    EXPECT_TRUE(std::isnan(at(name, nan)));
    for (float x : {1e7f, -3e9f, 1e20f, 3e38f})
      EXPECT_LE(std::abs(at(name, x)), 1.0f) << x;
  }
  EXPECT_EQ(at("sin", 0.0f), 0.0f);
  EXPECT_EQ(at("cos", 0.0f), 1.0f);
}

TEST_P(MathTest, Tanh) {
  EXPECT_LT(error("tanh", std::tanh, sweep(3e38f), true), 1.3e-7);
  EXPECT_EQ(at("tanh", infinity), 1.0f);
  EXPECT_EQ(at("tanh", -infinity), -1.0f);
  EXPECT_TRUE(std::isnan(at("tanh", nan)));
}

TEST_P(MathTest, Erf) {
  EXPECT_LT(error("erf", std::erf, sweep(3e38f), false), 1.5e-7);
  EXPECT_LT(error("erf", std::erf, sweep(0.5f), true), 3e-7);
  EXPECT_EQ(at("erf", infinity), 1.0f);
  EXPECT_EQ(at("erf", -infinity), -1.0f);
  EXPECT_TRUE(std::isnan(at("erf", nan)));
}

TEST_P(MathTest, Log) {
  std::vector<float> values;
  for (float x : sweep(3.4e38f))
    if (x > 0)
      values.push_back(x);
  EXPECT_LT(error("log", std::log, values, true), 8e-8);
  EXPECT_EQ(at("log", 1.0f), 0.0f);
  EXPECT_EQ(at("log", 0.0f), -infinity);
  EXPECT_EQ(at("log", -0.0f), -infinity);
  EXPECT_TRUE(std::isnan(at("log", -1.0f)));
  EXPECT_TRUE(std::isnan(at("log", -infinity)));
  EXPECT_EQ(at("log", infinity), infinity);
  EXPECT_TRUE(std::isnan(at("log", nan)));
}

TEST_P(MathTest, RsqrtIsTheQuotient) {
  std::vector<float> values = sweep(3.4e38f), found = apply(*code, "rsqrt", values);
  for (size_t i = 0; i < values.size(); ++i)
    if (values[i] > 0)
      ASSERT_EQ(found[i], 1.0f / std::sqrt(values[i])) << values[i];
}

TEST_P(MathTest, ScalarsAndVectorsGiveTheSameBytes) {
  std::vector<float> values = sweep(infinity);
  for (const std::string name : names) {
    std::vector<float> vectors = apply(*code, name, values);
    auto *scalar = code->find<Function>(name + "_scalar");
    ASSERT_NE(scalar, nullptr);
    for (size_t i = 0; i < values.size(); i += 37) {
      float found;
      scalar(&values[i], &found);
      ASSERT_TRUE(std::bit_cast<uint32_t>(found) == std::bit_cast<uint32_t>(vectors[i]) ||
                  (std::isnan(found) && std::isnan(vectors[i])))
          << name << " of " << values[i];
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Levels, MathTest, testing::Values(schema::CpuLevel::Avx2, schema::CpuLevel::Avx512),
                         [](const auto &info) { return schema::EnumNameCpuLevel(info.param); });

TEST(MathLevels, GiveTheSameBytes) {
  if (!hostRuns(schema::CpuLevel::Avx512))
    GTEST_SKIP() << "this machine lacks Avx512";
  const LoadedCode *narrow = load(schema::CpuLevel::Avx2), *wide = load(schema::CpuLevel::Avx512);
  ASSERT_NE(narrow, nullptr);
  ASSERT_NE(wide, nullptr);
  std::vector<float> values = sweep(infinity);
  for (const char *name : names) {
    std::vector<float> a = apply(*narrow, name, values), b = apply(*wide, name, values);
    ASSERT_EQ(std::memcmp(a.data(), b.data(), a.size() * sizeof(float)), 0) << name;
  }
}

} // namespace
