tile.kernel @layer_norm(%x: !tile.view<?xWIDTH, f32, rows>, %g: !tile.view<WIDTH, f32, rows>, %b: !tile.view<WIDTH, bf16, rows>,
                        %y: !tile.view<?xWIDTH, f32, rows>) rows(%m : all by 64) {
  %c0 = arith.constant 0 : index
  %v = tile.load %x[%m, %c0] : !tile.view<?xWIDTH, f32, rows> -> !tile.tile<?xWIDTH, f32, reg>
  %s = tile.reduce sum %v : !tile.tile<?xWIDTH, f32, reg> -> !tile.tile<?x1, f32, reg>
  %d = tile.map(%v, %s) : (!tile.tile<?xWIDTH, f32, reg>, !tile.tile<?x1, f32, reg>) -> !tile.tile<?xWIDTH, f32, shared> {
  ^bb0(%e: f32, %f: f32):
    %count = arith.constant WIDTH.0 : f32
    %mean = arith.divf %f, %count : f32
    %r = arith.subf %e, %mean : f32
    tile.yield %r : f32
  }
  %q = tile.reduce sum_squares %d : !tile.tile<?xWIDTH, f32, shared> -> !tile.tile<?x1, f32, reg>
  %gamma = tile.load %g[] : !tile.view<WIDTH, f32, rows> -> !tile.tile<1xWIDTH, f32, reg>
  %beta = tile.load %b[] : !tile.view<WIDTH, bf16, rows> -> !tile.tile<1xWIDTH, f32, reg>
  %z = tile.map(%d, %q, %gamma, %beta) : (!tile.tile<?xWIDTH, f32, shared>, !tile.tile<?x1, f32, reg>, !tile.tile<1xWIDTH, f32, reg>, !tile.tile<1xWIDTH, f32, reg>) -> !tile.tile<?xWIDTH, f32, reg> {
  ^bb0(%e: f32, %f: f32, %w: f32, %o: f32):
    %count = arith.constant WIDTH.0 : f32
    %eps = arith.constant 1.0e-5 : f32
    %variance = arith.divf %f, %count : f32
    %safe = arith.addf %variance, %eps : f32
    %inverse = math.rsqrt %safe : f32
    %a = arith.mulf %e, %inverse : f32
    %c = arith.mulf %a, %w : f32
    %r = arith.addf %c, %o : f32
    tile.yield %r : f32
  }
  tile.store %z, %y[%m, %c0] : !tile.tile<?xWIDTH, f32, reg>, !tile.view<?xWIDTH, f32, rows>
}
