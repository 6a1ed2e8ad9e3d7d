// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/program/StepEntry.h"

namespace sennit {

const schema::Entry &stepEntry(const schema::Package &package) {
  uint32_t index = 0;
  while (package.entries()->Get(index)->name()->string_view() != "step")
    ++index; // verified: there is one
  return *package.entries()->Get(index);
}

uint32_t bucketFor(const schema::Entry &entry, const StepRows &rows) {
  const auto &buckets = *entry.buckets();
  for (uint32_t i = 0; i < buckets.size(); ++i)
    if (buckets.Get(i)->role() == rows.role() && int64_t(buckets.Get(i)->rows()) >= rows.total)
      return i;
  return buckets.size() - 1; // verified: buckets reach max_rows
}

const schema::Buffer &logitsBuffer(const schema::Package &package, uint32_t index) {
  const schema::Program &program = *package.programs()->Get(index);
  return *program.buffers()->Get(program.slots()->Get(program.logits())->index());
}

} // namespace sennit
