// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "import/ParamSource.h"

#include "import/TestFiles.h"

#include <numeric>

using namespace sennit;
using namespace sennit::test;

namespace {

/// A checkpoint of one f32 matrix m of 4 x 6 that counts up, one vector v of 8, and one q4_1 matrix q of 8
/// x 64.
class ParamSources : public testing::Test {
protected:
  void SetUp() override {
    std::vector<float> m(24), v(8);
    std::iota(m.begin(), m.end(), 0.0f);
    std::iota(v.begin(), v.end(), 100.0f);
    std::string q;
    for (int row = 0; row < 8; ++row)
      for (int block = 0; block < 2; ++block)
        q += std::string(20, static_cast<char>('a' + 2 * row + block));
    GgufWriter writer;
    writer.word("general.architecture", "test");
    writer.tensor("m", {6, 4}, 0, bytesOf(m));
    writer.tensor("v", {8}, 0, bytesOf(v));
    writer.tensor("q", {64, 8}, 3, q);
    StatusOr<Checkpoint> opened = openCheckpoint(folder.write("model", writer.finish()));
    ASSERT_TRUE(opened.ok()) << opened.status().message();
    checkpoint = opened.take();
  }

  ParamSource source(size_t tensor, int64_t rows, int64_t k) {
    ParamSource result;
    result.name = "p";
    result.tensor = tensor;
    result.format = checkpoint.tensors[tensor].format;
    result.rows = rows;
    result.k = k;
    result.vector = checkpoint.tensors[tensor].shape.size() == 1;
    return result;
  }

  std::vector<float> floats(const ParamSource &source, int64_t row) {
    EXPECT_TRUE(checkSource(checkpoint, source).ok()) << checkSource(checkpoint, source).message();
    std::vector<float> values(source.k + 1, -1);
    readRow(checkpoint, source, row, reinterpret_cast<uint8_t *>(values.data()));
    EXPECT_EQ(values.back(), -1) << "wrote past the row";
    values.pop_back();
    return values;
  }

  Folder folder;
  Checkpoint checkpoint;
};

using Floats = std::vector<float>;

TEST_F(ParamSources, ReadsPlainRows) {
  EXPECT_EQ(floats(source(0, 4, 6), 3), (Floats{18, 19, 20, 21, 22, 23}));
  EXPECT_EQ(floats(source(1, 1, 8), 0), (Floats{100, 101, 102, 103, 104, 105, 106, 107}));
}

TEST_F(ParamSources, ReadsRectangles) {
  ParamSource part = source(0, 2, 3);
  part.rowBegin = 1;
  part.columnBegin = 2;
  EXPECT_EQ(floats(part, 0), (Floats{8, 9, 10}));
  EXPECT_EQ(floats(part, 1), (Floats{14, 15, 16}));
  ParamSource slice = source(1, 1, 3);
  slice.columnBegin = 5;
  EXPECT_EQ(floats(slice, 0), (Floats{105, 106, 107}));
}

TEST_F(ParamSources, ReadsTransposed) {
  // Stored as [K = 4, N = 6]; the parameter is rows 2 to 5 of N.
  ParamSource part = source(0, 3, 4);
  part.transposed = true;
  part.rowBegin = 2;
  EXPECT_EQ(floats(part, 0), (Floats{2, 8, 14, 20}));
  EXPECT_EQ(floats(part, 2), (Floats{4, 10, 16, 22}));
  part.k = 2;
  part.columnBegin = 2;
  EXPECT_EQ(floats(part, 1), (Floats{15, 21}));
}

TEST_F(ParamSources, UndoesTheInterleavingOfHeads) {
  // Two heads of 4: stored row 2i + j of a head is row 2j + i of the parameter.
  ParamSource part = source(2, 8, 64);
  part.ropeHeads = 2;
  ASSERT_TRUE(checkSource(checkpoint, part).ok());
  const int64_t stored[] = {0, 2, 1, 3, 4, 6, 5, 7};
  for (int64_t row = 0; row < 8; ++row) {
    std::string bytes(part.rowBytes(), '?');
    readRow(checkpoint, part, row, reinterpret_cast<uint8_t *>(bytes.data()));
    EXPECT_EQ(bytes, std::string(20, static_cast<char>('a' + 2 * stored[row])) +
                         std::string(20, static_cast<char>('a' + 2 * stored[row] + 1)));
  }
  ParamSource bias = source(1, 1, 8);
  bias.ropeHeads = 2;
  EXPECT_EQ(floats(bias, 0), (Floats{100, 102, 101, 103, 104, 106, 105, 107}));
}

TEST_F(ParamSources, ReadsBlocksInsideRows) {
  ParamSource part = source(2, 2, 32);
  part.rowBegin = 3;
  part.columnBegin = 32;
  ASSERT_TRUE(checkSource(checkpoint, part).ok());
  EXPECT_EQ(part.rowBytes(), 20);
  std::string bytes(20, '?');
  readRow(checkpoint, part, 1, reinterpret_cast<uint8_t *>(bytes.data()));
  EXPECT_EQ(bytes, std::string(20, 'a' + 2 * 4 + 1));
}

TEST_F(ParamSources, RefusesWhatLiesOutside) {
  auto refuses = [&](ParamSource bad) { EXPECT_FALSE(checkSource(checkpoint, bad).ok()); };
  auto with = [&](size_t tensor, int64_t rows, int64_t k, auto change) {
    ParamSource result = source(tensor, rows, k);
    EXPECT_TRUE(checkSource(checkpoint, result).ok());
    change(result);
    refuses(result);
  };
  with(0, 4, 6, [](ParamSource &s) { s.rows = 5; });
  with(0, 4, 6, [](ParamSource &s) { s.rowBegin = 1; });
  with(0, 4, 6, [](ParamSource &s) { s.columnBegin = INT64_MAX; });
  with(0, 4, 6, [](ParamSource &s) { s.k = 0; });
  with(0, 4, 6, [](ParamSource &s) { s.transposed = true; });
  with(0, 4, 6, [](ParamSource &s) { s.tensor = 3; });
  with(0, 4, 6, [](ParamSource &s) { s.format = schema::Format::F16; });
  with(0, 4, 6, [](ParamSource &s) { s.ropeHeads = 3; });
  with(0, 4, 6, [](ParamSource &s) { s.ropeHeads = 4; }); // heads of one row
  with(1, 1, 8, [](ParamSource &s) { s.ropeHeads = 3; });
  with(2, 8, 32, [](ParamSource &s) { s.columnBegin = 16; });
  with(2, 8, 64, [](ParamSource &s) { s.k = 48; });
}

} // namespace
