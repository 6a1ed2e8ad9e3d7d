// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/cli/plan/OpStyle.h"

#include <algorithm>
#include <array>

using namespace sennit;
using namespace sennit::cli;

namespace {

/// Hues of Paul Tol's bright scheme, which stay apart for readers who see fewer colours, and in print.
const std::vector<OpStyle> &knownStyles() {
  static const std::vector<OpStyle> styles = {
      {"kqv", "#4477aa", {"KQV"}},
      {"o", "#66ccee", {"O"}},
      {"up_gate", "#228833", {"Up+Gate", "Up"}},
      {"down", "#ccbb44", {"Down"}},
      {"decode_attention", "#ee6677", {"Decode attention", "Decode attn.", "Decode", "Dec."}},
      {"prefill_attention", "#aa3377", {"Prefill attention", "Prefill attn.", "Prefill", "Pre."}},
      {"network", "#999999", {"Network", "Net"}},
  };
  return styles;
}

constexpr std::array spareColours = {"#bb5566", "#004488", "#ddaa33", "#117733", "#88ccee", "#332288"};

} // namespace

std::vector<OpStyle> cli::stylesOf(const PlanReport &report) {
  std::vector<std::string> ops;
  for (const PlanOp &op : report.ops)
    ops.push_back(op.op);
  for (const PlanPiece &piece : report.pieces)
    if (std::find(ops.begin(), ops.end(), piece.op) == ops.end())
      ops.push_back(piece.op);
  std::vector<OpStyle> styles;
  size_t spares = 0;
  for (const std::string &op : ops) {
    const std::vector<OpStyle> &known = knownStyles();
    auto found =
        std::find_if(known.begin(), known.end(), [&](const OpStyle &style) { return style.op == op; });
    if (found != known.end()) {
      styles.push_back(*found);
      continue;
    }
    std::string name = op;
    std::replace(name.begin(), name.end(), '_', ' ');
    styles.push_back({op, spareColours[spares++ % spareColours.size()], {name}});
  }
  return styles;
}
