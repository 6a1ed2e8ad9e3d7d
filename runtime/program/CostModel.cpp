// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/program/CostModel.h"

#include "runtime/device/host/Processors.h"
#include "runtime/program/LaneTeam.h"
#include "runtime/sequence/CacheLayout.h"

#include <algorithm>

namespace sennit {

using schema::RowDomain;

CostModel::CostModel(const Package &package, int threads) : root(package.root()) {
  threads = std::min(threads, usableProcessors()); // more threads do not make a machine faster
  if (root.rates() && package.executable())        // they are those of the CPU
    for (const schema::Rates *rates : *root.rates())
      if (rates->level() == package.level()) {
        bytesPerSecond =
            1e9 * std::min(threads * rates->memory_gb_per_s_per_core(), rates->memory_gb_per_s());
        floatPerSecond = 1e9 * threads * rates->f32_gflops_per_core();
        integerPerSecond = 1e9 * threads * rates->i8_gops_per_core();
      }
  pairsBefore.resize(size_t(root.step()->max_rows()) + 1);
  distinctBefore.resize(pairsBefore.size());
  for (const schema::Program *program : *root.programs()) {
    std::vector<Shape> &made = shapes.emplace_back(program->commands()->size());
    for (uint32_t i = 0; i < made.size(); ++i) {
      const schema::CommandEntry &entry = *program->commands()->Get(i);
      if (const schema::Launch *launch = entry.command_as_Launch())
        made[i] = shapeOf(*program, *launch);
      else if (const schema::Copy *copy = entry.command_as_Copy()) {
        made[i].works = true;
        made[i].domain = copy->domain();
        made[i].rowBegin = copy->row_begin();
        made[i].rowEnd = copy->row_end();
        made[i].bytesPerRow =
            2.0 *
            double(program->buffers()->Get(program->slots()->Get(copy->source())->index())->row_bytes());
      }
      const std::optional<schema::Lane> lane = laneOf(entry);
      if (lane && runsLanes(*program, threads))
        made[i].share = program->lane_shares()->Get(uint32_t(*lane));
    }
  }
}

CostModel::Shape CostModel::shapeOf(const schema::Program &program, const schema::Launch &launch) const {
  Shape shape{.works = true,
              .domain = launch.domain(),
              .rowBegin = launch.row_begin(),
              .rowEnd = launch.row_end(),
              .flopsPerRow = launch.flops_per_row(),
              .bytesFixed = launch.bytes_fixed(),
              .bytesPerRow = launch.bytes_per_row()};
  const auto &accesses = *launch.accesses();
  const auto isOverwritten = [&](uint32_t slot) {
    return std::any_of(accesses.begin(), accesses.end(), [&](const schema::Access *other) {
      return other->slot() == slot && other->mode() == schema::AccessMode::Write;
    });
  };
  bool readsCache = false;
  double outputBytes = 0, activationBytes = 0;
  for (const schema::Access *access : accesses) {
    const schema::Slot &slot = *program.slots()->Get(access->slot());
    const bool writes = access->mode() == schema::AccessMode::Write;
    if (slot.space() == schema::Space::KeyCache || slot.space() == schema::Space::ValueCache)
      readsCache |= !writes && !isOverwritten(access->slot()); // else it appends
    if (slot.space() == schema::Space::Arena && (writes || !isOverwritten(access->slot()))) {
      const double bytes = double(program.buffers()->Get(slot.index())->row_bytes());
      activationBytes += bytes;
      outputBytes += writes ? bytes : 0;
    }
    if (slot.space() == schema::Space::Weight) {
      const schema::Weight &weight = *root.weights()->Get(slot.index());
      shape.isInteger |= weight.layout() == schema::Layout::Packed &&
                         weight.format() >= schema::Format::Q8_0 && weight.format() <= schema::Format::Q4_1;
    }
  }
  if (!readsCache)
    return shape;
  // The compiler's costs of attention per row hold for the context that it assumed, and count the keys again
  // for every row. Each key and value is multiplied with one element of q and added to one element of the
  // output.
  const CacheLayout layout = CacheLayout::of(*root.cache());
  shape.flopsPerRow = 0;
  shape.bytesPerRow = activationBytes;
  shape.flopsPerPair = 4 * outputBytes / sizeof(float);
  shape.bytesPerKey = double(layout.keyPageBytes() + layout.valuePageBytes()) / double(pagePositions);
  return shape;
}

/// Rows of one sequence follow each other in ascending position, so the last one sees all of its keys.
CostModel::Keys CostModel::count(const Shape &shape, const RowRange &range) const {
  if (shape.domain == RowDomain::Wanted)
    return {};
  const size_t begin = size_t(range.begin), last = size_t(range.end) - 1;
  return {pairsBefore[last + 1] - pairsBefore[begin],
          distinctBefore[last] - distinctBefore[begin] + positions[last] + 1};
}

void CostModel::beginStep(const StepRows &stepRows, const StepInput &input) {
  rows = stepRows;
  positions = input.field(schema::StepField::Positions);
  const int32_t *sequences = input.field(schema::StepField::RowSequence);
  for (int32_t row = 0; row < rows.total; ++row) {
    const bool ends = row + 1 == rows.total || sequences[row + 1] != sequences[row];
    pairsBefore[size_t(row) + 1] = pairsBefore[size_t(row)] + positions[row] + 1;
    distinctBefore[size_t(row) + 1] = distinctBefore[size_t(row)] + (ends ? positions[row] + 1 : 0);
  }
}

CommandCost CostModel::cost(uint32_t program, uint32_t command) const {
  const Shape &shape = shapes[program][command];
  CommandCost cost;
  if (!shape.works)
    return cost;
  RowRange range = rowsOf(shape.domain, rows);
  range.begin = std::max<int64_t>(range.begin, shape.rowBegin);
  range.end = std::min<int64_t>(range.end, shape.rowEnd);
  if (range.begin >= range.end)
    return cost;
  const Keys read = count(shape, range);
  cost.rows = range.count();
  cost.bytes = shape.bytesFixed + shape.bytesPerRow * double(cost.rows) + shape.bytesPerKey * read.distinct;
  cost.flops = shape.flopsPerRow * double(cost.rows) + shape.flopsPerPair * read.pairs;
  if (bytesPerSecond > 0)
    cost.predictedSeconds = std::max(cost.bytes / bytesPerSecond,
                                     cost.flops / (shape.isInteger ? integerPerSecond : floatPerSecond)) /
                            shape.share;
  return cost;
}

} // namespace sennit
