// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Where tools of others are: CUDA's libraries and programs, and clang.
#pragma once

#include <string>
#include <vector>

namespace sennit {

/// Folders that may hold NVIDIA's `kind` ("lib" or "bin"), most wanted first, only those that exist:
/// $CUDA_HOME/kind (for lib also lib64), /usr/local/cuda/kind, then nvidia/*/kind in Python's site-packages:
/// of the build folder that this code is in, of $PYTHONPATH, of $VIRTUAL_ENV, of the user, of the python3 on
/// PATH and of the system.
std::vector<std::string> cudaFolders(const std::string &kind);

/// The path of the first of `names` that is an executable file on PATH; "" where none is.
std::string findOnPath(const std::vector<std::string> &names);

/// The value of an environment variable; "" where it is not set.
std::string environment(const char *name);

} // namespace sennit
