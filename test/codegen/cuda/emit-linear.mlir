// RUN: sennit-opt %s --emit-cuda | FileCheck %s

// Tests that the prologue and the epilogue of a linear are lambdas of the primitive that multiplies, in each variant.
// CHECK-LABEL: SENNIT_KERNEL(128, {{[0-9]}}) linear_few(SENNIT_PARAMETER Launch launch) {
// CHECK: const LinearWeights<1, 1> weights{{[{][{][{]}}arg2{{[}][}]}}, {40{{[}][}]}};
// CHECK-NEXT: // %1 = tile.stage to 96 step 64 ahead
// CHECK-NEXT: LinearFew<WeightFormat::Q4_1, 96, 8, 1, 1> linear(weights);
// CHECK-NEXT: linear.start();
// CHECK-NEXT: // %0 = tile.prologue
// CHECK-NEXT: linear.rows(rows.count(), [&](auto scope, int row) {
// CHECK-NEXT: const int m = rows.begin + row;
// CHECK: const float t2 = reduce<SumSquares, 96>(scope, t1);
// CHECK: // %5 = tile.encode %4
// CHECK-NEXT: linear.encode(scope, row, t4);
// CHECK-NEXT: });
// CHECK-NEXT: // tile.barrier: linear.rows ends with it
// CHECK-NEXT: linear.run([&](int section, int column, int row, float sum0) {
// CHECK-NEXT: const int m = rows.begin + row;
// CHECK-NEXT: // tile.columns %n = 0 to 40 step 16
// CHECK-NEXT: const int n = column / 16 * 16, c = column % 16;
// CHECK: load_f16(arg3, n + c)
// CHECK: sum0 + t2
// CHECK: store_f32(arg7, element(m, 40, n + c), t4);
// CHECK-LABEL: linear_encode(SENNIT_PARAMETER Launch launch) {
// CHECK: encode_row<OperandKind::F16, 96>(scope, ScratchActivations<OperandKind::F16, 96>{launch.scratch}, m - rows.begin, t4);
// CHECK-LABEL: linear_stream16(SENNIT_PARAMETER Launch launch) {
// CHECK: using Linear = LinearStream<WeightFormat::Q4_1, 96, 16, 1, 1>;
// CHECK-NEXT: Linear::run(weights, Linear::Activations{launch.scratch}, rows.count(), [&](int section, int column, int row, float sum0) {
// CHECK-LABEL: linear_many64(SENNIT_PARAMETER Launch launch) {
// CHECK: using Linear = LinearMany<WeightFormat::Q4_1, 96, 64, 1, 1>;
// CHECK-LABEL: linear_many128(SENNIT_PARAMETER Launch launch) {
// Two weights of a section meet their activations together.
// CHECK-LABEL: linear_few_group1(SENNIT_PARAMETER Launch launch) {
// CHECK: const LinearWeights<1, 2> weights{{[{][{][{]}}arg5, arg6{{[}][}]}}, {33{{[}][}]}};
// CHECK: LinearFew<WeightFormat::Q4_1, 96, 8, 1, 2> linear(weights);
// CHECK: linear.run([&](int section, int column, int row, float sum0, float sum1) {
// CHECK: sum0 * sum1
tile.kernel @linear(%x: !tile.view<?x96, f32, rows>, %g: !tile.view<96, f32, rows>, %w: !tile.view<40x96, q4_1, packed>,
                    %b: !tile.view<40, f16, rows>, %r: !tile.view<?x40, f32, rows>, %u: !tile.view<33x96, q4_1, packed>,
                    %v: !tile.view<33x96, q4_1, packed>, %y: !tile.view<?x40, f32, rows>, %z: !tile.view<?x33, f32, rows>)
    rows(%m : all by 16) schedule(#tile.cpu<rows = 8, streams = 4, ahead = 640>) {
  %c0 = arith.constant 0 : index
  %a = tile.prologue -> !tile.tile<?x96, q8, shared> {
    %e = tile.load %x[%m, %c0] : !tile.view<?x96, f32, rows> -> !tile.tile<?x96, f32, reg>
    %s = tile.reduce sum_squares %e : !tile.tile<?x96, f32, reg> -> !tile.tile<?x1, f32, reg>
    %h = tile.load %g[] : !tile.view<96, f32, rows> -> !tile.tile<1x96, f32, reg>
    %n = tile.map(%e, %s, %h) : (!tile.tile<?x96, f32, reg>, !tile.tile<?x1, f32, reg>, !tile.tile<1x96, f32, reg>) -> !tile.tile<?x96, f32, reg> {
    ^bb0(%f: f32, %q: f32, %o: f32):
      %count = arith.constant 96.0 : f32
      %eps = arith.constant 1.0e-5 : f32
      %mean = arith.divf %q, %count : f32
      %safe = arith.addf %mean, %eps : f32
      %inverse = math.rsqrt %safe : f32
      %scaled = arith.mulf %f, %inverse : f32
      %result = arith.mulf %scaled, %o : f32
      tile.yield %result : f32
    }
    %q = tile.encode %n : !tile.tile<?x96, f32, reg> -> !tile.tile<?x96, q8, shared>
    tile.yield %q : !tile.tile<?x96, q8, shared>
  }
  tile.columns %n = 0 to 40 step 16 {
    %c = tile.contract %a, %w[%n] : !tile.tile<?x96, q8, shared>, !tile.view<40x96, q4_1, packed> -> !tile.tile<?x16, f32, reg>
    %bias = tile.load %b[%n] : !tile.view<40, f16, rows> -> !tile.tile<1x16, f32, reg>
    %residual = tile.load %r[%m, %n] : !tile.view<?x40, f32, rows> -> !tile.tile<?x16, f32, reg>
    %sum = tile.map(%c, %bias, %residual) : (!tile.tile<?x16, f32, reg>, !tile.tile<1x16, f32, reg>, !tile.tile<?x16, f32, reg>) -> !tile.tile<?x16, f32, reg> {
    ^bb0(%f: f32, %p: f32, %q: f32):
      %one = arith.addf %f, %p : f32
      %two = arith.addf %one, %q : f32
      tile.yield %two : f32
    }
    tile.store %sum, %y[%m, %n] : !tile.tile<?x16, f32, reg>, !tile.view<?x40, f32, rows>
  }
  tile.columns %n = 0 to 33 step 16 {
    %c = tile.contract %a, %u[%n] : !tile.tile<?x96, q8, shared>, !tile.view<33x96, q4_1, packed> -> !tile.tile<?x16, f32, reg>
    %d = tile.contract %a, %v[%n] : !tile.tile<?x96, q8, shared>, !tile.view<33x96, q4_1, packed> -> !tile.tile<?x16, f32, reg>
    %p = tile.map(%c, %d) : (!tile.tile<?x16, f32, reg>, !tile.tile<?x16, f32, reg>) -> !tile.tile<?x16, f32, reg> {
    ^bb0(%f: f32, %q: f32):
      %one = arith.mulf %f, %q : f32
      tile.yield %one : f32
    }
    tile.store %p, %z[%m, %n] : !tile.tile<?x16, f32, reg>, !tile.view<?x33, f32, rows>
  }
}

// Tests that sections of one group share the multiplication and branch in the epilogue.
// CHECK-LABEL: sections_few(SENNIT_PARAMETER Launch launch) {
// CHECK: const LinearWeights<2, 1> weights{{[{][{][{]}}arg1}, {arg2{{[}][}]}}, {16, 5{{[}][}]}};
// CHECK: LinearFew<WeightFormat::F32, 41, 8, 2, 1> linear(weights);
// CHECK: if (section == 0) {
// CHECK: store_f32(arg3, element(m, 16, n + c), sum0);
// CHECK-NEXT: }
// CHECK: else if (section == 1) {
// CHECK: store_f32(arg4, element(m, 5, n + c), sum0);
tile.kernel @sections(%x: !tile.view<?x41, f32, rows>, %w: !tile.view<16x41, f32, packed>, %u: !tile.view<5x41, f32, packed>,
                      %y: !tile.view<?x16, f32, rows>, %z: !tile.view<?x5, f32, rows>) rows(%m : all by 64) {
  %a = tile.prologue -> !tile.tile<?x41, f32, shared> {
    %c0 = arith.constant 0 : index
    %l = tile.load %x[%m, %c0] : !tile.view<?x41, f32, rows> -> !tile.tile<?x41, f32, shared>
    tile.yield %l : !tile.tile<?x41, f32, shared>
  }
  tile.columns %n = 0 to 16 step 16 {
    %c = tile.contract %a, %w[%n] : !tile.tile<?x41, f32, shared>, !tile.view<16x41, f32, packed> -> !tile.tile<?x16, f32, reg>
    tile.store %c, %y[%m, %n] : !tile.tile<?x16, f32, reg>, !tile.view<?x16, f32, rows>
  }
  tile.columns %n = 0 to 5 step 16 {
    %c = tile.contract %a, %u[%n] : !tile.tile<?x41, f32, shared>, !tile.view<5x41, f32, packed> -> !tile.tile<?x16, f32, reg>
    tile.store %c, %z[%m, %n] : !tile.tile<?x16, f32, reg>, !tile.view<?x5, f32, rows>
  }
}
