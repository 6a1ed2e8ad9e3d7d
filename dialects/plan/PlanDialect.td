// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#ifndef SENNIT_DIALECTS_PLAN_DIALECT
#define SENNIT_DIALECTS_PLAN_DIALECT

include "mlir/IR/OpBase.td"
include "mlir/IR/AttrTypeBase.td"

def Plan_Dialect : Dialect {
  let name = "plan";
  let cppNamespace = "::sennit::plan";
  let summary = "when and where the work of a step happens";
  let description = [{
    A `plan.program` is one step of a model as a list of nodes. A node names an outlined body by its symbol, so that
    thirty equal layers share one body, and says which rows of its operands it reads and of its results it writes.
    Attributes of the node are both the problem (cost) and the solution (pieces: row range, lane, share, start).
    Dependences are never stored; `computeDependences` derives them from accesses and overlapping row ranges.

    The dialect names no other dialect of Sennit: values have any type, and a body is found by its symbol.

    Version log:
      1  program, return, param, node; attributes piece and cost.
      2  rows of a piece are rows of the step in the domains all, generated and prompt; entry, bucket_rows and role of
         program.
  }];
  let useDefaultAttributePrinterParser = 1;
}

#endif // SENNIT_DIALECTS_PLAN_DIALECT
