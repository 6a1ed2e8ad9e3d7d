// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// What the nodes of a plan are to a person: the op that they do in a layer. Told from def-use chains and bodies, never
// from names of parameters.
#pragma once

#include "dialects/plan/Plan.h"

#include <string>
#include <vector>

namespace sennit {

struct NodeLabel {
  /// kqv, o, up_gate, down, decode_attention, prefill_attention, network, embed, head; for what is none of these the
  /// name of its body.
  std::string op;
  int layer = -1;    ///< -1: before or after the layers
  unsigned kind = 0; ///< nodes at one place of equal layers are of one kind
};

/// One label for each node, in program order. `kqv` feeds an attention, `o` takes its result, `down` takes nothing but
/// results of `up_gate`, `head` works on wanted rows. Layers are the longest run of nodes that repeats.
std::vector<NodeLabel> labelNodes(plan::ProgramOp program);

} // namespace sennit
