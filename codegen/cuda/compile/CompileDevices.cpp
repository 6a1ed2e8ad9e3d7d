// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "codegen/cuda/compile/CompileDevices.h"

#include "codegen/cuda/compile/CodeCache.h"
#include "codegen/cuda/compile/CompileEmulated.h"
#include "codegen/cuda/compile/DeviceHeaders.h"
#include "codegen/cuda/compile/DeviceModules.h"
#include "codegen/cuda/compile/ElfFunctions.h"
#include "codegen/cuda/compile/Nvrtc.h"
#include "codegen/cuda/compile/PtxasReport.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <span>
#include <thread>

namespace sennit {

using schema::DeviceCodeKind;
using std::to_string;

namespace {

/// One module of one source.
struct Task {
  const DeviceSource *source;
  const DeviceModuleText *module;
  CodeCache::Entry result;
  Status status;
  bool cached = false;
};

/// The compilers that the sources need.
struct Compilers {
  const Nvrtc *nvrtc = nullptr;
  HostClang clang;
};

StatusOr<Compilers> openCompilers(const std::vector<DeviceSource> &sources) {
  Compilers compilers;
  for (const DeviceSource &source : sources) {
    const bool emulated = source.target.device.kind == DeviceCodeKind::Emulated;
    if (emulated && compilers.clang.path.empty()) {
      SENNIT_ASSIGN_OR_RETURN(compilers.clang, HostClang::find());
    } else if (!emulated && !compilers.nvrtc) {
      SENNIT_ASSIGN_OR_RETURN(compilers.nvrtc, Nvrtc::open());
    }
  }
  return compilers;
}

StatusOr<CodeCache::Entry> compileModule(const Task &task, const Compilers &compilers, bool sanitize) {
  const DeviceTarget &target = task.source->target.device;
  if (target.kind == DeviceCodeKind::Emulated) {
    SENNIT_ASSIGN_OR_RETURN(std::string code, compileEmulated(compilers.clang, task.module->text, sanitize));
    return CodeCache::Entry{std::move(code), ""};
  }
  SENNIT_ASSIGN_OR_RETURN(NvrtcOutput output, compilers.nvrtc->compile(task.module->text, target));
  return CodeCache::Entry{std::move(output.code), std::move(output.log)};
}

std::string keyOf(const Task &task, const Compilers &compilers, bool sanitize) {
  const DeviceTarget &target = task.source->target.device;
  std::vector<std::string> parts;
  if (target.kind == DeviceCodeKind::Emulated) {
    parts = emulatedFlags(sanitize);
    parts.push_back(compilers.clang.version);
  } else {
    parts = Nvrtc::options(target);
    parts.push_back("nvrtc " + compilers.nvrtc->version());
  }
  for (const DeviceHeader &header : deviceHeaders()) {
    parts.emplace_back(header.name);
    parts.emplace_back(header.text);
  }
  parts.push_back(task.module->text);
  return CodeCache::key(parts);
}

void runTasks(std::vector<Task> &tasks, const Compilers &compilers, const DeviceCompileOptions &options) {
  const CodeCache cache(options.cacheFolder);
  std::atomic<size_t> next{0};
  std::atomic<bool> failed{false};
  const auto work = [&] {
    for (size_t i; (i = next.fetch_add(1)) < tasks.size();) {
      Task &task = tasks[i];
      if (options.interrupted && options.interrupted())
        task.status = Status(Code::Interrupted, "interrupted");
      if (failed || !task.status.ok()) {
        failed = true;
        continue; // tasks are taken in order, so that the first error is the one that is told
      }
      const std::string key = keyOf(task, compilers, options.sanitize);
      if (auto found = cache.find(key)) {
        task.result = std::move(*found);
        task.cached = true;
        continue;
      }
      StatusOr<CodeCache::Entry> entry = compileModule(task, compilers, options.sanitize);
      if (!entry.ok()) {
        task.status = entry.status();
        failed = true;
        continue;
      }
      cache.keep(key, *entry);
      task.result = entry.take();
    }
  };
  const size_t wanted = options.threads ? options.threads : std::max(1u, std::thread::hardware_concurrency());
  std::vector<std::thread> others;
  for (size_t i = 1; i < std::min(wanted, tasks.size()); ++i)
    others.emplace_back(work);
  work();
  for (std::thread &other : others)
    other.join();
}

std::unique_ptr<schema::DeviceFunctionT> describe(const CudaFunction &function,
                                                  const DeviceModules &modules) {
  auto out = std::make_unique<schema::DeviceFunctionT>();
  out->entry = function.entry;
  out->threads = uint32_t(function.threads);
  out->shared_bytes = uint32_t(function.sharedBytes);
  out->tiles = uint32_t(function.tiles);
  out->rows_per_block = uint32_t(function.rowsPerBlock);
  out->blocks_per_sm = uint32_t(function.blocksPerSm);
  out->module_ = modules.moduleOf.at(function.entry);
  return out;
}

/// `bytes` at the next multiple of 16 of the section; returns where.
uint64_t append(std::string &section, const std::string &bytes) {
  section.resize((section.size() + 15) / 16 * 16);
  section += bytes;
  return section.size() - bytes.size();
}

/// Builds the section, source by source.
class Assembler {
public:
  Status add(const DeviceSource &source, const DeviceModules &modules, std::span<const Task> tasks) {
    auto code = std::make_unique<schema::DeviceCodeT>();
    const DeviceTarget &target = source.target.device;
    code->target = deviceTargetName(target);
    code->kind = target.kind;
    code->architecture = target.architecture;
    code->exact = target.exact;
    for (const Task &task : tasks) {
      auto module = std::make_unique<schema::DeviceModuleT>();
      module->offset = append(section.bytes, task.result.code);
      module->bytes = task.result.code.size();
      code->modules.push_back(std::move(module));
      ++(task.cached ? section.cached : section.compiled);
    }
    for (size_t i = 0; i < tasks.size(); ++i)
      SENNIT_RETURN_IF_ERROR(addReports(*code, source, modules, modules.modules[i], tasks[i].result));
    std::sort(code->reports.begin(), code->reports.end(),
              [](const auto &a, const auto &b) { return a->entry < b->entry; });
    addKernels(*code, source, modules);
    section.devices.push_back(std::move(code));
    return {};
  }

  DeviceSection take() { return std::move(section); }

private:
  Status addReports(schema::DeviceCodeT &code, const DeviceSource &source, const DeviceModules &modules,
                    const DeviceModuleText &module, const CodeCache::Entry &compiled) {
    const auto reported = parsePtxasReport(compiled.log);
    const auto sizes = elfFunctions(compiled.code);
    for (const std::string &entry : module.entries) {
      auto report = std::make_unique<schema::FunctionReportT>();
      report->entry = entry;
      report->kernel = modules.kernelOf.at(entry);
      if (code.kind != DeviceCodeKind::Ptx) {
        const auto size = sizes.find(entry);
        if (size == sizes.end())
          return internalError(code.target + ": expected a function " + entry + " in the text of " +
                               (report->kernel.empty() ? "the utilities" : "kernel " + report->kernel) +
                               ", found none");
        report->code_bytes = size->second;
      }
      PtxasFunction found;
      if (code.kind == DeviceCodeKind::Cubin) {
        const auto place = reported.find(entry);
        if (place == reported.end())
          return internalError(code.target + ": expected a report of ptxas on function " + entry +
                               ", found none");
        found = place->second;
      }
      report->registers = found.registers;
      report->spill_bytes = found.spillBytes;
      const uint32_t dynamic = sharedBytesOf(source, entry);
      report->shared_bytes = dynamic + found.sharedBytes;
      const std::string what = code.target + ": function " + entry;
      if (report->shared_bytes > source.target.mostSharedBytes)
        return unsupported(what + " needs " + to_string(report->shared_bytes) +
                           " bytes of shared memory in a block, and a block can have at most " +
                           to_string(source.target.mostSharedBytes));
      if (found.spillBytes)
        section.warnings.push_back(what + " spills registers: " + to_string(found.spillBytes) +
                                   " bytes of stores and loads in a thread");
      else if (found.stackBytes)
        section.warnings.push_back(what + " keeps " + to_string(found.stackBytes) +
                                   " bytes of each thread in local memory");
      code.reports.push_back(std::move(report));
    }
    return {};
  }

  static uint32_t sharedBytesOf(const DeviceSource &source, const std::string &entry) {
    int64_t most = 0;
    const auto take = [&](const CudaFunction &function) {
      if (function.entry == entry)
        most = std::max(most, function.sharedBytes);
    };
    for (const CudaKernel &kernel : source.kernels)
      for (const CudaVariant &variant : kernel.variants)
        std::for_each(variant.functions.begin(), variant.functions.end(), take);
    std::for_each(source.utilities.begin(), source.utilities.end(), take);
    return uint32_t(most);
  }

  void addKernels(schema::DeviceCodeT &code, const DeviceSource &source, const DeviceModules &modules) {
    std::string text;
    for (const CudaKernel &kernel : source.kernels) {
      auto out = std::make_unique<schema::DeviceKernelT>();
      out->text_offset = text.size();
      out->text_bytes = kernel.text.size();
      text += kernel.text + (kernel.text.ends_with('\n') ? "" : "\n");
      for (const CudaVariant &variant : kernel.variants) {
        auto form = std::make_unique<schema::DeviceVariantT>();
        form->max_rows = variant.maxRows;
        form->scratch_bytes = uint64_t(variant.scratchBytes);
        form->scratch_row_bytes = uint64_t(variant.scratchRowBytes);
        for (const CudaFunction &function : variant.functions)
          form->functions.push_back(describe(function, modules));
        out->variants.push_back(std::move(form));
      }
      code.kernels.push_back(std::move(out));
    }
    for (const CudaFunction &function : source.utilities)
      code.utilities.push_back(describe(function, modules));
    text += source.utilityText;
    // Targets whose texts are the same share one.
    const auto [place, isNew] = texts.emplace(text, 0);
    if (isNew)
      place->second = append(section.bytes, text);
    code.text_offset = place->second;
    code.text_bytes = text.size();
    for (auto &kernel : code.kernels)
      kernel->text_offset += code.text_offset;
  }

  DeviceSection section;
  std::map<std::string, uint64_t> texts; ///< those in the section, and where
};

} // namespace

StatusOr<DeviceSection> compileDevices(const std::vector<DeviceSource> &sources,
                                       const DeviceCompileOptions &options) {
  std::vector<DeviceModules> modules;
  for (const DeviceSource &source : sources) {
    SENNIT_ASSIGN_OR_RETURN(DeviceModules divided, divideIntoModules(source));
    modules.push_back(std::move(divided));
  }
  SENNIT_ASSIGN_OR_RETURN(Compilers compilers, openCompilers(sources));
  std::vector<Task> tasks;
  for (size_t i = 0; i < sources.size(); ++i)
    for (const DeviceModuleText &module : modules[i].modules)
      tasks.push_back({&sources[i], &module, {}, {}});
  runTasks(tasks, compilers, options);
  for (const Task &task : tasks)
    SENNIT_RETURN_IF_ERROR(task.status);
  Assembler assembler;
  for (size_t i = 0, first = 0; i < sources.size(); first += modules[i].modules.size(), ++i)
    SENNIT_RETURN_IF_ERROR(
        assembler.add(sources[i], modules[i], std::span(tasks).subspan(first, modules[i].modules.size())));
  return assembler.take();
}

} // namespace sennit
