// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#ifndef SENNIT_PASSES_LOWER
#define SENNIT_PASSES_LOWER

include "mlir/Pass/PassBase.td"

def NnToPlanPass : Pass<"lower-nn-to-plan", "::mlir::ModuleOp"> {
  let summary = "Outline groups into bodies and list them as nodes of a plan";
  let description = [{
    Each `nn.group` of `@step` becomes a private function, one for each distinct group: the equal layers of a model give
    one body, since weights are operands. `@step` becomes a `plan.program` whose nodes name the bodies, with the rows
    that each access touches and the cost of the body at the recorded load. Every node has one piece: the whole domain,
    alone on the compute lane.

    ```mlir
    %y = nn.group "linear" (%a = %x, %m = %w) : (...) -> tensor<?x4xf32> { ... }
    ```
    becomes
    ```mlir
    func.func private @linear(%a: tensor<?x8xf32>, %m: !nn.weight<4x8, f32>) -> tensor<?x4xf32> { ... }
    %y = plan.node @linear(%x, %w) name "layers.0.linear" domain all accesses [own, all] writes [own] ...
    ```

    Afterwards no `nn.group` is left and no function but bodies.
  }];
  let options = [
    Option<"prompt", "prompt", "int64_t", "512", "Prompt tokens per request of the load that costs are taken at">,
    Option<"output", "output", "int64_t", "256", "Generated tokens per request of that load">,
    Option<"promptContext", "prompt-context", "int64_t", "0",
           "Keys that a prompt row is scored against; 0: half of the prompt, where masked blocks are skipped">,
    Option<"cacheElementBytes", "cache-element-bytes", "int64_t", "2", "Bytes of one element of the KV cache">,
    Option<"activationBytes", "activation-bytes", "int64_t", "4", "Bytes of one element of an activation">
  ];
  let statistics = [
    Statistic<"nodes", "nodes", "Nodes in the plan">,
    Statistic<"bodies", "bodies", "Distinct bodies">
  ];
  let dependentDialects = ["::sennit::plan::PlanDialect", "::mlir::func::FuncDialect"];
}

def PlanToTilePass : Pass<"lower-plan-to-tile", "::mlir::ModuleOp"> {
  let summary = "Make one tile kernel for each body that a plan names";
  let description = [{
    A body with linears becomes a contraction kernel (what comes before the linears is its prologue, what comes after its
    epilogue; each result is a section of its columns), attention a walk over key blocks, everything else a row kernel.
    The kernel takes the body's name; its operands follow passes/lower/OperandOrder.h. Bodies are removed.

    Afterwards every `plan.node` names a `tile.kernel`.
  }];
  let options = [
    Option<"cacheFormat", "cache-format", "std::string", "\"f16\"", "Element of the KV cache: f16 or f32">
  ];
  let statistics = [Statistic<"kernels", "kernels", "Kernels made">];
  let dependentDialects = ["::sennit::tile::TileDialect", "::mlir::arith::ArithDialect", "::mlir::math::MathDialect"];
}

def PlanToExecPass : Pass<"lower-plan-to-exec", "::mlir::ModuleOp"> {
  let summary = "Make the package's programs from a plan";
  let description = [{
    For each row bucket 1, 2, 4, ... max-rows and each role (generated, mixed, prompt) the `plan.program` of the entry
    that says most of the bucket becomes an `exec.program`: nodes of the other role and pieces past the bucket's rows are
    left out, and equal programs are shared. Each piece becomes a launch of the kernel with its body's name, for its rows
    and on its lane, in the order of starts; its slots follow passes/lower/OperandOrder.h. Dependences between lanes
    become as few signals as order them. Where a piece on the network lane starts before one on the compute lane, the
    latter waits for its begin. Values become buffers of one arena, placed so that two share bytes only if all uses of
    one come before all uses of the other, however fast the lanes are; a result that overwrites an operand is the
    operand's buffer. Params become weights, one slice each. Offsets in the file, hashes and code are filled in when the
    package is written. Plans, and bodies that are still functions, are removed.

    ```mlir
    %y = plan.node @norm(%x, %w) name "norm" domain all accesses [own, all] writes [own] inplace [none] ...
    ```
    becomes
    ```mlir
    %norm = exec.buffer "norm" offset 0 row_bytes 32 rows 512
    ...
    exec.launch @norm(%s.x, %w, %s.norm) domain all lane compute accesses [0 read own, 1 read all, 2 write own] ...
    ```

    Afterwards `exec-verify-exec` holds.
  }];
  let options = [
    Option<"maxRows", "max-rows", "int64_t", "512", "Most rows of a step">,
    Option<"maxSequences", "max-sequences", "int64_t", "64", "Most sequences of a step">,
    Option<"maxSegments", "max-segments", "int64_t", "0", "Most segments of a step; 0: twice max-sequences">,
    Option<"maxPages", "max-pages", "int64_t", "0",
           "Most pages that a step names; 0: every sequence at full context">,
    Option<"cacheFormat", "cache-format", "std::string", "\"f16\"", "Element of the KV cache: f16 or f32">,
    Option<"compiler", "compiler", "std::string", "\"sennit\"", "What the package names as its compiler">
  ];
  let statistics = [
    Statistic<"arenaBytes", "arena-bytes", "Largest arena of a program">,
    Statistic<"arenaBytesWithoutReuse", "arena-bytes-without-reuse", "The same if no buffers shared bytes">
  ];
  let dependentDialects = ["::sennit::exec::ExecDialect"];
}

def VerifyLoweringPass : Pass<"verify-lowering", "::mlir::ModuleOp"> {
  let summary = "Check that a module is complete at a level";
  let description = [{
    Lists every op that a level does not allow. `plan`: programs of one entry point, bodies of nn ops, no group, every body named by a
    node with operands in the order that kernels take. `tile`: programs of one entry point, every node names a kernel whose operands are
    those that the node's types expand to, no nn op. `exec`: no plan op left.
  }];
  let options = [Option<"level", "level", "std::string", "\"plan\"", "plan, tile or exec">];
}

#endif // SENNIT_PASSES_LOWER
