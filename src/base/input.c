/* Inputs by POSIX calls: pread at checked places of a descriptor. Memory is an unnamed file too
 * (memfd_create), so that there is one kind of input. */
#include "base/input.h"

#include "base/file.h"
#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct cornu_input {
    int file;
    uint64_t begin, size; /* the range of the descriptor */
    uint64_t left;        /* how many bytes may still be read */
    char *name;
    cornu_input_seen *seen; /* NULL: nobody watches */
    void *seen_user;
};

enum {
    /* A reader may look at everything this often, and at small files a little more: formats with
     * trees are read in pieces that overlap. */
    rounds = 16,
    always_allowed = 1 << 26,
    copy_size = 1 << 16,
    piece_size = 1 << 18 /* read at once: stays in a processor's cache for who looks at it next */
};

/* What comes through a pipe is kept in memory, so it ends somewhere. */
static const uint64_t pipe_limit = (uint64_t)1 << 32;

static uint64_t allowance(uint64_t size) {
    return size < UINT64_MAX / (2 * rounds) ? size * rounds + always_allowed : UINT64_MAX;
}

cornu_status cornu_input_adopt_(
    cornu_input **input, int descriptor, uint64_t begin, uint64_t size, const char *name
) {
    *input = NULL;
    cornu_input *made = cornu_alloc_(sizeof *made);
    char *copy = made ? cornu_strdup_(name) : NULL;
    if (!copy) {
        cornu_free_(made);
        (void)close(descriptor);
        return CORNU_ENOMEM;
    }
    *made = (cornu_input
    ){.file = descriptor, .begin = begin, .size = size, .left = allowance(size), .name = copy};
    *input = made;
    return CORNU_OK;
}

cornu_status cornu_input_lock_(const cornu_input *input) {
    if (!cornu_file_locking_() || flock(input->file, LOCK_SH | LOCK_NB) == 0) return CORNU_OK;
    CORNU_FAIL(CORNU_EIO, "'%s' cannot be locked: %s", input->name, strerror(errno));
}

void cornu_input_close_(cornu_input *input) {
    if (!input) return;
    (void)close(input->file);
    cornu_free_(input->name);
    cornu_free_(input);
}

uint64_t cornu_input_size_(const cornu_input *input) { return input->size; }

const char *cornu_input_name_(const cornu_input *input) { return input->name; }

int cornu_input_descriptor_(const cornu_input *input, uint64_t *begin) {
    *begin = input->begin;
    return input->file;
}

/* ---- making ---------------------------------------------------------------------------------- */

cornu_status cornu_input_scratch_(cornu_input **input, const char *name) {
    *input = NULL;
    int file = memfd_create("cornu", MFD_CLOEXEC);
    if (file < 0) CORNU_FAIL(CORNU_ENOMEM, "'%s': no memory file: %s", name, strerror(errno));
    return cornu_input_adopt_(input, file, 0, 0, name);
}

cornu_status cornu_input_append_(cornu_input *input, const void *data, size_t size) {
    const char *from = data;
    while (size) {
        ssize_t done = pwrite(input->file, from, size, (off_t)input->size);
        if (done < 0 && errno == EINTR) continue;
        if (done < 0) CORNU_FAIL(CORNU_ENOMEM, "'%s': %s", input->name, strerror(errno));
        from += done;
        size -= (size_t)done;
        input->size += (uint64_t)done;
    }
    input->left = allowance(input->size);
    return CORNU_OK;
}

/* Pipes, and files of /proc, which do not know their size. */
static cornu_status drain(cornu_input *input, int file) {
    char buffer[copy_size];
    for (;;) {
        ssize_t got = read(file, buffer, sizeof buffer);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) CORNU_FAIL(CORNU_EIO, "'%s': %s", input->name, strerror(errno));
        if (got == 0) return CORNU_OK;
        if (input->size > pipe_limit) {
            CORNU_FAIL(
                CORNU_EFORMAT, "'%s' gives more than %" PRIu64 " bytes", input->name, pipe_limit
            );
        }
        CORNU_TRY(cornu_input_append_(input, buffer, (size_t)got));
    }
}

static cornu_status open_pipe(cornu_input **input, int file, const char *path) {
    cornu_status status = cornu_input_scratch_(input, path);
    if (status == CORNU_OK) status = drain(*input, file);
    (void)close(file);
    if (status == CORNU_OK) return CORNU_OK;
    cornu_input_close_(*input);
    *input = NULL;
    return status;
}

cornu_status cornu_input_open_(cornu_input **input, const char *path) {
    *input = NULL;
    if (!path) return cornu_error_null("path");
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) CORNU_FAIL(CORNU_EIO, "'%s' cannot be opened: %s", path, strerror(errno));
    struct stat about;
    if (fstat(file, &about) != 0) {
        int code = errno;
        (void)close(file);
        CORNU_FAIL(CORNU_EIO, "'%s': %s", path, strerror(code));
    }
    if (S_ISDIR(about.st_mode)) {
        (void)close(file);
        CORNU_FAIL(CORNU_EIO, "'%s' is a folder", path);
    }
    if (S_ISREG(about.st_mode) && about.st_size > 0) {
        return cornu_input_adopt_(input, file, 0, (uint64_t)about.st_size, path);
    }
    return open_pipe(input, file, path);
}

cornu_status cornu_input_part_(
    cornu_input **part, const cornu_input *whole, uint64_t offset, uint64_t size
) {
    *part = NULL;
    if (offset > whole->size || size > whole->size - offset) {
        CORNU_FAIL(
            CORNU_EFORMAT, "'%s': a part of %" PRIu64 " bytes reaches beyond the end", whole->name,
            size
        );
    }
    int file = fcntl(whole->file, F_DUPFD_CLOEXEC, 3);
    if (file < 0) CORNU_FAIL(CORNU_EIO, "'%s': %s", whole->name, strerror(errno));
    return cornu_input_adopt_(part, file, whole->begin + offset, size, whole->name);
}

/* ---- reading --------------------------------------------------------------------------------- */

void cornu_input_watch_(cornu_input *input, cornu_input_seen *seen, void *user) {
    input->seen = seen;
    input->seen_user = user;
}

/* Exactly `size` bytes of the descriptor. */
static cornu_status read_piece(const cornu_input *input, uint64_t offset, char *to, size_t size) {
    off_t at = (off_t)(input->begin + offset);
    while (size) {
        ssize_t got = pread(input->file, to, size, at);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) CORNU_FAIL(CORNU_EIO, "'%s': %s", input->name, strerror(errno));
        if (got == 0) CORNU_FAIL(CORNU_EIO, "'%s' became shorter while it was read", input->name);
        to += got;
        at += got;
        size -= (size_t)got;
    }
    return CORNU_OK;
}

cornu_status cornu_input_read_(cornu_input *input, uint64_t offset, void *target, size_t size) {
    if (offset > input->size || size > input->size - offset) {
        CORNU_FAIL(
            CORNU_EFORMAT, "'%s': %zu bytes at %" PRIu64 " lie outside the %" PRIu64 " that it has",
            input->name, size, offset, input->size
        );
    }
    if (size > input->left) {
        CORNU_FAIL(
            CORNU_EFORMAT, "'%s': more than %d times its size was read; it refers to itself",
            input->name, rounds
        );
    }
    input->left -= size;
    for (char *to = target; size;) {
        size_t piece = size < piece_size ? size : piece_size;
        if (piece == piece_size) cornu_fill_soon_(to, piece);
        CORNU_TRY(read_piece(input, offset, to, piece));
        if (input->seen) input->seen(input->seen_user, offset, to, piece);
        to += piece;
        offset += piece;
        size -= piece;
    }
    return CORNU_OK;
}

cornu_status cornu_input_all_(cornu_input *input, uint64_t limit, char **data, size_t *size) {
    *data = NULL;
    *size = 0;
    if (limit && input->size > limit) {
        CORNU_FAIL(
            CORNU_EFORMAT,
            "'%s' has %" PRIu64 " bytes, more than the %" PRIu64 " that are expected here",
            input->name, input->size, limit
        );
    }
    char *made = cornu_alloc_((size_t)input->size + 1);
    if (!made) return cornu_error_context("'%s'", input->name);
    cornu_status status = cornu_input_read_(input, 0, made, (size_t)input->size);
    if (status != CORNU_OK) {
        cornu_free_(made);
        return status;
    }
    *data = made;
    *size = (size_t)input->size;
    return CORNU_OK;
}
