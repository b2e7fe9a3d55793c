/* Helper programs by posix_spawn, which is safe in a program with threads where fork is not, and a
 * socket pair. */
#include "base/process.h"

#include "base/clock.h"
#include "base/memory.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- where it is ----------------------------------------------------------------------------- */

/* Takes a path; gives it back if a program stands there. */
static char *executable(char *path) {
    if (path && access(path, X_OK) == 0) return path;
    cornu_free_(path);
    return NULL;
}

/* This code is in libcornu.so, or in a program that it was linked into: dladdr tells the former,
 * and for the latter what the program was called by, which may need the system's help. */
static char *own_folder(void) {
    char program[4096];
    Dl_info about;
    static const char here = 0;
    const char *file = dladdr(&here, &about) && about.dli_fname ? about.dli_fname : "";
    if (!strstr(file, ".so")) {
        ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
        if (length <= 0) {
            (void
            )cornu_error_set(CORNU_EIO, __FILE__, __LINE__, "/proc/self/exe: %s", strerror(errno));
            return NULL;
        }
        program[length] = '\0';
        file = program;
    }
    char *real = realpath(file, NULL);
    char *folder = cornu_strdup_(real ? real : file);
    free(real); /* from the C library */
    char *slash = folder ? strrchr(folder, '/') : NULL;
    if (slash) *slash = '\0';
    return folder;
}

char *cornu_process_find_(const char *variable, const char *name) {
    const char *chosen = secure_getenv(variable);
    if (chosen && *chosen) {
        char *path = cornu_strdup_(chosen);
        if (!path) return NULL;
        path = executable(path);
        if (path) return path;
        CORNU_FAIL_NULL(
            CORNU_EUNSUPPORTED, "%s: there is no program '%s', which %s names", name, chosen,
            variable
        );
    }
    /* from bin/, lib/, lib/x86_64-linux-gnu/ and the folders of a build */
    static const char *const up[] = {"", "/..", "/../..", "/../../.."};
    char *folder = own_folder();
    char *path = NULL;
    bool memory = folder != NULL;
    for (size_t i = 0; memory && !path && i < sizeof up / sizeof up[0]; i++) {
        path = cornu_format_("%s%s/libexec/cornu/%s", folder, up[i], name);
        memory = path != NULL;
        path = executable(path);
    }
    if (!path && memory) {
        (void)cornu_error_set(
            CORNU_EUNSUPPORTED, __FILE__, __LINE__,
            "the program libexec/cornu/%s was not found near %s; %s can name it; "
            "files that you trust can be read without it",
            name, folder, variable
        );
    }
    cornu_free_(folder);
    return path;
}

/* ---- starting -------------------------------------------------------------------------------- */

/* What the dynamic loader and the sanitizers ask for; nothing that steers HDF5. */
static size_t choose_environment(char **environment, size_t room) {
    static const char *const kept[] = {
        "LD_LIBRARY_PATH=", "ASAN_OPTIONS=", "UBSAN_OPTIONS=", "TSAN_OPTIONS=",
        "LLVM_PROFILE_FILE="};
    size_t count = 0;
    for (char **entry = environ; entry && *entry; entry++) {
        for (size_t i = 0; i < sizeof kept / sizeof kept[0] && count + 1 < room; i++) {
            if (strncmp(*entry, kept[i], strlen(kept[i])) == 0) environment[count++] = *entry;
        }
    }
    environment[count] = NULL;
    return count;
}

/* Copies above all numbers that the helper uses, so that giving it one does not take away another.
 */
static bool lift(int *lifted, int channel, const int *descriptors, size_t count) {
    bool complete = true;
    for (size_t i = 0; i <= count; i++) {
        lifted[i] = fcntl(i ? descriptors[i - 1] : channel, F_DUPFD_CLOEXEC, 16);
        complete = complete && lifted[i] >= 0;
    }
    return complete;
}

static int prepare_files(posix_spawn_file_actions_t *files, const int *lifted, size_t count) {
    int code = posix_spawn_file_actions_addopen(files, 0, "/dev/null", O_RDWR, 0);
    if (!code) code = posix_spawn_file_actions_adddup2(files, 0, 1);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    if (!code) code = posix_spawn_file_actions_adddup2(files, 0, 2); /* else for reports */
#endif
    for (size_t i = 0; i <= count && !code; i++) {
        code = posix_spawn_file_actions_adddup2(files, lifted[i], CORNU_PROCESS_CHANNEL + (int)i);
    }
    return code;
}

/* No signal is blocked or ignored there, and the terminal's do not reach it. */
static int prepare_signals(posix_spawnattr_t *attributes) {
    sigset_t none, all;
    (void)sigemptyset(&none);
    (void)sigfillset(&all);
    int code = posix_spawnattr_setsigmask(attributes, &none);
    if (!code) code = posix_spawnattr_setsigdefault(attributes, &all);
    if (!code) code = posix_spawnattr_setpgroup(attributes, 0);
    if (code) return code;
    return posix_spawnattr_setflags(
        attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP
    );
}

static int spawn(pid_t *id, const char *program, const int *lifted, size_t count) {
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    char *environment[16];
    char *arguments[] = {(char *)(uintptr_t)program, NULL};
    int code = posix_spawn_file_actions_init(&files);
    if (code) return code;
    code = posix_spawnattr_init(&attributes);
    if (!code) {
        (void)choose_environment(environment, sizeof environment / sizeof environment[0]);
        code = prepare_files(&files, lifted, count);
        if (!code) code = prepare_signals(&attributes);
        if (!code) code = posix_spawn(id, program, &files, &attributes, arguments, environment);
        (void)posix_spawnattr_destroy(&attributes);
    }
    (void)posix_spawn_file_actions_destroy(&files);
    return code;
}

cornu_status cornu_process_start_(
    cornu_process *process, const char *program, const int *descriptors, size_t count
) {
    *process = (cornu_process){.handle = -1, .channel = -1};
    int ends[2], lifted[1 + CORNU_PROCESS_MOST];
    if (count > CORNU_PROCESS_MOST) CORNU_FAIL(CORNU_EINVAL, "%zu descriptors", count);
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
        CORNU_FAIL(CORNU_EIO, "'%s' cannot be started: %s", program, strerror(errno));
    }
    pid_t id = 0;
    int code =
        lift(lifted, ends[1], descriptors, count) ? spawn(&id, program, lifted, count) : EMFILE;
    for (size_t i = 0; i <= count; i++) {
        if (lifted[i] >= 0) (void)close(lifted[i]);
    }
    (void)close(ends[1]);
    if (code) {
        (void)close(ends[0]);
        CORNU_FAIL(CORNU_EIO, "'%s' cannot be started: %s", program, strerror(code));
    }
    *process = (cornu_process){.id = id, .handle = -1, .channel = ends[0]};
#ifdef SYS_pidfd_open
    process->handle = (int)syscall(SYS_pidfd_open, id, 0);
#endif
    return CORNU_OK;
}

/* ---- ending ---------------------------------------------------------------------------------- */

static void kill_process(const cornu_process *process) {
#ifdef SYS_pidfd_send_signal
    if (process->handle >= 0) {
        (void)syscall(SYS_pidfd_send_signal, process->handle, SIGKILL, NULL, 0);
        return;
    }
#endif
    (void)kill(process->id, SIGKILL);
}

/* How it ended; -1 if somebody else in this program waited for it. */
static int wait_for(const cornu_process *process) {
    int how = 0;
    pid_t got;
    do {
        got = waitpid(process->id, &how, 0);
    } while (got < 0 && errno == EINTR);
    return got == process->id ? how : -1;
}

static int end(cornu_process *process) {
    int how = -1;
    if (process->channel >= 0) (void)close(process->channel);
    if (process->id > 0) {
        kill_process(process); /* nothing happens to one that is dead already */
        how = wait_for(process);
    }
    if (process->handle >= 0) (void)close(process->handle);
    *process = (cornu_process){.handle = -1, .channel = -1};
    return how;
}

void cornu_process_end_(cornu_process *process) { (void)end(process); }

/* The other side is gone: says what became of it. */
static cornu_status fail_gone(cornu_process *process) {
    int how = end(process);
    if (how >= 0 && WIFSIGNALED(how)) {
        int number = WTERMSIG(how);
        const char *why = number == SIGSYS                         ? "it tried what it may not do"
                          : number == SIGPROF || number == SIGALRM ? "it took too long"
                          : number == SIGKILL                      ? "it was killed"
                                                                   : strsignal(number);
        CORNU_FAIL(CORNU_EFORMAT, "the reader came to a sudden end: %s", why);
    }
    if (how >= 0 && WEXITSTATUS(how) == 127) {
        CORNU_FAIL(CORNU_EIO, "the reader cannot be started (is a library that it needs missing?)");
    }
    CORNU_FAIL(CORNU_EFORMAT, "the reader came to a sudden end");
}

/* ---- speaking -------------------------------------------------------------------------------- */

cornu_status cornu_process_send_(cornu_process *process, const void *data, size_t size) {
    const char *from = data;
    if (process->channel < 0) CORNU_FAIL(CORNU_EFORMAT, "the reader came to an end before");
    while (size) {
        ssize_t done = send(process->channel, from, size, MSG_NOSIGNAL);
        if (done < 0 && errno == EINTR) continue;
        if (done <= 0) return fail_gone(process);
        from += done;
        size -= (size_t)done;
    }
    return CORNU_OK;
}

/* Waits until there is something to read. */
static bool readable(int channel, double deadline) {
    for (;;) {
        double left = deadline - cornu_clock_seconds_();
        if (left <= 0) return false;
        struct pollfd what = {.fd = channel, .events = POLLIN};
        int got = poll(&what, 1, left > 1000 ? 1000000 : (int)(left * 1000) + 1);
        if (got > 0) return true;
        if (got < 0 && errno != EINTR) return true; /* reading will tell */
    }
}

cornu_status cornu_process_receive_(
    cornu_process *process, void *data, size_t size, double seconds
) {
    char *to = data;
    double deadline = cornu_clock_seconds_() + seconds;
    if (process->channel < 0) CORNU_FAIL(CORNU_EFORMAT, "the reader came to an end before");
    while (size) {
        if (!readable(process->channel, deadline)) {
            cornu_process_end_(process);
            CORNU_FAIL(CORNU_EFORMAT, "the reader gave no answer in %.0f seconds", seconds);
        }
        ssize_t got = recv(process->channel, to, size, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return fail_gone(process);
        to += got;
        size -= (size_t)got;
    }
    return CORNU_OK;
}

/* ---- in the helper --------------------------------------------------------------------------- */

bool cornu_channel_send_(const void *data, size_t size) {
    const char *from = data;
    while (size) {
        ssize_t done = write(CORNU_PROCESS_CHANNEL, from, size);
        if (done < 0 && errno == EINTR) continue;
        if (done <= 0) return false;
        from += done;
        size -= (size_t)done;
    }
    return true;
}

bool cornu_channel_receive_(void *data, size_t size) {
    char *to = data;
    while (size) {
        ssize_t got = read(CORNU_PROCESS_CHANNEL, to, size);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return false;
        to += got;
        size -= (size_t)got;
    }
    return true;
}
