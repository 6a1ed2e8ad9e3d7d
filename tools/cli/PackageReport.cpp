// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/cli/PackageReport.h"

#include "tools/cli/DeviceReport.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cctype>

using namespace sennit;
using json = nlohmann::ordered_json;

namespace {

/// Enum names as users write them: "Avx2" becomes "avx2".
template <typename T>
std::string lower(T value, const char *(*name)(T)) {
  std::string text = name(value);
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

std::string formatName(schema::Format format) {
  return lower(format, schema::EnumNameFormat);
}

std::string text(const flatbuffers::String *string) {
  return string ? string->str() : std::string();
}

uint64_t weightBytes(const schema::Weight &weight) {
  uint64_t bytes = 0;
  for (const schema::Slice *slice : *weight.slices())
    bytes += slice->bytes();
  return bytes;
}

/// "weight model.norm.weight", "arena q", "keys 3", "step Tokens".
std::string slotName(const schema::Package &package, const schema::Program &program, uint32_t index) {
  const schema::Slot &slot = *program.slots()->Get(index);
  switch (slot.space()) {
  case schema::Space::Arena:
    return "arena " + text(program.buffers()->Get(slot.index())->name());
  case schema::Space::Weight:
    return "weight " + text(package.weights()->Get(slot.index())->name());
  case schema::Space::KeyCache:
    return "keys " + std::to_string(slot.index());
  case schema::Space::ValueCache:
    return "values " + std::to_string(slot.index());
  case schema::Space::Step:
    return std::string("step ") + schema::EnumNameStepField(static_cast<schema::StepField>(slot.index()));
  }
  return "?";
}

json slotNames(const schema::Package &package, const schema::Program &program,
               const flatbuffers::Vector<uint32_t> &slots) {
  json names = json::array();
  for (uint32_t slot : slots)
    names.push_back(slotName(package, program, slot));
  return names;
}

json describeCommand(const schema::Package &package, const schema::Program &program,
                     const schema::CommandEntry &entry) {
  json out = {{"command", lower(entry.command_type(), schema::EnumNameCommand)}};
  auto domain = [](schema::RowDomain value) { return lower(value, schema::EnumNameRowDomain); };
  auto lane = [](schema::Lane value) { return lower(value, schema::EnumNameLane); };
  auto rows = [](const auto &command) {
    return json{command.row_begin(), command.row_end() == UINT32_MAX ? json("max") : json(command.row_end())};
  };
  if (const schema::Launch *launch = entry.command_as_Launch()) {
    out["kernel"] = text(package.kernels()->Get(launch->kernel())->name());
    out["node"] = text(launch->node());
    out["domain"] = domain(launch->domain());
    out["rows"] = rows(*launch);
    out["lane"] = lane(launch->lane());
    out["operands"] = slotNames(package, program, *launch->slots());
    out["flops_per_row"] = launch->flops_per_row();
    out["bytes_fixed"] = launch->bytes_fixed();
    out["bytes_per_row"] = launch->bytes_per_row();
  } else if (const schema::Copy *copy = entry.command_as_Copy()) {
    out["domain"] = domain(copy->domain());
    out["rows"] = rows(*copy);
    out["lane"] = lane(copy->lane());
    out["operands"] = {slotName(package, program, copy->source()),
                       slotName(package, program, copy->target())};
  } else if (const schema::Collective *collective = entry.command_as_Collective()) {
    out["kind"] = lower(collective->kind(), schema::EnumNameCollectiveKind);
    out["domain"] = domain(collective->domain());
    out["rows"] = rows(*collective);
    out["lane"] = lane(collective->lane());
    out["operands"] = slotNames(package, program, *collective->slots());
  } else if (const schema::Signal *signal = entry.command_as_Signal()) {
    out["signal"] = signal->signal();
    out["lane"] = lane(signal->lane());
  } else if (const schema::Wait *wait = entry.command_as_Wait()) {
    out["signal"] = wait->signal();
    out["lane"] = lane(wait->lane());
  } else if (const schema::Branch *branch = entry.command_as_Branch()) {
    out["domain"] = domain(branch->domain());
    out["skip"] = branch->skip();
  }
  return out;
}

} // namespace

json cli::describePackage(const Package &package) {
  const schema::Package &root = package.root();
  const schema::Model &model = *root.model();
  json eos = json::array();
  if (model.eos_ids())
    for (int32_t id : *model.eos_ids())
      eos.push_back(id);
  json sections = json::array();
  for (uint32_t kind = 1; kind <= static_cast<uint32_t>(SectionKind::DeviceCode); ++kind)
    if (auto bytes = package.section(static_cast<SectionKind>(kind)); !bytes.empty())
      sections.push_back({{"name", sectionName(static_cast<SectionKind>(kind))}, {"bytes", bytes.size()}});
  json levels = json::array();
  for (auto level : *root.levels())
    levels.push_back(lower(static_cast<schema::CpuLevel>(level), schema::EnumNameCpuLevel));
  uint64_t bytes = 0;
  for (const schema::Weight *weight : *root.weights())
    bytes += weightBytes(*weight);
  const schema::StepLayout &step = *root.step();
  const schema::Cache &cache = *root.cache();
  return {{"path", package.path()},
          {"bytes", package.fileBytes()},
          {"format_version", root.format_version()},
          {"compiler", text(root.compiler())},
          {"model",
           {{"family", text(model.family())},
            {"name", text(model.name())},
            {"parameters", model.parameters()},
            {"layers", model.layers()},
            {"hidden_size", model.hidden_size()},
            {"vocab_size", model.vocab_size()},
            {"context_length", model.context_length()},
            {"bos_id", model.bos_id()},
            {"eos_ids", eos},
            {"chat_template", model.chat_template() != nullptr}}},
          {"step",
           {{"max_rows", step.max_rows()},
            {"max_sequences", step.max_sequences()},
            {"max_segments", step.max_segments()},
            {"max_pages", step.max_pages()}}},
          {"cache",
           {{"layers", cache.layers()},
            {"kv_heads", cache.kv_heads()},
            {"head_dim", cache.head_dim()},
            {"format", formatName(cache.format())}}},
          {"levels", levels},
          {"devices", describeDevices(package)},
          {"sections", sections},
          {"weights", {{"count", root.weights()->size()}, {"bytes", bytes}}},
          {"kernels", {{"count", root.kernels()->size()}}},
          {"programs", {{"count", root.programs()->size()}}}};
}

json cli::describeWeights(const Package &package) {
  json out = json::array();
  for (const schema::Weight *weight : *package.root().weights())
    out.push_back({{"name", text(weight->name())},
                   {"rows", weight->rows()},
                   {"k", weight->k()},
                   {"format", formatName(weight->format())},
                   {"layout", lower(weight->layout(), schema::EnumNameLayout)},
                   {"slices", weight->slices()->size()},
                   {"bytes", weightBytes(*weight)}});
  return out;
}

json cli::describeKernels(const Package &package) {
  json out = json::array();
  for (const schema::Kernel *kernel : *package.root().kernels()) {
    json code = json::array();
    for (const schema::KernelCode *entry : *kernel->code()) {
      json place = {{"level", lower(entry->level(), schema::EnumNameCpuLevel)}, {"body", entry->body()}};
      if (entry->has_prologue())
        place["prologue"] = entry->prologue();
      code.push_back(place);
    }
    out.push_back({{"name", text(kernel->name())},
                   {"operands", kernel->operands()},
                   {"row_block", kernel->row_block()},
                   {"column_tiles", kernel->column_tiles()},
                   {"scratch_bytes", kernel->scratch_bytes()},
                   {"source", text(kernel->source())},
                   {"code", code}});
  }
  return out;
}

json cli::describePrograms(const Package &package) {
  const schema::Package &root = package.root();
  json out = json::array();
  for (const schema::Program *program : *root.programs()) {
    json buffers = json::array(), commands = json::array(), buckets = json::array();
    for (const schema::Buffer *buffer : *program->buffers())
      buffers.push_back({{"name", text(buffer->name())},
                         {"offset", buffer->offset()},
                         {"row_bytes", buffer->row_bytes()},
                         {"rows", buffer->rows()}});
    for (const schema::CommandEntry *entry : *program->commands())
      commands.push_back(describeCommand(root, *program, *entry));
    for (const schema::Entry *entry : *root.entries())
      for (const schema::Bucket *bucket : *entry->buckets())
        if (bucket->program() == out.size())
          buckets.push_back({{"entry", text(entry->name())},
                             {"rows", bucket->rows()},
                             {"role", lower(bucket->role(), schema::EnumNameStepRole)}});
    out.push_back({{"name", text(program->name())},
                   {"arena_bytes", program->arena_bytes()},
                   {"arena_bytes_without_reuse", program->arena_bytes_without_reuse()},
                   {"buckets", buckets},
                   {"buffers", buffers},
                   {"commands", commands}});
  }
  return out;
}
