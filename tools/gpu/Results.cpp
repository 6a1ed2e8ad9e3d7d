// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/gpu/Results.h"

#include "runtime/base/NewFile.h"
#include "tools/cli/Output.h"

namespace sennit::gpu {

Results::Results(std::string path, const std::string &version, const std::string &device)
    : path(std::move(path)), json({{"format", 1},
                                   {"date", cli::utcNow("%Y-%m-%dT%H:%M:%SZ")},
                                   {"version", version},
                                   {"asked_device", device},
                                   {"device", nullptr},
                                   {"seconds", 0},
                                   {"parts", nlohmann::ordered_json::array()}}) {}

Status Results::add(nlohmann::ordered_json part, double secondsOfRun) {
  if (part["name"] == "device" && part["status"] == "passed")
    json["device"] = part["result"];
  json["parts"].push_back(std::move(part));
  json["seconds"] = secondsOfRun;
  using Handler = nlohmann::ordered_json::error_handler_t;
  const std::string text = json.dump(1, ' ', false, Handler::replace) + "\n";
  SENNIT_ASSIGN_OR_RETURN(const std::unique_ptr<NewFile> file, NewFile::create(path, "results"));
  SENNIT_RETURN_IF_ERROR(file->writeAt(0, text.data(), text.size()));
  return file->publish();
}

int Results::count(const std::string &status) const {
  int found = 0;
  for (const nlohmann::ordered_json &part : json["parts"])
    found += part["status"] == status;
  return found;
}

} // namespace sennit::gpu
