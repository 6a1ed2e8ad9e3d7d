// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/cli/Engine.h"

#include <CLI/CLI.hpp>

using namespace sennit;
using namespace sennit::cli;

void EngineFlags::addFlags(CLI::App &app) {
  app.add_option("--threads", threads, "Threads; the default is as many as this process can run at once")
      ->check(CLI::Range(1, 1024));
  app.add_option("--level", level, "Run this code level instead of the highest possible")
      ->check(CLI::IsMember({"avx2", "avx512"}));
  app.add_option("--chunk", chunk,
                 "Most prompt tokens of one step; the default is all that the package allows")
      ->check(CLI::Range(1, 1 << 20));
}

StatusOr<std::shared_ptr<const Package>> EngineFlags::openPackage(const std::string &path,
                                                                  bool executable) const {
  OpenOptions options;
  options.executable = executable;
  if (!level.empty())
    options.level = level == "avx2" ? schema::CpuLevel::Avx2 : schema::CpuLevel::Avx512;
  return Package::open(path, options);
}

Status cli::checkIds(const std::string &what, std::span<const int32_t> ids, const Package &package) {
  const schema::Model &model = *package.root().model();
  for (size_t i = 0; i < ids.size(); ++i)
    if (ids[i] < 0 || static_cast<uint32_t>(ids[i]) >= model.vocab_size())
      return invalidInput(what + ": expected ids below " + std::to_string(model.vocab_size()) + ", found " +
                          std::to_string(ids[i]) + " at item " + std::to_string(i + 1));
  if (ids.size() > model.context_length())
    return invalidInput(what + ": expected at most the context of " + std::to_string(model.context_length()) +
                        " tokens, found " + std::to_string(ids.size()));
  return Status::okay();
}
