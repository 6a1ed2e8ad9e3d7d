// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "import/Checkpoint.h"

#include "import/Gguf.h"
#include "import/OpenCheckpoint.h"
#include "import/Safetensors.h"

#include <filesystem>

using namespace sennit;

const TensorInfo *Checkpoint::find(std::string_view tensorName) const {
  auto found = tensorByName.find(std::string(tensorName));
  return found == tensorByName.end() ? nullptr : &tensors[found->second];
}

StatusOr<Checkpoint> sennit::openCheckpoint(const std::string &path) {
  std::error_code error;
  std::filesystem::file_status status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status))
    return invalidInput(path + ": expected a checkpoint, found no such file or directory");
  if (std::filesystem::is_directory(status))
    return openHuggingFace(path);
  SENNIT_ASSIGN_OR_RETURN(MappedFile file, MappedFile::open(path));
  if (looksLikeGguf(file.bytes()))
    return openGguf(std::move(file));
  if (looksLikeSafetensors(file.bytes()))
    return unsupported(
        path + ": expected a checkpoint with its configuration, found a lone safetensors file (give the "
               "directory that also holds its config.json)");
  return invalidInput(path + ": expected a GGUF file or a Hugging Face directory, found a file of " +
                      std::to_string(file.bytes().size()) + " bytes that does not start with 'GGUF'");
}

StatusOr<Checkpoint> sennit::openParams(const std::string &path) {
  SENNIT_ASSIGN_OR_RETURN(MappedFile file, MappedFile::open(path));
  Checkpoint checkpoint;
  checkpoint.kind = CheckpointKind::Safetensors;
  checkpoint.path = path;
  SENNIT_ASSIGN_OR_RETURN(std::vector<TensorInfo> tensors, parseSafetensors(file.bytes(), path));
  checkpoint.files.push_back(std::move(file));
  SENNIT_RETURN_IF_ERROR(addTensors(checkpoint, std::move(tensors), 0));
  return checkpoint;
}

Status sennit::addTensors(Checkpoint &checkpoint, std::vector<TensorInfo> tensors, uint32_t file) {
  for (TensorInfo &tensor : tensors) {
    tensor.file = file;
    auto [found, fresh] = checkpoint.tensorByName.emplace(tensor.name, checkpoint.tensors.size());
    if (!fresh)
      return invalidInput(checkpoint.files[file].path() + ": expected tensor '" + tensor.name +
                          "' once, found it in " +
                          checkpoint.files[checkpoint.tensors[found->second].file].path() + " too");
    checkpoint.tensors.push_back(std::move(tensor));
  }
  return Status::okay();
}
