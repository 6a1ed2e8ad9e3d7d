// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "import/Gguf.h"
#include "import/OpenCheckpoint.h"
#include "import/Tokenizers.h"

#include <limits>
#include <set>

using namespace sennit;

/// The scalars of the metadata, and its lists of integers of the architecture (one number a layer).
static ModelConfig readConfig(const GgufFile &gguf) {
  ModelConfig config;
  for (const auto &[key, value] : gguf.metadata) {
    if (key.starts_with("tokenizer."))
      continue;
    if (std::optional<int64_t> number = value.integer())
      config.set(key, *number);
    else if (std::optional<bool> flag = value.boolean())
      config.set(key, *flag);
    else if (std::optional<double> real = value.number())
      config.set(key, *real);
    else if (std::optional<std::string_view> word = value.string())
      config.set(key, std::string(*word));
    else if (std::optional<std::vector<int32_t>> list = value.integers())
      config.set(key, std::vector<double>(list->begin(), list->end()));
  }
  return config;
}

/// A token id of the metadata; -1 where it is absent, or a number that no vocabulary has. Those stay in
/// statedIds alone.
static StatusOr<int32_t> readId(const GgufFile &gguf, const std::string &key, Checkpoint &checkpoint) {
  const GgufValue *value = gguf.find(key);
  if (!value)
    return -1;
  std::optional<int64_t> id = value->integer();
  if (!id)
    return invalidInput(checkpoint.path + ": expected a token id for metadata '" + key +
                        "', found no integer");
  checkpoint.statedIds.push_back({"metadata '" + key + "'", {*id}});
  return *id < 0 || *id > std::numeric_limits<int32_t>::max() ? -1 : static_cast<int32_t>(*id);
}

StatusOr<Checkpoint> sennit::openGguf(MappedFile file) {
  std::string path = file.path();
  SENNIT_ASSIGN_OR_RETURN(GgufFile gguf, parseGguf(file.bytes(), path));
  Checkpoint checkpoint;
  checkpoint.kind = CheckpointKind::Gguf;
  checkpoint.path = path;
  checkpoint.config = readConfig(gguf);

  const GgufValue *architecture = gguf.find("general.architecture");
  if (!architecture || !architecture->string())
    return invalidInput(path + ": expected text as metadata 'general.architecture'");
  checkpoint.family = *architecture->string();
  if (const GgufValue *name = gguf.find("general.name"); name && name->string())
    checkpoint.name = *name->string();
  if (const GgufValue *parts = gguf.find("split.count"); parts && parts->integer().value_or(1) > 1)
    return unsupported(path + ": expected a whole checkpoint, found one of " +
                       std::to_string(*parts->integer()) +
                       " parts (metadata 'split.count'); join them first");

  SENNIT_ASSIGN_OR_RETURN(checkpoint.tokenizer, readGgufTokenizer(gguf, path));
  if (const GgufValue *text = gguf.find("tokenizer.chat_template"); text && text->string())
    checkpoint.chatTemplate = *text->string();
  SENNIT_ASSIGN_OR_RETURN(checkpoint.bosId, readId(gguf, "tokenizer.ggml.bos_token_id", checkpoint));
  std::set<int32_t> ends;
  for (const char *key :
       {"tokenizer.ggml.eos_token_id", "tokenizer.ggml.eot_token_id", "tokenizer.ggml.eom_token_id"}) {
    SENNIT_ASSIGN_OR_RETURN(int32_t id, readId(gguf, key, checkpoint));
    if (id >= 0)
      ends.insert(id);
  }
  checkpoint.eosIds.assign(ends.begin(), ends.end());

  checkpoint.files.push_back(std::move(file));
  SENNIT_RETURN_IF_ERROR(addTensors(checkpoint, std::move(gguf.tensors), 0));
  return checkpoint;
}
