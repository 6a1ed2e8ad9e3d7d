// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Attention kernels as the compiler makes them, emitted and run on the emulated machine, against host code in
// f64. The primitives have a sweep of their own; here it matters that queries, tables, pools and results are
// the kernel's.
#include "codegen/cpu/LowerTileTesting.h"
#include "codegen/cuda/emit/EmitTesting.h"

#include <cmath>
#include <memory>

using namespace sennit;
using namespace sennit::emit_testing;

namespace {

struct Shape {
  int64_t kvHeads, group, headDim;
  const char *cache = "f16";
  std::string name() const {
    return std::to_string(kvHeads) + "_" + std::to_string(group) + "_" + std::to_string(headDim) + "_" +
           cache;
  }
};

const std::vector<Shape> shapes{{2, 3, 64}, {1, 1, 32}, {3, 4, 80}, {2, 2, 48, "f32"}};

std::string attentionText(const Shape &shape, const std::string &domain) {
  int64_t headColumns = shape.group * shape.headDim;
  std::string text = kernelText("attention-lowered");
  text.replace(text.find("@attention("), 10, "@attention_" + domain + "_" + shape.name());
  return substitute(text, {{"HEADCOLUMNS", std::to_string(headColumns)},
                           {"WIDTH", std::to_string(headColumns * shape.kvHeads)},
                           {"DOMAIN", domain},
                           {"CACHE", shape.cache},
                           {"xGx", "x" + std::to_string(shape.group) + "x"},
                           {"DIM", std::to_string(shape.headDim)},
                           {"KV", std::to_string(shape.kvHeads)}});
}

const EmittedModule &kernels() {
  static std::unique_ptr<EmittedModule> module;
  if (!module) {
    std::vector<std::string> texts;
    for (const Shape &shape : shapes)
      for (const char *domain : {"generated", "prompt"})
        texts.push_back(attentionText(shape, domain));
    module = std::make_unique<EmittedModule>(texts);
  }
  return *module;
}

/// Sequences of one segment: `lengths` keys, of which the last `rows` are rows of the step. Generated ones
/// come first and have one row.
class AttentionCase {
public:
  AttentionCase(const Shape &shape, const std::vector<std::pair<int64_t, int64_t>> &sequences,
                int64_t generated)
      : shape(shape), numbers(21) {
    int64_t width = shape.kvHeads * shape.group * shape.headDim, padded = (shape.headDim + 15) / 16 * 16;
    int64_t pageCount = 0;
    for (auto [length, rows] : sequences)
      pageCount += (length + 31) / 32;
    halves = std::string(shape.cache) == "f16";
    keys.assign(at(pageCount * shape.kvHeads * 32 * shape.headDim) * (halves ? 2 : 4), 0xff);
    values.assign(at(pageCount * shape.kvHeads * 32 * padded) * (halves ? 2 : 4), 0xff);
    sequenceSegments = segmentPages = rowBlocks = {0};
    int32_t nextPage = static_cast<int32_t>(pageCount);
    for (size_t s = 0; s < sequences.size(); ++s) {
      auto [length, rows] = sequences[s];
      std::vector<std::vector<float>> k, v; // [key][kv_heads * head_dim]
      for (int64_t i = 0; i < length; ++i) {
        if (i % 32 == 0)
          pages.push_back(--nextPage);
        k.push_back(roundedReals(shape.kvHeads * shape.headDim));
        v.push_back(roundedReals(shape.kvHeads * shape.headDim));
        for (int64_t head = 0; head < shape.kvHeads; ++head)
          for (int64_t d = 0; d < shape.headDim; ++d) {
            int64_t place = nextPage * shape.kvHeads + head, slot = i % 32;
            put(keys, ((place * 2 + slot / 16) * shape.headDim + d) * 16 + slot % 16,
                k.back()[at(head * shape.headDim + d)]);
            put(values, ((place * (padded / 16) + d / 16) * 32 + slot) * 16 + d % 16,
                v.back()[at(head * shape.headDim + d)]);
          }
      }
      segmentLength.push_back(static_cast<int32_t>(length));
      segmentFirst.push_back(5);
      segmentPages.push_back(static_cast<int32_t>(pages.size()));
      sequenceSegments.push_back(static_cast<int32_t>(s + 1));
      for (int64_t row = length - rows; row < length; ++row) {
        rowSequence.push_back(static_cast<int32_t>(s));
        positions.push_back(static_cast<int32_t>(5 + row));
        if (static_cast<int64_t>(rowSequence.size()) <= generated)
          rowBlocks.push_back(rowBlocks.back() + static_cast<int32_t>(row / 256 + 1));
        std::vector<float> query = numbers.reals(at(width));
        x.insert(x.end(), query.begin(), query.end());
        expectRow(query, k, v, row + 1);
      }
    }
    counts.values[0] = static_cast<int32_t>(rowSequence.size());
    counts.values[1] = static_cast<int32_t>(generated);
    counts.values[2] = static_cast<int32_t>(sequences.size());
    y.assign(x.size(), NAN);
  }

  void run(const std::string &domain, int64_t rows, uint32_t seed, int blocks) {
    LaunchBytes launch;
    launch.domain = domain == "generated" ? 1 : 2;
    kernels().launch("attention_" + domain + "_" + shape.name(),
                     {Operand::of(x), Operand::of(keys), Operand::of(values), Operand::of(rowSequence),
                      Operand::of(rowSequence), Operand::of(sequenceSegments), Operand::of(segmentPages),
                      Operand::of(segmentLength), Operand::of(segmentFirst), Operand::of(pages),
                      Operand::of(positions), Operand::of(y)},
                     counts, static_cast<uint32_t>(rows), seed, blocks, launch, Operand::of(rowBlocks));
  }

  std::vector<float> y, expected;

private:
  static size_t at(int64_t value) { return static_cast<size_t>(value); }
  void put(std::vector<uint8_t> &pool, int64_t element, float value) const {
    uint16_t half = narrowF16(value);
    if (halves)
      std::memcpy(&pool[at(element) * 2], &half, 2);
    else
      std::memcpy(&pool[at(element) * 4], &value, 4);
  }
  std::vector<float> roundedReals(int64_t count) {
    std::vector<float> reals = numbers.reals(at(count));
    for (float &value : reals)
      value = widenF16(narrowF16(value));
    return reals;
  }
  void expectRow(const std::vector<float> &query, const std::vector<std::vector<float>> &k,
                 const std::vector<std::vector<float>> &v, int64_t count) {
    for (int64_t head = 0; head < shape.kvHeads * shape.group; ++head) {
      int64_t shared = head / shape.group * shape.headDim;
      std::vector<double> weights;
      double largest = -HUGE_VAL, total = 0;
      for (int64_t i = 0; i < count; ++i) {
        double score = 0;
        for (int64_t d = 0; d < shape.headDim; ++d)
          score += 0.25 * static_cast<double>(query[at(head * shape.headDim + d)]) *
                   static_cast<double>(k[at(i)][at(shared + d)]);
        weights.push_back(score);
        largest = std::max(largest, score);
      }
      for (double &weight : weights)
        total += weight = std::exp(weight - largest);
      for (int64_t d = 0; d < shape.headDim; ++d) {
        double sum = 0;
        for (int64_t i = 0; i < count; ++i)
          sum += weights[at(i)] * static_cast<double>(v[at(i)][at(shared + d)]);
        expected.push_back(static_cast<float>(sum / total));
      }
    }
  }

  Shape shape;
  Numbers numbers;
  std::vector<float> x;
  bool halves = true;
  std::vector<uint8_t> keys, values;
  std::vector<int32_t> rowSequence, positions, sequenceSegments, segmentPages, segmentLength, segmentFirst,
      pages, rowBlocks;
  Counts counts;
};

class Attention : public testing::TestWithParam<Shape> {};

TEST_P(Attention, OfGeneratedAndPromptRowsIsTheKernels) {
  ASSERT_TRUE(kernels().ok());
  // Generated rows with one key, at a boundary and behind it; then two prompts.
  const std::vector<std::pair<int64_t, int64_t>> sequences{{1, 1}, {256, 1}, {300, 1}, {40, 7}, {33, 33}};
  std::vector<float> first;
  for (uint32_t seed : {0u, 1u, 4u})
    for (int blocks : {2, 0}) {
      AttentionCase data(GetParam(), sequences, 3);
      data.run("generated", 3, seed, blocks);
      data.run("prompt", 40, seed, blocks);
      EXPECT_LT(relativeError(data.y, data.expected), 5e-3);
      if (first.empty())
        first = data.y;
      EXPECT_EQ(data.y, first);
    }
}

INSTANTIATE_TEST_SUITE_P(Shapes, Attention, testing::ValuesIn(shapes),
                         [](const auto &info) { return info.param.name(); });

} // namespace
