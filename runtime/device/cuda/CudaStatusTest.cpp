// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/device/cuda/CudaStatus.h"

#include <gtest/gtest.h>
#include <set>

namespace sennit::cuda {

// Every value becomes a status that names it, and every name belongs to one value.
TEST(CudaStatus, KnowsEveryResult) {
  std::set<std::string> names;
  Result before = -1;
  for (const ResultMeaning &meaning : resultMeanings()) {
    EXPECT_GT(meaning.result, before) << "the search needs an ascending table";
    before = meaning.result;
    EXPECT_TRUE(names.insert(meaning.name).second) << meaning.name;
    EXPECT_EQ(resultName(meaning.result), meaning.name);
    const Status status = statusOf(meaning.result, "cuCall", "the subject");
    EXPECT_EQ(status.code(), meaning.code);
    EXPECT_EQ(status.ok(), meaning.result == success);
    if (!status.ok())
      EXPECT_EQ(status.message(),
                "the subject: " + std::string(meaning.text) + " (cuCall gave " + meaning.name + ")");
  }
  EXPECT_GT(names.size(), 90u);
  EXPECT_EQ(statusOf(12345, "cuCall", "the subject").message(),
            "the subject: an error that this build does not know (cuCall gave CUDA_ERROR_12345)");
  EXPECT_EQ(statusOf(12345, "cuCall", "the subject").code(), Code::Internal);
}

TEST(CudaStatus, WritesVersions) {
  EXPECT_EQ(versionText(12040), "12.4");
  EXPECT_EQ(versionText(13000), "13.0");
}

} // namespace sennit::cuda
