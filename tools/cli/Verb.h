// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// A subcommand, and the main function that a tool builds from several.
#pragma once

#include "runtime/base/StatusOr.h"

#include <nlohmann/json_fwd.hpp>

#include <functional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace sennit::cli {

/// One subcommand. A value; single thread.
struct Verb {
  std::string name;
  std::string summary; ///< One line of the tool's help.
  std::string example; ///< Whole command lines that close the verb's help.
  /// Adds the verb's options to its parser and returns what runs it after parsing. The returned function owns
  /// the option values.
  std::function<std::function<Status()>(CLI::App &)> attach;
};

/// What a tool adds to the verbs that both tools have. Functions may be called from the main thread only.
struct Services {
  /// The path of the package that a FILE argument stands for. sennit-run accepts packages only; sennit
  /// compiles a checkpoint into its cache.
  std::function<StatusOr<std::string>(const std::string &path)> package;
  /// Runs the reference interpreter with the options of sennitInterpret; empty where the tool has none, and
  /// then no verb offers --interpret.
  std::function<StatusOr<nlohmann::json>(const nlohmann::json &options)> interpret;
};

Verb runVerb(const Services &services);
Verb scoreVerb(const Services &services);
Verb tokenizeVerb(const Services &services);
Verb benchVerb(const Services &services);
Verb inspectVerb(const Services &services);

struct Tool {
  std::string name;
  std::string summary;
  std::string defaultVerb; ///< Taken when the first argument names no verb; empty: a verb is required.
  std::vector<Verb> verbs;
};

/// Parses the command line, runs the chosen verb, prints an error as one sentence on stderr, and returns the
/// exit code.
int runTool(const Tool &tool, int argc, char **argv);

} // namespace sennit::cli
