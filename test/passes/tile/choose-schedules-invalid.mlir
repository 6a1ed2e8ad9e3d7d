// RUN: sennit-opt %s -tile-choose-schedules="rows=9" -split-input-file -verify-diagnostics
// RUN: not sennit-opt %s -tile-choose-schedules="targets=cpu-avx2,cpu-avx2 rows=9" 2>&1 | FileCheck %s --check-prefix=ROWS
// RUN: not sennit-opt %s -tile-choose-schedules="targets=nowhere.json" 2>&1 | FileCheck %s --check-prefix=TARGET
// RUN: not sennit-opt %s -tile-choose-schedules="targets=h100-x1" 2>&1 | FileCheck %s --check-prefix=KIND

// A schedule that no kernel can have is refused.
// ROWS: cannot choose schedules: expected 1 to 8 rows, found 9
// TARGET: cannot choose schedules: expected a target file or one of cpu-avx2, cpu-avx512, {{.*}}, found "nowhere.json"
// KIND: cannot choose schedules: expected a target of kind cpu, found h100-x1 of kind gpu
// expected-error @below {{cannot choose schedules: expected 1 to 8 rows, found 9}}
module {
}
