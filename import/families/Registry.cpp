// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "import/families/Family.h"

namespace sennit {
// Each is defined in the file of its family.
extern const Family gpt2Family;
extern const Family llamaFamily;
} // namespace sennit

using namespace sennit;

llvm::ArrayRef<const Family *> sennit::families() {
  static const Family *const all[] = {&gpt2Family, &llamaFamily};
  return all;
}

const Family *sennit::findFamily(llvm::StringRef name) {
  for (const Family *family : families())
    if (family->name == name)
      return family;
  return nullptr;
}

std::string sennit::familyNames() {
  std::string names;
  for (const Family *family : families())
    names += (names.empty() ? "" : ", ") + family->name.str();
  return names;
}
