// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#ifndef SENNIT_DIALECTS_EXEC_ATTRS
#define SENNIT_DIALECTS_EXEC_ATTRS

include "dialects/Common.td"
include "dialects/exec/ExecDialect.td"
include "dialects/exec/ExecEnums.td"

class Exec_Attr<string name, string attrMnemonic> : AttrDef<Exec_Dialect, name> {
  let mnemonic = attrMnemonic;
}

def Exec_SliceAttr : Exec_Attr<"Slice", "slice"> {
  let summary = "table Slice: a rectangle of a weight, packed alone";
  let description = [{
    Rows [row_begin, row_end) and columns [k_begin, k_end); `offset` bytes from the start of the weights section (0
    until the package is written).

    **Constraints**
    - C1: row_begin < row_end, and row_begin is a multiple of 16
    - C2: k_begin < k_end, and k_begin is a multiple of 32

    Example: `#exec.slice<rows = 0 to 576, k = 0 to 1536, offset = 0, bytes = 0>`
  }];
  let parameters = (ins "uint64_t":$row_begin, "uint64_t":$row_end, "uint64_t":$k_begin, "uint64_t":$k_end,
                        "uint64_t":$offset, "uint64_t":$bytes);
  let assemblyFormat = [{
    `<` `rows` `=` $row_begin `to` $row_end `,` `k` `=` $k_begin `to` $k_end `,` `offset` `=` $offset `,`
    `bytes` `=` $bytes `>`
  }];
  let genVerifyDecl = 1;
}

def Exec_KernelCodeAttr : Exec_Attr<"KernelCode", "kernel_code"> {
  let summary = "table KernelCode: the entry points of a kernel in one level's code";
  let description = [{
    Byte offsets in the image of that level.

    Example: `#exec.kernel_code<avx2, body = 64, prologue = 0, has_prologue = false>`
  }];
  let parameters = (ins EnumParameter<Exec_CpuLevel>:$level, "uint64_t":$body, "uint64_t":$prologue,
                        "bool":$has_prologue);
  let assemblyFormat = [{
    `<` $level `,` `body` `=` $body `,` `prologue` `=` $prologue `,` `has_prologue` `=` $has_prologue `>`
  }];
}

def Exec_StepFieldPlaceAttr : Exec_Attr<"StepFieldPlace", "step_field_place"> {
  let summary = "table StepFieldPlace: where a field of the step input lies";
  let description = [{
    `count` i32 elements from byte `offset`.

    Example: `#exec.step_field_place<tokens, offset = 64, count = 512>`
  }];
  let parameters = (ins EnumParameter<Exec_StepField>:$field, "uint64_t":$offset, "uint32_t":$count);
  let assemblyFormat = "`<` $field `,` `offset` `=` $offset `,` `count` `=` $count `>`";
}

def Exec_AccessAttr : Exec_Attr<"Access", "access"> {
  let summary = "table Access: what a command does to one of its slots";
  let description = [{
    `slot` is the place of the slot among the command's slots, here; in the package it is the place among the
    program's. `range` is relative to the rows that the command covers.

    Example: `#exec.access<0, read, own>`
  }];
  let parameters = (ins "uint32_t":$slot, EnumParameter<Exec_AccessMode>:$mode,
                        EnumParameter<Sennit_AccessRange>:$range);
  let assemblyFormat = "`<` $slot `,` $mode `,` $range `>`";
}

#endif // SENNIT_DIALECTS_EXEC_ATTRS
