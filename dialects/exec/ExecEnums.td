// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
// Enums of the schema that only the exec dialect needs. Numbers equal those of runtime/schema/types.fbs; a test
// compares them.
#ifndef SENNIT_DIALECTS_EXEC_ENUMS
#define SENNIT_DIALECTS_EXEC_ENUMS

include "mlir/IR/EnumAttr.td"

class Exec_Enum<string name, string summary, list<I32EnumAttrCase> cases> : I32EnumAttr<name, summary, cases> {
  let cppNamespace = "::sennit::exec";
}

def Exec_Layout : Exec_Enum<"Layout", "a weight layout", [
  I32EnumAttrCase<"Rows", 0, "rows">, I32EnumAttrCase<"Packed", 1, "packed">]>;

def Exec_CpuLevel : Exec_Enum<"CpuLevel", "a CPU code level", [
  I32EnumAttrCase<"Avx2", 0, "avx2">, I32EnumAttrCase<"Avx512", 1, "avx512">]>;

def Exec_Space : Exec_Enum<"Space", "a place where operands live", [
  I32EnumAttrCase<"Arena", 0, "arena">, I32EnumAttrCase<"Weight", 1, "weight">,
  I32EnumAttrCase<"KeyCache", 2, "key_cache">, I32EnumAttrCase<"ValueCache", 3, "value_cache">,
  I32EnumAttrCase<"Step", 4, "step">]>;

def Exec_StepField : Exec_Enum<"StepField", "a field of the step input", [
  I32EnumAttrCase<"Counts", 0, "counts">, I32EnumAttrCase<"Tokens", 1, "tokens">,
  I32EnumAttrCase<"Positions", 2, "positions">, I32EnumAttrCase<"RowSequence", 3, "row_sequence">,
  I32EnumAttrCase<"RowSlot", 4, "row_slot">, I32EnumAttrCase<"SequenceSegments", 5, "sequence_segments">,
  I32EnumAttrCase<"SegmentPages", 6, "segment_pages">, I32EnumAttrCase<"SegmentLength", 7, "segment_length">,
  I32EnumAttrCase<"SegmentFirst", 8, "segment_first">, I32EnumAttrCase<"Pages", 9, "pages">,
  I32EnumAttrCase<"Wanted", 10, "wanted">, I32EnumAttrCase<"RowBlocks", 11, "row_blocks">]>;

def Exec_StepRole : Exec_Enum<"StepRole", "a step role", [
  I32EnumAttrCase<"Generated", 0, "generated">, I32EnumAttrCase<"Mixed", 1, "mixed">,
  I32EnumAttrCase<"Prompt", 2, "prompt">]>;

def Exec_AccessMode : Exec_Enum<"AccessMode", "an access mode", [
  I32EnumAttrCase<"Read", 0, "read">, I32EnumAttrCase<"Write", 1, "write">]>;

def Exec_CollectiveKind : Exec_Enum<"CollectiveKind", "a collective", [
  I32EnumAttrCase<"AllReduce", 0, "all_reduce">, I32EnumAttrCase<"AllGather", 1, "all_gather">,
  I32EnumAttrCase<"ReduceScatter", 2, "reduce_scatter">, I32EnumAttrCase<"AllToAll", 3, "all_to_all">,
  I32EnumAttrCase<"Broadcast", 4, "broadcast">]>;

#endif // SENNIT_DIALECTS_EXEC_ENUMS
