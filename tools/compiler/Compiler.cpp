// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/compiler/Compiler.h"

#include "tools/compiler/Calls.h"
#include "tools/compiler/Options.h"

#include <cstdlib>
#include <cstring>
#include <exception>

using namespace sennit;

namespace {

/// Runs one call behind the C boundary: nothing thrown passes it.
int call(StatusOr<nlohmann::json> (*function)(const nlohmann::json &), const char *options, char **result,
         char **error) {
  *result = *error = nullptr;
  Status status;
  try {
    compiler::interrupted = false;
    StatusOr<nlohmann::json> answer = function(nlohmann::json::parse(options));
    if (answer.ok()) {
      *result = strdup(answer->dump(-1, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
      return 0;
    }
    status = answer.status();
  } catch (const std::bad_alloc &) {
    status = resourceExhausted("out of memory");
  } catch (const std::exception &exception) {
    status = internalError(exception.what());
  }
  *error = strdup(status.message().c_str());
  return status.exitCode();
}

} // namespace

#define SENNIT_EXPORT __attribute__((visibility("default")))

SENNIT_EXPORT int sennitCompile(const char *options, char **result, char **error) {
  return call(compiler::compile, options, result, error);
}
SENNIT_EXPORT int sennitInterpret(const char *options, char **result, char **error) {
  return call(compiler::interpret, options, result, error);
}
SENNIT_EXPORT int sennitExplain(const char *options, char **result, char **error) {
  return call(compiler::explain, options, result, error);
}
SENNIT_EXPORT int sennitPlan(const char *options, char **result, char **error) {
  return call(compiler::plan, options, result, error);
}
SENNIT_EXPORT void sennitInterrupt(void) {
  compiler::interrupted.store(true, std::memory_order_relaxed);
}
