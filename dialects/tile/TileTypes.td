// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#ifndef SENNIT_TILE_TYPES
#define SENNIT_TILE_TYPES

include "dialects/Common.td"
include "dialects/tile/TileDialect.td"
include "dialects/tile/TileEnums.td"
include "mlir/IR/AttrTypeBase.td"

class Tile_Type<string className, string typeMnemonic> : TypeDef<Tile_Dialect, className> {
  let mnemonic = typeMnemonic;
}

def Tile_ViewType : Tile_Type<"View", "view"> {
  let summary = "memory that a kernel reads or writes";
  let description = [{
    `rows`: row-major without padding; rank 2 (`?x576`: activations, or the rows of a weight) or rank 1 (a vector, or
    an array of the step). `packed`: a weight in tiles of 16 rows, rank 2, reached through its table of slices.
    `keys` and `values`: the cache pools, [positions, kv_heads, head_dim], in pages of 32 positions.

    Constraints
    - C1: `rows` has rank 1 or 2, `packed` rank 2, `keys` and `values` rank 3.
    - C2: only the first dimension may be `?`; every other is positive; `packed` has no `?`.
    - C3: `rows` holds f32, f16, bf16 or i32; `packed` anything but i32; `keys` and `values` f32 or f16.
    - C4: block formats (q8_0, q4_0, q4_1) have a last dimension that is a multiple of 32.

    Example: `!tile.view<1536x576, q4_1, packed>`
  }];
  let parameters = (ins ArrayRefParameter<"int64_t">:$shape, EnumParameter<Sennit_Format>:$format,
                        EnumParameter<Tile_ViewLayout>:$layout);
  let assemblyFormat = "`<` custom<Shape>($shape) `,` $format `,` $layout `>`";
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// `!tile.view<?, i32, rows>`: an array of the step.
    static ViewType getStep(::mlir::MLIRContext *context);
    int64_t getRank() const { return getShape().size(); }
    /// The width of a row: the last dimension.
    int64_t getWidth() const { return getShape().back(); }
    bool isCache() const { return getLayout() == ViewLayout::Keys || getLayout() == ViewLayout::Values; }
  }];
}

def Tile_TileType : Tile_Type<"Tile", "tile"> {
  let summary = "values of some rows of a kernel";
  let description = [{
    Rank 2 is [rows, columns], rank 3 [rows, group, columns]. The first dimension is `?` (the rows at hand) or 1 (the
    same for every row). A `reg` tile is an expression that each use evaluates, 16 columns at a time; a `shared` tile
    is computed once, where it stands, into the worker's scratch; a `scratch` tile is in memory of the device.

    Constraints
    - C1: rank 2 or 3; the first dimension is `?` or 1, every other is positive.
    - C2: q8 is `shared`, has rank 2 and a last dimension that is a multiple of 32.
    - C3: f16, bf16 and split are `shared` or `scratch` and have rank 2; nothing else is `scratch`.

    Example: `!tile.tile<?x3x64, f32, shared>`
  }];
  let parameters = (ins ArrayRefParameter<"int64_t">:$shape, EnumParameter<Tile_Element>:$element,
                        EnumParameter<Tile_Level>:$level);
  let assemblyFormat = "`<` custom<Shape>($shape) `,` $element `,` $level `>`";
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    int64_t getRank() const { return getShape().size(); }
    int64_t getColumns() const { return getShape().back(); }
    /// The middle dimension; 1 for rank 2.
    int64_t getGroup() const { return getRank() == 3 ? getShape()[1] : 1; }
    bool hasRows() const { return ::mlir::ShapedType::isDynamic(getShape()[0]); }
    bool isReg() const { return getLevel() == Level::Reg; }
    bool isShared() const { return getLevel() == Level::Shared; }
    /// Whether tile.encode makes it.
    bool isEncoded() const { return getElement() != Element::F32 && getElement() != Element::I32; }
    /// Whether it is an operand of tensor cores: f16, bf16 or split.
    bool isTensorOperand() const { return isEncoded() && getElement() != Element::Q8; }
    TileType withLevel(Level level) const;
  }];
}

def Tile_BlockType : Tile_Type<"Block", "block"> {
  let summary = "up to 256 consecutive keys of one segment";
  let description = [{ Given to the body of `tile.keys`; `tile.contract` reads the keys and values that it names. }];
}

def Tile_StepView : Type<CPred<"$_self == ::sennit::tile::ViewType::getStep($_self.getContext())">,
                         "an array of the step", "::sennit::tile::ViewType">,
                    BuildableType<"::sennit::tile::ViewType::getStep($_builder.getContext())">;
def Tile_ValidTile
    : Type<And<[CPred<"::llvm::isa<::sennit::tile::TileType>($_self)">,
                CPred<"::llvm::cast<::sennit::tile::TileType>($_self).getElement() == ::sennit::tile::Element::I32">]>,
           "a tile of i32", "::sennit::tile::TileType">;

#endif // SENNIT_TILE_TYPES
