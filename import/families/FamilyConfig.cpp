// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "import/families/FamilyConfig.h"

#include <cmath>

using namespace sennit;

FamilyConfig::FamilyConfig(const Checkpoint &checkpoint, const Family &family) {
  if (checkpoint.kind != CheckpointKind::Gguf) {
    config = checkpoint.config;
    return;
  }
  std::string prefix = family.name.str() + ".";
  for (const auto &[key, value] : checkpoint.config.all()) {
    llvm::StringRef rest = key;
    if (!rest.consume_front(prefix))
      continue;
    const Renaming *renaming = nullptr;
    for (const Renaming &candidate : family.ggufKeys)
      if (candidate.gguf == rest)
        renaming = &candidate;
    if (!renaming) {
      found.push_back("metadata '" + key + "' = " + describe(value) +
                      ": expected none, it is not known for this family");
      continue;
    }
    if (renaming->huggingFace.empty())
      continue;
    config.set(renaming->huggingFace.str(), value);
    sourceKeys[renaming->huggingFace.str()] = key;
  }
}

std::string FamilyConfig::place(llvm::StringRef key) const {
  auto source = sourceKeys.find(key);
  return source == sourceKeys.end() ? "configuration '" + key.str() + "'"
                                    : "metadata '" + source->second + "'";
}

std::optional<double> FamilyConfig::number(llvm::StringRef key) const {
  const ConfigValue *value = config.find(key);
  if (const int64_t *whole = value ? std::get_if<int64_t>(value) : nullptr)
    return static_cast<double>(*whole);
  if (const double *real = value ? std::get_if<double>(value) : nullptr)
    return *real;
  return std::nullopt;
}

std::string FamilyConfig::shown(llvm::StringRef key) const {
  const ConfigValue *value = config.find(key);
  return value ? describe(*value) : hasGroup(key) ? "an object" : "none";
}

void FamilyConfig::refuse(llvm::StringRef key, llvm::StringRef expected) {
  found.push_back(place(key) + ": expected " + expected.str() + ", found " + shown(key));
}

void FamilyConfig::wrong(llvm::StringRef key, llvm::StringRef expected) {
  refuse(key, expected);
  fatal = true;
}

int64_t FamilyConfig::count(llvm::StringRef key, std::optional<int64_t> fallback, int64_t most) {
  const ConfigValue *value = config.find(key);
  if (!value && fallback && *fallback >= 1 && *fallback <= most)
    return *fallback;
  const int64_t *number = value ? std::get_if<int64_t>(value) : nullptr;
  if (number && *number >= 1 && *number <= most)
    return *number;
  wrong(key, "a whole number from 1 to " + std::to_string(most));
  return 1;
}

int64_t FamilyConfig::layers(llvm::StringRef key, int64_t tensors) {
  if (tensors > 0) {
    const ConfigValue *value = config.find(key);
    const int64_t *number = value ? std::get_if<int64_t>(value) : nullptr;
    if (number && *number >= 1 && *number <= tensors)
      return *number;
    wrong(key, "a whole number from 1 to " + std::to_string(tensors) +
                   " (the checkpoint has no more tensors than that)");
  } else {
    wrong(key, "no layers, since the checkpoint has no tensors");
  }
  return 1;
}

schema::Format FamilyConfig::parameterFormat() {
  // Configurations of newer versions have the first key, those of older ones the second, some have both.
  std::optional<schema::Format> format;
  for (const char *key : {"dtype", "torch_dtype"}) {
    if (!has(key))
      continue;
    std::string text = word(key, "bfloat16");
    std::optional<schema::Format> stated;
    if (text == "float32")
      stated = schema::Format::F32;
    else if (text == "float16")
      stated = schema::Format::F16;
    else if (text == "bfloat16")
      stated = schema::Format::BF16;
    if (!stated)
      wrong(key, "one of \"float32\", \"float16\", \"bfloat16\"");
    else if (format && format != stated)
      wrong(key, "what 'dtype' says, " + shown("dtype"));
    format = stated;
  }
  return format.value_or(schema::Format::BF16);
}

double FamilyConfig::positive(llvm::StringRef key, std::optional<double> fallback) {
  if (!has(key) && fallback)
    return *fallback;
  double value = number(key).value_or(-1);
  // The arithmetic is in f32, so the number must be one there too.
  if (value > 0 && std::isfinite(static_cast<float>(value)) && static_cast<float>(value) > 0)
    return value;
  wrong(key, "a number above 0");
  return 1;
}

bool FamilyConfig::flag(llvm::StringRef key, bool fallback) {
  const ConfigValue *value = config.find(key);
  if (!value)
    return fallback;
  if (const bool *set = std::get_if<bool>(value))
    return *set;
  wrong(key, "true or false");
  return fallback;
}

std::string FamilyConfig::word(llvm::StringRef key, llvm::StringRef fallback) {
  const ConfigValue *value = config.find(key);
  if (!value)
    return fallback.str();
  if (const std::string *text = std::get_if<std::string>(value))
    return *text;
  wrong(key, "text");
  return fallback.str();
}
