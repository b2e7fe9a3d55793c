/* Bytes that come from outside: a file, a part of one, or what was unpacked. Files of every format
 * are read by cornu_input_read_ and nothing else, so that its checks hold for all of them: what is
 * asked for lies inside, comes whole or not at all, and a reader that goes round in circles comes
 * to an end.
 *
 *     cornu_input *input;
 *     CORNU_TRY(cornu_input_open_(&input, path));
 *     cornu_status status = cornu_input_read_(input, 0, header, sizeof header);
 *     cornu_input_close_(input);
 *
 * Each input is a descriptor and a range of it, so that it can be handed to another process. */
#ifndef CORNU_BASE_INPUT_H
#define CORNU_BASE_INPUT_H

#include <cornu/base.h>
#include <cornu/error.h>

typedef struct cornu_input cornu_input;

/* A file; *new*. What has no size (a pipe) is read to its end into memory. CORNU_EIO with path and
 * reason. */
cornu_status cornu_input_open_(cornu_input **input, const char *path);
/* An unnamed file in memory that is to be filled; `name` is for messages. *new* */
cornu_status cornu_input_scratch_(cornu_input **input, const char *name);
cornu_status cornu_input_append_(cornu_input *input, const void *data, size_t size);
/* A range of another, which may be closed before its part is; *new*. CORNU_EFORMAT if it reaches
 * beyond the end. */
cornu_status cornu_input_part_(
    cornu_input **part, const cornu_input *whole, uint64_t offset, uint64_t size
);
/* A descriptor that another process opened for us and its range; the descriptor is taken, also on
 * failure. *new* */
cornu_status cornu_input_adopt_(
    cornu_input **input, int descriptor, uint64_t begin, uint64_t size, const char *name
);
/* With CORNU_FILE_LOCKING=1 in the environment: a shared lock for as long as the input lives, as
 * HDF5 takes it. CORNU_EIO if another program has the file open for writing. Without: nothing,
 * since cornu replaces files as a whole, and network disks are known to refuse locks. */
cornu_status cornu_input_lock_(const cornu_input *input);
void cornu_input_close_(cornu_input *input); /* NULL is fine */

uint64_t cornu_input_size_(const cornu_input *input);
const char *cornu_input_name_(const cornu_input *input);
/* What to hand to another process: the descriptor (*borrowed*) and where the bytes begin in it. */
int cornu_input_descriptor_(const cornu_input *input, uint64_t *begin);

/* Exactly `size` bytes from `offset` on. CORNU_EFORMAT: they reach beyond the end, or far more was
 * read by now than the input holds; CORNU_EIO. */
cornu_status cornu_input_read_(cornu_input *input, uint64_t offset, void *target, size_t size);
/* Shows everything that is read from now on to `seen`, in pieces as they come; NULL: no longer. */
typedef void cornu_input_seen(void *user, uint64_t offset, const void *bytes, size_t size);
void cornu_input_watch_(cornu_input *input, cornu_input_seen *seen, void *user);
/* All bytes, followed by a 0; at most `limit` of them (0: any number). *data is *new*
 * (cornu_free_). CORNU_EFORMAT if there are more. */
cornu_status cornu_input_all_(cornu_input *input, uint64_t limit, char **data, size_t *size);

#endif
