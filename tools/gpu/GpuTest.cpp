// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Ends of child processes, results that are whole after every part, and weights that are made up.
#include "runtime/program/Load.h"
#include "runtime/program/TestPackage.h"
#include "tools/gpu/Child.h"
#include "tools/gpu/Fill.h"
#include "tools/gpu/ReadJson.h"
#include "tools/gpu/Reference.h"
#include "tools/gpu/Results.h"
#include "tools/gpu/Unpack.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <thread>

#include <zlib.h>

namespace sennit::gpu {
namespace {

using Kind = ChildEnd::Kind;

ChildEnd shell(const std::string &text, double limit = 20, const std::atomic<bool> *stop = nullptr) {
  return runChild({"/bin/sh", "-c", text}, limit, stop);
}

TEST(Child, GivesWhatItSaidAndHowItEnded) {
  ChildEnd end = shell("echo out; echo err >&2; exit 3");
  EXPECT_EQ(end.kind, Kind::Exited);
  EXPECT_EQ(end.code, 3);
  EXPECT_EQ(end.output, "out\n");
  EXPECT_EQ(end.errors, "err\n");
  EXPECT_EQ(end.text(), "exit code 3");
  end = shell("kill -ABRT $$");
  EXPECT_EQ(end.kind, Kind::Signalled);
  EXPECT_EQ(end.text(), "killed by signal 6");
  EXPECT_EQ(shell("read line || echo no input").output, "no input\n");
  end = runChild({"/nowhere/at/all"}, 20);
  EXPECT_EQ(end.kind, Kind::NotStarted);
  EXPECT_EQ(end.text(), "cannot be started: No such file or directory");
}

TEST(Child, MayPrintMoreThanAPipeHolds) {
  const ChildEnd end = shell("head -c 300000 /dev/zero; head -c 200000 /dev/zero >&2");
  EXPECT_EQ(end.output.size(), 300000u);
  EXPECT_EQ(end.errors.size(), 200000u);
}

TEST(Child, IsKilledAtItsLimitWithAllThatItStarted) {
  const std::string mark = ::testing::TempDir() + "/child-mark";
  std::remove(mark.c_str());
  // The grandchild holds the streams; were it not killed too, it would write its mark.
  const ChildEnd end = shell("(sleep 1; echo late > " + mark + ") & sleep 60", .2);
  EXPECT_EQ(end.kind, Kind::TimedOut);
  EXPECT_LT(end.seconds, 10);
  std::this_thread::sleep_for(std::chrono::milliseconds(1300));
  EXPECT_FALSE(std::ifstream(mark).good());
}

TEST(Child, IsKilledAtALimitThatComesAfterItsStreamsAreClosed) {
  const ChildEnd end = shell("exec >/dev/null 2>&1; sleep 60", .3);
  EXPECT_EQ(end.kind, Kind::TimedOut);
  EXPECT_LT(end.seconds, 10);
}

TEST(Child, StopsWhenItIsTold) {
  std::atomic<bool> stop{false};
  std::thread other([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    stop = true;
  });
  const ChildEnd end = shell("sleep 60", 50, &stop);
  other.join();
  EXPECT_EQ(end.kind, Kind::TimedOut);
  EXPECT_LT(end.seconds, 20);
}

TEST(Results, AreWholeAfterEveryPart) {
  const std::string path = ::testing::TempDir() + "/results.json";
  Results results(path, "v", "cuda");
  ASSERT_TRUE(results
                  .add({{"name", "device"},
                        {"status", "passed"},
                        {"seconds", 1.5},
                        {"result", {{"passed", true}, {"name", "a GPU"}}}},
                       2)
                  .ok());
  auto read = readJson(path);
  ASSERT_TRUE(read.ok()) << read.status().message();
  EXPECT_EQ((*read)["device"]["name"], "a GPU");
  EXPECT_EQ((*read)["parts"].size(), 1u);
  // Bytes of a crash that are no text do not spoil the file.
  ASSERT_TRUE(
      results.add({{"name", "x"}, {"status", "broken"}, {"seconds", 1}, {"error", "\xff\xfe"}}, 3).ok());
  read = readJson(path);
  ASSERT_TRUE(read.ok()) << read.status().message();
  EXPECT_EQ((*read)["parts"][1]["status"], "broken");
  EXPECT_EQ((*read)["seconds"], 3);
  EXPECT_EQ(results.count("passed"), 1);
  EXPECT_EQ(results.count("skipped"), 0);
}

TEST(Reference, DistanceIsAShareOfTheLargestLogit) {
  const float expected[] = {1, -4, 2}, near[] = {1, -4, 2.5f}, endless[] = {1, INFINITY, 2},
              none[] = {std::nanf(""), -4, 2};
  EXPECT_EQ(distance(expected, expected), 0);
  EXPECT_EQ(distance(near, expected), .125);
  EXPECT_TRUE(std::isinf(distance(endless, expected)));
  EXPECT_TRUE(std::isinf(distance(none, expected)));
  EXPECT_TRUE(std::isinf(distance(std::span(expected).first(2), expected)));
}

TEST(Reference, SaysWhatIsWrongWithAFile) {
  const std::string path = ::testing::TempDir() + "/reference.json";
  const auto error = [&](const std::string &text) {
    std::ofstream(path) << text;
    const auto read = readReference(path);
    return read.ok() ? "" : read.status().message();
  };
  const std::string good =
      R"({"ids":[1,2],"tolerance":0.1,"greedy":[],"rows":[{"position":1,"logits":[1,2.5]}]})";
  EXPECT_EQ(error(good), "");
  auto replaced = [&](const std::string &from, const std::string &to) {
    std::string text = good;
    return text.replace(text.find(from), from.size(), to);
  };
  EXPECT_NE(error(replaced("\"position\":1", "\"position\":2")).find("position"), std::string::npos);
  EXPECT_NE(error(replaced("2.5", "\"a\"")).find("expected numbers as logits, found \"a\""),
            std::string::npos);
  EXPECT_NE(error(replaced("[1,2]", "[1,-2]")).find("'ids'"), std::string::npos);
  EXPECT_NE(error(replaced("\"rows\"", "\"row\"")).find("rows"), std::string::npos);
  EXPECT_NE(error("[").find("reference.json"), std::string::npos);
}

TEST(Unpack, WritesWholeFilesOnly) {
  namespace fs = std::filesystem;
  const fs::path folder = fs::path(::testing::TempDir()) / "unpack" / "deep";
  fs::remove_all(folder.parent_path());
  fs::create_directories(folder);
  std::string content(700001, 'x'); // more than a buffer
  for (size_t i = 0; i < content.size(); ++i)
    content[i] = char(i * i >> 7);
  uLongf size = compressBound(uLong(content.size()));
  std::string packed(size, 0);
  ASSERT_EQ(compress(reinterpret_cast<Bytef *>(packed.data()), &size,
                     reinterpret_cast<const Bytef *>(content.data()), uLong(content.size())),
            Z_OK);
  packed.resize(size);
  const auto write = [](const fs::path &path, const std::string &bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
  };
  const auto read = [](const fs::path &path) {
    std::ifstream file(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  write(folder / "a.sennit.z", packed);
  write(folder / "kept.z", packed);
  write(folder / "kept", "as it was");
  const Status status = unpackAll(folder.parent_path().string());
  ASSERT_TRUE(status.ok()) << status.message();
  EXPECT_EQ(read(folder / "a.sennit"), content);
  EXPECT_EQ(read(folder / "kept"), "as it was");
  std::string flipped = packed;
  flipped[size / 2] = char(flipped[size / 2] ^ 1);
  for (const std::string &bad : {packed.substr(0, size - 1), packed + "x", flipped, std::string()}) {
    write(folder / "bad.z", bad);
    EXPECT_NE(unpackAll(folder.parent_path().string()).message().find("bad.z"), std::string::npos);
    EXPECT_FALSE(fs::exists(folder / "bad"));
  }
  EXPECT_EQ(std::distance(fs::directory_iterator(folder), {}), 5) << "nothing of failures is left";
  EXPECT_FALSE(unpackAll((folder / "nothing").string()).ok());
}

TEST(Fill, GivesTheSameBytesAndRowsThatComeAgain) {
  using sennit::testing::temporaryPath;
  const std::string skeleton = temporaryPath("fill.skeleton"), first = temporaryPath("first.sennit"),
                    second = temporaryPath("second.sennit");
  sennit::testing::TestModel model;
  model.vocab = 131; // more rows than differ
  schema::PackageT package = sennit::testing::describe(model);
  auto writer = PackageWriter::create(skeleton);
  ASSERT_TRUE(writer.ok());
  (*writer)->addSection(SectionKind::NativeAvx2, std::string(4096, '\x90'));
  (*writer)->addSection(SectionKind::NativeAvx512, std::string(4096, '\x90'));
  const Status written = (*writer)->finishSkeleton(package);
  ASSERT_TRUE(written.ok()) << written.message();
  for (const std::string &path : {first, second}) {
    const Status filled = fillWithNoise(skeleton, path, nullptr);
    ASSERT_TRUE(filled.ok()) << filled.message();
  }
  const auto bytes = [](const std::string &path) {
    std::ifstream file(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  EXPECT_EQ(bytes(first), bytes(second));
  auto opened = Package::open(first, {std::nullopt, false});
  ASSERT_TRUE(opened.ok()) << opened.status().message();
  const auto row = [&](int64_t index) {
    std::vector<uint8_t> out((*opened)->root().weights()->Get(1)->k() * 4);
    (*opened)->readWeightRow(1, index, out.data());
    return out;
  };
  EXPECT_EQ(row(3), row(64));
  EXPECT_NE(row(3), row(4));
}

} // namespace
} // namespace sennit::gpu
