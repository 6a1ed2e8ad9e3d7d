# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: Sennit contributors
"""The files that the lint scripts look at: tracked ones, and new ones that git does not ignore."""
import os
import subprocess

CODE = (".cpp", ".h", ".c", ".td", ".fbs", ".py", ".sh", ".cmake", ".mlir", ".test")


def repository():
    return os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))


def files(*endings):
    """Paths relative to the repository, sorted; all files when no ending is given. Works without git too."""
    root = repository()
    try:
        listing = subprocess.run(
            ["git", "-C", root, "-c", f"safe.directory={root}", "ls-files", "-co", "--exclude-standard"],
            capture_output=True, text=True, check=True).stdout.splitlines()
    except (OSError, subprocess.CalledProcessError):
        listing = []
        for folder, folders, names in os.walk(root):
            folders[:] = [f for f in folders if not f.startswith((".git", "build")) and f != "models"]
            listing += [os.path.relpath(os.path.join(folder, name), root) for name in names]
    return sorted(path for path in set(listing)
                  if (not endings or path.endswith(endings)) and os.path.isfile(os.path.join(root, path)))


def lines(path):
    with open(os.path.join(repository(), path), encoding="utf-8") as file:
        return file.read().split("\n")
