// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// The seam at which model families are added: one file each, listed in Registry.cpp. See
// docs/adding-a-family.md.
#pragma once

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <string>

namespace sennit {

class ModelBuilder;

/// A name in GGUF and the Hugging Face name that it stands for.
struct Renaming {
  llvm::StringRef gguf;
  llvm::StringRef huggingFace;
};

/// A model family. Instances are constants with static storage.
struct Family {
  /// config.json's model_type and GGUF's general.architecture.
  llvm::StringRef name;
  /// What the tensors of a base model without a head leave out of their names, "model." for instance.
  llvm::StringRef prefix;
  /// GGUF metadata keys, without the "NAME." before them. An empty Hugging Face name: known, and without a
  /// meaning here.
  llvm::ArrayRef<Renaming> ggufKeys;
  /// GGUF tensor names without ".weight" or ".bias"; "{}" stands for the layer in both names.
  llvm::ArrayRef<Renaming> ggufTensors;
  /// Reads the configuration and builds the step. Problems are recorded in the builder, all of them.
  void (*build)(ModelBuilder &);
};

/// All families, in alphabetical order.
llvm::ArrayRef<const Family *> families();

/// The family of that name, or null.
const Family *findFamily(llvm::StringRef name);

/// The names of all families for a message: `gpt2, llama`.
std::string familyNames();

} // namespace sennit
