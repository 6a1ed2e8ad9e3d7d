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
