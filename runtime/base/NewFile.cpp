// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/base/NewFile.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace sennit {

using std::to_string;

namespace {

Status fileError(const std::string &path, const char *action, int error) {
  const Code code = error == ENOSPC || error == EDQUOT || error == EFBIG || error == ENOMEM
                        ? Code::ResourceExhausted
                        : Code::InvalidInput;
  return {code, path + ": cannot " + action + ": " + std::strerror(error)};
}

std::string folderOf(const std::string &path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
}

} // namespace

StatusOr<std::unique_ptr<NewFile>> NewFile::create(const std::string &path, const std::string &what) {
  std::unique_ptr<NewFile> file(new NewFile(path));
  struct stat info;
  if (::stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode))
    return invalidInput(path + ": expected a file name to write " + what + " to, found " +
                        (S_ISDIR(info.st_mode) ? "a folder" : "something that is not a plain file"));
  // A file without a name vanishes with the process, however that ends.
  file->descriptor = ::open(folderOf(path).c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0666);
  if (file->descriptor >= 0)
    return file;
  if (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL && errno != ENOENT)
    return fileError(path, "create it", errno);
  const std::string name = path + ".partial-" + to_string(::getpid());
  file->descriptor = ::open(name.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0666);
  if (file->descriptor < 0)
    return fileError(path, "create it", errno);
  file->temporaryPath = name;
  return file;
}

NewFile::~NewFile() {
  if (descriptor >= 0)
    ::close(descriptor);
  if (!temporaryPath.empty())
    ::unlink(temporaryPath.c_str());
}

Status NewFile::resize(uint64_t bytes) {
  if (::ftruncate(descriptor, off_t(bytes)) != 0)
    return fileError(target, "make room for it", errno);
  return {};
}

Status NewFile::writeAt(uint64_t offset, const void *data, size_t bytes) {
  const char *from = static_cast<const char *>(data);
  while (bytes > 0) {
    const ssize_t written = ::pwrite(descriptor, from, bytes, off_t(offset));
    if (written < 0 && errno == EINTR)
      continue;
    if (written <= 0)
      return fileError(target, "write to it", written < 0 ? errno : ENOSPC);
    from += written;
    offset += uint64_t(written);
    bytes -= size_t(written);
  }
  return {};
}

Status NewFile::publish() {
  if (::fsync(descriptor) != 0)
    return fileError(target, "write to it", errno);
  if (temporaryPath.empty()) {
    // Give the nameless file a name beside the target, since only rename can replace an existing file.
    const std::string name = target + ".partial-" + to_string(::getpid());
    const std::string handle = "/proc/self/fd/" + to_string(descriptor);
    ::unlink(name.c_str());
    if (::linkat(AT_FDCWD, handle.c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW) != 0)
      return fileError(target, "give it its name", errno);
    temporaryPath = name;
  }
  if (::rename(temporaryPath.c_str(), target.c_str()) != 0)
    return fileError(target, "give it its name", errno);
  temporaryPath.clear();
  // The name itself lives in the folder; a folder that cannot be synced is no reason to fail.
  if (const int folder = ::open(folderOf(target).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); folder >= 0) {
    (void)::fsync(folder);
    ::close(folder);
  }
  return {};
}

} // namespace sennit
