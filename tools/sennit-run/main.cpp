// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// The small tool: what needs only a package.
#include "tools/cli/Verb.h"

using namespace sennit;

int main(int argc, char **argv) {
  // Whether the file is a package is the loader's check.
  cli::Services services{[](const std::string &path) -> StatusOr<std::string> { return path; }, nullptr};
  return cli::runTool({"sennit-run",
                       "Runs packages that `sennit compile` made; without a verb it is `sennit-run run`",
                       "run",
                       {cli::runVerb(services), cli::scoreVerb(services), cli::tokenizeVerb(services),
                        cli::benchVerb(services), cli::inspectVerb(services)}},
                      argc, argv);
}
