tile.kernel @embed(%ids: !tile.view<?, i32, rows>, %w: !tile.view<51xK, FORMAT, packed>, %y: !tile.view<?xK, f32, rows>)
    rows(%m : all by 64) {
  %c0 = arith.constant 0 : index
  %i = tile.load %ids[%m] : !tile.view<?, i32, rows> -> !tile.tile<?x1, i32, reg>
  %v = tile.gather %w[%i, %c0] : !tile.tile<?x1, i32, reg>, !tile.view<51xK, FORMAT, packed> -> !tile.tile<?xK, f32, reg>
  tile.store %v, %y[%m, %c0] : !tile.tile<?xK, f32, reg>, !tile.view<?xK, f32, rows>
}
