// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/program/TestPackage.h"

#include <cstdio>
#include <gtest/gtest.h>
#include <string>
#include <sys/wait.h>

namespace {

/// Output of a shell command and its exit code.
std::pair<std::string, int> runCommand(const std::string &command) {
  FILE *pipe = ::popen((command + " 2>&1").c_str(), "r");
  std::string output;
  for (int c; pipe && (c = std::fgetc(pipe)) != EOF;)
    output.push_back(char(c));
  const int status = pipe ? ::pclose(pipe) : -1;
  return {output, WIFEXITED(status) ? WEXITSTATUS(status) : -1};
}

TEST(GenerateExample, Runs) {
  const std::string path = sennit::testing::temporaryPath("example.sennit");
  ASSERT_TRUE(sennit::testing::writeTestPackage({}, path).ok());
  const std::string program = SENNIT_EXAMPLE_GENERATE;
  // The made-up model's code makes token 5 the likeliest always.
  EXPECT_EQ(runCommand(program + " " + path + " --ids 1,2,3 4"),
            std::pair(std::string("5\n5\n5\n5\n\n[length]\n"), 0));
  const auto [message, code] = runCommand(program + " " + path + " hello");
  EXPECT_EQ(code, 1);
  EXPECT_NE(message.find("no tokenizer"), std::string::npos) << message;
  EXPECT_EQ(runCommand(program).second, 1);
  EXPECT_EQ(runCommand(program + " no-such-file x").second, 1);
}

} // namespace
