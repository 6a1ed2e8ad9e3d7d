// RUN: sennit-opt %s -tile-choose-schedules | FileCheck %s --check-prefixes=CHECK,MEASURED
// RUN: sennit-opt %s -tile-choose-schedules="targets=cpu-avx512" | FileCheck %s --check-prefixes=CHECK,ONE
// RUN: sennit-opt %s -tile-choose-schedules="rows=2 streams=1 ahead=0" | FileCheck %s --check-prefixes=CHECK,GIVEN

// A kernel with columns gets the schedule of each target, or one where they agree.
// CHECK-LABEL: tile.kernel @columns
// MEASURED-SAME: schedule({avx2 = #tile.cpu<rows = 8, streams = 4, ahead = 2048>, avx512 = #tile.cpu<rows = 8, streams = 1, ahead = 0>})
// ONE-SAME: schedule(#tile.cpu<rows = 8, streams = 1, ahead = 0>)
// GIVEN-SAME: schedule(#tile.cpu<rows = 2, streams = 1, ahead = 0>)
tile.kernel @columns(%x: !tile.view<?x16, f32, rows>) rows(%m : all by 64) {
  tile.columns %n = 0 to 1 step 1 {
  }
}

// One that has a schedule keeps it.
// CHECK-LABEL: tile.kernel @kept
// CHECK-SAME: schedule(#tile.cpu<rows = 1, streams = 8, ahead = 128>)
tile.kernel @kept(%x: !tile.view<?x16, f32, rows>) rows(%m : all by 64) schedule(#tile.cpu<rows = 1, streams = 8, ahead = 128>) {
  tile.columns %n = 0 to 1 step 1 {
  }
}

// A row kernel needs none.
// CHECK-LABEL: tile.kernel @rows
// CHECK-NOT: schedule
tile.kernel @rows(%x: !tile.view<?x16, f32, rows>) rows(%m : all by 64) {
}
