// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "dialects/plan/Plan.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include "llvm/ADT/StringMap.h"

#include <cmath>

using namespace mlir;
using namespace sennit;
using namespace sennit::plan;

LogicalResult PieceAttr::verify(llvm::function_ref<InFlightDiagnostic()> emitError, int64_t begin,
                                int64_t end, Lane lane, APFloat share, APFloat start, APFloat finish) {
  if (begin < 0 || begin >= end) // piece_c1
    return emitError() << "expected 0 <= begin < end of piece rows, found " << begin << " to " << end;
  double shareValue = share.convertToDouble();
  if (!(shareValue >= 0.0 && shareValue <= 1.0)) // piece_c2
    return emitError() << "expected a share from 0 to 1, found " << shareValue;
  if (shareValue == 0.0 && lane != Lane::Compute) // piece_c2
    return emitError() << "expected a share above 0 on lane " << stringifyLane(lane) << ", found 0";
  double startValue = start.convertToDouble();
  if (!std::isfinite(startValue) || startValue < 0.0) // piece_c3
    return emitError() << "expected a start that is finite and not negative, found " << startValue;
  double finishValue = finish.convertToDouble();
  if (!std::isfinite(finishValue) || finishValue < 0.0 ||
      (finishValue != 0.0 && finishValue < startValue)) // piece_c4
    return emitError() << "expected an end that is finite and not before the start, " << startValue
                       << ", found " << finishValue;
  return success();
}

LogicalResult CostAttr::verify(llvm::function_ref<InFlightDiagnostic()> emitError, CostClass,
                               APFloat flopsFixed, APFloat flopsPerRow, APFloat bytesFixed,
                               APFloat bytesPerRow, APFloat networkBytesPerRow) {
  const std::pair<StringRef, APFloat> numbers[] = {{"flops_fixed", flopsFixed},
                                                   {"flops_per_row", flopsPerRow},
                                                   {"bytes_fixed", bytesFixed},
                                                   {"bytes_per_row", bytesPerRow},
                                                   {"network_bytes_per_row", networkBytesPerRow}};
  for (const auto &[name, number] : numbers) { // cost_c1
    double value = number.convertToDouble();
    if (!std::isfinite(value) || value < 0.0)
      return emitError() << "expected " << name << " to be finite and not negative, found " << value;
  }
  return success();
}

LogicalResult ProgramOp::verify() {
  if (!getBody().hasOneBlock()) // program_c1
    return emitOpError() << "expected one block, found " << getBody().getBlocks().size();
  if (getEntry() && getEntry()->empty()) // program_c4
    return emitOpError("expected entry to name an entry point, found an empty one");
  if (getBucketRows() && static_cast<int64_t>(*getBucketRows()) < 1) // program_c5
    return emitOpError() << "expected positive bucket_rows, found " << static_cast<int64_t>(*getBucketRows());
  if (getRole() && !symbolizeStepRole(*getRole())) // program_c6
    return emitOpError() << "expected role generated, mixed or prompt, found '" << *getRole() << "'";
  return success();
}

LogicalResult ProgramOp::verifyRegions() {
  llvm::StringMap<NodeOp> nodes;
  for (Operation &op : getBody().front()) {
    if (!isa<ParamOp, NodeOp, ReturnOp>(op)) // program_c2
      return op.emitOpError("expected only plan.param, plan.node and plan.return in a program");
    auto node = dyn_cast<NodeOp>(op);
    if (!node)
      continue;
    auto [other, inserted] = nodes.try_emplace(node.getName(), node);
    if (!inserted) { // program_c3
      InFlightDiagnostic diagnostic = node.emitOpError()
                                      << "expected a name of its own, found '" << node.getName() << "' twice";
      diagnostic.attachNote(other->second.getLoc()) << "the other node is here";
      return diagnostic;
    }
  }
  return success();
}

LogicalResult ReturnOp::verify() {
  ArrayRef<Type> expected = cast<ProgramOp>((*this)->getParentOp()).getResultTypes();
  if (getValues().size() != expected.size()) // return_c1
    return emitOpError() << "expected " << expected.size() << " values, found " << getValues().size();
  for (auto [index, pair] : llvm::enumerate(llvm::zip_equal(getValues().getTypes(), expected))) {
    auto [found, wanted] = pair;
    if (found != wanted) // return_c1
      return emitOpError() << "expected value " << index << " to have type " << wanted << ", found " << found;
  }
  return success();
}

LogicalResult ParamOp::verify() {
  if (getName().empty()) // param_c1
    return emitOpError("expected a name, found an empty one");
  return success();
}

LogicalResult NodeOp::verify() {
  auto checkCount = [&](StringRef what, size_t found, size_t expected, StringRef of) -> LogicalResult {
    if (found == expected)
      return success();
    return emitOpError() << "expected one entry of " << what << " for each " << of << ", " << expected
                         << ", found " << found;
  };
  if (failed(checkCount("accesses", getAccesses().size(), getArgs().size(), "operand"))) // node_c3
    return failure();
  if (failed(checkCount("writes", getWrites().size(), getOuts().size(), "result"))) // node_c4
    return failure();
  if (failed(checkCount("inplace", getInplace().size(), getOuts().size(), "result"))) // node_c5
    return failure();
  for (ArrayRef<int32_t> ranges : {getAccesses(), getWrites()}) // node_c3, node_c4
    for (int32_t range : ranges)
      if (!symbolizeAccessRange(range))
        return emitOpError() << "expected every access to be own, before or all, found number " << range;
  llvm::SmallDenseSet<int32_t> overwritten;
  for (auto [index, operand] : llvm::enumerate(getInplace())) {
    if (operand == -1)
      continue;
    if (operand < 0 || operand >= static_cast<int64_t>(getArgs().size())) // node_c6
      return emitOpError() << "expected inplace of result " << index << " to be an operand below "
                           << getArgs().size() << ", found " << operand;
    if (getArgs()[operand].getType() != getOuts()[index].getType()) // node_c6
      return emitOpError() << "expected result " << index << " to have the type of operand " << operand
                           << ", which it overwrites: " << getArgs()[operand].getType() << ", found "
                           << getOuts()[index].getType();
    if (!overwritten.insert(operand).second) // node_c7
      return emitOpError() << "expected operand " << operand << " to be overwritten by one result, found two";
  }
  if (getPieces().empty()) // node_c8
    return emitOpError("expected a piece, found none");
  if (getName().empty()) // node_c9
    return emitOpError("expected a name, found an empty one");
  return success();
}

LogicalResult NodeOp::verifySymbolUses(SymbolTableCollection &symbols) {
  Operation *body = symbols.lookupNearestSymbolFrom((*this)->getParentOp(), getCalleeAttr());
  if (!body) // node_c1
    return emitOpError() << "expected a body named " << getCalleeAttr() << ", found no such symbol";
  auto function = dyn_cast<func::FuncOp>(body);
  if (!function)
    return success(); // Once bodies are kernels, their operands are no longer the node's.
  FunctionType found = FunctionType::get(getContext(), getArgs().getTypes(), getOuts().getTypes());
  if (function.getFunctionType() != found) { // node_c2
    InFlightDiagnostic diagnostic = emitOpError() << "expected the type of its body, "
                                                  << function.getFunctionType() << ", found " << found;
    diagnostic.attachNote(function.getLoc()) << "the body is here";
    return diagnostic;
  }
  return success();
}
