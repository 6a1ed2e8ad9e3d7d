// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "import/Gguf.h"

#include "import/TestFiles.h"

using namespace sennit;
using namespace sennit::test;

namespace {

StatusOr<GgufFile> parse(const std::string &bytes) {
  return parseGguf(spanOf(bytes), "m.gguf");
}

GgufWriter small() {
  GgufWriter writer;
  writer.word("general.architecture", "llama");
  writer.number("llama.block_count", 2);
  writer.tensor("a.weight", {4, 2}, 0, std::string(32, 'a'));
  writer.tensor("b.weight", {32, 3}, 8, std::string(3 * 34, 'b'));
  return writer;
}

TEST(Gguf, ReadsBothVersions) {
  for (uint32_t version : {2u, 3u}) {
    GgufWriter writer = small();
    writer.version = version;
    std::string bytes = writer.finish();
    StatusOr<GgufFile> file = parse(bytes);
    ASSERT_TRUE(file.ok()) << file.status().message();
    ASSERT_EQ(file->tensors.size(), 2u);
    const TensorInfo &b = file->tensors[1];
    EXPECT_EQ(b.name, "b.weight");
    EXPECT_EQ(b.shape, (std::vector<int64_t>{3, 32}));
    EXPECT_EQ(b.format, schema::Format::Q8_0);
    EXPECT_EQ(b.bytes, 102u);
    EXPECT_EQ(bytes.substr(b.offset, b.bytes), std::string(102, 'b'));
  }
}

TEST(Gguf, ReadsEveryMetadataType) {
  GgufWriter writer;
  writer.scalar<uint8_t>("u8", GgufType::U8, 255);
  writer.scalar<int8_t>("i8", GgufType::I8, -1);
  writer.scalar<uint16_t>("u16", GgufType::U16, 65535);
  writer.scalar<int16_t>("i16", GgufType::I16, -2);
  writer.scalar<uint32_t>("u32", GgufType::U32, 4000000000u);
  writer.scalar<int32_t>("i32", GgufType::I32, -3);
  writer.scalar<float>("f32", GgufType::F32, 0.5f);
  writer.scalar<uint8_t>("bool", GgufType::Bool, 1);
  writer.word("string", "text");
  writer.scalar<uint64_t>("u64", GgufType::U64, ~uint64_t{0});
  writer.scalar<int64_t>("i64", GgufType::I64, -4);
  writer.scalar<double>("f64", GgufType::F64, 0.25);
  writer.words("words", {"a", "", "bc"});
  writer.integers("integers", {7, -7});
  writer.arrayHeader("nested", GgufType::Array, 2);
  for (int i = 0; i < 2; ++i)
    writer.metadata.put(static_cast<uint32_t>(GgufType::U8)).put<uint64_t>(3).raw("xyz");
  writer.number("after", 9);
  std::string bytes = writer.finish();
  StatusOr<GgufFile> file = parse(bytes);
  ASSERT_TRUE(file.ok()) << file.status().message();
  auto get = [&](const char *key) { return *file->find(key); };
  EXPECT_EQ(get("u8").integer(), 255);
  EXPECT_EQ(get("i8").integer(), -1);
  EXPECT_EQ(get("u16").integer(), 65535);
  EXPECT_EQ(get("i16").integer(), -2);
  EXPECT_EQ(get("u32").integer(), 4000000000);
  EXPECT_EQ(get("i32").integer(), -3);
  EXPECT_EQ(get("f32").number(), 0.5);
  EXPECT_EQ(get("f32").integer(), std::nullopt);
  EXPECT_EQ(get("bool").boolean(), true);
  EXPECT_EQ(get("string").string(), "text");
  EXPECT_EQ(get("u64").integer(), std::nullopt) << "past 2^63";
  EXPECT_EQ(get("i64").number(), -4);
  EXPECT_EQ(get("f64").number(), 0.25);
  EXPECT_EQ(get("words").strings(), (std::vector<std::string_view>{"a", "", "bc"}));
  EXPECT_EQ(get("words").string(), std::nullopt);
  EXPECT_EQ(get("words").integers(), std::nullopt);
  EXPECT_EQ(get("integers").integers(), (std::vector<int32_t>{7, -7}));
  EXPECT_EQ(get("nested").count, 2u);
  EXPECT_EQ(get("after").integer(), 9);
  EXPECT_EQ(file->find("none"), nullptr);
}

TEST(Gguf, KeepsUnknownTensorTypesForTheFamilyToRefuse) {
  GgufWriter writer;
  writer.tensor("k.weight", {256, 1}, 12, std::string(144, 'k'));
  writer.tensor("x.weight", {256, 1}, 999, std::string(16, 'x'));
  StatusOr<GgufFile> file = parse(writer.finish());
  ASSERT_TRUE(file.ok()) << file.status().message();
  EXPECT_FALSE(file->tensors[0].supported);
  EXPECT_EQ(file->tensors[0].typeName, "q4_k");
  EXPECT_EQ(file->tensors[1].typeName, "type 999");
}

TEST(Gguf, HonoursTheAlignment) {
  GgufWriter writer;
  writer.alignment = 128;
  writer.number("general.alignment", 128);
  writer.tensor("a", {1}, 0, "abcd");
  writer.tensor("b", {1}, 0, "efgh");
  std::string bytes = writer.finish();
  StatusOr<GgufFile> file = parse(bytes);
  ASSERT_TRUE(file.ok()) << file.status().message();
  EXPECT_EQ(bytes.substr(file->tensors[1].offset, 4), "efgh");
  EXPECT_EQ(file->tensors[1].offset % 128, 0u);
}

TEST(Gguf, RefusesEveryTruncation) {
  std::string bytes = small().finish();
  ASSERT_TRUE(parse(bytes).ok());
  for (size_t length = 0; length < bytes.size(); ++length)
    EXPECT_REFUSED(parse(bytes.substr(0, length)), "m.gguf: expected");
}

TEST(Gguf, RefusesLyingCounts) {
  for (int64_t extra : {int64_t{1}, int64_t{1000000000000}, int64_t{-3}}) {
    GgufWriter writer = small();
    writer.extraTensors = extra; // -3 wraps to nearly 2^64
    EXPECT_REFUSED(parse(writer.finish()), "m.gguf: ");
    writer = small();
    writer.extraMetadata = extra;
    EXPECT_REFUSED(parse(writer.finish()), "m.gguf: ");
  }
  GgufWriter writer;
  writer.arrayHeader("list", GgufType::F64, uint64_t{1} << 61);
  EXPECT_REFUSED(parse(writer.finish()), "bytes of metadata 'list'");
  writer = GgufWriter();
  writer.arrayHeader("list", GgufType::String, ~uint64_t{0});
  EXPECT_REFUSED(parse(writer.finish()), "metadata 'list'");
  writer = GgufWriter();
  writer.arrayHeader("list", GgufType::Array, 1);
  for (int i = 0; i < 100; ++i)
    writer.metadata.put(static_cast<uint32_t>(GgufType::Array)).put<uint64_t>(1);
  EXPECT_REFUSED(parse(writer.finish()), "nested at most 4 deep");
}

TEST(Gguf, RefusesWhatItDoesNotKnow) {
  GgufWriter writer = small();
  writer.version = 4;
  EXPECT_REFUSED(parse(writer.finish()), "expected GGUF version 2 or 3 at byte 4, found 4");
  writer = GgufWriter();
  writer.scalar<uint32_t>("odd", static_cast<GgufType>(13), 0);
  EXPECT_REFUSED(parse(writer.finish()), "expected a type from 0 to 12 for metadata 'odd'");
  EXPECT_REFUSED(parse("GGML" + small().finish().substr(4)), "expected the magic 'GGUF' at byte 0");
}

TEST(Gguf, RefusesDuplicates) {
  GgufWriter writer = small();
  writer.number("llama.block_count", 3);
  EXPECT_REFUSED(parse(writer.finish()), "found 'llama.block_count' again");
  writer = small();
  writer.tensor("a.weight", {1}, 0, "abcd");
  EXPECT_REFUSED(parse(writer.finish()), "found tensor 'a.weight' again");
}

TEST(Gguf, RefusesTensorsThatDoNotFit) {
  struct Case {
    std::vector<uint64_t> dims;
    uint32_t type;
    uint64_t offset;
    const char *expected;
  };
  uint64_t big = uint64_t{1} << 32;
  const Case cases[] = {
      {{}, 0, 0, "expected 1 to 4 dimensions"},
      {{1, 1, 1, 1, 1}, 0, 0, "expected 1 to 4 dimensions"},
      {{0, 4}, 0, 0, "expected dimensions from 1 to 2^63 - 1"},
      {{~uint64_t{0}}, 0, 0, "expected dimensions from 1 to 2^63 - 1"},
      {{big, big}, 0, 0, "expected fewer than 2^63 elements"},
      {{big, big, big, big}, 12, 0, "expected fewer than 2^63 elements"},
      {{big, big / 4}, 0, 0, "found data of 64 bytes"}, // 2^62 elements, 2^64 bytes
      {{17}, 0, 0, "expected 68 bytes of tensor 't'"},
      {{16}, 0, 32, "expected 64 bytes of tensor 't' at offset 32"},
      {{1}, 0, 64, "expected 4 bytes of tensor 't' at offset 64"},
      {{1}, 0, ~uint64_t{31}, "found data of 64 bytes"},
      {{1}, 0, 4, "expected a multiple of 32 as the offset"},
      {{16, 2}, 2, 0, "expected rows of a multiple of 32 elements for tensor 't' in q4_0"},
      {{256}, 12, 96, "found data of 64 bytes"},
  };
  for (const Case &bad : cases) {
    GgufWriter writer;
    writer.tensorAt("t", bad.dims, bad.type, bad.offset);
    writer.data.raw(std::string(64, 'd'));
    EXPECT_REFUSED(parse(writer.finish()), bad.expected);
  }
}

TEST(Gguf, RefusesOverlaps) {
  GgufWriter writer;
  writer.tensorAt("second", {8}, 0, 32);
  writer.tensorAt("first", {9}, 0, 0);
  writer.data.raw(std::string(64, 'd'));
  EXPECT_REFUSED(parse(writer.finish()), "'first' (bytes");
}

TEST(Gguf, RefusesBadAlignments) {
  for (uint32_t alignment : {0u, 1u, 3u, 48u, 1u << 21}) {
    GgufWriter writer;
    writer.number("general.alignment", alignment);
    EXPECT_REFUSED(parse(writer.finish()), "expected a power of two");
  }
}

} // namespace
