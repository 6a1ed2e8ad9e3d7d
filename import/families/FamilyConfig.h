// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "import/Checkpoint.h"
#include "import/families/Family.h"

#include "llvm/ADT/StringRef.h"

#include <optional>
#include <string>
#include <vector>

namespace sennit {

/// A checkpoint's configuration under Hugging Face names, whatever the checkpoint's kind. Getters record a
/// problem and return something harmless where a value is missing or wrong, so that all problems are found in
/// one run.
class FamilyConfig {
public:
  FamilyConfig(const Checkpoint &checkpoint, const Family &family);

  bool has(llvm::StringRef key) const { return config.find(key) != nullptr; }
  bool hasGroup(llvm::StringRef prefix) const { return config.hasGroup(prefix); }

  /// A whole number from 1 to `most`. Without a fallback the key must be there.
  int64_t count(llvm::StringRef key, std::optional<int64_t> fallback = std::nullopt,
                int64_t most = 0x7fffffff);
  /// A number of layers, which a checkpoint of so many tensors can have.
  int64_t layers(llvm::StringRef key, int64_t tensors);
  /// The format of a model's parameters as the configuration alone says it, by 'dtype' or 'torch_dtype': f32,
  /// f16, or bf16, which is also taken where it says nothing.
  schema::Format parameterFormat();
  /// A finite number above zero.
  double positive(llvm::StringRef key, std::optional<double> fallback = std::nullopt);
  bool flag(llvm::StringRef key, bool fallback);
  std::string word(llvm::StringRef key, llvm::StringRef fallback);

  /// The number under `key`, not checked; none where there is no number.
  std::optional<double> number(llvm::StringRef key) const;
  /// How the value under `key` reads in a message: `8`, `none` where it is absent.
  std::string shown(llvm::StringRef key) const;

  /// Records that the checkpoint wants something that this family does not do: `key: expected ..., found
  /// ...`.
  void refuse(llvm::StringRef key, llvm::StringRef expected);

  /// A number was missing or unusable: shapes are not known, so there is no point in going on to the tensors.
  bool unusable() const { return fatal; }
  const std::vector<std::string> &problems() const { return found; }

private:
  std::string place(llvm::StringRef key) const;
  void wrong(llvm::StringRef key, llvm::StringRef expected);

  ModelConfig config;
  std::map<std::string, std::string, std::less<>>
      sourceKeys; ///< Hugging Face name -> the key in the checkpoint
  std::vector<std::string> found;
  bool fatal = false;
};

} // namespace sennit
