// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Lets a program that was linked here start where glibc is as old as 2.17 (x86-64). A link binds each name to
// the newest version that this machine's glibc has, also where the old one does the same. What is defined
// here, hidden, is what the program's own objects and the static libstdc++ inside it find first; it goes on
// to the old version, which every later glibc still has, or to the kernel. tools/gpu-bundle refuses a program
// that needs more.
#include <link.h>
#include <pthread.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

/// `name` jumps to the version of itself that glibc has had since `version`: whatever its arguments are.
#define SENNIT_OLD(name, version)                                                                            \
  asm(".pushsection .text." #name ",\"ax\",@progbits\n"                                                      \
      ".globl " #name "\n.hidden " #name "\n.type " #name ", @function\n" #name ":\n"                        \
      "  jmp *old_" #name "@GOTPCREL(%rip)\n.size " #name ", .-" #name "\n"                                  \
      ".symver old_" #name ", " #name "@GLIBC_" version "\n.popsection\n")

// Moved into libc.so with glibc 2.34; until then they were in libpthread and libdl, which the link names.
SENNIT_OLD(pthread_create, "2.2.5");
SENNIT_OLD(pthread_detach, "2.2.5");
SENNIT_OLD(pthread_getspecific, "2.2.5");
SENNIT_OLD(pthread_join, "2.2.5");
SENNIT_OLD(pthread_key_create, "2.2.5");
SENNIT_OLD(__pthread_key_create, "2.2.5");
SENNIT_OLD(pthread_key_delete, "2.2.5");
SENNIT_OLD(pthread_mutex_trylock, "2.2.5");
SENNIT_OLD(pthread_once, "2.2.5");
SENNIT_OLD(pthread_rwlock_rdlock, "2.2.5");
SENNIT_OLD(pthread_rwlock_unlock, "2.2.5");
SENNIT_OLD(pthread_rwlock_wrlock, "2.2.5");
SENNIT_OLD(pthread_setspecific, "2.2.5");
SENNIT_OLD(pthread_sigmask, "2.2.5");
SENNIT_OLD(dladdr, "2.2.5");
SENNIT_OLD(dlclose, "2.2.5");
SENNIT_OLD(dlerror, "2.2.5");
SENNIT_OLD(dlopen, "2.2.5");
SENNIT_OLD(dlsym, "2.2.5");
// New versions only stopped setting errno.
SENNIT_OLD(exp, "2.2.5");
SENNIT_OLD(exp2f, "2.2.5");
SENNIT_OLD(expf, "2.2.5");
SENNIT_OLD(log, "2.2.5");
SENNIT_OLD(log2f, "2.2.5");
SENNIT_OLD(logf, "2.2.5");
SENNIT_OLD(pow, "2.2.5");
SENNIT_OLD(powf, "2.2.5");

#define SENNIT_OWN extern "C" __attribute__((visibility("hidden")))

using Main = int (*)(int, char **, char **);
extern "C" int oldStart(Main main, int argc, char **argv, void (*init)(int, char **, char **), void (*fini)(),
                        void (*linkerFini)(), void *stack) __attribute__((visibility("default")));
asm(".symver oldStart, __libc_start_main@GLIBC_2.2.5");

using Constructor = void (*)(int, char **, char **);
extern "C" __attribute__((visibility("hidden"))) Constructor __preinit_array_start[], __preinit_array_end[],
    __init_array_start[], __init_array_end[];
extern "C" __attribute__((visibility("hidden"))) void _init();

/// Start code of today leaves constructors to glibc; before 2.34 they were the program's own business.
static void construct(int argc, char **argv, char **environment) {
  for (Constructor *one = __preinit_array_start; one != __preinit_array_end; ++one)
    (*one)(argc, argv, environment);
  _init();
  for (Constructor *one = __init_array_start; one != __init_array_end; ++one)
    (*one)(argc, argv, environment);
}

SENNIT_OWN int __libc_start_main(Main main, int argc, char **argv, void (*)(int, char **, char **),
                                 void (*)(), void (*linkerFini)(), void *stack) {
  return oldStart(main, argc, argv, construct, nullptr, linkerFini, stack);
}

/// Never true: reference counts are always changed atomically, which is right with any number of threads.
extern "C" __attribute__((visibility("hidden"))) char __libc_single_threaded;
char __libc_single_threaded = 0;

// Until 2.33 these were macros over functions of another form. The kernel's structure is the one of x86-64.
SENNIT_OWN int stat(const char *path, struct stat *out) noexcept {
  return int(syscall(SYS_stat, path, out));
}
SENNIT_OWN int lstat(const char *path, struct stat *out) noexcept {
  return int(syscall(SYS_lstat, path, out));
}
SENNIT_OWN int fstat(int file, struct stat *out) noexcept {
  return int(syscall(SYS_fstat, file, out));
}
SENNIT_OWN int fstatat(int folder, const char *path, struct stat *out, int flags) noexcept {
  return int(syscall(SYS_newfstatat, folder, path, out, flags));
}
SENNIT_OWN int stat64(const char *path, struct stat64 *out) noexcept {
  return int(syscall(SYS_stat, path, out));
}
SENNIT_OWN int lstat64(const char *path, struct stat64 *out) noexcept {
  return int(syscall(SYS_lstat, path, out));
}
SENNIT_OWN int fstat64(int file, struct stat64 *out) noexcept {
  return int(syscall(SYS_fstat, file, out));
}

SENNIT_OWN int memfd_create(const char *name, unsigned flags) noexcept {
  return int(syscall(SYS_memfd_create, name, flags));
}

/// Waits by the clock that old conditions know: until as long from now as `deadline` is by `clock`.
SENNIT_OWN int pthread_cond_clockwait(pthread_cond_t *condition, pthread_mutex_t *mutex, clockid_t clock,
                                      const timespec *deadline) {
  timespec now{}, real{};
  clock_gettime(clock, &now);
  clock_gettime(CLOCK_REALTIME, &real);
  constexpr int64_t second = 1000000000;
  const int64_t left = (deadline->tv_sec - now.tv_sec) * second + deadline->tv_nsec - now.tv_nsec;
  const int64_t nanoseconds = real.tv_nsec + (left > 0 ? left : 0);
  real.tv_sec += nanoseconds / second;
  real.tv_nsec = nanoseconds % second;
  return pthread_cond_timedwait(condition, mutex, &real);
}

/// Where the table of stack frames of the code at `pc` lies, for exceptions; glibc has it since 2.35.
SENNIT_OWN int _dl_find_object(void *pc, dl_find_object *out) noexcept {
  struct Search {
    uintptr_t pc;
    dl_find_object *out;
  } search{reinterpret_cast<uintptr_t>(pc), out};
  const auto look = [](dl_phdr_info *info, size_t, void *data) {
    Search &wanted = *static_cast<Search *>(data);
    const void *frames = nullptr;
    uintptr_t begin = 0, end = 0;
    for (int i = 0; i < info->dlpi_phnum; ++i) {
      const ElfW(Phdr) &part = info->dlpi_phdr[i];
      const uintptr_t at = info->dlpi_addr + part.p_vaddr;
      if (part.p_type == PT_LOAD && at <= wanted.pc && wanted.pc < at + part.p_memsz) {
        begin = at;
        end = at + part.p_memsz;
      }
      if (part.p_type == PT_GNU_EH_FRAME)
        frames = reinterpret_cast<const void *>(at);
    }
    if (!end || !frames)
      return 0;
    *wanted.out = {};
    wanted.out->dlfo_map_start = reinterpret_cast<void *>(begin);
    wanted.out->dlfo_map_end = reinterpret_cast<void *>(end);
    wanted.out->dlfo_eh_frame = const_cast<void *>(frames);
    return 1;
  };
  return dl_iterate_phdr(look, &search) == 1 ? 0 : -1;
}
