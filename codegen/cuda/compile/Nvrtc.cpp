// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "codegen/cuda/compile/Nvrtc.h"

#include "codegen/cuda/compile/DeviceHeaders.h"
#include "codegen/cuda/compile/FindTools.h"

#include <dlfcn.h>

namespace sennit {

using schema::DeviceCodeKind;
using std::to_string;

namespace {

constexpr int leastMajor = 13, leastMinor = 0;
constexpr int success = 0, compilationError = 6, invalidOption = 5; // nvrtcResult

template <typename F>
bool find(void *library, const char *name, F *&function) {
  function = reinterpret_cast<F *>(::dlsym(library, name));
  return function != nullptr;
}

/// The first line of a log that tells of an error, whole; the log's first line where none does.
std::string firstError(const std::string &log) {
  const size_t at = log.find("error");
  const size_t begin = at == std::string::npos ? 0 : log.rfind('\n', at) + 1;
  return log.substr(begin, log.find('\n', begin) - begin);
}

} // namespace

bool Nvrtc::load(const std::string &path, std::string &old) {
  void *library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!library)
    return false;
  int major = 0, minor = 0;
  if (find(library, "nvrtcVersion", call.version) && call.version(&major, &minor) == success) {
    versionText = to_string(major) + "." + to_string(minor);
    const bool isNew = major > leastMajor || (major == leastMajor && minor >= leastMinor);
    if (isNew && find(library, "nvrtcGetErrorString", call.errorText) &&
        find(library, "nvrtcCreateProgram", call.create) &&
        find(library, "nvrtcCompileProgram", call.compile) &&
        find(library, "nvrtcDestroyProgram", call.destroy) &&
        find(library, "nvrtcGetProgramLogSize", call.logSize) &&
        find(library, "nvrtcGetProgramLog", call.log) && find(library, "nvrtcGetCUBINSize", call.cubinSize) &&
        find(library, "nvrtcGetCUBIN", call.cubin) && find(library, "nvrtcGetPTXSize", call.ptxSize) &&
        find(library, "nvrtcGetPTX", call.ptx))
      return true; // never closed: it starts threads of its own
    old = versionText;
  }
  ::dlclose(library);
  return false;
}

StatusOr<const Nvrtc *> Nvrtc::search() {
  static Nvrtc nvrtc;
  std::string old;
  std::vector<std::string> paths;
  const std::string given = environment("SENNIT_NVRTC");
  if (!given.empty()) {
    paths.push_back(given);
  } else {
    // Plain names are looked up by the system: LD_LIBRARY_PATH and the folders of ldconfig.
    const char *names[] = {"libnvrtc.so.13", "libnvrtc.so"};
    paths.assign(std::begin(names), std::end(names));
    for (const std::string &folder : cudaFolders("lib"))
      for (const char *name : names)
        paths.push_back(folder + "/" + name);
  }
  for (const std::string &path : paths)
    if (nvrtc.load(path, old))
      return &nvrtc;
  return Status(Code::Unavailable,
                "code for GPUs needs NVIDIA's compiler library NVRTC 13.0 or newer, found " +
                    (old.empty() ? "none" + (given.empty() ? "" : " at " + given) : "version " + old) +
                    "; pip install nvidia-cuda-nvrtc==13.0.*");
}

StatusOr<const Nvrtc *> Nvrtc::open() {
  static const StatusOr<const Nvrtc *> opened = search();
  return opened;
}

std::vector<std::string> Nvrtc::options(const DeviceTarget &target) {
  const bool ptx = target.kind == DeviceCodeKind::Ptx;
  return {std::string("--gpu-architecture=") + (ptx ? "compute_" : "sm_") + to_string(target.architecture) +
              (target.exact ? "a" : ""),
          "--std=c++17",
          // As on the host: every fused multiply-add is written as one, and results are those of IEEE 754.
          "--fmad=false", "--ftz=false", "--prec-div=true", "--prec-sqrt=true",
          // Lambdas and functions need no __device__.
          "--device-as-default-execution-space",
          // "ptxas info" lines with registers, spills and shared memory.
          "--ptxas-options=-v"};
}

StatusOr<NvrtcOutput> Nvrtc::compile(const std::string &text, const DeviceTarget &target) const {
  std::vector<const char *> names, texts;
  for (const DeviceHeader &header : deviceHeaders()) {
    names.push_back(header.name);
    texts.push_back(header.text);
  }
  Program program = nullptr;
  if (const int result =
          call.create(&program, text.c_str(), "kernels.cu", int(names.size()), texts.data(), names.data());
      result != success)
    return internalError(std::string("NVRTC cannot make a program: ") + call.errorText(result));
  struct Guard {
    const Nvrtc &nvrtc;
    Program &program;
    ~Guard() { nvrtc.call.destroy(&program); }
  } guard{*this, program};

  const std::vector<std::string> owned = options(target);
  std::vector<const char *> flags;
  for (const std::string &option : owned)
    flags.push_back(option.c_str());
  const int result = call.compile(program, int(flags.size()), flags.data());
  const auto take = [&](auto size, auto get, std::string &out) {
    size_t bytes = 0;
    if (size(program, &bytes) != success)
      return false;
    out.resize(bytes);
    return bytes == 0 || get(program, out.data()) == success;
  };
  NvrtcOutput output;
  take(call.logSize, call.log, output.log);
  if (!output.log.empty() && output.log.back() == '\0')
    output.log.pop_back();
  if (result == invalidOption)
    return unsupported("NVRTC " + versionText + " does not compile for " + deviceTargetName(target) + ": " +
                       firstError(output.log));
  if (result != success && result != compilationError)
    return internalError("NVRTC " + versionText + ", " + deviceTargetName(target) + ": " +
                         call.errorText(result) + ": " + firstError(output.log));
  if (result != success)
    return invalidInput(deviceTargetName(target) + ": " + firstError(output.log));
  const bool ptx = target.kind == DeviceCodeKind::Ptx;
  if (!(ptx ? take(call.ptxSize, call.ptx, output.code) : take(call.cubinSize, call.cubin, output.code)) ||
      output.code.empty())
    return internalError("NVRTC " + versionText + " gave no code for " + deviceTargetName(target));
  return output;
}

} // namespace sennit
