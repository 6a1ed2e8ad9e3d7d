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

def PlanRoleGenerated : I32EnumAttrCase<"Generated", 0, "generated">;
def PlanRoleMixed : I32EnumAttrCase<"Mixed", 1, "mixed">;
def PlanRolePrompt : I32EnumAttrCase<"Prompt", 2, "prompt">;
/// Which rows a step has: generated ones, prompt ones or both. Numbers equal those of the schema's StepRole.
def Plan_StepRole : I32EnumAttr<"StepRole", "a step role", [PlanRoleGenerated, PlanRoleMixed, PlanRolePrompt]> {
  let cppNamespace = "::sennit::plan";
}

#endif // SENNIT_DIALECTS_PLAN_ENUMS
