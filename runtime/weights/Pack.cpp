// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/weights/Pack.h"

#include "runtime/base/Float16.h"

#include <cassert>
#include <cstring>

namespace sennit::weights {

using schema::Format;

namespace {

/// How a block of 32 elements of a quantised format is laid out in storage.
struct BlockShape {
  int64_t heads;  ///< f16 values before the quants: d, and m for Q4_1
  int64_t groups; ///< groups of 4 bytes of quants
};

BlockShape blockShape(Format format) {
  switch (format) {
  case Format::Q8_0:
    return {1, 8};
  case Format::Q4_0:
    return {1, 4};
  default:
    return {2, 4}; // Q4_1
  }
}

float loadF16(const uint8_t *from) {
  uint16_t bits;
  std::memcpy(&bits, from, 2);
  return widenF16(bits);
}

void decodeBlocks(Format format, const uint8_t *row, int64_t k, float *out) {
  const int64_t bytes = blockBytes(format);
  for (int64_t block = 0; block < k / quantBlock; ++block, row += bytes, out += quantBlock) {
    const float d = loadF16(row);
    if (format == Format::Q8_0) {
      for (int64_t i = 0; i < quantBlock; ++i)
        out[i] = d * float(int8_t(row[2 + i]));
      continue;
    }
    const bool hasMinimum = format == Format::Q4_1;
    const float m = hasMinimum ? loadF16(row + 2) : 0.0f;
    const uint8_t *quants = row + (hasMinimum ? 4 : 2);
    for (int64_t j = 0; j < quantBlock / 2; ++j) {
      const int low = quants[j] & 15, high = quants[j] >> 4;
      out[j] = hasMinimum ? d * float(low) + m : d * float(low - 8);
      out[j + 16] = hasMinimum ? d * float(high) + m : d * float(high - 8);
    }
  }
}

template <typename Element>
void packElements(int64_t k, const std::array<const uint8_t *, tileRows> &rows, uint8_t *tile) {
  // In stretches of k, so that the 16 output cache lines of a stretch stay close while each row is read in
  // order.
  constexpr int64_t stretch = 64;
  for (int64_t begin = 0; begin < k; begin += stretch) {
    const int64_t end = begin + stretch < k ? begin + stretch : k;
    for (int64_t row = 0; row < tileRows; ++row) {
      for (int64_t i = begin; i < end; ++i) {
        Element element = 0;
        if (rows[row])
          std::memcpy(&element, rows[row] + i * sizeof(Element), sizeof(Element));
        std::memcpy(tile + (i * tileRows + row) * sizeof(Element), &element, sizeof(Element));
      }
    }
  }
}

template <typename Element>
void unpackElements(int64_t k, const uint8_t *tile, int64_t rowInTile, uint8_t *row) {
  for (int64_t i = 0; i < k; ++i)
    std::memcpy(row + i * sizeof(Element), tile + (i * tileRows + rowInTile) * sizeof(Element),
                sizeof(Element));
}

} // namespace

const char *formatName(Format format) {
  switch (format) {
  case Format::F32:
    return "f32";
  case Format::F16:
    return "f16";
  case Format::BF16:
    return "bf16";
  case Format::Q8_0:
    return "q8_0";
  case Format::Q4_0:
    return "q4_0";
  case Format::Q4_1:
    return "q4_1";
  case Format::I32:
    return "i32";
  }
  return "unknown format";
}

void decodeRow(Format format, const uint8_t *row, int64_t k, float *out) {
  switch (format) {
  case Format::F32:
    if (k) // no memory stands behind an empty row
      std::memcpy(out, row, size_t(k) * 4);
    return;
  case Format::F16:
    for (int64_t i = 0; i < k; ++i)
      out[i] = loadF16(row + 2 * i);
    return;
  case Format::BF16:
    for (int64_t i = 0; i < k; ++i) {
      uint16_t bits;
      std::memcpy(&bits, row + 2 * i, 2);
      out[i] = widenBF16(bits);
    }
    return;
  case Format::I32:
    for (int64_t i = 0; i < k; ++i) {
      int32_t value;
      std::memcpy(&value, row + 4 * i, 4);
      out[i] = float(value);
    }
    return;
  default:
    decodeBlocks(format, row, k, out);
  }
}

void packTile(Format format, int64_t k, const std::array<const uint8_t *, tileRows> &rows, uint8_t *tile) {
  assert(k % blockElements(format) == 0 && "a packed row holds whole blocks");
  if (!isBlockFormat(format)) {
    if (blockBytes(format) == 4)
      packElements<uint32_t>(k, rows, tile);
    else
      packElements<uint16_t>(k, rows, tile);
    return;
  }
  const BlockShape shape = blockShape(format);
  const int64_t bytes = blockBytes(format);
  for (int64_t block = 0; block < k / quantBlock; ++block, tile += tileRows * bytes) {
    uint8_t *quants = tile + shape.heads * tileRows * 2;
    for (int64_t row = 0; row < tileRows; ++row) {
      if (!rows[row]) {
        for (int64_t head = 0; head < shape.heads; ++head)
          std::memset(tile + (head * tileRows + row) * 2, 0, 2);
        for (int64_t group = 0; group < shape.groups; ++group)
          std::memset(quants + (group * tileRows + row) * 4, 0, 4);
        continue;
      }
      const uint8_t *from = rows[row] + block * bytes;
      for (int64_t head = 0; head < shape.heads; ++head)
        std::memcpy(tile + (head * tileRows + row) * 2, from + head * 2, 2);
      from += shape.heads * 2;
      for (int64_t group = 0; group < shape.groups; ++group)
        std::memcpy(quants + (group * tileRows + row) * 4, from + group * 4, 4);
    }
  }
}

void unpackRow(Format format, int64_t k, const uint8_t *tile, int64_t rowInTile, uint8_t *row) {
  if (!isBlockFormat(format)) {
    if (blockBytes(format) == 4)
      unpackElements<uint32_t>(k, tile, rowInTile, row);
    else
      unpackElements<uint16_t>(k, tile, rowInTile, row);
    return;
  }
  const BlockShape shape = blockShape(format);
  const int64_t bytes = blockBytes(format);
  for (int64_t block = 0; block < k / quantBlock; ++block, tile += tileRows * bytes, row += bytes) {
    const uint8_t *quants = tile + shape.heads * tileRows * 2;
    for (int64_t head = 0; head < shape.heads; ++head)
      std::memcpy(row + head * 2, tile + (head * tileRows + rowInTile) * 2, 2);
    for (int64_t group = 0; group < shape.groups; ++group)
      std::memcpy(row + shape.heads * 2 + group * 4, quants + (group * tileRows + rowInTile) * 4, 4);
  }
}

std::vector<SliceRange> cutSlices(int64_t rows, int64_t k, int64_t rowsPerSlice, int64_t kPerSlice) {
  assert(rowsPerSlice % tileRows == 0 && kPerSlice % quantBlock == 0 && "slices start on tiles and blocks");
  std::vector<SliceRange> slices;
  const int64_t rowStep = rowsPerSlice ? rowsPerSlice : rows;
  const int64_t kStep = kPerSlice ? kPerSlice : k;
  for (int64_t row = 0; row < rows; row += rowStep)
    for (int64_t column = 0; column < k; column += kStep)
      slices.push_back({row, row + rowStep < rows ? row + rowStep : rows, column,
                        column + kStep < k ? column + kStep : k});
  return slices;
}

} // namespace sennit::weights
