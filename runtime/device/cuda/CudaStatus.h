// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "runtime/base/Status.h"
#include "runtime/device/cuda/DriverApi.h"

#include <span>
#include <string_view>

namespace sennit::cuda {

/// What a CUresult means to a user.
struct ResultMeaning {
  Result result;
  const char *name; ///< as in cuda.h
  Code code;
  const char *text;
};

/// Every CUresult that is known, ascending.
std::span<const ResultMeaning> resultMeanings();

/// The name of a CUresult; "CUDA_ERROR_<number>" of one that is not known.
std::string resultName(Result result);

/// The Status of a driver call: `call` is the function, `subject` what it was about: a buffer, a kernel.
Status statusOf(Result result, std::string_view call, std::string_view subject);

} // namespace sennit::cuda
