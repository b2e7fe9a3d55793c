/* Files by POSIX calls. A durable write is: a new file in the target's folder, fsync, rename, fsync
 * of the folder; a crash at any moment leaves either the old file or the new one. */
#include "base/file.h"

#include "base/entropy.h"
#include "base/input.h"
#include "base/memory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { buffer_size = 1 << 16 };

bool cornu_file_locking_(void) {
    const char *wanted = getenv("CORNU_FILE_LOCKING");
    return wanted && strcmp(wanted, "1") == 0;
}

bool cornu_file_exists_(const char *path) { return access(path, F_OK) == 0; }

bool cornu_folder_exists_(const char *path) {
    struct stat about;
    return stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

cornu_status cornu_file_read_(const char *path, size_t limit, char **data, size_t *size) {
    *data = NULL;
    *size = 0;
    cornu_input *input = NULL;
    CORNU_TRY(cornu_input_open_(&input, path));
    cornu_status status = cornu_input_all_(input, limit, data, size);
    cornu_input_close_(input);
    return status;
}

/* ---- writing ---- */

/* The file that the path names, through symbolic links: renaming over a link would replace the
 * link. *new*. */
static char *resolve(const char *path) {
    char *real = realpath(path, NULL);
    char *target = cornu_strdup_(real ? real : path);
    free(real); /* from the C library */
    return target;
}

/* ---- what killed processes left ---- */
/* A writer holds a lock on its temporary file for as long as it lives; a file that can be locked
 * belongs to nobody any more. */

static bool lock(int file) { return flock(file, LOCK_EX | LOCK_NB) == 0; }

/* "<target>.xxxxxxxx.tmp" */
static bool is_temporary_of(const char *name, const char *target) {
    size_t length = strlen(target);
    if (strncmp(name, target, length) != 0 || name[length] != '.') return false;
    const char *digits = name + length + 1;
    return strspn(digits, "0123456789abcdef") == 8 && strcmp(digits + 8, ".tmp") == 0;
}

static void remove_if_left(int folder, const char *name) {
    int file = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (file < 0) return;
    if (lock(file)) (void)unlinkat(folder, name, 0);
    (void)close(file);
}

static cornu_status remove_left(const char *target) {
    const char *slash = strrchr(target, '/');
    char *folder = slash ? cornu_format_("%.*s", (int)(slash - target) + 1, target) : NULL;
    if (slash && !folder) return CORNU_ENOMEM;
    DIR *entries = opendir(folder ? folder : ".");
    for (struct dirent *entry; entries && (entry = readdir(entries));)
        if (is_temporary_of(entry->d_name, slash ? slash + 1 : target))
            remove_if_left(dirfd(entries), entry->d_name);
    if (entries) (void)closedir(entries);
    cornu_free_(folder);
    return CORNU_OK;
}

/* The file's lock; false if it was taken for one that was left behind, and removed. */
static bool keep(int file) {
    struct stat about;
    (void)lock(file); /* some file systems have none; they keep what killed processes leave */
    return fstat(file, &about) != 0 || about.st_nlink > 0;
}

static void forget(cornu_writer *writer) {
    if (writer->file >= 0) (void)close(writer->file);
    if (writer->replaced >= 0) (void)close(writer->replaced);
    cornu_free_(writer->target);
    cornu_free_(writer->temporary);
    cornu_free_(writer->buffer);
    *writer = (cornu_writer){.file = -1, .replaced = -1};
}

/* Nobody may have the file open that is going to be replaced. */
static bool lock_replaced(cornu_writer *writer) {
    writer->replaced = open(writer->target, O_RDONLY | O_CLOEXEC);
    return writer->replaced >= 0 && lock(writer->replaced);
}

cornu_status cornu_writer_open_(cornu_writer *writer, const char *path) {
    *writer = (cornu_writer){.file = -1, .replaced = -1};
    if (!path) return cornu_error_null("path");
    writer->target = resolve(path);
    writer->buffer = writer->target ? cornu_alloc_(buffer_size) : NULL;
    struct stat about;
    bool replaces = writer->buffer && stat(writer->target, &about) == 0;
    if (replaces && !S_ISREG(about.st_mode)) {
        forget(writer);
        CORNU_FAIL(CORNU_EIO, "'%s' is not a regular file", path);
    }
    if (replaces && cornu_file_locking_() && !lock_replaced(writer)) {
        int code = errno;
        forget(writer);
        CORNU_FAIL(CORNU_EIO, "'%s' cannot be locked: %s", path, strerror(code));
    }
    bool ready = writer->buffer && remove_left(writer->target) == CORNU_OK;
    for (int attempt = 0; ready && writer->file < 0; attempt++) {
        cornu_free_(writer->temporary);
        writer->temporary =
            cornu_format_("%s.%08" PRIx32 ".tmp", writer->target, (uint32_t)cornu_entropy_());
        if (!writer->temporary) break;
        /* 0666 less the umask, as any new file; an older file's mode is kept below */
        writer->file = open(writer->temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (writer->file >= 0 && !keep(writer->file)) {
            (void)close(writer->file);
            writer->file = -1;
            continue;
        }
        if (writer->file < 0 && (errno != EEXIST || attempt == 100)) {
            int code = errno;
            forget(writer);
            CORNU_FAIL(CORNU_EIO, "'%s' cannot be written: %s", path, strerror(code));
        }
    }
    if (writer->file < 0) {
        forget(writer);
        return cornu_error_context("'%s'", path);
    }
    if (replaces) (void)fchmod(writer->file, about.st_mode & 0777);
    return CORNU_OK;
}

const char *cornu_writer_path_(const cornu_writer *writer) { return writer->temporary; }

static cornu_status write_all(cornu_writer *writer, const char *data, size_t size) {
    while (size) {
        ssize_t done = write(writer->file, data, size);
        if (done < 0 && errno == EINTR) continue;
        if (done < 0) {
            CORNU_FAIL(CORNU_EIO, "'%s' cannot be written: %s", writer->target, strerror(errno));
        }
        data += done;
        size -= (size_t)done;
    }
    return CORNU_OK;
}

static cornu_status flush(cornu_writer *writer) {
    size_t used = writer->used;
    writer->used = 0;
    return write_all(writer, writer->buffer, used);
}

cornu_status cornu_writer_write_(cornu_writer *writer, const void *data, size_t size) {
    if (!writer->buffer)
        CORNU_FAIL(CORNU_ESTATE, "a file that was committed or aborted cannot be written to");
    if (writer->status != CORNU_OK) return writer->status;
    if (size > buffer_size - writer->used) writer->status = flush(writer);
    if (writer->status != CORNU_OK) return writer->status;
    if (size > buffer_size) {
        writer->status = write_all(writer, data, size);
    } else if (size) {
        memcpy(writer->buffer + writer->used, data, size);
        writer->used += size;
    }
    return writer->status;
}

/* Makes the new name itself durable; cuts `target` down to its folder. Some file systems cannot
 * sync a folder; then the name is safe soon, not now. */
static void sync_folder(char *target) {
    char *slash = strrchr(target, '/');
    if (slash) slash[slash == target ? 1 : 0] = '\0';
    int file = open(slash ? target : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (file < 0) return;
    (void)fsync(file);
    (void)close(file);
}

/* A library that was given the path may have put another file there (libzip renames one of its
 * own), so the bytes are synced through the name. */
static cornu_status sync_and_rename(cornu_writer *writer) {
    int file = open(writer->temporary, O_RDWR | O_CLOEXEC);
    bool synced = file >= 0 && fsync(file) == 0;
    struct stat mine, there;
    if (synced && fstat(writer->file, &mine) == 0 && fstat(file, &there) == 0 &&
        mine.st_ino != there.st_ino) {
        (void)fchmod(file, mine.st_mode & 0777);
    }
    int code = errno;
    if (file >= 0) (void)close(file);
    if (synced && rename(writer->temporary, writer->target) == 0) return CORNU_OK;
    if (synced) code = errno;
    CORNU_FAIL(CORNU_EIO, "'%s' cannot be written: %s", writer->target, strerror(code));
}

cornu_status cornu_writer_commit_(cornu_writer *writer) {
    if (!writer->target) CORNU_FAIL(CORNU_ESTATE, "a file is committed or aborted once");
    cornu_status status = writer->status;
    if (status == CORNU_OK) status = flush(writer);
    if (status == CORNU_OK) status = sync_and_rename(writer);
    if (status != CORNU_OK) {
        cornu_writer_abort_(writer);
        return status;
    }
    sync_folder(writer->target);
    forget(writer);
    return CORNU_OK;
}

void cornu_writer_abort_(cornu_writer *writer) {
    if (writer->temporary) (void)unlink(writer->temporary);
    forget(writer);
}

cornu_status cornu_file_write_(const char *path, const void *data, size_t size) {
    cornu_writer writer;
    CORNU_TRY(cornu_writer_open_(&writer, path));
    (void)cornu_writer_write_(&writer, data, size);
    return cornu_writer_commit_(&writer);
}
