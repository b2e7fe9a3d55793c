/* Records at the end of a file, and folders, by POSIX calls. */
#include "base/append.h"

#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static cornu_status failed(const cornu_appender *appender) {
    CORNU_FAIL(CORNU_EIO, "'%s' cannot be written: %s", appender->path, strerror(errno));
}

cornu_status cornu_appender_open_(cornu_appender *appender, const char *path) {
    *appender = (cornu_appender){.file = -1};
    if (!path) return cornu_error_null("path");
    int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    if (file < 0) CORNU_FAIL(CORNU_EIO, "'%s' cannot be written: %s", path, strerror(errno));
    off_t end = lseek(file, 0, SEEK_END);
    char *copy = cornu_strdup_(path);
    if (copy) {
        /* a pipe has no end to go to */
        *appender = (cornu_appender){.file = file, .path = copy, .size = end < 0 ? 0 : end};
        return CORNU_OK;
    }
    (void)close(file);
    return CORNU_ENOMEM;
}

cornu_status cornu_appender_cut_(cornu_appender *appender, int64_t size) {
    struct stat about;
    if (fstat(appender->file, &about) != 0) return failed(appender);
    if (about.st_size < size)
        CORNU_FAIL(
            CORNU_EFORMAT, "'%s' has %lld bytes, at least %lld are expected", appender->path,
            (long long)about.st_size, (long long)size
        );
    bool moved = ftruncate(appender->file, size) == 0 && lseek(appender->file, size, SEEK_SET) >= 0;
    if (!moved && S_ISREG(about.st_mode)) return failed(appender);
    appender->size = size;
    return CORNU_OK;
}

cornu_status cornu_appender_write_(cornu_appender *appender, const void *bytes, size_t size) {
    const char *at = bytes;
    for (size_t left = size; left > 0;) {
        ssize_t done = write(appender->file, at, left);
        if (done < 0 && errno == EINTR) continue;
        if (done < 0) {
            cornu_status status = failed(appender);
            if (ftruncate(appender->file, appender->size) == 0)
                (void)lseek(appender->file, appender->size, SEEK_SET);
            return status;
        }
        at += done;
        left -= (size_t)done;
    }
    appender->size += (int64_t)size;
    return CORNU_OK;
}

cornu_status cornu_appender_sync_(cornu_appender *appender) {
    /* EINVAL: something that has no place on a disk */
    if (fdatasync(appender->file) == 0 || errno == EINVAL) return CORNU_OK;
    return failed(appender);
}

void cornu_appender_close_(cornu_appender *appender) {
    if (appender->path && appender->file >= 0) (void)close(appender->file);
    cornu_free_(appender->path);
    *appender = (cornu_appender){.file = -1};
}

static cornu_status make_one(const char *path) {
    struct stat about;
    if (mkdir(path, 0777) == 0) return CORNU_OK;
    int code = errno;
    if (code == EEXIST && stat(path, &about) == 0) {
        if (S_ISDIR(about.st_mode)) return CORNU_OK;
        code = ENOTDIR;
    }
    CORNU_FAIL(CORNU_EIO, "the folder '%s' cannot be made: %s", path, strerror(code));
}

cornu_status cornu_folder_make_(const char *path) {
    if (!path) return cornu_error_null("path");
    char *part = cornu_strdup_(path);
    if (!part) return CORNU_ENOMEM;
    cornu_status status = CORNU_OK;
    for (char *slash = strchr(part + (*part == '/'), '/'); slash && status == CORNU_OK;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        status = make_one(part);
        *slash = '/';
    }
    size_t length = strlen(part);
    if (status == CORNU_OK && length > 0 && part[length - 1] != '/') status = make_one(part);
    cornu_free_(part);
    return status;
}
