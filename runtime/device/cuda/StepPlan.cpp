// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/device/cuda/StepPlan.h"

#include <algorithm>
#include <map>
#include <string>
#include <tuple>

namespace sennit::cuda {

using schema::RowDomain;
using schema::StepRole;

namespace {

constexpr uint32_t lastRow = 0xffffffff;
constexpr uint64_t mostBlocks = 0x7fffffff; ///< of a grid

/// A launch or copy with the rows that it covers here.
struct Piece {
  uint32_t command;
  RowDomain domain;
  uint32_t rowBegin, rowEnd;
  uint32_t maxRows; ///< the most rows that it can have
};

class Planner {
public:
  explicit Planner(const StepShape &shape)
      : shape(shape), program(*shape.package->programs()->Get(shape.bucket->program())),
        sideBySide(shape.overlap == Overlap::Planned && program.lane_shares() &&
                   program.lane_shares()->size() == lanes) {
    if (shape.overlap == Overlap::Sequential)
      findLastPieces();
  }

  /// Calls launch(Launch, Piece), copy(Copy, Piece), signal(Signal) and wait(Wait) for the commands that a
  /// step of this bucket may need, in the order of the text, until one fails.
  template <typename Visitor>
  Status visit(Visitor &visitor) const {
    for (uint32_t i = 0; i < program.commands()->size(); ++i) {
      const schema::CommandEntry &entry = *program.commands()->Get(i);
      if (const schema::Branch *branch = entry.command_as_Branch()) {
        if (rowsOf(branch->domain()) == 0)
          i += branch->skip();
      } else if (const schema::Launch *launch = entry.command_as_Launch()) {
        if (const Piece piece = pieceOf(i, *launch); piece.maxRows > 0)
          SENNIT_RETURN_IF_ERROR(visitor.launch(*launch, piece));
      } else if (const schema::Copy *copy = entry.command_as_Copy()) {
        if (const Piece piece = pieceOf(i, *copy); piece.maxRows > 0)
          SENNIT_RETURN_IF_ERROR(visitor.copy(*copy, piece));
      } else if (const schema::Signal *signal = entry.command_as_Signal()) {
        visitor.signal(*signal);
      } else if (const schema::Wait *wait = entry.command_as_Wait()) {
        visitor.wait(*wait);
      }
    }
    return {};
  }

  const schema::DeviceVariant &variantOf(const schema::Launch &launch, const Piece &piece) const {
    const auto &variants = *shape.code->kernels()->Get(launch.kernel())->variants();
    for (const schema::DeviceVariant *variant : variants)
      if (variant->max_rows() >= piece.maxRows)
        return *variant;
    return *variants.Get(variants.size() - 1); // verified: the last takes any
  }

  const StepShape &shape;
  const schema::Program &program;
  const bool sideBySide; ///< lanes

private:
  /// The most rows that a domain has in a step of this bucket.
  uint32_t rowsOf(RowDomain domain) const {
    const uint32_t rows = shape.bucket->rows();
    const StepRole role = shape.bucket->role();
    switch (domain) {
    case RowDomain::All:
      return rows;
    case RowDomain::Generated:
      return role == StepRole::Generated ? rows : role == StepRole::Mixed ? rows - 1 : 0;
    case RowDomain::Prompt:
      return role == StepRole::Prompt ? rows : role == StepRole::Mixed ? rows - 1 : 0;
    case RowDomain::Wanted:
      return std::min(rows, shape.mostWanted);
    }
    return 0;
  }

  /// Rows of a domain within [begin, end).
  uint32_t rowsWithin(RowDomain domain, uint32_t begin, uint32_t end) const {
    const uint32_t most = rowsOf(domain);
    if (domain == RowDomain::Prompt && shape.bucket->role() == StepRole::Mixed) {
      // At least row 0 is a generated one, and the last prompt row is the last of the step.
      const uint32_t last = std::min(end, shape.bucket->rows()), first = std::max(begin, 1u);
      return last > first ? std::min(most, last - first) : 0;
    }
    const uint32_t last = std::min(end, most);
    return last > begin ? last - begin : 0;
  }

  using NodeKey = std::tuple<uint32_t, RowDomain, std::vector<uint32_t>, std::string>;
  /// The same for all pieces of one node. Copies are told apart from launches by the number in front.
  static NodeKey keyOf(const schema::Launch &launch) {
    return {launch.kernel(),
            launch.domain(),
            {launch.slots()->begin(), launch.slots()->end()},
            launch.node() ? launch.node()->str() : std::string()};
  }
  static NodeKey keyOf(const schema::Copy &copy) {
    return {lastRow, copy.domain(), {copy.source(), copy.target()}, std::string()};
  }
  template <typename CommandTable>
  static bool isPart(const CommandTable &command) {
    return command.row_begin() != 0 || command.row_end() != lastRow;
  }

  void findLastPieces() {
    for (uint32_t i = 0; i < program.commands()->size(); ++i) {
      const schema::CommandEntry &entry = *program.commands()->Get(i);
      if (const schema::Launch *launch = entry.command_as_Launch(); launch && isPart(*launch))
        lastPiece[keyOf(*launch)] = i;
      else if (const schema::Copy *copy = entry.command_as_Copy(); copy && isPart(*copy))
        lastPiece[keyOf(*copy)] = i;
    }
  }

  template <typename CommandTable>
  Piece pieceOf(uint32_t index, const CommandTable &command) const {
    uint32_t begin = command.row_begin(), end = command.row_end();
    if (shape.overlap == Overlap::Sequential && isPart(command)) {
      if (lastPiece.at(keyOf(command)) != index)
        return {index, command.domain(), begin, end, 0};
      begin = 0;
      end = lastRow;
    }
    return {index, command.domain(), begin, end, rowsWithin(command.domain(), begin, end)};
  }

  std::map<NodeKey, uint32_t> lastPiece; ///< command of the last piece of a node that is in pieces
};

/// Makes nodes and their order.
class NodeMaker {
public:
  NodeMaker(const Planner &planner, const Places &places) : planner(planner), places(places) {
    nodes.emplace_back(); // Input
    signals.resize(planner.program.signals());
    for (std::vector<uint32_t> &tail : tails)
      tail = {0};
  }

  Status launch(const schema::Launch &launch, const Piece &piece) {
    LaunchArguments arguments;
    if (launch.slots()->size() > LaunchArguments::mostOperands)
      return unsupported(where(piece.command) + ": expected at most 25 operands, found " +
                         std::to_string(launch.slots()->size()));
    for (uint32_t i = 0; i < launch.slots()->size(); ++i)
      arguments.operands[i] = address(*planner.program.slots()->Get(launch.slots()->Get(i)));
    arguments.counts = stepField(schema::StepField::Counts);
    arguments.rowBlocks = stepField(schema::StepField::RowBlocks);
    arguments.scratch = places.scratch[size_t(launch.lane())];
    arguments.domain = uint32_t(piece.domain);
    arguments.rowBegin = piece.rowBegin;
    arguments.rowEnd = piece.rowEnd;
    arguments.maxRows = piece.maxRows;
    for (const schema::DeviceFunction *function : *planner.variantOf(launch, piece).functions()) {
      StepNode &node = add(StepNode::Kind::Kernel, piece.command, launch.lane());
      node.function = function;
      node.arguments = arguments;
      node.blocks = blocksOf(*function, piece.maxRows, launch.lane());
    }
    return {};
  }

  Status copy(const schema::Copy &copy, const Piece &piece) {
    // Rows from the first of the domain on: those past its last hold nothing, so they may be copied too,
    // unless rows of another role follow or stand before.
    if (planner.shape.bucket->role() == StepRole::Mixed &&
        (piece.domain == RowDomain::Generated || piece.domain == RowDomain::Prompt))
      return unsupported(
          where(piece.command) +
          ": a copy of the rows of one role, in a step that has both, is not possible on a GPU");
    const auto buffer = [&](uint32_t slot) {
      return planner.program.buffers()->Get(planner.program.slots()->Get(slot)->index());
    };
    const uint64_t rowBytes = buffer(copy.source())->row_bytes();
    StepNode &node = add(StepNode::Kind::Copy, piece.command, copy.lane());
    node.source = places.arena + buffer(copy.source())->offset() + rowBytes * piece.rowBegin;
    node.target = places.arena + buffer(copy.target())->offset() + rowBytes * piece.rowBegin;
    node.bytes = rowBytes * piece.maxRows;
    return {};
  }

  void signal(const schema::Signal &signal) { signals[signal.signal()] = tailOf(signal.lane()); }
  void wait(const schema::Wait &wait) {
    if (!planner.sideBySide)
      return; // everything before it in the text has ended
    std::vector<uint32_t> &tail = tailOf(wait.lane());
    const std::vector<uint32_t> &raised = signals[wait.signal()];
    tail.insert(tail.end(), raised.begin(), raised.end());
    std::sort(tail.begin(), tail.end());
    tail.erase(std::unique(tail.begin(), tail.end()), tail.end());
  }

  std::vector<StepNode> nodes;

private:
  std::string where(uint32_t command) const {
    return "program " + planner.program.name()->str() + ", command " + std::to_string(command);
  }

  std::vector<uint32_t> &tailOf(schema::Lane lane) { return tails[planner.sideBySide ? size_t(lane) : 0]; }

  StepNode &add(StepNode::Kind kind, uint32_t command, schema::Lane lane) {
    const auto index = uint32_t(nodes.size());
    StepNode &node = nodes.emplace_back();
    node.kind = kind;
    node.command = command;
    node.lane = lane;
    node.after = std::exchange(tailOf(lane), {index});
    return node;
  }

  uint32_t blocksOf(const schema::DeviceFunction &function, uint32_t rows, schema::Lane lane) const {
    const double share = planner.sideBySide ? planner.program.lane_shares()->Get(uint32_t(lane)) : 1;
    // A little more than a whole number is that number.
    const auto resident = uint64_t(
        std::max(double(function.blocks_per_sm()) * planner.shape.multiprocessors * share + 1e-6, 1.0));
    if (function.tiles() == 0)
      return uint32_t(std::min(resident, mostBlocks));
    uint64_t blocks = function.tiles();
    if (function.rows_per_block())
      blocks *= (uint64_t(rows) + function.rows_per_block() - 1) / function.rows_per_block();
    return uint32_t(std::min(share < 1 ? std::min(blocks, resident) : blocks, mostBlocks));
  }

  DeviceAddress stepField(schema::StepField field) const {
    return places.step + planner.shape.package->step()->fields()->Get(uint32_t(field))->offset();
  }

  DeviceAddress address(const schema::Slot &slot) const {
    switch (slot.space()) {
    case schema::Space::Arena:
      return places.arena + planner.program.buffers()->Get(slot.index())->offset();
    case schema::Space::Weight:
      return places.weights[slot.index()];
    case schema::Space::KeyCache:
      return places.keys[slot.index()];
    case schema::Space::ValueCache:
      return places.values[slot.index()];
    case schema::Space::Step:
      return stepField(schema::StepField(slot.index()));
    }
    return 0;
  }

  const Planner &planner;
  const Places &places;
  std::array<std::vector<uint32_t>, lanes> tails; ///< by lane: what its next node comes after
  std::vector<std::vector<uint32_t>> signals;     ///< what waits for one come after
};

struct ScratchSizes {
  const Planner &planner;
  std::array<uint64_t, lanes> bytes{};

  Status launch(const schema::Launch &launch, const Piece &piece) {
    const schema::DeviceVariant &variant = planner.variantOf(launch, piece);
    uint64_t &most = bytes[size_t(launch.lane())];
    most = std::max(most, variant.scratch_bytes() + variant.scratch_row_bytes() * piece.maxRows);
    return {};
  }
  Status copy(const schema::Copy &, const Piece &) { return {}; }
  void signal(const schema::Signal &) {}
  void wait(const schema::Wait &) {}
};

} // namespace

StatusOr<std::vector<StepNode>> planStep(const StepShape &shape, const Places &places) {
  const Planner planner(shape);
  NodeMaker maker(planner, places);
  SENNIT_RETURN_IF_ERROR(planner.visit(maker));
  return std::move(maker.nodes);
}

std::vector<uint32_t> endsOf(std::span<const StepNode> nodes) {
  std::vector<bool> isLast(nodes.size(), true);
  for (const StepNode &node : nodes)
    for (uint32_t before : node.after)
      isLast[before] = false;
  std::vector<uint32_t> ends;
  for (uint32_t i = 0; i < nodes.size(); ++i)
    if (isLast[i])
      ends.push_back(i);
  return ends;
}

std::array<uint64_t, lanes> scratchBytes(const StepShape &shape) {
  const Planner planner(shape);
  ScratchSizes sizes{planner};
  (void)planner.visit(sizes); // it never fails
  return sizes.bytes;
}

} // namespace sennit::cuda
