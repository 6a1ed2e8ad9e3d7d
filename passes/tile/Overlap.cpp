// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "passes/tile/Overlap.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"

#include "llvm/ADT/MapVector.h"

namespace sennit {

using namespace mlir;

namespace {

/// A sum of values times constants, and a constant.
struct LinearForm {
  llvm::SmallMapVector<Value, int64_t, 4> terms;
  int64_t constant = 0;

  explicit LinearForm(Value value) { add(value, 1); }

  bool sameTerms(const LinearForm &other) const {
    return terms.size() == other.terms.size() &&
           llvm::all_of(terms, [&](auto &term) { return other.terms.lookup(term.first) == term.second; });
  }

private:
  void add(Value value, int64_t factor) {
    APInt number;
    if (matchPattern(value, m_ConstantInt(&number))) {
      constant += factor * number.getSExtValue();
      return;
    }
    if (auto sum = value.getDefiningOp<arith::AddIOp>()) {
      add(sum.getLhs(), factor);
      return add(sum.getRhs(), factor);
    }
    if (auto product = value.getDefiningOp<arith::MulIOp>())
      for (auto [factorOf, of] :
           {std::pair{product.getRhs(), product.getLhs()}, {product.getLhs(), product.getRhs()}})
        if (matchPattern(factorOf, m_ConstantInt(&number)))
          return add(of, factor * number.getSExtValue());
    int64_t &term = terms[value];
    term += factor;
    if (term == 0)
      terms.erase(value);
  }
};

} // namespace

bool mayOverlap(tile::StoreOp a, tile::StoreOp b, tile::ForOp loop) {
  Value round = loop ? Value(loop.getIndex()) : Value();
  auto indices = llvm::zip_equal(a.getIndices(), b.getIndices());
  size_t left = a.getIndices().size();
  for (auto [of, other] : indices) {
    --left;
    if (!of.getType().isIndex()) { // the position in a cache
      if (of != other)
        return true;
      continue;
    }
    LinearForm first(of), second(other);
    if (!first.sameTerms(second))
      return true;
    int64_t stride = round ? first.terms.lookup(round) * static_cast<int64_t>(loop.getStep()) : 0;
    if (left > 0) {
      // Rows or heads: apart where a constant differs or, for different rounds, where the round is part of
      // it.
      if (stride == 0 ? first.constant != second.constant : first.constant == second.constant)
        return false;
      if (stride != 0)
        return true;
      continue;
    }
    int64_t firstEnd = first.constant + a.getTile().getType().getColumns(),
            secondEnd = second.constant + b.getTile().getType().getColumns();
    if (stride == 0)
      return first.constant < secondEnd && second.constant < firstEnd;
    return std::max(firstEnd, secondEnd) - std::min(first.constant, second.constant) > std::abs(stride);
  }
  return true;
}

} // namespace sennit
