// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Compiled models in sessions: the logits of a sequence are the same bytes whatever it shares a step with,
// however it came to its tokens, and on every level and number of threads.
#include "runtime/program/Session.h"
#include "tools/compiler/Compiler.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <random>

#include <unistd.h>

namespace sennit {
namespace {

using Logits = std::vector<float>;

struct Model {
  std::string name, checkpoint, golden;
};

std::ostream &operator<<(std::ostream &stream, const Model &model) {
  return stream << model.name;
}

const Model models[] = {
    {"llama-long", "/data/tiny/llama-long", "/data/tiny/llama-long/golden.json"},
    {"gpt2", "/data/tiny/gpt2", "/data/tiny/gpt2/golden.json"},
    {"Q4_1", "/data/gguf/tiny-Q4_1.gguf", "/data/gguf/tiny-Q4_1.json"},
    {"Q8_0", "/data/gguf/tiny-Q8_0.gguf", "/data/gguf/tiny-Q8_0.json"},
};

class CompiledSession : public testing::TestWithParam<Model> {
protected:
  void SetUp() override {
    const std::string root = SENNIT_TEST_DIR;
    path = testing::TempDir() + "sennit-" + GetParam().name + "-" + std::to_string(getpid()) + ".sennit";
    nlohmann::json options = {{"input", root + GetParam().checkpoint}, {"output", path}};
    char *result = nullptr, *error = nullptr;
    int code = sennitCompile(options.dump().c_str(), &result, &error);
    ASSERT_EQ(code, 0) << error;
    std::free(result);
    std::free(error);
    std::ifstream file(root + GetParam().golden);
    ids = nlohmann::json::parse(file)["ids"].get<std::vector<int32_t>>();
    session = open(1);
    reference = append(*session, create(*session), ids);
  }
  void TearDown() override { std::remove(path.c_str()); }

  std::unique_ptr<Session> open(int threads, std::optional<schema::CpuLevel> level = {}) {
    OpenOptions options;
    options.level = level;
    StatusOr<std::shared_ptr<const Package>> package = Package::open(path, options);
    EXPECT_TRUE(package.ok()) << package.status().message();
    SessionOptions sessionOptions;
    sessionOptions.threads = threads;
    StatusOr<std::unique_ptr<Session>> made = Session::create(package.take(), sessionOptions);
    EXPECT_TRUE(made.ok()) << made.status().message();
    return made.take();
  }

  static SequenceId create(Session &session) {
    StatusOr<SequenceId> id = session.createSequence();
    EXPECT_TRUE(id.ok()) << id.status().message();
    return *id;
  }

  /// Appends tokens in one call and returns the logits of the last.
  static Logits append(Session &session, SequenceId id, std::span<const int32_t> tokens,
                       schema::StepRole role = schema::StepRole::Prompt) {
    StepItem item{id, tokens, role, Wanted::Last};
    Logits logits;
    Status status = session.step({&item, 1}, [&](size_t, int32_t, std::span<const float> row) {
      logits.assign(row.begin(), row.end());
    });
    EXPECT_TRUE(status.ok()) << status.message();
    return logits;
  }

  /// Places that straddle pages and blocks, inside the prompt.
  std::vector<size_t> cuts() const {
    std::vector<size_t> places;
    for (size_t place : {1, 31, 32, 33, 255, 256, 257, 300})
      if (place < ids.size())
        places.push_back(place);
    places.push_back(ids.size() - 1);
    return places;
  }

  std::span<const int32_t> from(size_t begin) const { return std::span(ids).subspan(begin); }

  std::string path;
  std::vector<int32_t> ids;
  std::unique_ptr<Session> session;
  Logits reference; ///< of the last id, from one prompt step alone on one thread
};

TEST_P(CompiledSession, ForksContinueAsFreshRuns) {
  for (size_t cut : cuts()) {
    SequenceId parent = create(*session);
    append(*session, parent, std::span(ids).first(cut));
    StatusOr<SequenceId> child = session->forkSequence(parent);
    ASSERT_TRUE(child.ok()) << child.status().message();
    // The child first goes elsewhere and comes back; the parent must not notice.
    const int32_t other = ids[0];
    append(*session, *child, {&other, 1});
    ASSERT_TRUE(session->truncateSequence(*child, static_cast<int32_t>(cut)).ok());
    EXPECT_EQ(append(*session, *child, from(cut)), reference) << "child forked at " << cut;
    EXPECT_EQ(append(*session, parent, from(cut)), reference) << "parent forked at " << cut;
    ASSERT_TRUE(session->freeSequence(parent).ok());
    ASSERT_TRUE(session->freeSequence(*child).ok());
  }
}

TEST_P(CompiledSession, ChunksAndRolesDoNotMatter) {
  for (size_t chunk : {1, 7, 32, 33, 256}) {
    SequenceId id = create(*session);
    Logits last;
    for (size_t begin = 0; begin < ids.size(); begin += chunk)
      last = append(*session, id, from(begin).first(std::min(chunk, ids.size() - begin)));
    EXPECT_EQ(last, reference) << "chunks of " << chunk;
    ASSERT_TRUE(session->freeSequence(id).ok());
  }
  SequenceId id = create(*session);
  append(*session, id, std::span(ids).first(ids.size() - 3));
  Logits last;
  for (size_t place = ids.size() - 3; place < ids.size(); ++place)
    last = append(*session, id, from(place).first(1), schema::StepRole::Generated);
  EXPECT_EQ(last, reference) << "the last three as generated rows";
}

TEST_P(CompiledSession, CompanyDoesNotMatter) {
  std::mt19937 dice(3);
  for (int threads : {1, 2, 3}) {
    std::unique_ptr<Session> crowd = open(threads);
    std::vector<StepItem> items;
    std::vector<std::vector<int32_t>> others;
    for (int other = 0; other < 31; ++other) {
      std::vector<int32_t> tokens(1 + dice() % 40);
      for (int32_t &token : tokens)
        token = static_cast<int32_t>(dice() % crowd->vocabSize());
      others.push_back(std::move(tokens));
    }
    // One call with everything: 31 others around this one, more rows than a step takes where the prompt is
    // long.
    for (size_t other = 0; other < others.size(); ++other) {
      auto role = others[other].size() == 1 ? schema::StepRole::Generated : schema::StepRole::Prompt;
      items.push_back({create(*crowd), others[other], role, Wanted::Last});
    }
    items.insert(items.begin() + 13, {create(*crowd), ids, schema::StepRole::Prompt, Wanted::Last});
    Logits found;
    Status status = crowd->step(items, [&](size_t item, int32_t, std::span<const float> row) {
      if (item == 13)
        found.assign(row.begin(), row.end());
    });
    ASSERT_TRUE(status.ok()) << status.message();
    EXPECT_EQ(found, reference) << threads << " threads";
  }
}

TEST_P(CompiledSession, LevelsDoNotMatter) {
  std::unique_ptr<Session> narrow = open(2, schema::CpuLevel::Avx2);
  EXPECT_EQ(append(*narrow, create(*narrow), ids), reference);
  std::ifstream cpu("/proc/cpuinfo");
  std::string text((std::istreambuf_iterator<char>(cpu)), {});
  if (text.find("avx512_vnni") == std::string::npos)
    GTEST_SKIP() << "this CPU has no AVX-512 VNNI";
  std::unique_ptr<Session> wide = open(2, schema::CpuLevel::Avx512);
  EXPECT_EQ(append(*wide, create(*wide), ids), reference);
}

TEST_P(CompiledSession, SegmentsHoldTheirOwnBlocks) {
  // Two segments attend to the same keys; only where blocks begin differs, so results are near, not equal.
  SequenceId id = create(*session);
  size_t half = ids.size() / 2;
  append(*session, id, std::span(ids).first(half));
  ASSERT_TRUE(session->startSegment(id).ok());
  Logits found = append(*session, id, from(half));
  float largest = 0, worst = 0;
  for (size_t i = 0; i < reference.size(); ++i) {
    largest = std::max(largest, std::abs(reference[i]));
    worst = std::max(worst, std::abs(reference[i] - found[i]));
  }
  // Rounded activations may fall the other way after a change in the last bit.
  EXPECT_LE(worst, (GetParam().name[0] == 'Q' ? 6e-2f : 1e-3f) * largest);
}

INSTANTIATE_TEST_SUITE_P(Models, CompiledSession, testing::ValuesIn(models), [](const auto &info) {
  std::string name = info.param.name;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

} // namespace
} // namespace sennit
