tile.kernel @linear(%x: !tile.view<?x$K, f32, rows>, %g: !tile.view<$K, f32, rows>, %w: !tile.view<$Nx$K, $F, packed>,
                    %b: !tile.view<$N, f16, rows>, %r: !tile.view<?x$N, f32, rows>, %u: !tile.view<$Mx$K, $F, packed>,
                    %v: !tile.view<$Mx$K, $F, packed>, %y: !tile.view<?x$N, f32, rows>, %z: !tile.view<?x$M, f32, rows>)
    rows(%m : all by 16) schedule(#tile.cpu<rows = 8, streams = 4, ahead = 640>) {
  %c0 = arith.constant 0 : index
  %a = tile.prologue -> !tile.tile<?x$K, $E, shared> {
    %e = tile.load %x[%m, %c0] : !tile.view<?x$K, f32, rows> -> !tile.tile<?x$K, f32, reg>
    %s = tile.reduce sum_squares %e : !tile.tile<?x$K, f32, reg> -> !tile.tile<?x1, f32, reg>
    %h = tile.load %g[] : !tile.view<$K, f32, rows> -> !tile.tile<1x$K, f32, reg>
    %n = tile.map(%e, %s, %h) : (!tile.tile<?x$K, f32, reg>, !tile.tile<?x1, f32, reg>, !tile.tile<1x$K, f32, reg>) -> !tile.tile<?x$K, f32, $L> {
    ^bb0(%f: f32, %q: f32, %o: f32):
      %count = arith.constant $K.0 : f32
      %eps = arith.constant 1.0e-5 : f32
      %mean = arith.divf %q, %count : f32
      %safe = arith.addf %mean, %eps : f32
      %inverse = math.rsqrt %safe : f32
      %scaled = arith.mulf %f, %inverse : f32
      %result = arith.mulf %scaled, %o : f32
      tile.yield %result : f32
    }
    $ENCODE
  }
  tile.columns %n = 0 to $N step 16 {
    %c = tile.contract %a, %w[%n] : !tile.tile<?x$K, $E, shared>, !tile.view<$Nx$K, $F, packed> -> !tile.tile<?x16, f32, reg>
    %bias = tile.load %b[%n] : !tile.view<$N, f16, rows> -> !tile.tile<1x16, f32, reg>
    %residual = tile.load %r[%m, %n] : !tile.view<?x$N, f32, rows> -> !tile.tile<?x16, f32, reg>
    %sum = tile.map(%c, %bias, %residual) : (!tile.tile<?x16, f32, reg>, !tile.tile<1x16, f32, reg>, !tile.tile<?x16, f32, reg>) -> !tile.tile<?x16, f32, reg> {
    ^bb0(%f: f32, %p: f32, %q: f32):
      %one = arith.addf %f, %p : f32
      %two = arith.addf %one, %q : f32
      tile.yield %two : f32
    }
    tile.store %sum, %y[%m, %n] : !tile.tile<?x16, f32, reg>, !tile.view<?x$N, f32, rows>
  }
  tile.columns %n = 0 to $M step 16 {
    %c = tile.contract %a, %u[%n] : !tile.tile<?x$K, $E, shared>, !tile.view<$Mx$K, $F, packed> -> !tile.tile<?x16, f32, reg>
    %d = tile.contract %a, %v[%n] : !tile.tile<?x$K, $E, shared>, !tile.view<$Mx$K, $F, packed> -> !tile.tile<?x16, f32, reg>
    %p = tile.map(%c, %d) : (!tile.tile<?x16, f32, reg>, !tile.tile<?x16, f32, reg>) -> !tile.tile<?x16, f32, reg> {
    ^bb0(%f: f32, %q: f32):
      %one = arith.mulf %f, %q : f32
      tile.yield %one : f32
    }
    tile.store %p, %z[%m, %n] : !tile.tile<?x16, f32, reg>, !tile.view<?x$M, f32, rows>
  }
}
