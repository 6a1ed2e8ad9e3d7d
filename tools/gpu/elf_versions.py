# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: Sennit contributors
"""What an ELF program needs of shared libraries, read from its own tables: which libraries, and which versions of them.

usage: elf_versions.py PROGRAM NEWEST   (exit code 1 where a version of glibc newer than NEWEST, "2.17", is needed)
"""
import struct
import sys

PT_LOAD, PT_DYNAMIC = 1, 2
DT_NEEDED, DT_STRTAB, DT_VERNEED, DT_VERNEEDNUM = 1, 5, 0x6FFFFFFE, 0x6FFFFFFF


class Elf:
    def __init__(self, data):
        if data[:6] != b"\x7fELF\x02\x01":
            raise ValueError("expected a little-endian 64-bit ELF file, found another")
        self.data = data
        offset, = struct.unpack_from("<Q", data, 32)
        size, count = struct.unpack_from("<HH", data, 54)
        headers = [struct.unpack_from("<IIQQQQQQ", data, offset + i * size) for i in range(count)]
        self.loads = [(address, place, bytes_) for kind, _, place, address, _, bytes_, _, _ in headers
                      if kind == PT_LOAD]
        dynamic = [(place, bytes_) for kind, _, place, _, _, bytes_, _, _ in headers if kind == PT_DYNAMIC]
        if not dynamic:
            raise ValueError("expected a dynamic program, found none of its tables")
        place, bytes_ = dynamic[0]
        self.entries = [struct.unpack_from("<QQ", data, place + i * 16) for i in range(bytes_ // 16)]
        self.entries = self.entries[:next((i for i, e in enumerate(self.entries) if e[0] == 0), len(self.entries))]
        self.strings = self.place(self.value(DT_STRTAB))

    def value(self, tag):
        return next((value for found, value in self.entries if found == tag), 0)

    def place(self, address):
        for begin, place, bytes_ in self.loads:
            if begin <= address < begin + bytes_:
                return address - begin + place
        raise ValueError(f"address {address:#x} is in no part of the file")

    def text(self, offset):
        begin = self.strings + offset
        return self.data[begin:self.data.index(b"\0", begin)].decode()


def needs(path):
    """(libraries, [(library, version)]) of a program: ("libc.so.6", "GLIBC_2.17")."""
    with open(path, "rb") as file:
        elf = Elf(file.read())
    libraries = [elf.text(value) for tag, value in elf.entries if tag == DT_NEEDED]
    versions, count = [], elf.value(DT_VERNEEDNUM)
    place = elf.place(elf.value(DT_VERNEED)) if count else 0
    for _ in range(count):
        _, entries, file, first, following = struct.unpack_from("<HHIII", elf.data, place)
        at = place + first
        for _ in range(entries):
            _, _, _, name, step = struct.unpack_from("<IHHII", elf.data, at)
            versions.append((elf.text(file), elf.text(name)))
            at += step
        place += following
    return libraries, versions


def number(version):
    return tuple(int(part) for part in version.removeprefix("GLIBC_").split("."))


def offences(path, newest, libraries):
    """Sentences about what a program needs beyond glibc `newest` and these libraries."""
    needed, versions = needs(path)
    found = [f"{path} needs {name}" for name in needed if name not in libraries]
    for library, version in versions:
        if not version.startswith("GLIBC_") or number(version) > number(newest):
            found.append(f"{path} needs {version} of {library}")
    return found


# Parts of glibc; libstdc++ and libgcc_s are inside a portable program.
GLIBC = ("libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0", "librt.so.1", "ld-linux-x86-64.so.2")

if __name__ == "__main__":
    problems = offences(sys.argv[1], sys.argv[2], GLIBC)
    print("\n".join(problems))
    sys.exit(1 if problems else 0)
