// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Checks of the code for devices.
#include "runtime/program/DeviceTarget.h"
#include "runtime/program/Verify.h"

#include <algorithm>
#include <set>
#include <string>
#include <string_view>

namespace sennit {

using std::to_string;

namespace {

// No device has more: of any architecture, and of a kind that packages are made for.
constexpr uint32_t mostThreads = 1024, mostSharedBytes = 227 * 1024, mostBlocksPerSm = 32,
                   mostRegisters = 255;
constexpr uint64_t mostScratch = uint64_t(1) << 36, mostScratchRow = uint64_t(1) << 28;
constexpr uint32_t anyRows = 0xffffffff;

Status checkPlace(const std::string &where, uint64_t offset, uint64_t bytes, uint64_t begin, uint64_t end) {
  if (offset < begin || offset > end || bytes > end - offset)
    return invalidInput(where + ": " + to_string(bytes) + " bytes at offset " + to_string(offset) +
                        " do not lie in [" + to_string(begin) + ", " + to_string(end) +
                        ") of the device code section");
  return {};
}

bool isName(std::string_view entry) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  return !entry.empty() && entry.size() <= 256 && letter(entry[0]) &&
         std::all_of(entry.begin(), entry.end(), [&](char c) { return letter(c) || digit(c); });
}

using Entries = std::set<std::string_view>;

Status checkFunction(const schema::DeviceFunction &function, const std::string &where, uint32_t modules,
                     const Entries &reported, Entries &used) {
  const std::string_view entry = function.entry()->string_view();
  if (!reported.contains(entry))
    return invalidInput(where + " entry: expected a function of the reports, found \"" + std::string(entry) +
                        "\"");
  used.insert(entry);
  if (function.threads() < 32 || function.threads() > mostThreads || function.threads() % 32 != 0)
    return invalidInput(where + " threads: expected a multiple of 32 from 32 to 1024, found " +
                        to_string(function.threads()));
  if (function.shared_bytes() > mostSharedBytes)
    return invalidInput(where + " shared_bytes: expected at most " + to_string(mostSharedBytes) + ", found " +
                        to_string(function.shared_bytes()));
  if (function.tiles() > 0x7fffffffu)
    return invalidInput(where + " tiles: expected at most 2147483647, found " + to_string(function.tiles()));
  if (function.rows_per_block() > 0x7fffffffu)
    return invalidInput(where + " rows_per_block: expected at most 2147483647, found " +
                        to_string(function.rows_per_block()));
  if (function.blocks_per_sm() < 1 || function.blocks_per_sm() > mostBlocksPerSm)
    return invalidInput(where + " blocks_per_sm: expected 1 to 32, found " +
                        to_string(function.blocks_per_sm()));
  if (function.module_() >= modules)
    return invalidInput(where + " module: expected less than " + to_string(modules) + ", found " +
                        to_string(function.module_()));
  return {};
}

Status checkReports(const schema::DeviceCode &code, const schema::Package &package, const std::string &where,
                    Entries &reported) {
  Entries kernels;
  for (const schema::Kernel *kernel : *package.kernels())
    kernels.insert(kernel->name()->string_view());
  for (uint32_t i = 0; i < code.reports()->size(); ++i) {
    const schema::FunctionReport &report = *code.reports()->Get(i);
    const std::string place = where + " reports[" + to_string(i) + "]";
    const std::string_view entry = report.entry()->string_view();
    if (!isName(entry))
      return invalidInput(place + " entry: expected a name of 1 to 256 letters, digits and _, found \"" +
                          std::string(entry) + "\"");
    if (i && entry <= code.reports()->Get(i - 1)->entry()->string_view())
      return invalidInput(place + " entry: expected ascending entries, found " + std::string(entry) +
                          " after " + code.reports()->Get(i - 1)->entry()->str());
    reported.insert(entry);
    if (report.kernel() && report.kernel()->size() && !kernels.contains(report.kernel()->string_view()))
      return invalidInput(place + " kernel: expected a kernel of the package, found \"" +
                          report.kernel()->str() + "\"");
    if (report.registers() > mostRegisters)
      return invalidInput(place + " registers: expected at most 255, found " + to_string(report.registers()));
  }
  return {};
}

Status checkKernel(const schema::DeviceKernel &kernel, const schema::DeviceCode &code,
                   const std::string &where, const Entries &reported, Entries &used) {
  SENNIT_RETURN_IF_ERROR(checkPlace(where + " text", kernel.text_offset(), kernel.text_bytes(),
                                    code.text_offset(), code.text_offset() + code.text_bytes()));
  const auto &variants = *kernel.variants();
  if (variants.size() == 0)
    return invalidInput(where + " variants: expected at least one, found none");
  for (uint32_t i = 0; i < variants.size(); ++i) {
    const schema::DeviceVariant &variant = *variants.Get(i);
    const std::string place = where + " variants[" + to_string(i) + "]";
    const uint32_t before = i ? variants.Get(i - 1)->max_rows() : 0;
    if (variant.max_rows() <= before)
      return invalidInput(place + " max_rows: expected more than " + to_string(before) + ", found " +
                          to_string(variant.max_rows()));
    if (i + 1 == variants.size() && variant.max_rows() != anyRows)
      return invalidInput(place + " max_rows: expected " + to_string(anyRows) + " of the last, found " +
                          to_string(variant.max_rows()));
    if (variant.functions()->size() == 0)
      return invalidInput(place + " functions: expected at least one, found none");
    if (variant.scratch_bytes() > mostScratch)
      return invalidInput(place + " scratch_bytes: expected at most " + to_string(mostScratch) + ", found " +
                          to_string(variant.scratch_bytes()));
    if (variant.scratch_row_bytes() > mostScratchRow)
      return invalidInput(place + " scratch_row_bytes: expected at most " + to_string(mostScratchRow) +
                          ", found " + to_string(variant.scratch_row_bytes()));
    for (uint32_t j = 0; j < variant.functions()->size(); ++j)
      SENNIT_RETURN_IF_ERROR(checkFunction(*variant.functions()->Get(j),
                                           place + " functions[" + to_string(j) + "]", code.modules()->size(),
                                           reported, used));
  }
  return {};
}

Status checkModules(const schema::DeviceCode &code, const std::string &where, uint64_t sectionBytes,
                    uint64_t &end) {
  if (code.modules()->size() == 0)
    return invalidInput(where + " modules: expected at least one, found none");
  for (uint32_t i = 0; i < code.modules()->size(); ++i) {
    const schema::DeviceModule &module = *code.modules()->Get(i);
    const std::string place = where + " modules[" + to_string(i) + "]";
    SENNIT_RETURN_IF_ERROR(checkPlace(place, module.offset(), module.bytes(), end, sectionBytes));
    if (module.offset() % 16 != 0)
      return invalidInput(place + " offset: expected a multiple of 16, found " + to_string(module.offset()));
    if (module.bytes() == 0)
      return invalidInput(place + " bytes: expected at least 1, found 0");
    end = module.offset() + module.bytes();
  }
  return {};
}

/// `end`: of the modules so far. Modules may not share bytes; texts may, since targets can have one text.
Status checkDevice(const schema::Package &package, uint32_t index, uint64_t sectionBytes, uint64_t &end) {
  const schema::DeviceCode &code = *package.devices()->Get(index);
  const std::string where = "devices[" + to_string(index) + "]";
  if (code.kind() > schema::DeviceCodeKind::MAX)
    return invalidInput(where + " kind: expected 0 to 2, found " + to_string(int(code.kind())));
  if (code.architecture() < 10 || code.architecture() > 999)
    return invalidInput(where + " architecture: expected 10 to 999, found " + to_string(code.architecture()));
  if (code.exact() && code.kind() == schema::DeviceCodeKind::Ptx)
    return invalidInput(where + " exact: expected false for PTX, found true");
  const std::string name = deviceTargetName({code.kind(), code.architecture(), code.exact()});
  if (code.target()->string_view() != name)
    return invalidInput(where + " target: expected " + name + ", found \"" + code.target()->str() + "\"");
  for (uint32_t i = 0; i < index; ++i)
    if (package.devices()->Get(i)->target()->string_view() == name)
      return invalidInput(where + " target: expected targets that differ, found " + name + " as in devices[" +
                          to_string(i) + "]");
  SENNIT_RETURN_IF_ERROR(checkModules(code, where, sectionBytes, end));
  SENNIT_RETURN_IF_ERROR(checkPlace(where + " text", code.text_offset(), code.text_bytes(), 0, sectionBytes));
  Entries reported, used;
  SENNIT_RETURN_IF_ERROR(checkReports(code, package, where, reported));
  if (code.kernels()->size() != package.kernels()->size())
    return invalidInput(where + " kernels: expected " + to_string(package.kernels()->size()) + ", found " +
                        to_string(code.kernels()->size()));
  for (uint32_t i = 0; i < code.kernels()->size(); ++i)
    SENNIT_RETURN_IF_ERROR(
        checkKernel(*code.kernels()->Get(i), code, where + " kernels[" + to_string(i) + "]", reported, used));
  for (uint32_t i = 0; i < code.utilities()->size(); ++i)
    SENNIT_RETURN_IF_ERROR(checkFunction(*code.utilities()->Get(i),
                                         where + " utilities[" + to_string(i) + "]", code.modules()->size(),
                                         reported, used));
  for (std::string_view entry : reported)
    if (!used.contains(entry))
      return invalidInput(where + " reports: expected functions of kernels or utilities, found \"" +
                          std::string(entry) + "\"");
  return {};
}

} // namespace

Status verifyDevices(const schema::Package &package, uint64_t sectionBytes) {
  const uint32_t count = package.devices() ? package.devices()->size() : 0;
  if (count > 32)
    return invalidInput("devices: expected at most 32, found " + to_string(count));
  if ((count > 0) != (sectionBytes > 0))
    return invalidInput(count ? "devices: " + to_string(count) +
                                    " are listed, but the file has no code for them"
                              : "devices: none is listed, but the file has code for some");
  uint64_t end = 0;
  for (uint32_t i = 0; i < count; ++i)
    SENNIT_RETURN_IF_ERROR(checkDevice(package, i, sectionBytes, end));
  return {};
}

} // namespace sennit
