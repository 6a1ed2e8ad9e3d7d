// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/cli/Verb.h"

#include "tools/cli/Interrupt.h"
#include "tools/cli/Output.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <new>

using namespace sennit;
using namespace sennit::cli;

namespace {

/// Without a verb the default one is meant: `sennit-run m.sennit -p x`.
std::vector<std::string> withVerb(const Tool &tool, int argc, char **argv) {
  std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
  if (tool.defaultVerb.empty() || arguments.empty())
    return arguments;
  const std::string &first = arguments.front();
  bool known = first == "-h" || first == "--help" || first == "--version";
  for (const Verb &verb : tool.verbs)
    known |= first == verb.name;
  if (!known)
    arguments.insert(arguments.begin(), tool.defaultVerb);
  return arguments;
}

/// Splits `--flag=` into the flag and an empty value: CLI11 would take the next argument as its value.
/// `parser` is that of the verb, the first argument. What stands as the value of a flag is left as it is.
std::vector<std::string> withEmptyValues(const CLI::App &parser, const std::vector<std::string> &arguments) {
  auto takesValue = [&](const std::string &flag) {
    const CLI::Option *option =
        flag.size() > 1 && flag[0] == '-' ? parser.get_option_no_throw(flag) : nullptr;
    return option && option->get_items_expected_min() > 0;
  };
  std::vector<std::string> split;
  bool isValue = false, ended = false;
  for (const std::string &argument : arguments) {
    ended |= !isValue && argument == "--";
    if (!isValue && !ended && argument.ends_with('=') && argument.starts_with("--") &&
        takesValue(argument.substr(0, argument.size() - 1))) {
      split.push_back(argument.substr(0, argument.size() - 1));
      split.emplace_back();
      continue;
    }
    isValue = !isValue && !ended && takesValue(argument);
    split.push_back(argument);
  }
  return split;
}

int fail(const Status &status) {
  printError(status.code() == Code::Internal ? "internal error: " + status.message() : status.message());
  return status.exitCode();
}

int parseAndRun(const Tool &tool, int argc, char **argv) {
  CLI::App app(tool.summary, tool.name);
  app.set_version_flag("--version", tool.name + " " SENNIT_VERSION);
  app.require_subcommand(1);
  app.failure_message(CLI::FailureMessage::simple);

  std::vector<std::pair<CLI::App *, std::function<Status()>>> actions;
  for (const Verb &verb : tool.verbs) {
    CLI::App *parser = app.add_subcommand(verb.name, verb.summary);
    // A flag given twice counts as the last one says, so that scripts can set a default before the user's
    // flags.
    parser->option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    parser->footer("Example:\n  " + verb.example);
    actions.emplace_back(parser, verb.attach(*parser));
  }

  std::vector<std::string> arguments = withVerb(tool, argc, argv);
  std::string verbs;
  const CLI::App *chosen = nullptr;
  for (const auto &[parser, action] : actions) {
    verbs += (verbs.empty() ? "" : ", ") + parser->get_name();
    if (!arguments.empty() && arguments.front() == parser->get_name())
      chosen = parser;
  }
  if (chosen)
    arguments = withEmptyValues(*chosen, arguments);
  else if (!arguments.empty() && !arguments.front().starts_with('-'))
    return fail(invalidInput("expected one of " + verbs + ", found " + arguments.front() + " (see " +
                             tool.name + " --help)"));
  std::reverse(arguments.begin(), arguments.end()); // CLI11 takes them from the back
  try {
    app.parse(std::move(arguments));
  } catch (const CLI::ParseError &error) {
    if (error.get_exit_code() == 0)
      return app.exit(error);
    std::string verb;
    for (const CLI::App *chosen : app.get_subcommands())
      verb = " " + chosen->get_name();
    return fail(invalidInput(std::string(error.what()) + " (see " + tool.name + verb + " --help)"));
  }

  for (auto &[parser, action] : actions)
    if (parser->parsed()) {
      Status status = action();
      if (status.ok())
        status = finishOutput();
      return status.ok() ? 0 : fail(status);
    }
  return fail(internalError("no verb was chosen"));
}

} // namespace

int sennit::cli::runTool(const Tool &tool, int argc, char **argv) {
  catchInterrupts();
  try {
    return parseAndRun(tool, argc, argv);
  } catch (const std::bad_alloc &) {
    return fail(resourceExhausted("out of memory"));
  } catch (const std::exception &error) {
    return fail(internalError(error.what()));
  }
}
