// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/program/File.h"

namespace sennit {

const char *sectionName(SectionKind kind) {
  switch (kind) {
  case SectionKind::Program:
    return "program";
  case SectionKind::NativeAvx2:
    return "native code for avx2";
  case SectionKind::NativeAvx512:
    return "native code for avx512";
  case SectionKind::Tokenizer:
    return "tokenizer";
  case SectionKind::NnModule:
    return "nn module";
  case SectionKind::Plan:
    return "plan";
  case SectionKind::Weights:
    return "weights";
  case SectionKind::DeviceCode:
    return "device code";
  }
  return "unknown section";
}

SectionKind nativeSection(schema::CpuLevel level) {
  return level == schema::CpuLevel::Avx512 ? SectionKind::NativeAvx512 : SectionKind::NativeAvx2;
}

} // namespace sennit
