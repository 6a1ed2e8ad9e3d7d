// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "codegen/cuda/compile/RunProgram.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

namespace sennit {

StatusOr<ProgramResult> runProgram(const std::vector<std::string> &arguments, const std::string &folder) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0)
    return resourceExhausted(std::string("cannot make a pipe: ") + std::strerror(errno));
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
  ::posix_spawn_file_actions_adddup2(&actions, ends[1], 2);
  if (!folder.empty())
    ::posix_spawn_file_actions_addchdir_np(&actions, folder.c_str());
  std::vector<char *> argv;
  for (const std::string &argument : arguments)
    argv.push_back(const_cast<char *>(argument.c_str()));
  argv.push_back(nullptr);
  pid_t child = 0;
  const int error = ::posix_spawn(&child, argv[0], &actions, nullptr, argv.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  ProgramResult result;
  char buffer[1 << 14];
  for (ssize_t count; error == 0 && (count = ::read(ends[0], buffer, sizeof buffer)) != 0;) {
    if (count < 0 && errno != EINTR)
      break;
    if (count > 0)
      result.output.append(buffer, size_t(count));
  }
  ::close(ends[0]);
  if (error != 0)
    return Status(Code::Unavailable, "cannot start " + arguments[0] + ": " + std::strerror(error));
  int state = 0;
  while (::waitpid(child, &state, 0) < 0 && errno == EINTR) {
  }
  result.exitCode = WIFSIGNALED(state) ? 128 + WTERMSIG(state) : WEXITSTATUS(state);
  return result;
}

} // namespace sennit
