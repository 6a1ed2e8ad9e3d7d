// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

namespace sennit {

/// `sennit-opt FILE --emit-cuda[=sm_90a]`: the kernels of a module as CUDA C++. `argv` holds the flag;
/// further flags are those of mlir-translate. Returns the exit code.
int emitCudaMain(int argc, char **argv);

/// Whether the flag is among the arguments.
bool wantsCuda(int argc, char **argv);

} // namespace sennit
