// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/program/TestPackage.h"
#include "runtime/sennit.h"

#include <cstring>
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace {

using sennit::testing::temporaryPath;
using sennit::testing::writeTestPackage;

/// A session over the made-up model with its native code, whose likeliest token is always 5.
class Capi : public ::testing::Test {
protected:
  void SetUp() override {
    const std::string path = temporaryPath("capi.sennit");
    ASSERT_TRUE(writeTestPackage({}, path).ok());
    ASSERT_EQ(sennit_package_open(path.c_str(), &package), SENNIT_OK) << sennit_last_error();
    sennit_session_options options;
    sennit_session_options_init(&options);
    options.threads = 1;
    options.pages = 10;
    ASSERT_EQ(sennit_session_create(package, &options, &session), SENNIT_OK) << sennit_last_error();
  }
  void TearDown() override {
    sennit_package_close(package); // the session goes on
    int32_t pages = 0;
    EXPECT_EQ(sennit_session_free_pages(session, &pages), SENNIT_OK);
    sennit_session_free(session);
  }

  sennit_package *package = nullptr;
  sennit_session *session = nullptr;
};

TEST_F(Capi, Info) {
  sennit_model_info info;
  sennit_model_info_init(&info);
  ASSERT_EQ(sennit_package_info(package, &info), SENNIT_OK);
  EXPECT_STREQ(info.family, "made-up");
  EXPECT_STREQ(info.name, "tiny");
  EXPECT_EQ(info.vocab_size, 43);
  EXPECT_EQ(info.context_length, 200);
  ASSERT_EQ(info.eos_count, 1);
  EXPECT_EQ(info.eos_ids[0], 2);
  EXPECT_EQ(info.has_tokenizer, 0);
  EXPECT_EQ(info.has_chat_template, 0);
  info.struct_size = 3;
  EXPECT_EQ(sennit_package_info(package, &info), SENNIT_INVALID_INPUT);
  EXPECT_NE(std::string(sennit_last_error()).find("sennit_model_info_init"), std::string::npos);
  EXPECT_EQ(sennit_package_verify(package), SENNIT_OK);
}

TEST_F(Capi, SequencesStepsAndSampling) {
  int64_t a = -1, b = -1;
  ASSERT_EQ(sennit_sequence_create(session, &a), SENNIT_OK);
  const int32_t tokens[] = {1, 2, 3};
  const sennit_step_item item{a, tokens, 3, SENNIT_PROMPT, SENNIT_WANT_LAST};
  ASSERT_EQ(sennit_step(session, &item, 1), SENNIT_OK) << sennit_last_error();
  const float *logits = nullptr;
  ASSERT_EQ(sennit_logits(session, 0, &logits), SENNIT_OK);
  EXPECT_EQ(logits[5], 1.0f);
  EXPECT_EQ(logits[4], 0.0f);
  EXPECT_EQ(sennit_logits(session, 1, &logits), SENNIT_INVALID_INPUT);
  sennit_sampling sampling;
  sennit_sampling_init(&sampling);
  int32_t token = -1;
  ASSERT_EQ(sennit_sample(session, 0, &sampling, tokens, 3, &token), SENNIT_OK);
  EXPECT_EQ(token, 5);
  sampling.top_p = 2;
  EXPECT_EQ(sennit_sample(session, 0, &sampling, tokens, 3, &token), SENNIT_INVALID_INPUT);

  ASSERT_EQ(sennit_sequence_fork(session, a, &b), SENNIT_OK);
  int32_t length = 0, pages = 0;
  ASSERT_EQ(sennit_sequence_length(session, b, &length), SENNIT_OK);
  EXPECT_EQ(length, 3);
  ASSERT_EQ(sennit_session_free_pages(session, &pages), SENNIT_OK);
  EXPECT_EQ(pages, 9);
  ASSERT_EQ(sennit_sequence_truncate(session, b, 0), SENNIT_OK);
  EXPECT_EQ(sennit_sequence_truncate(session, b, 1), SENNIT_INVALID_INPUT);
  ASSERT_EQ(sennit_sequence_free(session, a), SENNIT_OK);
  EXPECT_EQ(sennit_sequence_free(session, a), SENNIT_INVALID_INPUT);
  EXPECT_NE(std::string(sennit_last_error()).find("does not exist"), std::string::npos);

  std::vector<int32_t> seen;
  const sennit_step_item all{b, tokens, 3, SENNIT_PROMPT, SENNIT_WANT_ALL};
  ASSERT_EQ(sennit_step_each(
                session, &all, 1,
                [](void *context, size_t, int32_t at, const float *, size_t vocab) {
                  EXPECT_EQ(vocab, 43u);
                  static_cast<std::vector<int32_t> *>(context)->push_back(at);
                },
                &seen),
            SENNIT_OK);
  EXPECT_EQ(seen, (std::vector<int32_t>{0, 1, 2}));
  EXPECT_EQ(sennit_step_each(session, &all, 1, nullptr, nullptr), SENNIT_OK);
  const sennit_step_item bad{b, tokens, -1, SENNIT_PROMPT, SENNIT_WANT_ALL};
  EXPECT_EQ(sennit_step(session, &bad, 1), SENNIT_INVALID_INPUT);
}

TEST_F(Capi, GenerationAndItsEnds) {
  const int32_t prompt[] = {1, 2};
  sennit_request requests[2];
  for (sennit_request &request : requests) {
    sennit_request_init(&request);
    request.prompt = prompt;
    request.prompt_count = 2;
    request.max_tokens = 4;
  }
  requests[1].prompt_count = 0;
  std::vector<int32_t> ids;
  const auto keep = [](void *context, size_t, int32_t token) {
    static_cast<std::vector<int32_t> *>(context)->push_back(token);
    return 1;
  };
  sennit_finish finish[2];
  sennit_status statuses[2];
  ASSERT_EQ(sennit_generate(session, requests, 2, keep, &ids, finish, statuses), SENNIT_OK)
      << sennit_last_error();
  EXPECT_EQ(ids, (std::vector<int32_t>{5, 5, 5, 5}));
  EXPECT_EQ(finish[0], SENNIT_FINISH_LENGTH);
  EXPECT_EQ(statuses[0], SENNIT_OK);
  EXPECT_EQ(statuses[1], SENNIT_INVALID_INPUT);
  EXPECT_EQ(sennit_generate(session, requests, 2, nullptr, nullptr, nullptr, nullptr), SENNIT_INVALID_INPUT);
  EXPECT_NE(std::string(sennit_last_error()).find("prompt is empty"), std::string::npos);

  sennit_session_interrupt(session);
  EXPECT_EQ(sennit_generate(session, requests, 1, nullptr, nullptr, nullptr, nullptr), SENNIT_INTERRUPTED);
  EXPECT_EQ(sennit_generate(session, requests, 1, nullptr, nullptr, nullptr, nullptr), SENNIT_OK);
}

TEST_F(Capi, WrongUseIsRefused) {
  sennit_package *none = nullptr;
  EXPECT_EQ(sennit_package_open(nullptr, &none), SENNIT_INVALID_INPUT);
  EXPECT_EQ(sennit_package_open("no-such-file.sennit", &none), SENNIT_INVALID_INPUT);
  EXPECT_NE(std::string(sennit_last_error()).find("no-such-file.sennit"), std::string::npos);
  EXPECT_EQ(none, nullptr);
  EXPECT_EQ(sennit_step(nullptr, nullptr, 0), SENNIT_INVALID_INPUT);
  EXPECT_EQ(sennit_step(session, nullptr, 1), SENNIT_INVALID_INPUT);
  size_t count = 0;
  EXPECT_EQ(sennit_encode(package, "a", 1, nullptr, 0, &count), SENNIT_UNSUPPORTED);
  EXPECT_NE(std::string(sennit_last_error()).find("no tokenizer"), std::string::npos);
  EXPECT_EQ(sennit_apply_chat_template(package, nullptr, 0, nullptr, 0, &count), SENNIT_UNSUPPORTED);
  sennit_session_options options;
  sennit_session_options_init(&options);
  options.threads = -3;
  sennit_session *other = nullptr;
  EXPECT_EQ(sennit_session_create(package, &options, &other), SENNIT_INVALID_INPUT);
  sennit_package_close(nullptr);
  sennit_session_free(nullptr);
  sennit_session_interrupt(nullptr);
}

} // namespace
