// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "runtime/base/Status.h"
#include "runtime/schema/program_generated.h"

#include <cstdint>
#include <span>

namespace sennit {

/// What the rest of a package file offers to its program section.
struct SectionFacts {
  uint64_t nativeBytes[2] = {0, 0}; ///< by CpuLevel; 0 where the section is missing
  uint64_t weightsBytes = 0;
  uint64_t deviceBytes = 0; ///< 0 where the section is missing
};

/// Checks that bytes are a program section: its FlatBuffer structure, then verifyContents.
Status verifyProgramSection(std::span<const uint8_t> bytes, const SectionFacts &facts);

/// Checks every index, offset, range, alignment and enum of a structurally sound package against what it
/// refers to. After it execution trusts the package. The message names the first offender with index, value
/// and limit.
Status verifyContents(const schema::Package &package, const SectionFacts &facts);

/// Checks weights: formats, slices that tile rows x k, places inside the section, number of hashes.
Status verifyWeightTable(const schema::Package &package, uint64_t sectionBytes);

/// Checks the code for devices against the kernels and the bytes of its section (VerifyDevices.cpp).
Status verifyDevices(const schema::Package &package, uint64_t sectionBytes);

/// Checks one program against the package (VerifyProgram.cpp). `rows`: the most rows that it is used for.
Status verifyProgram(const schema::Package &package, uint32_t index, uint32_t rows);

/// The most rows whose logits one step can deliver: max_rows, or less where a program's buffers hold fewer.
uint32_t wantedLimit(const schema::Package &package);

} // namespace sennit
