tile.kernel @attention(%x: !tile.view<?xWIDTH, f32, rows>, %k: !tile.view<?xKVxDIM, CACHE, keys>,
                       %v: !tile.view<?xKVxDIM, CACHE, values>, %y: !tile.view<?xWIDTH, f32, rows>,
                       %rs: !tile.view<?, i32, rows>, %ps: !tile.view<?, i32, rows>, %ss: !tile.view<?, i32, rows>,
                       %sp: !tile.view<?, i32, rows>, %sl: !tile.view<?, i32, rows>, %sf: !tile.view<?, i32, rows>,
                       %pg: !tile.view<?, i32, rows>)
    rows(%m : all by 64) schedule(#tile.cpu<rows = 8, streams = 4, ahead = 640>) {
  %headColumns = arith.constant HEADCOLUMNS : index
  tile.columns %h = 0 to KV step 1 {
    %column = arith.muli %h, %headColumns : index
    %raw = tile.load %x[%m, %column] : !tile.view<?xWIDTH, f32, rows> -> !tile.tile<?xGxDIM, f32, reg>
    %q = tile.map(%raw) : (!tile.tile<?xGxDIM, f32, reg>) -> !tile.tile<?xGxDIM, f32, shared> {
    ^bb0(%e: f32):
      %scale = arith.constant 0.25 : f32
      %r = arith.mulf %e, %scale : f32
      tile.yield %r : f32
    }
    %o0 = tile.fill 0.0 : !tile.tile<?xGxDIM, f32, shared>
    %m0 = tile.fill 0xFF800000 : !tile.tile<?xGx1, f32, shared>
    %l0 = tile.fill 0.0 : !tile.tile<?xGx1, f32, shared>
    %o, %mx, %l = tile.keys(%m, %rs, %ps, %ss, %sp, %sl, %sf, %pg) init(%o0, %m0, %l0)
        : (!tile.tile<?xGxDIM, f32, shared>, !tile.tile<?xGx1, f32, shared>, !tile.tile<?xGx1, f32, shared>)
          -> (!tile.tile<?xGxDIM, f32, shared>, !tile.tile<?xGx1, f32, shared>, !tile.tile<?xGx1, f32, shared>) {
    ^bb0(%block: !tile.block, %valid: !tile.tile<?x1x1, i32, reg>, %oc: !tile.tile<?xGxDIM, f32, shared>,
         %mc: !tile.tile<?xGx1, f32, shared>, %lc: !tile.tile<?xGx1, f32, shared>):
      %s = tile.contract %q, %k[%block, %h] : !tile.tile<?xGxDIM, f32, shared>, !tile.view<?xKVxDIM, CACHE, keys> -> !tile.tile<?xGx256, f32, shared>
      %masked = tile.map indexed(%s, %valid) : (!tile.tile<?xGx256, f32, shared>, !tile.tile<?x1x1, i32, reg>) -> !tile.tile<?xGx256, f32, reg> {
      ^bb0(%e: f32, %n: i32, %i: i32):
        %lowest = arith.constant 0xFF800000 : f32
        %in = arith.cmpi slt, %i, %n : i32
        %r = arith.select %in, %e, %lowest : f32
        tile.yield %r : f32
      }
      %bm = tile.reduce max %masked : !tile.tile<?xGx256, f32, reg> -> !tile.tile<?xGx1, f32, reg>
      %p = tile.map indexed(%s, %bm, %valid) : (!tile.tile<?xGx256, f32, shared>, !tile.tile<?xGx1, f32, reg>, !tile.tile<?x1x1, i32, reg>) -> !tile.tile<?xGx256, f32, shared> {
      ^bb0(%e: f32, %top: f32, %n: i32, %i: i32):
        %zero = arith.constant 0.0 : f32
        %in = arith.cmpi slt, %i, %n : i32
        %d = arith.subf %e, %top : f32
        %x1 = math.exp %d : f32
        %r = arith.select %in, %x1, %zero : f32
        tile.yield %r : f32
      }
      %bl = tile.reduce sum %p : !tile.tile<?xGx256, f32, shared> -> !tile.tile<?xGx1, f32, reg>
      %bo = tile.contract %p, %v[%block, %h] valid(%valid) : !tile.tile<?xGx256, f32, shared>, !tile.view<?xKVxDIM, CACHE, values> -> !tile.tile<?xGxDIM, f32, shared>
      %mn = tile.map(%mc, %bm) : (!tile.tile<?xGx1, f32, shared>, !tile.tile<?xGx1, f32, reg>) -> !tile.tile<?xGx1, f32, reg> {
      ^bb0(%a: f32, %b: f32):
        %r = arith.maximumf %a, %b : f32
        tile.yield %r : f32
      }
      %old = tile.map(%mc, %mn, %valid) : (!tile.tile<?xGx1, f32, shared>, !tile.tile<?xGx1, f32, reg>, !tile.tile<?x1x1, i32, reg>) -> !tile.tile<?xGx1, f32, reg> {
      ^bb0(%a: f32, %b: f32, %n: i32):
        %zero = arith.constant 0 : i32
        %one = arith.constant 1.0 : f32
        %some = arith.cmpi sgt, %n, %zero : i32
        %d = arith.subf %a, %b : f32
        %x1 = math.exp %d : f32
        %r = arith.select %some, %x1, %one : f32
        tile.yield %r : f32
      }
      %new = tile.map(%bm, %mn, %valid) : (!tile.tile<?xGx1, f32, reg>, !tile.tile<?xGx1, f32, reg>, !tile.tile<?x1x1, i32, reg>) -> !tile.tile<?xGx1, f32, reg> {
      ^bb0(%a: f32, %b: f32, %n: i32):
        %zero = arith.constant 0 : i32
        %none = arith.constant 0.0 : f32
        %some = arith.cmpi sgt, %n, %zero : i32
        %d = arith.subf %a, %b : f32
        %x1 = math.exp %d : f32
        %r = arith.select %some, %x1, %none : f32
        tile.yield %r : f32
      }
      %on = tile.map(%oc, %old, %bo, %new) : (!tile.tile<?xGxDIM, f32, shared>, !tile.tile<?xGx1, f32, reg>, !tile.tile<?xGxDIM, f32, shared>, !tile.tile<?xGx1, f32, reg>) -> !tile.tile<?xGxDIM, f32, reg> {
      ^bb0(%a: f32, %f: f32, %b: f32, %g: f32):
        %af = arith.mulf %a, %f : f32
        %bg = arith.mulf %b, %g : f32
        %r = arith.addf %af, %bg : f32
        tile.yield %r : f32
      }
      %ln = tile.map(%lc, %old, %bl, %new) : (!tile.tile<?xGx1, f32, shared>, !tile.tile<?xGx1, f32, reg>, !tile.tile<?xGx1, f32, reg>, !tile.tile<?xGx1, f32, reg>) -> !tile.tile<?xGx1, f32, reg> {
      ^bb0(%a: f32, %f: f32, %b: f32, %g: f32):
        %af = arith.mulf %a, %f : f32
        %bg = arith.mulf %b, %g : f32
        %r = arith.addf %af, %bg : f32
        tile.yield %r : f32
      }
      tile.yield %on, %mn, %ln : !tile.tile<?xGxDIM, f32, reg>, !tile.tile<?xGx1, f32, reg>, !tile.tile<?xGx1, f32, reg>
    }
    %z = tile.map(%o, %l) : (!tile.tile<?xGxDIM, f32, shared>, !tile.tile<?xGx1, f32, shared>) -> !tile.tile<?xGxDIM, f32, reg> {
    ^bb0(%a: f32, %b: f32):
      %r = arith.divf %a, %b : f32
      tile.yield %r : f32
    }
    tile.store %z, %y[%m, %column] : !tile.tile<?xGxDIM, f32, reg>, !tile.view<?xWIDTH, f32, rows>
  }
}
