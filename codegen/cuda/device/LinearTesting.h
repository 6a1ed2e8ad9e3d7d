// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// A linear behind a norm, computed in double and by each kernel of LinearExample.cuh under the emulator.
#pragma once

#include "codegen/cuda/device/DeviceTesting.h"
#include "codegen/cuda/device/LinearExample.cuh"
#include "runtime/weights/Pack.h"

#include <cmath>
#include <cstring>
#include <memory>
#include <vector>

namespace sennit::linear_testing {

/// Memory as a device gives it out: 256-byte aligned.
class DeviceBytes {
public:
  explicit DeviceBytes(size_t bytes)
      : data_(new (std::align_val_t(256)) unsigned char[bytes + 1]), bytes_(bytes) {
    std::memset(data_.get(), 0xff, bytes); // NaN, so that nothing may rely on it
  }
  emulated::MemoryRange range(const char *name) const {
    const auto begin = reinterpret_cast<uintptr_t>(data_.get());
    return {begin, begin + bytes_, name};
  }
  unsigned char *data() const { return data_.get(); }

private:
  struct Free {
    void operator()(unsigned char *p) const { ::operator delete[](p, std::align_val_t(256)); }
  };
  std::unique_ptr<unsigned char[], Free> data_;
  size_t bytes_;
};

inline schema::Format schemaFormat(WeightFormat format) {
  switch (format) {
  case WeightFormat::F32:
    return schema::Format::F32;
  case WeightFormat::F16:
    return schema::Format::F16;
  case WeightFormat::BF16:
    return schema::Format::BF16;
  case WeightFormat::Q8_0:
    return schema::Format::Q8_0;
  case WeightFormat::Q4_0:
    return schema::Format::Q4_0;
  case WeightFormat::Q4_1:
    return schema::Format::Q4_1;
  }
  return schema::Format::F32;
}

/// Runs one function of a launch, which may touch `ranges` only.
template <typename F>
void runFunction(const emulated::GridShape &grid, uint32_t seed, const emulated::MemoryRanges &ranges,
                 const F &body) {
  emulated::LaunchOptions options;
  options.ranges = &ranges;
  if (const std::optional<emulated::Fault> fault = device_testing::tryRun(grid, seed, body, options))
    ADD_FAILURE() << "seed " << seed << ", " << grid.blocks << " blocks: " << fault->sentence;
}

/// Numbers that follow from a seed alone, even in [-1, 1).
class Random {
public:
  explicit Random(uint32_t seed) : state_(seed * 2654435761u + 12345u) {}
  uint32_t bits() {
    state_ = state_ * 1664525u + 1013904223u;
    return state_ >> 8;
  }
  float value() { return float(bits()) / float(1 << 23) - 1.0f; }

private:
  uint32_t state_;
};

/// rows x k weights of random values, packed and widened.
class TestWeight {
public:
  TestWeight(WeightFormat format, int rows, int k, uint32_t seed)
      : packed_(size_t(weights::packedBytes(schemaFormat(format), rows, k))),
        values_(size_t(rows) * size_t(k)) {
    const schema::Format stored = schemaFormat(format);
    const size_t bytes = size_t(weights::rowBytes(stored, k));
    Random random(seed);
    std::vector<uint8_t> storage(bytes * size_t(rows));
    for (int row = 0; row < rows; ++row) {
      fillRow(stored, storage.data() + size_t(row) * bytes, k, random);
      weights::decodeRow(stored, storage.data() + size_t(row) * bytes, k,
                         values_.data() + size_t(row) * size_t(k));
    }
    for (int row = 0; row < rows; row += 16) {
      std::array<const uint8_t *, 16> pointers{};
      for (int i = 0; i < 16 && row + i < rows; ++i)
        pointers[size_t(i)] = storage.data() + size_t(row + i) * bytes;
      weights::packTile(stored, k, pointers, packed_.data() + row / 16 * weights::tileBytes(stored, k));
    }
  }
  unsigned char *packed() const { return packed_.data(); }
  emulated::MemoryRange range() const { return packed_.range("weights"); }
  const float *row(int row, int k) const { return values_.data() + size_t(row) * size_t(k); }

private:
  static void putHalf(uint8_t *place, float value) {
    const auto half = _Float16(value);
    std::memcpy(place, &half, 2);
  }
  static void fillRow(schema::Format format, uint8_t *row, int k, Random &random) {
    if (!weights::isBlockFormat(format)) {
      for (int i = 0; i < k; ++i) {
        const float value = random.value();
        if (format == schema::Format::F32)
          std::memcpy(row + i * 4, &value, 4);
        else if (format == schema::Format::F16)
          putHalf(row + i * 2, value);
        else
          std::memcpy(row + i * 2, reinterpret_cast<const char *>(&value) + 2, 2);
      }
      return;
    }
    const int64_t unit = weights::blockBytes(format), head = format == schema::Format::Q4_1 ? 4 : 2;
    for (int block = 0; block < k / 32; ++block, row += unit) {
      putHalf(row, random.value() / (format == schema::Format::Q8_0 ? 127.0f : 8.0f));
      if (head == 4)
        putHalf(row + 2, random.value());
      for (int64_t i = head; i < unit; ++i)
        row[i] = uint8_t(random.bits());
    }
  }

  DeviceBytes packed_;
  std::vector<float> values_;
};

/// Rows and gains of a linear with up to three sections, or two gated weights.
struct TestRows {
  int k, tokens;
  DeviceBytes x, gains;

  TestRows(int k, int tokens, uint32_t seed)
      : k(k), tokens(tokens), x(size_t(k) * size_t(tokens) * 4), gains(size_t(k) * 4) {
    Random random(seed);
    for (int i = 0; i < k * tokens; ++i)
      row(0)[i] = random.value();
    // Magnitudes far apart, among rows and within one; a row of zeros.
    for (int t = 0; t < tokens; ++t)
      for (int c = 0; c < k; ++c)
        row(t)[c] *= t % 7 == 3 ? 1e-6f : t % 7 == 5 ? 3e4f : c % 11 == 4 ? 50.0f : 1.0f;
    if (tokens > 4)
      std::fill(row(4), row(5), 0.0f);
    for (int i = 0; i < k; ++i)
      gain()[i] = 1.0f + 0.5f * random.value();
  }
  float *row(int t) const { return reinterpret_cast<float *>(x.data()) + size_t(t) * size_t(k); }
  float *gain() const { return reinterpret_cast<float *>(gains.data()); }

  /// norm(row), in double.
  std::vector<double> normed(int t) const {
    double squares = 0;
    for (int c = 0; c < k; ++c)
      squares += double(row(t)[c]) * row(t)[c];
    std::vector<double> values(size_t(k), 0.0);
    for (int c = 0; c < k; ++c)
      values[size_t(c)] = row(t)[c] / std::sqrt(squares / k + 1e-5f) * gain()[c];
    return values;
  }
};

/// A sum in double, and the sum of magnitudes that bounds its error.
struct Exact {
  double sum = 0, magnitude = 0;
};
inline Exact exactSum(const std::vector<double> &row, const float *weight) {
  Exact exact;
  for (size_t c = 0; c < row.size(); ++c) {
    exact.sum += row[c] * weight[c];
    exact.magnitude += std::fabs(row[c] * weight[c]);
  }
  return exact;
}

/// Of `magnitude`: what rounding an operand, and the sum in f32, may cost.
inline double tolerance(OperandKind operand, int k) {
  const double sum = k * 6e-8 + 1e-6;
  return sum + (operand == OperandKind::F16 ? 1.0e-3 : operand == OperandKind::BF16 ? 4.0e-3 : 2.5e-5);
}

} // namespace sennit::linear_testing
