// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// The container format safetensors, one file or shards with an index.
#pragma once

#include "import/Checkpoint.h"
#include "runtime/base/StatusOr.h"

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace sennit {

/// Whether the bytes start like a safetensors file: a header length that fits, then an object.
bool looksLikeSafetensors(std::span<const uint8_t> bytes);

/// Parses one file; `file` names it in messages. The tensors come in the order of their bytes, with `file` 0
/// and offsets from the start of the file; they lie inside it and overlap nowhere.
StatusOr<std::vector<TensorInfo>> parseSafetensors(std::span<const uint8_t> bytes, const std::string &file);

/// Parses a model.safetensors.index.json: the shard (a plain file name) of each tensor.
StatusOr<std::map<std::string, std::string>> parseShardIndex(std::string_view text, const std::string &file);

} // namespace sennit
