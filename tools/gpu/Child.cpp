// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/gpu/Child.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstring>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

namespace sennit::gpu {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double stopSeconds = .1; ///< how often `stop` is looked at
constexpr size_t mostOutput = size_t(64) << 20;

/// The reading end of a pipe whose writing end the child has.
struct Stream {
  int read = -1, write = -1;
  std::string *text = nullptr;

  bool open() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
      return false;
    read = ends[0];
    write = ends[1];
    return true;
  }
  void closeWrite() {
    if (write >= 0)
      close(write);
    write = -1;
  }
  void closeRead() {
    if (read >= 0)
      close(read);
    read = -1;
  }
  ~Stream() {
    closeWrite();
    closeRead();
  }
};

double since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// 0, or errno.
int start(const std::vector<std::string> &command, const Stream &output, const Stream &errors, pid_t &pid) {
  std::vector<char *> arguments;
  for (const std::string &part : command)
    arguments.push_back(const_cast<char *>(part.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, output.write, 1);
  posix_spawn_file_actions_adddup2(&actions, errors.write, 2);
  // A group of its own, so that all of it can be killed.
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  posix_spawnattr_setpgroup(&attributes, 0);
  const int failed = posix_spawn(&pid, arguments[0], &actions, &attributes, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  return failed;
}

/// Takes what has come; false at the end of the stream.
bool take(Stream &stream) {
  char buffer[1 << 16];
  const ssize_t count = ::read(stream.read, buffer, sizeof buffer);
  if (count < 0)
    return errno == EINTR || errno == EAGAIN;
  if (count == 0)
    return false;
  const size_t room = mostOutput - std::min(mostOutput, stream.text->size());
  stream.text->append(buffer, std::min(size_t(count), room));
  return true;
}

} // namespace

std::string ChildEnd::text() const {
  switch (kind) {
  case Kind::Exited:
    return "exit code " + std::to_string(code);
  case Kind::Signalled:
    return "killed by signal " + std::to_string(code);
  case Kind::TimedOut:
    return "no end within " + std::to_string(int(std::lround(seconds))) + " s";
  case Kind::NotStarted:
    return std::string("cannot be started: ") + std::strerror(code);
  }
  return "";
}

ChildEnd runChild(const std::vector<std::string> &command, double limit, const std::atomic<bool> *stop) {
  const Clock::time_point begin = Clock::now();
  ChildEnd end;
  Stream output, errors;
  output.text = &end.output;
  errors.text = &end.errors;
  pid_t pid = -1;
  if (!output.open() || !errors.open() || (end.code = start(command, output, errors, pid)) != 0) {
    end.code = end.code ? end.code : errno;
    end.kind = ChildEnd::Kind::NotStarted;
    return end;
  }
  output.closeWrite();
  errors.closeWrite();
  bool killed = false;
  // Until both streams end: also a grandchild may hold them, and then its end or the limit is waited for.
  while (output.read >= 0 || errors.read >= 0) {
    const double left = limit - since(begin);
    if (left <= 0 || (stop && stop->load())) {
      kill(-pid, SIGKILL);
      killed = true;
      break;
    }
    std::array<pollfd, 2> polled{{{output.read, POLLIN, 0}, {errors.read, POLLIN, 0}}};
    if (poll(polled.data(), polled.size(), int(std::min(left, stopSeconds) * 1000 + 1)) <= 0)
      continue;
    if (polled[0].revents && !take(output))
      output.closeRead();
    if (polled[1].revents && !take(errors))
      errors.closeRead();
  }
  int status = 0;
  while (waitpid(pid, &status, killed ? 0 : WNOHANG) == 0) {
    if (since(begin) > limit) {
      kill(-pid, SIGKILL);
      killed = true;
    } else {
      usleep(1000); // its streams are closed: the end is near
    }
  }
  end.seconds = since(begin);
  if (killed) {
    end.kind = ChildEnd::Kind::TimedOut;
  } else if (WIFSIGNALED(status)) {
    end.kind = ChildEnd::Kind::Signalled;
    end.code = WTERMSIG(status);
  } else {
    end.code = WEXITSTATUS(status);
  }
  return end;
}

} // namespace sennit::gpu
