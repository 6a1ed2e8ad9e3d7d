// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "codegen/cuda/device/DeviceTesting.h"

#include "codegen/cuda/device/probes.cuh"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace sennit {
namespace {

struct alignas(16) Piece {
  uint32_t words[4];
  bool operator==(const Piece &) const = default;
};

std::vector<Piece> noise(size_t count) {
  std::vector<Piece> pieces(count);
  uint32_t state = 1;
  for (Piece &piece : pieces)
    for (uint32_t &word : piece.words)
      word = state = state * 1664525u + 1013904223u;
  return pieces;
}

// One piece, one less and one more than a pass of all threads takes, and several passes.
const size_t counts[] = {1, 255, 256, 257, 1023, 1024, 1025, 3 * 1024 + 7};

TEST(Probes, ReadEveryPieceOnce) {
  for (int blocks : {1, 3})
    for (size_t count : counts) {
      const std::vector<Piece> pieces = noise(count);
      std::vector<uint32_t> sums(size_t(blocks) * 256, 7);
      Launch launch{};
      launch.operands[0] = const_cast<Piece *>(pieces.data());
      launch.operands[1] = sums.data();
      launch.reserved[0] = unsigned(count);
      device_testing::run({blocks, 256, 0}, uint32_t(count), [&] { probe_read_body(launch); });
      uint32_t found = 0, expected = 0;
      for (uint32_t sum : sums)
        found ^= sum;
      for (const Piece &piece : pieces)
        for (uint32_t word : piece.words)
          expected ^= word;
      EXPECT_EQ(found, expected) << blocks << " blocks, " << count << " pieces";
    }
}

TEST(Probes, CopyEveryPieceAndNoMore) {
  for (int blocks : {1, 3})
    for (size_t count : counts) {
      const std::vector<Piece> pieces = noise(count);
      std::vector<Piece> copies(count + 1, Piece{{9, 9, 9, 9}});
      Launch launch{};
      launch.operands[0] = const_cast<Piece *>(pieces.data());
      launch.operands[1] = copies.data();
      launch.reserved[0] = unsigned(count);
      device_testing::run({blocks, 256, 0}, uint32_t(count), [&] { probe_copy_body(launch); });
      EXPECT_TRUE(std::equal(pieces.begin(), pieces.end(), copies.begin())) << blocks << ", " << count;
      EXPECT_EQ(copies.back(), (Piece{{9, 9, 9, 9}}));
    }
}

TEST(Probes, MultiplyAsOftenAsTheyAreTold) {
  for (unsigned turns : {0u, 1u, 3u}) {
    std::vector<float> sums(512, -1);
    Launch launch{};
    launch.operands[0] = sums.data();
    launch.reserved[0] = turns;
    launch.reserved[1] = 1;
    device_testing::run({2, 256, 0}, turns, [&] { probe_multiply_body(launch); });
    // Each product adds 16 to each of a lane's four results.
    for (float sum : sums)
      ASSERT_EQ(sum, float(turns * probe_products * 64));
  }
}

} // namespace
} // namespace sennit
