/* Limits by setrlimit and timers, the filter of system calls by seccomp (a program of the kernel's
 * packet filter, see seccomp(2)). Written out, since it is short and libseccomp would be one more
 * library to trust. */
#include "base/sandbox.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define UNDER_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define UNDER_SANITIZER 1
#endif
#endif
#ifndef UNDER_SANITIZER
#define UNDER_SANITIZER 0
#endif

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define ARCHITECTURE AUDIT_ARCH_RISCV64
#endif

cornu_status cornu_sandbox_size_(int descriptor, uint64_t *size) {
    struct stat about;
    if (fstat(descriptor, &about) != 0 || about.st_size < 0) {
        CORNU_FAIL(CORNU_EIO, "descriptor %d: %s", descriptor, strerror(errno));
    }
    *size = (uint64_t)about.st_size;
    return CORNU_OK;
}

_Noreturn void cornu_sandbox_leave_(int status) { _exit(status); }

void cornu_sandbox_limit_(unsigned seconds) {
    struct itimerval work = {.it_value.tv_sec = seconds};
    (void)setitimer(ITIMER_PROF, &work, NULL);
    (void)alarm(seconds * 10);
}

static void close_from(int first) {
#ifdef SYS_close_range
    if (syscall(SYS_close_range, (unsigned)first, ~0U, 0) == 0) return;
#endif
    long limit = sysconf(_SC_OPEN_MAX);
    if (limit < 0 || limit > 65536) limit = 65536;
    for (int i = first; i < (int)limit; i++) (void)close(i);
}

static bool limit(int resource, rlim_t most) {
    const struct rlimit both = {most, most};
    return setrlimit(resource, &both) == 0;
}

#if defined(ARCHITECTURE) && !UNDER_SANITIZER

#define LOAD(field)                                                                                \
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (unsigned)offsetof(struct seccomp_data, field))
#define ARGUMENT(i)                                                                                \
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (unsigned)offsetof(struct seccomp_data, args[i]))
#define RETURN(what) BPF_STMT(BPF_RET | BPF_K, what)
/* equal: go on with the next; otherwise pass over `n` */
#define UNLESS_PASS(value, n) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)(value), 0, n)
#define ALLOW(call) UNLESS_PASS(__NR_##call, 1), RETURN(SECCOMP_RET_ALLOW)
/* allowed if the lower half of an argument, a descriptor, is this */
#define ALLOW_ON(call, descriptor)                                                                 \
    UNLESS_PASS(__NR_##call, 4), ARGUMENT(0), UNLESS_PASS(descriptor, 1),                          \
        RETURN(SECCOMP_RET_ALLOW), RETURN(SECCOMP_RET_KILL_PROCESS)
/* allowed if memory does not become executable */
#define ALLOW_DATA(call)                                                                           \
    UNLESS_PASS(__NR_##call, 4), ARGUMENT(2),                                                      \
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 1, 0), RETURN(SECCOMP_RET_ALLOW),          \
        RETURN(SECCOMP_RET_KILL_PROCESS)

static bool filter_calls(int channel) {
    struct sock_filter program[] = {
        LOAD(arch),
        UNLESS_PASS(ARCHITECTURE, 1),
        BPF_JUMP(BPF_JMP | BPF_JA, 1, 0, 0),
        RETURN(SECCOMP_RET_KILL_PROCESS),
        LOAD(nr),
        ALLOW(pread64),
        ALLOW_ON(read, channel),
        ALLOW_ON(write, channel),
        ALLOW_DATA(mmap),
        ALLOW_DATA(mprotect),
        ALLOW(munmap),
        ALLOW(mremap),
        ALLOW(madvise),
        ALLOW(brk),
        ALLOW(futex),
        ALLOW(setitimer),
#ifdef __NR_alarm
        ALLOW(alarm),
#endif
        ALLOW(clock_gettime),
        ALLOW(gettimeofday),
        ALLOW(getrandom),
        ALLOW(close),
        ALLOW(restart_syscall),
        ALLOW(rt_sigreturn),
        ALLOW(exit_group),
        RETURN(SECCOMP_RET_KILL_PROCESS),
    };
    const struct sock_fprog whole = {sizeof program / sizeof program[0], program};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &whole) == 0;
}

#elif UNDER_SANITIZER

static bool filter_calls(int channel) {
    (void)channel;
    return true;
}

#else

static bool filter_calls(int channel) {
    (void)channel;
    errno = ENOSYS;
    return false;
}

#endif

cornu_status cornu_sandbox_enter_(int channel, int last, uint64_t memory) {
    close_from(last + 1);
    bool limited = limit(RLIMIT_CORE, 0) && limit(RLIMIT_NOFILE, (rlim_t)last + 1);
    if (!UNDER_SANITIZER) limited = limited && limit(RLIMIT_DATA, (rlim_t)memory);
    if (limited && filter_calls(channel)) return CORNU_OK;
    CORNU_FAIL(CORNU_EUNSUPPORTED, "this system cannot confine a process: %s", strerror(errno));
}
