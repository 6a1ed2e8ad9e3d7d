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
/// What a tile holds; q8 is blocks of 32 signed bytes with a scale and a sum.
def Tile_Element : I32EnumAttr<"Element", "a tile element", [ElementF32, ElementI32, ElementQ8]> {
  let cppNamespace = "::sennit::tile";
}

def LevelReg : I32EnumAttrCase<"Reg", 0, "reg">;
def LevelShared : I32EnumAttrCase<"Shared", 1, "shared">;
/// Where a tile lives: in registers, or in memory that the lanes of a worker share.
def Tile_Level : I32EnumAttr<"Level", "a tile level", [LevelReg, LevelShared]> {
  let cppNamespace = "::sennit::tile";
}

def ReductionSum : I32EnumAttrCase<"Sum", 0, "sum">;
def ReductionSumSquares : I32EnumAttrCase<"SumSquares", 1, "sum_squares">;
def ReductionMax : I32EnumAttrCase<"Max", 2, "max">;
/// What tile.reduce does along the last dimension.
def Tile_Reduction : I32EnumAttr<"Reduction", "a reduction", [ReductionSum, ReductionSumSquares, ReductionMax]> {
  let cppNamespace = "::sennit::tile";
}

#endif // SENNIT_TILE_ENUMS
