// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// The two kinds of checkpoint behind openCheckpoint; private to import/.
#pragma once

#include "import/Checkpoint.h"

namespace sennit {

/// Takes over a mapped GGUF file.
StatusOr<Checkpoint> openGguf(MappedFile file);

/// Opens a directory with config.json and safetensors.
StatusOr<Checkpoint> openHuggingFace(const std::string &directory);

/// Reads configuration and family from the config.json `file`.
Status readConfigFile(Checkpoint &checkpoint, const MappedFile &file);

/// Appends the tensors of file number `file`; refuses names that are there already.
Status addTensors(Checkpoint &checkpoint, std::vector<TensorInfo> tensors, uint32_t file);

} // namespace sennit
