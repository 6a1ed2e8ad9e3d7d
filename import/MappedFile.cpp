// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "import/MappedFile.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

using namespace sennit;

MappedFile::MappedFile(MappedFile &&other) noexcept {
  *this = std::move(other);
}

MappedFile &MappedFile::operator=(MappedFile &&other) noexcept {
  std::swap(filePath, other.filePath);
  std::swap(base, other.base);
  std::swap(length, other.length);
  return *this;
}

MappedFile::~MappedFile() {
  if (base)
    munmap(const_cast<uint8_t *>(base), length);
}

StatusOr<MappedFile> MappedFile::open(const std::string &path) {
  MappedFile file;
  file.filePath = path;
  // O_NONBLOCK: opening a pipe must not hang; it has no effect on regular files.
  int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0)
    return invalidInput(path + ": cannot open: " + std::strerror(errno));
  struct stat info;
  if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
    ::close(fd);
    return invalidInput(path + ": expected a regular file");
  }
  file.length = static_cast<size_t>(info.st_size);
  if (file.length != 0) {
    void *mapped = mmap(nullptr, file.length, PROT_READ, MAP_PRIVATE, fd, 0);
    if (mapped == MAP_FAILED) {
      int error = errno;
      ::close(fd);
      return Status(Code::ResourceExhausted, path + ": cannot map: " + std::strerror(error));
    }
    file.base = static_cast<const uint8_t *>(mapped);
  }
  ::close(fd);
  return file;
}
