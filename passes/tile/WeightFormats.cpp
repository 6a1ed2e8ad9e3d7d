// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "passes/tile/WeightFormats.h"

namespace sennit {

WeightFormat weightFormatOf(Format format) {
  switch (format) {
  case Format::F16:
    return WeightFormat::F16;
  case Format::BF16:
    return WeightFormat::BF16;
  case Format::Q8_0:
    return WeightFormat::Q8_0;
  case Format::Q4_0:
    return WeightFormat::Q4_0;
  case Format::Q4_1:
    return WeightFormat::Q4_1;
  default:
    return WeightFormat::F32;
  }
}

} // namespace sennit
