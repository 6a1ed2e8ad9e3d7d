#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: Sennit contributors
"""Rules of plain text: SPDX lines, file size, line length, tabs, trailing space, no machine paths, no work notes."""
import re
import sys

from sources import CODE, files, lines

MAX_FILE = 600
MAX_LINE = {".cpp": 120, ".h": 120, ".c": 120, ".py": 120, ".sh": 120, ".td": 200, ".fbs": 160}
# Spelled apart so that this file passes its own rule.
MACHINE = re.compile(r"(?<![\w.$}])/(" + "|".join(["wo" + "rk", "ro" + "ot", "ho" + "me", "tm" + "p"]) + r")/")
UNFINISHED = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")
BINARY = (".gguf", ".safetensors", ".sennit", ".bin", ".png")
DATA = ("test/data/",)

failures = 0


def fail(path, number, text):
    global failures
    failures += 1
    print(f"{path}:{number}: {text}")


for path in files():
    if path.endswith(BINARY) or path.startswith(DATA):
        continue
    try:
        content = lines(path)
    except UnicodeDecodeError:
        fail(path, 1, "not UTF-8 text")
        continue
    ending = "." + path.rsplit(".", 1)[-1]
    if path.endswith((".cpp", ".h", ".c", ".py", ".sh", ".td", ".fbs")) and content != [""]:
        if not any("SPDX-License-Identifier: Apache-2.0" in line for line in content[:4]) and not path.startswith(
                ("cmake/", "test/lit.")):
            fail(path, 1, "no SPDX line at the top")
    if path.endswith(CODE) and len(content) > MAX_FILE:
        fail(path, len(content), f"{len(content)} lines, at most {MAX_FILE} are allowed")
    if content[-1] != "":
        fail(path, len(content), "no newline at the end")
    for number, line in enumerate(content, 1):
        if len(line) > MAX_LINE.get(ending, 1000):
            fail(path, number, f"{len(line)} columns, at most {MAX_LINE[ending]} are allowed")
        if line != line.rstrip():
            fail(path, number, "trailing space")
        if "\t" in line and ending not in (".md", ".json", ".txt"):
            fail(path, number, "tab")
        if MACHINE.search(line):
            fail(path, number, "a path of one machine")
        if UNFINISHED.search(line):
            fail(path, number, "unfinished work belongs in the docs")
sys.exit(1 if failures else 0)
