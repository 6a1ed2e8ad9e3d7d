// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// A checkpoint as the compiler sees it: named tensors that stay in their files, a configuration, and what
// text needs.
#pragma once

#include "import/Config.h"
#include "import/MappedFile.h"
#include "runtime/base/StatusOr.h"
#include "runtime/schema/tokenizer_generated.h"
#include "runtime/schema/types_generated.h"
#include "runtime/weights/Pack.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace sennit {

/// The token ids that one key of a checkpoint gives for the begin or an end of a text. Whole numbers as
/// found: only who knows the vocabulary can tell whether they are ids of it.
struct TokenIds {
  std::string place; ///< for messages: `config.json 'eos_token_id'`
  std::vector<int64_t> ids;
};

enum class CheckpointKind { Gguf, HuggingFace, Safetensors };

/// One tensor of a checkpoint. Its bytes are `bytes` bytes at `offset` of file number `file`, in bounds, not
/// shared with any other tensor.
struct TensorInfo {
  std::string name;
  std::vector<int64_t> shape; ///< row-major, outermost first; GGUF's order is reversed on import
  schema::Format format = schema::Format::F32;
  bool supported = true; ///< false: `typeName` has no Format; then format and bytes mean nothing
  std::string typeName;  ///< the type as the file names it, for messages
  uint32_t file = 0;
  uint64_t offset = 0;
  uint64_t bytes = 0;
};

/// A GGUF file, a Hugging Face directory or a lone safetensors file, opened and checked. Owns the mappings;
/// weights are read through it and never copied. Immutable once opened, so reading from several threads is
/// safe.
struct Checkpoint {
  CheckpointKind kind = CheckpointKind::Safetensors;
  /// Opened for its configuration alone: there are no tensors, and models take the format of their parameters
  /// from `config`.
  bool configOnly = false;
  std::string path;
  std::string name; ///< GGUF's general.name; where configOnly the file's or folder's; "" where there is none
  std::string family; ///< config.json's model_type or GGUF's general.architecture; "" for lone safetensors
  /// As the checkpoint spells it: config.json with nested keys joined by '.', or the scalars of the GGUF
  /// metadata. The family gives the keys of a GGUF their Hugging Face names.
  ModelConfig config;
  std::vector<MappedFile> files;
  std::vector<TensorInfo> tensors; ///< in file order
  std::unordered_map<std::string, size_t> tensorByName;

  std::unique_ptr<schema::TokenizerT> tokenizer; ///< null: no text, only ids
  std::optional<std::string> chatTemplate;
  int32_t bosId = -1;              ///< -1: none
  std::vector<int32_t> eosIds;     ///< ascending, distinct; any of them ends generation
  std::vector<TokenIds> statedIds; ///< every begin and end key there is; importModel checks their range

  const TensorInfo *find(std::string_view tensorName) const;
};

/// Opens the checkpoint at `path`. The content decides what it is: a directory with a config.json, or a GGUF
/// file.
StatusOr<Checkpoint> openCheckpoint(const std::string &path);

/// Opens what `path` says about a model without reading weights: a config.json under any name, a directory
/// that holds one (weights beside it are not looked at), or a GGUF file, whose header has all of its tensors.
StatusOr<Checkpoint> openConfig(const std::string &path);

/// Opens a lone safetensors file, the parameters of a hand-written module.
StatusOr<Checkpoint> openParams(const std::string &path);

// A checkpoint's rows are in the storage format that packing takes.
using weights::blockBytes;
using weights::blockElements;

} // namespace sennit
