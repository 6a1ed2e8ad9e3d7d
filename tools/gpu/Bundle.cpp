// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/gpu/Bundle.h"

#include "import/Json.h"
#include "tools/gpu/ReadJson.h"

#include <climits>
#include <filesystem>
#include <sys/statvfs.h>
#include <unistd.h>

namespace sennit::gpu {
namespace {

/// The text member `key` of `value`; "" where it is absent.
std::string text(const nlohmann::json &value, const char *key) {
  const std::string *found = asString(member(value, key));
  return found ? *found : "";
}

int count(const nlohmann::json &value, const char *key) {
  return int(asIndex(member(value, key), INT_MAX).value_or(0));
}

template <typename T>
StatusOr<T> findNamed(const std::vector<T> &list, const std::string &name, const char *what) {
  std::string names;
  for (const T &one : list) {
    if (one.name == name)
      return one;
    names += (names.empty() ? "" : ", ") + one.name;
  }
  return invalidInput(std::string("expected ") + what + " of the bundle (" + names + "), found " + name);
}

} // namespace

StatusOr<Case> Bundle::findCase(const std::string &name) const {
  return findNamed(cases, name, "a case");
}

StatusOr<Shape> Bundle::findShape(const std::string &name) const {
  return findNamed(shapes, name, "a shape");
}

StatusOr<Bundle> readBundle(const std::string &folder) {
  SENNIT_ASSIGN_OR_RETURN(const nlohmann::json json, readJson(folder + "/bundle.json"));
  Bundle bundle;
  bundle.folder = folder;
  bundle.version = text(json, "version");
  bundle.lanes = text(json, "lanes");
  bundle.calibration = text(json, "calibration");
  if (const nlohmann::json *cases = member(json, "cases"))
    for (const nlohmann::json &one : *cases)
      bundle.cases.push_back({text(one, "name"), text(one, "package"), text(one, "reference"),
                              boolMember(one, "split", false).value_or(false)});
  if (const nlohmann::json *shapes = member(json, "shapes"))
    for (const nlohmann::json &one : *shapes)
      bundle.shapes.push_back({text(one, "name"), text(one, "skeleton"), text(one, "kernels"),
                               count(one, "prefill"), count(one, "decode")});
  if (bundle.cases.empty() && bundle.shapes.empty())
    return invalidInput(folder + "/bundle.json: expected cases or shapes, found neither");
  return bundle;
}

StatusOr<std::string> programFolder() {
  char path[PATH_MAX];
  const ssize_t bytes = readlink("/proc/self/exe", path, sizeof path);
  if (bytes <= 0)
    return Status(Code::Unavailable,
                  "expected /proc/self/exe to name this program, found that it cannot be read");
  return std::filesystem::path(std::string(path, size_t(bytes))).parent_path().string();
}

std::string workFolder(const Bundle &bundle, uint64_t bytes) {
  struct statvfs memory{};
  const char *folder = "/dev/shm";
  // Its files take main memory, which uploads and page caches want too.
  const bool roomy = statvfs(folder, &memory) == 0 &&
                     uint64_t(memory.f_bavail) * memory.f_frsize > 2 * bytes && access(folder, W_OK) == 0;
  return roomy ? folder : bundle.folder;
}

} // namespace sennit::gpu
