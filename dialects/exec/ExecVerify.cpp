// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "dialects/exec/Exec.h"

#include "llvm/ADT/StringSet.h"
#include "llvm/ADT/TypeSwitch.h"

#include <cmath>
#include <map>

using namespace mlir;
using namespace sennit;
using namespace sennit::exec;

LogicalResult SliceAttr::verify(llvm::function_ref<InFlightDiagnostic()> emitError, uint64_t rowBegin,
                                uint64_t rowEnd, uint64_t kBegin, uint64_t kEnd, uint64_t, uint64_t) {
  if (rowBegin >= rowEnd || rowBegin % 16 != 0) // slice_c1
    return emitError() << "expected slice rows to begin at a multiple of 16 below their end, found "
                       << rowBegin << " to " << rowEnd;
  if (kBegin >= kEnd || kBegin % 32 != 0) // slice_c2
    return emitError() << "expected slice k to begin at a multiple of 32 below its end, found " << kBegin
                       << " to " << kEnd;
  return success();
}

//===- Package level
//--------------------------------------------------------------------------------------------===//

/// The place of a kind of op in its package; -1 where it has none.
static int packagePlace(Operation &op) {
  return TypeSwitch<Operation *, int>(&op)
      .Case<ModelOp>([](auto) { return 0; })
      .Case<StepLayoutOp>([](auto) { return 1; })
      .Case<CacheOp>([](auto) { return 2; })
      .Case<WeightOp>([](auto) { return 3; })
      .Case<KernelOp>([](auto) { return 4; })
      .Case<ProgramOp>([](auto) { return 5; })
      .Case<EntryOp>([](auto) { return 6; })
      .Case<RatesOp>([](auto) { return 7; })
      .Default([](auto) { return -1; });
}

LogicalResult PackageOp::verify() {
  ArrayRef<int32_t> levels = getLevels();
  for (size_t i = 1; i < levels.size(); ++i)
    if (levels[i - 1] >= levels[i]) // package_c2
      return emitOpError("expected levels to ascend");
  return success();
}

LogicalResult PackageOp::verifyRegions() {
  int previous = -1;
  int single = 0;
  llvm::StringSet<> weights, entries;
  RatesOp lastRates;
  for (Operation &op : getBody().front()) {
    int place = packagePlace(op);
    if (place < 0) // package_c1
      return op.emitOpError("expected a table of the package");
    if (place < previous || (place < 3 && place == previous)) // package_c1
      return op.emitOpError(
          "expected one model, one step_layout, one cache, then weights, kernels, programs, entries and "
          "rates, in this order");
    previous = place;
    single += place < 3;
    if (auto weight = dyn_cast<WeightOp>(op);
        weight && !weights.insert(weight.getName()).second) // package_c3
      return weight.emitOpError() << "expected a name of its own, found '" << weight.getName() << "' twice";
    if (auto entry = dyn_cast<EntryOp>(op); entry && !entries.insert(entry.getName()).second) // package_c4
      return entry.emitOpError() << "expected a name of its own, found '" << entry.getName() << "' twice";
    if (auto rates = dyn_cast<RatesOp>(op)) {
      if (lastRates && lastRates.getLevel() >= rates.getLevel()) // package_c5
        return rates.emitOpError() << "expected rates to ascend by level, found "
                                   << stringifyCpuLevel(rates.getLevel()) << " after "
                                   << stringifyCpuLevel(lastRates.getLevel());
      lastRates = rates;
    }
  }
  if (single != 3) // package_c1
    return emitOpError() << "expected one model, one step_layout and one cache, found " << single
                         << " of the three";
  // Checked here and not on each slot, which would have to walk the package. slot_c2, slot_c3
  for (ProgramOp program : getBody().getOps<ProgramOp>())
    for (SlotOp slot : program.getBody().getOps<SlotOp>()) {
      if (slot.getWeight() && !weights.contains(*slot.getWeight()))
        return slot.emitOpError() << "expected a weight of the package, found '" << *slot.getWeight() << "'";
      uint32_t layers = (*getBody().getOps<CacheOp>().begin()).getLayers();
      if (slot.getLayer() && *slot.getLayer() >= layers)
        return slot.emitOpError() << "expected a layer below " << layers << ", found " << *slot.getLayer();
    }
  return success();
}

LogicalResult StepLayoutOp::verify() {
  uint64_t rows = getMaxRows(), sequences = getMaxSequences(), segments = getMaxSegments(),
           pages = getMaxPages();
  if (!rows || !sequences || !segments || !pages) // step_layout_c4
    return emitOpError("expected positive maxima");
  const uint64_t counts[] = {8,        rows,     rows,  rows, rows,    sequences + 1, segments + 1,
                             segments, segments, pages, rows, rows + 1};
  static_assert(std::size(counts) == getMaxEnumValForStepField() + 1);
  if (getFields().size() != std::size(counts)) // step_layout_c1
    return emitOpError() << "expected " << std::size(counts) << " fields, found " << getFields().size();
  uint64_t end = 0;
  for (auto [index, place] : llvm::enumerate(getFields().getAsRange<StepFieldPlaceAttr>())) {
    if (static_cast<size_t>(place.getField()) != index) // step_layout_c1
      return emitOpError() << "expected field " << index << " to be "
                           << stringifyStepField(static_cast<StepField>(index)) << ", found "
                           << stringifyStepField(place.getField());
    uint64_t bytes = uint64_t(place.getCount()) * 4;
    if (place.getOffset() % 4 != 0 || place.getOffset() < end || place.getOffset() > getBytes() ||
        bytes > getBytes() - place.getOffset()) // step_layout_c2
      return emitOpError() << "expected " << stringifyStepField(place.getField())
                           << " to lie at a multiple of 4 from " << end << " within " << getBytes()
                           << " bytes, found " << bytes << " bytes at " << place.getOffset();
    end = place.getOffset() + bytes;
    if (place.getCount() != counts[index]) // step_layout_c3
      return emitOpError() << "expected " << counts[index] << " elements of "
                           << stringifyStepField(place.getField()) << ", found " << place.getCount();
  }
  return success();
}

LogicalResult CacheOp::verify() {
  if (getFormat() != Format::F16 && getFormat() != Format::F32) // cache_c1
    return emitOpError() << "expected format f16 or f32, found " << stringifyFormat(getFormat());
  if (!getKvHeads() || !getHeadDim()) // cache_c2
    return emitOpError() << "expected positive kv_heads and head_dim, found " << getKvHeads() << " and "
                         << getHeadDim();
  return success();
}

/// Whether the slices, sorted by row_begin, then k_begin, cover rows x k once. They come in bands: slices of
/// one row range whose k ranges follow each other from 0 to k.
static bool coverOnce(ArrayRef<Attribute> slices, uint64_t rows, uint64_t k) {
  uint64_t row = 0;
  for (size_t i = 0; i < slices.size();) {
    auto first = cast<SliceAttr>(slices[i]);
    uint64_t column = 0;
    for (; i < slices.size() && column < k; ++i) {
      auto slice = cast<SliceAttr>(slices[i]);
      if (slice.getRowBegin() != row || slice.getRowEnd() != first.getRowEnd() || slice.getKBegin() != column)
        return false;
      column = slice.getKEnd();
    }
    if (column != k)
      return false;
    row = first.getRowEnd();
  }
  return row == rows;
}

static bool isBlock(Format format) {
  return format == Format::Q8_0 || format == Format::Q4_0 || format == Format::Q4_1;
}

LogicalResult WeightOp::verify() {
  if (getSlices().empty() || !coverOnce(getSlices().getValue(), getRows(), getK())) // weight_c1
    return emitOpError() << "expected slices that cover " << getRows() << " x " << getK()
                         << " once, sorted by row_begin, then k_begin";
  if (getLayout() == Layout::Packed && isBlock(getFormat()) && getK() % 32 != 0) // weight_c2
    return emitOpError() << "expected k of format " << stringifyFormat(getFormat())
                         << " to be a multiple of 32, found " << getK();
  if (getLayout() == Layout::Rows && isBlock(getFormat())) // weight_c3
    return emitOpError() << "expected layout rows to have no block format, found "
                         << stringifyFormat(getFormat());
  return success();
}

LogicalResult KernelOp::verify() {
  if (getCode().empty())
    return success();
  ArrayRef<int32_t> levels = cast<PackageOp>((*this)->getParentOp()).getLevels();
  auto found = llvm::map_range(getCode().getAsRange<KernelCodeAttr>(),
                               [](KernelCodeAttr code) { return static_cast<int32_t>(code.getLevel()); });
  if (!llvm::equal(levels, found)) // kernel_c1
    return emitOpError() << "expected code for each of the package's " << levels.size()
                         << " levels, in their order, found " << getCode().size() << " entries";
  return success();
}

LogicalResult EntryOp::verifyRegions() {
  std::optional<std::pair<uint32_t, uint32_t>> previous;
  for (Operation &op : getBuckets().front()) {
    auto bucket = dyn_cast<BucketOp>(op);
    if (!bucket) // entry_c1
      return op.emitOpError("expected only buckets in an entry");
    std::pair<uint32_t, uint32_t> key(bucket.getRows(), static_cast<uint32_t>(bucket.getRole()));
    if (previous && key <= *previous) // entry_c2
      return bucket.emitOpError("expected buckets sorted by rows, then role, without repetition");
    previous = key;
  }
  return success();
}

LogicalResult BucketOp::verify() {
  if (getRows() == 0) // bucket_c2
    return emitOpError("expected positive rows, found 0");
  return success();
}

LogicalResult BucketOp::verifySymbolUses(SymbolTableCollection &symbols) {
  if (!symbols.lookupNearestSymbolFrom<ProgramOp>(*this, getProgramAttr())) // bucket_c1
    return emitOpError() << "expected a program of the package, found " << getProgramAttr();
  return success();
}

LogicalResult RatesOp::verify() {
  const std::pair<StringRef, APFloat> rates[] = {{"memory_gb_per_s_per_core", getMemoryGbPerSPerCore()},
                                                 {"memory_gb_per_s", getMemoryGbPerS()},
                                                 {"f32_gflops_per_core", getF32GflopsPerCore()},
                                                 {"i8_gops_per_core", getI8GopsPerCore()}};
  for (const auto &[name, rate] : rates) // rates_c1
    if (!rate.isFinite() || rate.isNegative() || rate.isZero())
      return emitOpError() << "expected " << name << " to be finite and positive, found "
                           << rate.convertToDouble();
  return success();
}

//===- Program level
//--------------------------------------------------------------------------------------------===//

/// program_c2, program_c3
static LogicalResult verifyLaneShares(ProgramOp program) {
  constexpr size_t lanes = getMaxEnumValForLane() + 1;
  ArrayRef<double> shares = program.getLaneShares();
  if (!shares.empty() && shares.size() != lanes)
    return program.emitOpError() << "expected a share for each of " << lanes << " lanes, found "
                                 << shares.size();
  double sum = 0;
  for (double share : shares) {
    if (!(share >= 0 && share <= 1))
      return program.emitOpError() << "expected lane shares from 0 to 1, found " << share;
    sum += share;
  }
  if (sum > 1 + 1e-9)
    return program.emitOpError() << "expected lane shares that sum up to at most 1, found " << sum;
  for (Operation &op : program.getBody().front()) {
    std::optional<Lane> lane = TypeSwitch<Operation *, std::optional<Lane>>(&op)
                                   .Case<LaunchOp, CopyOp, CollectiveOp, SignalOp, WaitOp>(
                                       [](auto command) { return command.getLane(); })
                                   .Default([](Operation *) { return std::nullopt; });
    if (lane && !shares.empty() && !(shares[static_cast<size_t>(*lane)] > 0))
      return op.emitOpError() << "expected lane " << stringifyLane(*lane)
                              << " to have a share of the machine, "
                              << "found none";
  }
  return success();
}

LogicalResult ProgramOp::verifyRegions() {
  int previous = 0;
  for (Operation &op : getBody().front()) {
    int place = isa<BufferOp>(op) ? 0 : isa<SlotOp>(op) ? 1 : isCommand(&op) ? 2 : isa<ReturnOp>(op) ? 3 : -1;
    if (place < previous) // program_c1
      return op.emitOpError("expected buffers, slots, commands and return, in this order");
    previous = place;
  }
  return verifyLaneShares(*this);
}

LogicalResult BufferOp::verify() {
  if (getOffset() % 64 != 0) // buffer_c1
    return emitOpError() << "expected an offset that is a multiple of 64, found " << getOffset();
  uint64_t most = uint64_t(1) << 63;
  if (!getRowBytes() || !getRows() || getRowBytes() > (most - 1) / getRows()) // buffer_c2
    return emitOpError() << "expected positive row_bytes and rows with a product below 2^63, found "
                         << getRowBytes() << " and " << getRows();
  return success();
}

LogicalResult SlotOp::verify() {
  bool arena = getSpace() == Space::Arena, weight = getSpace() == Space::Weight,
       step = getSpace() == Space::Step;
  bool cache = !arena && !weight && !step;
  if (bool(getBuffer()) != arena || getWeight().has_value() != weight || getLayer().has_value() != cache ||
      getField().has_value() != step) // slot_c1
    return emitOpError() << "expected a slot in space " << stringifySpace(getSpace()) << " to have "
                         << (arena    ? "a buffer"
                             : weight ? "a weight's name"
                             : step   ? "a field"
                                      : "a layer")
                         << " and nothing else";
  return success();
}

LogicalResult ReturnOp::verify() {
  auto slot = getLogits().getDefiningOp<SlotOp>();
  if (!slot || slot.getSpace() != Space::Arena) // return_c1
    return emitOpError() << "expected logits in the arena, found them in "
                         << (slot ? stringifySpace(slot.getSpace()) : "no slot");
  return success();
}

//===- Commands
//-------------------------------------------------------------------------------------------------===//

/// An access names one of the command's slots: launch_c3, copy_c1, collective_c1.
static LogicalResult verifyAccesses(Operation *op) {
  size_t slots = slotsOf(op).size();
  for (auto [index, access] : llvm::enumerate(accessesOf(op)))
    if (access.getSlot() >= slots)
      return op->emitOpError() << "expected access " << index << " to name a slot below " << slots
                               << ", found " << access.getSlot();
  return success();
}

/// Some row is covered: launch_c5, copy_c2, collective_c2.
static LogicalResult verifyRows(Operation *op) {
  std::optional<CommandRows> rows = rowsOf(op);
  if (rows->begin >= rows->end)
    return op->emitOpError() << "expected row_begin below row_end, found " << rows->begin << " and "
                             << rows->end;
  return success();
}

/// The signal is one of the program's: signal_c1, wait_c1.
static LogicalResult verifySignal(Operation *op, uint32_t signal) {
  uint32_t signals = cast<ProgramOp>(op->getParentOp()).getSignals();
  if (signal >= signals)
    return op->emitOpError() << "expected a signal below " << signals << ", found " << signal;
  return success();
}

LogicalResult LaunchOp::verify() {
  const std::pair<StringRef, APFloat> costs[] = {{"flops_per_row", getFlopsPerRow()},
                                                 {"bytes_fixed", getBytesFixed()},
                                                 {"bytes_per_row", getBytesPerRow()}};
  for (const auto &[name, cost] : costs) // launch_c4
    if (!cost.isFinite() || (cost.isNegative() && !cost.isZero()))
      return emitOpError() << "expected " << name << " to be finite and not negative, found "
                           << cost.convertToDouble();
  return success(succeeded(verifyRows(*this)) && succeeded(verifyAccesses(*this)));
}

LogicalResult LaunchOp::verifySymbolUses(SymbolTableCollection &symbols) {
  auto kernel = symbols.lookupNearestSymbolFrom<KernelOp>(*this, getKernelAttr());
  if (!kernel) // launch_c1
    return emitOpError() << "expected a kernel of the package, found " << getKernelAttr();
  if (kernel.getOperands() != getSlots().size()) { // launch_c2
    InFlightDiagnostic diagnostic = emitOpError() << "expected " << kernel.getOperands()
                                                  << " slots, one for each operand of the kernel, found "
                                                  << getSlots().size();
    diagnostic.attachNote(kernel.getLoc()) << "the kernel is here";
    return diagnostic;
  }
  return success();
}

LogicalResult CopyOp::verify() {
  return success(succeeded(verifyRows(*this)) && succeeded(verifyAccesses(*this)));
}
LogicalResult CollectiveOp::verify() {
  return success(succeeded(verifyRows(*this)) && succeeded(verifyAccesses(*this)));
}
LogicalResult SignalOp::verify() {
  return verifySignal(*this, getSignal());
}
LogicalResult WaitOp::verify() {
  return verifySignal(*this, getSignal());
}

LogicalResult BranchOp::verify() {
  size_t following = 0;
  for (Operation *op = (*this)->getNextNode(); op && isCommand(op); op = op->getNextNode())
    ++following;
  if (getSkip() == 0 || getSkip() > following) // branch_c1
    return emitOpError() << "expected to skip at least 1 and at most the " << following
                         << " commands that follow, found " << getSkip();
  return success();
}
