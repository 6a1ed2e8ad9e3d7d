// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Attention over segments, pages and blocks, with NaN wherever no key is, against a reference in f64.
#include "codegen/cpu/LowerTileTesting.h"

#include <cmath>

using namespace sennit;

namespace {

struct Shape {
  int64_t kvHeads, group, headDim;
  Format cache;
};

std::string attentionText(Shape shape) {
  int64_t headColumns = shape.group * shape.headDim;
  return substitute(kernelText("attention"), {{"HEADCOLUMNS", std::to_string(headColumns)},
                                              {"WIDTH", std::to_string(headColumns * shape.kvHeads)},
                                              {"CACHE", stringifyFormat(shape.cache).str()},
                                              {"xGx", "x" + std::to_string(shape.group) + "x"},
                                              {"DIM", std::to_string(shape.headDim)},
                                              {"KV", std::to_string(shape.kvHeads)}});
}

/// Pools of one layer; every place without a key is NaN.
class Pools {
public:
  Pools(Shape shape, int64_t pages) : shape(shape) {
    padded = (shape.headDim + 15) / 16 * 16;
    k.assign(pages * shape.kvHeads * 32 * shape.headDim * bytes(), 0xff);
    v.assign(pages * shape.kvHeads * 32 * padded * bytes(), 0xff);
  }

  void put(int64_t page, int64_t slot, int64_t head, int64_t d, float key, float value) {
    int64_t place = page * shape.kvHeads + head;
    write(k, ((place * 2 + slot / 16) * shape.headDim + d) * 16 + slot % 16, key);
    write(v, ((place * (padded / 16) + d / 16) * 32 + slot) * 16 + d % 16, value);
  }
  float rounded(float value) const { return shape.cache == Format::F16 ? widenF16(narrowF16(value)) : value; }

  Shape shape;
  std::vector<uint8_t> k, v;

private:
  int64_t bytes() const { return shape.cache == Format::F16 ? 2 : 4; }
  void write(std::vector<uint8_t> &pool, int64_t element, float value) {
    uint16_t half = narrowF16(value);
    if (shape.cache == Format::F16)
      std::memcpy(&pool[element * 2], &half, 2);
    else
      std::memcpy(&pool[element * 4], &value, 4);
  }
  int64_t padded;
};

struct Key {
  std::vector<float> k, v; // [kv_heads][head_dim]
};

/// Sequences, each a list of segment lengths and the number of rows of the step; the rows are its last
/// positions.
struct Sequence {
  std::vector<int64_t> segments;
  int64_t rows;
};

class AttentionCase {
public:
  AttentionCase(Shape shape, const std::vector<Sequence> &sequences) : shape(shape), pools(shape, 128) {
    width = shape.kvHeads * shape.group * shape.headDim;
    Numbers numbers(11);
    std::vector<int32_t> free;
    for (int32_t page = 127; page >= 0; --page)
      free.insert(free.begin() + numbers.below(static_cast<uint32_t>(free.size() + 1)), page);
    sequenceSegments.push_back(0);
    segmentPages.push_back(0);
    for (size_t s = 0; s < sequences.size(); ++s) {
      std::vector<Key> keys;
      int64_t position = 0, first = 0, before = 0;
      for (int64_t length : sequences[s].segments) {
        before = static_cast<int64_t>(keys.size());
        first = position + 3; // a gap: positions are not counts
        for (int64_t i = 0; i < length; ++i) {
          if (i % 32 == 0) {
            pages.push_back(free.back());
            free.pop_back();
          }
          keys.push_back(makeKey(numbers, pages.back(), i % 32));
        }
        position = first + length;
        segmentLength.push_back(static_cast<int32_t>(length));
        segmentFirst.push_back(static_cast<int32_t>(first));
        segmentPages.push_back(static_cast<int32_t>(pages.size()));
      }
      sequenceSegments.push_back(static_cast<int32_t>(segmentLength.size()));
      int64_t last = sequences[s].segments.back();
      for (int64_t r = 0; r < sequences[s].rows; ++r) {
        int64_t inLast = last - sequences[s].rows + r;
        rowSequence.push_back(static_cast<int32_t>(s));
        positions.push_back(static_cast<int32_t>(first + inLast));
        std::vector<float> query = numbers.reals(width);
        x.insert(x.end(), query.begin(), query.end());
        expectRow(query, keys, before + inLast + 1);
      }
    }
    y.assign(x.size(), NAN);
  }

  std::vector<const void *> operands() const {
    return {x.data(),
            pools.k.data(),
            pools.v.data(),
            y.data(),
            rowSequence.data(),
            positions.data(),
            sequenceSegments.data(),
            segmentPages.data(),
            segmentLength.data(),
            segmentFirst.data(),
            pages.data()};
  }
  int64_t rows() const { return static_cast<int64_t>(rowSequence.size()); }

  void check() const {
    for (size_t i = 0; i < y.size(); ++i)
      ASSERT_NEAR(y[i], expected[i], 2e-5 * (1.0 + std::fabs(expected[i])))
          << "row " << i / width << " column " << i % width;
  }

  Shape shape;
  Pools pools;
  int64_t width;
  std::vector<float> x, y;
  std::vector<double> expected;
  std::vector<int32_t> rowSequence, positions, sequenceSegments, segmentPages, segmentLength, segmentFirst,
      pages;

private:
  Key makeKey(Numbers &numbers, int64_t page, int64_t slot) {
    Key key;
    for (int64_t head = 0; head < shape.kvHeads; ++head)
      for (int64_t d = 0; d < shape.headDim; ++d) {
        key.k.push_back(pools.rounded(numbers.real()));
        key.v.push_back(pools.rounded(numbers.real()));
        pools.put(page, slot, head, d, key.k.back(), key.v.back());
      }
    return key;
  }

  void expectRow(const std::vector<float> &query, const std::vector<Key> &keys, int64_t count) {
    for (int64_t head = 0; head < shape.kvHeads * shape.group; ++head) {
      int64_t kv = head / shape.group;
      std::vector<double> scores, out(shape.headDim, 0.0);
      double top = -INFINITY, total = 0;
      for (int64_t i = 0; i < count; ++i) {
        double score = 0;
        for (int64_t d = 0; d < shape.headDim; ++d)
          score += 0.25 * query[head * shape.headDim + d] * keys[i].k[kv * shape.headDim + d];
        scores.push_back(score);
        top = std::max(top, score);
      }
      for (int64_t i = 0; i < count; ++i) {
        double p = std::exp(scores[i] - top);
        total += p;
        for (int64_t d = 0; d < shape.headDim; ++d)
          out[d] += p * keys[i].v[kv * shape.headDim + d];
      }
      for (double value : out)
        expected.push_back(value / total);
    }
  }
};

std::vector<Sequence> lengths() {
  return {{{1}, 1},       {{31}, 3},       {{32}, 1},  {{33}, 2},     {{255}, 1},
          {{256}, 5},     {{257}, 5},      {{600}, 1}, {{260, 7}, 6}, {{40, 33, 300}, 9},
          {{1, 1, 1}, 1}, {{256, 256}, 2}, {{5}, 5},   {{34}, 34}};
}

class Attention : public testing::TestWithParam<Shape> {};

TEST_P(Attention, EqualsTheReferenceWhateverTheCut) {
  Shape shape = GetParam();
  const TestKernel &kernel = compiledOnce(attentionText(shape));
  ASSERT_TRUE(kernel.ok());
  AttentionCase data(shape, lengths());
  std::vector<std::vector<float>> results;
  for (schema::CpuLevel level : hostLevels()) {
    // 64 rows in a call, one row in a call, and 7 rows and one head in a call.
    for (int64_t rows : {64, 1, 7}) {
      std::fill(data.y.begin(), data.y.end(), NAN);
      int64_t heads = rows == 7 ? 1 : shape.kvHeads;
      for (int64_t row = 0; row < data.rows(); row += rows)
        for (int64_t head = 0; head < shape.kvHeads; head += heads)
          kernel.call(level, data.operands(), {row, std::min(row + rows, data.rows()), head, head + heads});
      data.check();
      if (testing::Test::HasFailure())
        return;
      results.push_back(data.y);
    }
    // Rows' keys in parts, the last part first. The memory that they share holds NaN but for its counters.
    ASSERT_GT(kernel.facts.partBytes, 0u);
    for (int64_t parts : {2, 3, 7}) {
      std::fill(data.y.begin(), data.y.end(), NAN);
      constexpr int64_t rows = 5, mostBlocks = 8;
      int64_t stride = 64 + mostBlocks * static_cast<int64_t>(kernel.facts.partBytes);
      size_t items = rows * shape.kvHeads;
      auto *shared = static_cast<uint8_t *>(std::aligned_alloc(64, items * stride));
      std::memset(shared, 0xff, items * stride);
      for (size_t item = 0; item < items; ++item)
        std::memset(shared + item * stride, 0, 8);
      for (int64_t row = 0; row < data.rows(); row += rows)
        for (int64_t tile = shape.kvHeads * parts; tile-- > 0;)
          kernel.call(level, data.operands(),
                      {row, std::min(row + rows, data.rows()), tile, tile + 1, parts, shared, stride});
      for (size_t item = 0; item < items; ++item)
        ASSERT_EQ(*reinterpret_cast<int64_t *>(shared + item * stride), 0);
      std::free(shared);
      results.push_back(data.y);
    }
  }
  for (const auto &result : results)
    ASSERT_EQ(std::memcmp(result.data(), results[0].data(), result.size() * 4), 0);
}

TEST_P(Attention, TouchesNoKeyPastARowsOwn) {
  Shape shape = GetParam();
  const TestKernel &kernel = compiledOnce(attentionText(shape));
  ASSERT_TRUE(kernel.ok());
  // Five rows of one run; the key of the last one becomes NaN.
  AttentionCase data(shape, {{{37}, 5}});
  for (schema::CpuLevel level : hostLevels()) {
    kernel.call(level, data.operands(), {0, 5, 0, shape.kvHeads});
    std::vector<float> before = data.y;
    Pools clean = data.pools;
    for (int64_t head = 0; head < shape.kvHeads; ++head)
      for (int64_t d = 0; d < shape.headDim; ++d)
        data.pools.put(data.pages.back(), 36 % 32, head, d, NAN, NAN);
    kernel.call(level, data.operands(), {0, 5, 0, shape.kvHeads});
    EXPECT_EQ(std::memcmp(before.data(), data.y.data(), 4 * data.width * 4), 0);
    EXPECT_TRUE(std::isnan(data.y[4 * data.width]));
    data.pools = clean;
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, Attention,
                         testing::Values(Shape{2, 1, 16, Format::F16}, Shape{1, 3, 64, Format::F16},
                                         Shape{3, 3, 40, Format::F16}, Shape{1, 7, 24, Format::F16},
                                         Shape{2, 3, 64, Format::F32}, Shape{1, 1, 40, Format::F32},
                                         Shape{1, 2, 256, Format::F16}),
                         [](const auto &info) {
                           const Shape &shape = info.param;
                           return stringifyFormat(shape.cache).str() + "_" + std::to_string(shape.kvHeads) +
                                  "_" + std::to_string(shape.group) + "_" + std::to_string(shape.headDim);
                         });

} // namespace
