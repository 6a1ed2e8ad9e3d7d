// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#ifndef SENNIT_DIALECTS_EXEC_DIALECT
#define SENNIT_DIALECTS_EXEC_DIALECT

include "mlir/IR/OpBase.td"
include "mlir/IR/AttrTypeBase.td"

def Exec_Dialect : Dialect {
  let name = "exec";
  let cppNamespace = "::sennit::exec";
  let summary = "the program of one rank, one to one with the package schema";
  let description = [{
    An `exec.package` is the metadata of a package as text: each op stands for one table of
    runtime/schema/program.fbs, each attribute and operand for the field of the same name. Where the schema refers by
    index, the text refers by symbol (kernels, programs), by name (weights) or by SSA value (buffers, slots), and the
    index is the place of the op among its kind. codegen/program writes and reads it without loss.

    Six commands make a program: launch, copy, collective, signal, wait, branch.

    Version log:
      1  format version 1 of the schema.
      1  rates, appended.
      3  rows of launch, copy and collective; lane_shares of program.
  }];
  let useDefaultAttributePrinterParser = 1;
  let useDefaultTypePrinterParser = 1;
}

#endif // SENNIT_DIALECTS_EXEC_DIALECT
