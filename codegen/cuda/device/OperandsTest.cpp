// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// What a linear multiplies: single weights as gathers read them, encoded activations, the order of sums.
#include "codegen/cuda/device/LinearTesting.h"

#include <limits>

namespace sennit::linear_testing {

namespace {

template <WeightFormat F, int K>
void checkElements(int rows) {
  const TestWeight weight(F, rows, K, 3);
  const emulated::MemoryRanges ranges({weight.range()});
  std::vector<float> found(size_t(rows) * K);
  runFunction({rows, 32, 0}, 0, ranges, [&] {
    for (int k = lane_index(); k < K; k += 32)
      found[size_t(block_index()) * K + size_t(k)] = weight_element<F, K>(weight.packed(), block_index(), k);
  });
  for (int row = 0; row < rows; ++row)
    for (int k = 0; k < K; ++k)
      ASSERT_EQ(bits_of_float(found[size_t(row) * K + size_t(k)]), bits_of_float(weight.row(row, K)[k]))
          << "format " << int(F) << " row " << row << " k " << k;
}

/// Element k of row `row` of an activation tile of R rows, planes added, before the scale is undone.
template <OperandKind O, int R>
double encoded(const unsigned char *tile, int row, int k) {
  const int order[4] = {0, 2, 1, 3}; // its own inverse
  double sum = 0;
  for (int plane = 0; plane < operand_planes(O); ++plane) {
    const unsigned char *quad =
        tile + activation_offset<O, R>(row, k / 4) + plane * ActivationPlane<R>::bytes;
    unsigned short bits;
    std::memcpy(&bits, quad + 2 * order[k % 4], 2);
    sum += O == OperandKind::F16 ? f16_to_f32(bits) : bf16_to_f32(bits);
  }
  return sum;
}

/// Encodes rows by a warp and by a block, into shared memory and scratch; all give the same bytes, near
/// `rows`.
template <OperandKind O, int K>
void checkEncoding(const std::vector<std::vector<float>> &rows, double relative) {
  constexpr int tile = activation_tile_bytes(O, K, 8);
  const int count = int(rows.size());
  DeviceBytes byWarp(size_t(activation_scratch_bytes(O, K, count))), byBlock(size_t{tile});
  const emulated::MemoryRanges ranges({byWarp.range("warp"), byBlock.range("block")});
  runFunction({2, 64, 0}, 3, ranges, [&] {
    for (int row = block_index() * 2 + warp_index(); row < count; row += 4)
      encode_row<O, K>(WarpRow{}, ScratchActivations<O, K>{byWarp.data()}, row,
                       [&](int c) { return rows[size_t(row)][size_t(c)]; });
  });
  for (int first = 0; first < count; first += 8) {
    std::memset(byBlock.data(), 0xff, size_t(tile));
    runFunction({1, 128, size_t(tile) + 512}, 1, ranges, [&] {
      const BlockRow scope{reinterpret_cast<float *>(shared_memory() + tile)};
      if (thread_index() == 0)
        std::memset(shared_memory(), 0xff, size_t(tile)); // rows that are missing, as in scratch
      block_barrier();
      for (int row = 0; row < 8 && first + row < count; ++row)
        encode_row<O, K>(scope, SharedActivations<O, K, 8>{shared_memory()}, row,
                         [&](int c) { return rows[size_t(first + row)][size_t(c)]; });
      block_barrier();
      if (thread_index() == 0)
        std::memcpy(byBlock.data(), shared_memory(), size_t(tile));
    });
    const unsigned char *scratch = byWarp.data() + first / 8 * tile;
    EXPECT_EQ(std::memcmp(scratch, byBlock.data(), size_t(tile)), 0) << "k " << K << " from row " << first;
    for (int row = 0; row < 8 && first + row < count; ++row) {
      const std::vector<float> &exact = rows[size_t(first + row)];
      double largest = 0;
      for (float value : exact)
        largest = std::max(largest, std::fabs(double(value)));

      double inverse = 1;
      if (O == OperandKind::F16) {
        float stored;
        std::memcpy(&stored, scratch + 8 * padded_k(K) * 2 + row * 4, 4);
        inverse = stored;
      }
      for (int k = 0; k < padded_k(K); ++k) {
        const double value = encoded<O, 8>(scratch, row, k) * inverse;
        const double want = k < K ? exact[size_t(k)] : 0.0;
        if (std::isnan(want))
          EXPECT_TRUE(std::isnan(value));
        else if (std::isinf(want))
          EXPECT_EQ(value, want);
        else
          ASSERT_NEAR(value, want,
                      relative * std::fabs(want) + (O == OperandKind::F16 ? 0x1p-39 * largest : 1e-40))
              << "k " << K << " row " << first + row << " column " << k;
      }
    }
  }
}

template <int K>
std::vector<std::vector<float>> difficultRows() {
  std::vector<std::vector<float>> rows;
  for (float magnitude :
       {1.0f, 1e-30f, 7e4f, 3e38f, 1e-38f, 0.0f, 65504.0f, 32768.0f, 1e20f, 0x1p-20f, 1.5f}) {
    Random random(uint32_t(rows.size()));
    std::vector<float> row(size_t(K), 0.0f);
    for (float &value : row)
      value = random.value() * magnitude;
    row[size_t(K) / 2] = magnitude; // the largest is known
    rows.push_back(row);
  }
  return rows;
}

template <int K>
void checkEncodings() {
  const std::vector<std::vector<float>> rows = difficultRows<K>();
  checkEncoding<OperandKind::F16, K>(rows, 0x1p-11);
  checkEncoding<OperandKind::BF16, K>(rows, 0x1p-8);
  checkEncoding<OperandKind::Split, K>(rows, 0x1p-16);
}

} // namespace

TEST(WeightElement, IsWhatTheCpuDecodes) {
  checkElements<WeightFormat::F32, 33>(17);
  checkElements<WeightFormat::F16, 1>(1);
  checkElements<WeightFormat::F16, 30>(33);
  checkElements<WeightFormat::BF16, 65>(16);
  checkElements<WeightFormat::Q8_0, 96>(17);
  checkElements<WeightFormat::Q4_0, 64>(33);
  checkElements<WeightFormat::Q4_1, 96>(31);
}

TEST(Activations, OfWarpsAndBlocksAreTheSameAndNear) {
  checkEncodings<1>();
  checkEncodings<30>();
  checkEncodings<64>();
  checkEncodings<65>();
  checkEncodings<576>();
  checkEncodings<2048>();
}

TEST(Activations, KeepInfinitiesAndNans) {
  const float infinity = std::numeric_limits<float>::infinity(),
              nan = std::numeric_limits<float>::quiet_NaN();
  std::vector<std::vector<float>> rows(3, std::vector<float>(33, 1.0f));
  rows[0][7] = infinity;
  rows[1][32] = -infinity;
  rows[2][0] = nan;
  checkEncoding<OperandKind::F16, 33>(rows, 0x1p-11);
  checkEncoding<OperandKind::BF16, 33>(rows, 0x1p-8);
  checkEncoding<OperandKind::Split, 33>(rows, 0x1p-16);
}

TEST(PartsOfK, CoverItInOrder) {
  for (int k = 1; k < 20000; k += k < 2000 ? 1 : 37) {
    EXPECT_EQ(part_begin(k, 0), 0);
    EXPECT_EQ(part_begin(k, k_parts(k)), padded_k(k) / block_k) << k;
    for (int part = 0; part < k_parts(k); ++part)
      EXPECT_LT(part_begin(k, part), part_begin(k, part + 1)) << k;
  }
}

TEST(LinearShapes, FitTheSharedMemoryOfABlock) {
  using enum WeightFormat;
  for (WeightFormat format : {F32, F16, BF16, Q8_0, Q4_0, Q4_1})
    for (int k : {32, 576, 1024, 4096, 8192, 14336, 28672, 32768, 65536})
      for (int weights : {1, 2}) {
        const int rows = few_rows(format, k);
        EXPECT_GE(rows, k <= 576 ? 8 : k <= 4096 ? 2 : k <= 14336 ? 1 : 0) << int(format) << " " << k;
        if (rows)
          EXPECT_LE(few_shared_bytes(format, k, rows, weights), 163 << 10) << int(format) << " " << k;
        EXPECT_LE(stream_shared_bytes(format, k, 16, weights), 163 << 10) << int(format) << " " << k;
        for (int tokens : {32, 64, 128})
          EXPECT_LE(many_shared_bytes(format, k, tokens, weights), 163 << 10) << int(format) << " " << k;
      }
}

} // namespace sennit::linear_testing
