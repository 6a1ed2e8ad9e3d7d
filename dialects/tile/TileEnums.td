// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#ifndef SENNIT_TILE_ENUMS
#define SENNIT_TILE_ENUMS

include "mlir/IR/EnumAttr.td"

def LayoutRows : I32EnumAttrCase<"Rows", 0, "rows">;
def LayoutPacked : I32EnumAttrCase<"Packed", 1, "packed">;
def LayoutKeys : I32EnumAttrCase<"Keys", 2, "keys">;
def LayoutValues : I32EnumAttrCase<"Values", 3, "values">;
/// How the elements of a view are arranged in memory.
def Tile_ViewLayout : I32EnumAttr<"ViewLayout", "a view layout",
    [LayoutRows, LayoutPacked, LayoutKeys, LayoutValues]> {
  let cppNamespace = "::sennit::tile";
}

def ElementF32 : I32EnumAttrCase<"F32", 0, "f32">;
def ElementI32 : I32EnumAttrCase<"I32", 1, "i32">;
def ElementQ8 : I32EnumAttrCase<"Q8", 2, "q8">;
def ElementF16 : I32EnumAttrCase<"F16", 3, "f16">;
def ElementBF16 : I32EnumAttrCase<"BF16", 4, "bf16">;
def ElementSplit : I32EnumAttrCase<"Split", 5, "split">;
/// What a tile holds. The rest is made by tile.encode: q8 is blocks of 32 signed bytes with a scale and a sum, f16 has a
/// power of two for each row, bf16 is rounded, split is a bf16 and a second one for what the first leaves out.
def Tile_Element : I32EnumAttr<"Element", "a tile element",
    [ElementF32, ElementI32, ElementQ8, ElementF16, ElementBF16, ElementSplit]> {
  let cppNamespace = "::sennit::tile";
}

def LevelReg : I32EnumAttrCase<"Reg", 0, "reg">;
def LevelShared : I32EnumAttrCase<"Shared", 1, "shared">;
def LevelScratch : I32EnumAttrCase<"Scratch", 2, "scratch">;
/// Where a tile lives: in registers, in memory that the lanes of a worker share, or in memory of the device that one
/// function of a launch leaves to the next.
def Tile_Level : I32EnumAttr<"Level", "a tile level", [LevelReg, LevelShared, LevelScratch]> {
  let cppNamespace = "::sennit::tile";
}

def ReductionSum : I32EnumAttrCase<"Sum", 0, "sum">;
def ReductionSumSquares : I32EnumAttrCase<"SumSquares", 1, "sum_squares">;
def ReductionMax : I32EnumAttrCase<"Max", 2, "max">;
/// What tile.reduce does along the last dimension.
def Tile_Reduction : I32EnumAttr<"Reduction", "a reduction", [ReductionSum, ReductionSumSquares, ReductionMax]> {
  let cppNamespace = "::sennit::tile";
}

def FormRow : I32EnumAttrCase<"Row", 0, "row">;
def FormFew : I32EnumAttrCase<"Few", 1, "few">;
def FormEncode : I32EnumAttrCase<"Encode", 2, "encode">;
def FormStream : I32EnumAttrCase<"Stream", 3, "stream">;
def FormMany : I32EnumAttrCase<"Many", 4, "many">;
def FormPrompt : I32EnumAttrCase<"Prompt", 5, "prompt">;
def FormGenerated : I32EnumAttrCase<"Generated", 6, "generated">;
def FormMerge : I32EnumAttrCase<"Merge", 7, "merge">;
/// What a CUDA function does of a kernel: see #tile.cuda.
def Tile_CudaForm : I32EnumAttr<"CudaForm", "the form of a CUDA function",
    [FormRow, FormFew, FormEncode, FormStream, FormMany, FormPrompt, FormGenerated, FormMerge]> {
  let cppNamespace = "::sennit::tile";
}

#endif // SENNIT_TILE_ENUMS
