tile.kernel @bad(%x: !tile.view<?x32, f32, rows>, %w: !tile.view<40x32, q4_0, packed>, %y: !tile.view<?x40, f32, rows>)
    rows(%m : all by 64) {
  %c0 = arith.constant 0 : index
  %a = tile.prologue -> !tile.tile<?x32, f32, shared> {
    %v = tile.load %x[%m, %c0] : !tile.view<?x32, f32, rows> -> !tile.tile<?x32, f32, shared>
    tile.yield %v : !tile.tile<?x32, f32, shared>
  }
  tile.columns %n = 0 to 40 step 16 {
    %c = tile.contract %a, %w[%n] : !tile.tile<?x32, f32, shared>, !tile.view<40x32, q4_0, packed> -> !tile.tile<?x16, f32, reg>
    %s = tile.reduce sum %c : !tile.tile<?x16, f32, reg> -> !tile.tile<?x1, f32, reg>
    tile.store %c, %y[%m, %n] : !tile.tile<?x16, f32, reg>, !tile.view<?x40, f32, rows>
  }
}
