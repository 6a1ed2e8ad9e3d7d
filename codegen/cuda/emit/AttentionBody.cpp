// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "codegen/cuda/emit/AttentionBody.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Parser/Parser.h"

#include <string>

using namespace mlir;

namespace sennit {
namespace {

/// What the primitives compute, as passes/lower makes it. Queries and what becomes of the result are the
/// kernel's own. Blocks of keys have unnormalised sums, the maximum of their scores and the sum of their
/// weights; they are merged in ascending order. Types ending in `_e` are expressions.
constexpr llvm::StringLiteral expectedText = R"(
tile.kernel @expected(%x: !rows, %k: !keys, %v: !values, %rs: !step, %ps: !step, %ss: !step, %sp: !step, %sl: !step,
                      %sf: !step, %pg: !step) rows(%m : all by 64) {
  tile.columns %h = 0 to HEADS step 1 {
    %zero = arith.constant 0 : index
    %q = tile.load %x[%m, %zero] : !rows -> !heads
    %o0 = tile.fill 0.0 : !heads
    %m0 = tile.fill 0xFF800000 : !one
    %l0 = tile.fill 0.0 : !one
    %o:3 = tile.keys(%m, %rs, %ps, %ss, %sp, %sl, %sf, %pg) init(%o0, %m0, %l0)
        : (!heads, !one, !one) -> (!heads, !one, !one) {
    ^bb0(%block: !tile.block, %valid: !valid, %oc: !heads, %mc: !one, %lc: !one):
      %s = tile.contract %q, %k[%block, %h] : !heads, !keys -> !scores
      %masked = tile.map indexed(%s, %valid) : (!scores, !valid) -> !scores_e {
      ^bb0(%e: f32, %n: i32, %i: i32):
        %in = arith.cmpi slt, %i, %n : i32
        %lowest = arith.constant 0xFF800000 : f32
        %r = arith.select %in, %e, %lowest : f32
        tile.yield %r : f32
      }
      %bm = tile.reduce max %masked : !scores_e -> !one_e
      %p = tile.map(%masked, %bm) : (!scores_e, !one_e) -> !scores {
      ^bb0(%e: f32, %top: f32):
        %d = arith.subf %e, %top : f32
        %r = math.exp %d : f32
        tile.yield %r : f32
      }
      %bl = tile.reduce sum %p : !scores -> !one_e
      %bo = tile.contract %p, %v[%block, %h] valid(%valid) : !scores, !values -> !heads
      %mn = tile.map(%mc, %bm, %valid) : (!one, !one_e, !valid) -> !one {
      ^bb0(%a: f32, %b: f32, %n: i32):
        %most = arith.maximumf %a, %b : f32
        %none = arith.constant 0 : i32
        %some = arith.cmpi sgt, %n, %none : i32
        %r = arith.select %some, %most, %a : f32
        tile.yield %r : f32
      }
      %keep = tile.map(%mc, %mn) : (!one, !one) -> !one {
      ^bb0(%a: f32, %b: f32):
        %d = arith.subf %a, %b : f32
        %r = math.exp %d : f32
        tile.yield %r : f32
      }
      %take = tile.map(%bm, %mn) : (!one_e, !one) -> !one {
      ^bb0(%a: f32, %b: f32):
        %d = arith.subf %a, %b : f32
        %r = math.exp %d : f32
        tile.yield %r : f32
      }
      %on = tile.map(%oc, %keep, %bo, %take, %valid) : (!heads, !one, !heads, !one, !valid) -> !heads_e {
      ^bb0(%a: f32, %f: f32, %b: f32, %g: f32, %n: i32):
        %af = arith.mulf %a, %f : f32
        %bg = arith.mulf %b, %g : f32
        %both = arith.addf %af, %bg : f32
        %none = arith.constant 0 : i32
        %some = arith.cmpi sgt, %n, %none : i32
        %r = arith.select %some, %both, %a : f32
        tile.yield %r : f32
      }
      %ln = tile.map(%lc, %keep, %bl, %take, %valid) : (!one, !one, !one_e, !one, !valid) -> !one_e {
      ^bb0(%a: f32, %f: f32, %b: f32, %g: f32, %n: i32):
        %af = arith.mulf %a, %f : f32
        %bg = arith.mulf %b, %g : f32
        %both = arith.addf %af, %bg : f32
        %none = arith.constant 0 : i32
        %some = arith.cmpi sgt, %n, %none : i32
        %r = arith.select %some, %both, %a : f32
        tile.yield %r : f32
      }
      tile.yield %on, %mn, %ln : !heads_e, !one, !one_e
    }
    %z = tile.map(%o#0, %o#2) : (!heads, !one) -> !heads_e {
    ^bb0(%a: f32, %b: f32):
      %r = arith.divf %a, %b : f32
      tile.yield %r : f32
    }
    tile.store %z, %x[%m, %zero] : !heads_e, !rows
  }
}
)";

/// The text for the views and group of a kernel: the types that it names, then the kernel.
std::string expectedFor(tile::ViewType keys, int64_t group) {
  std::string heads = std::to_string(keys.getShape()[1]), dim = std::to_string(keys.getWidth()),
              format = stringifyFormat(keys.getFormat()).str(), members = std::to_string(group);
  std::string width = std::to_string(keys.getShape()[1] * group * keys.getWidth());
  auto tile = [&](const std::string &columns, const char *rest) {
    return "!tile.tile<?x" + members + "x" + columns + ", f32, " + rest + ">\n";
  };
  std::string text = "!rows = !tile.view<?x" + width + ", f32, rows>\n";
  text += "!keys = !tile.view<?x" + heads + "x" + dim + ", " + format + ", keys>\n";
  text += "!values = !tile.view<?x" + heads + "x" + dim + ", " + format + ", values>\n";
  text += "!step = !tile.view<?, i32, rows>\n!valid = !tile.tile<?x1x1, i32, reg>\n";
  text += "!heads = " + tile(dim, "shared") + "!heads_e = " + tile(dim, "reg");
  text += "!scores = " + tile("256", "shared") + "!scores_e = " + tile("256", "reg");
  text += "!one = " + tile("1", "shared") + "!one_e = " + tile("1", "reg");
  auto [before, after] = expectedText.split("HEADS");
  return text + before.str() + heads + after.str();
}

/// Compares two regions op for op; `mapping` takes values of the expected one to values of the found one.
class Comparison {
public:
  IRMapping mapping;

  LogicalResult compare(Operation *found, Operation *expected) {
    if (found->getName() != expected->getName())
      return found->emitOpError("expected ") << expected->getName() << " here, to be attention";
    if (found->getResultTypes() != expected->getResultTypes())
      return found->emitOpError("expected result ") << expected->getResultTypes() << ", to be attention";
    if (found->getAttrDictionary() != expected->getAttrDictionary())
      return found->emitOpError("expected attributes ")
             << expected->getAttrDictionary() << ", to be attention";
    if (found->getNumOperands() != expected->getNumOperands())
      return found->emitOpError("expected ") << expected->getNumOperands() << " operands, to be attention";
    for (auto [i, pair] : llvm::enumerate(llvm::zip_equal(found->getOperands(), expected->getOperands())))
      if (mapping.lookupOrNull(std::get<1>(pair)) != std::get<0>(pair))
        return found->emitOpError("expected another value as operand ") << i << ", to be attention";
    for (auto [ours, theirs] : llvm::zip_equal(found->getResults(), expected->getResults()))
      mapping.map(theirs, ours);
    for (auto [ours, theirs] : llvm::zip_equal(found->getRegions(), expected->getRegions()))
      if (failed(compare(found, ours.front(), theirs.front())))
        return failure();
    return success();
  }

private:
  LogicalResult compare(Operation *parent, Block &found, Block &expected) {
    if (found.getArgumentTypes() != expected.getArgumentTypes())
      return parent->emitOpError("expected other block arguments, to be attention");
    for (auto [ours, theirs] : llvm::zip_equal(found.getArguments(), expected.getArguments()))
      mapping.map(theirs, ours);
    auto ours = found.begin();
    for (Operation &theirs : expected) {
      if (ours == found.end())
        return parent->emitOpError("expected ")
               << theirs.getName() << " at the end of its body, to be attention";
      if (failed(compare(&*ours, &theirs)))
        return failure();
      ++ours;
    }
    if (ours != found.end())
      return ours->emitOpError("expected no more ops, to be attention");
    return success();
  }
};

} // namespace

tile::MapOp attentionResult(tile::KeysOp keys) {
  Operation *next = keys->getNextNode();
  return dyn_cast_if_present<tile::MapOp>(next);
}

LogicalResult checkAttentionBody(tile::ColumnsOp section) {
  auto found = section.getBodyBlock()->getOps<tile::KeysOp>();
  if (!llvm::hasSingleElement(found))
    return section.emitOpError("expected one tile.keys in it");
  tile::KeysOp keys = *found.begin();
  auto scores = dyn_cast<tile::ContractOp>(keys.getBodyBlock()->front());
  if (!scores || scores.getView().getType().getLayout() != tile::ViewLayout::Keys)
    return keys.getBodyBlock()->front().emitOpError("expected a contraction with keys here, to be attention");
  tile::ViewType view = scores.getView().getType();
  if (section.getLower() != 0 || static_cast<int64_t>(section.getUpper()) != view.getShape()[1])
    return section.emitOpError("expected columns over all ") << view.getShape()[1] << " kv heads";
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(
      expectedFor(view, scores.getActivation().getType().getGroup()), ParserConfig(section.getContext()));
  auto kernel = *module->getOps<tile::KernelOp>().begin();
  tile::ColumnsOp expected = kernel.getSections()[0];
  auto expectedKeys = *expected.getBodyBlock()->getOps<tile::KeysOp>().begin();

  Comparison comparison;
  auto map = [&](Value theirs, Value ours) { comparison.mapping.map(theirs, ours); };
  auto function = section->getParentOfType<tile::KernelOp>();
  map(kernel.getRow(), function.getRow());
  map(expected.getIndex(), section.getIndex());
  // Queries may be any expression, tables and pools any views.
  auto expectedScores = cast<tile::ContractOp>(expectedKeys.getBodyBlock()->front());
  map(expectedScores.getActivation(), scores.getActivation());
  map(expectedScores.getView(), scores.getView());
  for (auto contract : keys.getBodyBlock()->getOps<tile::ContractOp>())
    if (contract.getView().getType().getLayout() == tile::ViewLayout::Values)
      map(kernel.getViews()[2], contract.getView());
  for (unsigned i = 1; i <= 7; ++i) // behind the row: the views of the step
    map(expectedKeys->getOperand(i), keys->getOperand(i));
  for (auto [ours, theirs] : llvm::zip(keys.getInits(), expectedKeys.getInits())) {
    if (!ours.getDefiningOp<tile::FillOp>())
      return keys.emitOpError("expected carried tiles that begin as a tile.fill, to be attention");
    if (failed(comparison.compare(ours.getDefiningOp(), theirs.getDefiningOp())))
      return failure();
  }
  if (failed(comparison.compare(keys, expectedKeys)))
    return failure();
  tile::MapOp result = attentionResult(keys);
  if (!result)
    return keys.emitOpError("expected a tile.map behind it that divides the sums, to be attention");
  return comparison.compare(result, attentionResult(expectedKeys));
}

} // namespace sennit
