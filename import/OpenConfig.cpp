// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "import/Gguf.h"
#include "import/OpenCheckpoint.h"
#include "import/Safetensors.h"

#include <filesystem>

using namespace sennit;
namespace fs = std::filesystem;

Status sennit::readConfigFile(Checkpoint &checkpoint, const MappedFile &file) {
  SENNIT_ASSIGN_OR_RETURN(checkpoint.config, parseConfig(file.text(), file.path()));
  const ConfigValue *type = checkpoint.config.find("model_type");
  const std::string *word = type ? std::get_if<std::string>(type) : nullptr;
  if (!word)
    return invalidInput(file.path() + ": expected text as 'model_type'");
  checkpoint.family = *word;
  return Status::okay();
}

/// What a reader calls the model: the file's own name, or the folder's where the file has the usual one.
static std::string nameOf(const fs::path &file) {
  std::error_code error;
  fs::path whole = fs::absolute(file, error).lexically_normal();
  return (whole.filename() == "config.json" ? whole.parent_path().filename() : whole.stem()).string();
}

StatusOr<Checkpoint> sennit::openConfig(const std::string &path) {
  std::error_code error;
  fs::file_status status = fs::status(path, error);
  if (!fs::exists(status))
    return invalidInput(path +
                        ": expected a config.json, a directory that holds one, or a GGUF file, found no "
                        "such file or directory");
  fs::path config = path;
  if (fs::is_directory(status)) {
    config /= "config.json";
    if (!fs::exists(config, error))
      return invalidInput(path + ": expected a directory with a config.json, found none in it");
  }
  SENNIT_ASSIGN_OR_RETURN(MappedFile file, MappedFile::open(config.string()));
  if (looksLikeGguf(file.bytes()))
    return openGguf(std::move(file));
  std::string_view text = file.text();
  size_t start = text.find_first_not_of(" \t\r\n");
  if (looksLikeSafetensors(file.bytes()) || start == std::string_view::npos || text[start] != '{')
    return invalidInput(config.string() + ": expected a config.json or a GGUF file, found a file of " +
                        std::to_string(text.size()) + " bytes that starts neither with '{' nor with 'GGUF'");
  Checkpoint checkpoint;
  checkpoint.kind = CheckpointKind::HuggingFace;
  checkpoint.configOnly = true;
  checkpoint.path = config.string();
  checkpoint.name = nameOf(config);
  SENNIT_RETURN_IF_ERROR(readConfigFile(checkpoint, file));
  return checkpoint;
}
