// RUN: sennit-opt %s -tile-choose-schedules="rows=9" -split-input-file -verify-diagnostics

// A schedule that no kernel can have is refused.
// expected-error @below {{cannot choose schedules: expected 1 to 8 rows, found 9}}
module {
}
