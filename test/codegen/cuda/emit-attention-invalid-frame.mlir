// RUN: sennit-opt %s --emit-cuda -split-input-file -verify-diagnostics

// Queries that are sums over a head.
!heads = !tile.tile<?x3x64, f32, shared>
!heads_e = !tile.tile<?x3x64, f32, reg>
!one = !tile.tile<?x3x1, f32, shared>
!one_e = !tile.tile<?x3x1, f32, reg>
!scores = !tile.tile<?x3x256, f32, shared>
!scores_e = !tile.tile<?x3x256, f32, reg>
!valid = !tile.tile<?x1x1, i32, reg>
!step = !tile.view<?, i32, rows>
!rows = !tile.view<?x384, f32, rows>
!keys = !tile.view<?x2x64, f16, keys>
!values = !tile.view<?x2x64, f16, values>
tile.kernel @attention(%arg0: !rows, %arg1: !keys, %arg2: !values, %arg3: !step, %arg4: !step,
                       %arg5: !step, %arg6: !step, %arg7: !step, %arg8: !step, %arg9: !step, %arg10: !step,
                       %arg11: !rows) rows(%m : prompt by 64) {
  tile.columns %h = 0 to 2 step 1 {
    %columns = arith.constant 192 : index
    %0 = arith.muli %h, %columns : index
    %1 = tile.load %arg0[%m, %0] : !rows -> !heads_e
    // expected-error @below {{'tile.reduce' op cannot be computed for queries or results of attention on a GPU}}
    %77 = tile.reduce sum %1 : !heads_e -> !one_e
    %2 = tile.map(%1, %77) : (!heads_e, !one_e) -> !heads {
    ^bb0(%arg12: f32, %norm: f32):
      %cst = arith.constant 2.500000e-01 : f32
      %8 = arith.mulf %arg12, %cst : f32
      tile.yield %8 : f32
    }
    %3 = tile.fill 0.000000e+00 : !heads
    %4 = tile.fill 0xFF800000 : !one
    %5 = tile.fill 0.000000e+00 : !one
    %6:3 = tile.keys(%m, %arg3, %arg10, %arg5, %arg6, %arg7, %arg8, %arg9) init(%3, %4, %5)
        : (!heads, !one, !one) -> (!heads, !one, !one) {
    ^bb0(%block: !tile.block, %valid: !valid, %arg12: !heads, %arg13: !one, %arg14: !one):
      %8 = tile.contract %2, %arg1[%block, %h] : !heads, !keys -> !scores
      %9 = tile.map indexed(%8, %valid) : (!scores, !valid) -> !scores_e {
      ^bb0(%arg15: f32, %arg16: i32, %arg17: i32):
        %19 = arith.cmpi slt, %arg17, %arg16 : i32
        %cst = arith.constant 0xFF800000 : f32
        %20 = arith.select %19, %arg15, %cst : f32
        tile.yield %20 : f32
      }
      %10 = tile.reduce max %9 : !scores_e -> !one_e
      %11 = tile.map(%9, %10) : (!scores_e, !one_e) -> !scores {
      ^bb0(%arg15: f32, %arg16: f32):
        %19 = arith.subf %arg15, %arg16 : f32
        %20 = math.exp %19 : f32
        tile.yield %20 : f32
      }
      %12 = tile.reduce sum %11 : !scores -> !one_e
      %13 = tile.contract %11, %arg2[%block, %h] valid(%valid) : !scores, !values -> !heads
      %14 = tile.map(%arg13, %10, %valid) : (!one, !one_e, !valid) -> !one {
      ^bb0(%arg15: f32, %arg16: f32, %arg17: i32):
        %19 = arith.maximumf %arg15, %arg16 : f32
        %c0_i32 = arith.constant 0 : i32
        %20 = arith.cmpi sgt, %arg17, %c0_i32 : i32
        %21 = arith.select %20, %19, %arg15 : f32
        tile.yield %21 : f32
      }
      %15 = tile.map(%arg13, %14) : (!one, !one) -> !one {
      ^bb0(%arg15: f32, %arg16: f32):
        %19 = arith.subf %arg15, %arg16 : f32
        %20 = math.exp %19 : f32
        tile.yield %20 : f32
      }
      %16 = tile.map(%10, %14) : (!one_e, !one) -> !one {
      ^bb0(%arg15: f32, %arg16: f32):
        %19 = arith.subf %arg15, %arg16 : f32
        %20 = math.exp %19 : f32
        tile.yield %20 : f32
      }
      %17 = tile.map(%arg12, %15, %13, %16, %valid) : (!heads, !one, !heads, !one, !valid) -> !heads_e {
      ^bb0(%arg15: f32, %arg16: f32, %arg17: f32, %arg18: f32, %arg19: i32):
        %19 = arith.mulf %arg15, %arg16 : f32
        %20 = arith.mulf %arg17, %arg18 : f32
        %21 = arith.addf %19, %20 : f32
        %c0_i32 = arith.constant 0 : i32
        %22 = arith.cmpi sgt, %arg19, %c0_i32 : i32
        %23 = arith.select %22, %21, %arg15 : f32
        tile.yield %23 : f32
      }
      %18 = tile.map(%arg14, %15, %12, %16, %valid) : (!one, !one, !one_e, !one, !valid) -> !one_e {
      ^bb0(%arg15: f32, %arg16: f32, %arg17: f32, %arg18: f32, %arg19: i32):
        %19 = arith.mulf %arg15, %arg16 : f32
        %20 = arith.mulf %arg17, %arg18 : f32
        %21 = arith.addf %19, %20 : f32
        %c0_i32 = arith.constant 0 : i32
        %22 = arith.cmpi sgt, %arg19, %c0_i32 : i32
        %23 = arith.select %22, %21, %arg15 : f32
        tile.yield %23 : f32
      }
      tile.yield %17, %14, %18 : !heads_e, !one, !one_e
    }
    %7 = tile.map(%6#0, %6#2) : (!heads, !one) -> !heads_e {
    ^bb0(%arg12: f32, %arg13: f32):
      %8 = arith.divf %arg12, %arg13 : f32
      tile.yield %8 : f32
    }
    tile.store %7, %arg11[%m, %0] : !heads_e, !rows
  }
}

// -----

// A body that begins with something else.
!heads = !tile.tile<?x3x64, f32, shared>
!heads_e = !tile.tile<?x3x64, f32, reg>
!one = !tile.tile<?x3x1, f32, shared>
!one_e = !tile.tile<?x3x1, f32, reg>
!scores = !tile.tile<?x3x256, f32, shared>
!scores_e = !tile.tile<?x3x256, f32, reg>
!valid = !tile.tile<?x1x1, i32, reg>
!step = !tile.view<?, i32, rows>
!rows = !tile.view<?x384, f32, rows>
!keys = !tile.view<?x2x64, f16, keys>
!values = !tile.view<?x2x64, f16, values>
tile.kernel @attention(%arg0: !rows, %arg1: !keys, %arg2: !values, %arg3: !step, %arg4: !step,
                       %arg5: !step, %arg6: !step, %arg7: !step, %arg8: !step, %arg9: !step, %arg10: !step,
                       %arg11: !rows) rows(%m : prompt by 64) {
  tile.columns %h = 0 to 2 step 1 {
    %columns = arith.constant 192 : index
    %0 = arith.muli %h, %columns : index
    %1 = tile.load %arg0[%m, %0] : !rows -> !heads_e
    %2 = tile.map(%1) : (!heads_e) -> !heads {
    ^bb0(%arg12: f32):
      %cst = arith.constant 2.500000e-01 : f32
      %8 = arith.mulf %arg12, %cst : f32
      tile.yield %8 : f32
    }
    %3 = tile.fill 0.000000e+00 : !heads
    %4 = tile.fill 0xFF800000 : !one
    %5 = tile.fill 0.000000e+00 : !one
    %6:3 = tile.keys(%m, %arg3, %arg10, %arg5, %arg6, %arg7, %arg8, %arg9) init(%3, %4, %5)
        : (!heads, !one, !one) -> (!heads, !one, !one) {
    ^bb0(%block: !tile.block, %valid: !valid, %arg12: !heads, %arg13: !one, %arg14: !one):
      // expected-error @below {{expected a contraction with keys here, to be attention}}
      %99 = tile.fill 0.0 : !one
      %8 = tile.contract %2, %arg1[%block, %h] : !heads, !keys -> !scores
      %9 = tile.map indexed(%8, %valid) : (!scores, !valid) -> !scores_e {
      ^bb0(%arg15: f32, %arg16: i32, %arg17: i32):
        %19 = arith.cmpi slt, %arg17, %arg16 : i32
        %cst = arith.constant 0xFF800000 : f32
        %20 = arith.select %19, %arg15, %cst : f32
        tile.yield %20 : f32
      }
      %10 = tile.reduce max %9 : !scores_e -> !one_e
      %11 = tile.map(%9, %10) : (!scores_e, !one_e) -> !scores {
      ^bb0(%arg15: f32, %arg16: f32):
        %19 = arith.subf %arg15, %arg16 : f32
        %20 = math.exp %19 : f32
        tile.yield %20 : f32
      }
      %12 = tile.reduce sum %11 : !scores -> !one_e
      %13 = tile.contract %11, %arg2[%block, %h] valid(%valid) : !scores, !values -> !heads
      %14 = tile.map(%arg13, %10, %valid) : (!one, !one_e, !valid) -> !one {
      ^bb0(%arg15: f32, %arg16: f32, %arg17: i32):
        %19 = arith.maximumf %arg15, %arg16 : f32
        %c0_i32 = arith.constant 0 : i32
        %20 = arith.cmpi sgt, %arg17, %c0_i32 : i32
        %21 = arith.select %20, %19, %arg15 : f32
        tile.yield %21 : f32
      }
      %15 = tile.map(%arg13, %14) : (!one, !one) -> !one {
      ^bb0(%arg15: f32, %arg16: f32):
        %19 = arith.subf %arg15, %arg16 : f32
        %20 = math.exp %19 : f32
        tile.yield %20 : f32
      }
      %16 = tile.map(%10, %14) : (!one_e, !one) -> !one {
      ^bb0(%arg15: f32, %arg16: f32):
        %19 = arith.subf %arg15, %arg16 : f32
        %20 = math.exp %19 : f32
        tile.yield %20 : f32
      }
      %17 = tile.map(%arg12, %15, %13, %16, %valid) : (!heads, !one, !heads, !one, !valid) -> !heads_e {
      ^bb0(%arg15: f32, %arg16: f32, %arg17: f32, %arg18: f32, %arg19: i32):
        %19 = arith.mulf %arg15, %arg16 : f32
        %20 = arith.mulf %arg17, %arg18 : f32
        %21 = arith.addf %19, %20 : f32
        %c0_i32 = arith.constant 0 : i32
        %22 = arith.cmpi sgt, %arg19, %c0_i32 : i32
        %23 = arith.select %22, %21, %arg15 : f32
        tile.yield %23 : f32
      }
      %18 = tile.map(%arg14, %15, %12, %16, %valid) : (!one, !one, !one_e, !one, !valid) -> !one_e {
      ^bb0(%arg15: f32, %arg16: f32, %arg17: f32, %arg18: f32, %arg19: i32):
        %19 = arith.mulf %arg15, %arg16 : f32
        %20 = arith.mulf %arg17, %arg18 : f32
        %21 = arith.addf %19, %20 : f32
        %c0_i32 = arith.constant 0 : i32
        %22 = arith.cmpi sgt, %arg19, %c0_i32 : i32
        %23 = arith.select %22, %21, %arg15 : f32
        tile.yield %23 : f32
      }
      tile.yield %17, %14, %18 : !heads_e, !one, !one_e
    }
    %7 = tile.map(%6#0, %6#2) : (!heads, !one) -> !heads_e {
    ^bb0(%arg12: f32, %arg13: f32):
      %8 = arith.divf %arg12, %arg13 : f32
      tile.yield %8 : f32
    }
    tile.store %7, %arg11[%m, %0] : !heads_e, !rows
  }
}

// -----

// Another block size.
!heads = !tile.tile<?x3x64, f32, shared>
!heads_e = !tile.tile<?x3x64, f32, reg>
!one = !tile.tile<?x3x1, f32, shared>
!one_e = !tile.tile<?x3x1, f32, reg>
!scores = !tile.tile<?x3x256, f32, shared>
!scores_e = !tile.tile<?x3x256, f32, reg>
!valid = !tile.tile<?x1x1, i32, reg>
!step = !tile.view<?, i32, rows>
!rows = !tile.view<?x384, f32, rows>
!keys = !tile.view<?x2x64, f16, keys>
!values = !tile.view<?x2x64, f16, values>
// expected-error @below {{expected 128 threads, found 64}}
tile.kernel @attention(%arg0: !rows, %arg1: !keys, %arg2: !values, %arg3: !step, %arg4: !step,
                       %arg5: !step, %arg6: !step, %arg7: !step, %arg8: !step, %arg9: !step, %arg10: !step,
                       %arg11: !rows) rows(%m : prompt by 64)
    schedule(#tile.cuda<form = prompt, of = "attention", threads = 64>) {
  tile.columns %h = 0 to 2 step 1 {
    %columns = arith.constant 192 : index
    %0 = arith.muli %h, %columns : index
    %1 = tile.load %arg0[%m, %0] : !rows -> !heads_e
    %2 = tile.map(%1) : (!heads_e) -> !heads {
    ^bb0(%arg12: f32):
      %cst = arith.constant 2.500000e-01 : f32
      %8 = arith.mulf %arg12, %cst : f32
      tile.yield %8 : f32
    }
    %3 = tile.fill 0.000000e+00 : !heads
    %4 = tile.fill 0xFF800000 : !one
    %5 = tile.fill 0.000000e+00 : !one
    %6:3 = tile.keys(%m, %arg3, %arg10, %arg5, %arg6, %arg7, %arg8, %arg9) init(%3, %4, %5)
        : (!heads, !one, !one) -> (!heads, !one, !one) {
    ^bb0(%block: !tile.block, %valid: !valid, %arg12: !heads, %arg13: !one, %arg14: !one):
      %8 = tile.contract %2, %arg1[%block, %h] : !heads, !keys -> !scores
      %9 = tile.map indexed(%8, %valid) : (!scores, !valid) -> !scores_e {
      ^bb0(%arg15: f32, %arg16: i32, %arg17: i32):
        %19 = arith.cmpi slt, %arg17, %arg16 : i32
        %cst = arith.constant 0xFF800000 : f32
        %20 = arith.select %19, %arg15, %cst : f32
        tile.yield %20 : f32
      }
      %10 = tile.reduce max %9 : !scores_e -> !one_e
      %11 = tile.map(%9, %10) : (!scores_e, !one_e) -> !scores {
      ^bb0(%arg15: f32, %arg16: f32):
        %19 = arith.subf %arg15, %arg16 : f32
        %20 = math.exp %19 : f32
        tile.yield %20 : f32
      }
      %12 = tile.reduce sum %11 : !scores -> !one_e
      %13 = tile.contract %11, %arg2[%block, %h] valid(%valid) : !scores, !values -> !heads
      %14 = tile.map(%arg13, %10, %valid) : (!one, !one_e, !valid) -> !one {
      ^bb0(%arg15: f32, %arg16: f32, %arg17: i32):
        %19 = arith.maximumf %arg15, %arg16 : f32
        %c0_i32 = arith.constant 0 : i32
        %20 = arith.cmpi sgt, %arg17, %c0_i32 : i32
        %21 = arith.select %20, %19, %arg15 : f32
        tile.yield %21 : f32
      }
      %15 = tile.map(%arg13, %14) : (!one, !one) -> !one {
      ^bb0(%arg15: f32, %arg16: f32):
        %19 = arith.subf %arg15, %arg16 : f32
        %20 = math.exp %19 : f32
        tile.yield %20 : f32
      }
      %16 = tile.map(%10, %14) : (!one_e, !one) -> !one {
      ^bb0(%arg15: f32, %arg16: f32):
        %19 = arith.subf %arg15, %arg16 : f32
        %20 = math.exp %19 : f32
        tile.yield %20 : f32
      }
      %17 = tile.map(%arg12, %15, %13, %16, %valid) : (!heads, !one, !heads, !one, !valid) -> !heads_e {
      ^bb0(%arg15: f32, %arg16: f32, %arg17: f32, %arg18: f32, %arg19: i32):
        %19 = arith.mulf %arg15, %arg16 : f32
        %20 = arith.mulf %arg17, %arg18 : f32
        %21 = arith.addf %19, %20 : f32
        %c0_i32 = arith.constant 0 : i32
        %22 = arith.cmpi sgt, %arg19, %c0_i32 : i32
        %23 = arith.select %22, %21, %arg15 : f32
        tile.yield %23 : f32
      }
      %18 = tile.map(%arg14, %15, %12, %16, %valid) : (!one, !one, !one_e, !one, !valid) -> !one_e {
      ^bb0(%arg15: f32, %arg16: f32, %arg17: f32, %arg18: f32, %arg19: i32):
        %19 = arith.mulf %arg15, %arg16 : f32
        %20 = arith.mulf %arg17, %arg18 : f32
        %21 = arith.addf %19, %20 : f32
        %c0_i32 = arith.constant 0 : i32
        %22 = arith.cmpi sgt, %arg19, %c0_i32 : i32
        %23 = arith.select %22, %21, %arg15 : f32
        tile.yield %23 : f32
      }
      tile.yield %17, %14, %18 : !heads_e, !one, !one_e
    }
    %7 = tile.map(%6#0, %6#2) : (!heads, !one) -> !heads_e {
    ^bb0(%arg12: f32, %arg13: f32):
      %8 = arith.divf %arg12, %arg13 : f32
      tile.yield %8 : f32
    }
    tile.store %7, %arg11[%m, %0] : !heads_e, !rows
  }
}
