// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Rows whose keys are done in parts: every part of every row and tile once, in memory of its own, whoever
// does it.
#include "runtime/program/LaunchRunner.h"

#include <atomic>
#include <gtest/gtest.h>
#include <vector>

namespace sennit {
namespace {

constexpr int64_t heads = 3, partBytes = 64, firstRow = 5;

/// What the kernel below finds: for each row and head how often its parts were done and how often it was
/// merged.
struct Seen {
  std::vector<std::atomic<int>> parts, merges;
  std::atomic<int> wrong{0};
  explicit Seen(int64_t rows) : parts(size_t(rows * heads)), merges(size_t(rows * heads)) {}
};

/// As attention does it: each part leaves its number, the last one finds those of all others.
void kernel(const KernelArgs *args) {
  auto &seen = *static_cast<Seen *>(args->operands[0]);
  for (int64_t row = args->rowBegin; row < args->rowEnd; ++row)
    for (int64_t tile = args->tileBegin; tile < args->tileEnd; ++tile) {
      const int64_t head = tile / args->parts, part = tile % args->parts;
      const size_t item = size_t((row - firstRow) * heads + head);
      ++seen.parts[item];
      if (args->parts == 1) {
        ++seen.merges[item];
        continue;
      }
      uint8_t *memory = args->shared + ((row - args->rowBegin) * heads + head) * args->sharedStride;
      *reinterpret_cast<int64_t *>(memory + 64 + part * partBytes) = int64_t(item) * 1000 + part;
      auto &counter = *reinterpret_cast<std::atomic<int64_t> *>(memory);
      if (counter.fetch_add(1) + 1 != args->parts)
        continue;
      counter = 0;
      ++seen.merges[item];
      for (int64_t other = 0; other < args->parts; ++other)
        seen.wrong +=
            *reinterpret_cast<int64_t *>(memory + 64 + other * partBytes) != int64_t(item) * 1000 + other;
    }
}

TEST(LaunchRunner, EveryPartMeetsInItsOwnMemory) {
  schema::PackageT made;
  made.model = std::make_unique<schema::ModelT>();
  made.model->context_length = 4096;
  made.step = std::make_unique<schema::StepLayoutT>();
  made.step->max_segments = 2;
  made.cache = std::make_unique<schema::CacheT>();
  made.kernels.push_back(std::make_unique<schema::KernelT>());
  made.kernels[0]->row_block = 64;
  made.kernels[0]->column_tiles = heads;
  made.kernels[0]->part_bytes = partBytes;
  flatbuffers::FlatBufferBuilder builder;
  builder.Finish(schema::Package::Pack(builder, &made));
  const auto &package = *flatbuffers::GetRoot<schema::Package>(builder.GetBufferPointer());

  for (int threads : {1, 2, 3, 8}) {
    WorkerPool pool(threads);
    auto runner = LaunchRunner::create(package, pool);
    ASSERT_TRUE(runner.ok());
    for (int turn = 0; turn < 200; ++turn) {
      const int64_t rows = 1 + turn % 4, keyBlocks = 1 + turn % 16;
      Seen seen(rows);
      void *operands[] = {&seen};
      (*runner)->run(
          {{&kernel, nullptr}, package.kernels()->Get(0), operands, firstRow, firstRow + rows, keyBlocks},
          threads);
      const int64_t parts = splitLaunch(rows, heads, 64, false, threads, keyBlocks).parts;
      EXPECT_EQ(seen.wrong, 0);
      for (const auto &count : seen.parts)
        ASSERT_EQ(count, threads > 1 ? parts : 1);
      for (const auto &count : seen.merges)
        ASSERT_EQ(count, 1);
    }
  }
}

} // namespace
} // namespace sennit
