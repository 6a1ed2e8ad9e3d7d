// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "interpreter/Arithmetic.h"

#include "interpreter/StoredFormat.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace sennit::interpreter {

Tensor rmsNorm(const Tensor &x, const float *weight, double eps) {
  Tensor y(x.rows, x.columns);
  for (int64_t i = 0; i < x.rows; ++i) {
    double sum = 0;
    for (int64_t j = 0; j < x.columns; ++j)
      sum += static_cast<double>(x.row(i)[j]) * x.row(i)[j];
    double scale = 1 / std::sqrt(sum / static_cast<double>(x.columns) + eps);
    for (int64_t j = 0; j < x.columns; ++j)
      y.row(i)[j] = static_cast<float>(x.row(i)[j] * scale * weight[j]);
  }
  return y;
}

Tensor layerNorm(const Tensor &x, const float *weight, const float *bias, double eps) {
  Tensor y(x.rows, x.columns);
  double columns = static_cast<double>(x.columns);
  for (int64_t i = 0; i < x.rows; ++i) {
    double sum = 0, squares = 0;
    for (int64_t j = 0; j < x.columns; ++j)
      sum += x.row(i)[j];
    double mean = sum / columns;
    for (int64_t j = 0; j < x.columns; ++j)
      squares += (x.row(i)[j] - mean) * (x.row(i)[j] - mean);
    double scale = 1 / std::sqrt(squares / columns + eps);
    for (int64_t j = 0; j < x.columns; ++j)
      y.row(i)[j] = static_cast<float>((x.row(i)[j] - mean) * scale * weight[j] + bias[j]);
  }
  return y;
}

Tensor rope(const Tensor &x, const std::vector<int32_t> &positions, int64_t heads, int64_t headDim,
            llvm::ArrayRef<float> frequencies, float scale) {
  Tensor y = x;
  int64_t half = static_cast<int64_t>(frequencies.size());
  for (int64_t i = 0; i < x.rows; ++i)
    for (int64_t pair = 0; pair < half; ++pair) {
      // The angle is an f32 product by definition; its sine and cosine are not further rounded.
      double angle = static_cast<float>(positions[i]) * frequencies[pair];
      double cosine = std::cos(angle) * scale, sine = std::sin(angle) * scale;
      for (int64_t head = 0; head < heads; ++head) {
        const float *from = x.row(i) + head * headDim + pair;
        float *to = y.row(i) + head * headDim + pair;
        to[0] = static_cast<float>(from[0] * cosine - from[half] * sine);
        to[half] = static_cast<float>(from[half] * cosine + from[0] * sine);
      }
    }
  return y;
}

/// The tensor of f(element), computed in f64.
template <typename Function>
static Tensor mapElements(const Tensor &x, Function function) {
  Tensor y(x.rows, x.columns);
  for (size_t i = 0; i < x.data.size(); ++i)
    y.data[i] = static_cast<float>(function(static_cast<double>(x.data[i])));
  return y;
}

Tensor silu(const Tensor &x) {
  return mapElements(x, [](double e) { return e / (1 + std::exp(-e)); });
}

Tensor gelu(const Tensor &x, nn::GeluApproximation approximation) {
  if (approximation == nn::GeluApproximation::Tanh)
    return mapElements(x, [](double e) {
      return 0.5 * e * (1 + std::tanh(0.79788456080286535588 * (e + 0.044715 * e * e * e))); // sqrt(2 / pi)
    });
  return mapElements(
      x, [](double e) { return 0.5 * e * (1 + std::erf(e * 0.70710678118654752440)); }); // 1 / sqrt(2)
}

Tensor softmax(const Tensor &x) {
  Tensor y(x.rows, x.columns);
  for (int64_t i = 0; i < x.rows; ++i) {
    const float *from = x.row(i);
    double largest = *std::max_element(from, from + x.columns), sum = 0;
    for (int64_t j = 0; j < x.columns; ++j)
      sum += std::exp(from[j] - largest);
    for (int64_t j = 0; j < x.columns; ++j)
      y.row(i)[j] = static_cast<float>(std::exp(from[j] - largest) / sum);
  }
  return y;
}

Tensor add(const Tensor &a, const Tensor &b) {
  Tensor y = a;
  for (size_t i = 0; i < y.data.size(); ++i)
    y.data[i] += b.data[i];
  return y;
}

Tensor multiply(const Tensor &a, const Tensor &b) {
  Tensor y = a;
  for (size_t i = 0; i < y.data.size(); ++i)
    y.data[i] *= b.data[i];
  return y;
}

std::vector<int32_t> argmax(const Tensor &x) {
  std::vector<int32_t> columns;
  for (int64_t i = 0; i < x.rows; ++i)
    columns.push_back(static_cast<int32_t>(std::max_element(x.row(i), x.row(i) + x.columns) - x.row(i)));
  return columns;
}

void attendRow(const AttentionShape &shape, const Cache &cache, const float *q, int64_t position, float *out,
               float *lse) {
  int64_t width = shape.kvHeads * shape.headDim;
  int64_t end = std::min({shape.endKey, position + 1, cache.length});
  int64_t count = std::max<int64_t>(end - shape.firstKey, 0);
  std::vector<double> scores(count);
  std::vector<double> sums(shape.headDim);
  for (int64_t head = 0; head < shape.heads; ++head) {
    int64_t offset = head / (shape.heads / shape.kvHeads) * shape.headDim;
    const float *query = q + head * shape.headDim;
    float *result = out + head * shape.headDim;
    if (count == 0) {
      std::fill(result, result + shape.headDim, 0.0f);
      if (lse)
        lse[head] = -std::numeric_limits<float>::infinity();
      continue;
    }
    double largest = -std::numeric_limits<double>::infinity();
    for (int64_t key = 0; key < count; ++key) {
      const float *keys = cache.data->keys.data() + (shape.firstKey + key) * width + offset;
      double dot = 0;
      for (int64_t d = 0; d < shape.headDim; ++d)
        dot += static_cast<double>(query[d]) * keys[d];
      scores[key] = dot * shape.scale;
      largest = std::max(largest, scores[key]);
    }
    double total = 0;
    std::fill(sums.begin(), sums.end(), 0.0);
    for (int64_t key = 0; key < count; ++key) {
      const float *values = cache.data->values.data() + (shape.firstKey + key) * width + offset;
      double weight = std::exp(scores[key] - largest);
      total += weight;
      for (int64_t d = 0; d < shape.headDim; ++d)
        sums[d] += weight * values[d];
    }
    for (int64_t d = 0; d < shape.headDim; ++d)
      result[d] = static_cast<float>(sums[d] / total);
    if (lse)
      lse[head] = static_cast<float>(largest + std::log(total));
  }
}

void mergeAttention(const Tensor &a, const Tensor &aLse, const Tensor &b, const Tensor &bLse, Tensor &out,
                    Tensor &lse) {
  int64_t heads = aLse.columns, headDim = a.columns / heads;
  for (int64_t i = 0; i < a.rows; ++i)
    for (int64_t head = 0; head < heads; ++head) {
      double left = aLse.row(i)[head], right = bLse.row(i)[head], largest = std::max(left, right);
      if (std::isinf(largest) && largest < 0) { // no key on either side
        std::fill_n(out.row(i) + head * headDim, headDim, 0.0f);
        lse.row(i)[head] = aLse.row(i)[head];
        continue;
      }
      double leftWeight = std::exp(left - largest), rightWeight = std::exp(right - largest);
      double total = leftWeight + rightWeight;
      for (int64_t j = head * headDim; j < (head + 1) * headDim; ++j)
        out.row(i)[j] = static_cast<float>((leftWeight > 0 ? a.row(i)[j] * leftWeight : 0.0) / total +
                                           (rightWeight > 0 ? b.row(i)[j] * rightWeight : 0.0) / total);
      lse.row(i)[head] = static_cast<float>(largest + std::log(total));
    }
}

} // namespace sennit::interpreter
