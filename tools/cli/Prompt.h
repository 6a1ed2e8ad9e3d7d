// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "runtime/base/StatusOr.h"
#include "tools/cli/ModelText.h"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace sennit::cli {

/// How one text is generated: the flags of `run`, or the fields of a line of `run --batch`. A value.
struct Generation {
  int maxTokens = 512;
  double temperature = 0.7; ///< 0: greedy, as is `greedy`.
  bool greedy = false;
  int topK = 40; ///< 0: all tokens.
  double topP = 0.95, minP = 0.05, repeatPenalty = 1.0;
  uint64_t seed = 0;
  std::vector<std::string> stop; ///< Generation ends before the first of these texts.
  bool ignoreEos = false;
  bool logits = false; ///< Keep the logits of the last prompt position.

  /// Adds the flags to a verb's parser; their values land in this object.
  void addFlags(CLI::App &app);
  /// Takes the fields of a JSON object that it knows and removes them; `place` names it in errors.
  Status takeFields(nlohmann::json &object, const std::string &place);
  Status check(const std::string &place) const;
};

/// A prompt and how to go on from it.
struct Prompt {
  std::vector<int32_t> ids;
  Generation generation;
};

/// How the text of a prompt becomes one that the model reads. A value.
struct PromptForm {
  std::optional<std::string> system; ///< A system message before the prompt's.
  bool raw = false;                  ///< The prompt as it stands: no chat template, so no system message.
};

/// Reads a JSON Lines file: each line with prompt, messages or prompt_ids, any field of Generation, and with
/// prompt also system and raw. `defaults` and `form` are the command's flags, for lines that do not say;
/// a line with raw true takes no system message from them. Blank lines are left out.
StatusOr<std::vector<Prompt>> readPrompts(const std::string &path, const Generation &defaults,
                                          const ModelText &text, const PromptForm &form);

/// Ids of a prompt: a one-turn conversation where the model has a chat template and the form is not raw.
StatusOr<std::vector<int32_t>> encodePrompt(const ModelText &text, const std::string &prompt,
                                            const PromptForm &form);

} // namespace sennit::cli
