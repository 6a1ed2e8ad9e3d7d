// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#ifndef SENNIT_DIALECTS_EXEC_TYPES
#define SENNIT_DIALECTS_EXEC_TYPES

include "dialects/exec/ExecDialect.td"

def Exec_BufferType : TypeDef<Exec_Dialect, "Buffer"> {
  let mnemonic = "buffer";
  let summary = "a piece of the arena";
}

def Exec_SlotType : TypeDef<Exec_Dialect, "Slot"> {
  let mnemonic = "slot";
  let summary = "a place that commands read and write";
}

// Buildable, so that assembly formats need not spell the one type that a slot or buffer can have.
def Exec_Buffer : Type<CPred<"::llvm::isa<::sennit::exec::BufferType>($_self)">, "a buffer of the arena",
                       "::sennit::exec::BufferType">,
                  BuildableType<"$_builder.getType<::sennit::exec::BufferType>()">;
def Exec_Slot : Type<CPred<"::llvm::isa<::sennit::exec::SlotType>($_self)">, "a slot",
                     "::sennit::exec::SlotType">,
                BuildableType<"$_builder.getType<::sennit::exec::SlotType>()">;

#endif // SENNIT_DIALECTS_EXEC_TYPES
