// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "codegen/cpu/CompileKernelTesting.h"

#include "codegen/cpu/ContractTesting.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"

#include <gtest/gtest.h>
#include <thread>

using namespace sennit;

namespace {

class CompileKernelTest : public testing::TestWithParam<schema::CpuLevel> {
protected:
  CompileKernelTest() {
    mlir::DialectRegistry registry;
    registerKernelDialects(registry);
    context.appendDialectRegistry(registry);
    context.loadAllAvailableDialects();
  }

  StatusOr<NativeCode> compile(const char *source) {
    mlir::OwningOpRef<mlir::ModuleOp> module = mlir::parseSourceString<mlir::ModuleOp>(source, &context);
    if (!module)
      return invalidInput("the test does not parse");
    if (failed(lowerToLLVMDialect(*module)))
      return invalidInput("the test does not lower");
    return compileKernels(*module, GetParam());
  }

  mlir::MLIRContext context;
};

// A constant pool, a loop, an internal helper and a call of it: all inside the image.
constexpr const char *saxpy = R"(
  func.func private @twice(%x: vector<16xf32>) -> vector<16xf32>
      attributes {llvm.linkage = #llvm.linkage<internal>, passthrough = ["noinline"]} {
    %two = arith.constant dense<2.0> : vector<16xf32>
    %y = arith.mulf %x, %two : vector<16xf32>
    return %y : vector<16xf32>
  }
  func.func @second(%n: i64, %x: !llvm.ptr, %y: !llvm.ptr) {
    %zero = arith.constant 0 : i64
    %one = arith.constant 1 : i64
    %ramp = arith.constant dense<[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0,
                                     8.0, 9.0, 10.0, 11.0, 12.0, 13.0, 14.0, 15.0]> : vector<16xf32>
    scf.for %i = %zero to %n step %one : i64 {
      %p = llvm.getelementptr %x[%i] : (!llvm.ptr, i64) -> !llvm.ptr, !llvm.array<16 x f32>
      %q = llvm.getelementptr %y[%i] : (!llvm.ptr, i64) -> !llvm.ptr, !llvm.array<16 x f32>
      %v = llvm.load %p {alignment = 4} : !llvm.ptr -> vector<16xf32>
      %t = func.call @twice(%v) : (vector<16xf32>) -> vector<16xf32>
      %s = arith.addf %t, %ramp : vector<16xf32>
      llvm.store %s, %q {alignment = 4} : vector<16xf32>, !llvm.ptr
    }
    return
  }
  func.func @first() -> i64 {
    %c = arith.constant 42 : i64
    return %c : i64
  }
)";

TEST_P(CompileKernelTest, CodeRunsWhereItIsMapped) {
  StatusOr<NativeCode> code = compile(saxpy);
  ASSERT_TRUE(code.ok()) << code.status().message();
  ASSERT_EQ(code->symbols.size(), 2u);
  EXPECT_EQ(code->symbols[0].first, "first");
  EXPECT_EQ(code->symbols[1].first, "second");
  EXPECT_EQ(code->level, GetParam());
  EXPECT_LT(code->symbols[1].second, code->image.size());
  if (!hostRuns(GetParam()))
    GTEST_SKIP() << "this machine lacks " << schema::EnumNameCpuLevel(GetParam());
  LoadedCode here(*code), there(*code); // two addresses
  for (const LoadedCode *loaded : {&here, &there}) {
    EXPECT_EQ(loaded->find<int64_t()>("first")(), 42);
    std::vector<float> x(48, 1.5f), y(48);
    loaded->find<void(int64_t, const float *, float *)>("second")(3, x.data(), y.data());
    for (int i = 0; i < 48; ++i)
      EXPECT_EQ(y[i], 3.0f + i % 16);
  }
}

TEST_P(CompileKernelTest, SameModuleSameBytes) {
  StatusOr<NativeCode> first = compile(saxpy);
  ASSERT_TRUE(first.ok());
  // Another context and another thread beside this one.
  StatusOr<NativeCode> results[2] = {internalError("not run"), internalError("not run")};
  auto run = [&](int i) {
    mlir::DialectRegistry registry;
    registerKernelDialects(registry);
    mlir::MLIRContext other(registry, mlir::MLIRContext::Threading::DISABLED);
    mlir::OwningOpRef<mlir::ModuleOp> module = mlir::parseSourceString<mlir::ModuleOp>(saxpy, &other);
    if (module && succeeded(lowerToLLVMDialect(*module)))
      results[i] = compileKernels(*module, GetParam());
  };
  std::thread one(run, 0), two(run, 1);
  one.join();
  two.join();
  for (StatusOr<NativeCode> &result : results) {
    ASSERT_TRUE(result.ok()) << result.status().message();
    EXPECT_EQ(result->image, first->image);
    EXPECT_EQ(result->symbols, first->symbols);
  }
}

TEST_P(CompileKernelTest, NamesWhatIsNotDefined) {
  StatusOr<NativeCode> code = compile(R"(
    func.func private @other(f32) -> f32
    func.func @f(%x: f32) -> f32 {
      %y = func.call @other(%x) : (f32) -> f32
      %z = math.atan %y : f32
      return %z : f32
    })");
  ASSERT_FALSE(code.ok());
  EXPECT_EQ(code.status().code(), Code::Internal);
  EXPECT_EQ(code.status().message(), "expected freestanding kernels, found calls of atanf, other");
}

TEST_P(CompileKernelTest, RefusesWritableData) {
  StatusOr<NativeCode> code = compile(R"(
    llvm.mlir.global internal @counter(0 : i64) : i64
    func.func @f() -> i64 {
      %p = llvm.mlir.addressof @counter : !llvm.ptr
      %old = llvm.load volatile %p : !llvm.ptr -> i64
      llvm.store volatile %old, %p : i64, !llvm.ptr
      return %old : i64
    })");
  ASSERT_FALSE(code.ok());
  EXPECT_EQ(code.status().message().substr(0, 65),
            "expected kernels of code and constants only, found section .bss");
}

TEST_P(CompileKernelTest, RefusesAddressesInConstants) {
  StatusOr<NativeCode> code = compile(R"(
    llvm.mlir.global internal constant @table() : !llvm.ptr {
      %f = llvm.mlir.addressof @f : !llvm.ptr
      llvm.return %f : !llvm.ptr
    }
    llvm.func @f() -> !llvm.ptr {
      %p = llvm.mlir.addressof @table : !llvm.ptr
      %old = llvm.load volatile %p : !llvm.ptr -> !llvm.ptr
      llvm.return %old : !llvm.ptr
    })");
  ASSERT_FALSE(code.ok());
}

/// A loop that clears memory stays a loop: there is no memset to call.
TEST_P(CompileKernelTest, LoopsAreNotTurnedIntoLibraryCalls) {
  StatusOr<NativeCode> code = compile(R"(
    func.func @clear(%n: i64, %p: !llvm.ptr, %s: !llvm.ptr) {
      %zero = arith.constant 0 : i64
      %one = arith.constant 1 : i64
      %byte = arith.constant 0 : i8
      scf.for %i = %zero to %n step %one : i64 {
        %q = llvm.getelementptr %p[%i] : (!llvm.ptr, i64) -> !llvm.ptr, i8
        llvm.store %byte, %q : i8, !llvm.ptr
      }
      scf.for %i = %zero to %n step %one : i64 {
        %q = llvm.getelementptr %p[%i] : (!llvm.ptr, i64) -> !llvm.ptr, i8
        %r = llvm.getelementptr %s[%i] : (!llvm.ptr, i64) -> !llvm.ptr, i8
        %v = llvm.load %r : !llvm.ptr -> i8
        llvm.store %v, %q : i8, !llvm.ptr
      }
      return
    })");
  EXPECT_TRUE(code.ok()) << code.status().message();
}

/// What the generic lowering of kernels emits needs no library, as scalars and as vectors.
TEST_P(CompileKernelTest, OrdinaryOpsAreFreestanding) {
  const char *unary[] = {"math.absf",      "math.floor", "math.ceil", "math.trunc",
                         "math.roundeven", "math.sqrt",  "arith.negf"};
  const char *binary[] = {"arith.addf",    "arith.divf",    "arith.maximumf", "arith.minimumf",
                          "arith.maxnumf", "arith.minnumf", "math.copysign"};
  std::string source = "func.func @scalar(%p: !llvm.ptr, %n: index, %m: index) -> index {\n";
  for (std::string type : {"f32", "vector<16xf32>"}) {
    bool vector = type != "f32";
    auto with = [&](std::string element) { return vector ? "vector<16x" + element + ">" : element; };
    if (vector)
      source += "func.func @vector(%p: !llvm.ptr) {\n";
    source += "  %x = llvm.load volatile %p : !llvm.ptr -> " + type + "\n";
    source += "  %y = llvm.load volatile %p : !llvm.ptr -> " + type + "\n";
    auto use = [&](std::string value, std::string stored) {
      source += "  llvm.store volatile " + value + ", %p : " + stored + ", !llvm.ptr\n";
    };
    int count = 0;
    auto op = [&](std::string text, std::string result) {
      std::string name = "%v" + std::to_string(count++);
      source += "  " + name + " = " + text + "\n";
      use(name, result);
      return name;
    };
    for (std::string name : unary)
      op(name + " %x : " + type, type);
    for (std::string name : binary)
      op(name + " %x, %y : " + type, type);
    for (std::string narrow : {"f16", "bf16"}) {
      std::string half = op("arith.truncf %x : " + type + " to " + with(narrow), with(narrow));
      op("arith.extf " + half + " : " + with(narrow) + " to " + type, type);
    }
    std::string whole = op("arith.fptosi %x : " + type + " to " + with("i32"), with("i32"));
    std::string byte = op("arith.trunci " + whole + " : " + with("i32") + " to " + with("i8"), with("i8"));
    std::string back = op("arith.extsi " + byte + " : " + with("i8") + " to " + with("i32"), with("i32"));
    op("arith.sitofp " + back + " : " + with("i32") + " to " + type, type);
    if (vector) {
      op("vector.reduction <add>, %x : vector<16xf32> into f32", "f32");
      op("vector.reduction <maximumf>, %x : vector<16xf32> into f32", "f32");
      op("vector.reduction <add>, " + whole + " : vector<16xi32> into i32", "i32");
      source += "  return\n}\n";
    } else {
      source += "  %i = arith.ceildivsi %n, %m : index\n  %j = arith.floordivsi %i, %n : index\n"
                "  %k = arith.ceildivui %j, %m : index\n  %l = arith.remui %k, %n : index\n  return %l : "
                "index\n}\n";
    }
  }
  StatusOr<NativeCode> code = compile(source.c_str());
  EXPECT_TRUE(code.ok()) << code.status().message();
}

/// vector.fma means one rounding, whatever the code generator would prefer.
TEST_P(CompileKernelTest, VectorFmaIsFused) {
  StatusOr<NativeCode> code = compile(R"(
    func.func @f(%p: !llvm.ptr) {
      %x = llvm.load %p {alignment = 4} : !llvm.ptr -> vector<16xf32>
      %one = arith.constant dense<-1.0> : vector<16xf32>
      %y = vector.fma %x, %x, %one : vector<16xf32>
      llvm.store %y, %p {alignment = 4} : vector<16xf32>, !llvm.ptr
      return
    })");
  ASSERT_TRUE(code.ok()) << code.status().message();
  if (!hostRuns(GetParam()))
    GTEST_SKIP() << "this machine lacks " << schema::EnumNameCpuLevel(GetParam());
  LoadedCode loaded(*code);
  std::vector<float> x(16, 1.0f + 0x1p-20f);
  loaded.find<void(float *)>("f")(x.data());
  for (float value : x)
    EXPECT_EQ(value, 0x1p-19f + 0x1p-40f);
}

/// All forms of one contraction, as many functions as a model has kernels, compile well within the time
/// budget.
TEST_P(CompileKernelTest, ContractionsAreSmall) {
  const ContractEmitter *emitter = findContract({Format::Q4_1, Activation::Q8, GetParam()});
  ASSERT_NE(emitter, nullptr);
  mlir::OwningOpRef<mlir::ModuleOp> module = contractModule(context, *emitter);
  ASSERT_TRUE(module);
  StatusOr<NativeCode> code = compileKernels(*module, GetParam());
  ASSERT_TRUE(code.ok()) << code.status().message();
  EXPECT_LT(code->image.size(), 32768u);
}

INSTANTIATE_TEST_SUITE_P(Levels, CompileKernelTest,
                         testing::Values(schema::CpuLevel::Avx2, schema::CpuLevel::Avx512),
                         [](const auto &info) { return schema::EnumNameCpuLevel(info.param); });

} // namespace
