# lit configuration of every suite under test/. Read through the build's lit.site.cfg.py.
import glob
import os
import sys

import lit.formats

config.name = "sennit"
config.test_format = lit.formats.ShTest(True)
config.suffixes = [".mlir", ".test"]
config.excludes = ["data", "Inputs"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.path.join(config.sennit_build, "test")

# Variables without a $ do not leak from one label to the next, and a prefix that no RUN line uses is an error.
config.environment["FILECHECK_OPTS"] = "-enable-var-scope --allow-unused-prefixes=false"
config.environment["PYTHONDONTWRITEBYTECODE"] = "1"
config.environment["SENNIT_BIN"] = os.path.join(config.sennit_build, "bin")
config.environment["SENNIT_SOURCE"] = config.sennit_source
config.environment["XDG_CACHE_HOME"] = os.path.join(config.test_exec_root, "cache")
# Sanitizers: a finding must fail the test with a code that no tool uses. LLVM's allocators poison memory where its
# headers are compiled with ASan, and the packaged libraries, which are not, never take that back.
config.environment["ASAN_OPTIONS"] = "exitcode=99:allow_user_poisoning=0:detect_leaks=0"
config.environment["UBSAN_OPTIONS"] = "exitcode=99:print_stacktrace=1"

path = [os.path.join(config.sennit_build, "bin"), config.llvm_tools, os.environ.get("PATH", "")]
config.environment["PATH"] = os.pathsep.join(path)

config.substitutions.append(("%python", '"%s"' % sys.executable))
config.substitutions.append(("%data", os.path.join(config.sennit_source, "test", "data")))
config.substitutions.append(("%source", config.sennit_source))
config.substitutions.append(("%tblgen", os.path.join(config.llvm_tools, "mlir-tblgen")))

if config.sanitize:
    config.available_features.add("sanitize")
if os.path.exists(os.path.join(config.sennit_source, "models", "SmolLM2-135M-Instruct.Q4_1.gguf")):
    config.available_features.add("smollm2")
# NVIDIA's compiler library, in a toolkit or where ./check puts it.
cuda = [os.path.join(os.environ.get("CUDA_HOME", "/usr/local/cuda"), "lib64"),
        os.path.join(config.sennit_build, "python", "nvidia", "*", "lib")]
if any(glob.glob(os.path.join(folder, "libnvrtc.so.13")) for folder in cuda):
    config.available_features.add("nvrtc")
with open("/proc/cpuinfo") as cpuinfo:
    if "avx512_vnni" in cpuinfo.read():
        config.available_features.add("avx512")
