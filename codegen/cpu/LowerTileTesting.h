// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// For tests: kernels from text, compiled for every level that this machine runs, and data for them.
#pragma once

#include "codegen/cpu/CompileKernelTesting.h"
#include "codegen/cpu/LowerTile.h"
#include "runtime/base/Float16.h"
#include "runtime/device/host/KernelAbi.h"
#include "runtime/weights/Pack.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Parser/Parser.h"

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <gtest/gtest.h>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace sennit {

inline std::vector<schema::CpuLevel> hostLevels() {
  std::vector<schema::CpuLevel> levels;
  for (schema::CpuLevel level : {schema::CpuLevel::Avx2, schema::CpuLevel::Avx512})
    if (hostRuns(level))
      levels.push_back(level);
  return levels;
}

/// Rows and tiles of one call.
struct CallRange {
  int64_t rowBegin, rowEnd, tileBegin, tileEnd;
  int64_t parts = 1;
  uint8_t *shared = nullptr;
  int64_t sharedStride = 0;
};

/// One kernel, for every level of this machine.
class TestKernel {
public:
  explicit TestKernel(const std::string &text) {
    mlir::DialectRegistry registry;
    registerKernelDialects(registry);
    registry.insert<tile::TileDialect>();
    for (schema::CpuLevel level : hostLevels()) {
      mlir::MLIRContext context(registry);
      auto module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
      if (!module) {
        ADD_FAILURE() << "cannot parse\n" << text;
        return;
      }
      auto kernel = *module->getOps<tile::KernelOp>().begin();
      auto found = kernelFacts(kernel);
      if (mlir::failed(found) || mlir::failed(lowerTileToLLVM(*module, level))) {
        ADD_FAILURE() << "cannot lower\n" << text;
        return;
      }
      facts = *found;
      auto native = compileKernels(*module, level);
      if (!native.ok()) {
        ADD_FAILURE() << native.status().message();
        return;
      }
      images[level] = std::make_unique<LoadedCode>(*native);
    }
  }

  bool ok() const { return images.size() == hostLevels().size(); }

  /// The prologue, where there is one, and the body. Scratch is NaN before, and nothing may be written past
  /// it.
  void call(schema::CpuLevel level, const std::vector<const void *> &operands, CallRange range) const {
    ASSERT_EQ(operands.size(), facts.operands);
    ASSERT_LE(range.rowEnd - range.rowBegin, facts.rowBlock);
    constexpr size_t guard = 256;
    size_t bytes = facts.scratchBytes + guard;
    auto *scratch = static_cast<uint8_t *>(std::aligned_alloc(64, (bytes + 63) / 64 * 64));
    std::memset(scratch, 0xff, bytes);
    std::vector<void *> pointers;
    for (const void *operand : operands)
      pointers.push_back(const_cast<void *>(operand));
    KernelArgs args{pointers.data(), range.rowBegin, range.rowEnd, range.tileBegin,   range.tileEnd,
                    scratch,         range.parts,    range.shared, range.sharedStride};
    const LoadedCode &code = *images.at(level);
    if (facts.hasPrologue)
      code.find<void(const KernelArgs *)>(facts.name + "__prologue")(&args);
    code.find<void(const KernelArgs *)>(facts.name)(&args);
    for (size_t i = facts.scratchBytes; i < bytes; ++i)
      ASSERT_EQ(scratch[i], 0xff) << "byte " << i << " past " << facts.scratchBytes;
    std::free(scratch);
  }

  KernelFacts facts;

private:
  std::map<schema::CpuLevel, std::unique_ptr<LoadedCode>> images;
};

/// A kernel of test/data/kernels, with words to replace.
inline std::string kernelText(const std::string &name) {
  std::ifstream file(std::string(SENNIT_TEST_DIR) + "/data/kernels/" + name + ".mlir");
  EXPECT_TRUE(file.good()) << name;
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// Replaces every occurrence, pair after pair.
inline std::string substitute(std::string text,
                              const std::vector<std::pair<std::string, std::string>> &values) {
  for (const auto &[from, to] : values)
    for (size_t at; (at = text.find(from)) != std::string::npos;)
      text.replace(at, from.size(), to);
  return text;
}

/// The kernel of a text, compiled once in a test binary.
inline const TestKernel &compiledOnce(const std::string &text) {
  static std::map<std::string, std::unique_ptr<TestKernel>> kernels;
  std::unique_ptr<TestKernel> &kernel = kernels[text];
  if (!kernel)
    kernel = std::make_unique<TestKernel>(text);
  return *kernel;
}

class Numbers {
public:
  explicit Numbers(uint32_t seed) : generator(seed) {}
  uint32_t below(uint32_t bound) { return generator() % bound; }
  float real() { return (static_cast<float>(below(1u << 20)) / (1 << 19) - 1.0f) * 2.0f; }
  std::vector<float> reals(size_t count) {
    std::vector<float> values(count);
    for (float &value : values)
      value = real();
    return values;
  }

private:
  std::mt19937 generator;
};

/// rows x k of random weights in storage format, and packed in slices.
class TestWeight {
public:
  TestWeight(schema::Format format, int64_t rows, int64_t k, Numbers &numbers)
      : format(format), rows(rows), k(k) {
    bytes.resize(rows * weights::rowBytes(format, k));
    int64_t unit = weights::blockBytes(format);
    for (uint8_t &byte : bytes)
      byte = static_cast<uint8_t>(numbers.below(256));
    for (size_t at = 0; at < bytes.size(); at += unit) {
      auto half = [&](int64_t offset) {
        uint16_t bits = narrowF16(numbers.real() * 0.05f);
        std::memcpy(&bytes[at + offset], &bits, 2);
      };
      switch (format) {
      case schema::Format::F32: {
        float value = numbers.real();
        std::memcpy(&bytes[at], &value, 4);
        break;
      }
      case schema::Format::BF16: {
        uint16_t bits = narrowBF16(numbers.real());
        std::memcpy(&bytes[at], &bits, 2);
        break;
      }
      case schema::Format::Q4_1:
        half(2);
        [[fallthrough]];
      default:
        half(0);
      }
    }
    pack(0, 0);
  }

  void pack(int64_t rowsPerSlice, int64_t kPerSlice) {
    packed.clear();
    slices.clear();
    for (const weights::SliceRange &range : weights::cutSlices(rows, k, rowsPerSlice, kPerSlice)) {
      auto &data = packed.emplace_back(range.bytes(format, schema::Layout::Packed));
      for (int64_t first = range.rowBegin; first < range.rowEnd; first += 16) {
        std::array<const uint8_t *, 16> sources{};
        for (int64_t i = 0; i < 16 && first + i < range.rowEnd; ++i)
          sources[i] = row(first + i) + weights::rowBytes(format, range.kBegin);
        weights::packTile(format, range.k(), sources,
                          data.data() +
                              (first - range.rowBegin) / 16 * weights::tileBytes(format, range.k()));
      }
      slices.push_back({nullptr, range.rowBegin / 16, (range.rowEnd + 15) / 16, range.kBegin, range.kEnd});
    }
    for (size_t i = 0; i < slices.size(); ++i)
      slices[i].data = packed[i].data();
    table = {static_cast<int64_t>(slices.size()), slices.data()};
  }

  const uint8_t *row(int64_t index) const { return bytes.data() + index * weights::rowBytes(format, k); }

  schema::Format format;
  int64_t rows, k;
  WeightTable table;

private:
  std::vector<uint8_t> bytes;
  std::vector<std::vector<uint8_t>> packed;
  std::vector<WeightSlice> slices;
};

/// The canonical reduction: 16 lanes, then a fixed tree.
template <typename Take, typename Join>
float canonicalReduce(const float *x, int64_t n, float neutral, Take take, Join join) {
  float lane[16];
  std::fill(lane, lane + 16, neutral);
  for (int64_t i = 0; i < n; ++i)
    lane[i % 16] = take(lane[i % 16], x[i]);
  for (int half = 8; half >= 1; half /= 2)
    for (int i = 0; i < half; ++i)
      lane[i] = join(lane[i], lane[i + half]);
  return lane[0];
}

inline float canonicalSumSquares(const float *x, int64_t n) {
  return canonicalReduce(
      x, n, 0.0f, [](float sum, float v) { return std::fma(v, v, sum); },
      [](float a, float b) { return a + b; });
}

inline float canonicalSum(const float *x, int64_t n) {
  auto plus = [](float a, float b) { return a + b; };
  return canonicalReduce(x, n, 0.0f, plus, plus);
}

} // namespace sennit
