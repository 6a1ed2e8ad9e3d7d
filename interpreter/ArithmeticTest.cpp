// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "interpreter/Arithmetic.h"

#include "interpreter/StoredFormat.h"
#include "interpreter/TestModule.h"

#include <cmath>
#include <random>

using namespace sennit;
using namespace sennit::interpreter;

/// A tensor of small pseudo-random numbers; same seed, same numbers.
static Tensor randomTensor(int64_t rows, int64_t columns, unsigned seed) {
  std::mt19937 generator(seed);
  Tensor tensor(rows, columns);
  for (float &value : tensor.data)
    value = static_cast<float>(static_cast<int>(generator() % 2001) - 1000) / 512.0f;
  return tensor;
}

TEST(Arithmetic, LinearHasOneMeaningAtEverySize) {
  for (int64_t rows : {1, 3, 4, 15, 16, 17, 33})
    for (int64_t outputs : {1, 7, 8, 9, 17})
      for (int64_t k : {1, 2, 33}) {
        Tensor x = randomTensor(rows, k, 1), w = randomTensor(outputs, k, 2), y(rows, outputs);
        linearColumns(x, w.data.data(), 0, outputs, y);
        for (int64_t i = 0; i < rows; ++i)
          for (int64_t n = 0; n < outputs; ++n) {
            double sum = 0;
            for (int64_t j = 0; j < k; ++j)
              sum += static_cast<double>(x.row(i)[j]) * w.row(n)[j];
            ASSERT_EQ(y.row(i)[n], static_cast<float>(sum))
                << rows << " rows, " << outputs << " outputs, k " << k;
          }
      }
}

TEST(Arithmetic, LinearFillsItsColumnsOnly) {
  Tensor x = randomTensor(2, 3, 1), w = randomTensor(2, 3, 2), y(2, 4);
  linearColumns(x, w.data.data(), 1, 2, y);
  for (int64_t i = 0; i < 2; ++i) {
    EXPECT_EQ(y.row(i)[0], 0);
    EXPECT_NE(y.row(i)[1], 0);
    EXPECT_EQ(y.row(i)[3], 0);
  }
}

TEST(Arithmetic, QuantisedLinearScalesExactBlockSums) {
  Tensor x = randomTensor(3, 64, 5), y(3, 2);
  std::vector<int16_t> quants(2 * 64);
  std::vector<float> scales = {0.5f, 0.25f, 2.0f, 1.0f}, minima = {0.125f, -1.0f, 0.0f, 3.0f};
  for (size_t i = 0; i < quants.size(); ++i)
    quants[i] = static_cast<int16_t>(i * 7 % 16);
  EncodedRows encoded(x);
  quantisedColumns(encoded, {quants.data(), scales.data(), minima.data()}, 0, 2, y);
  for (int64_t row = 0; row < 3; ++row)
    for (int64_t n = 0; n < 2; ++n) {
      double sum = 0;
      for (int64_t block = 0; block < 2; ++block) {
        int products = 0, total = 0;
        for (int64_t i = 32 * block; i < 32 * block + 32; ++i) {
          products += encoded.quants[row * 64 + i] * quants[n * 64 + i];
          total += encoded.quants[row * 64 + i];
        }
        float scale = encoded.scales[row * 2 + block];
        sum += static_cast<double>(static_cast<float>(products) * scale) * scales[n * 2 + block];
        sum += static_cast<double>(static_cast<float>(total) * scale) * minima[n * 2 + block];
      }
      EXPECT_EQ(y.row(row)[n], static_cast<float>(sum));
    }
}

/// One head of one element: keys 0, ln 2, ln 4 and values 10, 20, 40 with q = 1 weigh 1, 2, 4.
static Cache smallCache() {
  Cache cache;
  cache.data->keys = {0.0f, std::log(2.0f), std::log(4.0f)};
  cache.data->values = {10.0f, 20.0f, 40.0f};
  cache.length = 3;
  return cache;
}

TEST(Arithmetic, AttentionIsCausal) {
  float q = 1, out, lse;
  attendRow({1, 1, 1, 1.0f, 0, 100}, smallCache(), &q, 0, &out, &lse);
  EXPECT_FLOAT_EQ(out, 10.0f);
  EXPECT_NEAR(lse, 0.0f, 1e-7f);
  attendRow({1, 1, 1, 1.0f, 0, 100}, smallCache(), &q, 1, &out, &lse);
  EXPECT_FLOAT_EQ(out, (10 + 2 * 20) / 3.0f);
  attendRow({1, 1, 1, 1.0f, 0, 100}, smallCache(), &q, 2, &out, &lse);
  EXPECT_FLOAT_EQ(out, (10 + 2 * 20 + 4 * 40) / 7.0f);
  EXPECT_FLOAT_EQ(lse, std::log(7.0f));
}

TEST(Arithmetic, AttentionNeverReadsMaskedKeys) {
  Cache cache = smallCache();
  cache.data->keys[2] = cache.data->values[2] = NAN;
  float q = 1, out;
  attendRow({1, 1, 1, 1.0f, 0, 100}, cache, &q, 1, &out, nullptr);
  EXPECT_FLOAT_EQ(out, (10 + 2 * 20) / 3.0f);
}

TEST(Arithmetic, AttentionHeadsShareKeys) {
  Cache cache; // two kv heads of one element, one key
  cache.data->keys = {0.0f, 0.0f};
  cache.data->values = {1.0f, 2.0f};
  cache.length = 1;
  std::vector<float> q(4, 1.0f), out(4);
  attendRow({4, 2, 1, 1.0f, 0, 100}, cache, q.data(), 0, out.data(), nullptr);
  EXPECT_EQ(out, (std::vector<float>{1, 1, 2, 2}));
}

TEST(Arithmetic, AttentionOverNoKeysIsEmpty) {
  float q = 1, out = 5, lse;
  attendRow({1, 1, 1, 1.0f, 2, 3}, smallCache(), &q, 1, &out, &lse);
  EXPECT_EQ(out, 0.0f);
  EXPECT_EQ(lse, -HUGE_VALF);
}

TEST(Arithmetic, MergeOfEmptySidesIsTheOther) {
  Tensor a(1, 1), aLse(1, 1), b(1, 1), bLse(1, 1), out(1, 1), lse(1, 1);
  a.data = {3.0f};
  aLse.data = {0.5f};
  b.data = {NAN}; // an empty side contributes nothing, whatever it holds
  bLse.data = {-HUGE_VALF};
  mergeAttention(a, aLse, b, bLse, out, lse);
  EXPECT_EQ(out.data[0], 3.0f);
  EXPECT_EQ(lse.data[0], 0.5f);
  mergeAttention(b, bLse, b, bLse, out, lse);
  EXPECT_EQ(out.data[0], 0.0f);
  EXPECT_EQ(lse.data[0], -HUGE_VALF);
}
