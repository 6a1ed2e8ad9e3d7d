// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// The six commands: one op for each member of union Command, one attribute or operand for each field.
#ifndef SENNIT_DIALECTS_EXEC_COMMAND_OPS
#define SENNIT_DIALECTS_EXEC_COMMAND_OPS

/// `max`: the last row, whatever the step has.
defvar Exec_RowBegin = DefaultValuedAttr<Exec_U32, "0">;
defvar Exec_RowEnd = DefaultValuedAttr<Exec_U32, "::sennit::exec::lastRow">;

class Exec_Command<string mnemonic, list<Trait> traits = []>
    : Exec_Op<mnemonic, !listconcat([HasParent<"ProgramOp">], traits)> {
  let hasVerifier = 1;
}

def Exec_AccessArrayAttr : TypedArrayAttrBase<Exec_AccessAttr, "an array of accesses">;

def Exec_LaunchOp : Exec_Command<"launch", [DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "runs a kernel for rows of a domain";
  let description = [{
    Covers the rows of `domain` within [row_begin, row_end): rows of the step, whose generated rows come first, or for
    domain wanted those of the wanted rows. Without `rows` it covers all. The workers of the lane divide rows and
    output tiles; the command says neither. `node` is the plan node, for traces.

    Lifespan: that of its program; see there for an example.

    **Constraints**
    - C1: `kernel` is a kernel of the package
    - C2: there is one slot for each operand of the kernel
    - C3: an access names one of the command's slots
    - C4: costs are finite and not negative
    - C5: row_begin is below row_end

    ```mlir
    // inside exec.program, after its slots
    exec.launch @norm(%x, %w, %y) domain prompt rows 128 to 256 lane compute
      accesses [0 read own, 1 read all, 2 write own] node "norm" flops_per_row 0.0 bytes_fixed 0.0 bytes_per_row 8.0
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$kernel, Variadic<Exec_Slot>:$slots, Sennit_RowDomain:$domain,
                       Sennit_Lane:$lane, Exec_AccessArrayAttr:$accesses, StrAttr:$node, F64Attr:$flops_per_row,
                       F64Attr:$bytes_fixed, F64Attr:$bytes_per_row, Exec_RowBegin:$row_begin,
                       Exec_RowEnd:$row_end);
  let assemblyFormat = [{
    $kernel `(` $slots `)` `domain` custom<DomainRows>($domain, $row_begin, $row_end) `lane` $lane
    `accesses` custom<Accesses>($accesses) `node` $node
    `flops_per_row` custom<Number>($flops_per_row) `bytes_fixed` custom<Number>($bytes_fixed)
    `bytes_per_row` custom<Number>($bytes_per_row) attr-dict
  }];
}

def Exec_CopyOp : Exec_Command<"copy"> {
  let summary = "copies rows of a domain from one slot to another";
  let description = [{
    Accesses name the source as 0 and the target as 1. Rows are those of a launch.

    Lifespan: that of its program.

    **Constraints**
    - C1: an access names one of the command's slots
    - C2: row_begin is below row_end

    ```mlir
    // inside exec.program, after its slots
    exec.copy %a to %b domain all lane memory accesses [0 read own, 1 write own]
    ```
  }];
  let arguments = (ins Exec_Slot:$source, Exec_Slot:$target, Sennit_RowDomain:$domain, Sennit_Lane:$lane,
                       Exec_AccessArrayAttr:$accesses, Exec_RowBegin:$row_begin, Exec_RowEnd:$row_end);
  let assemblyFormat = [{
    $source `to` $target `domain` custom<DomainRows>($domain, $row_begin, $row_end) `lane` $lane
    `accesses` custom<Accesses>($accesses) attr-dict
  }];
}

def Exec_CollectiveOp : Exec_Command<"collective"> {
  let summary = "starts a collective over the ranks";
  let description = [{
    Rows are those of a launch.

    Lifespan: that of its program.

    **Constraints**
    - C1: an access names one of the command's slots
    - C2: row_begin is below row_end

    ```mlir
    // inside exec.program, after its slots
    exec.collective all_reduce(%a) domain all lane network accesses [0 read own, 0 write own]
    ```
  }];
  let arguments = (ins Exec_CollectiveKind:$kind, Variadic<Exec_Slot>:$slots, Sennit_RowDomain:$domain,
                       Sennit_Lane:$lane, Exec_AccessArrayAttr:$accesses, Exec_RowBegin:$row_begin,
                       Exec_RowEnd:$row_end);
  let assemblyFormat = [{
    $kind `(` $slots `)` `domain` custom<DomainRows>($domain, $row_begin, $row_end) `lane` $lane
    `accesses` custom<Accesses>($accesses) attr-dict
  }];
}

def Exec_SignalOp : Exec_Command<"signal"> {
  let summary = "raises a signal when everything before it on its lane has finished";
  let description = [{
    Lifespan: that of its program.

    **Constraints**
    - C1: signal is below the program's `signals`

    ```mlir
    // inside exec.program, after its slots
    exec.signal 0 lane compute
    ```
  }];
  let arguments = (ins Exec_U32:$signal, Sennit_Lane:$lane);
  let assemblyFormat = "$signal `lane` $lane attr-dict";
}

def Exec_WaitOp : Exec_Command<"wait"> {
  let summary = "holds its lane until a signal was raised in this step";
  let description = [{
    Lifespan: that of its program.

    **Constraints**
    - C1: signal is below the program's `signals`

    ```mlir
    // inside exec.program, after its slots
    exec.wait 0 lane network
    ```
  }];
  let arguments = (ins Exec_U32:$signal, Sennit_Lane:$lane);
  let assemblyFormat = "$signal `lane` $lane attr-dict";
}

def Exec_BranchOp : Exec_Command<"branch"> {
  let summary = "skips commands when a domain has no rows";
  let description = [{
    Skips the next `skip` commands when the rows of `domain` are none.

    Lifespan: that of its program.

    **Constraints**
    - C1: skip is positive and at most the number of commands that follow

    ```mlir
    // inside exec.program, before another command
    exec.branch prompt skip 1
    ```
  }];
  let arguments = (ins Sennit_RowDomain:$domain, Exec_U32:$skip);
  let assemblyFormat = "$domain `skip` $skip attr-dict";
}

#endif // SENNIT_DIALECTS_EXEC_COMMAND_OPS
