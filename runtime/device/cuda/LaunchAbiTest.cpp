// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/device/cuda/LaunchAbi.h"

#define SENNIT_EMULATED
#include "codegen/cuda/device/launch.cuh"

#include "runtime/schema/types_generated.h"

#include <gtest/gtest.h>

namespace sennit::cuda {

TEST(LaunchAbi, IsWhatKernelsRead) {
  using Ours = LaunchArguments;
  static_assert(sizeof(Ours) == sizeof(Launch) && Ours::mostOperands == most_operands);
  EXPECT_EQ(offsetof(Ours, operands), offsetof(Launch, operands));
  EXPECT_EQ(offsetof(Ours, counts), offsetof(Launch, counts));
  EXPECT_EQ(offsetof(Ours, rowBlocks), offsetof(Launch, row_blocks));
  EXPECT_EQ(offsetof(Ours, scratch), offsetof(Launch, scratch));
  EXPECT_EQ(offsetof(Ours, domain), offsetof(Launch, domain));
  EXPECT_EQ(offsetof(Ours, rowBegin), offsetof(Launch, row_begin));
  EXPECT_EQ(offsetof(Ours, rowEnd), offsetof(Launch, row_end));
  EXPECT_EQ(offsetof(Ours, maxRows), offsetof(Launch, max_rows));
  EXPECT_EQ(offsetof(Ours, reserved), offsetof(Launch, reserved));
  for (auto [ours, theirs] : {std::pair(schema::RowDomain::All, Domain::All),
                              {schema::RowDomain::Generated, Domain::Generated},
                              {schema::RowDomain::Prompt, Domain::Prompt},
                              {schema::RowDomain::Wanted, Domain::Wanted}})
    EXPECT_EQ(unsigned(ours), unsigned(theirs));
}

} // namespace sennit::cuda
