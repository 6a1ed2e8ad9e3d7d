// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include <string>
#include <utility>

namespace sennit {

/// What kind of thing went wrong; decides the exit code of a tool.
enum class Code {
  Ok = 0,
  InvalidInput, ///< The file, text or flag is wrong; the message names place, expected and found. Exit 1.
  Unsupported,  ///< Valid, but not something this build can do; the message says what it can. Exit 1.
  ResourceExhausted, ///< Out of pages, memory or disk. Exit 1.
  Unavailable,       ///< A device, driver or library is missing here. Exit 1.
  Refused,           ///< Strict mode refused. Exit 3.
  Interrupted,       ///< A signal asked to stop. Exit 130.
  Internal,          ///< Our own bug. Exit 2.
};

/// The outcome of a fallible call: ok, or a code and one sentence (lower case, no final period).
/// A value; thread-compatible.
class [[nodiscard]] Status {
public:
  Status() = default;
  Status(Code code, std::string message) : statusCode(code), text(std::move(message)) {}
  static Status okay() { return {}; }

  bool ok() const { return statusCode == Code::Ok; }
  Code code() const { return statusCode; }
  const std::string &message() const { return text; }

  /// The exit code that a tool ends with for this status (architecture: 0, 1, 2, 3, 130).
  int exitCode() const {
    switch (statusCode) {
    case Code::Ok:
      return 0;
    case Code::Internal:
      return 2;
    case Code::Refused:
      return 3;
    case Code::Interrupted:
      return 130;
    default:
      return 1;
    }
  }

private:
  Code statusCode = Code::Ok;
  std::string text;
};

inline Status invalidInput(std::string message) {
  return {Code::InvalidInput, std::move(message)};
}
inline Status unsupported(std::string message) {
  return {Code::Unsupported, std::move(message)};
}
inline Status resourceExhausted(std::string message) {
  return {Code::ResourceExhausted, std::move(message)};
}
inline Status internalError(std::string message) {
  return {Code::Internal, std::move(message)};
}

} // namespace sennit

/// Returns from the enclosing function when `expr`, a Status, is not ok.
#define SENNIT_RETURN_IF_ERROR(expr)                                                                         \
  do {                                                                                                       \
    if (::sennit::Status sennitStatus = (expr); !sennitStatus.ok())                                          \
      return sennitStatus;                                                                                   \
  } while (false)
