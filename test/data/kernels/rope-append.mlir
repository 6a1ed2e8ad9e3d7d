tile.kernel @rope(%x: !tile.view<?xWIDTH, f32, rows>, %v: !tile.view<?xWIDTH, f32, rows>, %positions: !tile.view<?, i32, rows>,
                  %slots: !tile.view<?, i32, rows>, %kc: !tile.view<?x3xDIM, FORMAT, keys>, %vc: !tile.view<?x3xDIM, FORMAT, values>)
    rows(%m : all by 64) {
  %c0 = arith.constant 0 : index
  %dim = arith.constant DIM : index
  %half = arith.constant HALF : index
  %p = tile.load %positions[%m] : !tile.view<?, i32, rows> -> !tile.tile<?x1, i32, reg>
  %s = tile.load %slots[%m] : !tile.view<?, i32, rows> -> !tile.tile<?x1, i32, reg>
  %f = tile.constant [LIST] : !tile.tile<1xHALF, f32, reg>
  %angle = tile.map(%p, %f) : (!tile.tile<?x1, i32, reg>, !tile.tile<1xHALF, f32, reg>) -> !tile.tile<?xHALF, f32, reg> {
  ^bb0(%i: i32, %e: f32):
    %if = arith.sitofp %i : i32 to f32
    %r = arith.mulf %if, %e : f32
    tile.yield %r : f32
  }
  %cos = tile.map(%angle) : (!tile.tile<?xHALF, f32, reg>) -> !tile.tile<?xHALF, f32, shared> {
  ^bb0(%e: f32):
    %r = math.cos %e : f32
    tile.yield %r : f32
  }
  %sin = tile.map(%angle) : (!tile.tile<?xHALF, f32, reg>) -> !tile.tile<?xHALF, f32, shared> {
  ^bb0(%e: f32):
    %r = math.sin %e : f32
    tile.yield %r : f32
  }
  tile.for %h = 0 to 3 step 1 {
    %column = arith.muli %h, %dim : index
    %middle = arith.addi %column, %half : index
    %low = tile.load %x[%m, %column] : !tile.view<?xWIDTH, f32, rows> -> !tile.tile<?xHALF, f32, reg>
    %high = tile.load %x[%m, %middle] : !tile.view<?xWIDTH, f32, rows> -> !tile.tile<?xHALF, f32, reg>
    %a = tile.map(%low, %high, %cos, %sin) : (!tile.tile<?xHALF, f32, reg>, !tile.tile<?xHALF, f32, reg>, !tile.tile<?xHALF, f32, shared>, !tile.tile<?xHALF, f32, shared>) -> !tile.tile<?xHALF, f32, reg> {
    ^bb0(%e: f32, %o: f32, %c: f32, %d: f32):
      %ec = arith.mulf %e, %c : f32
      %od = arith.mulf %o, %d : f32
      %r = arith.subf %ec, %od : f32
      tile.yield %r : f32
    }
    %b = tile.map(%high, %low, %cos, %sin) : (!tile.tile<?xHALF, f32, reg>, !tile.tile<?xHALF, f32, reg>, !tile.tile<?xHALF, f32, shared>, !tile.tile<?xHALF, f32, shared>) -> !tile.tile<?xHALF, f32, reg> {
    ^bb0(%e: f32, %o: f32, %c: f32, %d: f32):
      %ec = arith.mulf %e, %c : f32
      %od = arith.mulf %o, %d : f32
      %r = arith.addf %ec, %od : f32
      tile.yield %r : f32
    }
    tile.store %a, %kc[%s, %h, %c0] : !tile.tile<?xHALF, f32, reg>, !tile.view<?x3xDIM, FORMAT, keys>
    tile.store %b, %kc[%s, %h, %half] : !tile.tile<?xHALF, f32, reg>, !tile.view<?x3xDIM, FORMAT, keys>
    tile.store %a, %vc[%s, %h, %c0] : !tile.tile<?xHALF, f32, reg>, !tile.view<?x3xDIM, FORMAT, values>
    tile.store %b, %vc[%s, %h, %half] : !tile.tile<?xHALF, f32, reg>, !tile.view<?x3xDIM, FORMAT, values>
    %w = tile.load %v[%m, %column] : !tile.view<?xWIDTH, f32, rows> -> !tile.tile<?xDIM, f32, reg>
    tile.store %w, %vc[%s, %h, %c0] : !tile.tile<?xDIM, f32, reg>, !tile.view<?x3xDIM, FORMAT, values>
  }
}
