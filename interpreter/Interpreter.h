// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "interpreter/WeightSource.h"
#include "runtime/base/StatusOr.h"

#include "mlir/IR/BuiltinOps.h"

#include <memory>
#include <span>
#include <vector>

namespace sennit {

struct InterpreterOptions {
  /// Linears over block-quantised weights see their activations as a quantised kernel does (8 bits, blocks of
  /// 32).
  bool quantisedActivations = false;
  /// Decoded parameters are kept up to this many bytes; beyond, they are decoded at each use.
  int64_t weightCacheBytes = int64_t{3} << 30;
};

/// The reference interpreter of nn: runs the entry @step of a module over one sequence, f32 with f64 sums,
/// independent of every pass and kernel. It understands nn.group too, so a module means the same before and
/// after fusing. Holds the sequence's key-value cache in f32. Borrows the module and the source; single
/// thread.
class Interpreter {
public:
  /// Refuses a module without an entry of the model's signature (see nn-verify-input).
  static StatusOr<std::unique_ptr<Interpreter>> create(mlir::ModuleOp module, WeightSource &source,
                                                       InterpreterOptions options = {});
  virtual ~Interpreter() = default;

  enum class Rows { Last, Every };

  /// Appends `ids` to the sequence and returns logits, [rows][vocabulary()]: of the last id, or of every one.
  /// The ids are prompt rows; a single id after others runs as a generated row.
  StatusOr<std::vector<float>> run(std::span<const int32_t> ids, Rows rows);

  /// One step as the entry has it: the first `generatedRows` of `ids` are generated rows, the others prompt
  /// rows; logits of the rows listed in `wanted`. A step that fails leaves the sequence as it was.
  virtual StatusOr<std::vector<float>> step(std::span<const int32_t> ids, int64_t generatedRows,
                                            std::span<const int32_t> wanted) = 0;

  /// Ids that the sequence holds.
  virtual int64_t length() const = 0;
  /// Forgets all but the first `length` ids; no more than length().
  virtual void truncate(int64_t length) = 0;
  /// Columns of the logits.
  virtual int64_t vocabulary() const = 0;
};

} // namespace sennit
