// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "import/Safetensors.h"

#include "import/TestFiles.h"

using namespace sennit;
using namespace sennit::test;

namespace {

StatusOr<std::vector<TensorInfo>> parse(const std::string &bytes) {
  return parseSafetensors(spanOf(bytes), "m.safetensors");
}

const std::string good = R"({"__metadata__":{"format":"pt"},)"
                         R"("b":{"dtype":"BF16","shape":[2,3],"data_offsets":[8,20]},)"
                         R"("a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)"
                         R"("s":{"dtype":"F16","shape":[],"data_offsets":[20,22]}})";

TEST(Safetensors, ReadsTensorsInTheOrderOfTheirBytes) {
  std::string bytes = safetensors(good, "aaaaaaaabbbbbbbbbbbbss");
  EXPECT_TRUE(looksLikeSafetensors(spanOf(bytes)));
  StatusOr<std::vector<TensorInfo>> tensors = parse(bytes);
  ASSERT_TRUE(tensors.ok()) << tensors.status().message();
  ASSERT_EQ(tensors->size(), 3u);
  EXPECT_EQ((*tensors)[0].name, "a");
  EXPECT_EQ((*tensors)[1].shape, (std::vector<int64_t>{2, 3}));
  EXPECT_EQ((*tensors)[1].format, schema::Format::BF16);
  EXPECT_EQ(bytes.substr((*tensors)[1].offset, (*tensors)[1].bytes), "bbbbbbbbbbbb");
  EXPECT_TRUE((*tensors)[2].shape.empty());
}

TEST(Safetensors, KeepsUnknownTypesForTheFamilyToRefuse) {
  auto tensors = parse(safetensors(R"({"i":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}})", "12345678"));
  ASSERT_TRUE(tensors.ok());
  EXPECT_FALSE((*tensors)[0].supported);
  EXPECT_EQ((*tensors)[0].typeName, "I64");
}

TEST(Safetensors, RefusesEveryTruncation) {
  std::string bytes = safetensors(good, "aaaaaaaabbbbbbbbbbbbss");
  for (size_t length = 0; length < bytes.size(); ++length)
    EXPECT_REFUSED(parse(bytes.substr(0, length)), "m.safetensors");
}

TEST(Safetensors, RefusesHeadersThatLie) {
  struct Case {
    const char *header, *expected;
  };
  const Case cases[] = {
      {"", "expected JSON text"},
      {"[]", "header: expected an object, found a list"},
      {R"({"a":5})", "expected an object with dtype"},
      {R"({"a":{"dtype":"F32","shape":[1]}})", "expected an object with dtype"},
      {R"({"a":{"dtype":7,"shape":[1],"data_offsets":[0,4]}})", "expected an object with dtype"},
      {R"({"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})", "expected whole dimensions"},
      {R"({"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}})", "found 1.0"},
      {R"({"a":{"dtype":"F32","shape":[18446744073709551616],"data_offsets":[0,4]}})",
       "expected whole dimensions"},
      {R"({"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,4]}})",
       "fewer than 2^63 elements"},
      {R"({"a":{"dtype":"F32","shape":[0,9223372036854775807,3],"data_offsets":[0,0]}})",
       "fewer than 2^63 elements"},
      {R"({"a":{"dtype":"F32","shape":[4611686018427387904],"data_offsets":[0,0]}})", "found 0 bytes"},
      {R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})", "expected 2 elements of 4 bytes"},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}})", "found [4, 0]"},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}})", "within the 8 bytes of data"},
      {R"({"a":{"dtype":"I8","shape":[1],"data_offsets":[8,12]}})", "within the 8 bytes of data"},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,1,4]}})", "expected an object with dtype"},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})",
       "expected every JSON key once, found 'a' again"},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F16","shape":[1],"data_offsets":[2,4]}})",
       "overlaps 'b'"},
      {"{\"a\":\"\xff\"}", "expected JSON text"},
      {R"({"a":{"dtype":"F32","shape":[1e999],"data_offsets":[0,4]}})", "a number out of range"},
  };
  for (const Case &bad : cases)
    EXPECT_REFUSED(parse(safetensors(bad.header, "12345678")), bad.expected);
}

TEST(Safetensors, RefusesDeepNesting) {
  EXPECT_REFUSED(parse(safetensors(std::string(100000, '['), "")), "nested at most 64 levels deep");
  EXPECT_REFUSED(parse(safetensors("{\"a\":" + std::string(100000, '['), "")), "found more at byte");
}

TEST(Safetensors, RefusesLyingHeaderLengths) {
  for (uint64_t length : {uint64_t{3}, uint64_t{1} << 40, ~uint64_t{0}, ~uint64_t{7}})
    EXPECT_REFUSED(parse(Bytes().put(length).raw("{}").text), "expected a header of at most 2 bytes");
}

TEST(ShardIndex, GivesTheShardOfEachTensor) {
  auto shards =
      parseShardIndex(R"({"metadata":{},"weight_map":{"a":"x.safetensors","b":"y.safetensors"}})", "i.json");
  ASSERT_TRUE(shards.ok());
  EXPECT_EQ(shards->at("b"), "y.safetensors");
  EXPECT_REFUSED(parseShardIndex("{}", "i.json"), "expected an object 'weight_map'");
  for (const char *name : {"\"../x\"", "\"/etc/x\"", "\"..\"", "\"\"", "7", "\"a\\u0000b\""})
    EXPECT_REFUSED(parseShardIndex(std::string(R"({"weight_map":{"a":)") + name + "}}", "i.json"),
                   "weight_map 'a': expected the name of a file beside it");
}

} // namespace
