// RUN: sennit-opt %s --emit-cuda | FileCheck %s
// RUN: sennit-opt %s --tile-for-cuda=arch=sm_80 | sennit-opt --emit-cuda=sm_80 | FileCheck %s

// Tests that a reg tile is a lambda named after its value, a tile of one column a scalar, and that each op is named.
// CHECK: #include "elements.cuh"
// CHECK-NOT: #include
// CHECK: namespace sennit {
// CHECK-LABEL: SENNIT_KERNEL(128, 6) norm(SENNIT_PARAMETER Launch launch) {
// CHECK-NEXT: // tile.kernel @norm, form row
// CHECK-NEXT: unsigned char *const arg0 = operand<unsigned char>(launch, 0);
// CHECK: const Rows rows = rows_of(launch);
// CHECK-NEXT: const BlockRow scope{reinterpret_cast<float *>(shared_memory())};
// CHECK-NEXT: for (int [[I:.*]] = rows.begin + block_index(); [[I]] < rows.end; [[I]] += block_count()) {
// CHECK-NEXT: const int m = [[I]];
// CHECK-NEXT: // %0 = tile.load %arg0[%m, %c0]
// CHECK-NEXT: const auto t0 = [&](int c) -> float {
// CHECK-NEXT: float [[V:.*]] = load_f32(arg0, element(m, 600, c));
// CHECK-NEXT: return [[V]];
// CHECK: // %1 = tile.reduce sum_squares %0
// CHECK-NEXT: const float t1 = reduce<SumSquares, 600>(scope, t0);
// CHECK: load_bf16(arg1, c)
// CHECK: // %3 = tile.map(%0, %1, %2)
// CHECK-NEXT: const auto t3 = [&](int c) -> float {
// CHECK: t1 / 600.0f
// CHECK: + 1e-05f
// CHECK: rsqrt(
// CHECK: // tile.store %3, %arg2[%m, %c0]
// CHECK-NEXT: for_each<600>(scope, [&](int c) {
// CHECK-NEXT: float [[S:.*]] = t3(c);
// CHECK-NEXT: store_f16(arg2, element(m, 600, c), [[S]]);
tile.kernel @norm(%x: !tile.view<?x600, f32, rows>, %g: !tile.view<600, bf16, rows>, %y: !tile.view<?x600, f16, rows>)
    rows(%m : all by 64) {
  %c0 = arith.constant 0 : index
  %v = tile.load %x[%m, %c0] : !tile.view<?x600, f32, rows> -> !tile.tile<?x600, f32, reg>
  %s = tile.reduce sum_squares %v : !tile.tile<?x600, f32, reg> -> !tile.tile<?x1, f32, reg>
  %h = tile.load %g[] : !tile.view<600, bf16, rows> -> !tile.tile<1x600, f32, reg>
  %n = tile.map(%v, %s, %h) : (!tile.tile<?x600, f32, reg>, !tile.tile<?x1, f32, reg>, !tile.tile<1x600, f32, reg>) -> !tile.tile<?x600, f32, reg> {
  ^bb0(%e: f32, %q: f32, %f: f32):
    %count = arith.constant 600.0 : f32
    %eps = arith.constant 1.0e-5 : f32
    %mean = arith.divf %q, %count : f32
    %safe = arith.addf %mean, %eps : f32
    %inverse = math.rsqrt %safe : f32
    %er = arith.mulf %e, %inverse : f32
    %r = arith.mulf %er, %f : f32
    tile.yield %r : f32
  }
  tile.store %n, %y[%m, %c0] : !tile.tile<?x600, f32, reg>, !tile.view<?x600, f16, rows>
}

// Tests that narrow rows are warps', that shared tiles are arrays with barriers, and that a loop of stores is flattened.
// CHECK: SENNIT_TABLE float heads_t2[8] = {1.0f, 0.5f, 0.25f, 0.125f, 0.1f, 0.01f, 0.001f, 1e-04f};
// CHECK-LABEL: SENNIT_KERNEL(128, 6) heads(SENNIT_PARAMETER Launch launch) {
// CHECK: const WarpRow scope{};
// CHECK: block_index() * 4 + warp_index()
// CHECK: const int t0 =
// CHECK: float *const t3 = reinterpret_cast<float *>(shared_memory() + warp_index() * 32 + 0);
// CHECK-NEXT: for_each<8>(scope, [&](int c) { t3[c] = t3_of(c); });
// CHECK-NEXT: // tile.barrier
// CHECK-NEXT: scope.barrier();
// CHECK-NEXT: // tile.for %i = 0 to 3 step 1
// CHECK-NEXT: {
// CHECK: const auto [[T:t[0-9]+]] = [&](int i, int c) -> float {
// CHECK-NEXT: load_f32(arg0, element(m, 24, (i * 8) + c))
// CHECK: * t3[c]
// CHECK: // tile.store %{{.*}}, %arg3[%1, %i, %c0]
// CHECK-NEXT: for_each<24>(scope, [&](int at) {
// CHECK-NEXT: const int c = at % 8;
// CHECK-NEXT: const int i = at / 8 % 3;
// CHECK: long long [[AT:.*]] = key_element<3, 8>(t1, i, c);
// CHECK-NEXT: store_f16(arg3, [[AT]],
// CHECK: scope.barrier();
tile.kernel @heads(%x: !tile.view<?x24, f32, rows>, %ps: !tile.view<?, i32, rows>, %slots: !tile.view<?, i32, rows>,
                   %k: !tile.view<?x3x8, f16, keys>) rows(%m : all by 64) {
  %c0 = arith.constant 0 : index
  %c8 = arith.constant 8 : index
  %p = tile.load %ps[%m] : !tile.view<?, i32, rows> -> !tile.tile<?x1, i32, reg>
  %slot = tile.load %slots[%m] : !tile.view<?, i32, rows> -> !tile.tile<?x1, i32, reg>
  %f = tile.constant [1.0, 0.5, 0.25, 0.125, 0.1, 0.01, 0.001, 0.0001] : !tile.tile<1x8, f32, reg>
  %cos = tile.map(%p, %f) : (!tile.tile<?x1, i32, reg>, !tile.tile<1x8, f32, reg>) -> !tile.tile<?x8, f32, shared> {
  ^bb0(%i: i32, %e: f32):
    %if = arith.sitofp %i : i32 to f32
    %a = arith.mulf %if, %e : f32
    %r = math.cos %a : f32
    tile.yield %r : f32
  }
  tile.for %i = 0 to 3 step 1 {
    %column = arith.muli %i, %c8 : index
    %v = tile.load %x[%m, %column] : !tile.view<?x24, f32, rows> -> !tile.tile<?x8, f32, reg>
    %z = tile.map(%v, %cos) : (!tile.tile<?x8, f32, reg>, !tile.tile<?x8, f32, shared>) -> !tile.tile<?x8, f32, reg> {
    ^bb0(%e: f32, %c: f32):
      %r = arith.mulf %e, %c : f32
      tile.yield %r : f32
    }
    tile.store %z, %k[%slot, %i, %c0] : !tile.tile<?x8, f32, reg>, !tile.view<?x3x8, f16, keys>
  }
}

// Tests the embedding of a quantised weight.
// CHECK: #include "weights.cuh"
// CHECK-LABEL: embed(SENNIT_PARAMETER Launch launch) {
// CHECK: weight_element<WeightFormat::Q4_1, 64>(arg1, t0, c)
tile.kernel @embed(%ids: !tile.view<?, i32, rows>, %w: !tile.view<51x64, q4_1, packed>, %y: !tile.view<?x64, f32, rows>)
    rows(%m : all by 64) {
  %c0 = arith.constant 0 : index
  %i = tile.load %ids[%m] : !tile.view<?, i32, rows> -> !tile.tile<?x1, i32, reg>
  %v = tile.gather %w[%i, %c0] : !tile.tile<?x1, i32, reg>, !tile.view<51x64, q4_1, packed> -> !tile.tile<?x64, f32, reg>
  tile.store %v, %y[%m, %c0] : !tile.tile<?x64, f32, reg>, !tile.view<?x64, f32, rows>
}

// Tests what C++ has no operator for, and literals that read back as the same numbers.
// CHECK-LABEL: scalars(SENNIT_PARAMETER Launch launch) {
// CHECK: maximum([[A:.*]], float_of_bits(0xff800000u));
// CHECK: minimum(
// CHECK: bool [[NOT:.*]] = [[B:.*]] >= [[E:.*]];
// CHECK-NEXT: bool [[LESS:.*]] = ![[NOT]];
// CHECK-NEXT: wrapping_add(t1, (-3));
// CHECK-NEXT: unsigned [[I:.*]] = unsigned(
// CHECK-NEXT: unsigned [[J:.*]] = unsigned(t1);
// CHECK-NEXT: bool [[U:.*]] = [[I]] < [[J]];
// CHECK-NEXT: bool [[AND:.*]] = [[LESS]] && [[U]];
// CHECK-NEXT: [[AND]] ? [[B]] : (-0.33333334f);
tile.kernel @scalars(%x: !tile.view<?x4, f32, rows>, %ids: !tile.view<?, i32, rows>, %y: !tile.view<?x4, f32, rows>)
    rows(%m : all by 64) {
  %c0 = arith.constant 0 : index
  %v = tile.load %x[%m, %c0] : !tile.view<?x4, f32, rows> -> !tile.tile<?x4, f32, reg>
  %i = tile.load %ids[%m] : !tile.view<?, i32, rows> -> !tile.tile<?x1, i32, reg>
  %z = tile.map(%v, %i) : (!tile.tile<?x4, f32, reg>, !tile.tile<?x1, i32, reg>) -> !tile.tile<?x4, f32, reg> {
  ^bb0(%e: f32, %n: i32):
    %lowest = arith.constant 0xFF800000 : f32
    %third = arith.constant -0.333333343 : f32
    %three = arith.constant -3 : i32
    %a = arith.maximumf %e, %lowest : f32
    %b = arith.minimumf %a, %third : f32
    %c = arith.cmpf ult, %b, %e : f32
    %d = arith.addi %n, %three : i32
    %f = arith.cmpi ult, %d, %n : i32
    %g = arith.andi %c, %f : i1
    %r = arith.select %g, %b, %third : f32
    tile.yield %r : f32
  }
  tile.store %z, %y[%m, %c0] : !tile.tile<?x4, f32, reg>, !tile.view<?x4, f32, rows>
}
