// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/cli/Input.h"
#include "tools/cli/Output.h"
#include "tools/cli/ReadBandwidth.h"

#include <gtest/gtest.h>

using namespace sennit;
using namespace sennit::cli;

TEST(Input, ReadsLists) {
  EXPECT_EQ(*parseIds("--ids", "1, 2 ,2147483647"), (std::vector<int32_t>{1, 2, 2147483647}));
  EXPECT_EQ(*parseCounts("--threads", "3"), std::vector<int>{3});
}

TEST(Input, NamesTheItemThatIsNoInteger) {
  for (const char *text :
       {"1,x", "1,", "1,,2", "1,-2", "1,2147483648", "1,2.5", "1,99999999999999999999", "1,0x2"}) {
    auto ids = parseIds("--ids", text);
    ASSERT_FALSE(ids.ok()) << text;
    EXPECT_NE(ids.status().message().find("--ids: expected integers from 0 to 2147483647"),
              std::string::npos);
    EXPECT_NE(ids.status().message().find("at item 2"), std::string::npos) << ids.status().message();
  }
  EXPECT_FALSE(parseCounts("--threads", "0").ok());
}

TEST(Input, RefusesAListOfNoIds) {
  EXPECT_EQ(parseIds("--ids", "").status().message(), "--ids: expected at least one token id, found none");
}

TEST(Input, RefusesTextThatIsNotUtf8) {
  EXPECT_TRUE(checkUtf8("text", "caf\xc3\xa9").ok());
  EXPECT_EQ(checkUtf8("text", "caf\xc3").message(), "text: expected UTF-8, found byte 0xc3 at byte 3");
}

TEST(Input, ReportsAFileThatIsAbsent) {
  auto text = readTextFile("/absent/file");
  ASSERT_FALSE(text.ok());
  EXPECT_EQ(text.status().message(), "/absent/file: No such file or directory");
}

TEST(Output, WritesSizesAsPeopleDo) {
  EXPECT_EQ(formatBytes(999), "999 B");
  EXPECT_EQ(formatBytes(1000), "1.0 kB");
  EXPECT_EQ(formatBytes(98362432), "98.4 MB");
}

TEST(ReadBandwidth, IsWithinReason) {
  double rate = measureReadBandwidth(2, 8 << 20, 2);
  EXPECT_GT(rate, 1e8);
  EXPECT_LT(rate, 1e13);
}
