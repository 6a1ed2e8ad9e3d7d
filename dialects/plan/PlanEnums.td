// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#ifndef SENNIT_DIALECTS_PLAN_ENUMS
#define SENNIT_DIALECTS_PLAN_ENUMS

include "mlir/IR/EnumAttr.td"

def CostCompute : I32EnumAttrCase<"Compute", 0, "compute">;
def CostMemory : I32EnumAttrCase<"Memory", 1, "memory">;
def CostNetwork : I32EnumAttrCase<"Network", 2, "network">;
def CostOther : I32EnumAttrCase<"Other", 3, "other">;
/// Which resource decides how long a node takes.
def Plan_CostClass : I32EnumAttr<"CostClass", "a cost class", [CostCompute, CostMemory, CostNetwork, CostOther]> {
  let cppNamespace = "::sennit::plan";
}

#endif // SENNIT_DIALECTS_PLAN_ENUMS
