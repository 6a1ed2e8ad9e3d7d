// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// The verbs that need the compiler library.
#pragma once

#include "tools/cli/Verb.h"

namespace sennit {

cli::Verb calibrateVerb();
cli::Verb compileVerb();
cli::Verb explainVerb();
cli::Verb planVerb();

} // namespace sennit
