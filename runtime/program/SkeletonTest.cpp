// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// A package without weights, and the way back.
#include "runtime/program/Skeleton.h"
#include "runtime/base/Hash.h"
#include "runtime/program/TestPackage.h"
#include "runtime/weights/Pack.h"

#include <cstring>
#include <fstream>
#include <gtest/gtest.h>

namespace sennit {
namespace {

using testing::describe;
using testing::temporaryPath;
using testing::TestModel;

std::string readFile(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Bytes that differ by weight, row and place.
Status someRow(const schema::PackageT &package, size_t weight, int64_t row, uint8_t *out) {
  const schema::WeightT &one = *package.weights[weight];
  const int64_t bytes = weights::rowBytes(one.format, int64_t(one.k));
  for (int64_t i = 0; i < bytes; ++i)
    out[i] = uint8_t(31 * weight + 7 * size_t(row) + size_t(i));
  return Status::okay();
}

class SkeletonTest : public ::testing::Test {
protected:
  void SetUp() override { ASSERT_NO_FATAL_FAILURE(write(true)); }

  /// Of the made-up model with code for a device, its head in slices; whole or as a skeleton.
  void write(bool skeleton) {
    TestModel model;
    model.sliceHead = true;
    schema::PackageT package = describe(model);
    const std::string device = testing::addTestDevices(package, {{schema::DeviceCodeKind::Cubin, 90, true}});
    auto writer = PackageWriter::create(skeleton ? skeletonPath : wholePath);
    ASSERT_TRUE(writer.ok()) << writer.status().message();
    (*writer)->addSection(SectionKind::NativeAvx2, std::string(4096, '\x90'));
    (*writer)->addSection(SectionKind::NativeAvx512, std::string(4096, '\x90'));
    (*writer)->addSection(SectionKind::DeviceCode, device);
    const Status status = skeleton
                              ? (*writer)->finishSkeleton(package)
                              : (*writer)->finish(package, [&](size_t weight, int64_t row, uint8_t *out) {
                                  return someRow(package, weight, row, out);
                                });
    ASSERT_TRUE(status.ok()) << status.message();
  }

  const std::string skeletonPath = temporaryPath("skeleton.sennit"),
                    wholePath = temporaryPath("whole.sennit"), filledPath = temporaryPath("filled.sennit");
};

TEST_F(SkeletonTest, FilledItIsThePackageThatWasWrittenAtOnce) {
  ASSERT_NO_FATAL_FAILURE(write(false));
  const Status status = fillSkeleton(skeletonPath, filledPath, someRow);
  ASSERT_TRUE(status.ok()) << status.message();
  EXPECT_EQ(readFile(filledPath), readFile(wholePath));
  EXPECT_LT(readFile(skeletonPath).size(), readFile(wholePath).size());
  auto bytes = skeletonWeightBytes(skeletonPath);
  ASSERT_TRUE(bytes.ok()) << bytes.status().message();
  auto opened = Package::open(filledPath, {std::nullopt, false});
  ASSERT_TRUE(opened.ok()) << opened.status().message();
  EXPECT_TRUE((*opened)->verifyWeights().ok());
  uint64_t sum = 0;
  for (const schema::Weight *weight : *(*opened)->root().weights())
    for (const schema::Slice *slice : *weight->slices())
      sum += slice->bytes();
  EXPECT_EQ(*bytes, sum);
}

TEST_F(SkeletonTest, IsNoPackage) {
  auto opened = Package::open(skeletonPath, {std::nullopt, false});
  ASSERT_FALSE(opened.ok());
  EXPECT_NE(opened.status().message().find("expected weights last, found none"), std::string::npos)
      << opened.status().message();
}

TEST_F(SkeletonTest, RefusesWhatIsNone) {
  const auto error = [&](const std::string &path) {
    const Status status = fillSkeleton(path, filledPath, someRow);
    EXPECT_FALSE(status.ok());
    EXPECT_FALSE(std::ifstream(filledPath).good()) << "a file of a refused skeleton";
    return status.message();
  };
  std::remove(filledPath.c_str());
  ASSERT_NO_FATAL_FAILURE(write(false));
  EXPECT_NE(error(wholePath).find("no weights"), std::string::npos);
  EXPECT_NE(error(temporaryPath("nothing")).find("cannot open it"), std::string::npos);
  // A flipped bit of each byte of the header, the program and one of code.
  const std::string good = readFile(skeletonPath);
  FileHeader header;
  std::memcpy(&header, good.data(), sizeof header);
  for (uint64_t at : {uint64_t(0), uint64_t(9), uint64_t(16), uint64_t(30), header.sections[0].offset + 20,
                      header.sections[1].offset, header.sections[3].offset + 1}) {
    std::string bad = good;
    bad[at] = char(bad[at] ^ 4);
    std::ofstream(temporaryPath("bad.sennit"), std::ios::binary) << bad;
    EXPECT_NE(error(temporaryPath("bad.sennit")), "") << at;
  }
  std::ofstream(temporaryPath("bad.sennit"), std::ios::binary) << good.substr(0, good.size() - 4096);
  EXPECT_NE(error(temporaryPath("bad.sennit")).find("file size"), std::string::npos);
}

TEST_F(SkeletonTest, ARowThatFailsLeavesNoFile) {
  std::remove(filledPath.c_str());
  const Status status =
      fillSkeleton(skeletonPath, filledPath, [](const schema::PackageT &, size_t, int64_t row, uint8_t *) {
        return row < 20 ? Status::okay() : invalidInput("no row 20");
      });
  EXPECT_EQ(status.message(), "no row 20");
  EXPECT_FALSE(std::ifstream(filledPath).good());
}

} // namespace
} // namespace sennit
