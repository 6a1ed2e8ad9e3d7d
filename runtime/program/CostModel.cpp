// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/program/CostModel.h"

#include "runtime/device/host/Processors.h"
#include "runtime/sequence/CacheLayout.h"

#include <algorithm>

namespace sennit {

using schema::RowDomain;

CostModel::CostModel(const Package &package, int threads) : root(package.root()) {
  threads = std::min(threads, usableProcessors()); // more threads do not make a machine faster
  if (root.rates())
    for (const schema::Rates *rates : *root.rates())
      if (rates->level() == package.level()) {
        bytesPerSecond =
            1e9 * std::min(threads * rates->memory_gb_per_s_per_core(), rates->memory_gb_per_s());
        floatPerSecond = 1e9 * threads * rates->f32_gflops_per_core();
        integerPerSecond = 1e9 * threads * rates->i8_gops_per_core();
      }
  for (const schema::Program *program : *root.programs()) {
    std::vector<Shape> &made = shapes.emplace_back(program->commands()->size());
    for (uint32_t i = 0; i < made.size(); ++i) {
      const schema::CommandEntry &entry = *program->commands()->Get(i);
      if (const schema::Launch *launch = entry.command_as_Launch())
        made[i] = shapeOf(*program, *launch);
      else if (const schema::Copy *copy = entry.command_as_Copy()) {
        made[i].works = true;
        made[i].domain = copy->domain();
        made[i].bytesPerRow =
            2.0 *
            double(program->buffers()->Get(program->slots()->Get(copy->source())->index())->row_bytes());
      }
    }
  }
}

CostModel::Shape CostModel::shapeOf(const schema::Program &program, const schema::Launch &launch) const {
  Shape shape{.works = true,
              .domain = launch.domain(),
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
CostModel::Keys CostModel::count(const StepInput &input, RowDomain domain) const {
  Keys counted;
  if (domain == RowDomain::Wanted)
    return counted;
  const int32_t *positions = input.field(schema::StepField::Positions);
  const int32_t *sequences = input.field(schema::StepField::RowSequence);
  const RowRange range = rowsOf(domain, rows);
  for (int64_t row = range.begin; row < range.end; ++row) {
    counted.pairs += positions[row] + 1;
    if (row + 1 == range.end || sequences[row + 1] != sequences[row])
      counted.distinct += positions[row] + 1;
  }
  return counted;
}

void CostModel::beginStep(const StepRows &stepRows, const StepInput &input) {
  rows = stepRows;
  for (size_t domain = 0; domain < keys.size(); ++domain)
    keys[domain] = count(input, RowDomain(domain));
}

CommandCost CostModel::cost(uint32_t program, uint32_t command) const {
  const Shape &shape = shapes[program][command];
  CommandCost cost;
  if (!shape.works)
    return cost;
  const RowRange range = rowsOf(shape.domain, rows);
  const Keys &read = keys[size_t(shape.domain)];
  cost.rows = range.count();
  if (cost.rows == 0)
    return cost;
  cost.bytes = shape.bytesFixed + shape.bytesPerRow * double(cost.rows) + shape.bytesPerKey * read.distinct;
  cost.flops = shape.flopsPerRow * double(cost.rows) + shape.flopsPerPair * read.pairs;
  if (bytesPerSecond > 0)
    cost.predictedSeconds = std::max(cost.bytes / bytesPerSecond,
                                     cost.flops / (shape.isInteger ? integerPerSecond : floatPerSecond));
  return cost;
}

} // namespace sennit
