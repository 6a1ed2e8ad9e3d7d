// RUN: sennit-opt %s --lower-nn-to-plan --verify-lowering=level=plan -split-input-file -verify-diagnostics | FileCheck %s

// Two layers of one structure share a body; attention of the two roles writes one storage; gathered rows are wanted ones.
// CHECK-LABEL: func.func private @linear
// CHECK: nn.linear
// CHECK: return
// CHECK-LABEL: func.func private @attention(
// CHECK: nn.attention generated
// CHECK-LABEL: func.func private @attention_1
// CHECK: nn.attention prompt
// CHECK-LABEL: func.func private @head
// CHECK-NOT: func.func
// CHECK-LABEL: plan.program @step
// CHECK: plan.param "w0"
// CHECK: %[[A:.*]] = plan.node @linear(%{{.*}}, %{{.*}}) name "linear" domain all accesses [own, all] writes [own] inplace [none]
// CHECK: %[[B:.*]] = plan.node @linear(%[[A]], %{{.*}}) name "linear#1"
// CHECK: %[[C:.*]] = plan.node @append(%{{.*}}, %[[B]], %{{.*}}) name "append" domain all accesses [own, own, all] writes [own] inplace [0]
// CHECK: %[[G:.*]] = plan.node @attention(%[[B]], %[[C]], {{.*}} domain generated accesses [own, before, all, own] writes [own] inplace [none]
// CHECK: %[[P:.*]] = plan.node @attention_1(%[[B]], %[[C]], {{.*}} domain prompt accesses [own, before, all, own, own] writes [own] inplace [4]
// CHECK: plan.node @head(%[[P]], {{.*}} domain wanted accesses [all, own, all]
module {
  func.func @step(%tokens: tensor<?xi32>, %positions: tensor<?xi32>, %wanted: tensor<?xi32>, %batch: !nn.batch,
                  %cache: !nn.cache<1x4>, %x: tensor<?x4xf32>) -> (tensor<?x4xf32>, !nn.cache<1x4>) {
    %w0 = nn.param "w0" : !nn.weight<4x4, f32>
    %w1 = nn.param "w1" : !nn.weight<4x4, f32>
    %a = nn.group "linear" (%i = %x, %w = %w0) : (tensor<?x4xf32>, !nn.weight<4x4, f32>) -> (tensor<?x4xf32>) {
      %r = nn.linear %i, %w : (tensor<?x4xf32>, !nn.weight<4x4, f32>) -> tensor<?x4xf32>
      nn.yield %r : tensor<?x4xf32>
    }
    %b = nn.group "linear" (%i = %a, %w = %w1) : (tensor<?x4xf32>, !nn.weight<4x4, f32>) -> (tensor<?x4xf32>) {
      %r = nn.linear %i, %w : (tensor<?x4xf32>, !nn.weight<4x4, f32>) -> tensor<?x4xf32>
      nn.yield %r : tensor<?x4xf32>
    }
    %c = nn.group "append" (%i = %cache, %k = %b, %t = %batch) : (!nn.cache<1x4>, tensor<?x4xf32>, !nn.batch) -> (!nn.cache<1x4>) {
      %r = nn.cache_append %i, %k, %k, %t : (!nn.cache<1x4>, tensor<?x4xf32>, tensor<?x4xf32>, !nn.batch) -> !nn.cache<1x4>
      nn.yield %r : !nn.cache<1x4>
    }
    %g = nn.group "attention" (%q = %b, %i = %c, %t = %batch, %p = %positions) : (tensor<?x4xf32>, !nn.cache<1x4>, !nn.batch, tensor<?xi32>) -> (tensor<?x4xf32>) {
      %r = nn.attention generated %q, %i, %t, %p {heads = 1 : i64, scale = 0.5 : f32} : (tensor<?x4xf32>, !nn.cache<1x4>, !nn.batch, tensor<?xi32>) -> tensor<?x4xf32>
      nn.yield %r : tensor<?x4xf32>
    }
    %h = nn.group "attention" (%q = %b, %i = %c, %t = %batch, %p = %positions, %o = %g) : (tensor<?x4xf32>, !nn.cache<1x4>, !nn.batch, tensor<?xi32>, tensor<?x4xf32>) -> (tensor<?x4xf32>) {
      %r = nn.attention prompt %q, %i, %t, %p into %o {heads = 1 : i64, scale = 0.5 : f32} : (tensor<?x4xf32>, !nn.cache<1x4>, !nn.batch, tensor<?xi32>, tensor<?x4xf32>) -> tensor<?x4xf32>
      nn.yield %r : tensor<?x4xf32>
    }
    %l = nn.group "head" (%i = %h, %rows = %wanted, %w = %w0) : (tensor<?x4xf32>, tensor<?xi32>, !nn.weight<4x4, f32>) -> (tensor<?x4xf32>) {
      %s = nn.gather_rows %i, %rows : (tensor<?x4xf32>, tensor<?xi32>) -> tensor<?x4xf32>
      %r = nn.linear %s, %w : (tensor<?x4xf32>, !nn.weight<4x4, f32>) -> tensor<?x4xf32>
      nn.yield %r : tensor<?x4xf32>
    }
    return %l, %c : tensor<?x4xf32>, !nn.cache<1x4>
  }
}

// -----

// Only groups and parameters may stand between the arguments and the return.
func.func @step(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  // expected-error@+1 {{expected only parameters and groups after fusing, found nn.silu}}
  %y = nn.silu %x : tensor<?x4xf32>
  return %y : tensor<?x4xf32>
}

// -----

// expected-error@+1 {{expected an entry func.func @step, found none}}
module {
}
