// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/program/Load.h"
#include "runtime/text/StreamDecoder.h"
#include "runtime/text/Tokenizer.h"
#include "tools/cli/Input.h"
#include "tools/cli/Output.h"
#include "tools/cli/Verb.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <memory>

using namespace sennit;
using namespace sennit::cli;

namespace {

struct Options {
  std::string file, textFile, text, decodeIds;
  bool hasTextFile = false, hasText = false, hasIds = false, json = false;
};

Status tokenize(const Options &options, const Services &services) {
  if (!options.hasTextFile && !options.hasText && !options.hasIds)
    return invalidInput("nothing to do: expected --text-file, --text or --decode-ids");
  std::string input = options.text;
  if (options.hasTextFile) {
    SENNIT_ASSIGN_OR_RETURN(input, readTextFile(options.textFile));
  }
  std::vector<int32_t> decodeIds;
  if (options.hasIds) {
    SENNIT_ASSIGN_OR_RETURN(decodeIds, parseIds("--decode-ids", options.decodeIds));
  }

  SENNIT_ASSIGN_OR_RETURN(std::string path, services.package(options.file));
  SENNIT_ASSIGN_OR_RETURN(auto package, Package::open(path, {.level = {}, .executable = false}));
  std::span<const uint8_t> section = package->section(SectionKind::Tokenizer);
  if (section.empty())
    return invalidInput(options.file + ": the package has no tokenizer, since its checkpoint had none");
  SENNIT_ASSIGN_OR_RETURN(Tokenizer tokenizer, Tokenizer::load(section));

  nlohmann::ordered_json result = nlohmann::ordered_json::object();
  if (options.hasTextFile || options.hasText) {
    SENNIT_ASSIGN_OR_RETURN(std::vector<int32_t> ids, tokenizer.encode(input));
    result["ids"] = ids;
  }
  for (size_t i = 0; i < decodeIds.size(); ++i)
    if (decodeIds[i] >= tokenizer.size())
      return invalidInput("--decode-ids: expected ids below " + std::to_string(tokenizer.size()) +
                          ", found " + std::to_string(decodeIds[i]) + " at item " + std::to_string(i + 1));
  if (options.hasIds) {
    SENNIT_ASSIGN_OR_RETURN(std::string bytes, tokenizer.decode(decodeIds));
    StreamDecoder decoder;
    std::string text = decoder.add(bytes);
    result["text"] = text + decoder.finish();
  }
  if (options.json) {
    printJson(result);
    return Status::okay();
  }
  if (result.contains("ids")) {
    std::string line;
    for (const auto &id : result["ids"])
      line += (line.empty() ? "" : ",") + id.dump();
    print(line + "\n");
  }
  if (result.contains("text"))
    print(result["text"].get<std::string>() + "\n");
  return Status::okay();
}

} // namespace

Verb sennit::cli::tokenizeVerb(const Services &services) {
  return {"tokenize", "Turn text into token ids, or back",
          "sennit tokenize smollm2.sennit --text-file prompt.txt\n"
          "  sennit tokenize smollm2.sennit --decode-ids 19556,28",
          [services](CLI::App &app) {
            auto options = std::make_shared<Options>();
            app.add_option("FILE", options->file, "Package")->required();
            CLI::Option *textFile =
                app.add_option("--text-file", options->textFile, "Text to encode; - reads stdin");
            CLI::Option *text = app.add_option("--text", options->text, "Text to encode")->excludes(textFile);
            CLI::Option *ids =
                app.add_option("--decode-ids", options->decodeIds, "Ids to turn into text: 1,2,3");
            app.add_flag("--json", options->json, "Print one JSON object");
            return [=] {
              options->hasTextFile = textFile->count() > 0;
              options->hasText = text->count() > 0;
              options->hasIds = ids->count() > 0;
              return tokenize(*options, services);
            };
          }};
}
