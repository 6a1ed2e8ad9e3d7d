// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "codegen/cuda/compile/CompileEmulated.h"

#include "codegen/cuda/compile/DeviceHeaders.h"
#include "codegen/cuda/compile/FindTools.h"
#include "codegen/cuda/compile/RunProgram.h"
#include "runtime/base/TemporaryFolder.h"

namespace sennit {

namespace {

StatusOr<HostClang> search() {
  HostClang clang;
  clang.path = environment("SENNIT_CLANG");
  const bool given = !clang.path.empty();
  if (!given)
    clang.path = findOnPath({"clang++-22", "clang++"});
  const std::string wanted = "emulated targets need clang++-22 on PATH";
  if (clang.path.empty())
    return Status(Code::Unavailable, wanted + ", found none; apt-get install clang-22");
  auto result = runProgram({clang.path, "--version"});
  if (!result.ok() || result->exitCode != 0)
    return Status(Code::Unavailable, wanted + ", found " + clang.path + ", which does not run");
  clang.version = result->output.substr(0, result->output.find('\n'));
  return clang;
}

} // namespace

StatusOr<HostClang> HostClang::find() {
  static const StatusOr<HostClang> found = search();
  return found;
}

std::vector<std::string> emulatedFlags(bool sanitize) {
  // -O1: modules are made often and run little; whole vectors are the emulator's part.
  std::vector<std::string> flags = {
      "-x", "c++", "-std=c++20", "-O1", "-DSENNIT_EMULATED", "-DSENNIT_EMULATED_MODULE", "-mavx2", "-mfma",
      "-mf16c",
      // As on the device: no contraction, no errno, and no assumption about floats that are not numbers.
      "-ffp-contract=off", "-fno-math-errno", "-fno-exceptions", "-fno-rtti", "-fno-strict-aliasing",
      "-fvisibility=hidden", "-fPIC", "-shared", "-w", "-nostdlib++", "-fuse-ld=lld", "-Wl,--build-id=none",
      "-Wl,--gc-sections"};
  if (sanitize)
    flags.insert(flags.end(),
                 {"-g1", "-ffile-compilation-dir=.", "-fsanitize=address,undefined", "-fno-sanitize=function",
                  "-fno-sanitize-recover=undefined", "-fno-omit-frame-pointer"});
  else
    flags.insert(flags.end(), {"-Wl,-z,defs", "-Wl,--strip-debug"});
  return flags;
}

StatusOr<std::string> compileEmulated(const HostClang &clang, const std::string &text, bool sanitize) {
  SENNIT_ASSIGN_OR_RETURN(auto folder, TemporaryFolder::create("the text of kernels"));
  for (const DeviceHeader &header : deviceHeaders())
    SENNIT_RETURN_IF_ERROR(folder->write(header.name, header.text));
  SENNIT_RETURN_IF_ERROR(folder->write("kernels.cu", text));
  std::vector<std::string> arguments = {clang.path};
  for (std::string &flag : emulatedFlags(sanitize))
    arguments.push_back(std::move(flag));
  // Names in the folder, so that its own is not in the bytes.
  arguments.insert(arguments.end(), {"-I.", "kernels.cu", "-lm", "-o", "kernels.so"});
  SENNIT_ASSIGN_OR_RETURN(ProgramResult result, runProgram(arguments, folder->path()));
  if (result.exitCode != 0) {
    const size_t at = result.output.find("error: ");
    const size_t begin = at == std::string::npos ? 0 : result.output.rfind('\n', at) + 1;
    return invalidInput("emulated: " + result.output.substr(begin, result.output.find('\n', begin) - begin));
  }
  return folder->read("kernels.so");
}

} // namespace sennit
