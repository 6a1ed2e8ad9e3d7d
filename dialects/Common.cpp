// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "dialects/Common.h"

#include "dialects/CommonEnums.cpp.inc"
