// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// What a family builds its step with.
#pragma once

#include "dialects/nn/Nn.h"
#include "import/Checkpoint.h"
#include "import/ParamSource.h"
#include "import/families/Family.h"
#include "import/families/FamilyConfig.h"
#include "import/families/ImportModel.h"

#include "mlir/IR/Builders.h"

#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace sennit {

/// The numbers of the nn.model attribute.
struct ModelShape {
  int64_t vocabSize = 0, contextLength = 0, layers = 0, hiddenSize = 0, kvHeads = 0, headDim = 0;
};

/// A parameter that a family wants: a matrix of rows x k, or a vector of k where `rows` is 0.
struct ParamSpec {
  std::string tensor; ///< Hugging Face name of the stored tensor
  int64_t rows = 0;
  int64_t k = 0;
  std::string param = {};  ///< name in the IR; the tensor's where empty
  bool transposed = false; ///< stored as [k, rows]
  int64_t begin = 0;       ///< first row (of a vector: first element) inside the stored tensor
  int64_t stored = 0;      ///< all rows (elements) of the stored tensor; 0: no more than the parameter has
  int64_t ropeHeads = 0;   ///< the heads whose halves GGUF interleaved, see ParamSource
};

/// Builds @step of one model. Single thread; lives for one import.
class ModelBuilder {
public:
  ModelBuilder(const Checkpoint &checkpoint, const Family &family, mlir::MLIRContext &context,
               const ImportOptions &options);

  FamilyConfig config;
  mlir::OpBuilder ir;

  bool isGguf() const { return checkpoint.kind == CheckpointKind::Gguf; }
  /// Whether the checkpoint has a tensor of that Hugging Face name.
  bool has(const std::string &name) const { return tensorByName.count(name) != 0; }
  /// Rows of a stored tensor of that name, 0 where it is absent: for sizes that a GGUF does not state.
  int64_t rowsOf(const std::string &name) const;
  /// The number of layers under `key`, from 1 to the number of tensors: a layer has one at least. This bounds
  /// what a lying configuration makes us do; where there is only a configuration, 10,000 is the bound.
  int64_t layers(llvm::StringRef key) {
    return checkpoint.configOnly ? config.count(key, std::nullopt, 10000)
                                 : config.layers(key, static_cast<int64_t>(checkpoint.tensors.size()));
  }

  /// Makes the module and the empty @step.
  void begin(const ModelShape &shape);
  mlir::Value tokens() const { return argument(0); }
  mlir::Value positions() const { return argument(1); }
  mlir::Value wanted() const { return argument(2); }
  mlir::Value batch() const { return argument(3); }
  mlir::Value cache(int64_t layer) const { return argument(4 + layer); }

  /// A location that reads as `name` in reports.
  mlir::Location at(const llvm::Twine &name);

  /// The parameter, an nn.param made on first use. A tensor that is missing or does not fit is recorded; the
  /// value has the wanted shape all the same, so that building goes on.
  mlir::Value param(const ParamSpec &spec);
  mlir::Value matrix(const std::string &name, int64_t rows, int64_t k) { return param({name, rows, k}); }
  mlir::Value vector(const std::string &name, int64_t length) { return param({name, 0, length}); }

  /// Attention of both roles, the generated rows first and the prompt rows into them.
  mlir::Value attention(const std::string &name, mlir::Value q, mlir::Value cache, int64_t heads,
                        float scale);

  /// A small f32 vector that is folded into the IR, such as rope factors; empty where it is missing or wrong.
  std::vector<float> constant(const std::string &name, int64_t length);
  /// A tensor of this name, if there is one, is known and not needed.
  void ignore(const std::string &name);
  /// Records a problem that is no single value's fault.
  void problem(std::string text) { problems.push_back(std::move(text)); }

  void finish(mlir::Value logits, mlir::ValueRange caches);

  /// The model, or every problem in one sentence. Tensors that nothing asked for are problems.
  StatusOr<ImportedModel> take();

private:
  mlir::Value argument(int64_t index) const;
  std::string describe(const TensorInfo &tensor) const;
  std::vector<std::string> idProblems() const;
  const TensorInfo *want(const std::string &name, const std::vector<int64_t> &shape, bool needed);

  const Checkpoint &checkpoint;
  const Family &family;
  ImportOptions options;
  std::unordered_map<std::string, size_t> tensorByName; ///< Hugging Face name -> tensor
  std::vector<bool> used; ///< by tensor: asked for, ignored, or named in a problem
  std::unordered_map<std::string, mlir::Value> paramByName;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  mlir::Block *entry = nullptr;
  schema::Format configFormat = schema::Format::F32; ///< of every parameter, where there is no tensor to ask
  int64_t vocabSize = 0;                             ///< known once there is a module
  std::vector<ParamSource> params;
  std::vector<std::string> problems;
};

} // namespace sennit
