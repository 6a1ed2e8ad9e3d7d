// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#ifndef SENNIT_NN_ATTRS
#define SENNIT_NN_ATTRS

include "dialects/nn/NnDialect.td"
include "dialects/nn/NnEnums.td"
include "mlir/IR/AttrTypeBase.td"

def Nn_RoleAttr : EnumAttr<Nn_Dialect, Nn_Role, "role">;
def Nn_GeluAttr : EnumAttr<Nn_Dialect, Nn_Gelu, "gelu">;

#endif // SENNIT_NN_ATTRS
