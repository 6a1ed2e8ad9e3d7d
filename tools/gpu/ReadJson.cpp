// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/gpu/ReadJson.h"

#include "import/Json.h"

#include <fstream>
#include <iterator>

sennit::StatusOr<nlohmann::json> sennit::gpu::readJson(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  if (!file)
    return invalidInput(path + ": cannot open it");
  const std::string text(std::istreambuf_iterator<char>(file), {});
  return parseJson(text, path);
}
