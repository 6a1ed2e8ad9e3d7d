// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// The packed form of weights, a permutation of the checkpoint's bytes with a tested inverse.
//
// A tile is 16 consecutive weight rows (output features); rows past the end are zero. Tiles ascend, one after
// another. Inside a tile
//   Q8_0, Q4_0, Q4_1: for each block of 32 k: [16 x f16 d][16 x f16 m, Q4_1 only][quants], 544 / 288 / 320
//   bytes;
//     quants [group of 4 k][row 0..15][4 bytes]. Q8_0 has 8 groups of i8. Q4 has 4 groups: byte j of group g
//     holds k = 4g + j in its low nibble and k = 16 + 4g + j in its high nibble.
//   F32, F16, BF16: [k][16 rows] elements, any K.
// Storage format means the bytes of a row as a checkpoint has them: plain elements, or blocks along K as in
// GGUF (d, m for Q4_1, then 32 x i8 or 16 bytes whose byte j holds k = j low and k = 16 + j high). All
// functions are pure and thread-safe.
#pragma once

#include "runtime/schema/types_generated.h"

#include <array>
#include <cstdint>
#include <vector>

namespace sennit::weights {

/// Weight rows in one packed tile.
inline constexpr int64_t tileRows = 16;
/// Elements along K in one block of a block-quantised format.
inline constexpr int64_t quantBlock = 32;

/// The widest row or tallest matrix that sizes are computed for without overflow.
inline constexpr int64_t largestExtent = int64_t(1) << 40;

/// "f32", "q4_1", ...: the spelling in IR, messages and reports.
const char *formatName(schema::Format format);

constexpr bool isBlockFormat(schema::Format format) {
  return format == schema::Format::Q8_0 || format == schema::Format::Q4_0 || format == schema::Format::Q4_1;
}

/// Elements along K that are stored as one unit: 32 for block formats, else 1.
constexpr int64_t blockElements(schema::Format format) {
  return isBlockFormat(format) ? quantBlock : 1;
}

/// Bytes of one such unit in storage format.
constexpr int64_t blockBytes(schema::Format format) {
  switch (format) {
  case schema::Format::F32:
    return 4;
  case schema::Format::F16:
    return 2;
  case schema::Format::BF16:
    return 2;
  case schema::Format::Q8_0:
    return 34;
  case schema::Format::Q4_0:
    return 18;
  case schema::Format::Q4_1:
    return 20;
  case schema::Format::I32:
    return 4;
  }
  return 0;
}

/// Bytes of k elements in storage format; k is a multiple of blockElements. Also the offset of element k in a
/// row.
constexpr int64_t rowBytes(schema::Format format, int64_t k) {
  return k / blockElements(format) * blockBytes(format);
}

/// Bytes of one packed tile of 16 rows x k.
constexpr int64_t tileBytes(schema::Format format, int64_t k) {
  return tileRows * rowBytes(format, k);
}

/// Tiles that cover `rows` rows.
constexpr int64_t tileCount(int64_t rows) {
  return (rows + tileRows - 1) / tileRows;
}

/// Bytes of rows x k in the packed form, padding rows included.
constexpr int64_t packedBytes(schema::Format format, int64_t rows, int64_t k) {
  return tileCount(rows) * tileBytes(format, k);
}

/// Bytes of rows x k in a layout.
constexpr int64_t storedBytes(schema::Format format, schema::Layout layout, int64_t rows, int64_t k) {
  return layout == schema::Layout::Packed ? packedBytes(format, rows, k) : rows * rowBytes(format, k);
}

/// Widens `k` elements of a row in storage format to f32, exactly: d * q for Q8_0, d * (q - 8) for Q4_0 and
/// d * q + m (two roundings) for Q4_1. I32 is converted to the nearest f32.
void decodeRow(schema::Format format, const uint8_t *row, int64_t k, float *out);

/// Packs 16 rows of k elements in storage format into a tile of tileBytes(format, k). A null row is all zero
/// bytes. k is a multiple of blockElements.
void packTile(schema::Format format, int64_t k, const std::array<const uint8_t *, tileRows> &rows,
              uint8_t *tile);

/// The inverse for one row: writes rowBytes(format, k) bytes of row `rowInTile` in storage format.
void unpackRow(schema::Format format, int64_t k, const uint8_t *tile, int64_t rowInTile, uint8_t *row);

/// A rectangle of a weight that is stored contiguously and packed alone.
struct SliceRange {
  int64_t rowBegin = 0, rowEnd = 0; ///< rowBegin is a multiple of 16 where the layout is packed
  int64_t kBegin = 0, kEnd = 0;     ///< kBegin is a multiple of 32

  int64_t rows() const { return rowEnd - rowBegin; }
  int64_t k() const { return kEnd - kBegin; }
  int64_t bytes(schema::Format format, schema::Layout layout) const {
    return storedBytes(format, layout, rows(), k());
  }
};

/// The slices of a rows x k weight cut at most every `rowsPerSlice` rows and `kPerSlice` columns (multiples
/// of 16 and 32; 0 means no cut), sorted by rowBegin, then kBegin.
std::vector<SliceRange> cutSlices(int64_t rows, int64_t k, int64_t rowsPerSlice = 0, int64_t kPerSlice = 0);

} // namespace sennit::weights
