// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#ifndef SENNIT_NN_TYPES
#define SENNIT_NN_TYPES

include "dialects/Common.td"
include "dialects/nn/NnDialect.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/BuiltinTypes.td"

class Nn_Type<string name, string typeMnemonic> : TypeDef<Nn_Dialect, name> { let mnemonic = typeMnemonic; }

def Nn_Weight : Nn_Type<"Weight", "weight"> {
  let summary = "A stored parameter: a matrix of rows x k elements, or a vector";
  let description = [{
    Rows are output features (or table entries), k runs along a row and is what block formats group by 32.

    **Constraints**
    - C1: one or two dimensions, each at least 1
    - C2: the format is a weight format (not i32)
    - C3: the last dimension of a block format is a multiple of 32

    Example: `!nn.weight<576x1536, q4_1>`, `!nn.weight<576, f32>`
  }];
  let parameters = (ins ArrayRefParameter<"int64_t", "dimensions">:$shape, EnumParameter<Sennit_Format>:$format);
  let assemblyFormat = "`<` custom<StaticShape>($shape) `,` $format `>`";
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    bool isMatrix() const { return getShape().size() == 2; }
    bool isVector() const { return getShape().size() == 1; }
    /// Output features of a matrix; 1 for a vector.
    int64_t getRows() const { return isMatrix() ? getShape()[0] : 1; }
    /// Elements of one row.
    int64_t getK() const { return getShape().back(); }
    /// Whether elements are stored in blocks of 32 with a shared scale.
    bool isBlockQuantised() const {
      return getFormat() == ::sennit::Format::Q8_0 || getFormat() == ::sennit::Format::Q4_0 ||
             getFormat() == ::sennit::Format::Q4_1;
    }
    /// Bytes of one row as stored in a checkpoint, without packing's padding.
    int64_t getRowBytes() const;
    int64_t getBytes() const { return getRows() * getRowBytes(); }
  }];
}

def Nn_Cache : Nn_Type<"Cache", "cache"> {
  let summary = "The keys and values of one layer, of every sequence of the step";
  let description = [{
    A value of kv_heads x head_dim elements for keys and as many for values, per position. How positions are found (pages,
    segments) is in `!nn.batch`; how elements are stored is decided when lowering.

    **Constraints**
    - C1: both dimensions are at least 1

    Example: `!nn.cache<3x64>`
  }];
  let parameters = (ins "int64_t":$kvHeads, "int64_t":$headDim);
  let assemblyFormat = "`<` custom<HeadShape>($kvHeads, $headDim) `>`";
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// Elements of one position's keys (as many for its values).
    int64_t getWidth() const { return getKvHeads() * getHeadDim(); }
  }];
}

def Nn_Batch : Nn_Type<"Batch", "batch"> {
  let summary = "The ragged structure of a step: the sequence of each row, segments and pages, how many rows have each role";
}

// Constraint summaries are noun phrases: MLIR prepends "must be".
def Nn_Activation : Type<CPred<[{[](::mlir::Type type) {
    auto tensor = ::llvm::dyn_cast<::mlir::RankedTensorType>(type);
    return tensor && tensor.getRank() == 2 && tensor.isDynamicDim(0) && !tensor.isDynamicDim(1) &&
           tensor.getDimSize(1) > 0 && tensor.getElementType().isF32();
  }($_self)}]>, "a tensor of f32 with dynamic rows and at least one static column", "::mlir::RankedTensorType">;
def Nn_Indices : Type<CPred<[{[](::mlir::Type type) {
    auto tensor = ::llvm::dyn_cast<::mlir::RankedTensorType>(type);
    return tensor && tensor.getRank() == 1 && tensor.isDynamicDim(0) && tensor.getElementType().isSignlessInteger(32);
  }($_self)}]>, "a tensor<?xi32>", "::mlir::RankedTensorType">;
def Nn_Matrix : Type<CPred<"::llvm::isa<::sennit::nn::WeightType>($_self) && ::llvm::cast<::sennit::nn::WeightType>($_self).isMatrix()">,
  "a weight matrix", "::sennit::nn::WeightType">;
def Nn_Vector : Type<CPred<"::llvm::isa<::sennit::nn::WeightType>($_self) && ::llvm::cast<::sennit::nn::WeightType>($_self).isVector()">,
  "a weight vector", "::sennit::nn::WeightType">;

#endif // SENNIT_NN_TYPES
