// SPDX-License-Identifier: Apache-2.0
// Enums that two dialects share. Numbers equal those of runtime/schema/types.fbs; a test compares them.
#ifndef SENNIT_DIALECTS_COMMON
#define SENNIT_DIALECTS_COMMON

include "mlir/IR/EnumAttr.td"

def FormatF32 : I32EnumAttrCase<"F32", 0, "f32">;
def FormatF16 : I32EnumAttrCase<"F16", 1, "f16">;
def FormatBF16 : I32EnumAttrCase<"BF16", 2, "bf16">;
def FormatQ8_0 : I32EnumAttrCase<"Q8_0", 3, "q8_0">;
def FormatQ4_0 : I32EnumAttrCase<"Q4_0", 4, "q4_0">;
def FormatQ4_1 : I32EnumAttrCase<"Q4_1", 5, "q4_1">;
def FormatI32 : I32EnumAttrCase<"I32", 6, "i32">;
/// How elements are stored.
def Sennit_Format : I32EnumAttr<"Format", "a storage format",
    [FormatF32, FormatF16, FormatBF16, FormatQ8_0, FormatQ4_0, FormatQ4_1, FormatI32]> {
  let cppNamespace = "::sennit";
}

def DomainAll : I32EnumAttrCase<"All", 0, "all">;
def DomainGenerated : I32EnumAttrCase<"Generated", 1, "generated">;
def DomainPrompt : I32EnumAttrCase<"Prompt", 2, "prompt">;
def DomainWanted : I32EnumAttrCase<"Wanted", 3, "wanted">;
/// Which rows of a step are meant.
def Sennit_RowDomain : I32EnumAttr<"RowDomain", "a row domain",
    [DomainAll, DomainGenerated, DomainPrompt, DomainWanted]> {
  let cppNamespace = "::sennit";
}

def LaneCompute : I32EnumAttrCase<"Compute", 0, "compute">;
def LaneMemory : I32EnumAttrCase<"Memory", 1, "memory">;
def LaneNetwork : I32EnumAttrCase<"Network", 2, "network">;
/// The hardware resource that a lane stands for.
def Sennit_Lane : I32EnumAttr<"Lane", "a lane", [LaneCompute, LaneMemory, LaneNetwork]> {
  let cppNamespace = "::sennit";
}

def RangeOwn : I32EnumAttrCase<"Own", 0, "own">;
def RangeBefore : I32EnumAttrCase<"Before", 1, "before">;
def RangeAll : I32EnumAttrCase<"All", 2, "all">;
/// The rows that an access touches, relative to the piece's own rows.
def Sennit_AccessRange : I32EnumAttr<"AccessRange", "an access range", [RangeOwn, RangeBefore, RangeAll]> {
  let cppNamespace = "::sennit";
}

#endif // SENNIT_DIALECTS_COMMON
