// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "codegen/program/WriteProgram.h"

#include "mlir/IR/Verifier.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/TypeSwitch.h"

namespace sennit {

using namespace mlir;

namespace {

class Writer {
public:
  explicit Writer(exec::PackageOp package) : package(package) {
    number<exec::WeightOp>(weights, [](exec::WeightOp op) { return op.getName(); });
    number<exec::KernelOp>(kernels, [](exec::KernelOp op) { return op.getSymName(); });
    number<exec::ProgramOp>(programs, [](exec::ProgramOp op) { return op.getSymName(); });
  }

  schema::PackageT write() {
    schema::PackageT made;
    made.format_version = package.getFormatVersion();
    made.compiler = package.getCompiler().str();
    for (int32_t level : package.getLevels())
      made.levels.push_back(static_cast<schema::CpuLevel>(level));
    for (Operation &op : package.getBody().front())
      llvm::TypeSwitch<Operation *>(&op)
          .Case([&](exec::ModelOp model) { made.model = writeModel(model); })
          .Case([&](exec::StepLayoutOp step) { made.step = writeStep(step); })
          .Case([&](exec::CacheOp cache) { made.cache = writeCache(cache); })
          .Case([&](exec::WeightOp weight) { made.weights.push_back(writeWeight(weight)); })
          .Case([&](exec::KernelOp kernel) { made.kernels.push_back(writeKernel(kernel)); })
          .Case([&](exec::ProgramOp program) { made.programs.push_back(writeProgram(program)); })
          .Case([&](exec::EntryOp entry) { made.entries.push_back(writeEntry(entry)); })
          .Case([&](exec::RatesOp rates) { made.rates.push_back(writeRates(rates)); });
    return made;
  }

private:
  template <typename Op, typename Name>
  void number(llvm::StringMap<uint32_t> &numbers, Name name) {
    for (Op op : package.getBody().getOps<Op>())
      numbers.try_emplace(name(op), numbers.size());
  }

  static std::unique_ptr<schema::ModelT> writeModel(exec::ModelOp op) {
    auto made = std::make_unique<schema::ModelT>();
    made->family = op.getFamily().str();
    made->name = op.getName().str();
    made->vocab_size = op.getVocabSize();
    made->context_length = op.getContextLength();
    made->layers = op.getLayers();
    made->hidden_size = op.getHiddenSize();
    made->bos_id = static_cast<int32_t>(op.getBosId());
    made->eos_ids.assign(op.getEosIds().begin(), op.getEosIds().end());
    made->chat_template = op.getChatTemplate().str();
    made->parameters = op.getParameters();
    return made;
  }

  static std::unique_ptr<schema::StepLayoutT> writeStep(exec::StepLayoutOp op) {
    auto made = std::make_unique<schema::StepLayoutT>();
    for (auto attr : op.getFields().getAsRange<exec::StepFieldPlaceAttr>()) {
      auto place = std::make_unique<schema::StepFieldPlaceT>();
      place->field = static_cast<schema::StepField>(attr.getField());
      place->offset = attr.getOffset();
      place->count = attr.getCount();
      made->fields.push_back(std::move(place));
    }
    made->bytes = op.getBytes();
    made->max_rows = op.getMaxRows();
    made->max_sequences = op.getMaxSequences();
    made->max_segments = op.getMaxSegments();
    made->max_pages = op.getMaxPages();
    return made;
  }

  static std::unique_ptr<schema::CacheT> writeCache(exec::CacheOp op) {
    auto made = std::make_unique<schema::CacheT>();
    made->layers = op.getLayers();
    made->kv_heads = op.getKvHeads();
    made->head_dim = op.getHeadDim();
    made->format = static_cast<schema::Format>(op.getFormat());
    return made;
  }

  static std::unique_ptr<schema::WeightT> writeWeight(exec::WeightOp op) {
    auto made = std::make_unique<schema::WeightT>();
    made->name = op.getName().str();
    made->rows = op.getRows();
    made->k = op.getK();
    made->format = static_cast<schema::Format>(op.getFormat());
    made->layout = static_cast<schema::Layout>(op.getLayout());
    for (auto attr : op.getSlices().getAsRange<exec::SliceAttr>()) {
      auto slice = std::make_unique<schema::SliceT>();
      slice->row_begin = attr.getRowBegin();
      slice->row_end = attr.getRowEnd();
      slice->k_begin = attr.getKBegin();
      slice->k_end = attr.getKEnd();
      slice->offset = attr.getOffset();
      slice->bytes = attr.getBytes();
      made->slices.push_back(std::move(slice));
    }
    made->chunk_hashes.assign(op.getChunkHashes().begin(), op.getChunkHashes().end());
    made->root_hash = op.getRootHash();
    return made;
  }

  static std::unique_ptr<schema::KernelT> writeKernel(exec::KernelOp op) {
    auto made = std::make_unique<schema::KernelT>();
    made->name = op.getSymName().str();
    for (auto attr : op.getCode().getAsRange<exec::KernelCodeAttr>()) {
      auto code = std::make_unique<schema::KernelCodeT>();
      code->level = static_cast<schema::CpuLevel>(attr.getLevel());
      code->body = attr.getBody();
      code->prologue = attr.getPrologue();
      code->has_prologue = attr.getHasPrologue();
      made->code.push_back(std::move(code));
    }
    made->operands = op.getOperands();
    made->row_block = op.getRowBlock();
    made->column_tiles = op.getColumnTiles();
    made->scratch_bytes = op.getScratchBytes();
    made->part_bytes = op.getPartBytes();
    made->source = op.getSource().str();
    return made;
  }

  std::unique_ptr<schema::ProgramT> writeProgram(exec::ProgramOp op) {
    auto made = std::make_unique<schema::ProgramT>();
    made->name = op.getSymName().str();
    made->signals = op.getSignals();
    made->arena_bytes = op.getArenaBytes();
    made->arena_bytes_without_reuse = op.getArenaBytesWithoutReuse();
    made->lane_shares.assign(op.getLaneShares().begin(), op.getLaneShares().end());
    buffers.clear();
    slots.clear();
    for (Operation &inner : op.getBody().front())
      llvm::TypeSwitch<Operation *>(&inner)
          .Case([&](exec::BufferOp buffer) {
            buffers[buffer.getResult()] = made->buffers.size();
            made->buffers.push_back(writeBuffer(buffer));
          })
          .Case([&](exec::SlotOp slot) {
            slots[slot.getResult()] = made->slots.size();
            made->slots.push_back(writeSlot(slot));
          })
          .Case([&](exec::ReturnOp end) { made->logits = slots.lookup(end.getLogits()); })
          .Default([&](Operation *command) {
            auto entry = std::make_unique<schema::CommandEntryT>();
            entry->command = writeCommand(command);
            made->commands.push_back(std::move(entry));
          });
    return made;
  }

  static std::unique_ptr<schema::BufferT> writeBuffer(exec::BufferOp op) {
    auto made = std::make_unique<schema::BufferT>();
    made->name = op.getName().str();
    made->offset = op.getOffset();
    made->row_bytes = op.getRowBytes();
    made->rows = op.getRows();
    return made;
  }

  std::unique_ptr<schema::SlotT> writeSlot(exec::SlotOp op) {
    auto made = std::make_unique<schema::SlotT>();
    made->space = static_cast<schema::Space>(op.getSpace());
    switch (op.getSpace()) {
    case exec::Space::Arena:
      made->index = buffers.lookup(op.getBuffer());
      break;
    case exec::Space::Weight:
      made->index = weights.lookup(*op.getWeight());
      break;
    case exec::Space::KeyCache:
    case exec::Space::ValueCache:
      made->index = *op.getLayer();
      break;
    case exec::Space::Step:
      made->index = static_cast<uint32_t>(*op.getField());
      break;
    }
    return made;
  }

  /// Domain, rows, lane and accesses of a launch, copy or collective. In the text an access counts the
  /// command's slots, in the package those of the program.
  template <typename Op, typename Table>
  void writeWork(Op op, Table &table) {
    table.domain = static_cast<schema::RowDomain>(op.getDomain());
    table.row_begin = op.getRowBegin();
    table.row_end = op.getRowEnd();
    table.lane = static_cast<schema::Lane>(op.getLane());
    OperandRange named = exec::slotsOf(op);
    for (exec::AccessAttr attr : exec::accessesOf(op)) {
      auto access = std::make_unique<schema::AccessT>();
      access->slot = slots.lookup(named[attr.getSlot()]);
      access->mode = static_cast<schema::AccessMode>(attr.getMode());
      access->range = static_cast<schema::AccessRange>(attr.getRange());
      table.accesses.push_back(std::move(access));
    }
  }

  std::vector<uint32_t> slotNumbers(ValueRange values) {
    std::vector<uint32_t> numbers;
    for (Value value : values)
      numbers.push_back(slots.lookup(value));
    return numbers;
  }

  schema::CommandUnion writeCommand(Operation *op) {
    schema::CommandUnion made;
    llvm::TypeSwitch<Operation *>(op)
        .Case([&](exec::LaunchOp launch) {
          schema::LaunchT table;
          table.kernel = kernels.lookup(launch.getKernel());
          table.slots = slotNumbers(launch.getSlots());
          writeWork(launch, table);
          table.node = launch.getNode().str();
          table.flops_per_row = launch.getFlopsPerRow().convertToDouble();
          table.bytes_fixed = launch.getBytesFixed().convertToDouble();
          table.bytes_per_row = launch.getBytesPerRow().convertToDouble();
          made.Set(std::move(table));
        })
        .Case([&](exec::CopyOp copy) {
          schema::CopyT table;
          table.source = slots.lookup(copy.getSource());
          table.target = slots.lookup(copy.getTarget());
          writeWork(copy, table);
          made.Set(std::move(table));
        })
        .Case([&](exec::CollectiveOp collective) {
          schema::CollectiveT table;
          table.kind = static_cast<schema::CollectiveKind>(collective.getKind());
          table.slots = slotNumbers(collective.getSlots());
          writeWork(collective, table);
          made.Set(std::move(table));
        })
        .Case([&](exec::SignalOp signal) {
          schema::SignalT table;
          table.signal = signal.getSignal();
          table.lane = static_cast<schema::Lane>(signal.getLane());
          made.Set(std::move(table));
        })
        .Case([&](exec::WaitOp wait) {
          schema::WaitT table;
          table.signal = wait.getSignal();
          table.lane = static_cast<schema::Lane>(wait.getLane());
          made.Set(std::move(table));
        })
        .Case([&](exec::BranchOp branch) {
          schema::BranchT table;
          table.domain = static_cast<schema::RowDomain>(branch.getDomain());
          table.skip = branch.getSkip();
          made.Set(std::move(table));
        });
    return made;
  }

  std::unique_ptr<schema::EntryT> writeEntry(exec::EntryOp op) {
    auto made = std::make_unique<schema::EntryT>();
    made->name = op.getName().str();
    for (exec::BucketOp bucket : op.getBuckets().getOps<exec::BucketOp>()) {
      auto table = std::make_unique<schema::BucketT>();
      table->rows = bucket.getRows();
      table->role = static_cast<schema::StepRole>(bucket.getRole());
      table->program = programs.lookup(bucket.getProgram());
      made->buckets.push_back(std::move(table));
    }
    return made;
  }

  static std::unique_ptr<schema::RatesT> writeRates(exec::RatesOp op) {
    auto made = std::make_unique<schema::RatesT>();
    made->level = static_cast<schema::CpuLevel>(op.getLevel());
    made->memory_gb_per_s_per_core = op.getMemoryGbPerSPerCore().convertToDouble();
    made->memory_gb_per_s = op.getMemoryGbPerS().convertToDouble();
    made->f32_gflops_per_core = op.getF32GflopsPerCore().convertToDouble();
    made->i8_gops_per_core = op.getI8GopsPerCore().convertToDouble();
    return made;
  }

  exec::PackageOp package;
  llvm::StringMap<uint32_t> weights, kernels, programs; ///< index of each name
  llvm::DenseMap<Value, uint32_t> buffers, slots;       ///< of the program that is being written
};

} // namespace

StatusOr<schema::PackageT> writeProgram(exec::PackageOp package) {
  if (failed(verify(package)))
    return internalError("expected a verified exec.package to write");
  return Writer(package).write();
}

} // namespace sennit
