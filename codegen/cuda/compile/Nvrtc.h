// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// NVIDIA's compiler library, opened at run time: packages are made on machines without a GPU, and nothing is
// linked with it.
#pragma once

#include "runtime/base/StatusOr.h"
#include "runtime/program/DeviceTarget.h"

#include <string>
#include <vector>

namespace sennit {

/// What one text came to.
struct NvrtcOutput {
  std::string code; ///< a cubin, or PTX that ends in a zero byte
  std::string log;  ///< what ptxas reports of each function
};

/// The library. Immutable; thread-safe: texts compile side by side.
class Nvrtc {
public:
  /// Opens $SENNIT_NVRTC where that is set, otherwise the first of the system's library path and
  /// cudaFolders("lib") that has version 13.0 or newer; once for the process. Unavailable where there is
  /// none: the message says which were too old and how to get one.
  static StatusOr<const Nvrtc *> open();

  /// "13.0".
  const std::string &version() const { return versionText; }

  /// Compiles `text`, which can include the device headers, for a target of kind Cubin or Ptx. InvalidInput
  /// with the first error's place and text, Unsupported where this version does not know the architecture.
  StatusOr<NvrtcOutput> compile(const std::string &text, const DeviceTarget &target) const;

  /// The options that `compile` gives, for keys of caches.
  static std::vector<std::string> options(const DeviceTarget &target);

private:
  using Program = void *;
  struct Functions {
    int (*version)(int *, int *);
    const char *(*errorText)(int);
    int (*create)(Program *, const char *, const char *, int, const char *const *, const char *const *);
    int (*compile)(Program, int, const char *const *);
    int (*destroy)(Program *);
    int (*logSize)(Program, size_t *);
    int (*log)(Program, char *);
    int (*cubinSize)(Program, size_t *);
    int (*cubin)(Program, char *);
    int (*ptxSize)(Program, size_t *);
    int (*ptx)(Program, char *);
  };
  static StatusOr<const Nvrtc *> search();
  /// Whether the library at `path` is there and new enough; where too old, `old` gets its version.
  bool load(const std::string &path, std::string &old);

  Functions call{};
  std::string versionText;
};

} // namespace sennit
