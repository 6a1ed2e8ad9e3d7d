// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// For tests: kernels from text, emitted as CUDA C++, compiled by clang against the emulated machine and
// launched as a runtime would.
#pragma once

#include "codegen/cuda/emit/EmitCuda.h"
#include "runtime/device/emulated/Emulator.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Parser/Parser.h"

#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <map>
#include <string>
#include <unistd.h>
#include <vector>

namespace sennit::emit_testing {

/// The layout of sennit::Launch in codegen/cuda/device/launch.cuh.
struct LaunchBytes {
  void *operands[25] = {};
  const int32_t *counts = nullptr, *rowBlocks = nullptr;
  uint8_t *scratch = nullptr;
  uint32_t domain = 0, rowBegin = 0, rowEnd = 0xffffffff, maxRows = 0, reserved[4] = {};
};
static_assert(sizeof(LaunchBytes) == 256);

/// Memory of the device.
struct Operand {
  void *data;
  size_t bytes;

  template <typename T>
  static Operand of(std::vector<T> &values) {
    return {values.data(), values.size() * sizeof(T)};
  }
};

/// The rows of a step, as StepField.Counts has them.
struct Counts {
  int32_t values[8] = {};
  static Counts all(int64_t rows) {
    Counts counts;
    counts.values[0] = static_cast<int32_t>(rows);
    return counts;
  }
};

/// Kernels in one translation unit, since starting the compiler takes longer than compiling one. Owns the
/// code.
class EmittedModule {
public:
  /// Each text holds one kernel; names differ.
  explicit EmittedModule(const std::vector<std::string> &texts, int64_t arch = 90) {
    mlir::DialectRegistry registry;
    registry.insert<tile::TileDialect, mlir::arith::ArithDialect, mlir::math::MathDialect>();
    mlir::MLIRContext context(registry);
    std::string whole;
    CudaEmitOptions options;
    options.arch = arch;
    options.maxKeyBlocks = 64;
    for (const std::string &text : texts) {
      auto module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
      if (!module) {
        ADD_FAILURE() << "cannot parse\n" << text;
        return;
      }
      mlir::FailureOr<CudaKernel> kernel = emitCuda(*module->getOps<tile::KernelOp>().begin(), options);
      if (mlir::failed(kernel)) {
        ADD_FAILURE() << "cannot emit\n" << text;
        return;
      }
      whole += kernel->text + "\n";
      kernels[kernel->name] = *kernel;
    }
    compile(whole);
  }
  ~EmittedModule() {
    if (handle)
      dlclose(handle);
  }
  EmittedModule(const EmittedModule &) = delete;

  bool ok() const { return handle != nullptr; }
  const CudaKernel &kernel(const std::string &name) const { return kernels.at(name); }

  /// Launches a kernel for `rows` rows at most, with the variant made for so many, on `blocks` blocks for
  /// each function (0: as many as it has work for), and fails the test at a fault.
  void launch(const std::string &name, std::vector<Operand> operands, const Counts &counts, uint32_t rows,
              uint32_t seed, int blocks = 0, LaunchBytes launch = {},
              Operand rowBlocks = {nullptr, 0}) const {
    const CudaKernel &kernel = kernels.at(name);
    const CudaVariant *variant = &kernel.variants.front();
    while (variant->maxRows < rows)
      ++variant;
    std::vector<uint8_t> scratch(
        static_cast<size_t>(variant->scratchBytes + rows * variant->scratchRowBytes + 16), 0xff);
    std::vector<emulated::MemoryRange> ranges;
    auto note = [&](const void *data, size_t bytes, const std::string &what) {
      auto begin = reinterpret_cast<uintptr_t>(data);
      for (const emulated::MemoryRange &known : ranges)
        if (known.begin == begin)
          return;
      if (bytes)
        ranges.push_back({begin, begin + bytes, what});
    };
    for (size_t i = 0; i < operands.size(); ++i) {
      launch.operands[i] = operands[i].data;
      note(operands[i].data, operands[i].bytes, "operand " + std::to_string(i));
    }
    launch.counts = counts.values;
    note(counts.values, sizeof(counts.values), "counts");
    launch.rowBlocks = static_cast<const int32_t *>(rowBlocks.data);
    note(rowBlocks.data, rowBlocks.bytes, "row blocks");
    // Encoded activations are copied 16 bytes at a time.
    launch.scratch = scratch.data() + (16 - reinterpret_cast<uintptr_t>(scratch.data()) % 16) % 16;
    note(launch.scratch, scratch.size() - 16, "scratch");
    launch.maxRows = rows;
    emulated::MemoryRanges known(ranges);
    for (const CudaFunction &function : variant->functions) {
      auto entry = reinterpret_cast<void (*)(LaunchBytes)>(dlsym(handle, function.entry.c_str()));
      ASSERT_NE(entry, nullptr) << function.entry;
      int64_t work = function.tiles *
                     (function.rowsPerBlock ? (rows + function.rowsPerBlock - 1) / function.rowsPerBlock : 1);
      emulated::GridShape shape{blocks ? blocks : static_cast<int>(std::max<int64_t>(work, 4)),
                                static_cast<int>(function.threads),
                                static_cast<size_t>(function.sharedBytes)};
      emulated::LaunchOptions options;
      options.kernel = function.entry;
      options.ranges = &known;
      auto fault = emulated::runGrid(shape, seed, options, [&] { entry(launch); });
      if (fault)
        ADD_FAILURE() << function.entry << ", seed " << seed << ": " << fault->sentence;
    }
  }

private:
  void compile(const std::string &text) {
    auto folder = std::filesystem::temp_directory_path() / ("sennit-emit-" + std::to_string(getpid()));
    std::filesystem::create_directories(folder);
    std::ofstream(folder / "kernels.cu") << text;
    std::string command =
        std::string(SENNIT_CLANG) +
        " -x c++ -std=c++20 -O1 -mavx2 -mfma -mf16c -ffp-contract=off -fno-math-errno -fno-exceptions "
        "-fno-rtti -fno-strict-aliasing -fvisibility=hidden -fPIC -shared -w -DSENNIT_EMULATED "
        "-DSENNIT_EMULATED_MODULE -I" SENNIT_DEVICE_DIR " " +
        (folder / "kernels.cu").string() + " -o " + (folder / "kernels.so").string();
    EXPECT_EQ(std::system(command.c_str()), 0) << "clang refuses what was emitted:\n" << text;
    handle = dlopen((folder / "kernels.so").c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle)
      *static_cast<const EmulatedMachine **>(dlsym(handle, "sennit_machine")) = emulated::machine();
    else
      ADD_FAILURE() << dlerror();
    std::filesystem::remove_all(folder);
  }

  std::map<std::string, CudaKernel> kernels;
  void *handle = nullptr;
};

/// Largest difference from `wanted` in units of its largest magnitude; infinite where one is not a number.
inline double relativeError(const std::vector<float> &found, const std::vector<float> &wanted) {
  EXPECT_EQ(found.size(), wanted.size());
  double largest = 0, error = 0;
  for (size_t i = 0; i < wanted.size(); ++i) {
    largest = std::max(largest, std::fabs(static_cast<double>(wanted[i])));
    double difference = std::fabs(static_cast<double>(found[i]) - static_cast<double>(wanted[i]));
    error = difference == difference ? std::max(error, difference) : HUGE_VAL;
  }
  return largest > 0 ? error / largest : error;
}

} // namespace sennit::emit_testing
