// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/weights/Join.h"

#include <gtest/gtest.h>
#include <random>

namespace sennit::weights {
namespace {

using schema::Format;
using schema::Layout;

/// The stored bytes of a rectangle of a matrix of rows in storage format.
std::vector<uint8_t> store(Format format, Layout layout, const SliceRange &range, int64_t k,
                           const std::vector<uint8_t> &matrix) {
  const auto rowOf = [&](int64_t row) {
    return matrix.data() + row * rowBytes(format, k) + rowBytes(format, range.kBegin);
  };
  std::vector<uint8_t> bytes(size_t(range.bytes(format, layout)));
  if (layout == Layout::Rows)
    for (int64_t row = range.rowBegin; row < range.rowEnd; ++row)
      std::copy_n(rowOf(row), rowBytes(format, range.k()),
                  bytes.data() + (row - range.rowBegin) * rowBytes(format, range.k()));
  else
    for (int64_t tile = 0; tile < tileCount(range.rows()); ++tile) {
      std::array<const uint8_t *, tileRows> rows{};
      for (int64_t r = 0; r < tileRows; ++r)
        if (const int64_t row = range.rowBegin + tile * tileRows + r; row < range.rowEnd)
          rows[size_t(r)] = rowOf(row);
      packTile(format, range.k(), rows, bytes.data() + tile * tileBytes(format, range.k()));
    }
  return bytes;
}

// However a weight is sliced, the joined bytes are those of one slice, whole or asked for in parts.
TEST(JoinSlices, GivesTheBytesOfOneSlice) {
  std::mt19937 random(3);
  for (Format format : {Format::F32, Format::F16, Format::BF16, Format::Q8_0, Format::Q4_0, Format::Q4_1})
    for (Layout layout : {Layout::Packed, Layout::Rows})
      for (auto [rows, k] : {std::pair(1, 32), {16, 64}, {17, 96}, {100, 160}, {47, 32}})
        for (auto [rowsPerSlice, kPerSlice] : {std::pair(0, 0), {16, 0}, {32, 0}, {0, 32}, {16, 64}}) {
          std::vector<uint8_t> matrix(size_t(rows * rowBytes(format, k)));
          for (uint8_t &byte : matrix)
            byte = uint8_t(random());
          const std::vector<uint8_t> expected = store(format, layout, {0, rows, 0, k}, k, matrix);
          std::vector<std::vector<uint8_t>> kept;
          std::vector<StoredSlice> slices;
          for (const SliceRange &range : cutSlices(rows, k, rowsPerSlice, kPerSlice)) {
            kept.push_back(store(format, layout, range, k, matrix));
            slices.push_back({range, kept.back().data()});
          }
          const int64_t bytes = int64_t(expected.size());
          for (int64_t part : {bytes, bytes / 2 + 1, int64_t(1000), int64_t(77)}) {
            std::vector<uint8_t> joined(expected.size(), 0xee);
            for (int64_t at = 0; at < bytes; at += part)
              joinSlices(format, layout, k, slices, at, std::min(at + part, bytes), joined.data() + at);
            ASSERT_EQ(joined, expected) << formatName(format) << " " << rows << " x " << k << " cut at "
                                        << rowsPerSlice << ", " << kPerSlice << " in parts of " << part;
          }
        }
}

} // namespace
} // namespace sennit::weights
