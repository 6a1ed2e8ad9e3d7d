// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include <cstddef>
#include <type_traits>
#include <utility>

namespace sennit {

template <typename Signature>
class FunctionRef;

/// A callable borrowed for the length of a call: unlike std::function it never allocates and never copies
/// what it calls. Empty when made from nothing or nullptr.
template <typename Result, typename... Args>
class FunctionRef<Result(Args...)> {
public:
  FunctionRef() = default;
  FunctionRef(std::nullptr_t) {}
  template <typename Callable>
    requires(!std::is_same_v<std::remove_cvref_t<Callable>, FunctionRef> &&
             std::is_invocable_r_v<Result, Callable &, Args...>)
  FunctionRef(Callable &&callable)
      : target(const_cast<void *>(static_cast<const void *>(&callable))),
        call([](void *target, Args... args) -> Result {
          return (*static_cast<std::remove_reference_t<Callable> *>(target))(std::forward<Args>(args)...);
        }) {}

  Result operator()(Args... args) const { return call(target, std::forward<Args>(args)...); }
  explicit operator bool() const { return call != nullptr; }

private:
  void *target = nullptr;
  Result (*call)(void *, Args...) = nullptr;
};

} // namespace sennit
