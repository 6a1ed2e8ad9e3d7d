tile.kernel @silu(%x: !tile.view<?x50, f32, rows>, %y: !tile.view<?x50, f32, rows>) rows(%m : all by 64) {
  %c0 = arith.constant 0 : index
  %v = tile.load %x[%m, %c0] : !tile.view<?x50, f32, rows> -> !tile.tile<?x50, f32, reg>
  %s = tile.map(%v) : (!tile.tile<?x50, f32, reg>) -> !tile.tile<?x50, f32, reg> {
  ^bb0(%e: f32):
    %one = arith.constant 1.0 : f32
    %n = arith.negf %e : f32
    %p = math.exp %n : f32
    %d = arith.addf %one, %p : f32
    %r = arith.divf %e, %d : f32
    tile.yield %r : f32
  }
  tile.store %s, %y[%m, %c0] : !tile.tile<?x50, f32, reg>, !tile.view<?x50, f32, rows>
}
