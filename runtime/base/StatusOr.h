// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "runtime/base/Status.h"

#include <cassert>
#include <optional>

namespace sennit {

/// A value, or the Status that says why there is none. Owns the value; thread-compatible.
template <typename T>
class [[nodiscard]] StatusOr {
public:
  StatusOr(Status status) : failure(std::move(status)) {
    assert(!failure.ok() && "an ok status needs a value");
  }
  StatusOr(T value) : held(std::move(value)) {}

  bool ok() const { return held.has_value(); }
  const Status &status() const { return failure; }
  T &operator*() { return *held; }
  const T &operator*() const { return *held; }
  T *operator->() { return &*held; }
  const T *operator->() const { return &*held; }
  T take() { return std::move(*held); }

private:
  Status failure;
  std::optional<T> held;
};

} // namespace sennit

#define SENNIT_CONCAT_INNER(a, b) a##b
#define SENNIT_CONCAT(a, b) SENNIT_CONCAT_INNER(a, b)
/// `SENNIT_ASSIGN_OR_RETURN(auto x, call())`: declares x from a StatusOr, or returns its status.
#define SENNIT_ASSIGN_OR_RETURN(declaration, expr)                                                           \
  SENNIT_ASSIGN_IMPL(SENNIT_CONCAT(sennitOr, __LINE__), declaration, expr)
#define SENNIT_ASSIGN_IMPL(temporary, declaration, expr)                                                     \
  auto temporary = (expr);                                                                                   \
  if (!temporary.ok())                                                                                       \
    return temporary.status();                                                                               \
  declaration = temporary.take()
