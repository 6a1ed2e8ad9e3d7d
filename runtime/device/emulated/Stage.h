// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#pragma once

#include "runtime/device/emulated/Block.h"

#include <memory>
#include <optional>
#include <vector>

namespace sennit::emulated {

/// What one OS thread needs to run blocks one after another: stacks and shared memory, kept between blocks.
class Stage {
public:
  Stage() = default;
  ~Stage();
  Stage(const Stage &) = delete;
  Stage &operator=(const Stage &) = delete;

  /// Runs block `index` of a grid; the fault that ended it.
  std::optional<Fault> run(const Launch &launch, int index);

private:
  bool reserve(const GridShape &shape);
  void prepare(const Launch &launch, int index);
  unsigned char *sharedBase() const;

  std::unique_ptr<Block> block;
  std::vector<Thread *> threads;
  std::vector<void *> chunks; ///< mappings of `chunkBytes` that hold the stacks of a warp
  std::vector<unsigned char> shared;
  SharedShadow shadow;
  bool abandoned = false; ///< threads of the block before did not end
};

} // namespace sennit::emulated
