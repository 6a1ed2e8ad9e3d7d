// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Each contraction against a scalar reference, bit for bit, on both code levels.
#include "codegen/cpu/ContractTesting.h"
#include "runtime/base/Float16.h"
#include "runtime/weights/Pack.h"

#include <cmath>
#include <cstring>
#include <gtest/gtest.h>
#include <limits>
#include <map>
#include <random>
#include <set>

using namespace sennit;

namespace {

constexpr int64_t maxRows = 8;

struct Case {
  Format format;
  schema::CpuLevel level;
};

bool isBlock(Format format) {
  return format == Format::Q8_0 || format == Format::Q4_0 || format == Format::Q4_1;
}

schema::Format stored(Format format) {
  return static_cast<schema::Format>(format);
}

/// What the numbers of a test are like.
enum class Data { Random, Extreme, Zero, Infinite };

class Numbers {
public:
  explicit Numbers(uint32_t seed) : generator(seed) {}
  uint32_t below(uint32_t bound) { return generator() % bound; }
  float real() { return (static_cast<float>(below(1u << 20)) / (1 << 19) - 1.0f) * 3.0f; }

private:
  std::mt19937 generator;
};

uint16_t readHalf(const uint8_t *at) {
  uint16_t half;
  std::memcpy(&half, at, 2);
  return half;
}

template <typename T>
void put(uint8_t *at, T value) {
  std::memcpy(at, &value, sizeof(T));
}

template <typename T>
T get(const uint8_t *at) {
  T value;
  std::memcpy(&value, at, sizeof(T));
  return value;
}

/// A weight scale or minimum as f16 bits.
uint16_t randomHalf(Numbers &numbers, Data data) {
  switch (data) {
  case Data::Zero:
    return 0;
  case Data::Infinite:
    return numbers.below(2) ? 0x7c00 : 0xfc00;
  case Data::Extreme:
    return numbers.below(2) ? 0x7bff : 0x0001; // largest, smallest
  case Data::Random:
    return static_cast<uint16_t>(numbers.below(0x4000) | (numbers.below(2) << 15));
  }
  return 0;
}

/// One weight row in storage format.
std::vector<uint8_t> weightRow(Format format, int64_t k, Numbers &numbers, Data data) {
  std::vector<uint8_t> row(weights::rowBytes(stored(format), k));
  if (!isBlock(format)) {
    for (int64_t i = 0; i < k; ++i) {
      if (format == Format::F32)
        put(&row[i * 4], data == Data::Extreme ? (i % 2 ? 3e38f : 1e-42f)
                         : data == Data::Zero  ? 0.0f
                                               : numbers.real());
      else
        put(&row[i * 2], randomHalf(numbers, data));
    }
    return row;
  }
  int64_t bytes = weights::blockBytes(stored(format));
  int64_t header = format == Format::Q4_1 ? 4 : 2;
  for (uint8_t *block = row.data(); block < row.data() + row.size(); block += bytes) {
    for (int64_t at = 0; at < header; at += 2)
      put(block + at, randomHalf(numbers, data));
    uint32_t kind = numbers.below(3);
    for (int64_t at = header; at < bytes; ++at) {
      uint8_t extreme = format == Format::Q8_0 ? (kind == 0 ? 0x80 : 0x7f) : (kind == 0 ? 0xff : 0x00);
      block[at] = data == Data::Extreme && kind < 2 ? extreme : static_cast<uint8_t>(numbers.below(256));
    }
  }
  return row;
}

/// One activation row, encoded as the contraction wants it.
std::vector<uint8_t> activationRow(Format format, int64_t k, Numbers &numbers, Data data) {
  if (!isBlock(format)) {
    std::vector<uint8_t> row(k * 4);
    for (int64_t i = 0; i < k; ++i)
      put(&row[i * 4],
          data == Data::Infinite && i == 1 ? std::numeric_limits<float>::infinity() : numbers.real());
    return row;
  }
  std::vector<uint8_t> row(k / 32 * q8BlockBytes);
  for (uint8_t *block = row.data(); block < row.data() + row.size(); block += q8BlockBytes) {
    uint32_t kind = numbers.below(3);
    int32_t sum = 0;
    for (int64_t i = 0; i < 32; ++i) {
      int quant = static_cast<int>(numbers.below(255)) - 127;
      if (data == Data::Extreme && kind < 2)
        quant = kind == 0 ? 127 : -127;
      put(block + 12 + i, static_cast<int8_t>(quant));
      sum += quant;
    }
    float scale = data == Data::Zero ? 0.0f : numbers.real() * 0.01f;
    put(block, scale);
    put(block + 4, sum);
    put(block + 8, static_cast<float>(sum) * scale);
  }
  return row;
}

/// The canonical sum of one output element, plainly.
float reference(Format format, const uint8_t *weight, const uint8_t *activation, int64_t k, float acc) {
  if (!isBlock(format)) {
    std::vector<float> wide(k);
    weights::decodeRow(stored(format), weight, k, wide.data());
    for (int64_t i = 0; i < k; ++i)
      acc = std::fma(get<float>(activation + i * 4), wide[i], acc);
    return acc;
  }
  int64_t bytes = weights::blockBytes(stored(format));
  int64_t header = format == Format::Q4_1 ? 4 : 2;
  for (int64_t block = 0; block < k / 32; ++block) {
    const uint8_t *w = weight + block * bytes, *x = activation + block * q8BlockBytes;
    int32_t sum = 0, total = get<int32_t>(x + 4);
    for (int64_t i = 0; i < 32; ++i) {
      int32_t quant = format == Format::Q8_0 ? get<int8_t>(w + header + i)
                                             : (w[header + i % 16] >> (i < 16 ? 0 : 4)) & 15;
      sum += quant * get<int8_t>(x + 12 + i);
    }
    if (format == Format::Q4_0)
      sum -= 8 * total;
    float scale = get<float>(x);
    float product = static_cast<float>(sum) * scale;
    acc = std::fma(product, widenF16(readHalf(w)), acc);
    if (format == Format::Q4_1) {
      float offset = static_cast<float>(total) * scale;
      acc = std::fma(offset, widenF16(readHalf(w + 2)), acc);
    }
  }
  return acc;
}

/// Same bits, any NaN being as good as another.
bool same(float a, float b) {
  return std::isnan(a) ? std::isnan(b) : std::memcmp(&a, &b, 4) == 0;
}

class ContractTest : public testing::TestWithParam<Case> {
protected:
  void SetUp() override {
    if (!hostRuns(GetParam().level))
      GTEST_SKIP() << "this machine lacks " << schema::EnumNameCpuLevel(GetParam().level);
    emitter = findContract(
        {GetParam().format, isBlock(GetParam().format) ? Activation::Q8 : Activation::F32, GetParam().level});
    ASSERT_NE(emitter, nullptr);
    // One compilation for all tests of a contraction.
    static std::map<const ContractEmitter *, std::unique_ptr<LoadedCode>> loaded;
    std::unique_ptr<LoadedCode> &entry = loaded[emitter];
    if (!entry) {
      mlir::DialectRegistry registry;
      registerKernelDialects(registry);
      mlir::MLIRContext context(registry);
      context.loadAllAvailableDialects();
      mlir::OwningOpRef<mlir::ModuleOp> module = contractModule(context, *emitter);
      ASSERT_TRUE(module);
      StatusOr<NativeCode> native = compileKernels(*module, GetParam().level);
      ASSERT_TRUE(native.ok()) << native.status().message();
      entry = std::make_unique<LoadedCode>(*native);
    }
    code = entry.get();
  }

  /// Compares every form over `tiles` tiles and up to 8 rows of k elements.
  void check(int64_t k, Data data) {
    constexpr int64_t tiles = 4;
    Format format = GetParam().format;
    Numbers numbers(static_cast<uint32_t>(k * 8 + static_cast<int>(data)));
    std::vector<std::vector<uint8_t>> rows;
    std::vector<uint8_t> packed(tiles * emitter->tileBytes(k)), activations;
    ASSERT_EQ(emitter->tileBytes(k), weights::tileBytes(stored(format), k));
    for (int64_t tile = 0; tile < tiles; ++tile) {
      std::array<const uint8_t *, 16> pointers;
      for (int64_t row = 0; row < 16; ++row)
        rows.push_back(weightRow(format, k, numbers, data));
      for (int64_t row = 0; row < 16; ++row)
        pointers[row] = rows[tile * 16 + row].data();
      weights::packTile(stored(format), k, pointers, packed.data() + tile * emitter->tileBytes(k));
    }
    int64_t stride = emitter->activationBytes(k);
    for (int64_t row = 0; row < maxRows; ++row) {
      std::vector<uint8_t> bytes = activationRow(format, k, numbers, data);
      ASSERT_EQ(static_cast<int64_t>(bytes.size()), stride);
      activations.insert(activations.end(), bytes.begin(), bytes.end());
    }
    std::vector<float> initial(tiles * maxRows * 16);
    for (float &value : initial)
      value = numbers.real();

    for (int64_t count = 1; count <= maxRows; ++count)
      for (int64_t together : std::set<int64_t>{1, emitter->preferredTiles(static_cast<int>(count))}) {
        ASSERT_LE(together, tiles);
        auto *function =
            code->find<RowsFunction>("rows" + std::to_string(count) + "x" + std::to_string(together));
        ASSERT_NE(function, nullptr);
        std::vector<float> out = initial;
        function(packed.data(), activations.data(), stride, emitter->tileBytes(k), k, out.data());
        for (int64_t at = 0; at < static_cast<int64_t>(out.size()); ++at) {
          float expected = initial[at];
          int64_t tile = at / 16 / count, row = at / 16 % count;
          if (tile < together)
            expected = reference(format, rows[tile * 16 + at % 16].data(), activations.data() + row * stride,
                                 k, expected);
          ASSERT_TRUE(same(out[at], expected))
              << "k " << k << ", " << count << " rows, " << together << " tiles, row " << row << ", tile "
              << tile << ", lane " << at % 16 << ": expected " << expected << ", found " << out[at];
        }
      }
    for (int64_t streams : {1, 4}) {
      auto *function = code->find<StreamsFunction>("streams" + std::to_string(streams));
      ASSERT_NE(function, nullptr);
      alignas(64) float out[tiles * 16];
      std::memcpy(out, initial.data(), sizeof(out));
      function(packed.data(), activations.data(), emitter->tileBytes(k), k, out);
      for (int64_t at = 0; at < tiles * 16; ++at) {
        float expected = initial[at];
        if (at / 16 < streams)
          expected = reference(format, rows[at].data(), activations.data(), k, expected);
        ASSERT_TRUE(same(out[at], expected))
            << "k " << k << ", stream " << at / 16 << " of " << streams << ", lane " << at % 16
            << ": expected " << expected << ", found " << out[at];
      }
    }
  }

  std::vector<int64_t> depths() const {
    if (isBlock(GetParam().format))
      return {0, 32, 64, 96, 576};
    return {0, 1, 3, 15, 16, 17, 31, 32, 33, 40, 64, 576};
  }

  const ContractEmitter *emitter = nullptr;
  const LoadedCode *code = nullptr;
};

TEST_P(ContractTest, RandomNumbers) {
  for (int64_t k : depths())
    check(k, Data::Random);
}

TEST_P(ContractTest, ExtremeQuantsAndScales) {
  for (int64_t k : depths())
    check(k, Data::Extreme);
}

TEST_P(ContractTest, ZeroScales) {
  check(96, Data::Zero);
}

TEST_P(ContractTest, InfiniteScales) {
  check(96, Data::Infinite);
}

std::string caseName(const testing::TestParamInfo<Case> &info) {
  return std::string(schema::EnumNameFormat(stored(info.param.format))) + "_" +
         schema::EnumNameCpuLevel(info.param.level);
}

std::vector<Case> allCases() {
  std::vector<Case> cases;
  for (schema::CpuLevel level : {schema::CpuLevel::Avx2, schema::CpuLevel::Avx512})
    for (Format format : {Format::F32, Format::F16, Format::BF16, Format::Q8_0, Format::Q4_0, Format::Q4_1})
      cases.push_back({format, level});
  return cases;
}

INSTANTIATE_TEST_SUITE_P(All, ContractTest, testing::ValuesIn(allCases()), caseName);

TEST(ContractTable, HasNoOtherCombinations) {
  for (schema::CpuLevel level : {schema::CpuLevel::Avx2, schema::CpuLevel::Avx512}) {
    EXPECT_EQ(findContract({Format::I32, Activation::F32, level}), nullptr);
    EXPECT_EQ(findContract({Format::F32, Activation::Q8, level}), nullptr);
    EXPECT_EQ(findContract({Format::Q4_1, Activation::F32, level}), nullptr);
  }
}

} // namespace
