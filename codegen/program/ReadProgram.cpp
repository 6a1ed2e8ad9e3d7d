// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "codegen/program/ReadProgram.h"

#include "dialects/exec/Exec.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Verifier.h"

#include <set>

namespace sennit {

using namespace mlir;

namespace {

/// Checks that a number is a case of its enum; `place` names it.
template <typename To, typename From>
Status convert(From from, To &to, const std::string &place) {
  if (from > From::MAX)
    return invalidInput("expected " + place + " up to " + std::to_string(static_cast<int>(From::MAX)) +
                        ", found " + std::to_string(static_cast<int>(from)));
  to = static_cast<To>(from);
  return Status::okay();
}

Status checkIndex(uint64_t index, uint64_t limit, const std::string &place) {
  if (index >= limit)
    return invalidInput("expected " + place + " below " + std::to_string(limit) + ", found " +
                        std::to_string(index));
  return Status::okay();
}

class Reader {
public:
  Reader(const schema::PackageT &package, MLIRContext &context)
      : package(package), builder(&context), loc(UnknownLoc::get(&context)) {}

  StatusOr<OwningOpRef<ModuleOp>> read() {
    if (!package.model || !package.step || !package.cache)
      return invalidInput("expected a model, a step layout and a cache in the package, found one missing");
    OwningOpRef<ModuleOp> module = ModuleOp::create(loc);
    builder.setInsertionPointToEnd(module->getBody());
    SmallVector<int32_t> levels;
    for (schema::CpuLevel level : package.levels)
      SENNIT_RETURN_IF_ERROR(convert(level, levels.emplace_back(), "level"));
    auto op = exec::PackageOp::create(builder, loc, package.format_version, package.compiler, levels);
    builder.createBlock(&op.getBody());
    readModel();
    SENNIT_RETURN_IF_ERROR(readStep());
    SENNIT_RETURN_IF_ERROR(readCache());
    for (const auto &weight : package.weights)
      SENNIT_RETURN_IF_ERROR(readWeight(*weight));
    for (const auto &kernel : package.kernels)
      SENNIT_RETURN_IF_ERROR(readKernel(*kernel));
    for (const auto &program : package.programs)
      SENNIT_RETURN_IF_ERROR(readProgram(*program));
    for (const auto &entry : package.entries)
      SENNIT_RETURN_IF_ERROR(readEntry(*entry));
    for (const auto &rates : package.rates)
      SENNIT_RETURN_IF_ERROR(readRates(*rates));

    std::string problem;
    ScopedDiagnosticHandler handler(builder.getContext(), [&](Diagnostic &diagnostic) {
      if (problem.empty())
        problem = diagnostic.str();
      return success();
    });
    if (failed(mlir::verify(*module)))
      return invalidInput("invalid program: " + problem);
    return module;
  }

private:
  /// Kernels and programs share one table of symbols.
  Status takeSymbol(const std::string &name, const std::string &place) {
    if (name.empty() || !symbols.insert(name).second)
      return invalidInput("expected " + place + " to be a name of its own, found '" + name + "'");
    return Status::okay();
  }

  void readModel() {
    const schema::ModelT &from = *package.model;
    exec::ModelOp::create(builder, loc, from.family, from.name, from.vocab_size, from.context_length,
                          from.layers, from.hidden_size, static_cast<uint32_t>(from.bos_id), from.eos_ids,
                          from.chat_template, from.parameters);
  }

  Status readStep() {
    const schema::StepLayoutT &from = *package.step;
    SmallVector<Attribute> fields;
    for (const auto &place : from.fields) {
      exec::StepField field;
      SENNIT_RETURN_IF_ERROR(convert(place->field, field, "step field"));
      fields.push_back(
          exec::StepFieldPlaceAttr::get(builder.getContext(), field, place->offset, place->count));
    }
    exec::StepLayoutOp::create(builder, loc, builder.getArrayAttr(fields), from.bytes, from.max_rows,
                               from.max_sequences, from.max_segments, from.max_pages);
    return Status::okay();
  }

  Status readCache() {
    const schema::CacheT &from = *package.cache;
    Format format;
    SENNIT_RETURN_IF_ERROR(convert(from.format, format, "format of the cache"));
    exec::CacheOp::create(builder, loc, from.layers, from.kv_heads, from.head_dim, format);
    return Status::okay();
  }

  Status readWeight(const schema::WeightT &from) {
    Format format;
    exec::Layout layout;
    SENNIT_RETURN_IF_ERROR(convert(from.format, format, "format of weight '" + from.name + "'"));
    SENNIT_RETURN_IF_ERROR(convert(from.layout, layout, "layout of weight '" + from.name + "'"));
    SmallVector<Attribute> slices;
    for (const auto &slice : from.slices) {
      std::string problem;
      ScopedDiagnosticHandler handler(builder.getContext(), [&](Diagnostic &diagnostic) {
        problem = diagnostic.str();
        return success();
      });
      Attribute made = exec::SliceAttr::getChecked([&] { return emitError(loc); }, builder.getContext(),
                                                   slice->row_begin, slice->row_end, slice->k_begin,
                                                   slice->k_end, slice->offset, slice->bytes);
      if (!made)
        return invalidInput("weight '" + from.name + "': " + problem);
      slices.push_back(made);
    }
    SmallVector<int64_t> hashes(from.chunk_hashes.begin(), from.chunk_hashes.end());
    exec::WeightOp::create(builder, loc, from.name, from.rows, from.k, format, layout,
                           builder.getArrayAttr(slices), hashes, from.root_hash);
    return Status::okay();
  }

  Status readKernel(const schema::KernelT &from) {
    SENNIT_RETURN_IF_ERROR(takeSymbol(from.name, "kernel"));
    SmallVector<Attribute> codes;
    for (const auto &code : from.code) {
      exec::CpuLevel level;
      SENNIT_RETURN_IF_ERROR(convert(code->level, level, "level of kernel '" + from.name + "'"));
      codes.push_back(exec::KernelCodeAttr::get(builder.getContext(), level, code->body, code->prologue,
                                                code->has_prologue));
    }
    exec::KernelOp::create(builder, loc, from.name, builder.getArrayAttr(codes), from.operands,
                           from.row_block, from.column_tiles, from.scratch_bytes, from.source,
                           from.part_bytes);
    return Status::okay();
  }

  Status readProgram(const schema::ProgramT &from) {
    SENNIT_RETURN_IF_ERROR(takeSymbol(from.name, "program"));
    where = "program '" + from.name + "'";
    auto program = exec::ProgramOp::create(builder, loc, from.name, from.signals, from.arena_bytes,
                                           from.arena_bytes_without_reuse, from.lane_shares);
    OpBuilder::InsertionGuard guard(builder);
    builder.createBlock(&program.getBody());
    buffers.clear();
    slots.clear();
    for (const auto &buffer : from.buffers)
      buffers.push_back(exec::BufferOp::create(builder, loc, builder.getType<exec::BufferType>(),
                                               buffer->name, buffer->offset, buffer->row_bytes,
                                               buffer->rows));
    for (const auto &slot : from.slots)
      SENNIT_RETURN_IF_ERROR(readSlot(*slot));
    for (const auto &entry : from.commands)
      SENNIT_RETURN_IF_ERROR(readCommand(entry->command));
    SENNIT_RETURN_IF_ERROR(checkIndex(from.logits, slots.size(), "logits of " + where));
    exec::ReturnOp::create(builder, loc, slots[from.logits]);
    return Status::okay();
  }

  Status readSlot(const schema::SlotT &from) {
    std::string place = "slot " + std::to_string(slots.size()) + " of " + where;
    exec::Space space;
    SENNIT_RETURN_IF_ERROR(convert(from.space, space, "space of " + place));
    switch (space) {
    case exec::Space::Arena:
      SENNIT_RETURN_IF_ERROR(checkIndex(from.index, buffers.size(), "buffer of " + place));
      slots.push_back(exec::SlotOp::create(builder, loc, buffers[from.index]));
      break;
    case exec::Space::Weight:
      SENNIT_RETURN_IF_ERROR(checkIndex(from.index, package.weights.size(), "weight of " + place));
      slots.push_back(
          exec::SlotOp::create(builder, loc, builder.getStringAttr(package.weights[from.index]->name)));
      break;
    case exec::Space::KeyCache:
    case exec::Space::ValueCache:
      slots.push_back(exec::SlotOp::create(builder, loc, space, from.index));
      break;
    case exec::Space::Step:
      SENNIT_RETURN_IF_ERROR(
          checkIndex(from.index, exec::getMaxEnumValForStepField() + 1, "step field of " + place));
      slots.push_back(exec::SlotOp::create(builder, loc, static_cast<exec::StepField>(from.index)));
      break;
    }
    return Status::okay();
  }

  Status lookUp(ArrayRef<uint32_t> numbers, SmallVector<Value> &values) {
    for (uint32_t number : numbers) {
      SENNIT_RETURN_IF_ERROR(checkIndex(number, slots.size(), "slot of a command of " + where));
      values.push_back(slots[number]);
    }
    return Status::okay();
  }

  /// What launch, copy and collective share.
  struct Work {
    RowDomain domain;
    Lane lane;
    ArrayAttr accesses;
  };

  /// `named` are the slots of the command. An access of a slot that it does not name has no text.
  template <typename Table>
  Status readWork(const Table &from, ArrayRef<uint32_t> named, Work &work) {
    SENNIT_RETURN_IF_ERROR(convert(from.domain, work.domain, "domain of a command of " + where));
    SENNIT_RETURN_IF_ERROR(convert(from.lane, work.lane, "lane of a command of " + where));
    SmallVector<Attribute> accesses;
    for (const auto &access : from.accesses) {
      exec::AccessMode mode;
      AccessRange range;
      SENNIT_RETURN_IF_ERROR(convert(access->mode, mode, "mode of an access of " + where));
      SENNIT_RETURN_IF_ERROR(convert(access->range, range, "range of an access of " + where));
      auto place = llvm::find(named, access->slot);
      if (place == named.end())
        return invalidInput("expected an access of " + where + " to name a slot of its command, found slot " +
                            std::to_string(access->slot));
      accesses.push_back(exec::AccessAttr::get(builder.getContext(), place - named.begin(), mode, range));
    }
    work.accesses = builder.getArrayAttr(accesses);
    return Status::okay();
  }

  Status readCommand(const schema::CommandUnion &from) {
    Work work;
    SmallVector<Value> named;
    Lane lane;
    switch (from.type) {
    case schema::Command::Launch: {
      const schema::LaunchT &table = *from.AsLaunch();
      SENNIT_RETURN_IF_ERROR(
          checkIndex(table.kernel, package.kernels.size(), "kernel of a launch of " + where));
      SENNIT_RETURN_IF_ERROR(lookUp(table.slots, named));
      SENNIT_RETURN_IF_ERROR(readWork(table, table.slots, work));
      exec::LaunchOp::create(builder, loc, package.kernels[table.kernel]->name, named, work.domain, work.lane,
                             work.accesses, table.node, APFloat(table.flops_per_row),
                             APFloat(table.bytes_fixed), APFloat(table.bytes_per_row), table.row_begin,
                             table.row_end);
      return Status::okay();
    }
    case schema::Command::Copy: {
      const schema::CopyT &table = *from.AsCopy();
      uint32_t both[] = {table.source, table.target};
      SENNIT_RETURN_IF_ERROR(lookUp(both, named));
      SENNIT_RETURN_IF_ERROR(readWork(table, both, work));
      exec::CopyOp::create(builder, loc, named[0], named[1], work.domain, work.lane, work.accesses,
                           table.row_begin, table.row_end);
      return Status::okay();
    }
    case schema::Command::Collective: {
      const schema::CollectiveT &table = *from.AsCollective();
      exec::CollectiveKind kind;
      SENNIT_RETURN_IF_ERROR(convert(table.kind, kind, "kind of a collective of " + where));
      SENNIT_RETURN_IF_ERROR(lookUp(table.slots, named));
      SENNIT_RETURN_IF_ERROR(readWork(table, table.slots, work));
      exec::CollectiveOp::create(builder, loc, kind, named, work.domain, work.lane, work.accesses,
                                 table.row_begin, table.row_end);
      return Status::okay();
    }
    case schema::Command::Signal:
      SENNIT_RETURN_IF_ERROR(convert(from.AsSignal()->lane, lane, "lane of a signal of " + where));
      exec::SignalOp::create(builder, loc, from.AsSignal()->signal, lane);
      return Status::okay();
    case schema::Command::Wait:
      SENNIT_RETURN_IF_ERROR(convert(from.AsWait()->lane, lane, "lane of a wait of " + where));
      exec::WaitOp::create(builder, loc, from.AsWait()->signal, lane);
      return Status::okay();
    case schema::Command::Branch:
      SENNIT_RETURN_IF_ERROR(convert(from.AsBranch()->domain, work.domain, "domain of a branch of " + where));
      exec::BranchOp::create(builder, loc, work.domain, from.AsBranch()->skip);
      return Status::okay();
    case schema::Command::NONE:
      break;
    }
    return invalidInput("expected a command of " + where + " of a known kind, found " +
                        std::to_string(static_cast<int>(from.type)));
  }

  Status readEntry(const schema::EntryT &from) {
    auto entry = exec::EntryOp::create(builder, loc, from.name);
    OpBuilder::InsertionGuard guard(builder);
    builder.createBlock(&entry.getBuckets());
    for (const auto &bucket : from.buckets) {
      exec::StepRole role;
      SENNIT_RETURN_IF_ERROR(convert(bucket->role, role, "role of a bucket of entry '" + from.name + "'"));
      SENNIT_RETURN_IF_ERROR(checkIndex(bucket->program, package.programs.size(),
                                        "program of a bucket of entry '" + from.name + "'"));
      exec::BucketOp::create(builder, loc, bucket->rows, role, package.programs[bucket->program]->name);
    }
    return Status::okay();
  }

  Status readRates(const schema::RatesT &from) {
    exec::CpuLevel level;
    SENNIT_RETURN_IF_ERROR(convert(from.level, level, "level of rates"));
    exec::RatesOp::create(builder, loc, level, APFloat(from.memory_gb_per_s_per_core),
                          APFloat(from.memory_gb_per_s), APFloat(from.f32_gflops_per_core),
                          APFloat(from.i8_gops_per_core));
    return Status::okay();
  }

  const schema::PackageT &package;
  OpBuilder builder;
  Location loc;
  std::set<std::string> symbols;
  std::string where;                 ///< the program that is being read
  SmallVector<Value> buffers, slots; ///< of that program, by index
};

} // namespace

StatusOr<OwningOpRef<ModuleOp>> readProgram(const schema::PackageT &package, MLIRContext &context) {
  context.loadDialect<exec::ExecDialect>();
  return Reader(package, context).read();
}

} // namespace sennit
