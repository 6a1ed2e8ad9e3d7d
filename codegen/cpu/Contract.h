// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// The inner loops of tile.contract on the CPU: one emitter for each (weight format, activation, code level),
// all in one table. Everything else of a kernel is lowered generically (LowerTile.h).
//
// Every emitter follows the canonical arithmetic of its weight format, so the two code levels, the forms
// below and any number of rows at once give the same bytes:
//   f32, f16, bf16: acc = fma(x[k], w[k] widened to f32, acc), k ascending
//   q8_0:           isum = sum(w * q) over 32 k, exact; acc = fma(f32(isum) * d_x, d_w, acc)
//   q4_0:           isum = sum(nibble * q) - 8 * sum(q); then as q8_0
//   q4_1:           isum = sum(nibble * q); as q8_0, then acc = fma(f32(sum(q)) * d_x, m_w, acc)
// A block of encoded activations holds f32(sum(q)) * d_x, so that it is computed once.
#pragma once

#include "dialects/Common.h"
#include "mlir/IR/Builders.h"
#include "runtime/schema/types_generated.h"

namespace sennit {

/// How an activation row is stored. F32: k floats. Q8: per 32 k, 44 bytes: f32 d, i32 sum(q), f32 f32(sum(q))
/// * d, 32 x i8 q, with every q in [-127, 127] (an emitter may give a wrong sum for -128).
enum class Activation { F32, Q8 };

/// Bytes of one encoded block of 32 activations.
inline constexpr int64_t q8BlockBytes = 44;

/// What a contraction is chosen by. Block formats take Q8 rows, float formats F32 rows.
struct ContractKind {
  Format weight;
  Activation activation;
  schema::CpuLevel level;
};

/// Emits the products of activation rows with packed weight tiles (16 weight rows, runtime/weights/Pack.h) at
/// the builder's insertion point, as arith, vector, scf and llvm ops that lowerToLLVMDialect accepts.
/// Immutable, shared, thread-safe.
class ContractEmitter {
public:
  virtual ~ContractEmitter() = default;

  /// Bytes of one packed tile of 16 weight rows x k.
  virtual int64_t tileBytes(int64_t k) const = 0;

  /// Bytes of one activation row of k elements.
  virtual int64_t activationBytes(int64_t k) const = 0;

  /// The number of rows for which emitRows is fastest; a multiple of it should be given where there are many
  /// rows.
  virtual int preferredRows() const = 0;

  /// How many tiles side by side make emitRows fastest for so many rows: as many sums as hide the latency of
  /// an addition, and as registers hold.
  virtual int preferredTiles(int rows) const = 0;

  /// Returns accs[t * rows + r] + row r . tile t for 1 to 8 rows; contains its own loop over k.
  /// weights: !llvm.ptr each, first byte of a tile, 4-byte aligned; rows: !llvm.ptr each, 4-byte aligned; k:
  /// index, a multiple of 32 for block formats, zero allowed; accs: vector<16xf32>, lane j belongs to weight
  /// row j. While tile t is read, the bytes at ahead[t] are prefetched, as many; none where `ahead` is empty.
  virtual llvm::SmallVector<mlir::Value> emitRows(mlir::OpBuilder &builder, mlir::Location loc,
                                                  mlir::ValueRange weights, mlir::ValueRange rows,
                                                  mlir::Value k, mlir::ValueRange accs,
                                                  mlir::ValueRange ahead = {}) const = 0;

  /// One activation row times `streams` tiles, walked side by side so that memory delivers several streams at
  /// once. Stream s starts at weight + s * apart bytes (apart: index) and adds to the 16 floats at accBuffer
  /// + 64 * s bytes
  /// (!llvm.ptr, 64-byte aligned), which the caller has initialised. Prefetches `ahead` bytes past what is
  /// read, past the end of the tile into the next one of the stream too; 0 prefetches nothing.
  virtual void emitStreams(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value weight,
                           mlir::Value apart, int streams, mlir::Value row, mlir::Value k,
                           mlir::Value accBuffer, int64_t ahead) const = 0;
};

/// The table entry, or null where the combination does not exist.
const ContractEmitter *findContract(ContractKind kind);

} // namespace sennit
