// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/cli/Verb.h"
#include "tools/sennit/CompilerLibrary.h"
#include "tools/sennit/PackageCache.h"
#include "tools/sennit/Verbs.h"

#include <nlohmann/json.hpp>

using namespace sennit;

int main(int argc, char **argv) {
  cli::Services services{packageFor, compiler::interpret};
  return cli::runTool(
      {"sennit",
       "Compiles language models to packages, and runs them",
       "",
       {compileVerb(), cli::runVerb(services), cli::scoreVerb(services), cli::tokenizeVerb(services),
        cli::benchVerb(services), cli::inspectVerb(services), explainVerb(), planVerb(), calibrateVerb()}},
      argc, argv);
}
