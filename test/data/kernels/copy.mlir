tile.kernel @copy(%ids: !tile.view<?, i32, rows>, %x: !tile.view<?xWIDTH, f32, rows>, %h: !tile.view<?xWIDTH, f16, rows>,
                  %b: !tile.view<?xWIDTH, bf16, rows>, %y: !tile.view<?xWIDTH, f32, rows>) rows(%m : all by 64) {
  %c0 = arith.constant 0 : index
  %i = tile.load %ids[%m] : !tile.view<?, i32, rows> -> !tile.tile<?x1, i32, reg>
  %v = tile.gather %x[%i, %c0] : !tile.tile<?x1, i32, reg>, !tile.view<?xWIDTH, f32, rows> -> !tile.tile<?xWIDTH, f32, reg>
  tile.store %v, %h[%m, %c0] : !tile.tile<?xWIDTH, f32, reg>, !tile.view<?xWIDTH, f16, rows>
  tile.store %v, %b[%m, %c0] : !tile.tile<?xWIDTH, f32, reg>, !tile.view<?xWIDTH, bf16, rows>
  %vh = tile.load %h[%m, %c0] : !tile.view<?xWIDTH, f16, rows> -> !tile.tile<?xWIDTH, f32, reg>
  %vb = tile.load %b[%m, %c0] : !tile.view<?xWIDTH, bf16, rows> -> !tile.tile<?xWIDTH, f32, reg>
  %s = tile.map(%vh, %vb) : (!tile.tile<?xWIDTH, f32, reg>, !tile.tile<?xWIDTH, f32, reg>) -> !tile.tile<?xWIDTH, f32, reg> {
  ^bb0(%e: f32, %f: f32):
    %r = arith.addf %e, %f : f32
    tile.yield %r : f32
  }
  tile.store %s, %y[%m, %c0] : !tile.tile<?xWIDTH, f32, reg>, !tile.view<?xWIDTH, f32, rows>
}
