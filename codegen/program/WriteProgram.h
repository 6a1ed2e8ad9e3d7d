// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// From the exec dialect to the schema. The inverse is codegen/program/ReadProgram.h.
#pragma once

#include "dialects/exec/Exec.h"
#include "runtime/base/StatusOr.h"
#include "runtime/schema/program_generated.h"

namespace sennit {

/// The tables of a verified `exec.package`, field by field; nothing is added or left out. Fails where an
/// index does not fit the schema.
StatusOr<schema::PackageT> writeProgram(exec::PackageOp package);

} // namespace sennit
