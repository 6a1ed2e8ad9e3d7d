// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/sennit/CompilerLibrary.h"

#include "tools/cli/Interrupt.h"

#include <nlohmann/json.hpp>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <unistd.h>

using namespace sennit;
using nlohmann::json;

namespace {

using Entry = int (*)(const char *, char **, char **);

StatusOr<void *> openLibrary() {
  static void *handle = nullptr;
  if (handle)
    return handle;
  SENNIT_ASSIGN_OR_RETURN(std::string path, compiler::libraryPath());
  if (access(path.c_str(), R_OK) != 0)
    return Status(Code::Unavailable,
                  "this needs the compiler library, expected at " + path + ": " + std::strerror(errno));
  handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!handle)
    return Status(Code::Unavailable, std::string("cannot open the compiler library: ") + dlerror());
  return handle;
}

Code codeOf(int exitCode) {
  switch (exitCode) {
  case 1:
    return Code::InvalidInput;
  case 3:
    return Code::Refused;
  case 130:
    return Code::Interrupted;
  default:
    return Code::Internal;
  }
}

/// A malloc'd string of the library, freed here.
std::string take(char *text) {
  std::string copy = text ? text : "";
  std::free(text);
  return copy;
}

StatusOr<json> call(const char *name, const json &options) {
  SENNIT_ASSIGN_OR_RETURN(void *library, openLibrary());
  auto entry = reinterpret_cast<Entry>(dlsym(library, name));
  if (!entry)
    return internalError(std::string("the compiler library has no ") + name);
  auto stop = reinterpret_cast<void (*)()>(dlsym(library, "sennitInterrupt"));
  cli::onInterrupt(stop ? stop : cli::exitNow);
  // The library takes any bytes in strings; JSON text does not, and file names need not be UTF-8.
  std::string text = options.dump(-1, ' ', false, json::error_handler_t::replace);
  char *result = nullptr, *error = nullptr;
  int exitCode = entry(text.c_str(), &result, &error);
  cli::onInterrupt(nullptr);
  std::string resultText = take(result), message = take(error);
  if (exitCode != 0)
    return Status(codeOf(exitCode),
                  message.empty() ? std::string(name) + " failed without a message" : message);
  if (resultText.empty())
    return json::object();
  json parsed = json::parse(resultText, nullptr, /*allow_exceptions=*/false);
  if (parsed.is_discarded())
    return internalError(std::string(name) + " gave a result that is not JSON");
  return parsed;
}

} // namespace

StatusOr<std::string> compiler::libraryPath() {
  char buffer[PATH_MAX];
  ssize_t length = readlink("/proc/self/exe", buffer, sizeof buffer);
  if (length <= 0 || length == static_cast<ssize_t>(sizeof buffer))
    return internalError(std::string("cannot tell where this program is: ") + std::strerror(errno));
  std::string path(buffer, static_cast<size_t>(length));
  path.resize(path.find_last_of('/'));
  return path + "/../lib/libsennit-compiler.so";
}

StatusOr<json> compiler::compile(const json &options) {
  return call("sennitCompile", options);
}
StatusOr<json> compiler::interpret(const json &options) {
  return call("sennitInterpret", options);
}
StatusOr<json> compiler::explain(const json &options) {
  return call("sennitExplain", options);
}
StatusOr<json> compiler::plan(const json &options) {
  return call("sennitPlan", options);
}
