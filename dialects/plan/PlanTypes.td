// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
// The plan dialect has no types of its own: its values are those of the dialect that was lowered to it.
#ifndef SENNIT_DIALECTS_PLAN_TYPES
#define SENNIT_DIALECTS_PLAN_TYPES

include "dialects/plan/PlanDialect.td"

#endif // SENNIT_DIALECTS_PLAN_TYPES
