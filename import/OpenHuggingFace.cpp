// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "import/Json.h"
#include "import/OpenCheckpoint.h"
#include "import/Safetensors.h"
#include "import/Tokenizers.h"

#include <cmath>
#include <filesystem>
#include <limits>
#include <set>
#include <utility>

using namespace sennit;
using nlohmann::json;

namespace {

/// Opens the files of one directory into a checkpoint.
class Opener {
public:
  explicit Opener(const std::string &directory) : directory(directory) {}

  Status run() {
    checkpoint.kind = CheckpointKind::HuggingFace;
    checkpoint.path = directory;
    SENNIT_RETURN_IF_ERROR(readConfig());
    SENNIT_RETURN_IF_ERROR(readWeights());
    SENNIT_RETURN_IF_ERROR(readTokenizer());
    SENNIT_RETURN_IF_ERROR(readChatTemplate());
    return readEnds();
  }

  Checkpoint checkpoint;

private:
  std::string inside(const std::string &name) const { return directory + "/" + name; }
  bool has(const std::string &name) const {
    std::error_code error;
    return std::filesystem::exists(inside(name), error);
  }

  Status readConfig();
  Status readWeights();
  Status readShards(const std::string &indexName);
  Status addFile(const std::string &name);
  Status readTokenizer();
  Status readChatTemplate();
  Status readEnds();

  const std::string &directory;
};

Status Opener::readConfig() {
  if (!has("config.json"))
    return invalidInput(directory + ": expected a Hugging Face directory with a config.json, found none");
  SENNIT_ASSIGN_OR_RETURN(MappedFile file, MappedFile::open(inside("config.json")));
  return readConfigFile(checkpoint, file);
}

Status Opener::addFile(const std::string &name) {
  SENNIT_ASSIGN_OR_RETURN(MappedFile file, MappedFile::open(inside(name)));
  SENNIT_ASSIGN_OR_RETURN(std::vector<TensorInfo> tensors, parseSafetensors(file.bytes(), file.path()));
  checkpoint.files.push_back(std::move(file));
  return addTensors(checkpoint, std::move(tensors), static_cast<uint32_t>(checkpoint.files.size() - 1));
}

Status Opener::readWeights() {
  // In this order, as transformers does.
  if (has("model.safetensors"))
    return addFile("model.safetensors");
  if (has("model.safetensors.index.json"))
    return readShards("model.safetensors.index.json");
  return invalidInput(directory +
                      ": expected model.safetensors or model.safetensors.index.json, found neither");
}

Status Opener::readShards(const std::string &indexName) {
  SENNIT_ASSIGN_OR_RETURN(MappedFile index, MappedFile::open(inside(indexName)));
  SENNIT_ASSIGN_OR_RETURN(auto shardOf, parseShardIndex(index.text(), index.path()));
  std::set<std::string> shards;
  for (const auto &[tensor, shard] : shardOf)
    shards.insert(shard);
  std::string missing;
  for (const std::string &shard : shards)
    if (!has(shard))
      missing += (missing.empty() ? "" : ", ") + shard;
  if (!missing.empty())
    return invalidInput(index.path() + ": expected " + std::to_string(shards.size()) +
                        " shards in the directory, found these missing: " + missing);
  for (const std::string &shard : shards)
    SENNIT_RETURN_IF_ERROR(addFile(shard));
  std::string lost;
  for (const auto &[name, shard] : shardOf) {
    const TensorInfo *tensor = checkpoint.find(name);
    if (!tensor || checkpoint.files[tensor->file].path() != inside(shard))
      lost += (lost.empty() ? "'" : ", '") + name + "' in " + shard;
  }
  if (!lost.empty())
    return invalidInput(index.path() + ": expected the tensors where the index puts them, found none of " +
                        lost);
  return Status::okay();
}

Status Opener::readTokenizer() {
  if (!has("tokenizer.json"))
    return Status::okay();
  SENNIT_ASSIGN_OR_RETURN(MappedFile file, MappedFile::open(inside("tokenizer.json")));
  SENNIT_ASSIGN_OR_RETURN(checkpoint.tokenizer, parseTokenizerJson(file.text(), file.path()));
  return Status::okay();
}

Status Opener::readChatTemplate() {
  if (has("chat_template.jinja")) {
    SENNIT_ASSIGN_OR_RETURN(MappedFile file, MappedFile::open(inside("chat_template.jinja")));
    checkpoint.chatTemplate = file.text();
    return Status::okay();
  }
  if (!has("tokenizer_config.json"))
    return Status::okay();
  SENNIT_ASSIGN_OR_RETURN(MappedFile file, MappedFile::open(inside("tokenizer_config.json")));
  SENNIT_ASSIGN_OR_RETURN(json root, parseJson(file.text(), file.path(), DuplicateKeys::LastWins));
  const json *found = member(root, "chat_template");
  if (!found || found->is_null())
    return Status::okay();
  if (found->is_array()) {
    // Several templates by name; the one for plain chats is called "default".
    const json *chosen = nullptr;
    for (const json &entry : *found)
      if (const std::string *name = asString(member(entry, "name")); name && *name == "default")
        chosen = member(entry, "template");
    found = chosen;
  }
  const std::string *text = asString(found);
  if (!text)
    return invalidInput(file.path() +
                        ": expected text, or a list with one named 'default', as 'chat_template'");
  checkpoint.chatTemplate = *text;
  return Status::okay();
}

/// The whole numbers under `key`: one, a list, or none.
StatusOr<std::vector<int64_t>> readIds(const ModelConfig &config, const char *key, const std::string &file) {
  const ConfigValue *value = config.find(key);
  if (!value)
    return std::vector<int64_t>();
  if (const int64_t *one = std::get_if<int64_t>(value))
    return std::vector<int64_t>{*one};
  const auto *list = std::get_if<std::vector<double>>(value);
  if (!list)
    return invalidInput(file + ": expected token ids as '" + key + "', found " + describe(*value));
  std::vector<int64_t> ids;
  for (double number : *list) {
    constexpr double exact = 1LL << 53; // whole numbers below are themselves as a double
    if (!(number > -exact && number < exact) || number != std::trunc(number))
      return invalidInput(file + ": expected token ids as '" + key + "', found " + describe(number));
    ids.push_back(static_cast<int64_t>(number));
  }
  return ids;
}

Status Opener::readEnds() {
  ModelConfig generation;
  if (has("generation_config.json")) {
    SENNIT_ASSIGN_OR_RETURN(MappedFile file, MappedFile::open(inside("generation_config.json")));
    SENNIT_ASSIGN_OR_RETURN(generation, parseConfig(file.text(), file.path()));
  }
  // What the generation config says goes before; the other file must be right all the same.
  std::vector<int64_t> begins, ends;
  for (auto [config, file] :
       {std::pair(&generation, "generation_config.json"), std::pair(&checkpoint.config, "config.json")})
    for (auto [key, chosen] : {std::pair("bos_token_id", &begins), std::pair("eos_token_id", &ends)}) {
      SENNIT_ASSIGN_OR_RETURN(std::vector<int64_t> ids, readIds(*config, key, inside(file)));
      if (ids.empty())
        continue;
      if (chosen->empty())
        *chosen = ids;
      checkpoint.statedIds.push_back({std::string(file) + " '" + key + "'", std::move(ids)});
    }
  // Numbers that no vocabulary has stay in statedIds alone.
  auto possible = [](int64_t id) { return id >= 0 && id <= std::numeric_limits<int32_t>::max(); };
  if (!begins.empty() && possible(begins.front()))
    checkpoint.bosId = static_cast<int32_t>(begins.front());
  std::set<int32_t> distinct;
  for (int64_t id : ends)
    if (possible(id))
      distinct.insert(static_cast<int32_t>(id));
  checkpoint.eosIds.assign(distinct.begin(), distinct.end());
  return Status::okay();
}

} // namespace

StatusOr<Checkpoint> sennit::openHuggingFace(const std::string &directory) {
  Opener opener(directory);
  SENNIT_RETURN_IF_ERROR(opener.run());
  return std::move(opener.checkpoint);
}
