// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Matrix products of the interpreter, the only part of it where speed matters: a checkpoint of 100 million
// parameters over hundreds of positions must take seconds. Every product of two f32 is exact in f64, and each
// output is one f64 sum with k ascending, so neither the blocking nor the compiler's choice of instructions
// changes a result.
#include "interpreter/Arithmetic.h"
#include "interpreter/StoredFormat.h"

#include <algorithm>
#include <array>

namespace sennit::interpreter {

/// Activation rows that are multiplied side by side.
static constexpr int64_t panelRows = 16;

/// sums[r] = sum over k of w[k] * panel[k][r].
static void multiplyPanel(const double *w, const double *panel, int64_t k,
                          std::array<double, panelRows> &sums) {
  // Four named vectors rather than one of 16 elements: compilers keep these in registers.
  using Lanes = double __attribute__((vector_size(32), aligned(8), may_alias));
  Lanes a{}, b{}, c{}, d{};
  for (int64_t i = 0; i < k; ++i) {
    const double *x = panel + i * panelRows;
    double scale = w[i];
    a += *reinterpret_cast<const Lanes *>(x) * scale;
    b += *reinterpret_cast<const Lanes *>(x + 4) * scale;
    c += *reinterpret_cast<const Lanes *>(x + 8) * scale;
    d += *reinterpret_cast<const Lanes *>(x + 12) * scale;
  }
  for (int lane = 0; lane < 4; ++lane) {
    sums[lane] = a[lane];
    sums[4 + lane] = b[lane];
    sums[8 + lane] = c[lane];
    sums[12 + lane] = d[lane];
  }
}

/// Few rows: `outputs` (at most 8) weight rows at a time, so that their sums do not wait for each other.
static void multiplyRow(const float *x, const float *w, int64_t k, int64_t outputs, float *y) {
  std::array<double, 8> sums{};
  if (outputs == 8) {
    for (int64_t i = 0; i < k; ++i) {
      double e = x[i];
      for (int64_t j = 0; j < 8; ++j)
        sums[j] += e * w[j * k + i];
    }
  } else {
    for (int64_t j = 0; j < outputs; ++j)
      for (int64_t i = 0; i < k; ++i)
        sums[j] += static_cast<double>(x[i]) * w[j * k + i];
  }
  for (int64_t j = 0; j < outputs; ++j)
    y[j] = static_cast<float>(sums[j]);
}

void linearColumns(const Tensor &x, const float *w, int64_t begin, int64_t count, Tensor &y) {
  int64_t k = x.columns;
  if (x.rows < 4) {
    for (int64_t row = 0; row < x.rows; ++row)
      for (int64_t n = 0; n < count; n += 8)
        multiplyRow(x.row(row), w + n * k, k, std::min<int64_t>(8, count - n), y.row(row) + begin + n);
    return;
  }
  // [panel][k][16 rows] in f64, zero past the last row.
  int64_t panels = (x.rows + panelRows - 1) / panelRows;
  std::vector<double> transposed(panels * k * panelRows);
  for (int64_t row = 0; row < x.rows; ++row)
    for (int64_t i = 0; i < k; ++i)
      transposed[(row / panelRows * k + i) * panelRows + row % panelRows] = x.row(row)[i];
  std::vector<double> weightRow(k);
  for (int64_t n = 0; n < count; ++n) {
    std::copy_n(w + n * k, k, weightRow.data());
    for (int64_t panel = 0; panel < panels; ++panel) {
      std::array<double, panelRows> sums;
      multiplyPanel(weightRow.data(), transposed.data() + panel * k * panelRows, k, sums);
      int64_t rows = std::min(panelRows, x.rows - panel * panelRows);
      for (int64_t row = 0; row < rows; ++row)
        y.row(panel * panelRows + row)[begin + n] = static_cast<float>(sums[row]);
    }
  }
}

EncodedRows::EncodedRows(const Tensor &x) : k(x.columns) {
  int64_t blocks = k / blockSize;
  quants.resize(x.rows * k);
  scales.resize(x.rows * blocks);
  sums.resize(x.rows * blocks);
  for (int64_t i = 0; i < x.rows; ++i)
    encodeActivations({x.row(i), static_cast<size_t>(k)}, std::span(quants).subspan(i * k, k),
                      std::span(scales).subspan(i * blocks, blocks),
                      std::span(sums).subspan(i * blocks, blocks));
}

void quantisedColumns(const EncodedRows &x, const BlockRows &w, int64_t begin, int64_t count, Tensor &y) {
  int64_t blocks = x.k / blockSize;
  for (int64_t n = 0; n < count; ++n)
    for (int64_t row = 0; row < y.rows; ++row) {
      double sum = 0;
      for (int64_t block = 0; block < blocks; ++block) {
        const int16_t *a = x.quants.data() + row * x.k + block * blockSize;
        const int16_t *b = w.quants + n * x.k + block * blockSize;
        int32_t products = 0;
        for (int64_t i = 0; i < blockSize; ++i)
          products += static_cast<int32_t>(a[i]) * b[i];
        float scale = x.scales[row * blocks + block];
        float scaled = static_cast<float>(products) * scale;
        float offset = static_cast<float>(x.sums[row * blocks + block]) * scale;
        sum += static_cast<double>(scaled) * w.scales[n * blocks + block];
        sum += static_cast<double>(offset) * w.minima[n * blocks + block];
      }
      y.row(row)[begin + n] = static_cast<float>(sum);
    }
}

} // namespace sennit::interpreter
