#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: Sennit contributors
"""clang-format leaves every C and C++ file as it is. `format.py --fix [PATH...]` rewrites instead."""
import os
import subprocess
import sys

from sources import files, repository

fix = "--fix" in sys.argv
chosen = [a for a in sys.argv[1:] if a != "--fix"]
paths = [p for p in files(".cpp", ".h", ".c") if not chosen or p.startswith(tuple(chosen))]
mode = ["-i"] if fix else ["--dry-run", "--Werror"]
result = subprocess.run(["clang-format-22", *mode, *paths], cwd=repository(), capture_output=True, text=True)
bad = sorted({line.split(":")[0] for line in result.stderr.splitlines() if "[-Wclang-format-violations]" in line})
for path in bad:
    print(f"{path}: clang-format-22 would change it (tools/lint/format.py --fix {path})")
if result.returncode and not bad:
    print(result.stderr.strip())
sys.exit(1 if result.returncode else 0)
