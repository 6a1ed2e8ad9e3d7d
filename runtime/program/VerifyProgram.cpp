// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Checks of one program: slots, buffers and commands.
#include "runtime/program/Verify.h"

#include <algorithm>
#include <string>
#include <vector>

namespace sennit {

using std::to_string;

namespace {

constexpr uint64_t mostArena = uint64_t(1) << 42;
constexpr uint64_t bufferAlignment = 64;
constexpr double mostCost = 1e18; ///< operations or bytes

class ProgramChecker {
public:
  ProgramChecker(const schema::Package &package, uint32_t index, uint32_t rows)
      : package(package), program(*package.programs()->Get(index)), rows(rows),
        where("programs[" + to_string(index) + "]") {}

  Status run() {
    SENNIT_RETURN_IF_ERROR(checkBuffers());
    SENNIT_RETURN_IF_ERROR(checkSlots());
    SENNIT_RETURN_IF_ERROR(checkLogits());
    SENNIT_RETURN_IF_ERROR(checkLaneShares());
    if (program.signals() > 65536)
      return invalidInput(where + " signals: expected at most 65536, found " + to_string(program.signals()));
    raised.assign(program.signals(), false);
    for (uint32_t i = 0; i < program.commands()->size(); ++i)
      SENNIT_RETURN_IF_ERROR(checkCommand(i));
    return checkBranches();
  }

private:
  static constexpr size_t laneCount = size_t(schema::Lane::MAX) + 1;

  Status checkLaneShares() {
    if (!program.lane_shares() || program.lane_shares()->size() == 0)
      return {};
    if (program.lane_shares()->size() != laneCount)
      return invalidInput(where + " lane_shares: expected one for each of " + to_string(laneCount) +
                          " lanes, found " + to_string(program.lane_shares()->size()));
    double sum = 0;
    for (double share : *program.lane_shares()) {
      if (!(share >= 0 && share <= 1))
        return invalidInput(where + " lane_shares: expected 0 to 1, found " + to_string(share));
      sum += share;
    }
    if (sum > 1 + 1e-9)
      return invalidInput(where + " lane_shares: expected a sum of at most 1, found " + to_string(sum));
    return {};
  }

  /// Lanes skip alike, so a branch must not skip a signal that one of them waits for.
  Status checkBranches() const {
    for (uint32_t i = 0; i < program.commands()->size(); ++i) {
      const schema::Branch *branch = program.commands()->Get(i)->command_as_Branch();
      if (!branch)
        continue;
      for (uint32_t j = i + 1; j <= i + branch->skip(); ++j) {
        const schema::Signal *signal = program.commands()->Get(j)->command_as_Signal();
        if (!signal)
          continue;
        for (uint32_t k = i + branch->skip() + 1; k < program.commands()->size(); ++k)
          if (const schema::Wait *wait = program.commands()->Get(k)->command_as_Wait();
              wait && wait->signal() == signal->signal())
            return invalidInput(where + " commands[" + to_string(i) + "] branch: skips signal " +
                                to_string(signal->signal()) + " but not the wait in commands[" +
                                to_string(k) + "]");
      }
    }
    return {};
  }

  Status checkBuffers() {
    if (program.arena_bytes() > mostArena)
      return invalidInput(where + " arena_bytes: expected at most " + to_string(mostArena) + ", found " +
                          to_string(program.arena_bytes()));
    for (uint32_t i = 0; i < program.buffers()->size(); ++i) {
      const schema::Buffer &buffer = *program.buffers()->Get(i);
      const std::string place = where + " buffers[" + to_string(i) + "]";
      uint64_t bytes;
      if (__builtin_mul_overflow(buffer.rows(), buffer.row_bytes(), &bytes) ||
          buffer.offset() > program.arena_bytes() || bytes > program.arena_bytes() - buffer.offset())
        return invalidInput(place + ": " + to_string(buffer.rows()) + " rows of " +
                            to_string(buffer.row_bytes()) + " bytes at offset " + to_string(buffer.offset()) +
                            " do not fit in an arena of " + to_string(program.arena_bytes()) + " bytes");
      if (buffer.offset() % bufferAlignment)
        return invalidInput(place + " offset: expected a multiple of 64, found " +
                            to_string(buffer.offset()));
    }
    return {};
  }

  Status checkSlots() {
    for (uint32_t i = 0; i < program.slots()->size(); ++i) {
      const schema::Slot &slot = *program.slots()->Get(i);
      const std::string place = where + " slots[" + to_string(i) + "]";
      uint32_t limit = 0;
      switch (slot.space()) {
      case schema::Space::Arena:
        limit = program.buffers()->size();
        break;
      case schema::Space::Weight:
        limit = package.weights()->size();
        break;
      case schema::Space::KeyCache:
      case schema::Space::ValueCache:
        limit = package.cache()->layers();
        break;
      case schema::Space::Step:
        limit = uint32_t(schema::StepField::MAX) + 1;
        break;
      default:
        return invalidInput(place + " space: expected 0 to 4, found " + to_string(int(slot.space())));
      }
      if (slot.index() >= limit)
        return invalidInput(place + " index: expected less than " + to_string(limit) + ", found " +
                            to_string(slot.index()));
    }
    return {};
  }

  Status checkLogits() {
    SENNIT_RETURN_IF_ERROR(checkSlotIndex(program.logits(), where + " logits"));
    const schema::Buffer *buffer = arenaBuffer(program.logits());
    if (!buffer)
      return invalidInput(where + " logits: expected an arena slot, found space " +
                          to_string(int(program.slots()->Get(program.logits())->space())));
    const uint64_t least = uint64_t(package.model()->vocab_size()) * 4;
    if (buffer->row_bytes() < least || buffer->row_bytes() % 4 || buffer->rows() < 1)
      return invalidInput(where + " logits: expected rows of at least " + to_string(least) +
                          " bytes, found " + to_string(buffer->rows()) + " rows of " +
                          to_string(buffer->row_bytes()));
    return {};
  }

  Status checkSlotIndex(uint32_t slot, const std::string &place) const {
    if (slot >= program.slots()->size())
      return invalidInput(place + ": expected a slot less than " + to_string(program.slots()->size()) +
                          ", found " + to_string(slot));
    return {};
  }

  const schema::Buffer *arenaBuffer(uint32_t slot) const {
    const schema::Slot &entry = *program.slots()->Get(slot);
    return entry.space() == schema::Space::Arena ? program.buffers()->Get(entry.index()) : nullptr;
  }

  /// Own rows of a domain other than Wanted reach as far as the step's rows; those of Wanted are limited by
  /// wantedLimit.
  Status checkRowsFit(uint32_t slot, schema::RowDomain domain, const std::string &place) const {
    const schema::Buffer *buffer = arenaBuffer(slot);
    const uint64_t least = domain == schema::RowDomain::Wanted ? 1 : rows;
    if (buffer && buffer->rows() < least)
      return invalidInput(place + ": expected a buffer of at least " + to_string(least) + " rows, found " +
                          to_string(buffer->rows()));
    return {};
  }

  static Status checkDomain(schema::RowDomain domain, const std::string &place) {
    if (domain > schema::RowDomain::MAX)
      return invalidInput(place + " domain: expected 0 to 3, found " + to_string(int(domain)));
    return {};
  }

  Status checkDomainAndLane(schema::RowDomain domain, schema::Lane lane, const std::string &place) const {
    SENNIT_RETURN_IF_ERROR(checkDomain(domain, place));
    if (lane > schema::Lane::MAX)
      return invalidInput(place + " lane: expected 0 to 2, found " + to_string(int(lane)));
    if (program.lane_shares() && program.lane_shares()->size() > 0 &&
        !(program.lane_shares()->Get(uint32_t(lane)) > 0))
      return invalidInput(place + " lane: expected one with a share of the machine, found " +
                          schema::EnumNameLane(lane));
    return {};
  }

  template <typename CommandTable>
  static Status checkRowRange(const CommandTable &command, const std::string &place) {
    if (command.row_begin() >= command.row_end())
      return invalidInput(place + " row_begin: expected less than row_end, found " +
                          to_string(command.row_begin()) + " and " + to_string(command.row_end()));
    return {};
  }

  template <typename Accesses>
  Status checkAccesses(const Accesses &accesses, schema::RowDomain domain, const std::string &place) const {
    for (uint32_t i = 0; i < accesses.size(); ++i) {
      const schema::Access &access = *accesses.Get(i);
      const std::string inner = place + " accesses[" + to_string(i) + "]";
      SENNIT_RETURN_IF_ERROR(checkSlotIndex(access.slot(), inner));
      if (access.mode() > schema::AccessMode::MAX)
        return invalidInput(inner + " mode: expected 0 or 1, found " + to_string(int(access.mode())));
      if (access.range() > schema::AccessRange::MAX)
        return invalidInput(inner + " range: expected 0 to 2, found " + to_string(int(access.range())));
      if (access.range() == schema::AccessRange::Own)
        SENNIT_RETURN_IF_ERROR(checkRowsFit(access.slot(), domain, inner));
    }
    return {};
  }

  Status checkLaunch(const schema::Launch &launch, const std::string &place) const {
    for (auto [name, value] : {std::pair("flops_per_row", launch.flops_per_row()),
                               {"bytes_fixed", launch.bytes_fixed()},
                               {"bytes_per_row", launch.bytes_per_row()}})
      if (!(value >= 0 && value <= mostCost))
        return invalidInput(place + " " + name + ": expected 0 to 1e18, found " + to_string(value));
    if (launch.kernel() >= package.kernels()->size())
      return invalidInput(place + " kernel: expected less than " + to_string(package.kernels()->size()) +
                          ", found " + to_string(launch.kernel()));
    const uint32_t operands = package.kernels()->Get(launch.kernel())->operands();
    if (launch.slots()->size() != operands)
      return invalidInput(place + " slots: expected the kernel's " + to_string(operands) +
                          " operands, found " + to_string(launch.slots()->size()));
    for (uint32_t i = 0; i < operands; ++i)
      SENNIT_RETURN_IF_ERROR(checkSlotIndex(launch.slots()->Get(i), place + " slots[" + to_string(i) + "]"));
    SENNIT_RETURN_IF_ERROR(checkDomainAndLane(launch.domain(), launch.lane(), place));
    SENNIT_RETURN_IF_ERROR(checkRowRange(launch, place));
    return checkAccesses(*launch.accesses(), launch.domain(), place);
  }

  Status checkCopy(const schema::Copy &copy, const std::string &place) const {
    SENNIT_RETURN_IF_ERROR(checkSlotIndex(copy.source(), place + " source"));
    SENNIT_RETURN_IF_ERROR(checkSlotIndex(copy.target(), place + " target"));
    SENNIT_RETURN_IF_ERROR(checkDomainAndLane(copy.domain(), copy.lane(), place));
    SENNIT_RETURN_IF_ERROR(checkRowRange(copy, place));
    const schema::Buffer *source = arenaBuffer(copy.source()), *target = arenaBuffer(copy.target());
    if (!source || !target)
      return invalidInput(place + ": expected source and target in the arena, found spaces " +
                          to_string(int(program.slots()->Get(copy.source())->space())) + " and " +
                          to_string(int(program.slots()->Get(copy.target())->space())));
    if (source->row_bytes() != target->row_bytes())
      return invalidInput(place + ": expected rows of equal size, found " + to_string(source->row_bytes()) +
                          " and " + to_string(target->row_bytes()) + " bytes");
    SENNIT_RETURN_IF_ERROR(checkRowsFit(copy.source(), copy.domain(), place + " source"));
    SENNIT_RETURN_IF_ERROR(checkRowsFit(copy.target(), copy.domain(), place + " target"));
    return checkAccesses(*copy.accesses(), copy.domain(), place);
  }

  Status checkSignal(uint32_t signal, const std::string &place) const {
    if (signal >= program.signals())
      return invalidInput(place + ": expected a signal less than " + to_string(program.signals()) +
                          ", found " + to_string(signal));
    return {};
  }

  Status checkCommand(uint32_t index) {
    const schema::CommandEntry &entry = *program.commands()->Get(index);
    const std::string place = where + " commands[" + to_string(index) + "]";
    if (entry.command_type() != schema::Command::NONE && !entry.command())
      return invalidInput(place + ": expected a command, found none");
    switch (entry.command_type()) {
    case schema::Command::Launch:
      return checkLaunch(*entry.command_as_Launch(), place + " launch");
    case schema::Command::Copy:
      return checkCopy(*entry.command_as_Copy(), place + " copy");
    case schema::Command::Collective:
      return unsupported(place + " collective: this runtime runs one rank, a collective needs several");
    case schema::Command::Signal: {
      const schema::Signal &signal = *entry.command_as_Signal();
      SENNIT_RETURN_IF_ERROR(checkSignal(signal.signal(), place + " signal"));
      SENNIT_RETURN_IF_ERROR(checkDomainAndLane(schema::RowDomain::All, signal.lane(), place + " signal"));
      if (raised[signal.signal()])
        return invalidInput(place + " signal: signal " + to_string(signal.signal()) + " is raised before it");
      raised[signal.signal()] = true;
      return {};
    }
    case schema::Command::Wait: {
      // The order of the text is one in which every wait ends, so lanes that run at the same time never wait
      // for each other in a circle.
      const schema::Wait &wait = *entry.command_as_Wait();
      SENNIT_RETURN_IF_ERROR(checkSignal(wait.signal(), place + " wait"));
      SENNIT_RETURN_IF_ERROR(checkDomainAndLane(schema::RowDomain::All, wait.lane(), place + " wait"));
      if (!raised[wait.signal()])
        return invalidInput(place + " wait: signal " + to_string(wait.signal()) + " is not raised before it");
      return {};
    }
    case schema::Command::Branch: {
      const schema::Branch &branch = *entry.command_as_Branch();
      SENNIT_RETURN_IF_ERROR(checkDomain(branch.domain(), place + " branch"));
      const uint32_t left = program.commands()->size() - index - 1;
      if (branch.skip() > left)
        return invalidInput(place + " branch skip: expected at most " + to_string(left) + ", found " +
                            to_string(branch.skip()));
      return {};
    }
    default:
      return invalidInput(place + ": expected command type 1 to 6, found " +
                          to_string(int(entry.command_type())));
    }
  }

  const schema::Package &package;
  const schema::Program &program;
  uint32_t rows;
  std::string where;
  std::vector<bool> raised;
};

} // namespace

Status verifyProgram(const schema::Package &package, uint32_t index, uint32_t rows) {
  return ProgramChecker(package, index, rows).run();
}

uint32_t wantedLimit(const schema::Package &package) {
  uint64_t limit = package.step()->max_rows();
  for (const schema::Program *program : *package.programs()) {
    const auto include = [&](uint32_t slot) {
      const schema::Slot &entry = *program->slots()->Get(slot);
      if (entry.space() == schema::Space::Arena)
        limit = std::min(limit, program->buffers()->Get(entry.index())->rows());
    };
    include(program->logits());
    for (const schema::CommandEntry *command : *program->commands()) {
      if (const schema::Copy *copy = command->command_as_Copy();
          copy && copy->domain() == schema::RowDomain::Wanted) {
        include(copy->source());
        include(copy->target());
      }
      const auto *accesses = [&]() -> const flatbuffers::Vector<flatbuffers::Offset<schema::Access>> * {
        if (const schema::Launch *launch = command->command_as_Launch())
          return launch->domain() == schema::RowDomain::Wanted ? launch->accesses() : nullptr;
        if (const schema::Copy *copy = command->command_as_Copy())
          return copy->domain() == schema::RowDomain::Wanted ? copy->accesses() : nullptr;
        return nullptr;
      }();
      if (accesses)
        for (const schema::Access *access : *accesses)
          if (access->range() == schema::AccessRange::Own)
            include(access->slot());
    }
  }
  return uint32_t(limit);
}

} // namespace sennit
